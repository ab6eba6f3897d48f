"""A server that says what a test tells it to: for faults no real server can be made to show."""

import contextlib
import re
import socket
import threading

CAPABILITY = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR LITERAL+\r\n{tag} OK done\r\n"
#: Enough of IMAP to sign in and open an empty folder.
USUAL = {
    b"CAPABILITY": CAPABILITY,
    b"AUTHENTICATE": b"{tag} OK [CAPABILITY IMAP4rev1 LITERAL+] signed in\r\n",
    b"LOGIN": b"{tag} OK signed in\r\n",
    b"EXAMINE": b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n* OK [UIDNEXT 4] \r\n{tag} OK [READ-ONLY] opened\r\n",
    b"LOGOUT": b"* BYE\r\n{tag} OK bye\r\n",
}
_LITERAL = re.compile(rb"\{(\d+)\+\}\r\n\Z")
#: In the place of an answer: the line is cut, or nothing is ever said.
CUT, SILENCE = None, b""


class ScriptedServer:
    """Answers commands by their first word; ``{tag}`` in an answer stands for the command's tag.

    :param bytes greeting: what it says first; :data:`CUT` closes at once.
    :param dict answers: word in upper case → answer; over :data:`USUAL`. ``UID FETCH`` counts as one word.
    :param tls: server-side SSL context, used from the first byte.

    A command it knows nothing of is refused as ``BAD``, and kept in :attr:`unknown`.
    """

    def __init__(self, greeting=b"* OK ready\r\n", answers=None, tls=None):
        self.greeting, self.answers, self.tls = greeting, {**USUAL, **(answers or {})}, tls
        self.lines, self.unknown = [], []
        self._listener = socket.create_server(("127.0.0.1", 0))
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
                    while match := _LITERAL.search(command):
                        command += reader.read(int(match[1])) + reader.readline()
                    self._answer(line, command)

    def _answer(self, line, command):
        self.lines.append(command)
        tag, _blank, rest = command.strip().partition(b" ")
        words = rest.upper().split()
        word = b" ".join(words[:2]) if words[:1] == [b"UID"] else b"".join(words[:1])
        if word not in self.answers:
            self.unknown.append(command)
        answer = self.answers.get(word, b"{tag} BAD unknown\r\n")
        if answer is CUT:
            line.shutdown(socket.SHUT_RDWR)
            line.close()
            return
        line.sendall(answer.replace(b"{tag}", tag))
