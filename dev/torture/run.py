"""`python -m dev.torture NAME --seed S --size N`: the long runs, one after the other.

========  =========================================================================================
cuts      the line is cut at every place worth it, while reading and while pushing
answers   the server answers late, halved, malformed, enormous, refusing, and changes meanwhile
kills     workers are killed at any moment, while others go on
restart   PostgreSQL goes away and comes back
diskfull  Odoo's files have no room
steps     random steps by several programs and a person, everything compared at checkpoints
========  =========================================================================================

The same against the fake of Microsoft Graph, over HTTPS:

============  =====================================================================================
graph_faults  every request of a conversation goes wrong, in each way HTTP and Graph can
graph_kills   as `kills`
graph_steps   as `steps`, a quarter of the passes over a bad line
============  =====================================================================================

And against other programs that speak IMAP, unpacked where Debian's packages can be had:

=============  ====================================================================================
cyrus_steps    as `steps`
courier_steps  as `steps`
=============  ====================================================================================

A run ends at the first difference: what differs, the seed and where. Everything but the timing of processes follows from
the seed. `all` is every run; the last line is `torture: N passed, N failed`.
"""

import argparse
import random
import sys
import time
from itertools import groupby

from dev.checks.steps import DATABASE, with_maildesk
from dev.ground.base import GroundError, say
from dev.ground.system import SERVERS, install
from dev.servers.dovecot import EXTENSIONS, DovecotError

from . import answers, cuts, diskfull, graph_faults, kills, restart, steps
from .difference import Difference
from .dovecot_side import DovecotSide
from .graph_side import GraphSide
from .harness import Harness
from .other_sides import CourierSide, CyrusSide

#: Name → (module, size of a long run, size of a short one); a size of 0 means everything.
RUNS = {
    "cuts": (cuts, 0, 20),
    "answers": (answers, 3000, 25),
    "kills": (kills, 200, 3),
    "restart": (restart, 30, 1),
    "diskfull": (diskfull, 1, 1),
    "steps": (steps, 50_000, 150),
    "graph_faults": (graph_faults, 0, 12),
    "graph_kills": (kills, 200, 3),
    "graph_steps": (steps, 20_000, 150),
    "cyrus_steps": (steps, 5000, 50),
    "courier_steps": (steps, 2000, 50),
}
#: First word of a run's name → the server it is against.
SIDES = {"graph": GraphSide, "cyrus": CyrusSide, "courier": CourierSide}
SHORT_SEED = 1


class Options:
    """What a run is told.

    :param int seed: everything follows from it.
    :param int size: how many steps, cuts, kills, …
    :param bool short: leave out what takes long.
    :param until: the last step to do, None for all.
    :param only: the one case to do, None for all.
    """

    def __init__(self, seed, size, short=False, until=None, only=None):
        self.seed, self.size, self.short, self.until, self.only = seed, size, short, until, only
        self.rng = random.Random(seed)


def _perform(name, arguments, harness):
    module, long, short = RUNS[name]
    size = arguments.size if arguments.size is not None else short if arguments.short else long
    say(f"torture {name}: seed {arguments.seed}")
    begun = time.monotonic()
    options = Options(arguments.seed, size, arguments.short, arguments.until, arguments.only)
    try:
        passed = module.run(harness, options, lambda text: say(f"torture {name}: {text}"))
    except Difference as difference:
        print(f"torture {name}, seed {arguments.seed}: {difference}", flush=True)
        return 0, 1
    say(f"torture {name}: {passed} passed ({time.monotonic() - begun:.0f} s)")
    return passed, 0


def _kind(name):
    """The key of :data:`SIDES`; ``dovecot`` where there is none."""
    word = name.partition("_")[0]
    return word if word in SIDES else "dovecot"


def _dovecot(arguments):
    """What makes the server the options ask for."""
    return lambda root: DovecotSide(root, EXTENSIONS if arguments.poor else arguments.hide.split())


def _can_be_had(kind):
    """Whether a server is there; one that is unpacked is fetched where that is possible."""
    program = getattr(SIDES.get(kind), "program", None)
    try:
        return program is None or program.fetch()
    except GroundError as error:
        say(f"torture: nothing against {program.name}, which cannot be had: {error}")
        return False


def main(words):
    """Run what was asked for and exit with 1 where something differed."""
    parser = argparse.ArgumentParser(prog="python -m dev.torture", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("name", choices=[*RUNS, "all"])
    parser.add_argument("--seed", type=int, help="default: another one each time; with --short always the same")
    parser.add_argument("--size", type=int, help="how many; 0 means everything there is")
    parser.add_argument("--short", action="store_true", help="the slice `make test` runs")
    parser.add_argument("--until", type=int, help="stop after this step")
    parser.add_argument("--only", type=int, help="do this case alone")
    parser.add_argument("--hide", default="", metavar="NAMES", help='extensions Dovecot hides, such as "QRESYNC"')
    parser.add_argument("--poor", action="store_true", help="it hides all that are of use")
    arguments = parser.parse_args(words)
    if arguments.seed is None:
        arguments.seed = SHORT_SEED if arguments.short else random.SystemRandom().randrange(10**6)
    try:
        install({"dovecot-imapd": SERVERS["dovecot-imapd"]})
        with_maildesk()
        passed = failed = 0
        names = list(RUNS) if arguments.name == "all" else [arguments.name]
        for kind, here in groupby(names, _kind):
            if not _can_be_had(kind):
                continue
            with Harness(DATABASE, server=SIDES.get(kind) or _dovecot(arguments)) as harness:
                for name in here:
                    well, badly = _perform(name, arguments, harness)
                    passed, failed = passed + well, failed + badly
    except (GroundError, DovecotError) as error:
        sys.exit(f"maildesk: {error}")
    print(f"torture: {passed} passed, {failed} failed", flush=True)
    sys.exit(bool(failed))
