"""The server answers badly: late, halved, malformed, enormous, out of order, refusing, saying goodbye, changing meanwhile.

The next, undisturbed passes have to make it good; the process must neither hang nor grow.
"""

import time

from dev.servers.line_faults import Line

from .difference import Difference
from .imap_scenario import ImapScenario
from .person import Person
from .scenario import KINDS
from .spoil import SILENT, SLOW, SPOILERS, meanwhile
from .stream import Splitter

#: Seconds one badly answered pass may take: the longest wait for a server, and some work.
PATIENCE = 100
#: kB a process may hold more at the end than after its first cases, and at its peak.
GROWTH = 80_000
PEAK = 700_000
WARM = 10
#: How often the server says nothing any more; it takes half a minute each time.
SILENT_EVERY = 100


def run(harness, options, tell):
    """Try ``options.size`` cases.

    :return: how many went well.
    :raises Difference: at the first that did not.
    """
    runner = _Answers(harness, options)
    before = None
    for number in range(1, (options.until or options.size) + 1):
        case = runner.draw(number)
        if options.only and number != options.only:
            continue
        begun = time.monotonic()
        try:
            case()
        except Difference as difference:
            raise difference.during(f"case {number}: {runner.what}") from None
        if time.monotonic() - begun > 5:
            tell(f"case {number} took {time.monotonic() - begun:.0f} s: {runner.what}")
        if number == WARM:
            before = harness.odoo.memory
        if number % 50 == 0:
            tell(f"{number} of {options.size} cases, {harness.odoo.memory // 1024} MB, peak {harness.odoo.peak // 1024} MB")
    grown = harness.odoo.memory - before if before else 0
    if grown > GROWTH or harness.odoo.peak > PEAK:
        raise Difference([f"the process grew by {grown} kB, its peak was {harness.odoo.peak} kB"])
    return number


class _Answers:
    def __init__(self, harness, options):
        self.harness, self.rng = harness, options.rng
        self.scenario = ImapScenario(harness)
        self.spoilers = [spoiler for spoiler in SPOILERS if not (spoiler.costly and options.short)]
        self.is_short = options.short
        #: Moment → the responses of an undisturbed pass, and what the server has after it.
        self.moments = {}
        for kind in KINDS:
            recorded, reference = self.scenario.record(kind)
            self.moments[kind] = Splitter().feed(bytes(recorded.down)), reference
        self.what = ""

    def draw(self, number):
        """The next case: all that is random about it is drawn here, whether it is run or not."""
        kind = self.rng.choice(list(self.moments))
        responses, reference = self.moments[kind]
        if number % SILENT_EVERY == 0 and not self.is_short:
            self.what = f"{kind}, silent"
            return lambda: self._spoilt(kind, SILENT, reference)
        if number % 10 == 0:
            name = self.rng.choice(list(SLOW))
            self.what = f"{kind}, {name}"
            return lambda: self._spoilt(kind, SLOW[name], reference)
        if number % 3 == 0:
            return self._draw_meanwhile(kind, self.rng.randrange(len(responses)), self.rng.random())
        spoiler = self.rng.choice(self.spoilers)
        at = self.rng.choice([place for place, response in enumerate(responses[:-2]) if spoiler.fits(response)])
        seed = self.rng.random()
        self.what = f"{kind}, {spoiler.name} at response {at}: {responses[at][:100]}"
        return lambda: self._spoilt(kind, spoiler.fault(at, self._random(seed)), reference)

    def _draw_meanwhile(self, kind, at, seed):
        self.what = f"{kind}, changes at response {at}"
        return lambda: self._meanwhile(kind, at, self._random(seed))

    def _random(self, seed):
        return type(self.rng)(seed)

    def _spoilt(self, kind, fault, reference):
        harness = self.harness
        mailbox = getattr(self.scenario, kind)()
        seconds = harness.sync(Line(down=fault))
        if seconds > PATIENCE:
            raise Difference([f"the pass took {seconds:.0f} s"])
        given_up = harness.settle(mailbox)
        harness.check(mailbox)
        if not given_up:
            harness.check_contents(mailbox, reference)
        harness.forget(mailbox)

    def _meanwhile(self, kind, at, rng):
        """Other programs and a person act in the midst of the pass."""
        harness = self.harness
        mailbox = getattr(self.scenario, kind)()
        clients, person = harness.server.clients(harness, mailbox, rng), Person(harness, mailbox, rng)
        done, failures = [], []

        def act():
            try:
                for _time in range(rng.randrange(1, 5)):
                    done.append(clients.step() if rng.random() < 0.5 else person.step(aside=True))
            except Difference as difference:
                # the proxy's thread is not where it is waited for
                failures.append(difference)

        harness.sync(Line(down=meanwhile(at, act)))
        clients.close()
        self.what += f" {done}"
        for difference in failures:
            raise difference
        harness.settle(mailbox)
        harness.check(mailbox)
        harness.forget(mailbox)
