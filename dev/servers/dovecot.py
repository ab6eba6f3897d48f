"""A private Dovecot 2.3 on loopback: a real IMAP server for tests, benchmarks and ``make run``.

Everything it needs lies below one directory. As an ordinary user it runs under that user; as root, all of it runs as
``nobody``, so that directory's parents must let others pass.
"""

import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from grp import getgrgid
from pathlib import Path
from pwd import getpwnam, getpwuid

BINARY = "/usr/sbin/dovecot"
DOVEADM = "/usr/bin/doveadm"
START_SECONDS = 20.0

_OFFERED = """
    IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS
    THREAD=ORDEREDSUBJECT MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED
    I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH ESORT SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE SNIPPET=FUZZY
    PREVIEW=FUZZY PREVIEW STATUS=SIZE SAVEDATE LITERAL+ NOTIFY SPECIAL-USE
"""
_USEFUL = """
    LIST-EXTENDED CONDSTORE QRESYNC ESEARCH LIST-STATUS BINARY MOVE UIDPLUS SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW
    LITERAL+ NOTIFY SPECIAL-USE SAVEDATE ENABLE MULTIAPPEND IDLE
"""
#: What Dovecot 2.3 says after sign-in; ``hidden_capabilities`` takes away from it.
CAPABILITIES = tuple(_OFFERED.split())
#: Every extension the provider has a use for; without them Dovecot plays a plain RFC 3501 server.
EXTENSIONS = tuple(_USEFUL.split())

_CONFIG = """\
# Written by dev/servers/dovecot.py at every start.
protocols = imap
listen = 127.0.0.1
base_dir = {base}
state_dir = {root}/state
log_path = {root}/dovecot.log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_process_limit = 4000
default_client_limit = 20000
mail_location = sdbox:{root}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
mail_fsync = never
mail_max_userip_connections = 10000
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/%u allow_all_users=yes
}}
service anvil {{
  chroot =
  # Repeated wrong passwords must not slow tests down.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  service_count = 0
  client_limit = 4000
  process_min_avail = 1
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {ssl_port}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 4000
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
{mailboxes}}}
{tls}{capability}{extra}
"""
_SPECIAL = {"Drafts": "Drafts", "Sent": "Sent", "Junk": "Junk", "Trash": "Trash", "Archive": "Archive"}


class DovecotError(Exception):
    """Dovecot did not start, or doveadm failed; the text holds what it said last."""


class Dovecot:
    """One private server; any user name signs in with :attr:`password` and gets folders of their own.

    :param Path root: directory for everything; made where missing, kept when the server stops.
    :param int port: for plain text and STARTTLS; 0 picks a free one at start.
    :param int ssl_port: for TLS; 0 picks a free one, where there is a certificate.
    :param cert: PEM file with the certificate chain; without one there is no TLS at all.
    :param key: PEM file with its key.
    :param hidden_capabilities: names the server shall not offer after sign-in, such as :data:`EXTENSIONS`.
    :param str password: the one password of all users; without blanks.
    :param str separator: hierarchy delimiter.
    :param str prefix: what names of folders start with, such as ``INBOX.``; INBOX itself stays.
    :param dict special: folder name → special use; these folders are made for every user.
    :param str extra_config: more lines of Dovecot's own configuration.
    """

    def __init__(
        self,
        root: Path,
        port: int = 0,
        ssl_port: int = 0,
        cert: Path | None = None,
        key: Path | None = None,
        hidden_capabilities: Iterable[str] = (),
        *,
        password: str = "secret",
        separator: str = "/",
        prefix: str = "",
        special: dict[str, str] | None = None,
        extra_config: str = "",
    ):
        self.root = Path(root).absolute()
        self.host = "127.0.0.1"
        self.port = port
        self.ssl_port = ssl_port
        self.password = password
        self._wanted = (port, ssl_port)
        self._cert, self._key = cert, key
        self._hidden = {name.upper() for name in hidden_capabilities}
        self._separator, self._prefix = separator, prefix
        self._special = _SPECIAL if special is None else special
        self._extra = extra_config
        self._account = getpwnam("nobody") if os.geteuid() == 0 else getpwuid(os.geteuid())
        self._base: Path | None = None
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> "Dovecot":
        return self.start()

    def __exit__(self, *exc_info) -> None:
        self.stop()

    @property
    def config(self) -> Path:
        """The configuration file, for ``doveadm -c``."""
        return self.root / "dovecot.conf"

    def start(self) -> "Dovecot":
        """Starts the server and waits until it greets.

        :raises DovecotError: with the last lines of its log.
        """
        if not Path(BINARY).exists():
            raise DovecotError(f"{BINARY} is missing: install the package dovecot-imapd")
        for attempt in range(3):
            self._prepare()
            self.port, self.ssl_port = (wanted or _free_port() for wanted in self._wanted)
            self._write_config()
            try:
                self._launch()
                return self
            except DovecotError as error:
                self.stop()
                # Somebody else may have taken the port between our look and Dovecot's.
                if attempt == 2 or all(self._wanted) or "Address already in use" not in str(error):
                    raise
        raise AssertionError("unreachable")

    def stop(self) -> None:
        """Stops the server and all its processes; harmless where it does not run."""
        process, self._process = self._process, None
        atexit.unregister(self.stop)
        if process is not None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                # It leads a process group of its own, so this reaches nothing else.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if self._base and self._base.parent != self.root:
            shutil.rmtree(self._base.parent, ignore_errors=True)
        self._base = None

    def doveadm(self, *args: str, stdin: bytes = b"") -> str:
        """Runs ``doveadm`` against this server and answers its output.

        :raises DovecotError: with what it printed.
        """
        done = subprocess.run(
            [DOVEADM, "-c", str(self.config), *args],
            input=stdin,
            capture_output=True,
            check=False,
            cwd="/",
            **self._as_user(),
        )
        if done.returncode:
            raise DovecotError(f"doveadm {args[0]}: {(done.stderr or done.stdout).decode(errors='replace').strip()}")
        return done.stdout.decode(errors="replace")

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of what the server said."""
        text = ""
        for name in ("stderr.log", "dovecot.log"):
            with contextlib.suppress(OSError):
                text += (self.root / name).read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def _as_user(self) -> dict:
        if os.geteuid() != 0:
            return {}
        return {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}

    def _prepare(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            closed = [str(parent) for parent in self.root.parents if not parent.stat().st_mode & 0o001]
            if closed:
                raise DovecotError(f"{closed[0]} must let others pass: Dovecot runs as {self._account.pw_name}")
        # Paths of UNIX sockets end at 107 characters.
        short = len(str(self.root)) < 60
        self._base = self.root / "run" if short else Path(tempfile.mkdtemp(prefix="maildesk-")) / "run"
        for directory in (self.root, self.root / "mail", self.root / "state", self._base.parent, self._base):
            directory.mkdir(exist_ok=True)
            self._own(directory)
        for source, name in ((self._cert, "cert.pem"), (self._key, "key.pem")):
            if source:
                (self.root / name).write_bytes(Path(source).read_bytes())
                (self.root / name).chmod(0o600)
                self._own(self.root / name)
        for name in ("stderr.log", "dovecot.log"):
            (self.root / name).write_bytes(b"")
            self._own(self.root / name)

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def _write_config(self) -> None:
        mailboxes = "".join(
            f"  mailbox {name} {{\n    special_use = \\{use}\n    auto = subscribe\n  }}\n"
            for name, use in self._special.items()
        )
        tls = "ssl = no\n"
        if self._cert:
            tls = f"ssl = yes\nssl_cert = <{self.root}/cert.pem\nssl_key = <{self.root}/key.pem\n"
        else:
            self.ssl_port = 0
        shown = " ".join(name for name in CAPABILITIES if name not in self._hidden)
        text = _CONFIG.format(
            root=self.root,
            base=self._base,
            user=self._account.pw_name,
            group=getgrgid(self._account.pw_gid).gr_name,
            uid=self._account.pw_uid,
            gid=self._account.pw_gid,
            password=self.password,
            port=self.port,
            ssl_port=self.ssl_port,
            separator=self._separator,
            prefix=self._prefix,
            mailboxes=mailboxes,
            tls=tls,
            capability=f"imap_capability = {shown}\n" if self._hidden else "",
            extra=self._extra,
        )
        self.config.write_text(text)
        self._own(self.config)

    def _launch(self) -> None:
        with (self.root / "stderr.log").open("wb") as log:
            self._process = subprocess.Popen(
                [BINARY, "-F", "-c", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **self._as_user(),
            )
        atexit.register(self.stop)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            if self._is_master() and self._greets():
                return
            time.sleep(0.02)
        raise DovecotError(f"Dovecot does not answer on port {self.port}:\n{self.log_tail()}")

    def _is_master(self) -> bool:
        """Whether our process is the one that serves this directory; another may hold the port."""
        try:
            return int((self._base / "master.pid").read_text()) == self._process.pid
        except (OSError, ValueError):
            return False

    def _greets(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), timeout=5) as line:
                return line.recv(64).startswith(b"* OK")
        except OSError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
