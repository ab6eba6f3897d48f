"""Keeps the demonstration alive: new mail arrives, and another client reads, stars and files some, until it is killed.

As a script, from the root of the checkout: ``python -m dev.demo.trickle HOST PORT PASSWORD [INTERVAL [SEED]]``.
"""

import argparse
import logging
import random
import time
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from . import company
from .clock import MARGIN
from .correspondence import opening
from .fill import Names, connect
from .layout import compose
from .letter import Letter, new_message_id, trace
from .plays import read_lines, vary

_logger = logging.getLogger(__name__)
#: What happens, and how often in relation to each other.
_EVENTS = ("new", "new", "new", "reply", "reply", "read", "read", "star", "file")
_LOOK_BACK = 40
_LONGEST_PAUSE = 60


class Trickle:
    """Lets things happen in the three mailboxes.

    :param str password: the one password of all mailboxes.
    :param int seed: decides what happens, None for something else every time.
    """

    def __init__(self, host, port, password, seed=None):
        self.address = (host, port)
        self.password = password
        self.rng = random.Random(seed)

    def run(self, interval):
        """Let something happen about every ``interval`` seconds, for ever; a server that is away is waited for."""
        pause = 1.0
        while True:
            try:
                _logger.info("%s", self.happen())
                pause = interval * self.rng.uniform(0.6, 1.4)
            except (OSError, IMAPClientError) as error:
                _logger.warning("the server is away (%s), next try in %.0f s", error, pause)
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def happen(self, event=None, mailbox=None):
        """One event; answers what it was.

        :param str event: ``new``, ``reply``, ``read``, ``star`` or ``file``; None for any.
        :param str mailbox: one of :data:`.company.MAILBOXES`; None for any.
        """
        event = event or self.rng.choice(_EVENTS)
        mailbox = mailbox or self.rng.choice(company.MAILBOXES)
        with connect(*self.address, mailbox, self.password) as client:
            return f"{mailbox}: {getattr(self, f'_{event}')(client, mailbox)}"

    # What arrives

    def _new(self, client, mailbox):
        letter = opening(self.rng, mailbox, datetime.now(UTC) + MARGIN)
        self._deliver(client, mailbox, letter)
        return f"new mail from {letter.sender.name}: {letter.subject}"

    def _reply(self, client, mailbox):
        """A customer answers something that was sent from here, or writes again where nothing was."""
        folder = Names(client).real("Sent")
        original = self._recent(client, folder)
        if original is None:
            return self._new(client, mailbox)
        name, email = parseaddr(_decoded(original["To"]))
        if email in company.MAILBOXES or not email:
            return self._new(client, mailbox)
        sender = company.person(email)
        sender = sender or company.Person(name, email)
        subject = _decoded(original["Subject"])
        letter = Letter(
            sender,
            (company.Person(*parseaddr(_decoded(original["From"]))),),
            subject if subject.startswith("Re:") else f"Re: {subject}",
            datetime.now(UTC).replace(microsecond=0),
            own=vary(self.rng.choice(read_lines("follow_ups")), self.rng, {}) + f"\n\n{sender.first}",
            message_id=new_message_id(self.rng, sender),
            in_reply_to=original["Message-ID"] or "",
        )
        letter.references = (*(original["References"] or "").split(), letter.in_reply_to)
        compose(letter, "")
        self._deliver(client, mailbox, letter)
        return f"{sender.name} answers: {subject}"

    def _deliver(self, client, mailbox, letter):
        letter.hints["trace"] = trace(self.rng, letter, mailbox)
        client.append("INBOX", letter.to_bytes(), (), datetime.now(UTC))

    def _recent(self, client, folder):
        """The header of some recent message with a Message-ID, or None."""
        client.select_folder(folder, readonly=True)
        uids = client.search("ALL")[-_LOOK_BACK:]
        if not uids:
            return None
        uid = self.rng.choice(uids)
        found = client.fetch([uid], [b"BODY.PEEK[HEADER]"])
        header = message_from_bytes(found[uid][b"BODY[HEADER]"]) if uid in found else None
        return header if header and header["Message-ID"] and header["To"] else None

    # What another client does

    def _read(self, client, _mailbox):
        return self._flag(client, "UNSEEN", b"\\Seen", "read")

    def _star(self, client, _mailbox):
        return self._flag(client, "UNFLAGGED", b"\\Flagged", "starred")

    def _flag(self, client, criterion, flag, word):
        client.select_folder("INBOX")
        uids = client.search(criterion)[-_LOOK_BACK:]
        if not uids:
            return f"nothing to be {word}"
        uid = self.rng.choice(uids)
        client.add_flags([uid], [flag], silent=True)
        return f"message {uid} {word}"

    def _file(self, client: IMAPClient, _mailbox):
        """Move a message that has been read to the archive."""
        client.select_folder("INBOX")
        uids = client.search(["SEEN", "UNFLAGGED"])[:_LOOK_BACK]
        if not uids:
            return "nothing to be archived"
        uid = self.rng.choice(uids)
        archive = Names(client).real("Archive")
        if client.has_capability("MOVE"):
            client.move([uid], archive)
        else:
            client.copy([uid], archive)
            client.delete_messages([uid], silent=True)
            client.expunge([uid])
        return f"message {uid} archived"


def _decoded(value):
    return str(make_header(decode_header(value or "")))


def main(arguments=None):
    """Command line."""
    parser = argparse.ArgumentParser(prog="trickle", description=__doc__.splitlines()[0])
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("password")
    parser.add_argument("interval", type=float, nargs="?", default=45.0, help="seconds between two events, on average")
    parser.add_argument("seed", type=int, nargs="?")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        Trickle(options.host, options.port, options.password, options.seed).run(options.interval)
    except KeyboardInterrupt:
        _logger.info("stopped")


if __name__ == "__main__":
    main()
