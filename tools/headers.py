"""Reading the header fields of strangers' mail: text, addresses, dates, ids and parameters.

Nothing here ever raises on what a mail contains, and nothing returned holds what a database or a list row cannot take:
NUL is dropped, lone surrogates become U+FFFD, line breaks and other control characters become blanks.
"""

import binascii
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_tz

from .charsets import decode_charset, guess_text

#: A chain of mail as long as this is cut in its middle: the first and the newest ids decide the conversation.
MAX_IDS = 200

# Controls, line and paragraph separators, and the marks that reorder text (they let "gpj.exe" pose as "exe.jpg").
_CONTROLS = re.compile("[\x01-\x1f\x7f-\x9f\u2028\u2029]+")
_DROPPED = re.compile("[\x00\u202a-\u202e\u2066-\u2069]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
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
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
# The form nearly all From fields have.
_PLAIN_ADDRESS = re.compile(r'(?:"([^"\\<>=]*)"\s*|([^"(),;:<>@=\\]*))<([^\s"(),;:<>\\@]+@[^\s"(),;:<>\\@]+)>')
_ID = re.compile(r"<([^<>]{1,998})>")
_BLANKS = re.compile(r"\s+")

# RFC 5322 §3.3 and RFC 3501's INTERNALDATE, in the forms nearly all mail has; everything else goes the slow way.
_DATE = re.compile(
    r"\s*(?:[A-Za-z]{3},\s*)?(\d{1,2})[ -]([A-Za-z]{3})[ -](\d{4})\s+(\d\d):(\d\d)(?::(\d\d))?"
    r"\s+(?:([+-])(\d\d)([0-5]\d)|GMT|UTC?|Z)(?:\s*\(.*)?\s*",
    re.DOTALL,
)
_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES.split(), start=1)}
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


def decode_header(value: bytes | str) -> str:
    """The text of an unstructured field for people.

    :param value: the field's body as it came, folded or not; ``str`` may carry surrogate-escaped octets.
    :return: decoded by RFC 2047 wherever encoded words stand (also inside quotes, where they are wrong but usual);
        raw octets are taken for UTF-8, else for Windows-1252.
    """
    return clean_line(decode_words(_unfold(value)))


def decode_words(text: str) -> str:
    """Replaces the encoded words of an unfolded text; words side by side are one text (RFC 2047 §6.2)."""
    if "=?" not in text:
        return text
    pieces, run, charset, end = [], [], "", 0
    for match in _ENCODED_WORD.finditer(text):
        between = text[end : match.start()]
        is_apart = not end or (not between.isspace() and between != "")
        if is_apart or match[1].lower() != charset:
            # Octets of one charset are joined before they are decoded: senders cut characters in two.
            pieces.append(decode_charset(b"".join(run), charset) if run else "")
            run = []
        if is_apart:
            pieces.append(between)
        run.append(_word_octets(match[2], match[3]))
        charset, end = match[1].lower(), match.end()
    pieces.append(decode_charset(b"".join(run), charset) if run else "")
    pieces.append(text[end:])
    return "".join(pieces)


def parse_addresses(value: bytes | str) -> tuple[Address, ...]:
    """The mailboxes of an address list (RFC 5322 §3.4), in order.

    Groups are dissolved into their members, comments serve as names where there is no other. An entry without any
    address, such as ``Mailer-Daemon``, keeps its words as name and an empty ``email``. Encoded words never become part
    of an address.
    """
    text = _unfold(value).strip()
    match = _PLAIN_ADDRESS.fullmatch(text)
    if match:
        return (Address(clean_line(match[1] or match[2] or ""), clean_line(match[3])),)
    collector = _AddressCollector(has_groups=";" in text)
    position = 0
    while position < len(text):
        match = _ADDRESS_TOKEN.match(text, position)
        position = match.end()
        if match.lastgroup == "special" and match[0] == "(":
            position = collector.comment(text, position)
        elif match.lastgroup == "special" and match[0] == '"':
            # A quote without its other half: were the rest searched again at every quote, time would be quadratic.
            text = text[:position] + text[position:].replace('"', " ")
        else:
            collector.token(match.lastgroup, match[match.lastgroup])
    collector.flush()
    return tuple(collector.found)


def parse_date(value: bytes | str) -> datetime | None:
    """A Date field, or IMAP's INTERNALDATE, as naive UTC; None where nothing can be made of it."""
    text = guess_text(value[:200])
    match = _DATE.fullmatch(text)
    try:
        if match:
            return _standard_date(match)
        parts = parsedate_tz(text)
        if not parts:
            return None
        year, month, day, hour, minute, second = parts[:6]
        moment = datetime(year, month, day, hour, minute, min(second, 59))
        return moment - timedelta(seconds=parts[9] or 0)
    # The standard library's parser is known to leak several kinds of error on rubbish; a date is never worth one.
    except Exception:
        return None


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

    def token(self, kind: str, text: str) -> None:
        if kind == "angle":
            if self._angle is None or "@" not in self._angle:
                self._angle = text
        elif kind == "quoted":
            self._words.append(_QUOTED_PAIR.sub(r"\1", text))
        elif kind == "special" and text in ",;":
            self.flush()
        elif text == ":" and self._has_groups and not self._has_at:
            # What stood so far was the group's name.
            self._words.clear()
        else:
            # A bracket without its other half counts as a blank.
            self._words.append(" " if kind == "space" or text == "<" else text)
            self._has_at = self._has_at or "@" in text

    def comment(self, text: str, position: int) -> int:
        """Reads a comment (they nest) whose opening bracket was just read; answers where it ends."""
        depth, start = 1, position
        while position < len(text) and depth:
            char = text[position]
            if char == "\\":
                position += 1
            depth += (char == "(") - (char == ")")
            position += 1
        self._comments.append(_QUOTED_PAIR.sub(r"\1", text[start : position if depth else position - 1]))
        self._words.append(" ")
        return position

    def flush(self) -> None:
        words, comment = "".join(self._words), " ".join(self._comments)
        if self._angle is not None:
            # A source route (RFC 5322 §4.4) is no part of the address.
            email = _BLANKS.sub("", self._angle.rpartition(":")[2] if self._angle.startswith("@") else self._angle)
            name = words if words.strip() else comment
        elif "@" in words and "=?" not in words:
            # The address is the word with the @, as long as it stands alone.
            email = next((word for word in words.split() if "@" in word.strip("@")), "")
            email = email or _BLANKS.sub("", words)
            name = words.replace(email, " ", 1) if email in words else ""
            name = name if name.strip() else comment
        else:
            email, name = "", words if words.strip() else comment
        name = clean_line(_BLANKS.sub(" ", decode_words(name)))
        email = clean_line(email)
        if name or email:
            self.found.append(Address("" if name == email else name, email))
        self._words, self._comments, self._angle, self._has_at = [], [], None, False


def _unfold(value: bytes | str) -> str:
    text = guess_text(value)
    return _FOLD.sub(" ", text) if "\n" in text or "\r" in text else text


def _word_octets(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    if encoding in "qQ":
        return binascii.a2b_qp(raw, header=True)
    raw = _NOT_BASE64.sub(b"", raw)
    # A single letter left over carries no octet.
    raw = raw[:-1] if len(raw) % 4 == 1 else raw
    return binascii.a2b_base64(raw + b"=" * (-len(raw) % 4))


def _standard_date(match: re.Match) -> datetime | None:
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    month = _MONTHS.get(month.lower())
    if not month:
        return None
    # Leap seconds exist in mail, not in datetime.
    moment = datetime(int(year), month, int(day), int(hour), int(minute), min(int(second or 0), 59))
    if not sign:
        return moment
    offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
    return moment - offset if sign == "+" else moment + offset
