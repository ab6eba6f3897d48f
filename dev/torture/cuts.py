"""The line is cut at every place worth it, in either direction, while mail is read and while changes are pushed.

A pass over a good line is recorded first. The same pass is then run again and again from the same state, octet by octet,
and cut elsewhere each time; after an undisturbed pass the cache has to be what the server has, and the server has to be
what the undisturbed run made of it: nothing is done twice, nothing is lost.
"""

from dev.servers.line_faults import Fault, Line

from .difference import Difference
from .imap_scenario import ImapScenario
from .scenario import KINDS
from .stream import cut_points


def run(harness, options, tell):
    """Cut everywhere, or at ``options.size`` places.

    :return: how many cuts went well.
    :raises Difference: at the first that did not.
    """
    scenario = ImapScenario(harness)
    cases = []
    for kind in KINDS:
        recorded, reference = scenario.record(kind)
        for name, data in (("down", recorded.down), ("up", recorded.up)):
            cases += [(kind, name, offset, reference) for offset in cut_points(bytes(data), options.rng)]
    if options.size and options.size < len(cases):
        cases = options.rng.sample(cases, options.size)
    tell(f"{len(cases)} cuts")
    missed = 0
    for number, (kind, name, offset, reference) in enumerate(cases, 1):
        if options.until and number > options.until:
            break
        abrupt = options.rng.random() < 0.3
        if options.only and number != options.only:
            continue
        at = f"cut {number}: {kind}, {name} after {offset} octets{', reset' if abrupt else ''}"
        try:
            missed += not _cut(scenario, kind, name, Fault(cut=offset, abrupt=abrupt), reference)
        except Difference as difference:
            raise difference.during(at) from None
        if number % 50 == 0:
            tell(f"{number} of {len(cases)} cuts, {missed} after the line's end, {harness.odoo.memory // 1024} MB")
    return len(cases)


def _cut(scenario, kind, name, fault, reference):
    """One case; answers whether the line was cut, and not over before."""
    harness = scenario.harness
    mailbox = getattr(scenario, kind)()
    before = len(harness.server.proxy.connections)
    harness.sync(Line(**{name: fault}))
    was_cut = harness.server.proxy.connections[before].cut
    harness.settle(mailbox)
    harness.check(mailbox)
    harness.check_contents(mailbox, reference)
    harness.forget(mailbox)
    return was_cut
