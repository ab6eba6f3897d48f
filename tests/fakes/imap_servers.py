"""Real IMAP servers for the contract suite, and the other client that changes things behind our back."""

import contextlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from imapclient import IMAPClient
from maildesk.dev.servers.dovecot import EXTENSIONS, Dovecot
from maildesk.providers.imap import ImapProvider
from maildesk.providers.values import FLAGS, Endpoint
from maildesk.tests.fakes.imap_proxy import CutLine

EPOCH = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)


class ImapServer:
    """What the contract's suites need of a server that speaks IMAP."""

    #: A message's key belongs to one life of its folder; messages are marked as deleted before they are removed.
    has_uids = True
    #: Mails stay the octets they were.
    keeps_octets = True
    settable_flags = FLAGS

    def provider(self):
        return ImapProvider(self.endpoint(), lambda: self.password)

    def other_client(self):
        return OtherClient(self)

    def cut_line(self, number, when):
        """A line that is cut; see :class:`.imap_proxy.CutLine`."""
        return CutLine(self, number, when)

    def tells_states(self, provider):
        """Whether the folder list tells of every change."""
        return provider.connection.has("CONDSTORE")

    def tells_new_keys(self, provider):
        """Whether moved and appended mail is found again without a search."""
        return provider.connection.has("UIDPLUS")


class FullServer(ImapServer):
    """Dovecot with all its extensions."""

    hidden = ()
    options = {}
    has_special_use = True
    has_many_users = True
    user, password = "anna", "secret"

    def start(self):
        self._home = Path(tempfile.mkdtemp(prefix="maildesk-test-"))
        # Dovecot may run as another user than the one that made the directory.
        self._home.chmod(0o711)
        self.dovecot = Dovecot(self._home / "dovecot", hidden_capabilities=self.hidden, **self.options)
        self.dovecot.start()
        self.host, self.port = self.dovecot.host, self.dovecot.port
        return self

    def stop(self):
        self.dovecot.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def endpoint(self, timeout=10.0):
        return Endpoint(self.host, self.port, "none", self.user, timeout)


class BareServer(FullServer):
    """Dovecot that offers next to nothing."""

    hidden = (*EXTENSIONS, "UNSELECT", "NAMESPACE")
    has_special_use = False


class CondstoreServer(FullServer):
    """Dovecot that plays Gmail's part: modification sequences, but nobody tells what vanished."""

    hidden = ("QRESYNC",)


class PrefixedServer(FullServer):
    """Dovecot that keeps all folders below the inbox, as Courier does."""

    options = {"separator": ".", "prefix": "INBOX."}


class PoorServer(ImapServer):
    """pymap: another program's idea of IMAP, in memory, without any of the extensions that help."""

    has_special_use = False
    has_many_users = False
    user, password = "demouser", "demopass"
    host = "127.0.0.1"

    def start(self):
        with socket.socket() as probe:
            probe.bind((self.host, 0))
            self.port = probe.getsockname()[1]
        self._home = tempfile.mkdtemp(prefix="maildesk-pymap-")
        # Its slow password hashes protect nothing here and would take most of the time.
        hashes = Path(self._home) / "passlib.cfg"
        hashes.write_text("[passlib]\nschemes = plaintext\n")
        program = "import sys; from pymap.main import main; sys.exit(main())"
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, "--host", self.host, "--port", str(self.port), "--no-tls",
             "--passlib-cfg", str(hashes), "dict"],
            cwd=self._home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), timeout=2):
                return self
            time.sleep(0.05)
        self.stop()
        raise RuntimeError("pymap does not answer")

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._home, ignore_errors=True)

    def endpoint(self, timeout=10.0):
        return Endpoint(self.host, self.port, "none", self.user, timeout)


class OtherClient:
    """Somebody's phone: changes folders and messages through a connection of its own."""

    def __init__(self, server, user=None):
        self.client = IMAPClient(server.host, server.port, ssl=False, timeout=10)
        # Else every APPEND to a server that answers in small pieces waits 40 ms for an acknowledgement.
        self.client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client.login(user or server.user, server.password)
        self._number = 0

    def close(self):
        with contextlib.suppress(Exception):
            self.client.logout()

    def make_folder(self, *path):
        """:return: its key."""
        delimiter = self.client.list_folders()[0][1].decode() if len(path) > 1 else ""
        self.client.create_folder(delimiter.join(path))
        return delimiter.join(path)

    def append(self, folder, *raws, flags=(), minute=None):
        """Appends messages, a minute apart by the server's clock."""
        for raw in raws:
            self._number += 1
            date = EPOCH + timedelta(minutes=self._number if minute is None else minute)
            self.client.append(folder, raw, flags=flags, msg_time=date)

    def flags(self, folder, uids, add=(), remove=()):
        self.client.select_folder(folder)
        if add:
            self.client.add_flags(uids, add)
        if remove:
            self.client.remove_flags(uids, remove)
        self.client.unselect_folder() if self.client.has_capability("UNSELECT") else None

    def expunge(self, folder, uids):
        self.client.select_folder(folder)
        self.client.add_flags(uids, [b"\\Deleted"])
        self.client.expunge()

    def move(self, folder, uids, target):
        self.client.select_folder(folder)
        self.client.copy(uids, target)
        self.client.add_flags(uids, [b"\\Deleted"])
        self.client.expunge()

    def recreate(self, folder):
        """Deletes a folder and makes it anew: UIDs begin again under another UIDVALIDITY."""
        # Dovecot hangs up on whoever has a deleted folder open.
        self.client.select_folder("INBOX", readonly=True)
        self.client.delete_folder(folder)
        self.client.create_folder(folder)

    def uids(self, folder):
        self.client.select_folder(folder, readonly=True)
        return sorted(self.client.search("ALL"))

    def keys(self, folder):
        """The keys of the messages, in the order in which they came."""
        validity = self.client.select_folder(folder, readonly=True)[b"UIDVALIDITY"]
        return [f"{validity}:{uid}" for uid in sorted(self.client.search("ALL"))]

    def foreign(self, key):
        """The same message's key in another life of the folder."""
        return f"{int(key.partition(':')[0]) + 1}:{key.partition(':')[2]}"

    def missing(self, folder):
        """A key of the folder's present life that names no message."""
        return f"{self.keys(folder)[0].partition(':')[0]}:99999"

    def all_flags(self, folder):
        """UID → every flag, in lower case, but the one that only says who looked first."""
        self.client.select_folder(folder, readonly=True)
        uids = self.client.search("ALL")
        found = self.client.fetch(uids, ["FLAGS"]) if uids else {}
        return {uid: {flag.lower() for flag in data[b"FLAGS"]} - {b"\\recent"} for uid, data in found.items()}

    def numbers(self, folder):
        """The numbers of the mails that lie there, by the order of their keys."""
        self.client.select_folder(folder, readonly=True)
        uids = sorted(self.client.search("ALL"))
        found = self.client.fetch(uids, ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]) if uids else {}
        texts = [b"".join(value for value in found[uid].values() if isinstance(value, bytes)) for uid in uids]
        return [int(re.search(rb"<mail\.(\d+)@", text)[1]) for text in texts]

    def state(self, folder):
        """What really lies in the folder: key → flags."""
        validity = self.client.select_folder(folder, readonly=True)[b"UIDVALIDITY"]
        uids = self.client.search("ALL")
        found = self.client.fetch(uids, ["FLAGS"]) if uids else {}
        return {f"{validity}:{uid}": marks(data[b"FLAGS"]) for uid, data in found.items()}


def marks(flags):
    """The four flags that count, as a set of words."""
    names = {b"\\seen": "read", b"\\flagged": "starred", b"\\answered": "answered", b"\\draft": "draft"}
    return {names[flag.lower()] for flag in flags if flag.lower() in names}


def mail(number, subject=None, body="Hello", extra=""):
    """A small message that is told by its number."""
    return (
        f"Date: Mon, 02 Mar 2026 09:{number % 60:02}:00 +0000\r\n"
        f"From: Ann Example <ann@example.org>\r\nTo: Bob <bob@example.net>, carol@example.com\r\n"
        f"Subject: {subject or f'Mail {number}'}\r\nMessage-ID: <mail.{number}@example.org>\r\n{extra}"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body} {number}\r\n"
    ).encode()


class Cache:
    """What the models do with pages, in memory."""

    def __init__(self, provider, folder, limit=50):
        self.provider, self.folder, self.limit = provider, folder, limit
        self.cursor = None
        self.messages = {}
        self.marks = {}
        self.pages = []

    def known(self):
        return list(self.marks)

    def page(self, apply=True):
        page = self.provider.fetch_changes(self.folder, self.cursor, self.limit, self.known)
        if apply:
            self.apply(page)
        return page

    def apply(self, page):
        if page.reset:
            self.messages, self.marks = {}, {}
        for message in page.new:
            key = message.flags.remote_id
            self.messages[key], self.marks[key] = message, _words(message.flags)
        for flags in page.changed:
            if flags.remote_id in self.marks:
                self.marks[flags.remote_id] = _words(flags)
        for key in page.vanished:
            self.messages.pop(key, None)
            self.marks.pop(key, None)
        self.cursor = page.cursor
        self.pages.append(page)

    def sync(self):
        """Pages until there are no more; answers them."""
        self.pages = []
        while self.page().more:
            if len(self.pages) > 500:
                raise AssertionError("the pages never end")
        return self.pages

    def subjects(self):
        return sorted(message.subject for message in self.messages.values())


def _words(flags):
    names = ("read", "starred", "answered", "draft")
    return {name for name in names if getattr(flags, f"is_{name}")}
