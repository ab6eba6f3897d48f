"""Workers are killed at any moment, while mail is read and changes are pushed, and while other programs and people go on.

Each worker is a process of its own that runs the cron over and over; SIGKILL ends it, and what it held is left as it was.
Nobody copies or deletes in these mailboxes, so every mail that was ever put there has to lie in exactly one place.
"""

import time
from collections import Counter

from .difference import Difference
from .mails import message_id
from .person import Person

#: Mailboxes served side by side.
MAILBOXES = 2
#: Workers side by side, at most.
WORKERS = 3
#: Seconds a worker lives at most; a pass takes about a tenth of a second.
LIFE = 0.5
#: Seconds of round trip, so that a kill finds the line in use.
ROUND_TRIP = 0.006
CHECK_EVERY = 10
#: Steps before the first worker.
FIRST_STEPS = 20


def run(harness, options, tell):
    """Kill ``options.size`` workers.

    :return: how many kills were gone through.
    :raises Difference: something is not as it should be afterwards.
    """
    boxes = [Crowd(harness, options.rng) for _box in range(MAILBOXES)]
    for box in boxes:
        for _step in range(FIRST_STEPS):
            box.client_step()
    midst, last = 0, options.until or options.size
    for number in range(1, last + 1):
        try:
            midst += _one_life(harness, boxes, options.rng)
            if number % CHECK_EVERY == 0 or number == last:
                for box in boxes:
                    box.check()
        except Difference as difference:
            raise difference.during(f"kill {number}") from None
        if number % 50 == 0:
            tell(f"{number} of {last} kills, {midst} mailboxes in the midst of a pass")
    for box in boxes:
        box.close()
    return last


def _one_life(harness, boxes, rng):
    """One worker, or several, from birth to end; answers how many mailboxes they had taken when they were killed."""
    harness.server.line = harness.server.long_line(ROUND_TRIP) if rng.random() < 0.7 else None
    end = time.monotonic() + rng.uniform(0.0, LIFE)
    pids = [harness.odoo.call("spawn") for _worker in range(rng.choice((1, 1, WORKERS)))]
    pace = rng.choice((0.0, 0.02, 0.1))
    while time.monotonic() < end:
        rng.choice(boxes).step()
        time.sleep(max(0.0, min(pace, end - time.monotonic())))
    signals = [harness.odoo.kill(pid) for pid in pids]
    harness.server.line = None
    if not all(signals):
        raise Difference(["the worker ended by itself", harness.odoo.tail()])
    return end_leases(harness)


def end_leases(harness):
    """The leases of a dead worker end by themselves; not to wait for it here. Answers how many there were."""
    return len(harness.query(
        "UPDATE maildesk_sync_state SET lease_until = now() AT TIME ZONE 'UTC' - interval '1 second' "
        "WHERE lease_until IS NOT NULL RETURNING id"))


class Crowd:
    """A mailbox with everybody at work on it who neither copies nor deletes.

    :param Harness harness: where.
    :param Random rng: all choices follow from it.
    """

    def __init__(self, harness, rng):
        self.harness, self.rng = harness, rng
        self.mailbox = harness.connect(harness.mailbox("crowd"))
        self.clients = harness.server.clients(harness, self.mailbox, rng, keeps_all=True)
        self.person = Person(harness, self.mailbox, rng, keeps_all=True)
        self.done = []

    def step(self):
        """Somebody does something."""
        if self.rng.random() < 0.5:
            self.client_step()
        else:
            self.done.append(self.person.step(followed=False))

    def client_step(self):
        """Another program does something."""
        self.done.append(self.clients.step())

    def check(self):
        """Have everything settled, then compare.

        :raises Difference: something is not as it should be.
        """
        try:
            given_up = self.harness.settle(self.mailbox)
            self.harness.check(self.mailbox)
            self._check_all_there(given_up)
        except Difference as difference:
            raise Difference([*difference.told, "done since the last comparison:", *self.done[-60:]]) from None
        self.done = []

    def _check_all_there(self, given_up):
        folders = self.harness.server.standing(self.mailbox.email).folders
        found = Counter(lying.message_id for mails in folders.values() for lying in (mails or {}).values())
        put = {
            message_id(source.name, number) for source in (self.clients, self.person) for number in range(source.appended)}
        wrong = [f"{name} lies in {found[name]} places" for name in sorted(put | found.keys()) if found[name] != 1]
        if wrong or given_up:
            raise Difference([*wrong, *(f"given up: {reason}" for reason in given_up), *self.harness.owed(self.mailbox, wrong)])

    def close(self):
        """Leave the mailbox."""
        self.clients.close()
        self.harness.forget(self.mailbox)
