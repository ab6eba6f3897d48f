"""How one thread rouses another that waits in a selector."""

import contextlib
import socket


class Bell:
    """Registered with a selector for reading; readable from ``ring`` until ``hush``. Any thread may ring, and signals too."""

    def __init__(self):
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)

    def fileno(self):
        return self._near.fileno()

    def ring(self):
        # where the buffer is full it has been rung often enough
        with contextlib.suppress(BlockingIOError):
            self._far.send(b"\0")

    def hush(self):
        with contextlib.suppress(BlockingIOError):
            self._near.recv(65536)
