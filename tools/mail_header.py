"""The header of a mail: which fields it has, and what they say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from .dates import parse_date
from .headers import Address, decode_header, message_ids, parse_addresses, parse_sender, reply_ids

#: Fields of one name that are read; broken senders repeat those of addresses (RFC 5322 §3.6 allows one).
MAX_REPEATED = 20

_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)", re.MULTILINE)

#: Name in lower case → values as they came, in order.
Fields = Mapping[str, Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class MailHeader:
    """What the header of a mail says.

    :param sender: None where there is none.
    :param date: naive UTC, None where it is missing or cannot be read; it may be absurd.
    :param str message_id: with angle brackets, may be empty; likewise ``in_reply_to`` (the first) and ``references``.
    """

    subject: str
    sender: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    date: datetime | None
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]


def read_fields(raw: bytes) -> dict[str, list[bytes]]:
    """The fields of a header.

    :param bytes raw: its lines, end in CRLF or LF.
    """
    fields: dict[str, list[bytes]] = {}
    for name, value in _FIELD.findall(raw):
        fields.setdefault(name.decode("ascii").lower(), []).append(value)
    return fields


def first(fields: Fields, name: str) -> bytes:
    """The first value of a field, empty where there is none."""
    return next(iter(fields.get(name, ())), b"")


def first_message_id(fields: Fields) -> str:
    """With its angle brackets, empty where there is none."""
    return next(iter(message_ids(first(fields, "message-id"))), "")


def read_mail_header(fields: Fields, charset: str = "") -> MailHeader:
    """Never raises on what a mail contains.

    :param charset: what the mail's text is in: raw octets in the header are, too, unless they are UTF-8.
    """
    sender = parse_sender(first(fields, "from"), first(fields, "sender"), charset)
    to, cc, bcc, reply_to = (_addresses(fields, name, charset) for name in ("to", "cc", "bcc", "reply-to"))
    named = [address.email for address in (*((sender,) if sender else ()), *to, *cc, *bcc, *reply_to) if address.email]
    return MailHeader(
        subject=decode_header(first(fields, "subject"), charset),
        sender=sender,
        to=to,
        cc=cc,
        bcc=bcc,
        reply_to=reply_to,
        date=parse_date(first(fields, "date")),
        message_id=first_message_id(fields),
        in_reply_to=next(iter(reply_ids(first(fields, "in-reply-to"), named)), ""),
        references=reply_ids(first(fields, "references"), named),
    )


def _addresses(fields: Fields, name: str, charset: str) -> tuple[Address, ...]:
    return tuple(
        address for value in fields.get(name, ())[:MAX_REPEATED] if value for address in parse_addresses(value, charset)
    )
