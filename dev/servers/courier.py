"""A private Courier on loopback: its own ``imapd``, to which people are signed in by a few lines here.

Its daemon of authentication has its paths compiled in; what it does for ``imapd`` is to start it, signed in, on a connection.
"""

import re
import shutil
import socket
import subprocess
import threading
from contextlib import suppress

from dev.servers.unpacked import UnpackedServer

_LOGIN = re.compile(rb'(\S+) LOGIN "?([^"\s]+)"? "?([^"\s]+)"?\s*', re.IGNORECASE)
_OFFERED = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE"
_SPECIAL = ("Archive", "Junk", "Trash", "Sent")


class Courier(UnpackedServer):
    """See :class:`.unpacked.UnpackedServer`. Any user name signs in and gets folders of their own, all below ``INBOX.``."""

    packages = (
        "courier-imap", "courier-authlib", "libcourier-unicode4", "libidn12", "libgamin0", "gamin", "libglib2.0-0", "libltdl7")
    name = "Courier"

    def start(self):
        self.own(self.root / "mail")
        self._listener = socket.create_server((self.host, 0))
        self.port = self._listener.getsockname()[1]
        # Without what tells it of changes in a folder it tries for seconds, at every opening.
        watcher = str(self.folder / "usr/libexec/gam_server")
        self._watched = {"GAM_CLIENT_ID": f"maildesk-{self.port}", "GAMIN_DEBUG_SERVER": watcher}
        self._programs = [subprocess.Popen(
            [watcher, "--notimeout", self._watched["GAM_CLIENT_ID"]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, cwd="/", env=self.environment, **self.as_user())]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for program in self._programs:
            with suppress(ProcessLookupError):
                program.kill()
            program.wait()

    def drop(self, user):
        """Forget a user's folders."""
        shutil.rmtree(self.root / "mail" / user, ignore_errors=True)

    def _accept(self):
        with suppress(OSError):
            while True:
                line, _address = self._listener.accept()
                threading.Thread(target=self._sign_in, args=(line,), daemon=True).start()

    def _sign_in(self, line):
        with line, suppress(OSError):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.sendall(f"* OK [CAPABILITY {_OFFERED}] Courier-IMAP ready.\r\n".encode())
            while command := _read_line(line):
                tag = command.split(b" ")[0]
                login = _LOGIN.fullmatch(command)
                if login and login[3] == self.password.encode():
                    self._begin(line, login[2].decode(), tag.decode())
                    return
                if b"CAPABILITY" in command.upper():
                    line.sendall(f"* CAPABILITY {_OFFERED}\r\n".encode() + tag + b" OK CAPABILITY completed\r\n")
                else:
                    line.sendall(tag + b" NO Login failed.\r\n")

    def _begin(self, line, user, tag):
        home = self.root / "mail" / user
        for folder in ("", *(f".{name}" for name in _SPECIAL)):
            self.own(home, home / "Maildir", *(home / "Maildir" / folder / name for name in ("", "cur", "new", "tmp")))
        environment = {
            **self.environment, **self._watched, "HOME": str(home), "AUTHENTICATED": user, "AUTHADDR": user, "IMAPLOGINTAG": tag,
            "IMAP_CAPABILITY": _OFFERED, "IMAP_KEYWORDS": "1", "IMAP_USELOCKS": "1", "PROTOCOL": "IMAP",
            "TCPREMOTEIP": self.host, "TCPREMOTEPORT": "1",
        }
        self._programs = [program for program in self._programs if program.poll() is None]
        self._programs.append(subprocess.Popen(
            [str(self.folder / "usr/bin/imapd"), "Maildir"], stdin=line, stdout=line, stderr=subprocess.DEVNULL, cwd=home,
            env=environment, **self.as_user()))


def _read_line(line):
    """One line and not an octet more: the rest is for whoever takes over."""
    found = b""
    while not found.endswith(b"\n") and len(found) < 1000 and (octet := line.recv(1)):
        found += octet
    return found


