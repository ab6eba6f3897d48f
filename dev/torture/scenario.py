"""The three moments the runs `cuts`, `answers` and `graph_faults` disturb, each prepared the same every time."""

import random

from .difference import Difference
from .mails import mail, received

#: The moments; each is a method of :class:`Scenario`.
KINDS = ("first", "second", "push")
#: Mails of the inbox: more than the engine's first page holds.
INBOX = 104
#: Mails of each folder; the last two names are as hard as names over IMAP may be.
MAILS = {"INBOX": INBOX, "Archive": 9, "Projects": 0, "Projects/North": 5, "Notes {3}": 3, "Büro": 4}
FLAGS = ("read", "starred", "answered", "draft")


class Scenario:
    """A mailbox brought to the moment of the next pass.

    :param Harness harness: where.
    """

    def __init__(self, harness):
        self.harness, self.numbers = harness, INBOX + 40

    def first(self):
        """Before the first pass."""
        return self.harness.connect(self.fresh("first"))

    def second(self):
        """Everything was read, then another program changed a lot."""
        mailbox = self._read("second")
        self.change(mailbox)
        return mailbox

    def push(self):
        """Everything was read, then a person did a lot in MailDesk."""
        mailbox = self._read("push")
        self._act(mailbox)
        return mailbox

    # -------------------------------------------------------------------------
    # What each kind of server does its own way
    # -------------------------------------------------------------------------

    def fresh(self, name):
        """A mailbox with what :meth:`mails` tells in it."""
        raise NotImplementedError

    def change(self, mailbox):
        """Another program changes a lot."""
        raise NotImplementedError

    def listen(self, work):
        """Call ``work()``; answers what was said meanwhile."""
        raise NotImplementedError

    def keys(self, mailbox):
        """Folder of :data:`MAILS` → its key on the server."""
        raise NotImplementedError

    # -------------------------------------------------------------------------
    # What is the same everywhere
    # -------------------------------------------------------------------------

    @staticmethod
    def mails():
        """``(folder, number, octets, flags)`` of every mail a mailbox begins with."""
        rng, number = random.Random(1), 0
        for folder, count in MAILS.items():
            for _mail in range(count):
                flags = [flag for flag in FLAGS if rng.random() < 0.25]
                yield folder, number, mail(rng, "scenario", number), flags
                number += 1

    def arriving(self):
        """``(octets, moment)`` of mails that come later."""
        rng = random.Random(2)
        return [(mail(rng, "scenario", number), received(number)) for number in range(self.numbers, self.numbers + 6)]

    def record(self, kind):
        """Run a moment over a good line.

        :param str kind: one of :data:`KINDS`.
        :return: what was said, and what the server has afterwards.
        """
        mailbox = getattr(self, kind)()
        said = self.listen(lambda: self.harness.settle(mailbox))
        self.harness.check(mailbox)
        reference = self.harness.server.contents(mailbox.email)
        self.harness.forget(mailbox)
        return said, reference

    def _read(self, name):
        mailbox = self.harness.connect(self.fresh(name))
        self.harness.sync()
        return mailbox

    def _act(self, mailbox):
        harness, rng = self.harness, random.Random(3)
        rows = harness.query(
            "SELECT place.id, folder.remote_id, folder.id FROM maildesk_message_placement place "
            "JOIN maildesk_folder folder ON folder.id = place.folder_id WHERE folder.account_id = %s ORDER BY folder.id, place.date",
            mailbox.account_id)
        keys = self.keys(mailbox)
        inbox, archive = (
            [place for place, folder, _id in rows if folder == keys[name]] for name in ("INBOX", "Archive"))
        by_key = dict(harness.query("SELECT remote_id, id FROM maildesk_folder WHERE account_id = %s", mailbox.account_id))
        ids = {name: by_key[key] for name, key in keys.items()}
        for places, action, folder in (
            (inbox[:8], "read", None), (inbox[4:10], "star", None), (inbox[2:5], "unread", None), (inbox[20:24], "move", ids["Projects"]),
            (inbox[22:23], "star", None), (archive[:3], "move", ids["INBOX"]), (inbox[40:43], "delete", None),
            (inbox[41:42], "delete", None), (inbox[50:51], "archive", None), (inbox[50:51], "move", ids["INBOX"]),
        ):
            _accepted(harness.act(places, action, folder))
        for number in range(self.numbers + 10, self.numbers + 13):
            _accepted(harness.append(ids["Projects"], mail(rng, "scenario", number), ["is_read"]))


def _accepted(refusal):
    if refusal:
        raise Difference([f"a change is refused: {refusal}"])
