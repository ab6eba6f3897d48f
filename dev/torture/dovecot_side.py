"""Dovecot, reached over a line that can be bad."""

import os
import shutil
import socket

from imapclient import IMAPClient

from dev.comparison import on_server
from dev.servers.dovecot import Dovecot
from dev.servers.line_faults import Line, round_trip
from dev.servers.proxy import Proxy

from .imap_clients import SPECIAL, ImapClients
from .side import Side, Standing

PASSWORD = "torture"


class DovecotSide(Side):
    """See :class:`.side.Side`; a line is a :class:`dev.servers.line_faults.Line`.

    :param root: its folder.
    :param hidden: names of extensions it does not offer.
    """

    parameters = {"maildesk.allowed_hosts": "127.0.0.1"}

    def __init__(self, root, hidden=()):
        super().__init__()
        self.dovecot = Dovecot(root / "dovecot", password=PASSWORD, special=SPECIAL, hidden_capabilities=hidden)
        self.proxy = None

    def __enter__(self):
        super().__enter__()
        self.enter_context(self.dovecot)
        self.proxy = self.enter_context(Proxy(self.dovecot.host, self.dovecot.port))
        return self

    @property
    def line(self):
        return self.proxy.line

    @line.setter
    def line(self, line):
        self.proxy.line = line or Line()

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

    def sign_in(self, email):
        return {"server": {
            "host": "127.0.0.1", "port": self.proxy.port, "encryption": "none", "username": email, "password": PASSWORD}}

    def client(self, email):
        """Another mail program, signed in without the bad line; a context manager."""
        client = IMAPClient(self.dovecot.host, self.dovecot.port, ssl=False, timeout=30)
        # else every literal waits 40 ms for an acknowledgement
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.login(email, PASSWORD)
        client.folder_encode = False
        return client

    def standing(self, email):
        with self.client(email) as client:
            return Standing(on_server(client))

    def clients(self, harness, mailbox, rng, *, keeps_all=False):
        return ImapClients(harness, mailbox, rng, keeps_all=keeps_all)

    def long_line(self, seconds):
        return round_trip(seconds)
