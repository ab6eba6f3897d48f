"""A letter as the octets that are sent and stored (RFC 5322, RFC 2045 to 2049): pure, the same letter gives the same octets.

The structure, as far as a letter has it::

    multipart/mixed
    ├─ multipart/related
    │  ├─ multipart/alternative
    │  │  ├─ text/plain
    │  │  └─ text/html
    │  └─ inline pictures
    └─ files

Everything is 7-bit: text goes out as quoted-printable or base64, so that no server on the way has to convert anything.
"""

import base64
import hashlib
import quopri
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from .compose_fields import LONGEST_LINE, UnfitHeader, address_field, check, id_field, parameters_field, text_field
from .headers import Address

#: References are cut in their middle beyond so many: the first and the newest ids decide the conversation.
MAX_REFERENCES = 100
#: Quoted-printable is readable where few octets are escaped; from this share of them on base64 is shorter.
ESCAPED_SHARE = 6

_CRLF = b"\r\n"


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file of a letter, or a picture within its text.

    :param str name: file name; may be empty for a picture.
    :param str mimetype: ``type/subtype``.
    :param bytes content: decoded.
    :param str content_id: without angle brackets, as the HTML names it after ``cid:``; empty for a file.
    """

    name: str
    mimetype: str
    content: bytes = field(repr=False)
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything a mail is made of.

    :param Address sender_address: the one who answers for it being sent, where that is not the author (RFC 5322 §3.6.2).
    :param datetime date: aware; its offset is the author's time zone.
    :param str message_id: with its angle brackets, see :func:`new_message_id`.
    :param in_reply_to: ids of what it answers.
    :param references: ids of the conversation, oldest first, see :func:`references_of`.
    :param str html: empty for a letter in plain text.
    :param fields: further header fields as ``(name, value)``, unstructured text.
    """

    author: Address
    date: datetime
    message_id: str
    to: Sequence[Address] = ()
    cc: Sequence[Address] = ()
    bcc: Sequence[Address] = ()
    reply_to: Sequence[Address] = ()
    sender_address: Address | None = None
    subject: str = ""
    in_reply_to: Sequence[str] = ()
    references: Sequence[str] = ()
    thread_index: str = ""
    thread_topic: str = ""
    text: str = ""
    html: str = ""
    pictures: Sequence[Enclosure] = ()
    files: Sequence[Enclosure] = ()
    fields: Sequence[tuple[str, str]] = ()


def compose(letter: Letter, *, with_bcc: bool = False, smtputf8: bool = False) -> bytes:
    """Write a letter.

    :param bool with_bcc: name the blind copies' recipients: for the author's own copy, never for what is sent.
    :param bool smtputf8: addresses may need SMTPUTF8 (RFC 6531); the server has to offer it.
    :return: RFC 5322 octets with CRLF line ends.
    :raises UnfitHeader: what cannot stand in a header field; nothing is written then.
    """
    head = _head(letter, with_bcc, smtputf8)
    fields, body = _mixed(letter)
    return "\r\n".join([*head, *fields, "", ""]).encode("utf-8" if smtputf8 else "ascii") + body


def without_field(raw: bytes, name: str) -> bytes:
    """A mail without one of its header fields; everything else stays octet by octet.

    :param bytes raw: with CRLF line ends.
    """
    head, end, body = raw.partition(b"\r\n\r\n")
    pattern = re.compile(rb"(?im)^" + re.escape(name.encode()) + rb":[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*")
    return pattern.sub(b"", head + b"\r\n")[:-2] + end + body


def new_message_id(unique: str, domain: str) -> str:
    """The Message-ID of a letter (RFC 5322 §3.6.4).

    :param str unique: unique to this letter, such as the hexadecimal digits of a random UUID.
    :param str domain: of the mailbox, as A-labels.
    :raises UnfitHeader:
    """
    written = f"<{unique}@{domain}>"
    id_field("Message-ID", [written])
    return written


def references_of(references: Sequence[str], message_id: str) -> tuple[str, ...]:
    """References of an answer: those of the mail it answers and that mail's own id (RFC 5322 §3.6.4).

    :param references: of the mail that is answered; where it has none, those of its In-Reply-To.
    :param str message_id: of the mail that is answered; may be empty.
    """
    chain = tuple(dict.fromkeys([*references, *([message_id] if message_id else [])]))
    if len(chain) <= MAX_REFERENCES:
        return chain
    return chain[:1] + chain[1 - MAX_REFERENCES :]


def _head(letter, with_bcc, smtputf8):
    head = [f"Date: {format_datetime(letter.date)}", address_field("From", [letter.author], smtputf8)]
    if letter.sender_address:
        head.append(address_field("Sender", [letter.sender_address], smtputf8))
    addresses = [("Reply-To", letter.reply_to), ("To", letter.to), ("Cc", letter.cc), ("Bcc", letter.bcc if with_bcc else ())]
    head += [address_field(name, entries, smtputf8) for name, entries in addresses if entries]
    head += [text_field("Subject", letter.subject), id_field("Message-ID", [letter.message_id])]
    if letter.in_reply_to:
        head.append(id_field("In-Reply-To", letter.in_reply_to))
    if letter.references:
        head.append(id_field("References", letter.references))
    if letter.thread_index:
        head.append(f"Thread-Index: {check('Thread-Index', letter.thread_index)}")
    if letter.thread_topic:
        head.append(text_field("Thread-Topic", letter.thread_topic))
    head += [text_field(name, value) for name, value in letter.fields]
    return [*head, "MIME-Version: 1.0"]


def _mixed(letter):
    part = _related(letter)
    if not letter.files:
        return part
    return _multipart("mixed", letter, [part, *(_enclosed(enclosure) for enclosure in letter.files)])


def _related(letter):
    text = _text("plain", letter.text)
    if not letter.html:
        return text
    # without the text part first, a program that shows plain text would show the last one it knows: the HTML's source
    part = _multipart("alternative", letter, [text, _text("html", letter.html)])
    if not letter.pictures:
        return part
    return _multipart("related", letter, [part, *map(_enclosed, letter.pictures)], {"type": "multipart/alternative"})


def _multipart(kind, letter, parts, parameters=None):
    boundary = _boundary(kind, letter, parts)
    delimiter = b"--" + boundary.encode()
    body = b"".join(delimiter + _CRLF + _octets(part) + _CRLF for part in parts) + delimiter + b"--" + _CRLF
    return [parameters_field("Content-Type", f"multipart/{kind}", {"boundary": boundary, **(parameters or {})})], body


def _boundary(kind, letter, parts):
    """A line that occurs in none of the parts; ``=_`` cannot stand in base64 nor in quoted-printable (RFC 2045 §6.7)."""
    number = 0
    while True:
        digest = hashlib.sha256(f"{letter.message_id} {kind} {number}".encode()).hexdigest()
        boundary = f"=_{digest[:32]}"
        if not any(boundary.encode() in body for _fields, body in parts):
            return boundary
        number += 1


def _octets(part):
    fields, body = part
    return "\r\n".join([*fields, "", ""]).encode("ascii") + body


def _text(subtype, text):
    octets = _with_crlf(text).encode("utf-8", "replace")
    charset = "us-ascii" if octets.isascii() else "utf-8"
    encoding, body = _encoded_text(octets)
    return [
        parameters_field("Content-Type", f"text/{subtype}", {"charset": charset}),
        f"Content-Transfer-Encoding: {encoding}",
    ], body


def _with_crlf(text):
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").replace("\n", "\r\n")


def _encoded_text(octets):
    if _is_plain(octets, LONGEST_LINE - 1):
        return "7bit", octets
    if sum(octet > 126 for octet in octets) * ESCAPED_SHARE > len(octets):
        return "base64", _base64(octets)
    # the line ends are the text's own, and are no octets to be escaped
    quoted = b"\n" + quopri.encodestring(octets.replace(_CRLF, b"\n"))
    # mailbox files on the way write ">From" for a line that begins like this
    quoted = quoted.replace(b"\nFrom ", b"\n=46rom ")[1:]
    return "quoted-printable", quoted.replace(b"\n", _CRLF)


def _is_plain(octets, longest):
    """Whether octets can go as they are: ASCII lines of bounded length, none with a blank at its end that a server would cut,
    none that begins as a mailbox file's separator does."""
    if not octets.isascii() or b"\0" in octets:
        return False
    lines = octets.split(_CRLF)
    return all(
        len(line) <= longest and b"\r" not in line and b"\n" not in line and not line.endswith((b" ", b"\t"))
        and not line.startswith(b"From ") for line in lines)


def _base64(content):
    return base64.encodebytes(content).replace(b"\n", _CRLF)


def _enclosed(enclosure):
    fields, body = _enclosed_content(enclosure)
    name = {"filename": enclosure.name} if enclosure.name else {}
    disposition = "inline" if enclosure.content_id else "attachment"
    fields = [*fields, parameters_field("Content-Disposition", disposition, name)]
    if enclosure.content_id:
        fields += [id_field("Content-ID", [f"<{enclosure.content_id}>"])]
    return fields, body


def _enclosed_content(enclosure):
    name = {"name": enclosure.name} if enclosure.name else {}
    if enclosure.mimetype == "message/rfc822":
        octets = _mail_octets(enclosure.content)
        if octets is not None:
            return [parameters_field("Content-Type", "message/rfc822", name), "Content-Transfer-Encoding: 7bit"], octets
        # RFC 2046 §5.2.1 allows no encoding here: a mail with longer lines or 8-bit octets goes as a file, unchanged
        return _binary(enclosure, "application/octet-stream", name)
    mimetype = enclosure.mimetype if _is_mimetype(enclosure.mimetype) else "application/octet-stream"
    return _binary(enclosure, mimetype, name)


def _binary(enclosure, mimetype, name):
    return [parameters_field("Content-Type", mimetype, name), "Content-Transfer-Encoding: base64"], _base64(enclosure.content)


def _mail_octets(content):
    """A mail within a mail as it is, or None where it cannot go without an encoding."""
    octets = content.replace(_CRLF, b"\n").replace(b"\n", _CRLF)
    is_fit = octets.isascii() and b"\0" not in octets and b"\r" not in octets.replace(_CRLF, b"")
    return octets if is_fit and all(len(line) <= LONGEST_LINE for line in octets.split(_CRLF)) else None


def _is_mimetype(text):
    """Whether it can be written as a leaf's type; a multipart would need parts of its own."""
    kind, slash, subtype = text.partition("/")
    try:
        parameters_field("Content-Type", text, {})
    except UnfitHeader:
        return False
    return bool(slash and kind.isascii() and subtype.isascii() and kind.isalpha() and " " not in text and ";" not in text
                and kind.lower() not in ("multipart", "message"))
