"""Writing the header fields of a mail (RFC 5322 §3, RFC 2047, RFC 2231).

Fields are folded here and not by :mod:`email`: its policies turn ids of more than 78 characters into encoded words, which
separates an answer from its conversation in the recipient's program, and Odoo replaces ``email.policy.SMTP`` globally.
"""

import re
from collections.abc import Sequence
from email.header import Header
from urllib.parse import quote

import idna

from .headers import Address

#: RFC 5322 §2.1.1, without CRLF: what a line should not exceed, and what it must not.
LINE = 78
LONGEST_LINE = 998
#: A display name longer than this is folded as encoded words, since a quoted string is hard to fold.
LONGEST_QUOTED = 60

_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_DOT_ATOM = re.compile(r"[^\s\"(),:;<>@\[\]\\]+")
_ID = re.compile(r"<[!-;=?-~]{1,996}>")
# RFC 1123 §2.1, and the underscore that some hosts have
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_TOKEN = re.compile(r"[A-Za-z0-9!#$&+^_.{}-]+")


class UnfitHeader(ValueError):
    """A value that cannot be written into a header field.

    :param str field: the field's name.
    :param str reason: ``control`` (holds CR, LF, NUL or another control character), ``address`` (no address of RFC 5322),
        ``domain`` (no valid domain name), ``id`` (no Message-ID), ``long`` (a word longer than a line may be), ``utf8`` (an
        address that needs SMTPUTF8, RFC 6531, where that is not allowed).
    :param str value: what was given.
    """

    def __init__(self, field: str, reason: str, value: str):
        super().__init__(f"{field}: {reason}")
        self.field, self.reason, self.value = field, reason, value


def check(field: str, value: str) -> str:
    """Refuse what would end the field or begin another one.

    :return: the value.
    :raises UnfitHeader: with reason ``control``.
    """
    if _FORBIDDEN.search(value) or _LINE_ENDS.search(value):
        raise UnfitHeader(field, "control", value)
    return value


def text_field(name: str, value: str) -> str:
    """An unstructured field such as Subject, folded, without its line end.

    :raises UnfitHeader:
    """
    check(name, value)
    charset = "us-ascii" if value.isascii() and not _looks_encoded(value) and not _has_long_word(value) else "utf-8"
    return f"{name}: {_header(value, charset, name)}"


def address(field: str, entry: Address, smtputf8: bool = False) -> str:
    """One mailbox as it stands in an address list, not folded but for long names.

    :param bool smtputf8: the address may have a local part outside ASCII (RFC 6532); else it is refused.
    :raises UnfitHeader:
    """
    email = addr_spec(field, entry.email, smtputf8)
    name = check(field, entry.name).strip()
    if not name:
        return email
    if not name.isascii() or _looks_encoded(name) or len(name) > LONGEST_QUOTED:
        written = _header(name, "utf-8", "")
    elif _ATOMS.fullmatch(name):
        written = name
    else:
        escaped = name.replace("\\", r"\\").replace('"', r'\"')
        written = f'"{escaped}"'
    return f"{written} <{email}>"


def addr_spec(field: str, email: str, smtputf8: bool = False) -> str:
    """An address as it goes over the wire: its domain as A-labels (RFC 5891), its local part as it is.

    :param bool smtputf8: allow a local part outside ASCII.
    :raises UnfitHeader:
    """
    local, at, domain = check(field, email).rpartition("@")
    if not (local and at and domain) or len(email) > 320 or not _is_local_part(local):
        raise UnfitHeader(field, "address", email)
    if not local.isascii() and not smtputf8:
        raise UnfitHeader(field, "utf8", email)
    return f"{local}@{_domain(field, domain, email)}"


def needs_smtputf8(email: str) -> bool:
    """Whether an address can only be used with SMTPUTF8 (RFC 6531): its local part is not ASCII."""
    return not email.rpartition("@")[0].isascii()


def address_field(name: str, entries: Sequence[Address], smtputf8: bool = False) -> str:
    """A field that holds an address list, folded between the addresses.

    :raises UnfitHeader:
    """
    return _folded(name, [address(name, entry, smtputf8) for entry in entries], ",")


def id_field(name: str, ids: Sequence[str]) -> str:
    """A field of Message-IDs (RFC 5322 §3.6.4). An id is never broken, however long it is.

    :param ids: with their angle brackets.
    :raises UnfitHeader:
    """
    for value in ids:
        if not _ID.fullmatch(value):
            raise UnfitHeader(name, "id", value)
    return _folded(name, ids, "")


def parameters_field(name: str, value: str, parameters: dict[str, str]) -> str:
    """Content-Type or Content-Disposition, each parameter on a line of its own (RFC 2045 §5.1, RFC 2231).

    A value outside ASCII is written by RFC 2231; in Content-Type as an RFC 2047 encoded word, which older programs look for.

    :raises UnfitHeader:
    """
    lines = [f"{name}: {check(name, value)}"]
    for key, text in parameters.items():
        lines += _parameter(name, key, check(name, text))
    return ";\r\n ".join(lines)


def _parameter(field, key, text):
    if text.isascii() and not _looks_encoded(text) and len(text) <= LONGEST_QUOTED:
        if _TOKEN.fullmatch(text):
            return [f"{key}={text}"]
        escaped = text.replace("\\", r"\\").replace('"', r'\"')
        return [f'{key}="{escaped}"']
    if field == "Content-Type":
        words = Header(text, "utf-8", maxlinelen=LINE - len(key) - 4).encode(linesep="\r\n")
        return [f'{key}="{words}"']
    encoded = f"utf-8''{quote(text, safe='')}"
    if len(encoded) <= LINE - len(key) - 4:
        return [f"{key}*={encoded}"]
    return [f"{key}*{number}*={piece}" for number, piece in enumerate(_percent_pieces(encoded, LINE - len(key) - 8))]


def _percent_pieces(text, length):
    """Cut percent-encoded text so that no escape is broken."""
    pieces, begin = [], 0
    while begin < len(text):
        end = min(begin + length, len(text))
        while end < len(text) and "%" in text[end - 2 : end]:
            end -= 1
        pieces.append(text[begin:end])
        begin = end
    return pieces


def _header(value, charset, name):
    # the stdlib's Header only folds and encodes; it knows no policy
    return Header(value, charset, maxlinelen=LINE, header_name=name or None).encode(splitchars=" ", linesep="\r\n")


def _folded(name, items, separator):
    """Items of a field, as many in a line as it takes; each that is too long has a line of its own."""
    lines, line = [], f"{name}:"
    for number, item in enumerate(items):
        text = item + (separator if number < len(items) - 1 else "")
        first = text.split("\r\n", 1)[0]
        if line.strip() != f"{name}:" and len(line) + 1 + len(first) > LINE:
            lines.append(line)
            line = ""
        line += f" {text}"
        line = _last_line(lines, line)
        if len(line) > LONGEST_LINE:
            raise UnfitHeader(name, "long", item)
    return "\r\n".join([*lines, line])


def _last_line(lines, line):
    """Move all lines but the last of a text that is folded within to ``lines``."""
    *full, last = line.split("\r\n")
    lines += full
    return last


def _looks_encoded(text):
    """Whether a reader would take a part of the text for an encoded word, though it is none."""
    return "=?" in text


def _has_long_word(text):
    return any(len(word) > LINE - 20 for word in text.split(" "))


def _is_local_part(local):
    if _DOT_ATOM.fullmatch(local):
        return not local.startswith(".") and not local.endswith(".") and ".." not in local
    return bool(re.fullmatch(r'"(?:[^"\\]|\\.)*"', local))


def _domain(field, domain, email):
    if domain.startswith("[") and domain.endswith("]") and re.fullmatch(r"[0-9A-Za-z.:]+", domain[1:-1]):
        return domain
    try:
        return idna.encode(domain, uts46=True).decode() if not domain.isascii() else _ascii_domain(domain)
    except (idna.IDNAError, UnicodeError):
        raise UnfitHeader(field, "domain", email) from None


def _ascii_domain(domain):
    if not all(_LABEL.fullmatch(label) for label in domain.split(".")):
        raise UnicodeError
    return domain
