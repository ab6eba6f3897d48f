"""Servers that answer badly: what may become of one response on its way, and what may be done to a whole line."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from dev.servers.line_faults import Fault

from .stream import Splitter

_LITERAL = re.compile(rb"\{(\d+)\}\r\n")


@dataclass(frozen=True, slots=True)
class Spoiler:
    """One way to answer badly.

    :param str name: for people.
    :param apply: function from the random numbers and the response to what the client gets instead.
    :param fits: whether it can be done to a response.
    :param int takes: how many responses it needs, given as one run of octets.
    :param bool costly: takes many seconds or much memory: for long runs only.
    """

    name: str
    apply: Callable
    fits: Callable = lambda response: True
    takes: int = 1
    costly: bool = False

    def fault(self, at, rng):
        """The fault that does this to the response of number ``at``."""
        return Fault(rewrite=lambda: rewriter(at, self.takes, lambda response: self.apply(rng, response)))


def rewriter(at, takes, apply):
    """A ``rewrite`` of :class:`dev.servers.line_faults.Fault`: applies something to whole responses.

    :param int at: number of the first of them, counted from 0.
    :param int takes: how many.
    """
    splitter, state = Splitter(), {"seen": 0, "held": []}

    def rewrite(data):
        if state["seen"] >= at + takes:
            return data
        out = []
        for response in splitter.feed(data):
            number, state["seen"] = state["seen"], state["seen"] + 1
            if not at <= number < at + takes:
                out.append(response)
                continue
            state["held"].append(response)
            if number == at + takes - 1:
                out.append(apply(b"".join(state["held"]) if takes == 1 else state["held"]))
        if state["seen"] >= at + takes:
            out.append(splitter.rest())
        return b"".join(out)
    return rewrite


def meanwhile(at, act):
    """A fault that does something else when the response of number ``at`` comes; the response stays as it is.

    :param act: called without arguments.
    """
    def apply(response):
        act()
        return response
    return Fault(rewrite=lambda: rewriter(at, 1, apply))


def is_tagged(response):
    """Whether it completes a command."""
    return re.match(rb"[a-z]+\d+ ", response, re.IGNORECASE) is not None


def is_refusable(response):
    """Whether it completes a command other than signing in, whose refusal a person has to see to."""
    return is_tagged(response) and b"ogged in" not in response


def is_fetch(response):
    return re.match(rb"\* \d+ FETCH ", response) is not None


def is_mail(response):
    """Whether it tells of a mail what a list needs; one of flags alone, left out, would be missed by nobody."""
    return is_fetch(response) and b"RFC822.SIZE" in response


def has_literal(response):
    return _LITERAL.search(response) is not None


def _replaced(text):
    return lambda rng, response: response.split(b" ", 1)[0] + b" " + text + b"\r\n"


def _before(*texts):
    return lambda rng, response: rng.choice(texts) + response


def _lying(rng, response, sizes):
    match = _LITERAL.search(response)
    size = int(match[1]) + rng.choice(sizes)
    return response[:match.start()] + b"{%d}\r\n" % max(size, 0) + response[match.end():]


def _announced(text):
    return lambda rng, response: _LITERAL.sub(b"{" + text + b"}\r\n", response, count=1)


def _structure(response):
    """Where the part of a FETCH lies that no quoted text and no literal may hide anything in."""
    first = response.index(b"(") + 1
    ends = [place for place in (response.find(mark) for mark in (b'"', b"{", b"\r")) if place > 0]
    return first, min(ends)


def _garbled(rng, response):
    """Two octets of a line became a bracket too many."""
    first, last = _structure(response)
    place = rng.randrange(first, max(first + 1, last - 2))
    return response[:place] + b"((" + response[place + 2:]


def _truncated(rng, response):
    return response[:rng.randrange(*_structure(response))].rstrip(b"\r\n") + b"\r\n"


#: The ways, in the order they are drawn from.
SPOILERS = (
    Spoiler("refused", _replaced(b"NO not now"), is_refusable),
    Spoiler("not understood", _replaced(b"BAD what?"), is_refusable),
    Spoiler("alert", _replaced(b"NO [ALERT] Your mailbox is being moved"), is_refusable),
    Spoiler("over quota", _replaced(b"NO [OVERQUOTA] Mailbox is full"), is_refusable),
    Spoiler("unavailable", _replaced(b"NO [UNAVAILABLE] Try later"), is_tagged),
    Spoiler("in use", _replaced(b"NO [INUSE] Locked"), is_tagged),
    Spoiler("server bug", _replaced(b"NO [SERVERBUG] Internal error"), is_refusable),
    Spoiler("limit", _replaced(b"NO [LIMIT] Too many commands"), is_tagged),
    Spoiler("expunge issued", _replaced(b"NO [EXPUNGEISSUED] Some are gone"), is_refusable),
    Spoiler("alert within", _before(b"* OK [ALERT] The disk is nearly full\r\n", b"* NO [OVERQUOTA] Soft limit\r\n", b"* BAD hm\r\n")),
    Spoiler("bye", lambda rng, response: b"* BYE Shutting down\r\n"),
    Spoiler("bye and on", _before(b"* BYE [UNAVAILABLE] Shutting down\r\n")),
    Spoiler("harmless", _before(
        b"* 0 RECENT\r\n", b"* FLAGS (\\Seen)\r\n", b"* OK [NOTIFICATIONOVERFLOW] ...\r\n", b"* 1 FETCH (FLAGS (\\Recent))\r\n",
        b"* 1 FETCH (MODSEQ (1))\r\n", b"* SEARCH\r\n", b"* X-SOMETHING (1 {3}\r\nabc) NIL\r\n", b"* OK\r\n",
    )),
    Spoiler("rubbish within", _before(b"\r\n", b"* \r\n", b"*\r\n", b"NONSENSE\r\n", b"* \xff\xfe\x00\r\n", b"z99999 OK done\r\n", b"+ go on\r\n")),
    Spoiler("absurd number", _before(b"* 99999999999999999999999999 EXISTS\r\n", b"* OK [UIDNEXT x]\r\n", b"* -1 FETCH (UID 1)\r\n")),
    Spoiler("truncated", _truncated, is_fetch),
    Spoiler("garbled", _garbled, is_fetch),
    Spoiler("left out", lambda rng, response: b"", is_mail),
    Spoiler("twice", lambda rng, response: response * 2, lambda response: not is_tagged(response)),
    Spoiler("swapped", lambda rng, held: held[1] + held[0], lambda response: not is_tagged(response), takes=2),
    Spoiler("bracket too many", lambda rng, response: response[:-2] + b")\r\n", is_fetch),
    Spoiler("nested", lambda rng, response: response[:-3] + b" X " + b"(" * 20_000 + b")" * 20_000 + b")\r\n", is_fetch),
    Spoiler("literal says more", lambda rng, response: _lying(rng, response, (1, 2, 7)), has_literal),
    Spoiler("literal says far more", lambda rng, response: _lying(rng, response, (50_000_000,)), has_literal, costly=True),
    Spoiler("literal says less", lambda rng, response: _lying(rng, response, (-1, -2, -7, -100)), has_literal),
    Spoiler("literal says absurd", _announced(b"99999999999"), has_literal),
    Spoiler("literal says nothing", _announced(b"abc"), has_literal),
    Spoiler("long line", lambda rng, response: b"* OK " + b"x" * 1_000_000 + b"\r\n" + response),
    Spoiler("long literal", lambda rng, response: b"* X {3000000}\r\n" + b"x" * 3_000_000 + b"\r\n" + response),
    Spoiler("endless line", lambda rng, response: b"* OK " + b"x" * 80_000_000 + b"\r\n" + response, costly=True),
    Spoiler("huge literal", lambda rng, response: b"* X {60000000}\r\n" + b"x" * 60_000_000 + b"\r\n" + response, costly=True),
)

#: Lines that are only slow: name → fault.
SLOW = {
    "late": Fault(stall=(2000, 1.0)),
    "octet by octet": Fault(pieces=1),
    "in halves": Fault(pieces=700, pause=0.005),
}
#: One that is slower than anybody waits.
SILENT = Fault(stall=(3000, 40.0))
