"""What other programs need for the same mailbox, for scale beside MailDesk's own figures. Each is a process of its own.

:func:`imapclient` is the yardstick, see :mod:`.bare_fetch`. :func:`mbsync` and :func:`offlineimap` copy whole messages into a
Maildir, as people do who want their mail at home.
"""

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..ground.base import CHECKOUT, GroundError
from .stage import PASSWORD, USER, measured

_MBSYNC = """\
FSync no
IMAPAccount peer
Host 127.0.0.1
Port {port}
User "{user}"
Pass "{password}"
{tls} None
AuthMechs LOGIN

IMAPStore remote
Account peer

MaildirStore local
Inbox {home}/mail/INBOX

Channel peer
Far ":remote:INBOX"
Near ":local:INBOX"
Create Near
Sync Pull
SyncState {home}/state/
"""
_OFFLINEIMAP = """\
[general]
accounts = peer
metadata = {home}/state
ui = quiet
fsync = False
[Account peer]
localrepository = local
remoterepository = remote
[Repository local]
type = Maildir
localfolders = {home}/mail
[Repository remote]
type = IMAP
readonly = True
remotehost = 127.0.0.1
remoteport = {port}
remoteuser = {user}
remotepass = {password}
ssl = no
starttls = no
folderfilter = lambda name: name == "INBOX"
"""


@dataclass(frozen=True)
class Figure:
    """One measurement.

    :param int messages: how many it went through.
    :param float seconds: wall clock, after sign-in where a sign-in can be told apart.
    :param float peak: megabytes the process had in memory at most.
    """

    messages: int
    seconds: float
    peak: float

    @property
    def rate(self):
        """Messages per second."""
        return self.messages / self.seconds


def imapclient(port, items):
    """A bare fetch that stores nothing.

    :param str items: ``header`` or ``envelope``.
    """
    command = [sys.executable, "-m", "dev.bench.bare_fetch", port, USER, PASSWORD, items]
    done = measured(command, what="imapclient", cwd=CHECKOUT)
    messages, seconds = done.output.split()
    return Figure(int(messages), float(seconds), done.peak)


def mbsync(port):
    """A first ``mbsync`` of the inbox into a throw-away Maildir, without fsync."""
    version = subprocess.run(["mbsync", "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = map(int, re.search(r"(\d+)\.(\d+)", version).groups())
    # isync 1.5 renamed it
    config = _MBSYNC.replace("{tls}", "TLSType" if (major, minor) >= (1, 5) else "SSLType")
    return _copied("mbsync", config, ["--pull", "peer"], port)


def offlineimap(port):
    """A first ``offlineimap`` of the inbox into a throw-away Maildir, without fsync."""
    return _copied("offlineimap", _OFFLINEIMAP, ["-o"], port)


def _copied(program, config, options, port):
    with tempfile.TemporaryDirectory(prefix="maildesk-bench-") as directory:
        home = Path(directory)
        for name in ("mail", "state"):
            (home / name).mkdir()
        file = home / "config"
        file.write_text(config.format(home=home, port=port, user=USER, password=PASSWORD), encoding="utf-8")
        file.chmod(0o600)
        done = measured([program, "-c", file, *options], what=program, cwd=home)
        copied = sum(1 for part in ("new", "cur") for _path in (home / "mail/INBOX" / part).iterdir())
    if not copied:
        raise GroundError(f"{program} copied nothing:\n{done.output[-2000:]}")
    return Figure(copied, done.seconds, done.peak)
