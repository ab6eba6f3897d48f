"""A limit of time for a whole conversation with a server, over any number of connections and waits.

Time-outs bound single waits; a server that sends an octet every few seconds keeps every one of them. Within a deadline the
connections :func:`watch` was given are shut down when it is over, by a thread that does nothing else. A thread that works for
the same conversation runs in a copy of its context (:func:`contextvars.copy_context`), and so within the same deadline.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from .errors import ProtocolError, Unreachable

_current: ContextVar["Deadline | None"] = ContextVar("maildesk_deadline", default=None)


class Deadline:
    """
    :param float seconds: until it is over.
    :param outer: the deadline this one lies within; it cuts the same connections where it is over first.
    """

    def __init__(self, seconds: float, outer: "Deadline | None" = None):
        self._outer = outer
        self._ends = time.monotonic() + seconds
        self._connections: list[socket.socket] = []
        self._lock = threading.Lock()
        self._is_closed = False
        self._has_cut = False
        self._wait(seconds)

    @property
    def has_cut(self) -> bool:
        """Whether a connection had to be shut down."""
        # Whoever is woken by a shut-down connection may be here before the thread that shut it down goes on.
        with self._lock:
            has_cut = self._has_cut
        return has_cut or bool(self._outer and self._outer.has_cut)

    def left(self) -> float:
        """Seconds until it is over; never 0, which would mean not to wait at all."""
        return max(self._ends - time.monotonic(), 0.01)

    def renew(self, seconds: float) -> None:
        """Be over in so many seconds from now instead; one that is over stays so."""
        with self._lock:
            now = time.monotonic()
            is_sooner = now + seconds < self._ends
            if self._is_closed or now >= self._ends:
                return
            self._ends = now + seconds
            if is_sooner:
                # Else the thread that waits finds out by itself that there is more time.
                self._timer.cancel()
                self._wait(seconds)

    def watch(self, connection: socket.socket) -> None:
        """Shut this connection down when time is over."""
        # A second handle on the connection: it stays good where TLS takes the first one over, and cannot come to mean another.
        handle = connection.dup()
        with self._lock:
            self._connections.append(handle)
            is_over = time.monotonic() >= self._ends
        if is_over:
            self._cut()
        if self._outer:
            self._outer.watch(connection)

    def close(self) -> None:
        """Nothing is shut down any more."""
        with self._lock:
            self._is_closed = True
            self._timer.cancel()
            connections, self._connections = self._connections, []
        for connection in connections:
            connection.close()

    def _wait(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._time_is_up)
        self._timer.daemon = True
        self._timer.start()

    def _time_is_up(self) -> None:
        with self._lock:
            left = self._ends - time.monotonic()
            if left > 0 and not self._is_closed:
                self._wait(left)
                return
        self._cut()

    def _cut(self) -> None:
        with self._lock:
            for connection in self._connections:
                # One that was closed by the other side has nothing left to shut down.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                    self._has_cut = True


@contextmanager
def within(seconds: float) -> Iterator[Deadline]:
    """Whatever is done with servers inside takes no longer than this, nor than a deadline around it allows.

    :raises Unreachable: with reason ``slow`` where time ran out while the server was still answering.
    """
    deadline = Deadline(at_most(seconds), _current.get())
    token = _current.set(deadline)
    try:
        yield deadline
    except (Unreachable, ProtocolError) as failure:
        # An answer that was cut in the middle may look like any other fault of the server.
        if deadline.has_cut and getattr(failure, "reason", "") != "timeout":
            raise Unreachable(reason="slow") from None
        raise
    finally:
        _current.reset(token)
        deadline.close()


def at_most(seconds: float) -> float:
    """As long, but not beyond the deadline there may be."""
    deadline = _current.get()
    return min(seconds, deadline.left()) if deadline else seconds


def watch(connection: socket.socket) -> None:
    """Have the deadline there may be shut this connection down when it is over."""
    deadline = _current.get()
    if deadline:
        deadline.watch(connection)
