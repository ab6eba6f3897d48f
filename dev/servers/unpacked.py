"""Mail servers of Debian that cannot be installed beside Dovecot: their packages are unpacked, and run from where they lie."""

import os
import socket
import time
from pathlib import Path
from pwd import getpwnam, getpwuid

from dev.ground.base import STATE, GroundError
from dev.ground.system import unpack

START_SECONDS = 20.0


class UnpackedServer:
    """A context manager.

    :param Path root: directory for everything it writes; its parents let others pass, where we are root.
    :param str password: the one password of all users.
    """

    #: Debian packages, and what they are for people.
    packages, name = (), ""

    def __init__(self, root, password):
        self.root, self.password = Path(root).absolute(), password
        self.host, self.port = "127.0.0.1", 0
        #: As whom it runs: never as root.
        self.account = getpwnam("nobody") if os.geteuid() == 0 else getpwuid(os.geteuid())
        self.folder = self.fetch()

    @classmethod
    def fetch(cls):
        """Have the packages there; answers where.

        :raises GroundError: they cannot be had.
        """
        # Not in the cache: as root we run it as a user who cannot look into root's home.
        folder = STATE / "unpacked" / cls.name.lower()
        folder.parent.mkdir(parents=True, exist_ok=True)
        unpack(list(cls.packages), folder, cls.name)
        return folder

    def __enter__(self):
        self.root.mkdir(parents=True)
        self.start()
        return self

    def __exit__(self, *exc_info):
        self.stop()

    def start(self):
        """Start it and wait until it greets."""
        raise NotImplementedError

    def stop(self):
        """End what was started."""
        raise NotImplementedError

    @property
    def environment(self):
        """Variables its programs need: where their libraries are."""
        libraries = {str(path.parent) for path in (self.folder / "usr/lib").rglob("*.so*")}
        libraries |= {str(path.parent) for path in (self.folder / "lib").rglob("*.so*")}
        return {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": ":".join(sorted(libraries))}

    def as_user(self):
        """Options of :class:`subprocess.Popen`."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def own(self, *paths):
        """Make directories that belong to the user it runs as."""
        for path in paths:
            path.mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0:
                os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def wait(self):
        """:raises GroundError: it does not greet in time."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with socket.create_connection((self.host, self.port), timeout=2) as line:
                    if line.recv(64).startswith(b"* OK"):
                        return
            except OSError:
                time.sleep(0.05)
        raise GroundError(f"{self.name} does not answer")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
