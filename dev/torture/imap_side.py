"""A server that speaks IMAP, reached over a line that can be bad."""

import socket

from imapclient import IMAPClient

from dev.comparison import on_server
from dev.servers.line_faults import Line, round_trip
from dev.servers.proxy import Proxy

from .side import Side, Standing

PASSWORD = "torture"


class ImapSide(Side):
    """See :class:`.side.Side`; a line is a :class:`dev.servers.line_faults.Line`.

    :attr imap: the server: a context manager with a host and a port.
    """

    parameters = {"maildesk.allowed_hosts": "127.0.0.1"}
    imap = proxy = None

    def __enter__(self):
        super().__enter__()
        self.enter_context(self.imap)
        self.proxy = self.enter_context(Proxy(self.imap.host, self.imap.port))
        return self

    @property
    def line(self):
        return self.proxy.line

    @line.setter
    def line(self, line):
        self.proxy.line = line or Line()

    def user(self, email):
        """The user name of a mailbox."""
        return email

    def wire(self, name):
        """A folder's key.

        :param str name: its path with slashes, in modified UTF-7.
        """
        return name.encode()

    def sign_in(self, email):
        return {"server": {
            "host": "127.0.0.1", "port": self.proxy.port, "encryption": "none", "username": self.user(email),
            "password": PASSWORD}}

    def client(self, email):
        """Another mail program, signed in without the bad line; a context manager."""
        client = IMAPClient(self.imap.host, self.imap.port, ssl=False, timeout=30)
        # else every literal waits 40 ms for an acknowledgement
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.login(self.user(email), PASSWORD)
        client.folder_encode = False
        return client

    def standing(self, email):
        with self.client(email) as client:
            return Standing(on_server(client))

    def long_line(self, seconds):
        return round_trip(seconds)
