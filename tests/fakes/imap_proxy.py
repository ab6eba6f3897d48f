"""A line to a real server that is cut where a test wants it."""

import contextlib
import re
import socket
import threading
from dataclasses import replace

from maildesk.providers.imap import ImapProvider

_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")
#: The command never reaches the server, or the server obeys and its answer never reaches us.
BEFORE, AFTER = "before", "after"
#: What comes before anything is done, and the farewell.
_UNCOUNTED = (b"CAPABILITY", b"AUTHENTICATE", b"LOGIN", b"LOGOUT")


class CutLine:
    """Takes one connection and hands it on to a real server, up to a command.

    :param server: a server of :mod:`.imap_servers`.
    :param int number: which command after sign-in the line is cut at, from 0.
    :param str when: :data:`BEFORE` or :data:`AFTER`.

    Afterwards :attr:`cut_at` holds the command, or None where so many were not sent.
    """

    def __init__(self, server, number, when):
        self.cut_at = None
        self._server, self._left, self._when = server, number, when
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lines = []
        self._silenced = None
        self._done = threading.Event()

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc_info):
        self._close()
        self._listener.close()

    def endpoint(self):
        host, port = self._listener.getsockname()
        return replace(self._server.endpoint(), host=host, port=port)

    def provider(self):
        return ImapProvider(self.endpoint(), lambda: self._server.password)

    def _accept(self):
        with contextlib.suppress(OSError):
            near, _address = self._listener.accept()
            far = socket.create_connection((self._server.host, self._server.port), timeout=10)
            for line in (near, far):
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._lines = [near, far]
            threading.Thread(target=self._answers, args=(near, far), daemon=True).start()
            self._commands(near, far)

    def _commands(self, near, far):
        with contextlib.suppress(OSError, ValueError), near.makefile("rb") as reader:
            while command := reader.readline():
                tag, _blank, rest = command.partition(b" ")
                # A line without blanks goes on with the sign-in.
                is_counted = rest and not rest.upper().startswith(_UNCOUNTED)
                self._left -= bool(is_counted)
                if is_counted and self._left < 0:
                    self.cut_at = rest
                    if self._when == BEFORE:
                        break
                    self._silenced = tag
                far.sendall(command)
                while match := _LITERAL.search(command):
                    command = reader.read(int(match[1])) + reader.readline()
                    far.sendall(command)
                if self._silenced:
                    self._done.wait(10)
                    break
        self._close()

    def _answers(self, near, far):
        with contextlib.suppress(OSError, ValueError), far.makefile("rb") as reader:
            while line := reader.readline():
                if self._silenced and line.startswith(self._silenced + b" "):
                    break
                # Requests to go on are no answer yet.
                if not self._silenced or line.startswith(b"+"):
                    near.sendall(line)
        self._done.set()

    def _close(self):
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
