"""The database with a large cache, which lists and the app are measured with."""

import hashlib
from pathlib import Path

from ..ground.base import say
from .sizes import CACHED
from .stage import in_odoo, kept_database


def cached_database():
    """Its name; made on the first run, and when what it is made of changes."""
    files = [Path(__file__).with_name("inside") / f"cached_mail.{kind}" for kind in ("py", "sql")]
    content = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    return kept_database("cached", f"{CACHED}-{content}", _fill)


def _fill(name):
    say(f"making a cache of {CACHED} messages (kept for the next run)")
    in_odoo(name, "cached_mail", "fill", count=CACHED)
