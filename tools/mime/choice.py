"""Which part of a mail is what: words, pictures within them, files.

One function decides over the tree of parts, whether it was read from the raw mail or from its server's description of it
(RFC 2046, 2387; what mail programs do beyond them: RFC 8621 §4.1.4).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..filenames import safe_filename
from ..headers import decode_header
from .parts import MAX_TEXT, Part
from .values import MailPart

#: Text types that are data for a program, not words for a reader.
_DATA_TEXT = frozenset({
    "text/calendar", "text/x-vcalendar", "text/vcard", "text/x-vcard", "text/directory", "text/csv", "text/rfc822-headers",
    "text/css", "text/javascript", "text/xml",
})
#: Alternatives for programs that show more than a mail: neither words nor files here.
_IGNORED = frozenset({"text/x-amp-html", "text/watch-html"})
_CALENDARS = frozenset({"text/calendar", "text/x-vcalendar", "application/ics"})
_RICH = frozenset({"text/html", "text/enriched", "text/richtext"})
_ENVELOPED = ("enveloped-data", "authenveloped-data")


class Segment(NamedTuple):
    """A stretch of the body: the parts to show as plain text, and as HTML. One of both may be empty."""

    plain: tuple[Part, ...] = ()
    rich: tuple[Part, ...] = ()


@dataclass(slots=True)
class Choice:
    """The parts of a mail by their use.

    :param list segments: the body, in order.
    :param list attachments: everything a person would call an attachment, and pictures that the body may show.
    :param set related: ids of parts that stand beside their HTML for its sake (RFC 2387).
    :param list calendars: calendar parts, which are attachments too.
    :param list fallback: words out of a container, for a mail without any of its own.
    :param bool is_encrypted: a part can be read with the recipient's key only.
    """

    segments: list[Segment] = field(default_factory=list)
    attachments: list[Part] = field(default_factory=list)
    related: set[str] = field(default_factory=set)
    calendars: list[Part] = field(default_factory=list)
    fallback: list[Segment] = field(default_factory=list)
    is_encrypted: bool = False

    def texts(self) -> list[Part]:
        """The parts whose content the body is made of."""
        words = [part for segment in self.segments for part in segment.plain + segment.rich]
        return words + self.calendars[:1]

    def parts(self, shown: frozenset[str] | None = None, more: Iterable[Part] = ()) -> tuple[MailPart, ...]:
        """The attachments as they are listed.

        :param shown: Content-IDs that the body shows; None where its words are not here and it has to be guessed.
        :param more: parts that came to light with the words.
        """
        return tuple(self._describe(part, shown) for part in (*self.attachments, *more))

    def _describe(self, part, shown):
        if shown is None:
            is_meant = part.disposition == "inline" or part.part_id in self.related
            is_inline = bool(part.content_id) and is_meant and may_be_picture(part)
        else:
            is_inline = bool(part.content_id) and part.content_id in shown
        return MailPart(
            part.part_id, safe_filename(part.filename, ""), part.mimetype, part.decoded_size(), part.content_id, is_inline)


def choose(root: Part) -> Choice:
    """Decide over a mail. Linear in the number of its parts."""
    chooser = _Chooser()
    choice = chooser.choice
    choice.segments = chooser.segments(root)
    for segments in (choice.segments, choice.fallback):
        _share(part for segment in segments for part in segment.plain)
        _share(part for segment in segments for part in segment.rich)
    return choice


def may_be_picture(part: Part | MailPart) -> bool:
    """Whether a browser may show it: by its type, and by its name where the type says nothing."""
    if part.mimetype.startswith("image/"):
        return True
    name = part.filename if isinstance(part, Part) else part.name
    is_vague = part.mimetype in ("application/octet-stream", "application/x-unknown", "application/binary")
    return is_vague and name.lower().endswith((".png", ".jpg", ".jpeg", ".jpe", ".gif", ".webp", ".bmp"))


class _Chooser:
    """Goes through the tree once: what is to be read becomes segments, everything else attachments."""

    def __init__(self):
        self.choice = Choice()
        self._has_words = False
        #: How many alternatives the part at hand stands in.
        self._alternatives = 0

    def segments(self, part: Part) -> list[Segment]:
        if part.opened:
            return self._opened(part)
        if part.mimetype == "multipart/alternative":
            return self._alternative(part)
        if part.mimetype == "multipart/related":
            return self._related(part)
        if part.is_multipart:
            self.choice.is_encrypted = self.choice.is_encrypted or part.mimetype == "multipart/encrypted"
            return self._sequence(part.children)
        return self._leaf(part)

    def _sequence(self, parts):
        return [segment for part in parts for segment in self.segments(part)]

    def _leaf(self, part):
        if part.mimetype in _IGNORED:
            return []
        if self._is_words(part):
            self._has_words = True
            if part.filename and not self._alternatives:
                self.choice.attachments.append(part)
            return [Segment(rich=(part,)) if part.mimetype in _RICH else Segment(plain=(part,))]
        if part.mimetype in _CALENDARS:
            self.choice.calendars.append(part)
        if part.parameters.get("smime-type", "").lower() in _ENVELOPED or part.is_encrypted:
            self.choice.is_encrypted = True
        self.choice.attachments.append(part)
        return []

    def _is_words(self, part):
        if not part.mimetype.startswith("text/") or part.mimetype in _DATA_TEXT or part.disposition == "attachment":
            return False
        # A text with a file name is a file, unless it is all there is to read.
        return not (part.filename and self._has_words)

    def _alternative(self, part):
        """One segment: the last that is HTML and the first that is plain (the richest comes last, RFC 2046 §5.1.4)."""
        rich, plain, had_words = [], [], self._has_words
        self._alternatives += 1
        for child in part.children:
            # Each has to be enough by itself.
            self._has_words = False
            segments = self.segments(child)
            if any(segment.rich for segment in segments):
                rich = segments
            elif not plain:
                plain = segments
        self._alternatives -= 1
        self._has_words = had_words or bool(rich or plain)
        return _one_of_both(plain, rich)

    def _related(self, part):
        """The root, and what it shows. A root that is plain text, with HTML beside it, is a mislabelled alternative."""
        root = _root(part)
        if root is None or not (root.is_multipart or self._is_words(root)):
            return self._sequence(part.children)
        html = root
        if root.mimetype not in _RICH and not root.is_multipart:
            html = next((child for child in part.children if child.is_html and self._is_words(child)), root)
        plain, rich = [], []
        for child in part.children:
            if child is html and child is not root:
                rich = [Segment(rich=(child,))]
            elif child is root:
                plain = self.segments(child)
            else:
                self._resource(child)
        return _one_of_both(plain, rich) if rich else plain

    def _resource(self, part):
        if part.is_multipart:
            for child in part.children:
                self._resource(child)
        elif part.mimetype not in _IGNORED:
            self.choice.related.add(part.part_id)
            self.choice.attachments.append(part)

    def _opened(self, part):
        """What stands in a container: of a signature the mail, of winmail.dat files, and words where there are no others."""
        if part.opened == "mail":
            return self._sequence(part.children)
        words = [child for child in part.children if not child.part_id]
        for child in part.children:
            if child.opened == "files":
                self._opened(child)
            elif child.part_id:
                self.choice.attachments.append(child)
        if words:
            plain = tuple(word for word in words if not word.is_html)
            self.choice.fallback.append(Segment(plain, tuple(word for word in words if word.is_html)))
        return []


def _share(parts):
    """Let parts that are read one after the other be read as far as one may be: a mail can have thousands."""
    left = MAX_TEXT
    for part in parts:
        part.most = min(part.most, left)
        left -= min(left, part.encoded_size)


def _root(part):
    """The part of a ``multipart/related`` that the others are for (RFC 2387 §3.2)."""
    start = decode_header(part.parameters.get("start", "")).strip("<> ")
    named = next((child for child in part.children if start and child.content_id == start), None)
    if named:
        return named
    first = part.children[0] if part.children else None
    if first is None or first.is_multipart or first.mimetype.startswith("text/"):
        return first
    # Some write the root last, and do not say which it is.
    return next((child for child in part.children if child.is_html or child.is_multipart), first)


def _one_of_both(plain, rich):
    """One segment of two ways to say the same; either may be missing."""
    if not plain and any(segment.plain for segment in rich):
        plain = rich
    texts = tuple(part for segment in plain for part in segment.plain or segment.rich)
    documents = tuple(part for segment in rich for part in segment.rich or segment.plain)
    return [Segment(texts, documents)] if texts or documents else []
