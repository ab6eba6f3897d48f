"""What a raw mail says: its body for people, its attachments, its header fields."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import unquote

from .filenames import content_disposition, is_safe_inline, safe_filename
from .headers import Address, decode_header, message_ids, parse_addresses, parse_date
from .html_text import html_to_text, text_to_html
from .mime_parts import Part, decode_payload, decode_text, read_tree, walk

__all__ = ["MailBody", "ParsedMail", "ParsedPart", "body_of", "content_disposition", "decode_payload", "decode_text",
           "is_safe_inline", "parse_message", "part_content", "safe_filename"]

#: Text types that are data for a program, not words for a reader.
_DATA_TEXT = frozenset({
    "text/calendar", "text/x-vcalendar", "text/vcard", "text/x-vcard", "text/directory", "text/csv",
    "text/x-amp-html", "text/rfc822-headers", "text/css", "text/javascript", "text/xml",
})
_META_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_CID = re.compile(r"\bcid:([^\s\"'<>)]{1,500})", re.IGNORECASE)
_RULE = "<hr>"


@dataclass(frozen=True, slots=True)
class ParsedPart:
    """A part that a person would call an attachment or an inline image.

    :param str part_id: IMAP section number (RFC 3501 §6.4.5).
    :param str name: safe file name, may be empty.
    :param str mimetype: ``type/subtype`` in lower case, as the sender states it.
    :param int size: octets behind the transfer encoding, for base64 within two.
    :param str content_id: without angle brackets, may be empty.
    :param bool inline: the HTML body shows it by its Content-ID.
    """

    part_id: str
    name: str
    mimetype: str
    size: int = 0
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class MailBody:
    """The words of a mail, not sanitised.

    :param html: None where the mail has no HTML at all.
    :param text: the plain words; made from the HTML where the mail has none of its own. None where there is neither.
    :param bool flowed: ``text`` is format=flowed (RFC 3676) throughout.
    :param bool delsp: and says DelSp=yes.
    """

    html: str | None = None
    text: str | None = None
    flowed: bool = False
    delsp: bool = False


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """A mail, read as far as it can be.

    :param tuple attachments: :class:`ParsedPart` in the order of the mail.
    :param date: naive UTC, None where missing or absurd.
    :param str message_id: with angle brackets, may be empty; so ``in_reply_to`` (the first) and ``references``.
    """

    body: MailBody
    attachments: tuple[ParsedPart, ...] = ()
    subject: str = ""
    sender: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    date: datetime | None = None
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()

    @property
    def html(self) -> str | None:
        return self.body.html

    @property
    def text(self) -> str | None:
        return self.body.text


def parse_message(raw: bytes) -> ParsedMail:
    """Read a mail. Never raises on what it contains.

    :param bytes raw: RFC 5322 octets, line ends CRLF or LF.
    """
    root = read_tree(raw)
    body, attachments = _content(root)
    senders = parse_addresses(root.first("from")) or parse_addresses(root.first("sender"))
    return ParsedMail(
        body, attachments, decode_header(root.first("subject")), senders[0] if senders else None,
        *(_addresses(root, name) for name in ("to", "cc", "bcc", "reply-to")),
        date=parse_date(root.first("date")),
        message_id=next(iter(message_ids(root.first("message-id"))), ""),
        in_reply_to=next(iter(message_ids(root.first("in-reply-to"))), ""),
        references=message_ids(root.first("references")))


def body_of(raw: bytes) -> MailBody:
    """The words of a mail: the best of each alternative, several texts in a row joined (as Apple Mail writes them)."""
    return _content(read_tree(raw))[0]


def part_content(raw: bytes, part_id: str) -> bytes:
    """The decoded octets of one part; of an attached mail its source.

    :raises LookupError: the mail has no such part.
    """
    for part in walk(read_tree(raw)):
        # The mail inside an attachment bears the attachment's number where it is a multipart: the attachment comes first.
        if part.part_id == part_id and part_id:
            return part.decoded()
    raise LookupError(part_id)


def _content(root):
    collector = _Collector()
    segments = collector.segments(root)
    body = _join(segments)
    shown = {unquote(name) for name in _CID.findall(body.html or "")}
    found = (replace(part, inline=bool(part.content_id) and part.content_id in shown) for part in collector.attachments)
    return body, tuple(found)


def _addresses(root, name):
    found = []
    # Broken senders repeat the field.
    for value in root.fields.get(name, ())[:20]:
        found.extend(parse_addresses(value))
    return tuple(found)


class _Collector:
    """Goes through the tree once: what is to be read becomes segments, everything else attachments."""

    def __init__(self):
        self.attachments = []
        self.has_words = False

    def segments(self, part: Part) -> list[MailBody]:
        if part.mimetype == "multipart/alternative":
            return self._alternative(part)
        if part.mimetype.startswith("multipart/"):
            return [segment for child in part.children for segment in self.segments(child)]
        if self._is_words(part):
            self.has_words = True
            if part.filename:
                self.attachments.append(_describe(part))
            return [_words(part)]
        if part.mimetype != "text/x-amp-html":
            self.attachments.append(_describe(part))
        return []

    def _alternative(self, part):
        """One segment: the last that has HTML and the first that is plain (the richest comes last, RFC 2046 §5.1.4)."""
        html, text = None, None
        for child in part.children:
            self.has_words = False
            body = _join(self.segments(child))
            if body.html is not None:
                html = body
            elif body.text is not None and text is None:
                text = body
        self.has_words = True
        if html is None:
            return [text] if text else []
        return [replace(text, html=html.html) if text else html]

    def _is_words(self, part):
        if not part.mimetype.startswith("text/") or part.mimetype in _DATA_TEXT or part.disposition == "attachment":
            return False
        # A text with a file name is a file, unless it is all there is to read.
        return not (part.filename and self.has_words)


def _words(part):
    if part.mimetype == "text/html":
        return MailBody(html=_html(part))
    if part.mimetype in ("text/enriched", "text/richtext"):
        return MailBody(text=html_to_text(part.text().replace("<<", "&lt;")))
    flowed = part.parameters.get("format", "").lower() == "flowed"
    return MailBody(text=part.text(), flowed=flowed, delsp=flowed and part.parameters.get("delsp", "").lower() == "yes")


def _html(part):
    content = part.decoded()
    charset = part.parameters.get("charset")
    if not charset:
        match = _META_CHARSET.search(content, 0, 2048)
        charset = match.group(1).decode("ascii") if match else None
    return decode_text(content, charset)


def _join(segments):
    if len(segments) == 1:
        only = segments[0]
        return replace(only, text=html_to_text(only.html)) if only.text is None else only
    if not segments:
        return MailBody()
    texts = [html_to_text(part.html) if part.text is None else part.text for part in segments]
    flowed = all(part.flowed for part in segments)
    delsp = flowed and all(part.delsp for part in segments)
    html = None
    if any(part.html is not None for part in segments):
        html = _RULE.join(text_to_html(part.text, part.flowed, part.delsp) if part.html is None else part.html
                          for part in segments)
    return MailBody(html, "\n\n".join(texts), flowed, delsp)


def _describe(part):
    name = part.filename
    if not name and part.mimetype == "message/rfc822" and part.children:
        name = f"{decode_header(part.children[0].first('subject')) or 'message'}.eml"
    content_id = decode_header(part.first("content-id")).strip("<> ")
    return ParsedPart(part.part_id, safe_filename(name, ""), part.mimetype, _size(part), content_id)


def _size(part):
    size = part.end - part.start
    if part.transfer_encoding != "base64":
        return size
    return (size - sum(part.source.count(mark, part.start, part.end) for mark in (b"\n", b"\r", b"="))) * 3 // 4
