"""A server that keeps every single wait and yet never comes to an end."""

import contextlib
import time

from .imap_scripted import ScriptedServer


class TrickleServer(ScriptedServer):
    """Answers as it is told to, up to one command: the answer to that one comes octet by octet, for ever.

    :param bytes word: of the command, in upper case; empty: it is the greeting that never ends.
    :param float pace: seconds between two octets.
    :param bytes begins: how the endless answer begins; sent at once.
    :param options: of :class:`ScriptedServer`.
    """

    def __init__(self, word=b"", pace=0.1, begins=b"* ", **options):
        super().__init__(**options)
        self.word, self.octet_pace, self.begins = word, pace, begins

    def _serve(self, line):
        if self.word:
            super()._serve(line)
        else:
            self._trickle(line)

    def _answer(self, line, command):
        if self._word(command) == self.word:
            self.lines.append(command)
            self._trickle(line)
        else:
            super()._answer(line, command)

    def _trickle(self, line):
        # Until somebody hangs up.
        with contextlib.suppress(OSError):
            line.sendall(self.begins)
            while True:
                line.sendall(b"x")
                time.sleep(self.octet_pace)
