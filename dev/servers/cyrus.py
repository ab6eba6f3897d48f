"""A private Cyrus on loopback: quick at changes, with an idea of its own of nearly everything Dovecot does."""

import os
import signal
import socket
import struct
import subprocess
import threading
from contextlib import suppress
from grp import getgrgid

from dev.servers.unpacked import UnpackedServer, free_port

_SPECIAL = {"archive": "Archive", "junk": "Junk", "trash": "Trash", "sent": "Sent"}
_CONFIG = """\
configdirectory: {root}/conf
defaultpartition: default
partition-default: {root}/spool
proc_path: {root}/run/proc
mboxname_lockpath: {root}/run/lock
idlesocket: {root}/run/idle
notifysocket: {root}/run/notify
cyrus_user: {user}
cyrus_group: {group}
allowplaintext: yes
sasl_mech_list: PLAIN
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: {root}/run/auth
altnamespace: yes
unixhierarchysep: yes
virtdomains: off
autocreate_quota: 0
autocreate_inbox_folders: {special}
autocreate_subscribe_folders: {special}
{uses}
expunge_mode: immediate
delete_mode: immediate
conversations: no
search_engine: none
"""
_SERVICES = """\
START {{
  recover cmd="{programs}/ctl_cyrusdb -C {root}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{programs}/imapd -C {root}/imapd.conf" listen="127.0.0.1:{port}" prefork=1 maxchild=100
}}
EVENTS {{
}}
"""


class Cyrus(UnpackedServer):
    """See :class:`.unpacked.UnpackedServer`. Any user name without ``@`` signs in and gets folders of their own."""

    packages, name = ("cyrus-imapd", "cyrus-common", "libxapian30", "libpcre3", "libical3"), "Cyrus"

    def start(self):
        for name in ("conf", "spool", "run", "run/proc", "run/lock"):
            self.own(self.root / name)
        self.port = free_port()
        programs = self.folder / "usr/lib/cyrus/bin"
        values = {
            "root": self.root, "programs": programs, "port": self.port, "user": self.account.pw_name,
            "group": getgrgid(self.account.pw_gid).gr_name, "special": "|".join(_SPECIAL.values()),
            "uses": "\n".join(f"xlist-{use}: {name}" for use, name in _SPECIAL.items()),
        }
        (self.root / "imapd.conf").write_text(_CONFIG.format(**values))
        (self.root / "cyrus.conf").write_text(_SERVICES.format(**values))
        self._auth = _Authentication(self.root / "run/auth", self.password)
        self._auth.start()
        with (self.root / "cyrus.log").open("wb") as log:
            self._process = subprocess.Popen(
                [str(programs / "master"), "-C", str(self.root / "imapd.conf"), "-M", str(self.root / "cyrus.conf"),
                 "-p", str(self.root / "run/master.pid"), "-D"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=self.environment, start_new_session=True,
                **self.as_user())
        self.wait()

    def stop(self):
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._auth.stop()


class _Authentication(threading.Thread):
    """The one question of saslauthd's protocol: user, password, service and realm, each counted in two octets."""

    def __init__(self, path, password):
        super().__init__(daemon=True)
        self._password = password.encode()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        path.chmod(0o666)
        self._listener.listen(50)

    def run(self):
        with suppress(OSError):
            while True:
                line, _address = self._listener.accept()
                with line, suppress(OSError, struct.error), line.makefile("rb") as reader:
                    words = [reader.read(*struct.unpack("!H", reader.read(2))) for _word in range(4)]
                    answer = b"OK" if words[1] == self._password else b"NO"
                    line.sendall(struct.pack("!H", len(answer)) + answer)

    def stop(self):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
