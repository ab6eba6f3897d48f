"""The virtual environment with what Odoo 19 and MailDesk import."""

import hashlib
import shutil
import subprocess
import sys

from .base import CACHE, CHECKOUT, GroundError, locked, run, say, stamp, stamped
from .system import install

REQUIREMENTS = [CHECKOUT / "dev/requirements-odoo.txt", CHECKOUT / "requirements.txt", CHECKOUT / "dev/requirements-dev.txt"]


def _interpreter():
    """A Python 3.10 to 3.13 that can make virtual environments."""
    candidates = [sys.executable, "/usr/bin/python3", *(f"python3.{minor}" for minor in (12, 11, 13, 10))]
    test = "import sys, venv, ensurepip; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))"
    for candidate in candidates:
        program = shutil.which(candidate)
        if program and subprocess.run([program, "-c", test], capture_output=True, check=False).returncode == 0:
            return program
    return None


def python():
    """The environment's interpreter, made on the first call and whenever the requirements change."""
    content = hashlib.sha256(b"".join(path.read_bytes() for path in REQUIREMENTS)).hexdigest()
    folder = CACHE / f"venv-{content[:12]}"
    program = folder / "bin/python"
    if stamped(folder, content):
        return program
    with locked("venv"):
        if stamped(folder, content):
            return program
        base = _interpreter()
        if not base:
            install({"python3-venv": "/nonexistent"})
            base = _interpreter()
        if not base:
            raise GroundError("Odoo 19 needs a Python from 3.10 to 3.13 with venv; none was found.")
        say("making the Python environment (once)")
        shutil.rmtree(folder, ignore_errors=True)
        run([base, "-m", "venv", folder], what="making a virtual environment")
        listed = [part for path in REQUIREMENTS for part in ("-r", path)]
        run([program, "-m", "pip", "install", "-q", *listed], what="pip install (is there a network?)")
        stamp(folder, content)
    return program
