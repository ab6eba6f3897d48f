"""A server that says what a test tells it to: for faults no real server can be made to show."""

import contextlib
import re
import socket
import threading
import time

from ...providers.imap import ImapProvider
from ...providers.values import Endpoint

CAPABILITY = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR LITERAL+\r\n{tag} OK done\r\n"
#: Enough of IMAP to sign in and open an empty folder.
USUAL = {
    b"CAPABILITY": CAPABILITY,
    b"AUTHENTICATE": b"{tag} OK [CAPABILITY IMAP4rev1 LITERAL+] signed in\r\n",
    b"LOGIN": b"{tag} OK signed in\r\n",
    b"EXAMINE": b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n* OK [UIDNEXT 4] \r\n{tag} OK [READ-ONLY] opened\r\n",
    b"SELECT": b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n* OK [UIDNEXT 4] \r\n{tag} OK [READ-WRITE] opened\r\n",
    b"LIST": b'* LIST () "/" INBOX\r\n{tag} OK done\r\n',
    b"UID SEARCH": b"* SEARCH\r\n{tag} OK done\r\n",
    b"LOGOUT": b"* BYE\r\n{tag} OK bye\r\n",
}
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")
_PIECE = 512 * 1024
#: In the place of an answer: the line is cut, or nothing is ever said.
CUT, SILENCE = None, b""


class ScriptedServer:
    """Answers commands by their first word; ``{tag}`` in an answer stands for the command's tag.

    :param bytes greeting: what it says first; :data:`CUT` closes at once.
    :param dict answers: word in upper case → answer; over :data:`USUAL`. ``UID FETCH`` counts as one word. Of a list of
        answers each is given once, the last one ever after; a function gets the command and returns its answer.
    :param tls: server-side SSL context, used from the first byte.
    :param float pace: seconds it takes over half a megabyte of a literal.

    A command it knows nothing of is refused as ``BAD``, and kept in :attr:`unknown`.
    """

    def __init__(self, greeting=b"* OK ready\r\n", answers=None, tls=None, pace=0.0):
        self.greeting, self.answers, self.tls = greeting, {**USUAL, **(answers or {})}, tls
        self.lines, self.unknown = [], []
        self._pace = pace
        self._listener = socket.create_server(("127.0.0.1", 0))
        if pace:
            # Else megabytes would lie in between that nobody has read.
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        self.host, self.port = self._listener.getsockname()
        self._open = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        # A thread waiting in accept() does not wake up when the socket is closed elsewhere, but for a caller.
        self._listener.settimeout(0)
        with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), timeout=1):
            pass
        self._listener.close()
        for line in self._open:
            with contextlib.suppress(OSError):
                line.close()
        self._thread.join(5)

    def sent(self, *words):
        """The commands that begin with one of these words, without their tags; all where none is given."""
        commands = [line.strip().partition(b" ")[2] for line in self.lines]
        return [command for command in commands if not words or command.upper().startswith(words)]

    def _accept(self):
        while True:
            try:
                line, _address = self._listener.accept()
            except OSError:
                return
            self._open.append(line)
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line):
        with contextlib.suppress(OSError, ValueError):
            if self.tls:
                line = self.tls.wrap_socket(line, server_side=True)
                self._open.append(line)
            if self.greeting is CUT:
                line.shutdown(socket.SHUT_RDWR)
                line.close()
                return
            line.sendall(self.greeting)
            with line.makefile("rb") as reader:
                while command := reader.readline():
                    while (match := _LITERAL.search(command)) and self._takes(line, command, match):
                        command += self._read(reader, int(match[1])) + reader.readline()
                    self._answer(line, command)

    def _takes(self, line, command, match):
        """Whether a literal follows; one that is only announced is taken where the server would obey."""
        if match[2]:
            return True
        answer = self.answers.get(self._word(command), b"")
        if isinstance(answer, bytes) and b"{tag} OK" in answer:
            line.sendall(b"+ go on\r\n")
            return True
        return False

    def _read(self, reader, count):
        content = b""
        while len(content) < count and (piece := reader.read(min(_PIECE, count - len(content)))):
            content += piece
            time.sleep(self._pace)
        return content

    @staticmethod
    def _word(command):
        words = command.strip().partition(b" ")[2].upper().split()
        return b" ".join(words[:2]) if words[:1] == [b"UID"] else b"".join(words[:1])

    def _answer(self, line, command):
        self.lines.append(command)
        tag, word = command.partition(b" ")[0], self._word(command)
        if word not in self.answers:
            self.unknown.append(command)
        answer = self.answers.get(word, b"{tag} BAD unknown\r\n")
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):
            answer = answer(command)
        if answer is CUT:
            line.shutdown(socket.SHUT_RDWR)
            line.close()
            return
        line.sendall(answer.replace(b"{tag}", tag))


@contextlib.contextmanager
def scripted(capabilities="", pace=0.0, **answers):
    """A provider that is signed in to a scripted server, and the server.

    :param str capabilities: what it offers beyond IMAP4rev1 and LITERAL+.
    :param answers: by word, with underscores for blanks; the tagged line is added to what does not hold it.
    """
    words = {word.replace("_", " ").encode(): _completed(answer) for word, answer in answers.items()}
    signed_in = b"{tag} OK [CAPABILITY IMAP4rev1 LITERAL+ %s] in\r\n" % capabilities.encode()
    with ScriptedServer(answers={b"AUTHENTICATE": signed_in, **words}, pace=pace) as server:
        endpoint = Endpoint(server.host, server.port, "none", "someone", 2.0)
        with ImapProvider(endpoint, lambda: "secret") as provider:
            yield provider, server


def _completed(answer):
    if isinstance(answer, list):
        return [_completed(one) for one in answer]
    is_complete = answer is CUT or callable(answer) or b"{tag}" in answer
    return answer if is_complete else answer + b"{tag} OK done\r\n"
