"""Where things lie, how trouble is told, how commands are run."""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
#: Changing what is prepared changes this, so that older caches are left alone.
LAYOUT = "1"


class GroundError(Exception):
    """Something a person has to know or do; shown as one line, never as a traceback."""


def _xdg(variable, default):
    return Path(os.environ.get(variable) or default).expanduser() / "maildesk-dev"


#: Downloads and everything made from them; may be deleted at any time.
CACHE = _xdg("XDG_CACHE_HOME", "~/.cache") / LAYOUT
#: Databases, mail and logs. PostgreSQL and Dovecot run as another user when we are root, who cannot look into root's home.
STATE = _xdg("XDG_STATE_HOME", "/var/lib" if os.geteuid() == 0 else "~/.local/state") / LAYOUT


def checkout_key():
    """A short name for this checkout, so that clones beside each other do not share links and databases."""
    return hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]


def say(message):
    """Tell the person at the terminal what takes time; on standard error, which `dev/odoo` keeps clean once warm."""
    print(f"maildesk: {message}", file=sys.stderr, flush=True)


def run(command, *, what, **options):
    """Run a command quietly.

    :param list command: program and arguments.
    :param str what: what was being done, for the message of a failure.
    :returns: its standard output.
    :raises GroundError: it failed; carries the last lines it printed.
    """
    try:
        done = subprocess.run(
            [str(part) for part in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, check=False, **options,
        )
    except FileNotFoundError as error:
        raise GroundError(f"{what}: the program {error.filename} is not installed.") from error
    if done.returncode:
        tail = "\n  ".join(done.stdout.strip().splitlines()[-6:])
        raise GroundError(f"{what} failed:\n  {tail}")
    return done.stdout


@contextlib.contextmanager
def locked(name):
    """Let one process at a time prepare a thing; the others wait and find it done."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def stamped(folder, content):
    """Whether ``folder`` was finished for exactly this ``content`` (a stamp is written last, by :func:`stamp`)."""
    try:
        return (folder / ".stamp").read_text() == content
    except OSError:
        return False


def stamp(folder, content):
    """Mark ``folder`` as finished."""
    (folder / ".stamp").write_text(content)


def unprivileged():
    """The user servers run as when we are root, else None.

    PostgreSQL refuses to run as root; ``nobody`` exists on every machine and owns nothing.
    """
    return "nobody" if os.geteuid() == 0 else None


def as_unprivileged(command):
    """Prefix a command so that it runs as :func:`unprivileged`."""
    user = unprivileged()
    if not user:
        return list(command)
    return ["setpriv", f"--reuid={user}", "--regid=nogroup", "--clear-groups", "--", *command]
