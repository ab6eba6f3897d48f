"""From FETCH answers to :class:`.values.RemoteMessage`: headers, structure, flags, fingerprint, preview."""

import logging
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from hashlib import blake2b

from ..tools.charsets import guess_text
from ..tools.headers import Address, clean_line, decode_header, message_ids, parse_addresses, parse_date
from .errors import ProtocolError
from .imap_connection import ImapConnection
from .imap_previews import fetch_previews
from .imap_reader import Node, Response, parse_fetch, to_int
from .imap_structure import Structure, read_structure
from .imap_uids import Uids, from_numbers, in_commands, intersect, numbers, write_set
from .values import RemoteFlags, RemoteMessage, RemotePart

_logger = logging.getLogger(__name__)

#: Messages a command; several commands are under way at once.
PER_COMMAND = 500

_HEADERS = b"DATE FROM SENDER REPLY-TO TO CC BCC SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES"
_ITEMS = b"UID FLAGS INTERNALDATE RFC822.SIZE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (" + _HEADERS + b")]"
_PLAIN_ITEMS = b"UID FLAGS INTERNALDATE RFC822.SIZE"
_NAMING_ITEMS = b"UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (DATE FROM SUBJECT MESSAGE-ID)]"
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)", re.MULTILINE)
_EPOCH = datetime(1970, 1, 1)
_OLDEST = datetime(1980, 1, 1)
_TOLERANCE = timedelta(days=2)
_NOBODY = Address("", "")

Items = dict[bytes, Node]


@dataclass(frozen=True, slots=True)
class Identity:
    """What names a mail wherever it lies; see :class:`.values.RemoteMessage` for its parts."""

    fingerprint: str
    message_id: str
    internal_date: datetime
    size: int


def fetch_messages(connection: ImapConnection, uids: Uids, uidvalidity: int) -> list[RemoteMessage]:
    """What a list needs to know of these messages, newest first; those expunged meanwhile are missing.

    A message that cannot be read is there with what is known of it.
    """
    found = _fetch_items(connection, uids, _items_for(connection))
    structures = {uid: _structure(items) for uid, items in found.items()}
    previews = {}
    if not connection.has("PREVIEW"):
        leaves = {uid: structure.preview_leaf() for uid, structure in structures.items() if structure}
        previews = fetch_previews(connection, {uid: leaf for uid, leaf in leaves.items() if leaf})
    return [
        _guarded_message(uid, found[uid], uidvalidity, structures[uid], previews.get(uid, ""))
        for uid in sorted(found, reverse=True)
    ]


def fetch_identities(connection: ImapConnection, uids: Uids) -> dict[int, Identity]:
    """What names these messages, without the rest; those that do not lie there are missing."""
    found = _fetch_items(connection, uids, _with_stable_ids(connection, _NAMING_ITEMS))
    return {uid: _identity(items, read_header(_header_octets(items))) for uid, items in found.items()}


def remote_id(uidvalidity: int, uid: int) -> str:
    """The key of a placement."""
    return f"{uidvalidity}:{uid}"


def read_flags(uidvalidity: int, uid: int, flags: Node) -> RemoteFlags:
    names = {flag.lower() for flag in flags if isinstance(flag, bytes)} if isinstance(flags, list) else ()
    return RemoteFlags(
        f"{uidvalidity}:{uid}", b"\\seen" in names, b"\\flagged" in names, b"\\answered" in names, b"\\draft" in names
    )


def _items_for(connection: ImapConnection) -> bytes:
    items = _ITEMS
    if connection.has("PREVIEW"):
        items += b" PREVIEW"
    return _with_stable_ids(connection, items)


def _with_stable_ids(connection: ImapConnection, items: bytes) -> bytes:
    if connection.has("X-GM-EXT-1"):
        items += b" X-GM-MSGID X-GM-THRID"
    elif connection.has("OBJECTID"):
        items += b" EMAILID THREADID"
    return items


def _fetch_items(connection: ImapConnection, uids: Uids, items: bytes) -> dict[int, Items]:
    found: dict[int, Items] = {}

    def take(response: Response) -> None:
        answer = parse_fetch(response)
        # Another client's change may be announced in between; it lacks what was asked for.
        if answer and b"UID" in answer and b"RFC822.SIZE" in answer:
            found[to_int(answer[b"UID"])] = answer

    sets = in_commands(uids, PER_COMMAND)
    statuses = connection.run_all([b"UID FETCH " + write_set(part) + b" (" + items + b")" for part in sets], take)
    for part, status in zip(sets, statuses, strict=True):
        if status.kind == "BAD":
            connection.refuse(status, "FETCH")
        # RFC 5530: some were expunged meanwhile, nothing is wrong.
        if status.kind == "NO" and status.code != "EXPUNGEISSUED":
            _fetch_one_by_one(connection, part, items, found, take)
    asked = intersect(uids, from_numbers(found))
    return {uid: found[uid] for uid in numbers(asked)}


def _fetch_one_by_one(connection: ImapConnection, part: Uids, items: bytes, found: dict[int, Items], take) -> None:
    """The server stopped at a message it cannot read: find the others, and of that one what it does know."""
    for uid in numbers(part):
        if uid in found:
            continue
        status = connection.run(b"UID FETCH %d (%s)" % (uid, items), take)
        if status.kind != "OK" and uid not in found:
            connection.run(b"UID FETCH %d (%s)" % (uid, _PLAIN_ITEMS), take)


def _structure(items: Items) -> Structure | None:
    try:
        return read_structure(items.get(b"BODYSTRUCTURE"))
    except ProtocolError:
        return None


def _guarded_message(
    uid: int, items: Items, uidvalidity: int, structure: Structure | None, preview: str
) -> RemoteMessage:
    try:
        return _message(uid, items, uidvalidity, structure, preview)
    # Whatever a stranger's mail makes us stumble over, the other messages must come through.
    except Exception as error:
        _logger.warning("message %s:%s is only partly readable: %s", uidvalidity, uid, type(error).__name__)
        bare = {name: items.get(name) for name in (b"FLAGS", b"INTERNALDATE", b"RFC822.SIZE")}
        return _message(uid, bare, uidvalidity, None, "")


def _message(
    uid: int, items: Items, uidvalidity: int, structure: Structure | None, preview: str
) -> RemoteMessage:
    flags = read_flags(uidvalidity, uid, items.get(b"FLAGS"))
    return describe(items, flags, preview or _server_preview(items), structure.remote_parts() if structure else ())


def describe(items: Items, flags: RemoteFlags, preview: str, attachments: tuple[RemotePart, ...]) -> RemoteMessage:
    """What a list needs to know, from the items of a FETCH.

    :param dict items: INTERNALDATE, RFC822.SIZE, the header as ``BODY[HEADER…]``; what is missing stays empty.
    """
    header = read_header(_header_octets(items))
    identity = _identity(items, header)
    replies = message_ids(header.get(b"in-reply-to", b""))
    senders = parse_addresses(header.get(b"from", b"")) or parse_addresses(header.get(b"sender", b""))
    return RemoteMessage(
        flags=flags,
        fingerprint=identity.fingerprint,
        message_id=identity.message_id,
        subject=decode_header(header.get(b"subject", b"")),
        sender=senders[0] if senders else _NOBODY,
        date=_sent_date(header, identity.internal_date),
        internal_date=identity.internal_date,
        size=identity.size,
        to=_addresses(header, b"to"),
        cc=_addresses(header, b"cc"),
        bcc=_addresses(header, b"bcc"),
        reply_to=_addresses(header, b"reply-to"),
        in_reply_to=replies[0] if replies else "",
        references=message_ids(header.get(b"references", b"")),
        preview=preview,
        thread_key=_identifier(items, b"X-GM-THRID", b"THREADID"),
        attachments=attachments,
    )


def _identity(items: Items, header: dict[bytes, bytes]) -> Identity:
    internal_date = _internal_date(items)
    size = min(to_int(items.get(b"RFC822.SIZE"), 0), 2**53)
    message_id = first_message_id(header)
    fingerprint = _stable_id(items) or _digest(message_id, internal_date, size, header)
    return Identity(fingerprint, message_id, internal_date, size)


def first_message_id(header: dict[bytes, bytes]) -> str:
    """With its angle brackets, empty where there is none."""
    ids = message_ids(header.get(b"message-id", b""))
    return ids[0] if ids else ""


def _header_octets(items: Items) -> bytes:
    raw = next((value for name, value in items.items() if name.startswith(b"BODY[HEADER")), None)
    return raw if isinstance(raw, bytes) else b""


def read_header(raw: bytes) -> dict[bytes, bytes]:
    """Header fields by their name in lower case, as they came."""
    header: dict[bytes, bytes] = {}
    for field, value in _FIELD.findall(raw):
        name = field.lower()
        # Address fields may stand several times, though they must not (RFC 5322 §3.6).
        is_list = name in (b"to", b"cc", b"bcc") and name in header
        if is_list:
            header[name] += b", " + value
        else:
            header.setdefault(name, value)
    return header


def _addresses(header: dict[bytes, bytes], name: bytes) -> tuple[Address, ...]:
    value = header.get(name)
    return parse_addresses(value) if value else ()


def _internal_date(items: Items) -> datetime:
    value = items.get(b"INTERNALDATE")
    return (parse_date(value) if isinstance(value, bytes) else None) or _EPOCH


def _sent_date(header: dict[bytes, bytes], internal_date: datetime) -> datetime:
    date = parse_date(header.get(b"date", b""))
    if date is None or date < _OLDEST:
        return internal_date
    # The clock is asked for the rare mail only that claims to be sent after it was received.
    if date > internal_date + _TOLERANCE and date > datetime.now(timezone.utc).replace(tzinfo=None) + _TOLERANCE:
        return internal_date
    return date


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


def _digest(message_id: str, internal_date: datetime, size: int, header: dict[bytes, bytes]) -> str:
    """Message-ID, INTERNALDATE (the server's: no sender can forge it) and size name a mail wherever it lies."""
    parts = [message_id, internal_date.isoformat(), str(size)]
    if not message_id:
        parts += [guess_text(header.get(name, b"")) for name in (b"from", b"subject", b"date")]
    return blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _server_preview(items: Items) -> str:
    value = items.get(b"PREVIEW")
    # The extension's draft answered with its algorithm: (FUZZY "text").
    value = value[-1] if isinstance(value, list) and value else value
    return " ".join(clean_line(guess_text(value)).split()) if isinstance(value, bytes) else ""
