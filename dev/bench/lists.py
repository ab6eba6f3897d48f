"""Pages of the list and searches over a large cache, in the server."""

from .cached_database import cached_database
from .sizes import CACHED
from .stage import Row, in_odoo

#: The first groups are pages, the others searches.
PAGES = ("a folder", "all mailboxes", "a quick filter")


def measure():
    """Rows of the table: of every group of cases the slowest."""
    groups, _done = in_odoo(cached_database(), "lists")
    rows = []
    for group, cases in groups.items():
        name, first, middle = max(cases, key=lambda case: case[2])
        kind, goal = ("page of the list", "≤ 20 ms") if group in PAGES else ("search", "≤ 100 ms")
        best = min(case[2] for case in cases)
        rows.append(Row(
            f"a {kind}, {CACHED:,} cached messages: {group}", goal, f"{middle:.0f} ms",
            f"the slowest of {len(cases)} ({name}), {first:.0f} ms at first; the fastest {best:.0f} ms"))
    return rows
