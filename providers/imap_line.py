"""The libraries under :mod:`.imap_connection`, on a socket of ours."""

import imaplib
import socket

from imapclient import IMAPClient

from .errors import ProtocolError
from .imap_reader import MAX_LINE, MAX_LITERAL
from .values import Endpoint


class Line(imaplib.IMAP4):
    """The library's connection over a socket that was opened, and where wanted encrypted, our way."""

    def __init__(self, endpoint: Endpoint, open_socket):
        self._open_socket = open_socket
        super().__init__(endpoint.host, endpoint.port)

    def _create_socket(self, timeout=None):
        return self._open_socket()

    def readline(self, limit: int = MAX_LINE + 1) -> bytes:
        return self.file.readline(limit)

    def read(self, size: int) -> bytes:  # pylint: disable=method-required-super
        if size > MAX_LITERAL:
            raise ProtocolError(f"the server announced {size} octets at once")
        return self.file.read(size)

    def detach(self) -> tuple[socket.socket, bytes]:
        """The socket, no longer waiting for anything, and what was read from it ahead."""
        self.sock.settimeout(0)
        try:
            ahead = self.file.peek()
        # Nothing there yet; or the line is dead, which whoever reads next finds out.
        except OSError:
            ahead = b""
        self.file.close()
        return self.sock, ahead


class Client(IMAPClient):
    """``imapclient`` on our own line. Its debug log, which would format every octet received, is off."""

    def __init__(self, endpoint: Endpoint, open_socket):
        self._endpoint, self._open_socket = endpoint, open_socket
        super().__init__(endpoint.host, endpoint.port, ssl=False, timeout=endpoint.timeout)
        self._imap.debug = 0

    def _create_IMAP4(self):
        return Line(self._endpoint, self._open_socket)
