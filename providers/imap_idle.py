"""Being told at once: a line that waits in IDLE (RFC 2177) and hears of all folders where the server has NOTIFY (RFC 5465).

One thread may hold thousands of them: nothing here waits. The states of a line::

    asking ──"+"──> idling ──DONE──> ending ──"OK"──> asking …

Whatever the server says is looked at and thrown away; of an answer without end only its first octets are ever kept.
"""

import random
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress

from .errors import ProtocolError, Unreachable, Unsupported
from .imap_connection import ImapConnection
from .imap_mailbox import examine
from .imap_reader import MAX_LINE, MAX_SMALL_LITERAL, Status, parse_status
from .imap_refusals import mailbox_refusal
from .network import translate

#: Seconds until IDLE is ended and begun again. RFC 2177 §3 allows 29 minutes; chance keeps many lines apart.
REFRESH_SECONDS = (15 * 60, 25 * 60)
#: An IDLE the server ends by itself within so many seconds is none.
SHORTEST_IDLE = 60.0
#: TCP asks a silent other side after so many seconds, every so often, so many times: address translation between here and
#: there forgets quiet connections, and a vanished server is found out.
KEEP_ALIVE = (240, 30, 4)

_INBOX = "INBOX"
_NOTIFY = (
    b"NOTIFY SET (selected (MessageNew MessageExpunge FlagChange)) "
    b"(personal (MessageNew MessageExpunge FlagChange MailboxName))"
)
_ABOUT_MESSAGES = {b"EXISTS", b"EXPUNGE", b"FETCH"}
_ABOUT_FOLDERS = {b"VANISHED", b"STATUS", b"LIST"}
_ASKING, _IDLING, _ENDING = "asking", "idling", "ending"
_WOULD_WAIT = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
#: Larger than a TLS record (RFC 8446 §5.1), so that nothing stays decrypted where no selector sees it.
_CHUNK = 65536
#: Octets taken from one line before others have their turn.
_FAIR_SHARE = 16 * _CHUNK
_HEAD, _TAIL = 512, 32
_LITERAL_END = re.compile(rb"\{(\d{1,20})\+?\}\r?\n\Z")


class ImapWatch:
    """A signed-in line on guard, taken over from its connection; see :class:`.base.Watch`.

    :param ImapConnection connection: gives its line away, unless this raises.
    :raises Unsupported: the server has no IDLE.
    :raises Unreachable, RateLimited, FolderGone, Refused, ProtocolError:
    """

    def __init__(self, connection: ImapConnection):
        if not connection.has("IDLE"):
            raise Unsupported("the server does not offer IDLE")
        examine(connection, _INBOX)
        # A server may refuse what it offers (RFC 5465 §5.6); the inbox alone is then watched.
        self.hears_all_folders = connection.has("NOTIFY") and connection.run(_NOTIFY).kind == "OK"
        self._timeout = connection.endpoint.timeout
        self._detail = connection.detail
        self._answers = _Answers()
        self._number, self._state, self._outgoing = 0, _ENDING, b""
        self._began = self.due_at = 0.0
        self._socket, received = connection.detach()
        try:
            _keep_alive(self._socket)
            self._begin()
            # Who begins to watch looks at the mailbox anyway: what happened until now is no news.
            self._take(received)
            self.pump()
        except BaseException:
            # Whatever stopped us, nobody else would close it.
            self._socket.close()
            raise

    def fileno(self) -> int:
        return self._socket.fileno()

    def pump(self) -> bool:
        self._send()
        happened, taken = False, 0
        try:
            while taken < _FAIR_SHARE:
                data = self._socket.recv(_CHUNK)
                if not data:
                    raise Unreachable("the server closed the connection", reason="closed")
                taken += len(data)
                happened = self._take(data) or happened
        except _WOULD_WAIT:
            return happened
        except (OSError, ValueError) as error:
            raise translate(error) from None
        return happened

    def attend(self, now: float) -> None:
        if now < self.due_at:
            return
        if self._state != _IDLING:
            raise Unreachable("the server no longer answers", reason="timeout")
        self._state = _ENDING
        self._say(b"DONE")

    def close(self) -> None:
        # Whatever a dying line raises here, nobody is interested any more.
        with suppress(OSError, ValueError):
            if self._state == _IDLING:
                self._socket.send(b"DONE\r\nz LOGOUT\r\n")
                self._socket.shutdown(socket.SHUT_WR)
        self._socket.close()

    def _begin(self) -> None:
        self._number += 1
        self._state, self._began = _ASKING, time.monotonic()
        self._say(b"i%d IDLE" % self._number)

    def _say(self, text: bytes) -> None:
        """Sends a line that is to be answered in time."""
        self.due_at = time.monotonic() + self._timeout
        self._outgoing += text + b"\r\n"
        self._send()

    def _send(self) -> None:
        try:
            while self._outgoing:
                self._outgoing = self._outgoing[self._socket.send(self._outgoing):]
        except _WOULD_WAIT:
            # The next turn goes on; a line that takes nothing for long is found out like one that answers nothing.
            return
        except (OSError, ValueError) as error:
            raise translate(error) from None

    def _take(self, data: bytes) -> bool:
        # Every answer has to be looked at, so no generator within any().
        return any([self._is_news(head) for head in self._answers.feed(data)])  # noqa: C419

    def _is_news(self, head: bytes) -> bool:
        """Looks at the beginning of one response; answers whether something in the mailbox changed."""
        if head.startswith(b"* "):
            words = head[2:].upper().split(maxsplit=2)
            if len(words) > 1 and words[0].isdigit():
                return words[1] in _ABOUT_MESSAGES
            if words and words[0] in _ABOUT_FOLDERS:
                return True
            self._heed(parse_status(head[2:]))
        elif head.startswith(b"+"):
            if self._state != _ASKING:
                raise ProtocolError("the server asks to continue where nothing is to follow")
            self._state, self.due_at = _IDLING, self._began + random.uniform(*REFRESH_SECONDS)
        else:
            tag, _blank, text = head.partition(b" ")
            status = parse_status(text)
            if status is None or tag != b"i%d" % self._number:
                raise ProtocolError("the server answered something that is not IMAP")
            self._complete(status)
        return False

    def _heed(self, status: Status | None) -> None:
        if status is None:
            return
        if status.kind == "BYE":
            raise mailbox_refusal(status, self._detail(status))
        if status.code == "NOTIFICATIONOVERFLOW":
            # From now on the server keeps silent (RFC 5465 §5.8).
            raise Unreachable("the server stopped telling what happens", reason="closed")

    def _complete(self, status: Status) -> None:
        """The end of IDLE: wanted by us, brought about by the server, or a refusal of it."""
        if status.kind != "OK":
            failure = mailbox_refusal(status, self._detail(status, "IDLE"))
            raise Unsupported(failure.detail) if isinstance(failure, ProtocolError) else failure
        if self._state != _ENDING and time.monotonic() - self._began < SHORTEST_IDLE:
            raise Unsupported("the server ends IDLE at once")
        self._begin()


class _Answers:
    """Finds responses in what arrives in any pieces, and keeps next to nothing of them."""

    __slots__ = ("_head", "_length", "_skip", "_tail")

    def __init__(self):
        self._head, self._tail = b"", b""
        self._length = self._skip = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The beginnings of the responses that end in ``data``.

        :raises ProtocolError: a line or literal beyond all measure.
        """
        position = 0
        while position < len(data):
            if self._skip:
                step = min(self._skip, len(data) - position)
                self._skip -= step
                position += step
                continue
            end = data.find(b"\n", position) + 1 or len(data)
            self._keep(data[position:end])
            position = end
            if self._tail.endswith(b"\n") and self._is_complete():
                head, self._head, self._length = self._head, b"", 0
                yield head.rstrip(b"\r\n")

    def _keep(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length > MAX_LINE:
            raise ProtocolError("the server's line has no end")
        self._head += piece[: _HEAD - len(self._head)]
        self._tail = (self._tail + piece[-_TAIL:])[-_TAIL:]

    def _is_complete(self) -> bool:
        """Whether the line that just ended is the response's last; else a literal follows."""
        literal, self._tail = _LITERAL_END.search(self._tail), b""
        if not literal:
            return True
        self._skip = int(literal[1])
        if self._skip > MAX_SMALL_LITERAL:
            raise ProtocolError(f"the server announced {self._skip} octets at once")
        return False


def _keep_alive(line: socket.socket) -> None:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in zip(("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT"), KEEP_ALIVE, strict=True):
        # Not every system lets programs choose.
        if hasattr(socket, name):
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
