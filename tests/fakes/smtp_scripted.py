"""An SMTP server that says what a test tells it to."""

from .imap_scripted import ScriptedServer


class SmtpScript(ScriptedServer):
    """The same for SMTP, whose commands carry no tag."""

    def __init__(self, greeting=b"220 mx.example.org ESMTP\r\n", answers=None):
        usual = {
            b"EHLO": b"250-mx.example.org\r\n250 AUTH PLAIN LOGIN\r\n",
            b"AUTH": b"235 welcome\r\n",
            b"NOOP": b"250 fine\r\n",
            b"QUIT": b"221 bye\r\n",
        }
        super().__init__(greeting, {**usual, **(answers or {})})

    def _answer(self, line, command):
        return super()._answer(line, b"- " + command)

    def said(self, word):
        return [line for line in self.lines if line.upper().split()[1:2] == [word]]
