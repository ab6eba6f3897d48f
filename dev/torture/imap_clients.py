"""Other mail programs at work on a mailbox over IMAP: two clients and the server's own `doveadm`, each doing random things."""

import contextlib
import time

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError
from imapclient.imap_utf7 import decode

from dev.servers.dovecot import DovecotError

from .clients import CROWD, FOLDERS, Clients
from .mails import mail, received

#: Folders every mailbox has beside its inbox.
SPECIAL = {"Archive": "Archive", "Junk": "Junk", "Trash": "Trash", "Sent": "Sent"}

#: Names of folders that come and go, as on the wire (RFC 3501 §5.1.3).
NAMES = (
    "Alpha", "Alpha/One", "Alpha/One/Deep", "Beta", "Beta {7}", "Caf&AOk-", "Quo\"ted", "Back\\slash", "100%", "Wild*card",
    " blanks ", "&2D3cAA-", "inbox-like", "Gamma/(NIL)",
)
FLAGS = (b"\\Seen", b"\\Flagged", b"\\Answered", b"\\Draft", b"$Label1")


class ImapClients(Clients):
    """See :class:`.clients.Clients`."""

    weights = {
        "append": 22, "flag": 24, "move": 12, "copy": 6, "expunge": 9, "mark_deleted": 2,
        "create_folder": 3, "rename_folder": 2, "delete_folder": 2, "recreate_folder": 1,
        "doveadm_flags": 2, "doveadm_move": 2, "doveadm_expunge": 1, "doveadm_uidvalidity": 1,
    }
    keeping = ("append", "flag", "move", "create_folder")

    def __init__(self, harness, mailbox, rng, *, keeps_all=False):
        super().__init__(harness, mailbox, rng, keeps_all=keeps_all)
        self.programs = [self._program() for _program in range(2)]
        harness.callback(self.close)

    def _program(self):
        return self.harness.server.client(self.mailbox.email)

    def perform(self, action):
        program = self.rng.randrange(len(self.programs))
        try:
            return action(self.programs[program])
        except (IMAPClientAbortError, OSError) as abort:
            # Dovecot hangs up on a program whose open folder got another life
            self.programs[program].shutdown()
            self.programs[program] = self._program()
            return f"hung up ({abort})"
        except (IMAPClientError, DovecotError) as refusal:
            # what one program took away the other asks for in vain
            return f"refused ({refusal})"

    def close(self):
        for client in self.programs:
            with contextlib.suppress(OSError):
                client.shutdown()

    # -------------------------------------------------------------------------
    # Mails
    # -------------------------------------------------------------------------

    def append(self, client):
        count = self.how_many(self.crowd(client))
        folder = self.some_folder(client)
        for _mail in range(count):
            number = self.next_number()
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
        name = self.some_name()
        if len(self.folders(client)) < FOLDERS + len(SPECIAL):
            client.create_folder(name)
        return name

    def rename_folder(self, client):
        name, other = self.own_folder(client), self.some_name()
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
        self.harness.server.dovecot.doveadm("mailbox", "update", "-u", self.mailbox.email, "--uid-validity", str(validity + 1), decode(folder))
        return folder

    def doveadm(self, command, folder, uids, *words):
        query = ["mailbox", decode(folder), "uid", ",".join(map(str, uids))]
        self.harness.server.dovecot.doveadm(*command, "-u", self.mailbox.email, *words, *query)

    # -------------------------------------------------------------------------
    # Choices
    # -------------------------------------------------------------------------

    def folders(self, client):
        """Names of all folders that hold mail, in one order."""
        return sorted(name for flags, _separator, name in client.list_folders() if not {b"\\Noselect", b"\\NonExistent"} & set(flags))

    def some_name(self):
        """Of a folder that may be there or not."""
        return self.harness.server.wire(self.rng.choice(NAMES))

    def own_folder(self, client):
        """A folder that may be taken away, or None."""
        kept = {b"INBOX", *(self.harness.server.wire(name) for name in SPECIAL)}
        names = [name for name in self.folders(client) if name not in kept]
        return self.rng.choice(names) if names else None

    def some_folder(self, client):
        """Any folder, the inbox more often than others."""
        return b"INBOX" if self.rng.random() < 0.3 else self.rng.choice(self.folders(client))

    def some_mails(self, client):
        """A folder, open now, and UIDs of some of its mails: mostly one, sometimes a row, sometimes all."""
        folder = self.some_folder(client)
        client.select_folder(folder)
        return folder, self.some(sorted(client.search()))

    def crowd(self, client):
        """Mails in the whole mailbox."""
        return sum(client.folder_status(name, [b"MESSAGES"])[b"MESSAGES"] for name in self.folders(client))


class PlainImapClients(ImapClients):
    """The same where the server has no hands of its own."""

    weights = {name: weight for name, weight in ImapClients.weights.items() if not name.startswith("doveadm")}

    def delete_folder(self, client):
        name = super().delete_folder(client)
        # the next folder of this name has another UIDVALIDITY only where the second is another: that is what it counts
        time.sleep(1.1)
        return name

    def recreate_folder(self, client):
        name = self.delete_folder(client)
        if name:
            client.create_folder(name)
        return name


def move(client, uids, target):
    """Move mails, by whatever the server offers."""
    if client.has_capability("MOVE"):
        client.move(uids, target)
        return
    client.copy(uids, target)
    client.add_flags(uids, [b"\\Deleted"], silent=True)
    client.expunge()
