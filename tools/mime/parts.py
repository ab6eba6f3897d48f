"""One part of a mail: what its header says (RFC 2045, 2046, 2183), and its content."""

import re
from dataclasses import dataclass, field

from ..headers import decode_header, parse_parameter
from .payload import decode_payload, encoding_name, split_footer
from .text import decode_html, decode_text

#: Octets of a mail's words that are read, as they came, of each form (plain, HTML): nobody reads on, and the source is there for
#: the rest.
MAX_TEXT = 8 * 1024 * 1024

_MIMETYPE = re.compile(r"\s*([\w!#$&^.+-]{1,80})\s*/\s*([\w!#$&^.+-]{1,80})")
_DISPOSITION = re.compile(r"\s*([\w.+-]{1,80})")
_PARAMETER = re.compile(r";\s*([^\s=;\"]{1,80})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|\"?([^;]*))", re.DOTALL)


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
    :param int most: octets of the content, as they came, that are read of a text.
    :param bool is_cut: ``source`` ends before the content does.
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
    most: int = MAX_TEXT
    is_cut: bool = False
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

    def fill(self, content: bytes, is_cut: bool = False) -> None:
        """The octets as they came, transfer encoding and all.

        :param bool is_cut: there are more of them.
        """
        self.source, self.start, self.end, self.is_cut = content, 0, len(content), is_cut

    @property
    def encoded_size(self) -> int:
        """Octets of the content as they came; an estimate where only a server knows it."""
        return self.size if self.source is None else self.end - self.start

    @property
    def is_truncated(self) -> bool:
        """Whether :meth:`text` is the beginning only."""
        return self.is_cut or self.encoded_size > self.most

    @property
    def charset(self) -> str:
        """As it is stated, may be empty."""
        return parse_parameter(self.parameters, "charset")[:60]

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

    def words(self) -> bytes:
        """The octets of a text behind its transfer encoding, of the first :attr:`most`."""
        return decode_payload(self._beginning(), self.encoding)

    def text(self) -> str:
        """The beginning of the content as text, with the plain words that were written behind its encoding."""
        charset = parse_parameter(self.parameters, "charset")[:60]
        decode = decode_html if self.is_html else decode_text
        text = decode(self.words(), charset)
        footer = split_footer(self._beginning())[1] if self.encoding == "base64" else b""
        return f"{text.rstrip()}\n{decode_text(footer, None).strip()}" if footer else text

    def _beginning(self):
        return (self.source or b"")[self.start:min(self.end, self.start + self.most)]


def part_of_header(fields: dict[str, list[bytes]], default: str) -> Part:
    """A part by its header fields; where its content lies and what is in it is for the caller to say.

    :param str default: the type where the header states none.
    """
    mimetype, parameters = _content_type(fields.get("content-type", [b""])[0], default)
    part = Part("", mimetype, parameters, fields=fields)
    part.disposition, named = read_disposition(part.first("content-disposition"))
    part.filename = parse_parameter(named, "filename") or parse_parameter(parameters, "name")
    part.content_id = decode_header(part.first("content-id")).strip("<> ")
    part.location = decode_header(part.first("content-location")).strip("<> ")
    part.encoding = encoding_name(part.first("content-transfer-encoding")[:100].decode("latin-1"))
    return part


def read_disposition(value: bytes) -> tuple[str, dict[str, str]]:
    """A Content-Disposition field (RFC 2183): ``attachment``, ``inline`` or empty, and the parameters, raw."""
    text = value.decode("utf-8", "surrogateescape")
    match = _DISPOSITION.match(text)
    if not match:
        return "", _parameters(text)
    # An unknown disposition means attachment (RFC 2183 §2.8).
    disposition = "inline" if match[1].lower() == "inline" else "attachment"
    return disposition, _parameters(_with_semicolon(text[match.end():]))


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
