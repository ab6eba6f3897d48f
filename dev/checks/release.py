"""What a release carries: the wheel ``odoo-addon-maildesk``, made by whool from what ``git archive`` exports."""

import ast
import io
import re
import subprocess
import tarfile
import tempfile
import zipfile
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from dev.ground.base import CHECKOUT, run
from dev.ground.python_env import python

ADDON = "odoo/addons/maildesk"
#: What developers run, and the tests.
NOT_RELEASED = ("dev/*", "tests/*", "static/tests/*", ".*", "Makefile", "eslint.config.mjs", "package.json")
#: MailDesk runs without it, see README.md.
OPTIONAL = {"dnspython"}


def faults():
    """What is wrong with the wheel, a line each; none where it is fit to be released."""
    with tempfile.TemporaryDirectory(prefix="maildesk-release-") as folder:
        source = Path(folder) / "maildesk"
        exported = _export(source)
        run([python(), "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, source], what="building the wheel")
        [wheel] = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return [*_wrong_contents(archive, exported), *_wrong_requirements(archive, source)]


def _export(target):
    """Export the files of this checkout as a release has them, changes that are not committed included.

    :return: the set of their paths.
    """
    # nothing is printed where there are no such changes
    changed = run(["git", "stash", "create"], what="git stash create", cwd=CHECKOUT).strip()
    packed = subprocess.run(["git", "archive", "--worktree-attributes", changed or "HEAD"], cwd=CHECKOUT, check=True,
                            stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(target, filter="data")
        return {member.name for member in archive if member.isfile()}


def _wrong_contents(archive, exported):
    released = {str(PurePosixPath(name).relative_to(ADDON)) for name in archive.namelist() if name.startswith(f"{ADDON}/")}
    for name in sorted(released):
        if any(fnmatch(name, pattern) for pattern in NOT_RELEASED):
            yield f"the wheel carries {name}, which is no part of a release"
    # whool reads pyproject.toml and leaves it out
    for name in sorted(exported - released - {"pyproject.toml"}):
        yield f"the wheel lacks {name}"
    manifest = ast.literal_eval(archive.read(f"{ADDON}/__manifest__.py").decode())
    for name in manifest["data"]:
        if name not in released:
            yield f"the manifest names {name}, which the wheel lacks"


def _wrong_requirements(archive, source):
    [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    lines = archive.read(metadata).decode().splitlines()
    if "Name: odoo-addon-maildesk" not in lines:
        yield "the wheel is not named odoo-addon-maildesk"
    required = {re.split(r"[^\w.-]", line.split(": ")[1])[0].lower() for line in lines if line.startswith("Requires-Dist: ")}
    listed = {re.split(r"[^\w.-]", line)[0].lower() for line in (source / "requirements.txt").read_text().split()}
    for package in sorted(listed - required - OPTIONAL):
        yield f"requirements.txt names {package}, which the wheel, and so the manifest, does not require"
