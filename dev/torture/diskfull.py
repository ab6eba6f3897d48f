"""The file system Odoo stores files on is full: mail is opened, stored by a person and read on all the same, and once there is
room again everything is as it should be.

Odoo runs in a mount namespace of its own, where a small tmpfs lies over its filestore; nobody else sees it.
"""

import os
import shutil
import subprocess
import tempfile
from email.message import EmailMessage

from dev.ground.odoo import HERE

from .difference import Difference
from .harness import Harness
from .mails import mail, message_id, received

MEGABYTES = 2
#: Octets of an attachment; a few of them fit.
ATTACHMENT = 150_000
MAILS = 6
#: Mounts a tmpfs over its first argument and becomes the others.
_MOUNT = f'folder="$1"; shift; mount -t tmpfs -o size={MEGABYTES}m tmpfs "$folder" && exec "$@"'


def run(harness, options, tell):
    """Fill the disk once.

    :return: 1, or 0 where the machine lets nobody mount.
    :raises Difference: something does not work, or does not work again.
    """
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run([*_over(folder), "true"], capture_output=True, check=False).returncode:
            tell("skipped: no file system may be mounted here")
            return 0
    with Harness(harness.source, wrap=_over_filestore) as own:
        own.callback(shutil.rmtree, _filestore(own.database), True)
        _Disk(own, options.rng).fill()
    return 1


def _over(folder):
    """The beginning of a command that sees a small file system in the place of a folder."""
    own = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
    return [*own, "sh", "-c", _MOUNT, "sh", str(folder)]


def _filestore(database):
    return HERE / "data/filestore" / database


def _over_filestore(database):
    _filestore(database).mkdir(parents=True, exist_ok=True)
    return _over(_filestore(database))


class _Disk:
    def __init__(self, harness, rng):
        self.harness, self.rng = harness, rng
        self.mailbox = harness.connect(harness.mailbox("disk"))
        self.arrived = 0

    def fill(self):
        """Before, while and after the disk is full."""
        self._arrive(MAILS)
        self._open(0, [])
        full = self.harness.odoo.call("fill_disk", megabytes=MEGABYTES)
        if "No space" not in full:
            raise Difference([f"the disk is not full: {full!r}"])
        refusals = []
        for number in range(MAILS):
            self._open(number, refusals)
        stored = mail(self.rng, "own", 0)
        refused = self._store(stored)
        self._arrive(3)
        self.harness.odoo.call("fill_disk", megabytes=0)
        if refused:
            again = self._store(stored)
            if again:
                raise Difference([f"a mail refused once for {refused!r} is still refused: {again}"])
        after = []
        for number in range(self.arrived):
            self._open(number, after)
        if after:
            raise Difference(["with room again:", *after])
        self._arrive(1)
        count = sum(there[message_id("own", 0), frozenset()] for there in self.harness.server.contents(self.mailbox.email).values())
        if count != 1:
            raise Difference([f"the mail stored by a person lies on the server {count} times"])

    def _arrive(self, count):
        """New mail comes, some of it is marked by a person, and all of it is read."""
        with self.harness.server.client(self.mailbox.email) as client:
            for number in range(self.arrived, self.arrived + count):
                client.append(b"INBOX", self._letter(number), (), received(number))
        self.arrived += count
        self.harness.settle(self.mailbox)
        place = self._places()[0][0]
        refusal = self.harness.act([place], self.rng.choice(("star", "read")))
        if refusal:
            raise Difference([f"a mark is refused: {refusal}"])
        self.harness.settle(self.mailbox)
        self.harness.check(self.mailbox)

    def _letter(self, number):
        message = EmailMessage()
        message["Message-ID"] = message_id("disk", number)
        message["From"], message["To"], message["Subject"] = "a@torture.example", "b@torture.example", f"Plans {number}"
        message.set_content("They are attached.\n")
        message.add_attachment(self.rng.randbytes(ATTACHMENT + number), maintype="application", subtype="pdf", filename="plan.pdf")
        return message.as_bytes().replace(b"\n", b"\r\n")

    def _places(self):
        return self.harness.query(
            "SELECT place.id, message.message_id FROM maildesk_message_placement place "
            "JOIN maildesk_message message ON message.id = place.message_id "
            "JOIN maildesk_folder folder ON folder.id = place.folder_id "
            "WHERE folder.account_id = %s AND message.message_id LIKE '<disk.%%' ORDER BY place.date", self.mailbox.account_id)

    def _open(self, number, refusals):
        """Open a mail and its attachment.

        :param list refusals: gets the words of what was refused.
        :raises Difference: it neither works nor says why.
        """
        place, name = self._places()[number]
        error, parts = self.harness.odoo.call("open_mail", placement_id=place)
        size = ATTACHMENT + number
        refusals += [f"{name}: {words}" for words in (error, *parts) if isinstance(words, str) and words]
        if any(part != size for part in parts if isinstance(part, int)) or len(parts) != 1:
            raise Difference([f"{name}: attachments of {parts} octets where one has {size}"])

    def _store(self, raw):
        """A mail is stored by a person; answers the words of a refusal."""
        [(folder,)] = self.harness.query(
            "SELECT id FROM maildesk_folder WHERE account_id = %s AND remote_id = 'Sent'", self.mailbox.account_id)
        return self.harness.append(folder, raw)
