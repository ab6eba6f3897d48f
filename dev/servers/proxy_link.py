"""One connection through :mod:`dev.servers.proxy`: two sockets, and a pipe each way that has its faults."""

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field

#: Octets held back in one direction before the sender is asked to wait.
HELD = 4 * 1024 * 1024


@dataclass
class Passed:
    """One connection, as far as it went.

    :param bytearray down: what the client was sent, where the proxy records.
    :param bytearray up: what the server was sent, where the proxy records.
    :param bool cut: whether a fault broke it.
    """

    down_octets: int = 0
    up_octets: int = 0
    down: bytearray = field(default_factory=bytearray)
    up: bytearray = field(default_factory=bytearray)
    cut: bool = False


class _Pipe:
    """One direction of one connection."""

    def __init__(self, link, name, fault, source, target):
        self.link, self.name, self.fault = link, name, fault
        self.source, self.target = source, target
        self.loop = asyncio.get_running_loop()
        self.rewrite = fault.rewrite() if fault.rewrite else None
        self.stall = fault.stall
        self.passed = self.held = 0
        self.queue = deque()
        self.free_at = 0.0
        self.timer = None
        self.source_ended = False

    def feed(self, data):
        if self.rewrite:
            data = self.rewrite(data)
        if not data:
            return
        size = self.fault.pieces or len(data)
        for start in range(0, len(data), size):
            self._hold(data[start:start + size])
        self._send_due()

    def end(self):
        """The source says nothing more; what is under way still arrives."""
        self.source_ended = True
        self._send_due()

    def _hold(self, piece):
        due = max(self.loop.time() + self.fault.delay, self.free_at)
        if self.stall and self.passed + self.held + len(piece) > self.stall[0]:
            before = max(self.stall[0] - self.passed - self.held, 0)
            if before:
                self.queue.append((due, piece[:before]))
                self.held += before
                piece = piece[before:]
            due, self.stall = due + self.stall[1], None
            self.free_at = due
        self.queue.append((due, piece))
        self.held += len(piece)
        if self.fault.pieces:
            self.free_at = due + self.fault.pause
        if self.held > HELD:
            self.source.hold_back("queue")

    def _send_due(self):
        self.timer = None
        while self.queue and self.queue[0][0] <= self.loop.time():
            _due, piece = self.queue.popleft()
            self.held -= len(piece)
            if not self._pass(piece):
                return
        if self.held <= HELD // 2:
            self.source.let_go("queue")
        if self.queue:
            if self.timer is None:
                self.timer = self.loop.call_at(self.queue[0][0], self._send_due)
        elif self.source_ended:
            self.target.finish()

    def _pass(self, piece):
        cut = self.fault.cut
        breaks = cut is not None and self.passed + len(piece) >= cut
        if breaks:
            piece = piece[:cut - self.passed]
        self.passed += len(piece)
        self.link.count(self.name, piece)
        self.target.write(piece)
        if breaks:
            self.link.cut(self.fault.abrupt)
        return not breaks

    def drop(self):
        if self.timer:
            self.timer.cancel()
        self.queue.clear()


class End(asyncio.Protocol):
    """One of the two sockets of a connection."""

    def __init__(self, on_made):
        self.on_made, self.transport = on_made, None
        self.pipe = self.other = self.link = None
        self.reasons = set()
        self.ended = False

    def connection_made(self, transport):
        self.transport = transport
        self.on_made(self)

    def data_received(self, data):
        if not self.link.is_over:
            self.pipe.feed(data)

    def eof_received(self):
        self.ended = True
        self.pipe.end()
        return True

    def connection_lost(self, exc):
        if self.link and not self.ended:
            self.ended = True
            self.pipe.end()

    def write(self, data):
        if not self.transport.is_closing():
            self.transport.write(data)

    def finish(self):
        """Nothing more will be written; both sides done means closed."""
        with contextlib.suppress(OSError):
            if self.transport.can_write_eof() and not self.transport.is_closing():
                self.transport.write_eof()
        self.link.finished(self)

    def pause_writing(self):
        self.other.hold_back("socket")

    def resume_writing(self):
        self.other.let_go("socket")

    def hold_back(self, reason):
        self.reasons.add(reason)
        self.transport.pause_reading()

    def let_go(self, reason):
        if reason in self.reasons:
            self.reasons.discard(reason)
            if not self.reasons and not self.transport.is_closing():
                self.transport.resume_reading()


class Link:
    """One connection: the client's end, the server's end, a pipe each way."""

    def __init__(self, line, client, server, passed, record):
        self.client, self.server, self.passed, self.record = client, server, passed, record
        self.is_over, self.done = False, set()
        self.pipes = (
            _Pipe(self, "up", line.up, client, server), _Pipe(self, "down", line.down, server, client),
        )
        for end, other, pipe in ((client, server, self.pipes[0]), (server, client, self.pipes[1])):
            end.link, end.other, end.pipe = self, other, pipe

    def count(self, name, piece):
        setattr(self.passed, f"{name}_octets", getattr(self.passed, f"{name}_octets") + len(piece))
        if self.record:
            getattr(self.passed, name).extend(piece)

    def cut(self, abrupt):
        self.is_over = self.passed.cut = True
        self._close(abrupt)

    def finished(self, end):
        self.done.add(end)
        # the client has all a server that is gone had to say; one that only stopped speaking still gets its answers
        if end is self.client or len(self.done) == 2:
            self.is_over = True
            self._close(abrupt=False)

    def _close(self, abrupt):
        for pipe in self.pipes:
            pipe.drop()
        for end in (self.client, self.server):
            if abrupt:
                end.transport.abort()
            else:
                end.transport.close()
