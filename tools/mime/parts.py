"""The MIME tree, and how it is read from a raw mail: as slices of its octets, numbered as IMAP does.

Own reader instead of the standard library's: that one recurses without bound, copies every part, and numbers none. This one
is bounded in depth and parts, keeps offsets, and leaves what is broken readable as text (RFC 2045, 2046; numbers: RFC 3501
§6.4.5).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..headers import decode_header, parse_parameter
from .payload import decode_payload, encoding_name, split_footer
from .text import decode_html, decode_text

MAX_DEPTH = 50
#: Parts of one mail; what follows them stays inside the last one.
MAX_PARTS = 2000
_MAX_HEADER = 1_000_000
_MAX_FIELDS = 5000
#: Octets of a multipart in which a boundary is looked for that is not the one its header names.
_BOUNDARY_WITHIN = 65_536

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_EMPTY_HEADER = re.compile(rb"\r?\n")
_FIELD = re.compile(rb"^([!-9;-~]{1,200})[ \t]*:(.*(?:\n[ \t].*)*)", re.MULTILINE)
_MIMETYPE = re.compile(r"\s*([\w!#$&^.+-]{1,80})\s*/\s*([\w!#$&^.+-]{1,80})")
_DISPOSITION = re.compile(r"\s*([\w.+-]{1,80})")
_PARAMETER = re.compile(r";\s*([^\s=;\"]{1,80})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|\"?([^;]*))", re.DOTALL)
#: A line that looks like a boundary, above a header field of a part.
_BOUNDARY = re.compile(rb"^--([\w'()+,./:=?-][\w'()+,./:=? -]{0,199}?)[ \t]{0,20}\r?\n(?=Content-[\w-]{1,40}[ \t]{0,9}:)",
                       re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Part:
    """One node of the tree, from the raw mail or from its server's description of it.

    :param str part_id: IMAP section number; empty for the mail itself where it is a multipart.
    :param str mimetype: ``type/subtype`` in lower case.
    :param dict parameters: of Content-Type, names in lower case, raw.
    :param str disposition: ``attachment``, ``inline`` or empty.
    :param str filename: decoded, not made safe.
    :param str content_id: without angle brackets; ``location``: Content-Location.
    :param str encoding: name of the transfer encoding in lower case.
    :param int size: octets behind it, where only a server knows the content.
    :param dict fields: header fields, lower-case name to the raw values in order; empty where a server told of the part.
    :param source: octets of the mail; this part's own, without its header, are ``source[start:end]``. None: not here.
    :param list children: of a multipart its parts; of a ``message/rfc822`` the one mail inside; of a part that was opened
        what is in it: the parts of a mail, or files and, without an id, words.
    :param str opened: ``mail`` or ``files`` where the part is a container that was opened; else empty.
    :param bool is_encrypted: it was to be opened, and can be with the recipient's key only.
    """

    part_id: str
    mimetype: str
    parameters: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    filename: str = ""
    content_id: str = ""
    location: str = ""
    encoding: str = ""
    size: int = 0
    fields: dict[str, list[bytes]] = field(default_factory=dict)
    source: bytes | None = None
    start: int = 0
    end: int = 0
    children: list["Part"] = field(default_factory=list)
    opened: str = ""
    is_encrypted: bool = False

    @property
    def is_multipart(self) -> bool:
        return self.mimetype.startswith("multipart/")

    @property
    def is_html(self) -> bool:
        return self.mimetype == "text/html"

    def first(self, name: str) -> bytes:
        """The first value of a header field, empty where there is none."""
        return self.fields.get(name, (b"",))[0]

    def fill(self, content: bytes) -> None:
        """The octets as they came, transfer encoding and all."""
        self.source, self.start, self.end = content, 0, len(content)

    @property
    def content(self) -> bytes:
        """The octets as they came, none where they are not here."""
        return (self.source or b"")[self.start:self.end]

    def decoded(self) -> bytes:
        """The octets behind the transfer encoding. Multiparts have none (RFC 2045 §6.4), whatever they say."""
        return self.content if self.is_multipart else decode_payload(self.content, self.encoding)

    def decoded_size(self) -> int:
        """How many octets :meth:`decoded` has, for base64 within two; an estimate where only a server knows the content."""
        if self.source is None:
            return self.size
        size = self.end - self.start
        if self.encoding != "base64":
            return size
        return (size - sum(self.source.count(mark, self.start, self.end) for mark in (b"\n", b"\r", b"="))) * 3 // 4

    def text(self) -> str:
        """The content as text, with the plain words that were written behind its encoding."""
        charset = parse_parameter(self.parameters, "charset")[:60]
        decode = decode_html if self.is_html else decode_text
        text = decode(self.decoded(), charset)
        footer = split_footer(self.content)[1] if self.encoding == "base64" else b""
        return f"{text.rstrip()}\n{decode_text(footer, None).strip()}" if footer else text


def read_tree(raw: bytes) -> Part:
    """Read a whole mail. Never raises; a multipart without a usable boundary becomes plain text."""
    budget = [MAX_PARTS]
    root = _read(raw, 0, len(raw), "", depth=0, budget=budget)
    if not root.is_multipart:
        root.part_id = "1"
        _nest(root, 0, budget)
    return root


def walk(part: Part) -> Iterator[Part]:
    """Yield ``part`` and everything below it, depth first, also inside attached mails."""
    yield part
    for child in part.children:
        yield from walk(child)


def read_disposition(value: bytes) -> tuple[str, dict[str, str]]:
    """A Content-Disposition field (RFC 2183): ``attachment``, ``inline`` or empty, and the parameters, raw."""
    text = value.decode("utf-8", "surrogateescape")
    match = _DISPOSITION.match(text)
    if not match:
        return "", _parameters(text)
    # An unknown disposition means attachment (RFC 2183 §2.8).
    disposition = "inline" if match[1].lower() == "inline" else "attachment"
    return disposition, _parameters(_with_semicolon(text[match.end():]))


def _read(source, start, end, part_id, default_type="text/plain", *, depth, budget):
    fields, body = _header(source, start, end)
    mimetype, parameters = _content_type(fields.get("content-type", [b""])[0], default_type)
    disposition, named = read_disposition(fields.get("content-disposition", [b""])[0])
    part = Part(
        part_id, mimetype, parameters, disposition,
        filename=parse_parameter(named, "filename") or parse_parameter(parameters, "name"),
        fields=fields, source=source, start=body, end=end)
    part.content_id = decode_header(part.first("content-id")).strip("<> ")
    part.location = decode_header(part.first("content-location")).strip("<> ")
    part.encoding = encoding_name(part.first("content-transfer-encoding").decode("latin-1"))
    if part.is_multipart and not _split(part, depth, budget):
        part.mimetype = "text/plain"
    return part


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


def _split(part, depth, budget):
    """Fill the children of a multipart; False where it cannot be split."""
    if depth >= MAX_DEPTH or budget[0] <= 0:
        return False
    boundary = part.parameters.get("boundary") or parse_parameter(part.parameters, "boundary")
    boundary = boundary.rstrip().encode("utf-8", "surrogateescape")
    sections = list(_sections(part, b"--" + boundary, budget)) if boundary and len(boundary) <= 300 else []
    if not sections:
        # Gateways rename the boundary in one of both places, or lose it on the way.
        match = _BOUNDARY.search(part.source, part.start, min(part.end, part.start + _BOUNDARY_WITHIN))
        sections = list(_sections(part, b"--" + match[1], budget)) if match else []
    default = "message/rfc822" if part.mimetype == "multipart/digest" else "text/plain"
    for number, (start, end) in enumerate(sections, 1):
        part_id = f"{part.part_id}.{number}" if part.part_id else str(number)
        child = _read(part.source, start, end, part_id, default, depth=depth + 1, budget=budget)
        _nest(child, depth + 1, budget)
        part.children.append(child)
    return bool(part.children)


def _nest(part, depth, budget):
    """Read the mail inside an attached mail: its parts are numbered below the attachment's number."""
    if part.mimetype not in ("message/rfc822", "message/global") or depth >= MAX_DEPTH or budget[0] <= 0:
        return
    budget[0] -= 1
    source, start, end = part.source, part.start, part.end
    if part.encoding not in ("", "7bit", "8bit", "binary"):
        source, start = part.decoded(), 0
        end = len(source)
    inner = _read(source, start, end, part.part_id, depth=depth + 1, budget=budget)
    part.filename = part.filename or f"{decode_header(inner.first('subject')) or 'message'}.eml"
    if not inner.is_multipart:
        inner.part_id = f"{part.part_id}.1"
        _nest(inner, depth + 1, budget)
    part.children.append(inner)


def _sections(part, delimiter, budget):
    """Yield start and end of each section between delimiter lines (RFC 2046 §5.1.1)."""
    source, end, start = part.source, part.end, None
    position = source.find(delimiter, part.start, end)
    while position >= 0:
        line_end = source.find(b"\n", position, end)
        line_end = end if line_end < 0 else line_end + 1
        rest = source[position + len(delimiter):min(line_end, position + 1000)].strip()
        if (position == part.start or source[position - 1] == 10) and rest in (b"", b"--"):
            if start is not None:
                yield start, max(start, _before_line_end(source, position))
            start = line_end
            budget[0] -= 1
            if rest == b"--":
                return
            if budget[0] <= 0:
                break
        position = source.find(delimiter, line_end, end)
    if start is not None:
        yield start, end


def _before_line_end(content, position):
    position -= 1
    return position - 1 if position and content[position - 1] == 13 else position


def _content_type(value, default):
    text = value.decode("utf-8", "surrogateescape")
    match = _MIMETYPE.match(text)
    if not match:
        return default, _parameters(text)
    return f"{match[1]}/{match[2]}".lower(), _parameters(_with_semicolon(text[match.end():]))


def _with_semicolon(text):
    """Parameters, whose first semicolon some senders leave out."""
    return text if text.lstrip().startswith(";") else f";{text}"


def _parameters(text):
    found = {}
    for name, quoted, plain in _PARAMETER.findall(text[:20_000]):
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted else plain.strip().rstrip('"')
        found.setdefault(name.lower(), value)
    return found
