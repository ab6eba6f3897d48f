"""Sets of UIDs as sorted, disjoint intervals: a mailbox of a million messages is a few numbers, and a hostile
``1:4294967295`` costs nothing.

A set is a list of ``(first, last)``, ascending. UIDs are 32 bits (RFC 3501 §2.3.1.1).
"""

from collections.abc import Iterable, Iterator

from .errors import ProtocolError

Uids = list[tuple[int, int]]

MAX_UID = 0xFFFFFFFF


def parse_set(text: bytes) -> Uids:
    """Reads a sequence-set (RFC 3501 §9), such as ``1:4,7,9:12``.

    :raises ProtocolError: it is none.
    """
    found = []
    try:
        for piece in text.split(b","):
            first, _colon, last = piece.partition(b":")
            first, last = int(first), int(last or first)
            found.append((min(first, last), max(first, last)))
    except ValueError:
        raise ProtocolError("not a set of UIDs") from None
    if any(first < 0 or last > MAX_UID for first, last in found):
        raise ProtocolError("UIDs beyond 32 bits")
    return normalise(found)


def from_numbers(numbers: Iterable[int]) -> Uids:
    """The set of single numbers in any order."""
    return normalise([(number, number) for number in numbers])


def normalise(pairs: Iterable[tuple[int, int]]) -> Uids:
    """Sorts and merges; empty intervals disappear."""
    merged: Uids = []
    for first, last in sorted(pairs):
        if last < first:
            continue
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def count(uids: Uids) -> int:
    return sum(last - first + 1 for first, last in uids)


def numbers(uids: Uids) -> Iterator[int]:
    for first, last in uids:
        yield from range(first, last + 1)


def complement(uids: Uids, last: int = MAX_UID) -> Uids:
    """Everything from 1 to ``last`` that is not in the set."""
    gaps, next_first = [], 1
    for first, end in uids:
        gaps.append((next_first, min(first - 1, last)))
        next_first = end + 1
    gaps.append((next_first, last))
    return normalise(gaps)


def intersect(one: Uids, other: Uids) -> Uids:
    found, i, j = [], 0, 0
    while i < len(one) and j < len(other):
        first, last = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if first <= last:
            found.append((first, last))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return found


def split_newest(uids: Uids, limit: int) -> tuple[Uids, Uids]:
    """The ``limit`` highest UIDs, and the rest."""
    rest, taken = list(uids), []
    while rest and limit > 0:
        first, last = rest.pop()
        cut = max(first, last - limit + 1)
        taken.append((cut, last))
        limit -= last - cut + 1
        if cut > first:
            rest.append((first, cut - 1))
    return taken[::-1], rest


def write_set(uids: Uids) -> bytes:
    """The shortest form as a sequence-set."""
    return b",".join(b"%d" % first if first == last else b"%d:%d" % (first, last) for first, last in uids)


def in_commands(uids: Uids, per_command: int, max_octets: int = 4000) -> list[Uids]:
    """Cut, highest first, into sets of at most so many UIDs whose text stays short enough for any server's line."""
    commands, rest = [], uids
    while rest:
        taken, rest = split_newest(rest, per_command)
        while len(taken) > 1 and len(write_set(taken)) > max_octets:
            rest = rest + taken[: len(taken) // 2]
            taken = taken[len(taken) // 2 :]
        commands.append(taken)
    return commands
