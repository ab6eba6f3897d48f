"""`make test [STEP …]`: runs the steps, tells what failed, and ends with a line `N passed, N failed`."""

import sys
import time

from dev.checks.steps import STEPS, Tally
from dev.ground.base import GroundError, say


def main(names):
    """Run the named steps, or all.

    :param list names: of :data:`dev.checks.steps.STEPS`.
    """
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        sys.exit(f"maildesk: no step {unknown[0]}. There are: {', '.join(STEPS)}")
    total, began = Tally(), time.monotonic()
    for name in names or STEPS:
        start = time.monotonic()
        say(f"{name} …")
        try:
            tally = STEPS[name]()
        except GroundError as error:
            print(error, flush=True)
            tally = Tally(0, 1)
        total += tally
        say(f"{name}: {tally.passed} passed, {tally.failed} failed ({time.monotonic() - start:.0f} s)")
    say(f"all of it took {time.monotonic() - began:.0f} s")
    print(f"{total.passed} passed, {total.failed} failed", flush=True)
    sys.exit(bool(total.failed or not total.passed))


if __name__ == "__main__":
    main(sys.argv[1:])
