"""Debian packages: those installed on the system, and those only unpacked into the cache."""

import contextlib
import os
import re
import shutil
from pathlib import Path

from .base import CACHE, GroundError, locked, run, say, stamp, stamped

POLICY = Path("/usr/sbin/policy-rc.d")
#: Package → a file that shows it is there.
SERVERS = {
    "postgresql": "/usr/lib/postgresql",
    "dovecot-imapd": "/usr/lib/dovecot/imap",
    "chromium": "/usr/bin/chromium",
    "python3-venv": "/usr/share/doc/python3-venv",
}
TEST_TOOLS = {"nodejs": "/usr/bin/node", "npm": "/usr/bin/npm"}
BENCH_TOOLS = {"isync": "/usr/bin/mbsync", "offlineimap3": "/usr/bin/offlineimap"}


def _is_there(package, path):
    return Path(path).exists() or shutil.which(Path(path).name) is not None


@contextlib.contextmanager
def _no_service_starts():
    """Debian starts a service when its package is installed; ours are private, so nothing may be started."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def install(packages):
    """Install Debian packages that are missing.

    :param dict packages: package name → file that exists once it is installed.
    :raises GroundError: neither root nor sudo, or no network.
    """
    missing = [name for name, path in packages.items() if not _is_there(name, path)]
    if not missing:
        return
    listing = " ".join(missing)
    if not shutil.which("apt-get"):
        raise GroundError(f"this needs a Debian 12 machine, or these installed by hand: {listing}")
    say(f"installing Debian packages: {listing}")
    if os.geteuid() == 0:
        with _no_service_starts():
            _apt_install(missing)
        return
    if not shutil.which("sudo"):
        raise GroundError(f"not root and no sudo here. Run once as root:  apt-get install {listing}")
    run(["sudo", "-n", "true"], what=f"sudo needs a password. Run once:  sudo apt-get install {listing}\nsudo")
    guard = "test -e {0} || {{ printf '#!/bin/sh\\nexit 101\\n' > {0}; chmod 755 {0}; trap 'rm -f {0}' EXIT; }}; "
    script = guard.format(POLICY) + "apt-get update -q; DEBIAN_FRONTEND=noninteractive apt-get install -y -q \"$@\""
    run(["sudo", "-n", "sh", "-c", script, "sh", *missing], what="apt-get install")


def _apt_install(missing):
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    network = "apt-get update (is there a network?)"
    run(["apt-get", "update", "-q"], what=network)
    run(["apt-get", "install", "-y", "-q", *missing], what="apt-get install", env=environment)


def _mirror():
    """The Debian mirror this machine is configured with, and the key ring that signs it."""
    for source in sorted(Path("/etc/apt").glob("sources.list.d/*.sources")):
        for block in re.split(r"\n\s*\n", source.read_text()):
            fields = dict(re.findall(r"(?m)^([A-Za-z-]+):\s*(.+)$", block))
            suites, components = fields.get("Suites", "").split(), fields.get("Components", "").split()
            is_plain = suites and "main" in components and not suites[0].endswith("-security")
            if is_plain and "debian" in fields.get("URIs", "") and "deb" in fields.get("Types", "").split():
                return fields["URIs"].split()[0], fields.get("Signed-By", "")
    for listing in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt").glob("sources.list.d/*.list"))]:
        text = listing.read_text() if listing.exists() else ""
        for options, uri, suite in re.findall(r"(?m)^deb\s+(\[[^\]]*\])?\s*(\S+)\s+(\S+)\s+.*\bmain\b", text):
            if not suite.endswith("-security") and "debian" in uri:
                ring = re.search(r"signed-by=([^\] ]+)", options)
                return uri, ring.group(1) if ring else ""
    raise GroundError("no Debian mirror is configured in /etc/apt: set ODOO_HOME to an Odoo 19 checkout instead.")


def unpack(packages, folder, what):
    """Unpack (not install) the newest packages of Debian's unstable suite, and others of the machine's own.

    :param list packages: ``name`` from the machine's own suite, ``name/unstable`` from unstable.
    :param Path folder: replaced by what the packages hold.
    :param str what: they are, for the person at the terminal.
    :raises GroundError: they cannot be had.
    """
    content = " ".join(packages)
    if stamped(folder, content):
        return
    with locked(folder.name):
        if stamped(folder, content):
            return
        say(f"fetching {what} from Debian (once)")
        work = CACHE / f"apt-{folder.name}"
        uri, ring = _mirror()
        shutil.rmtree(work, ignore_errors=True)
        (work / "lists/partial").mkdir(parents=True)
        (work / "debs").mkdir()
        codename = re.search(r"VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text())
        own = codename.group(1) if codename else "bookworm"
        wanted = [(name, suite or own) for name, _slash, suite in (package.partition("/") for package in packages)]
        signed = f"Signed-By: {ring}\n" if ring else ""
        (work / "list.sources").write_text("\n".join(
            f"Types: deb\nURIs: {uri}\nSuites: {suite}\nComponents: main\n{signed}"
            for suite in sorted({own, *(suite for _name, suite in wanted)})
        ))
        # an apt state of its own: the machine's package lists stay as they are
        apt = ["apt-get", "-q", "-o", f"Dir::Etc::sourcelist={work}/list.sources", "-o", "Dir::Etc::sourceparts=-",
               "-o", f"Dir::State::lists={work}/lists", "-o", f"Dir::Cache={work}", "-o", "APT::Sandbox::User=root",
               "-o", "APT::Update::Error-Mode=any"]
        run([*apt, "update"], what="reading Debian's package lists (is there a network?)")
        for name, suite in wanted:
            run([*apt, "-t", suite, "download", f"{name}/{suite}"], what=f"fetching {name}", cwd=work / "debs")
        shutil.rmtree(folder, ignore_errors=True)
        for archive in (work / "debs").glob("*.deb"):
            run(["dpkg-deb", "-x", archive, folder], what=f"unpacking {archive.name}")
        shutil.rmtree(work)
        stamp(folder, content)
