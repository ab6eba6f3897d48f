"""The MIME tree of a raw mail as slices of its octets, numbered as IMAP does.

Own reader instead of the standard library's: that one recurses without bound, copies every part, and numbers none. This one
is bounded in depth and parts, keeps offsets, and leaves what is broken readable as text (RFC 2046 §5.1; numbers: RFC 3501
§6.4.5). Delimiters belong to the innermost multipart that has them, and those of an outer one end what is inside, as IMAP
servers read it.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..headers import decode_header, parse_parameter
from .parts import Part, part_of_header

MAX_DEPTH = 50
#: Parts of one mail; what follows them stays inside the last one.
MAX_PARTS = 2000
_MAX_HEADER = 1_000_000
_MAX_FIELDS = 5000
_MAX_BOUNDARY = 300
#: Octets of a multipart in which a boundary is looked for that is not the one its header names.
_BOUNDARY_WITHIN = 65_536
_MAILS = ("message/rfc822", "message/global")

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_EMPTY_HEADER = re.compile(rb"\r?\n")
_FIELD = re.compile(rb"^([!-9;-~]{1,200})[ \t]*:(.*(?:\n[ \t].*)*)", re.MULTILINE)
#: A line that looks like a delimiter, above a header field of a part.
_BOUNDARY = re.compile(rb"^--([\w'()+,./:=?-][\w'()+,./:=? -]{0,199}?)[ \t]{0,20}\r?\n(?=Content-[\w-]{1,40}[ \t]{0,9}:)",
                       re.IGNORECASE | re.MULTILINE)


class _Delimiter(NamedTuple):
    """A delimiter line: where it is, to which of the open multiparts it belongs, and whether it is that one's last."""

    start: int
    end: int
    level: int
    is_last: bool


def read_tree(raw: bytes) -> Part:
    """Read a whole mail. Never raises; a multipart without a usable boundary becomes plain text."""
    return _Reader(raw, [MAX_PARTS]).part(0, "", 0, is_mail=True)[0]


def walk(part: Part) -> Iterator[Part]:
    """Yield ``part`` and everything below it, depth first, also inside attached mails."""
    yield part
    for child in part.children:
        yield from walk(child)


class _Reader:
    """Reads the parts of one mail.

    :param list budget: how many parts may still be read, in one element, which other readers share.
    """

    def __init__(self, source: bytes, budget: list[int]):
        self._source, self._budget = source, budget
        #: How many multiparts are open, and the levels of those by their delimiter.
        self._count = 0
        self._levels: dict[bytes, list[int]] = {}

    def part(
        self, position: int, part_id: str, depth: int, *, default: str = "text/plain", is_mail: bool = False
    ) -> tuple[Part, _Delimiter | None]:
        """The part that begins at ``position``, and the delimiter of an open multipart that ends it.

        :param bool is_mail: it is a mail: where it is no multipart, it is its own part 1.
        """
        delimiter = self._next(position)
        limit = self._end(position, delimiter)
        fields, body = _header(self._source, position, limit)
        part = part_of_header(fields, default)
        part.source, part.start = self._source, body
        if part.is_multipart:
            part.part_id = part_id
            delimiter = self._multipart(part, delimiter, limit, depth)
        if not part.is_multipart:
            part.part_id = ".".join(filter(None, (part_id, "1"))) if is_mail else part_id
            if part.mimetype in _MAILS and depth < MAX_DEPTH and self._budget[0] > 0:
                delimiter = self._mail(part, delimiter, depth)
        part.end = self._end(body, delimiter)
        return part, delimiter

    def _multipart(self, part: Part, delimiter: _Delimiter | None, limit: int, depth: int) -> _Delimiter | None:
        """Read the parts of a multipart; where there are none to be found, it becomes plain text."""
        if depth < MAX_DEPTH and self._budget[0] > 0:
            boundary = part.parameters.get("boundary") or parse_parameter(part.parameters, "boundary")
            boundary = boundary.rstrip().encode("utf-8", "surrogateescape")
            after = self._children(part, boundary, depth) if boundary and len(boundary) <= _MAX_BOUNDARY else None
            if not part.children:
                # Gateways rename the boundary in one of both places, or lose it on the way.
                match = _BOUNDARY.search(self._source, part.start, min(limit, part.start + _BOUNDARY_WITHIN))
                after = self._children(part, match[1], depth) if match else None
            if part.children:
                return after
        part.mimetype = "text/plain"
        return delimiter

    def _children(self, part: Part, boundary: bytes, depth: int) -> _Delimiter | None:
        line = b"--" + boundary
        level = self._count
        default = "message/rfc822" if part.mimetype == "multipart/digest" else "text/plain"
        self._count += 1
        self._levels.setdefault(line, []).append(level)
        delimiter = self._next(part.start)
        while delimiter and delimiter.level == level and not delimiter.is_last:
            self._budget[0] -= 1
            number = len(part.children) + 1
            part_id = f"{part.part_id}.{number}" if part.part_id else str(number)
            child, delimiter = self.part(delimiter.end, part_id, depth + 1, default=default)
            part.children.append(child)
        self._count -= 1
        self._levels[line].pop()
        # What follows the last delimiter is nobody's.
        return self._next(delimiter.end) if delimiter and delimiter.level == level else delimiter

    def _mail(self, part: Part, delimiter: _Delimiter | None, depth: int) -> _Delimiter | None:
        """Read the mail inside an attached mail: its parts are numbered below the attachment's number."""
        self._budget[0] -= 1
        if part.encoding in ("", "7bit", "8bit", "binary"):
            inner, delimiter = self.part(part.start, part.part_id, depth + 1, is_mail=True)
        else:
            part.end = self._end(part.start, delimiter)
            inner, _delimiter = _Reader(part.decoded(), self._budget).part(0, part.part_id, depth + 1, is_mail=True)
        part.filename = part.filename or f"{decode_header(inner.first('subject')) or 'message'}.eml"
        part.children.append(inner)
        return delimiter

    def _next(self, position: int) -> _Delimiter | None:
        """The first delimiter line of an open multipart (RFC 2046 §5.1.1)."""
        source = self._source
        if not self._count or self._budget[0] <= 0:
            return None
        is_line_start = position == 0 or source[position - 1:position] == b"\n"
        start = position if is_line_start and source.startswith(b"--", position) else source.find(b"\n--", position) + 1 or -1
        while start >= 0:
            end = source.find(b"\n", start) + 1 or len(source)
            line = source[start:min(end, start + 2 * _MAX_BOUNDARY)].rstrip()
            levels = self._levels.get(line)
            is_last = not levels and line.endswith(b"--")
            levels = self._levels.get(line[:-2]) if is_last else levels
            if levels:
                return _Delimiter(start, end, levels[-1], is_last)
            start = source.find(b"\n--", end - 1) + 1 or -1
        return None

    def _end(self, start: int, delimiter: _Delimiter | None) -> int:
        """Where the content ends: the line end in front of a delimiter is part of that."""
        if delimiter is None:
            return len(self._source)
        end = delimiter.start - 1
        return max(start, end - 1 if end > 0 and self._source[end - 1:end] == b"\r" else end)


def _header(source, start, end):
    """Read the header at ``start``; answers its fields and where the body begins."""
    empty = _EMPTY_HEADER.match(source, start, end)
    if empty:
        return {}, empty.end()
    limit = min(end, start + _MAX_HEADER)
    blank = _HEADER_END.search(source, start, limit)
    fields = {}
    for count, match in enumerate(_FIELD.finditer(source[start:blank.start() if blank else limit])):
        if count >= _MAX_FIELDS:
            break
        fields.setdefault(match.group(1).decode("latin-1").lower(), []).append(match.group(2).strip())
    # Without any field it was no header: the words are shown.
    return fields, (blank.end() if blank else limit) if fields else start
