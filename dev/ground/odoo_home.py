"""Odoo 19's source: what ODOO_HOME names, else Debian's package unpacked into the cache."""

import os
import re
from pathlib import Path

from .base import CACHE, GroundError
from .system import unpack

#: Odoo and what its symlinks lead to; Font Awesome in its 4.7 packaging, which unstable no longer has.
PACKAGES = [
    "odoo-19/unstable", "libjs-jquery/unstable", "libjs-jquery-form/unstable", "libjs-underscore/unstable",
    "fonts-roboto-unhinted/unstable", "fonts-montserrat/unstable", "fonts-inconsolata/unstable", "fonts-ocr-b/unstable",
    "fonts-font-awesome",
]
#: The package leaves this model runner out; without the file every browser unit test stops at its missing module.
LEFT_OUT = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def odoo_home():
    """The folder that holds the Python package ``odoo``, version 19.

    :raises GroundError: ODOO_HOME is set and names something else.
    """
    chosen = os.environ.get("ODOO_HOME")
    if not chosen:
        folder = CACHE / "odoo"
        unpack(PACKAGES, folder, "Odoo 19, 120 MB,")
        home = folder / "usr/lib/python3/dist-packages"
        missing = home / LEFT_OUT
        if not missing.exists():
            missing.parent.mkdir(parents=True, exist_ok=True)
            missing.touch()
        return home
    home = Path(chosen).expanduser()
    release = home / "odoo/release.py"
    if not release.is_file():
        raise GroundError(f"ODOO_HOME={chosen} holds no odoo/release.py: it has to name the root of an Odoo 19 checkout.")
    version = re.search(r"version_info = \((\d+)", release.read_text())
    if not version or version.group(1) != "19":
        raise GroundError(f"ODOO_HOME={chosen} is Odoo {version.group(1) if version else 'unknown'}, MailDesk needs Odoo 19.")
    return home


def addons_paths(home):
    """Folders of addons below an Odoo home (a git checkout keeps most of them beside the package)."""
    return [path for path in (home / "odoo/addons", home / "addons") if (path / "web").is_dir() or (path / "base").is_dir()]
