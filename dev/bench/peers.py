"""What other programs need for the same mailbox, for scale beside MailDesk's own figures.

:func:`bare_fetch` is the yardstick: the ``imapclient`` library asks for what a mailbox list needs and throws it away.
:func:`mbsync` copies whole messages into a Maildir, as people do who want their mail at home.
"""

import re
import resource
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from imapclient import IMAPClient

#: The header fields a list, its threads and its addresses need.
FIELDS = "DATE FROM SENDER REPLY-TO TO CC BCC SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES LIST-ID"
HEADER_ITEMS = ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODYSTRUCTURE", f"BODY.PEEK[HEADER.FIELDS ({FIELDS})]")
ENVELOPE_ITEMS = ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODYSTRUCTURE", "ENVELOPE")
BATCH = 2_000
_CONFIG = """\
FSync no
IMAPAccount peer
Host {host}
Port {port}
User "{user}"
Pass "{password}"
{tls} None
AuthMechs LOGIN

IMAPStore remote
Account peer

MaildirStore local
Inbox {home}/mail

Channel peer
Far ":remote:{folder}"
Near ":local:INBOX"
Create Near
Sync Pull
SyncState {home}/state/
"""


class PeerError(Exception):
    """A peer is not installed, failed, or did not fetch everything."""


@dataclass(frozen=True)
class Figure:
    """One measurement.

    :param str name: what was measured, in words for a table.
    :param int messages: how many it went through.
    :param float seconds: wall clock, after sign-in where a sign-in can be told apart.
    :param peak_mb: most memory a child process used, None where it ran in this one.
    """

    name: str
    messages: int
    seconds: float
    peak_mb: float | None = None

    @property
    def rate(self):
        """Messages per second."""
        return self.messages / self.seconds if self.seconds else float("inf")


def bare_fetch(host, port, user, password, *, folder="INBOX", items=HEADER_ITEMS, batch=BATCH):
    """A bare ``imapclient`` fetch of a whole folder in batches, which stores nothing.

    :param tuple items: :data:`HEADER_ITEMS` or :data:`ENVELOPE_ITEMS`.
    :param int batch: messages in one command.
    :raises PeerError: not every message came back.
    :return: :class:`Figure`.
    """
    with IMAPClient(host, port, ssl=False, timeout=120) as client:
        client.normalise_times = False
        client.login(user, password)
        begun = time.perf_counter()
        client.select_folder(folder, readonly=True)
        uids = client.search("ALL")
        seen = sum(len(client.fetch(uids[at : at + batch], items)) for at in range(0, len(uids), batch))
        seconds = time.perf_counter() - begun
    if seen != len(uids):
        raise PeerError(f"imapclient fetched {seen} of {len(uids)} messages")
    what = "ENVELOPE" if items == ENVELOPE_ITEMS else "header fields"
    return Figure(f"imapclient, {what}, batches of {batch:,}, stores nothing", seen, seconds)


def mbsync(host, port, user, password, *, folder="INBOX", timeout=900):
    """A first ``mbsync`` of one folder into a throw-away Maildir, without fsync.

    :raises PeerError: mbsync is missing, failed, or did not bring everything.
    :return: :class:`Figure`, sign-in included.
    """
    program = shutil.which("mbsync")
    if not program:
        raise PeerError("mbsync is missing: install the package isync")
    with tempfile.TemporaryDirectory(prefix="maildesk-mbsync-") as directory:
        home = Path(directory)
        config = home / "mbsyncrc"
        values = {"host": host, "port": port, "user": user, "password": password, "folder": folder}
        config.write_text(_CONFIG.format(home=home, tls=_tls_option(program), **values), encoding="utf-8")
        config.chmod(0o600)
        command = [program, "--config", str(config), "--pull", "peer"]
        begun = time.perf_counter()
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
        except subprocess.TimeoutExpired as error:
            raise PeerError(f"mbsync took more than {timeout} s") from error
        seconds = time.perf_counter() - begun
        if done.returncode:
            raise PeerError(f"mbsync: {done.stderr.strip()[-500:]}")
        copied = sum(1 for part in ("new", "cur") for _path in (home / "mail" / part).iterdir())
    with IMAPClient(host, port, ssl=False, timeout=60) as client:
        client.login(user, password)
        expected = client.folder_status(folder, ["MESSAGES"])[b"MESSAGES"]
    if copied != expected:
        raise PeerError(f"mbsync copied {copied} of {expected} messages")
    # The largest child so far: an upper bound, as other children may have been larger.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return Figure("mbsync, whole messages into a Maildir, no fsync", copied, seconds, peak)


def _tls_option(program):
    """The name of the option that turns TLS off; isync 1.5 renamed it."""
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = map(int, re.search(r"(\d+)\.(\d+)", version).groups())
    return "TLSType" if (major, minor) >= (1, 5) else "SSLType"
