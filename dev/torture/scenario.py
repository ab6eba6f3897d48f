"""The three moments the runs `cuts` and `answers` disturb, each prepared the same every time, octet by octet."""

import random

from .difference import Difference
from .mails import mail, received

#: The moments; each is a method of :class:`Scenario`.
KINDS = ("first", "second", "push")
#: Mails of the inbox: more than the engine's first page holds.
INBOX = 104
#: Names on the wire; the last is "Büro" in modified UTF-7 (RFC 3501 §5.1.3).
FOLDERS = ("Archive", "Projects", "Projects/North", "Notes {3}", "B&APw-ro")


class Scenario:
    """A mailbox brought to the moment of the next pass.

    :param Harness harness: where.
    """

    def __init__(self, harness):
        self.harness, self.numbers = harness, INBOX + 40
        self.template = harness.mailbox("template")
        rng = random.Random(1)
        with harness.client(self.template) as client:
            for name in FOLDERS[1:]:
                client.create_folder(name.encode())
                client.subscribe_folder(name.encode())
            number = 0
            for folder, count in (("INBOX", INBOX), ("Archive", 9), ("Projects/North", 5), ("Notes {3}", 3), ("B&APw-ro", 4)):
                batch = []
                for _mail in range(count):
                    flags = [flag for flag in (b"\\Seen", b"\\Flagged", b"\\Answered", b"\\Draft") if rng.random() < 0.25]
                    batch.append({"msg": mail(rng, "scenario", number), "flags": flags, "date": received(number)})
                    number += 1
                for entry in batch:
                    client.append(folder.encode(), entry["msg"], entry["flags"], entry["date"])

    def first(self):
        """Before the first pass."""
        return self.harness.connect(self.harness.mailbox("first", like=self.template))

    def second(self):
        """Everything was read, then another program changed a lot."""
        mailbox = self._read("second")
        with self.harness.client(mailbox) as client:
            self._change(client)
        return mailbox

    def push(self):
        """Everything was read, then a person did a lot in MailDesk."""
        mailbox = self._read("push")
        self._act(mailbox)
        return mailbox

    def record(self, kind):
        """Run a moment over a good line.

        :param str kind: one of :data:`KINDS`.
        :return: what passed in both directions, and what the server has afterwards.
        """
        harness = self.harness
        mailbox = getattr(self, kind)()
        harness.proxy.record = True
        before = len(harness.proxy.connections)
        harness.settle(mailbox)
        harness.proxy.record = False
        harness.check(mailbox)
        reference = harness.contents(mailbox)
        harness.forget(mailbox)
        return harness.proxy.connections[before], reference

    def _read(self, name):
        mailbox = self.harness.connect(self.harness.mailbox(name, like=self.template))
        self.harness.sync()
        return mailbox

    def _change(self, client):
        rng = random.Random(2)
        client.select_folder(b"INBOX")
        uids = client.search()
        client.add_flags(uids[:20:3], [b"\\Seen", b"\\Flagged"])
        client.remove_flags(uids[30:50:2], [b"\\Seen"])
        client.move(uids[60:66], b"Archive") if client.has_capability("MOVE") else self._copy_away(client, uids[60:66], b"Archive")
        client.add_flags(uids[80:90:4], [b"\\Deleted"])
        client.expunge()
        for number in range(self.numbers, self.numbers + 6):
            client.append(b"INBOX", mail(rng, "scenario", number), (), received(number))
        client.select_folder(b"Notes {3}")
        client.copy(client.search(), b"Archive")
        client.delete_folder(b"B&APw-ro")
        client.rename_folder(b"Projects/North", b"Projects/South")

    @staticmethod
    def _copy_away(client, uids, target):
        client.copy(uids, target)
        client.add_flags(uids, [b"\\Deleted"])
        client.expunge()

    def _act(self, mailbox):
        harness, rng = self.harness, random.Random(3)
        rows = harness.query(
            "SELECT place.id, folder.remote_id, folder.id FROM maildesk_message_placement place "
            "JOIN maildesk_folder folder ON folder.id = place.folder_id WHERE folder.account_id = %s ORDER BY folder.id, place.date",
            mailbox.account_id)
        inbox = [place for place, folder, _id in rows if folder == "INBOX"]
        archive = [place for place, folder, _id in rows if folder == "Archive"]
        ids = dict(harness.query("SELECT remote_id, id FROM maildesk_folder WHERE account_id = %s", mailbox.account_id))
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
