"""From FETCH answers to :class:`.values.RemoteMessage`: headers, structure, flags, fingerprint, preview."""

import logging
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from ..tools.charsets import guess_text
from ..tools.dates import parse_date
from ..tools.headers import Address, clean_line
from ..tools.mail_header import Fields, first, first_message_id, read_fields, read_mail_header
from .errors import ProtocolError
from .imap_answers import Answers, Items
from .imap_connection import ImapConnection
from .imap_fetch import PER_COMMAND, fetch_items, header_of
from .imap_mailbox import Mailbox
from .imap_previews import fetch_previews
from .imap_reader import Node, to_int
from .imap_structure import Structure, read_structure
from .imap_uids import Uids, from_numbers, in_commands, write_set
from .mail_dates import arrival, is_possible, sent
from .values import RemoteFlags, RemoteMessage, RemotePart

_logger = logging.getLogger(__name__)

_HEADERS = b"DATE FROM SENDER REPLY-TO TO CC BCC SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES"
# What a message is listed by where its answer cannot be read: servers stumble over the structure of parts.
_PLAIN_ITEMS = (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE", b"BODY.PEEK[HEADER.FIELDS (" + _HEADERS + b")]")
_RECEIVED = b"BODY.PEEK[HEADER.FIELDS (RECEIVED)]"
_NAMING_ITEMS = (b"INTERNALDATE", b"RFC822.SIZE", b"BODY.PEEK[HEADER.FIELDS (DATE FROM SUBJECT MESSAGE-ID)]")
_EPOCH = datetime(1970, 1, 1)
_NOBODY = Address("", "")

@dataclass(frozen=True, slots=True)
class Identity:
    """What names a mail wherever it lies; see :class:`.values.RemoteMessage` for its parts."""

    fingerprint: str
    message_id: str
    size: int


def fetch_messages(connection: ImapConnection, mailbox: Mailbox, uids: Uids) -> tuple[list[RemoteMessage], Uids]:
    """What a list needs to know of these messages of the open folder, newest first; those expunged meanwhile are missing.

    A message that cannot be read is there with what is known of it.

    :return: messages, and the UIDs of those that are there but of which nothing is known.
    """
    plain = (*_PLAIN_ITEMS, *_stable_ids(connection))
    items = (*plain, b"BODYSTRUCTURE", *((b"PREVIEW",) if connection.has("PREVIEW") else ()))
    found, unknown = fetch_items(connection, uids, items, plain, mailbox.exists)
    structures = {uid: _structure(items) for uid, items in found.items()}
    # Cyrus offers PREVIEW and has none, unless it was set up to make them.
    previews = {uid: _server_preview(items) for uid, items in found.items()}
    leaves = {uid: structure.preview_leaf() for uid, structure in structures.items() if structure and not previews[uid]}
    previews |= fetch_previews(connection, {uid: leaf for uid, leaf in leaves.items() if leaf})
    arrivals = _arrivals(connection, [uid for uid, items in found.items() if not is_possible(_stated_arrival(items))])
    messages = [
        _guarded_message(uid, found[uid], mailbox.uidvalidity, structures[uid], previews[uid], arrivals.get(uid))
        for uid in sorted(found, reverse=True)
    ]
    return messages, unknown


def fetch_identities(connection: ImapConnection, uids: Uids) -> dict[int, Identity]:
    """What names these messages, without the rest; those that do not lie there are missing."""
    items = (*_NAMING_ITEMS, *_stable_ids(connection))
    found, _unknown = fetch_items(connection, uids, items, items)
    return {uid: _identity(items, read_fields(header_of(items))) for uid, items in found.items()}


def remote_id(uidvalidity: int, uid: int) -> str:
    """The key of a placement."""
    return f"{uidvalidity}:{uid}"


def read_flags(uidvalidity: int, uid: int, flags: Node) -> RemoteFlags:
    names = {flag.lower() for flag in flags if isinstance(flag, bytes)} if isinstance(flags, list) else ()
    return RemoteFlags(
        f"{uidvalidity}:{uid}", b"\\seen" in names, b"\\flagged" in names, b"\\answered" in names, b"\\draft" in names
    )


def _stable_ids(connection: ImapConnection) -> tuple[bytes, ...]:
    """Items that name a mail and its conversation wherever it lies, where the server has them."""
    if connection.has("X-GM-EXT-1"):
        return (b"X-GM-MSGID", b"X-GM-THRID")
    return (b"EMAILID", b"THREADID") if connection.has("OBJECTID") else ()


def _arrivals(connection: ImapConnection, uids: list[int]) -> dict[int, datetime]:
    """When messages were received by their topmost Received field (RFC 5321 §4.4), for servers that do not know it themselves."""
    answers = Answers()
    sets = in_commands(from_numbers(uids), PER_COMMAND)
    commands = [b"UID FETCH %s (UID %s)" % (write_set(part), _RECEIVED) for part in sets]
    if commands:
        connection.run_all(commands, answers.take, on_unreadable=answers.miss)
    fields = {uid: first(read_fields(header_of(items)), "received") for uid, items in answers.by_uid.items()}
    found = {uid: parse_date(field.rpartition(b";")[2]) for uid, field in fields.items()}
    return {uid: date for uid, date in found.items() if date}


def _structure(items: Items) -> Structure | None:
    try:
        return read_structure(items.get(b"BODYSTRUCTURE"))
    except ProtocolError:
        return None


def _guarded_message(
    uid: int, items: Items, uidvalidity: int, structure: Structure | None, preview: str, arrived: datetime | None
) -> RemoteMessage:
    try:
        return _message(uid, items, uidvalidity, structure, preview, arrived)
    # Whatever a stranger's mail makes us stumble over, the other messages must come through.
    except Exception as error:
        _logger.warning("message %s:%s is only partly readable: %s", uidvalidity, uid, type(error).__name__)
        bare = {name: items.get(name) for name in (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE")}
        return _message(uid, bare, uidvalidity, None, "", arrived)


def _message(
    uid: int, items: Items, uidvalidity: int, structure: Structure | None, preview: str, arrived: datetime | None
) -> RemoteMessage:
    flags = read_flags(uidvalidity, uid, items.get(b"FLAGS"))
    parts = structure.remote_parts() if structure else ()
    leaf = structure.preview_leaf() if structure else None
    return describe(items, flags, preview, parts, arrived, leaf.charset if leaf else "")


def describe(
    items: Items,
    flags: RemoteFlags,
    preview: str,
    attachments: tuple[RemotePart, ...],
    arrived: datetime | None = None,
    charset: str = "",
) -> RemoteMessage:
    """What a list needs to know, from the items of a FETCH.

    :param dict items: INTERNALDATE, RFC822.SIZE, the header as ``BODY[HEADER…]``; what is missing stays empty.
    :param datetime arrived: when it was received, naive UTC, where INTERNALDATE makes no sense and this is known.
    :param str charset: what the mail's text is in, where that is known.
    """
    fields = read_fields(header_of(items))
    header, identity = read_mail_header(fields, charset), _identity(items, fields)
    received = arrival(_stated_arrival(items), arrived, header.date)
    return RemoteMessage(
        flags=flags,
        fingerprint=identity.fingerprint,
        message_id=header.message_id,
        subject=header.subject,
        sender=header.sender or _NOBODY,
        date=sent(header.date, received),
        internal_date=received,
        size=identity.size,
        to=header.to,
        cc=header.cc,
        bcc=header.bcc,
        reply_to=header.reply_to,
        in_reply_to=header.in_reply_to,
        references=header.references,
        preview=preview,
        thread_key=_identifier(items, b"X-GM-THRID", b"THREADID"),
        attachments=attachments,
    )


def _identity(items: Items, fields: Fields) -> Identity:
    size = min(to_int(items.get(b"RFC822.SIZE"), 0), 2**53)
    message_id = first_message_id(fields)
    fingerprint = _stable_id(items) or _digest(message_id, _stated_arrival(items) or _EPOCH, size, fields)
    return Identity(fingerprint, message_id, size)


def _stated_arrival(items: Items) -> datetime | None:
    value = items.get(b"INTERNALDATE")
    return parse_date(value) if isinstance(value, bytes) else None


def _stable_id(items: Items) -> str:
    return _identifier(items, b"X-GM-MSGID", b"EMAILID")


def _identifier(items: Items, *names: bytes) -> str:
    for name in names:
        value = items.get(name)
        # RFC 8474 writes them in parentheses, Gmail bare.
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, bytes) and value:
            return f"{name.decode().lower()}:{clean_line(guess_text(value))[:255]}"
    return ""


def _digest(message_id: str, internal_date: datetime, size: int, fields: Fields) -> str:
    """Message-ID, INTERNALDATE (the server's: no sender can forge it) and size name a mail wherever it lies."""
    parts = [message_id, internal_date.isoformat(), str(size)]
    if not message_id:
        parts += [guess_text(first(fields, name)) for name in ("from", "subject", "date")]
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _server_preview(items: Items) -> str:
    value = items.get(b"PREVIEW")
    # The extension's draft answered with its algorithm: (FUZZY "text").
    value = value[-1] if isinstance(value, list) and value else value
    return " ".join(clean_line(guess_text(value)).split()) if isinstance(value, bytes) else ""
