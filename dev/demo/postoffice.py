"""Where letters end up: which mailbox, which folder, with which flags, as after fourteen months of daily use."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import company
from .letter import Letter, trace

_SYSTEM = ("Sent", "Drafts", "Junk", "Trash", "Archive")


@dataclass(frozen=True)
class Item:
    """One message in one folder.

    :param str folder: name with ``/`` between the levels, as in :func:`.company.folders`.
    :param datetime date: when the server received it; aware.
    """

    mailbox: str
    folder: str
    raw: bytes
    date: datetime
    flags: tuple
    letter: Letter


class PostOffice:
    """Collects letters and hands them out to the mailboxes.

    :param int seed: decides what is read, starred, filed.
    :param datetime now: aware.
    """

    def __init__(self, seed, now):
        self.rng = random.Random(f"post{seed}")
        self.now = now
        self.folders = company.folders(now.year)
        self._letters = []

    def post(self, *letters, folder=""):
        """Take letters in.

        :param str folder: the folder they lie in at the receiver's (and, for drafts, at the writer's).
        """
        for letter in letters:
            letter.hints["folder"] = folder
            self._letters.append(letter)

    def items(self):
        """Everything, oldest first."""
        answered = {(letter.sender.email, letter.in_reply_to) for letter in self._letters if letter.in_reply_to}
        ordered = sorted(self._letters, key=lambda letter: letter.date)
        return [item for letter in ordered for item in self._delivered(letter, answered)]

    def _delivered(self, letter, answered):
        sender = letter.sender.email
        if letter.hints["folder"] == "Drafts":
            yield Item(sender, "Drafts", letter.to_bytes(), letter.date, (b"\\Draft", b"\\Seen"), letter)
            return
        if sender in company.MAILBOXES:
            yield Item(sender, "Sent", letter.to_bytes(), letter.date, (b"\\Seen",), letter)
        reached = {person.email for person in (*letter.to, *letter.cc, *letter.bcc)} | set(letter.hints.get("also", ()))
        for mailbox in company.MAILBOXES:
            if mailbox in reached and mailbox != sender:
                yield self._received(letter, mailbox, (mailbox, letter.message_id) in answered)

    def _received(self, letter, mailbox, answered):
        letter.hints["trace"] = trace(self.rng, letter, mailbox) + tuple(letter.hints.get("marks", ()))
        raw = letter.to_bytes()
        letter.hints["trace"] = ()
        folder = letter.hints["folder"] or self._folder(letter, mailbox)
        flags = self._flags(letter, folder, answered)
        arrival = min(letter.date + timedelta(seconds=self.rng.randint(1, 20)), self.now)
        return Item(mailbox, folder, raw, arrival, flags, letter)

    def _folder(self, letter, mailbox):
        age = self.now - letter.date
        wanted = letter.hints.get("file", "")
        owner = letter.sender.company
        for name in (self._by_year(wanted, letter.date), f"Customers/{owner}", f"Dealers/{owner}"):
            if name in self.folders[mailbox] and name not in _SYSTEM and age > timedelta(days=4):
                return name
        return "Archive" if age > timedelta(days=110) and self.rng.random() < 0.55 else "INBOX"

    def _by_year(self, wanted, date):
        return f"Warranty/{date.year}" if wanted == "Warranty" else wanted

    def _flags(self, letter, folder, answered):
        age = self.now - letter.date
        flags = [b"\\Answered"] if answered else []
        share = 0.985 if age > timedelta(days=8) else 0.7 if age > timedelta(days=1) else 0.3
        if folder == "Junk":
            share = 0.25
        if answered or folder == "Trash" or self.rng.random() < share:
            flags.append(b"\\Seen")
        if folder not in ("Junk", "Trash") and self.rng.random() < letter.hints.get("star", 0.045):
            flags.append(b"\\Flagged")
        if letter.hints.get("forwarded"):
            flags.append(b"$Forwarded")
        return tuple(flags)
