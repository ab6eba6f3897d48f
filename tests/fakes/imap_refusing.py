"""A real IMAP server that refuses what a test says: it is asked through a proxy, which answers such commands itself."""

import contextlib
import re
import socket
import threading

_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")
#: In the place of an answer: the connection is cut.
CUT = None
WAIT = 20


class RefusingProxy:
    """Stands before a real server on the loopback.

    :param int port: of the real server.

    :attr:`rules` maps a regular expression, searched in the command behind its tag, to the answer the client gets instead of the
    server's, without tag and line end, or to :data:`CUT`. :attr:`commands` holds what was asked for.
    """

    def __init__(self, port):
        self.rules, self.commands = {}, []
        self._far = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = []

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc_info):
        # A thread waiting in accept() does not wake up when the socket is closed elsewhere, but for a caller.
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            self._listener.close()
        for line in self._open:
            with contextlib.suppress(OSError):
                line.close()

    def sent(self, *words):
        """The commands that begin with one of these words."""
        return [command for command in self.commands if command.upper().startswith(words)]

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _address = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._far), timeout=WAIT)
                self._open += [near, far]
                threading.Thread(target=_Conversation(self, near, far).serve, daemon=True).start()


class _Conversation:
    def __init__(self, proxy, near, far):
        self._proxy, self._near, self._far = proxy, near, far
        #: Commands the server has not completed yet: what is answered here must not come in the midst of its answers.
        self._waiting, self._changed = 0, threading.Condition()

    def serve(self):
        threading.Thread(target=self._answers, daemon=True).start()
        with contextlib.suppress(OSError, ValueError), self._near.makefile("rb") as reader:
            while line := reader.readline():
                self._take(line, reader)
        self._close()

    def _take(self, line, reader):
        tag, _blank, command = line.partition(b" ")
        self._proxy.commands.append(command.strip())
        rules = self._proxy.rules
        match = next((pattern for pattern in rules if command and re.search(pattern, command)), None)
        if match is not None:
            literal = _LITERAL.search(line)
            if literal and literal[2]:
                reader.read(int(literal[1]))
                reader.readline()
            self._answer(tag, rules[match])
            return
        with self._changed:
            # A line without blanks goes on with the sign-in.
            self._waiting += bool(command)
        self._far.sendall(line)
        while literal := _LITERAL.search(line):
            line = reader.read(int(literal[1])) + reader.readline()
            self._far.sendall(line)

    def _answer(self, tag, answer):
        if answer is CUT:
            raise ValueError("cut")
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, WAIT)
        self._near.sendall(answer.replace(b"{tag}", tag) if b"{tag}" in answer else tag + b" " + answer + b"\r\n")

    def _answers(self):
        with contextlib.suppress(OSError, ValueError), self._far.makefile("rb") as reader:
            while line := reader.readline():
                self._near.sendall(line)
                if not line.startswith((b"* ", b"+")) and re.match(rb"\w+ (OK|NO|BAD)\b", line):
                    with self._changed:
                        self._waiting -= 1
                        self._changed.notify_all()
        self._close()

    def _close(self):
        for line in (self._near, self._far):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
