"""Reading the header fields of strangers' mail: text, addresses, ids and parameters.

Nothing here ever raises on what a mail contains, and nothing returned holds what a database or a list row cannot take:
NUL is dropped, lone surrogates become U+FFFD, line breaks and other control characters become blanks.
"""

import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from .charsets import decode_charset, guess_text, is_utf8

#: A chain of mail as long as this is cut in its middle: the first and the newest ids decide the conversation.
MAX_IDS = 200
#: Commas a name may have that lacks its quotes, such as "Delgado, Rosa, PhD".
MAX_COMMAS = 3

# Controls, line and paragraph separators, and the marks that reorder text (they let "gpj.exe" pose as "exe.jpg").
_CONTROLS = re.compile("[\x01-\x1f\x7f-\x9f\u2028\u2029]+")
_DROPPED = re.compile("[\x00\u202a-\u202e\u2066-\u2069]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
# Octets as the email package hands them out, and halves of characters that are none.
_ESCAPED = re.compile("[\udc80-\udcff]")
_HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_FOLD = re.compile(r"[\r\n]+[ \t]*")

# RFC 2047 §2 with the language suffix of RFC 2231 §5. A question mark inside the text is wrong but frequent; how far it
# is searched is bounded, so that a hostile header costs linear time.
_WORD = r"=\?([^?*\s=]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*|.{0,300}?)\?="
_ENCODED_WORD = re.compile(_WORD)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")

_ADDRESS_TOKEN = re.compile(
    r"(?P<word>=\?[^?\s]{1,80}\?[bBqQ]\?[^?]*\?=)"
    r'|"(?P<quoted>(?:[^"\\]|\\.)*)"'
    r"|<(?P<angle>[^<>]*)>"
    r"|(?P<special>[,;:(<>\"])"
    r"|(?P<space>\s+)"
    r'|(?P<atom>[^\s,;:()<>"]+|\))',
    re.DOTALL,
)
_BRACKET = re.compile(r"\\.|[()]", re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
# The form nearly all From fields have.
_PLAIN_ADDRESS = re.compile(r'(?:"([^"\\<>=]*)"\s*|([^"(),;:<>@=\\]*))<([^\s"(),;:<>\\@]+@[^\s"(),;:<>\\@]+)>')
_ID = re.compile(r"<([^<>]{1,998})>")
# The names of people and offices, but not what programs make up.
_LIKE_ADDRESS = re.compile(r"<[A-Za-z][A-Za-z._+-]*\d{0,4}@[\w-]+(?:\.[\w-]+)+>")
_BLANKS = re.compile(r"\s+")

_PARAMETER = re.compile(r"(.+?)(?:\*(\d{1,3}))?(\*)?", re.DOTALL)
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox of RFC 5322 §3.4: display name (decoded, may be empty) and addr-spec (may be empty)."""

    name: str
    email: str


def clean_line(text: str) -> str:
    """One line of text that any database and any list row can take; blanks at both ends are removed."""
    # Most text is already clean; this test runs at C speed.
    if not text.isprintable():
        text = _CONTROLS.sub(" ", _DROPPED.sub("", text))
        text = _SURROGATES.sub("\ufffd", text)
    return text.strip()


def decode_header(value: bytes | str, charset: str = "") -> str:
    """The text of an unstructured field for people.

    :param value: the field's body as it came, folded or not; ``str`` may carry surrogate-escaped octets.
    :param charset: what raw octets are in that are not UTF-8, such as the charset the body names; else they are guessed.
    :return: decoded by RFC 2047 wherever encoded words stand (also inside quotes, where they are wrong but usual).
    """
    return clean_line(_decode_words(_unfold(value, charset)))


def parse_addresses(value: bytes | str, charset: str = "") -> tuple[Address, ...]:
    """The mailboxes of an address list (RFC 5322 §3.4), in order.

    Groups are dissolved into their members, comments serve as names where there is no other. A name with commas that lacks
    its quotes (``Delgado, Rosa <rosa@…>``) is one name. An entry without any address, such as ``Mailer-Daemon``, keeps its
    words as name and an empty ``email``. Encoded words never become part of an address.

    :param charset: as for :func:`decode_header`.
    """
    text = _unfold(value, charset).strip()
    match = _PLAIN_ADDRESS.fullmatch(text)
    if match:
        return (Address(clean_line(match[1] or match[2] or ""), clean_line(match[3])),)
    collector = _AddressCollector(has_groups=";" in text)
    comments = _comments(text)
    position = 0
    while position < len(text):
        match = _ADDRESS_TOKEN.match(text, position)
        position = match.end()
        if match.lastgroup == "special" and match.start() in comments:
            position = comments[match.start()]
            collector.comment(text[match.end() : position - 1])
        elif match.lastgroup == "special" and match[0] == '"':
            # A quote without its other half: were the rest searched again at every quote, time would be quadratic.
            text = text[:position] + text[position:].replace('"', " ")
        else:
            collector.token(match.lastgroup, match[match.lastgroup])
    collector.end()
    return tuple(collector.found)


def parse_sender(from_field: bytes | str, sender_field: bytes | str, charset: str = "") -> Address | None:
    """Who wrote a mail: of several the first that has an address; None where neither field tells."""
    found = parse_addresses(from_field, charset) or parse_addresses(sender_field, charset)
    return next((address for address in found if address.email), found[0] if found else None)


def message_ids(value: bytes | str) -> tuple[str, ...]:
    """The ids of Message-ID, In-Reply-To or References with their angle brackets, in order, each once.

    Ids that lack their brackets are accepted where nothing else is there. More than :data:`MAX_IDS` are cut in the
    middle.
    """
    text = _unfold(value)
    ids = [_BLANKS.sub("", match) for match in _ID.findall(text)]
    if not ids:
        ids = [word.strip("<>,;\"'") for word in text.split() if "@" in word and len(word) < 998]
    ids = list(dict.fromkeys(f"<{clean_line(name)}>" for name in ids if clean_line(name)))
    return tuple(ids if len(ids) <= MAX_IDS else ids[:1] + ids[1 - MAX_IDS :])


def reply_ids(value: bytes | str, correspondents: Iterable[str] = ()) -> tuple[str, ...]:
    """The ids that In-Reply-To or References name, as :func:`message_ids`, without those that are addresses.

    Old programs write ``Your message of Monday <rosa@pedalia.example>``. All answers to Rosa would be one conversation.

    :param correspondents: addresses in the mail's own fields.
    """
    own = {f"<{address}>".lower() for address in correspondents}
    ids = [name for name in message_ids(value) if name.lower() not in own]
    before = _unfold(value).partition("<")[0]
    # Words where no id is in brackets may be that id alone.
    if ids and len(before.split()) > ("@" in before):
        ids = [name for name in ids if not _LIKE_ADDRESS.fullmatch(name)]
    return tuple(ids)


def parse_parameter(parameters: dict[str, str], name: str) -> str:
    """A parameter such as ``filename`` in its plain, its RFC 2047 and its RFC 2231 forms (continued, with charset).

    :param parameters: names in lower case to raw values.
    :return: decoded text, empty where the parameter is missing.
    """
    if not any("*" in key for key in parameters):
        return decode_header(parameters[name]) if name in parameters else ""
    sections, encoded = {}, False
    for key, value in parameters.items():
        match = _PARAMETER.fullmatch(key)
        if match and match[1] == name and (match[2] or match[3]):
            sections[int(match[2] or 0)] = (value, bool(match[3]))
            encoded = encoded or bool(match[3])
    if not sections:
        return decode_header(parameters.get(name, ""))
    charset, octets = "utf-8", b""
    for number, (value, is_encoded) in sorted(sections.items()):
        text = value
        if is_encoded and number == min(sections) and value.count("'") >= 2:
            charset, _language, text = value.split("'", 2)
        raw = text.encode("utf-8", "surrogatepass")
        octets += _PERCENT.sub(lambda m: bytes([int(m[1], 16)]), raw) if is_encoded else raw
    return clean_line(decode_charset(octets, charset)) if encoded else decode_header(octets)


class _AddressCollector:
    """Gathers tokens into addresses; one entry at a time."""

    def __init__(self, has_groups: bool):
        self.found: list[Address] = []
        self._has_groups = has_groups
        self._words: list[str] = []
        self._comments: list[str] = []
        self._angle: str | None = None
        self._has_at = False
        #: Entries without an address just before this one: perhaps the beginning of its name.
        self._held: list[str] = []

    def token(self, kind: str, text: str) -> None:
        if kind == "angle":
            if self._angle is None or "@" not in self._angle:
                self._angle = text
        elif kind == "quoted":
            self._words.append(_QUOTED_PAIR.sub(r"\1", text))
        elif kind == "special" and text == ",":
            self._flush()
        elif kind == "special" and text == ";":
            self.end()
        elif text == ":" and self._has_groups and not self._has_at:
            # What stood so far was the group's name.
            self._release()
            self._words.clear()
        else:
            # A bracket without its other half counts as a blank.
            self._words.append(" " if kind == "space" or text in ("<", "(") else text)
            self._has_at = self._has_at or "@" in text

    def comment(self, text: str) -> None:
        self._comments.append(_QUOTED_PAIR.sub(r"\1", text))
        self._words.append(" ")

    def end(self) -> None:
        """The end of the list, or of a group."""
        self._flush()
        self._release()

    def _flush(self) -> None:
        words, comment = "".join(self._words).strip(), " ".join(self._comments)
        if self._angle is not None:
            # A source route (RFC 5322 §4.4) is no part of the address.
            email = _BLANKS.sub("", self._angle.rpartition(":")[2] if self._angle.startswith("@") else self._angle)
            self._add(words, comment, email, ends_name=True)
        elif "@" in words and "=?" not in words:
            # The address is the word with the @, as long as it stands alone.
            email = next((word for word in words.split() if "@" in word.strip("@")), "")
            email = email or _BLANKS.sub("", words)
            words = words.replace(email, " ", 1).strip() if email in words else ""
            self._add(words, comment, email, ends_name=bool(words))
        elif words or comment:
            self._held.append(words or comment)
        self._words, self._comments, self._angle, self._has_at = [], [], None, False

    def _add(self, words: str, comment: str, email: str, *, ends_name: bool) -> None:
        if ends_name and len(self._held) <= MAX_COMMAS:
            words, self._held = ", ".join(filter(None, [*self._held, words])), []
        self._release()
        self._append(words or comment, email)

    def _release(self) -> None:
        """What was held are entries of their own after all."""
        for words in self._held:
            self._append(words, "")
        self._held = []

    def _append(self, name: str, email: str) -> None:
        name, email = clean_line(_BLANKS.sub(" ", _decode_words(name))), clean_line(email)
        if name or email:
            self.found.append(Address("" if name == email else name, email))


def _comments(text: str) -> dict[int, int]:
    """Where each comment begins, to where it ends (they nest); a bracket without its other half begins none."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for match in _BRACKET.finditer(text) if "(" in text else ():
        if match[0] == "(":
            opened.append(match.start())
        elif match[0] == ")" and opened:
            found[opened.pop()] = match.end()
    return found


def _decode_words(text: str) -> str:
    """Replaces the encoded words of an unfolded text; words side by side are one text (RFC 2047 §6.2)."""
    if "=?" not in text:
        return text
    pieces, run, charset, end = [], [], "", 0
    for match in _ENCODED_WORD.finditer(text):
        between = text[end : match.start()]
        is_apart = not end or (not between.isspace() and between != "")
        if is_apart or match[1].lower() != charset:
            # Octets of one charset are joined before they are decoded: senders cut characters in two.
            pieces.append(_decode_run(run, charset))
            run = []
        if is_apart:
            pieces.append(between)
        run.append((match[2], match[3]))
        charset, end = match[1].lower(), match.end()
    pieces.append(_decode_run(run, charset))
    pieces.append(text[end:])
    return "".join(pieces)


def _decode_run(run: list[tuple[str, str]], charset: str) -> str:
    """The text of encoded words of one charset that stand side by side, each its encoding and its encoded text."""
    octets = b"".join(_word_octets(encoding, text) for encoding, text in run)
    is_raw = not all(text.isascii() for _encoding, text in run)
    # Octets that were not encoded at all are seldom what the word says, if they are UTF-8.
    return decode_charset(octets, "utf-8" if is_raw and is_utf8(octets) else charset)


def _unfold(value: bytes | str, charset: str = "") -> str:
    """One line of text, in which encoded words keep their raw octets, surrogate-escaped."""
    text = _raw_text(value, charset)
    return _FOLD.sub(" ", text) if "\n" in text or "\r" in text else text


def _raw_text(value: bytes | str, charset: str) -> str:
    if isinstance(value, str):
        if value.isascii() or not _ESCAPED.search(value) or _HALVES.search(value):
            return guess_text(value)
        value = value.encode("utf-8", "surrogateescape")
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    if b"=?" not in value:
        return _guess(value, charset)
    text, pieces, end = value.decode("ascii", "surrogateescape"), [], 0
    for match in _ENCODED_WORD.finditer(text):
        pieces += [_guess(text[end : match.start()].encode("ascii", "surrogateescape"), charset), match[0]]
        end = match.end()
    return "".join([*pieces, _guess(text[end:].encode("ascii", "surrogateescape"), charset)])


def _guess(octets: bytes, charset: str) -> str:
    """Raw octets of a header, in UTF-8 or in the charset the mail uses elsewhere."""
    if not charset or octets.isascii() or is_utf8(octets):
        return guess_text(octets)
    text = decode_charset(octets, charset)
    return guess_text(octets) if "\ufffd" in text else text


def _word_octets(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass" if _HALVES.search(text) else "surrogateescape")
    if encoding in "qQ":
        return binascii.a2b_qp(raw, header=True)
    raw = _NOT_BASE64.sub(b"", raw)
    # A single letter left over carries no octet.
    raw = raw[:-1] if len(raw) % 4 == 1 else raw
    return binascii.a2b_base64(raw + b"=" * (-len(raw) % 4))
