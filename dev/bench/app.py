"""The app in a real browser, over a large cache: from reload, and from click to mail."""

from pathlib import Path
from statistics import median

from .cached_database import cached_database
from .chromium import Chromium
from .inside.names import READER
from .sizes import CACHED
from .stage import Row, Server, in_odoo

TIMES = 6
SCRIPT = Path(__file__).with_name("pages.js").read_text(encoding="utf-8")


def measure():
    """Rows of the table."""
    database = cached_database()
    inbox, _done = in_odoo(database, "people", "inbox", login=READER)
    with Server(database) as server, Chromium(server.url, server.sign_in(READER, READER)) as browser:
        browser.on_every_page(SCRIPT)
        reloads = []
        for _time in range(TIMES + 1):
            browser.open("/odoo/maildesk?folder={folder_id}".format(**inbox))
            reloads.append(browser.wait_for("window.maildeskBench?.rowsPainted"))
        clicks = [browser.evaluate(f"maildeskBench.open({index})") for index in range(TIMES + 1)]
    # the first of each finds caches cold that a person fills once a day
    return [
        _row("click to a cached message painted, in Chromium", "≤ 100 ms", clicks),
        _row(f"the app from reload to a list of {CACHED:,} cached messages, in Chromium", "≤ 2 s", reloads),
    ]


def _row(what, goal, times):
    first, others = times[0], times[1:]
    return Row(what, goal, f"{median(others):.0f} ms", f"{min(others):.0f} to {max(others):.0f} ms; the first time {first:.0f} ms")
