"""`make bench`: the design's speed table, MailDesk beside its peers, on one machine in one run.

    dev/bootstrap dev.bench.run [ROW …]      measures single rows, as they are called in ROWS

Sizes are in :mod:`.sizes`. Mailboxes and databases that take long to make are kept for the next run.
"""

import importlib
import os
import sys
import time
from pathlib import Path

from dev.ground.base import GroundError, say
from dev.ground.odoo import prepare
from dev.ground.system import BENCH_TOOLS, SERVERS, install
from dev.servers.dovecot import DovecotError

ROWS = ("first_index", "no_change", "many_mailboxes", "first_screen", "lists", "app", "push", "memory")


def table(rows):
    """Markdown."""
    lines = [("what", "goal", "figure", "ratio, remark"), ("---",) * 4]
    lines += [(row.what, row.goal, row.figure, row.remark) for row in rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main(names):
    """Measure and print the table."""
    unknown = set(names) - set(ROWS)
    if unknown:
        sys.exit(f"maildesk: there is no row {', '.join(sorted(unknown))}; there are {' '.join(ROWS)}")
    try:
        install({"dovecot-imapd": SERVERS["dovecot-imapd"], "chromium": SERVERS["chromium"], **BENCH_TOOLS})
        [program, *_odoo], _environment = prepare()
        if Path(sys.prefix) != Path(program).parents[1]:
            # the rest needs the environment's libraries
            os.execv(program, [program, "-m", "dev.bench.run", *names])
        rows = []
        for name in names or ROWS:
            begun = time.monotonic()
            say(f"measuring {name}")
            rows += importlib.import_module(f"dev.bench.{name}").measure()
            say(f"{name} took {time.monotonic() - begun:.0f} s")
    except (GroundError, DovecotError) as error:
        sys.exit(f"maildesk: {error}")
    print(f"\n{os.cpu_count()} cores\n\n{table(rows)}")


if __name__ == "__main__":
    main(sys.argv[1:])
