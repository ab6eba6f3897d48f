"""The MIME tree of a raw mail as slices of its octets, numbered as IMAP does, and their decoding.

Own reader instead of the standard library's: that one recurses without bound, copies every part, and numbers none. This one
is bounded in depth and parts, keeps offsets, and leaves what is broken readable as text (RFC 2045, 2046; numbers: RFC 3501
§6.4.5).
"""

import binascii
import re
from dataclasses import dataclass, field

from .charsets import decode_charset
from .headers import parse_parameter

MAX_DEPTH = 50
#: Parts of one mail; what follows them stays inside the last one.
MAX_PARTS = 2000
_MAX_HEADER = 1_000_000
_MAX_FIELDS = 5000

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_EMPTY_HEADER = re.compile(rb"\r?\n")
_FIELD = re.compile(rb"^([!-9;-~]{1,200})[ \t]*:(.*(?:\n[ \t].*)*)", re.MULTILINE)
_MIMETYPE = re.compile(r"\s*([\w!#$&^.+-]{1,80})\s*/\s*([\w!#$&^.+-]{1,80})")
_PARAMETER = re.compile(r";\s*([^\s=;\"]{1,80})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|\"?([^;]*))", re.DOTALL)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_PADDING = re.compile(rb"=+")
_ENCODING = re.compile(r"[\w-]+")
_REMOVED = re.compile("[\x00\ud800-\udfff]")
#: Labels that senders put on anything.
_VAGUE = re.compile(r"|(?:us-)?ascii|ansi_x3\.4-1968|iso[-_]?8859-1|latin-?1|windows-1252|cp1252|utf-?8|unknown.*|default"
                    r"|x-user.*")
_DAMAGEABLE = re.compile(r"|utf-?8|unknown.*|default|x-user.*")
_ASCII = re.compile("[\x00-\x7f]+")
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(slots=True)
class Part:
    """One node of the tree.

    :param str part_id: IMAP section number; empty for the mail itself where it is a multipart.
    :param dict fields: header fields, lower-case name to the raw values in order.
    :param str mimetype: ``type/subtype`` in lower case.
    :param dict parameters: of Content-Type, raw.
    :param str disposition: ``attachment``, ``inline`` or empty.
    :param str filename: decoded, not made safe.
    :param bytes source: octets of the mail; this part's own, without its header, are ``source[start:end]``.
    :param list children: of a multipart its parts; of a ``message/rfc822`` the one mail inside.
    """

    part_id: str
    fields: dict[str, list[bytes]]
    mimetype: str
    parameters: dict[str, str]
    source: bytes
    start: int
    end: int
    disposition: str = ""
    filename: str = ""
    children: list["Part"] = field(default_factory=list)

    def first(self, name: str) -> bytes:
        """The first value of a header field, empty where there is none."""
        return self.fields.get(name, (b"",))[0]

    @property
    def content(self) -> bytes:
        """The octets as they came, transfer encoding and all."""
        return self.source[self.start:self.end]

    @property
    def transfer_encoding(self) -> str:
        """Its name in lower case, empty where none is stated."""
        match = _ENCODING.search(self.first("content-transfer-encoding").decode("latin-1"))
        return match.group().lower() if match else ""

    def decoded(self) -> bytes:
        """The octets behind the transfer encoding. Multiparts have none (RFC 2045 §6.4), whatever they say."""
        return self.content if self.mimetype.startswith("multipart/") else decode_payload(self.content, self.transfer_encoding)

    def text(self) -> str:
        """The decoded octets as text, by the part's charset."""
        return decode_text(self.decoded(), self.parameters.get("charset"))


def read_tree(raw: bytes) -> Part:
    """Read a whole mail. Never raises; a multipart without a usable boundary becomes plain text."""
    budget = [MAX_PARTS]
    root = _read(raw, 0, len(raw), "", depth=0, budget=budget)
    if not root.mimetype.startswith("multipart/"):
        root.part_id = "1"
        _nest(root, 0, budget)
    return root


def walk(part: Part):
    """Yield ``part`` and everything below it, depth first, also inside attached mails."""
    yield part
    for child in part.children:
        yield from walk(child)


def decode_payload(content: bytes, transfer_encoding: str) -> bytes:
    """Undo a Content-Transfer-Encoding (RFC 2045 §6). Damaged input gives what can be had of it; unknown names nothing to undo.

    :param str transfer_encoding: in any case, with or without trailing rubbish.
    """
    match = _ENCODING.search(transfer_encoding)
    name = match.group().lower() if match else ""
    if name == "base64":
        # Some senders encode in chunks, each with padding of its own.
        chunks = _PADDING.split(_NOT_BASE64.sub(b"", content))
        return b"".join(map(_base64, chunks))
    if name in ("quoted-printable", "quopri"):
        return binascii.a2b_qp(content)
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _uuencoded(content)
    return content


def decode_text(content: bytes, charset: str | None) -> str:
    """Octets of a text part as text with ``\\n`` line ends, without NUL and surrogates. Never raises.

    :param charset: the label, which may be missing, unknown or wrong. A byte order mark wins; for the labels that senders
        put on anything (ASCII, Latin-1) text that is valid UTF-8 is taken for it.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            content, charset = content[len(mark):] if name == "utf-8" else content, name
            break
    label = (charset or "").strip().lower()
    text = _utf8(content, label) if _VAGUE.fullmatch(label) else None
    if text is None:
        # Mostly broken UTF-8 is none, whatever the label says.
        text = decode_charset(content, None if _DAMAGEABLE.fullmatch(label) else charset)
    return _REMOVED.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def _utf8(content, label):
    """The text if the octets are UTF-8; damaged UTF-8 only where the label does not contradict and most of it is whole."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        if not _DAMAGEABLE.fullmatch(label):
            return None
    text = content.decode("utf-8", "replace")
    return text if text.count("\ufffd") * 2 < len(_ASCII.sub("", text)) else None


def _read(source, start, end, part_id, default_type="text/plain", *, depth, budget):
    fields, body = _header(source, start, end)
    mimetype, parameters = _content_type(fields.get("content-type", [b""])[0], default_type)
    disposition, named = _disposition(fields.get("content-disposition", [b""])[0])
    filename = parse_parameter(named, "filename") or parse_parameter(parameters, "name")
    part = Part(part_id, fields, mimetype, parameters, source, body, end, disposition, filename)
    if mimetype.startswith("multipart/") and not _split(part, depth, budget):
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
    boundary = part.parameters.get("boundary") or parse_parameter(part.parameters, "boundary")
    boundary = boundary.rstrip().encode("utf-8", "surrogateescape")
    if not boundary or len(boundary) > 300 or depth >= MAX_DEPTH:
        return False
    default = "message/rfc822" if part.mimetype == "multipart/digest" else "text/plain"
    for number, (start, end) in enumerate(_sections(part, b"--" + boundary, budget), 1):
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
    if part.transfer_encoding not in ("", "7bit", "8bit", "binary"):
        source, start = part.decoded(), 0
        end = len(source)
    inner = _read(source, start, end, part.part_id, depth=depth + 1, budget=budget)
    if not inner.mimetype.startswith("multipart/"):
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
    return f"{match.group(1)}/{match.group(2)}".lower(), _parameters(text)


def _disposition(value):
    text = value.decode("utf-8", "surrogateescape")
    word = text.partition(";")[0].strip().lower()
    if not word:
        return "", _parameters(text)
    # An unknown disposition means attachment (RFC 2183 §2.8).
    return "inline" if word == "inline" else "attachment", _parameters(text)


def _parameters(text):
    found = {}
    for name, quoted, plain in _PARAMETER.findall(text[:20_000]):
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted else plain.strip().rstrip('"')
        found.setdefault(name.lower(), value)
    return found


def _base64(chunk):
    # A single letter left over carries no octet.
    chunk = chunk[:-1] if len(chunk) % 4 == 1 else chunk
    return binascii.a2b_base64(chunk + b"=" * (-len(chunk) % 4))


def _uuencoded(content):
    octets = bytearray()
    is_inside = False
    for line in content.splitlines():
        if not is_inside:
            is_inside = line.startswith(b"begin ")
        elif line.strip() == b"end":
            break
        else:
            try:
                octets += binascii.a2b_uu(line)
            except binascii.Error:
                # Old encoders wrote the length of the line wrongly.
                expected = ((line[0] - 32 & 63) * 4 + 5) // 3 if line else 0
                octets += _uu_line(line[:expected])
    return bytes(octets)


def _uu_line(line):
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        return b""
