"""PostgreSQL goes away and comes back, in order or as in a crash, while a worker reads and pushes.

The worker has to go on by itself, without a hand and without being started anew. It takes a cluster that nobody else uses,
and so a process of its own: below another state folder everything is another one.

    python -m dev.torture.restart DUMP SEED SIZE        (started by :func:`run` only)
"""

import os
import random
import re
import shutil
import subprocess
import sys
import time

from dev.ground import postgres
from dev.ground.base import CHECKOUT, STATE, checkout_key

from .difference import Difference
from .harness import Harness
from .kills import Crowd, end_leases

DATABASE = "maildesk_restart"
#: Seconds after which a worker has to have finished a pass over a database that is back.
PATIENCE = 30.0
FIRST_STEPS = 20
_LAST = re.compile(r"(?m)^restart: (\d+) passed$")


def run(harness, options, tell):
    """Restart ``options.size`` times.

    :return: how many restarts were gone through.
    :raises Difference: the worker did not recover, or something is not as it should be.
    """
    home, dump = STATE / f"restart-{checkout_key()}-{os.getpid()}", harness.root / "maildesk.dump"
    postgres.dump(harness.source, dump)
    words = [str(dump), str(options.seed), str(options.until or options.size)]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "dev.torture.restart", *words], cwd=CHECKOUT, check=False, text=True,
            env={**os.environ, "XDG_STATE_HOME": str(home)}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    passed = _LAST.search(done.stdout)
    if done.returncode or not passed:
        raise Difference([done.stdout.strip()])
    return int(passed[1])


def _restart_often(harness, rng, size):
    boxes = [Crowd(harness, rng) for _box in range(2)]
    for box in boxes:
        for _step in range(FIRST_STEPS):
            box.client_step()
    for number in range(1, size + 1):
        mode = rng.choice(("fast", "immediate"))
        try:
            _restart(harness, boxes, rng, mode)
        except Difference as difference:
            raise difference.during(f"restart {number}, {mode}") from None
    for box in boxes:
        box.close()


def _restart(harness, boxes, rng, mode):
    """One restart under a worker that stays alive."""
    pid = harness.odoo.call("spawn")
    _steps(rng.uniform(0.0, 0.8), lambda: rng.choice(boxes).step())
    postgres.stop(mode)
    _steps(rng.uniform(0.0, 0.4), lambda: rng.choice(boxes).client_step())
    postgres.start()
    harness.reconnect()
    end_leases(harness)
    _wait_for_pass(harness)
    _steps(rng.uniform(0.0, 0.4), lambda: rng.choice(boxes).step())
    if not harness.odoo.kill(pid):
        raise Difference(["the worker ended by itself", harness.odoo.tail()])
    end_leases(harness)
    for box in boxes:
        box.check()


def _steps(seconds, step):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        step()
        time.sleep(0.01)


def _wait_for_pass(harness):
    """Until every mailbox had a good pass that ended after now."""
    [(now,)] = harness.query("SELECT now() AT TIME ZONE 'UTC'")
    end = time.monotonic() + PATIENCE
    while harness.query("SELECT 1 FROM maildesk_sync_state WHERE last_sync_at IS NULL OR last_sync_at < %s", now):
        if time.monotonic() > end:
            raise Difference([f"no pass within {PATIENCE:.0f} s after the database was back", harness.odoo.tail()])
        time.sleep(0.1)


def main(dump, seed, size):
    """Have the cluster to oneself; prints what differs, or how many restarts were gone through."""
    try:
        postgres.start()
        postgres.restore(dump, DATABASE)
        with Harness(DATABASE) as harness:
            _restart_often(harness, random.Random(int(seed)), int(size))
    except Difference as difference:
        sys.exit(print(difference) or 1)
    finally:
        postgres.stop()
    print(f"restart: {size} passed")


if __name__ == "__main__":
    main(*sys.argv[1:])
