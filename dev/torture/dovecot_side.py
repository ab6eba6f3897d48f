"""Dovecot, reached over a line that can be bad."""

import os
import shutil

from dev.servers.dovecot import Dovecot

from .imap_clients import SPECIAL, ImapClients
from .imap_side import PASSWORD, ImapSide


class DovecotSide(ImapSide):
    """See :class:`.imap_side.ImapSide`.

    :param root: its folder.
    :param hidden: names of extensions it does not offer.
    """

    def __init__(self, root, hidden=()):
        super().__init__()
        self.imap = self.dovecot = Dovecot(root / "dovecot", password=PASSWORD, special=SPECIAL, hidden_capabilities=hidden)

    def make(self, email, like=None):
        if not like:
            return
        mail = self.dovecot.root / "mail"
        shutil.copytree(mail / like, mail / email)
        if os.geteuid() == 0:
            owner = (mail / like).stat()
            for folder, _folders, files in os.walk(mail / email):
                for path in (folder, *(os.path.join(folder, file) for file in files)):
                    os.chown(path, owner.st_uid, owner.st_gid)

    def drop(self, email):
        shutil.rmtree(self.dovecot.root / "mail" / email, ignore_errors=True)

    def clients(self, harness, mailbox, rng, *, keeps_all=False):
        return ImapClients(harness, mailbox, rng, keeps_all=keeps_all)
