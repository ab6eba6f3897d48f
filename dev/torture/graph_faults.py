"""Every request of a conversation with Microsoft Graph goes wrong, in each way it can; others change the mailbox meanwhile.

The conversation is recorded first. The next, undisturbed passes have to make it good: the cache has to be what the service
has, and the service has to be what the undisturbed run made of it: nothing is done twice, nothing is lost.
"""

import re

from .difference import Difference
from .graph_scenario import GraphScenario
from .graph_spoil import PATIENCE, SPOILERS, Plan
from .person import Person
from .scenario import KINDS

#: Of so many cases, one is others at work.
MEANWHILE_EVERY = 8
#: Seconds one badly answered pass may take.
LONGEST = 60


def run(harness, options, tell):
    """Try everything, or ``options.size`` cases.

    :return: how many went well.
    :raises Difference: at the first that did not.
    """
    scenario, cases = GraphScenario(harness), []
    for kind in KINDS:
        said, reference = scenario.record(kind)
        cases += [
            (kind, at, spoiler, reference) for at, line in enumerate(said) for spoiler in SPOILERS
            if re.search(spoiler.fits, line) and not (options.short and spoiler.slow)]
    if options.size and options.size < len(cases):
        cases = options.rng.sample(cases, options.size)
    tell(f"{len(cases)} cases")
    for number, (kind, at, spoiler, reference) in enumerate(cases, 1):
        if options.until and number > options.until:
            break
        rng = type(options.rng)(options.rng.random())
        if options.only and number != options.only:
            continue
        mailbox = getattr(scenario, kind)()
        if number % MEANWHILE_EVERY:
            line, case = Plan(harness.server, spoiler, at, rng), _spoilt
        else:
            line, case = _Meanwhile(harness, mailbox, at, rng), _met
        try:
            case(harness, mailbox, line, reference)
        except Difference as difference:
            raise difference.during(f"case {number}: {kind}, {line}") from None
        harness.forget(mailbox)
        if number % 50 == 0:
            tell(f"{number} of {len(cases)} cases, {harness.odoo.memory // 1024} MB")
    return len(cases)


def _spoilt(harness, mailbox, line, reference):
    """A request goes wrong."""
    spoiler = line.spoiler
    harness.odoo.call("be_patient", patience=PATIENCE if spoiler.name == "late" else None)
    seconds = harness.sync(line)
    harness.odoo.call("be_patient", patience=None)
    if seconds > LONGEST:
        raise Difference([f"the pass took {seconds:.0f} s"])
    if spoiler.needs_person:
        harness.odoo.call("sign_in_again", account_id=mailbox.account_id)
    given_up = harness.settle(mailbox)
    harness.check(mailbox)
    if not given_up and not spoiler.lies:
        harness.check_contents(mailbox, reference)


def _met(harness, mailbox, line, reference):
    """Others are at work in the midst of a pass; what is there afterwards only they know."""
    harness.sync(line)
    for difference in line.failures:
        raise difference
    harness.settle(mailbox)
    harness.check(mailbox)


class _Meanwhile:
    """A line on which other programs and a person act when a request comes."""

    def __init__(self, harness, mailbox, at, rng):
        self.clients, self.person = harness.server.clients(harness, mailbox, rng), Person(harness, mailbox, rng)
        self.at, self.rng = at, rng
        #: What was done, and what went wrong: the thread it happens in is not where it is waited for.
        self.done, self.failures = [], []

    def __call__(self, line):
        self.at -= 1
        if self.at != -1:
            return
        try:
            for _time in range(self.rng.randrange(1, 5)):
                self.done.append(self.clients.step() if self.rng.random() < 0.5 else self.person.step(aside=True))
        except Difference as difference:
            self.failures.append(difference)

    def __str__(self):
        return f"meanwhile {self.done}"
