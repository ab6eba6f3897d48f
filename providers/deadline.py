"""A limit for all that happens with a server, over any number of lines and waits.

Time-outs bound single waits; a server that sends an octet a second keeps every one of them. Within a deadline the lines
:func:`watch` was told of are cut when it is over, by a thread that does nothing else.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from .errors import Unreachable

_current: ContextVar["Deadline | None"] = ContextVar("maildesk_deadline", default=None)


class Deadline:
    """:attr:`has_cut` tells whether it had to cut a line."""

    def __init__(self, seconds: float):
        self._ends = time.monotonic() + seconds
        self._lines: list[socket.socket] = []
        self._lock = threading.Lock()
        self.has_cut = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def left(self) -> float:
        """Seconds until it is over; never 0, which would mean not to wait at all."""
        return max(self._ends - time.monotonic(), 0.01)

    def watch(self, line: socket.socket) -> None:
        # A second handle on the connection: it stays good where TLS takes the first one over, and cannot come to mean another.
        handle = line.dup()
        with self._lock:
            self._lines.append(handle)
        if time.monotonic() >= self._ends:
            self._cut()

    def close(self) -> None:
        self._timer.cancel()
        with self._lock:
            lines, self._lines = self._lines, []
        for line in lines:
            line.close()

    def _cut(self) -> None:
        with self._lock:
            for line in self._lines:
                # One that was closed by the other side has nothing left to cut.
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
                    self.has_cut = True


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Whatever is done with servers inside takes no longer than this.

    :raises Unreachable: with reason ``slow`` where time ran out while the server was still answering.
    """
    deadline = Deadline(seconds)
    token = _current.set(deadline)
    try:
        yield
    except Unreachable as failure:
        if deadline.has_cut and failure.reason != "timeout":
            raise Unreachable(reason="slow") from None
        raise
    finally:
        _current.reset(token)
        deadline.close()


def at_most(seconds: float) -> float:
    """As long, but not beyond the deadline there may be."""
    deadline = _current.get()
    return min(seconds, deadline.left()) if deadline else seconds


def watch(line: socket.socket) -> None:
    """Has the deadline there may be cut this connection when it is over."""
    deadline = _current.get()
    if deadline:
        deadline.watch(line)
