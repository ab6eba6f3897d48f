"""The words of a mail, put together from the parts that were chosen for it."""

import re
from dataclasses import dataclass, replace
from html import unescape
from urllib.parse import quote, unquote, urljoin

from ..html_guard import MAX_SHOWN, is_too_large
from ..html_text import has_content, html_to_text, text_to_html
from .choice import Choice, Segment, may_be_picture
from .containers import split_text
from .enriched import enriched_to_html
from .icalendar import read_invitation
from .parts import Part
from .values import MessageBody

_CID = re.compile(r"\bcid:([^\s\"'<>)]{1,500})", re.IGNORECASE)
_SOURCE = re.compile(
    r"(<img\s[^<>]{0,2000}?\bsrc\s{0,9}=\s{0,9})(?:\"([^\"<>]{1,2000})\"|'([^'<>]{1,2000})'|([^\s\"'<>]{1,2000}))", re.IGNORECASE)
_INLINE_PGP = re.compile(r"\s{0,20}(?:.{0,200}\n){0,9}?-----BEGIN PGP MESSAGE-----")
_UNREAD = re.compile(r"\s{0,20}--[^\n]{1,200}\nContent-[\w-]{1,40}[ \t]{0,9}:", re.IGNORECASE)
_RULE = "<hr>"
_ENRICHED = ("text/enriched", "text/richtext")


@dataclass(frozen=True, slots=True)
class _Words:
    """What one segment says, as HTML and as plain text."""

    html: str | None
    text: str | None
    flowed: bool = False
    delsp: bool = False
    is_truncated: bool = False


def read_body(choice: Choice, *, opens: bool = True) -> MessageBody:
    """The body, not sanitised, and what is attached.

    :param choice: the content of its :meth:`.choice.Choice.texts` is here, as far as there is any.
    :param bool opens: take files out of the words, and let an HTML that shows nothing give way to the words beside it.
    """
    reader = _Reader(choice.attachments, opens)
    words = _join([reader.read(segment) for segment in choice.segments])
    if opens and choice.fallback and not _says_anything(words.html, words.text):
        words = _join([reader.read(segment) for segment in choice.fallback])
    if opens:
        words = _as_far_as_shown(words)
    shown = frozenset(unquote(name) for name in _CID.findall(words.html or ""))
    calendar = next((part for part in choice.calendars[:1] if part.source is not None), None)
    return MessageBody(
        words.html, words.text, choice.parts(shown, reader.files), words.flowed, words.delsp,
        is_encrypted=choice.is_encrypted or bool(_INLINE_PGP.match(words.text or "")),
        invitation=read_invitation(calendar.decoded(), calendar.parameters.get("charset")) if calendar else None,
        is_truncated=words.is_truncated)


def has_words(body: MessageBody) -> bool:
    """Whether a reader would see anything of it."""
    return _says_anything(body.html, body.text)


def is_unread_multipart(body: MessageBody) -> bool:
    """Whether the words are parts that nobody took apart: they begin with a delimiter and a header."""
    return body.html is None and bool(_UNREAD.match(body.text or ""))


class _Reader:
    """Reads the segments of one mail.

    :param attachments: those that the HTML may show by their Content-Location get a Content-ID where it does (RFC 2557).
    """

    def __init__(self, attachments: list[Part], opens: bool):
        self.files: list[Part] = []
        self._opens = opens
        self._located = {part.location: part for part in attachments if part.location and may_be_picture(part)}

    def read(self, segment: Segment) -> _Words:
        texts = [self._text(part) for part in segment.plain]
        html = _RULE.join(self._html(part) for part in segment.rich) if segment.rich else None
        if self._opens and html is not None and not has_content(html) and any(text.strip() for text in texts):
            html = None
        flowed = bool(segment.plain) and all(_is_flowed(part) for part in segment.plain)
        delsp = flowed and all(part.parameters.get("delsp", "").lower() == "yes" for part in segment.plain)
        text = "\n\n".join(texts) if segment.plain else html_to_text(html or "")
        shown = segment.plain if html is None else segment.rich
        return _Words(html, text, flowed, delsp, any(part.is_truncated for part in shown))

    def _text(self, part):
        if part.mimetype == "text/html":
            return html_to_text(part.text())
        if part.mimetype in _ENRICHED:
            return html_to_text(enriched_to_html(part.text()))
        if not self._opens:
            return part.text()
        text, files = split_text(part)
        self.files.extend(files)
        return text

    def _html(self, part):
        if part.mimetype in _ENRICHED:
            return enriched_to_html(part.text())
        if part.mimetype != "text/html":
            return text_to_html(self._text(part), _is_flowed(part), part.parameters.get("delsp", "").lower() == "yes")
        html = part.text()
        if not self._located:
            return html
        return _SOURCE.sub(lambda match: self._by_id(match, part.location), html)

    def _by_id(self, match, base):
        address = unescape(match[2] or match[3] or match[4]).strip()
        part = self._located.get(address) or self._located.get(urljoin(base, address))
        if part is None:
            return match[0]
        part.content_id = part.content_id or f"{part.part_id}@location.invalid"
        return f'{match[1]}"cid:{quote(part.content_id, safe="@")}"'


def _as_far_as_shown(words):
    """HTML that is too large, or is not all here, gives way to the words."""
    if words.html is not None and (words.is_truncated or is_too_large(words.html)):
        words = replace(words, html=None, is_truncated=True)
    if words.html is None and len(words.text or "") > MAX_SHOWN:
        words = replace(words, text=words.text[:MAX_SHOWN], is_truncated=True)
    return words


def _is_flowed(part):
    return part.parameters.get("format", "").lower() == "flowed"


def _says_anything(html, text):
    return bool(text and text.strip()) or bool(html and has_content(html))


def _join(words: list[_Words]) -> _Words:
    """Several in a row, as Apple Mail writes them, and mailing lists that add a footer."""
    if len(words) == 1:
        return words[0]
    if not words:
        return _Words(None, None)
    flowed = all(part.flowed for part in words)
    delsp = flowed and all(part.delsp for part in words)
    html = None
    if any(part.html is not None for part in words):
        html = _RULE.join(
            text_to_html(part.text, part.flowed, part.delsp) if part.html is None else part.html for part in words)
    return _Words(html, "\n\n".join(part.text for part in words), flowed, delsp, any(part.is_truncated for part in words))
