"""What can go wrong on a line, as :mod:`dev.servers.proxy` plays it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """What happens to one direction of one connection.

    :param float delay: seconds every octet is under way; what was sent meanwhile follows closely, as on a long line.
    :param cut: the line breaks for both directions once so many octets have passed in this one.
    :param bool abrupt: it breaks with a reset instead of a regular end.
    :param pieces: octets are passed on in pieces of this size …
    :param float pause: … with so many seconds between two of them.
    :param stall: ``(octets, seconds)``: after so many octets nothing passes for a while.
    :param rewrite: makes, for every connection, a function from the octets read to those passed on; for garbling and
        injecting. What it answers is what is counted.
    """

    delay: float = 0.0
    cut: int | None = None
    abrupt: bool = False
    pieces: int | None = None
    pause: float = 0.0
    stall: tuple[int, float] | None = None
    rewrite: Callable[[], Callable[[bytes], bytes]] | None = None


@dataclass(frozen=True)
class Line:
    """The faults of both directions.

    :param Fault down: from the server to the client.
    :param Fault up: from the client to the server.
    """

    down: Fault = Fault()
    up: Fault = Fault()


def round_trip(seconds):
    """A faultless line of a certain length.

    :param float seconds: until an answer to what was sent can be there.
    """
    return Line(Fault(delay=seconds / 2), Fault(delay=seconds / 2))


def garble(offset, replacement):
    """A ``rewrite`` that overwrites octets from ``offset`` of the connection on."""
    def make():
        passed = 0

        def rewrite(data):
            nonlocal passed
            first, last = max(offset - passed, 0), min(offset + len(replacement) - passed, len(data))
            if first < last:
                start = passed + first - offset
                data = data[:first] + replacement[start:start + last - first] + data[last:]
            passed += len(data)
            return data
        return rewrite
    return make


def inject(offset, octets):
    """A ``rewrite`` that puts octets in between once ``offset`` octets have passed."""
    def make():
        passed = 0

        def rewrite(data):
            nonlocal passed
            at, passed = offset - passed, passed + len(data)
            return data[:at] + octets + data[at:] if 0 <= at < len(data) else data
        return rewrite
    return make
