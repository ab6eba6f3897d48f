"""A mail at hand, described as a provider describes one on its server."""

import re
import uuid
from collections.abc import Sequence
from datetime import datetime, timezone
from email.utils import format_datetime

from ..tools.html_text import html_to_text, preview_of
from ..tools.mime import read_mail
from .imap_messages import describe
from .values import RemoteFlags, RemoteMessage

_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(rb"\r?\n")


def with_crlf(raw: bytes) -> bytes:
    """The octets as they go over the wire: lines end in CRLF (RFC 5322 §2.1)."""
    return raw if raw.count(b"\n") == raw.count(b"\r\n") else _LINE_END.sub(b"\r\n", raw)


def message_from_octets(
    raw: bytes, flags: Sequence[str], internal_date: datetime, address: str
) -> tuple[RemoteMessage, bytes]:
    """What a list needs to know of a mail of our own.

    :param bytes raw: RFC 5322 octets.
    :param flags: names of :data:`.values.FLAGS`.
    :param datetime internal_date: naive UTC.
    :param str address: whose mailbox it is for; its domain names the Message-ID where the mail has none.
    :return: the description, its placement's key empty, and the octets: with a Message-ID, lines ended as on the wire.
    """
    raw = with_crlf(raw)
    body = read_mail(raw)
    words = html_to_text(body.html or "") if body.text is None else body.text
    message = describe(
        {
            b"INTERNALDATE": format_datetime(internal_date.replace(microsecond=0, tzinfo=timezone.utc)).encode(),
            b"RFC822.SIZE": b"%d" % len(raw),
            b"BODY[HEADER]": _END_OF_HEADER.split(raw, maxsplit=1)[0] + b"\r\n",
        },
        RemoteFlags("", **dict.fromkeys(flags, True)), preview_of(words), body.attachments,
    )
    if message.message_id:
        return message, raw
    own = f"Message-ID: <{uuid.uuid4()}@{address.rpartition('@')[2]}>\r\n".encode("ascii", "replace")
    return message_from_octets(own + raw, flags, internal_date, address)
