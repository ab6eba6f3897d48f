"""Where the lines and literals of a recorded IMAP conversation begin and end (RFC 3501 §4.3, §7; RFC 7888)."""

import re
from dataclasses import dataclass

_LITERAL = re.compile(rb"\{(\d{1,15})\+?\}\r\n\Z")


@dataclass(frozen=True, slots=True)
class Response:
    """One response or command: its lines and the literals between them.

    :param list lines: ``(first, last)`` octet offsets, the end of the line included.
    :param list literals: ``(first, last)`` offsets.
    """

    lines: list
    literals: list

    @property
    def end(self):
        """Offset after its last octet."""
        return self.lines[-1][1]


class Splitter:
    """Takes octets as they come, gives whole responses."""

    def __init__(self):
        self._waiting = b""

    def feed(self, data):
        """The responses that are complete now, as octets."""
        self._waiting += data
        found = []
        while (end := _end_of(self._waiting, 0)) is not None:
            found.append(self._waiting[:end.end])
            self._waiting = self._waiting[end.end:]
        return found

    def rest(self):
        """What belongs to a response that is not complete."""
        return self._waiting


def responses(data):
    """All whole responses of a conversation's one direction."""
    found, start = [], 0
    while (response := _end_of(data, start)) is not None:
        found.append(response)
        start = response.end
    return found


def cut_points(data, rng):
    """Offsets worth cutting at: around every line's end, at both ends and in the midst of every literal, and somewhere
    within every line."""
    points = {0}
    for response in responses(data):
        for first, last in response.lines:
            points |= {last - 1, last}
            if last - first > 3:
                points.add(rng.randrange(first + 1, last - 1))
        for first, last in response.literals:
            points |= {first, (first + last) // 2, last}
    return sorted(points)


def _end_of(data, start):
    lines, literals = [], []
    while True:
        end = data.find(b"\n", start) + 1
        if not end:
            return None
        lines.append((start, end))
        match = _LITERAL.search(data, start, end)
        if not match:
            return Response(lines, literals)
        start = end + int(match[1])
        if start > len(data):
            return None
        literals.append((end, start))
