"""Other mail programs at work on a mailbox: two IMAP clients and the server's own `doveadm`, each doing random things."""

import contextlib

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError
from imapclient.imap_utf7 import decode

from dev.servers.dovecot import DovecotError

from .harness import SPECIAL
from .mails import mail, received

#: Names of folders that come and go, as on the wire (RFC 3501 §5.1.3).
NAMES = (
    "Alpha", "Alpha/One", "Alpha/One/Deep", "Beta", "Beta {7}", "Caf&AOk-", "Quo\"ted", "Back\\slash", "100%", "Wild*card",
    " blanks ", "&2D3cAA-", "inbox-like", "Gamma/(NIL)",
)
FLAGS = (b"\\Seen", b"\\Flagged", b"\\Answered", b"\\Draft", b"$Label1")
#: Mails the mailbox swings around.
CROWD = 150
FOLDERS = 9


class Clients:
    """Several programs on one mailbox.

    :param Harness harness: where.
    :param Mailbox mailbox: whose.
    :param Random rng: all choices follow from it and from what lies on the server.
    :param bool keeps_all: neither copy nor delete: then every mail has to lie in exactly one place for ever.
    """

    def __init__(self, harness, mailbox, rng, *, keeps_all=False):
        self.harness, self.mailbox, self.rng = harness, mailbox, rng
        self.programs = [harness.client(mailbox) for _program in range(2)]
        harness.callback(self.close)
        #: First part of the Message-IDs of the mails appended here, and how many there are.
        self.name, self.appended = mailbox.email.partition("@")[0], 0
        weights = {
            self.append: 22, self.flag: 24, self.move: 12, self.copy: 6, self.expunge: 9, self.mark_deleted: 2,
            self.create_folder: 3, self.rename_folder: 2, self.delete_folder: 2, self.recreate_folder: 1,
            self.doveadm_flags: 2, self.doveadm_move: 2, self.doveadm_expunge: 1, self.doveadm_uidvalidity: 1,
        }
        if keeps_all:
            kept = (self.append, self.flag, self.move, self.create_folder)
            weights = {action: weight for action, weight in weights.items() if action in kept}
        self.actions, self.weights = list(weights), list(weights.values())

    def step(self):
        """Do one thing; answers what, for people."""
        action = self.rng.choices(self.actions, self.weights)[0]
        program = self.rng.randrange(len(self.programs))
        try:
            return f"{action.__name__}: {action(self.programs[program])}"
        except (IMAPClientAbortError, OSError) as abort:
            # Dovecot hangs up on a program whose open folder got another life
            self.programs[program].shutdown()
            self.programs[program] = self.harness.client(self.mailbox)
            return f"{action.__name__}: hung up ({abort})"
        except (IMAPClientError, DovecotError) as refusal:
            # what one program took away the other asks for in vain
            return f"{action.__name__}: refused ({refusal})"

    def close(self):
        """Hang up."""
        for client in self.programs:
            with contextlib.suppress(OSError):
                client.shutdown()

    # -------------------------------------------------------------------------
    # Mails
    # -------------------------------------------------------------------------

    def append(self, client):
        count = self.rng.choice((1, 1, 1, 2, 5)) if self.crowd(client) < CROWD else 1
        folder = self.some_folder(client)
        for _mail in range(count):
            number, self.appended = self.appended, self.appended + 1
            flags = [flag for flag in FLAGS if self.rng.random() < 0.2]
            client.append(folder, mail(self.rng, self.name, number), flags, received(number))
        return f"{count} to {folder}"

    def flag(self, client):
        folder, uids = self.some_mails(client)
        if not uids:
            return "nothing there"
        flags = self.rng.sample(FLAGS, self.rng.choice((1, 1, 2)))
        if self.rng.random() < 0.5:
            client.add_flags(uids, flags, silent=True)
            return f"{folder} {uids} +{flags}"
        client.remove_flags(uids, flags, silent=True)
        return f"{folder} {uids} -{flags}"

    def move(self, client):
        folder, uids = self.some_mails(client)
        target = self.some_folder(client)
        if not uids or target == folder:
            return "nothing to move"
        move(client, uids, target)
        return f"{folder} {uids} to {target}"

    def copy(self, client):
        folder, uids = self.some_mails(client)
        target = self.some_folder(client)
        if not uids or self.crowd(client) > CROWD:
            return "nothing to copy"
        client.copy(uids, target)
        return f"{folder} {uids} to {target}"

    def expunge(self, client):
        folder, uids = self.some_mails(client)
        if uids:
            client.add_flags(uids, [b"\\Deleted"], silent=True)
            client.expunge()
        return f"{folder} {uids}"

    def mark_deleted(self, client):
        folder, uids = self.some_mails(client)
        if uids:
            client.add_flags(uids, [b"\\Deleted"], silent=True)
        return f"{folder} {uids}"

    # -------------------------------------------------------------------------
    # Folders
    # -------------------------------------------------------------------------

    def create_folder(self, client):
        name = self.rng.choice(NAMES).encode()
        if len(self.folders(client)) < FOLDERS + len(SPECIAL):
            client.create_folder(name)
        return name

    def rename_folder(self, client):
        name, other = self.own_folder(client), self.rng.choice(NAMES).encode()
        if name:
            client.rename_folder(name, other)
        return f"{name} to {other}"

    def delete_folder(self, client):
        name = self.own_folder(client)
        if name:
            client.delete_folder(name)
        return name

    def recreate_folder(self, client):
        """The same name with another life: another UIDVALIDITY."""
        name = self.own_folder(client)
        if name:
            client.delete_folder(name)
            client.create_folder(name)
        return name

    # -------------------------------------------------------------------------
    # The server's own hands
    # -------------------------------------------------------------------------

    def doveadm_flags(self, client):
        folder, uids = self.some_mails(client)
        verb = self.rng.choice(("add", "remove"))
        if uids:
            self.doveadm(["flags", verb], folder, uids, "\\Seen")
        return f"{verb} {folder} {uids}"

    def doveadm_move(self, client):
        folder, uids = self.some_mails(client)
        target = self.some_folder(client)
        if uids and target != folder:
            self.doveadm(["move"], folder, uids, decode(target))
        return f"{folder} {uids} to {target}"

    def doveadm_expunge(self, client):
        folder, uids = self.some_mails(client)
        if uids:
            self.doveadm(["expunge"], folder, uids)
        return f"{folder} {uids}"

    def doveadm_uidvalidity(self, client):
        """As after a restore: the same mails, their numbers declared void."""
        folder = self.some_folder(client)
        validity = client.folder_status(folder, [b"UIDVALIDITY"])[b"UIDVALIDITY"]
        self.harness.dovecot.doveadm("mailbox", "update", "-u", self.mailbox.email, "--uid-validity", str(validity + 1), decode(folder))
        return folder

    def doveadm(self, command, folder, uids, *words):
        query = ["mailbox", decode(folder), "uid", ",".join(map(str, uids))]
        self.harness.dovecot.doveadm(*command, "-u", self.mailbox.email, *words, *query)

    # -------------------------------------------------------------------------
    # Choices
    # -------------------------------------------------------------------------

    def folders(self, client):
        """Names of all folders that hold mail, in one order."""
        return sorted(name for flags, _separator, name in client.list_folders() if not {b"\\Noselect", b"\\NonExistent"} & set(flags))

    def own_folder(self, client):
        """A folder that may be taken away, or None."""
        names = [name for name in self.folders(client) if name != b"INBOX" and name.decode() not in SPECIAL]
        return self.rng.choice(names) if names else None

    def some_folder(self, client):
        """Any folder, the inbox more often than others."""
        return b"INBOX" if self.rng.random() < 0.3 else self.rng.choice(self.folders(client))

    def some_mails(self, client):
        """A folder, open now, and UIDs of some of its mails: mostly one, sometimes a row, sometimes all."""
        folder = self.some_folder(client)
        client.select_folder(folder)
        uids = sorted(client.search())
        if not uids:
            return folder, []
        chance, first = self.rng.random(), self.rng.randrange(len(uids))
        if chance < 0.6:
            return folder, uids[first:first + 1]
        return folder, uids if chance > 0.98 else uids[first:first + self.rng.randrange(2, 12)]

    def crowd(self, client):
        """Mails in the whole mailbox."""
        return sum(client.folder_status(name, [b"MESSAGES"])[b"MESSAGES"] for name in self.folders(client))


def move(client, uids, target):
    """Move mails, by whatever the server offers."""
    if client.has_capability("MOVE"):
        client.move(uids, target)
        return
    client.copy(uids, target)
    client.add_flags(uids, [b"\\Deleted"], silent=True)
    client.expunge()
