"""Putting a mail into a folder (RFC 3501 §6.3.11; LITERAL+, RFC 7888; BINARY, RFC 3516; APPENDLIMIT, RFC 7889)."""

import imaplib
from collections.abc import Sequence
from datetime import datetime, timezone

from ..tools.mail_header import first_message_id, read_fields
from .errors import Refused, Unsupported
from .imap_changes import SYSTEM_FLAGS
from .imap_connection import ImapConnection
from .imap_folders import wire_name
from .imap_mailbox import check_target, make_free
from .imap_marks import arrived_since, mark
from .imap_reader import Response, parse_tokens, to_int
from .imap_uidplus import appended_key
from .rfc822 import with_crlf


def append(
    connection: ImapConnection,
    folder: str,
    raw: bytes,
    flags: Sequence[str] = (),
    internal_date: datetime | None = None,
    since: dict | None = None,
) -> str | None:
    """See :meth:`.base.ChangeProvider.append`.

    :raises Refused: also a mail larger than the server takes; nothing of it was sent.
    :raises Unsupported: also a mail with NUL octets, for a server that takes none.
    """
    raw = with_crlf(raw)
    if since:
        found = _find(connection, folder, raw, since)
        if found:
            return found
    _refuse_what_cannot_go(connection, folder, raw)
    has_uids = connection.has("UIDPLUS")
    if not has_uids:
        since = since or mark(connection, folder)
    make_free(connection, folder)
    status = connection.run(_command(connection, folder, raw, flags, internal_date))
    check_target(connection, status, "APPEND", folder)
    return appended_key(status) if has_uids else _find(connection, folder, raw, since)


def _find(connection: ImapConnection, folder: str, raw: bytes, since: dict) -> str | None:
    """The key of this very mail, where it came in since the mark."""
    head, _blank, _body = raw.partition(b"\r\n\r\n")
    message_id = first_message_id(read_fields(head))
    if not message_id:
        return None
    arrived = arrived_since(connection, folder, since)
    same = (key for key, identity in arrived.items() if (identity.message_id, identity.size) == (message_id, len(raw)))
    return next(same, None)


def _command(
    connection: ImapConnection, folder: str, raw: bytes, flags: Sequence[str], internal_date: datetime | None
) -> list[bytes]:
    options = b" (%s)" % b" ".join(SYSTEM_FLAGS[flag] for flag in flags) if flags else b""
    if internal_date:
        options += b" " + imaplib.Time2Internaldate(internal_date.replace(tzinfo=timezone.utc)).encode()
    # A tilde makes it a literal8, the only form in which NUL may be sent (RFC 9051 §4.3).
    literal = [b" ~" if b"\0" in raw else b" ", raw, b""]
    return connection.compose(b"APPEND ", connection.quote(wire_name(folder)), options, literal)


def _refuse_what_cannot_go(connection: ImapConnection, folder: str, raw: bytes) -> None:
    if b"\0" in raw and not connection.has("BINARY"):
        raise Unsupported("the mail holds NUL octets, which this server does not take")
    limit = _limit(connection, folder)
    if limit is not None and len(raw) > limit:
        raise Refused(reason="too_large", limit=limit)


def _limit(connection: ImapConnection, folder: str) -> int | None:
    """How many octets a mail may have; the server tells for all folders at once, or for each when asked."""
    for name in connection.capabilities:
        if name.startswith("APPENDLIMIT="):
            return to_int(name.partition("=")[2].encode())
    limits: list[int] = []

    def take(response: Response) -> None:
        if response[0][:9].upper() == b"* STATUS ":
            items = parse_tokens(response)[3:]
            pair = items[0] if items and isinstance(items[0], list) else []
            if len(pair) == 2 and pair[1] is not None:
                limits.append(to_int(pair[1]))

    if connection.has("APPENDLIMIT"):
        # Without an answer the server's refusal of the mail itself will tell.
        connection.run(connection.compose(b"STATUS ", connection.quote(wire_name(folder)), b" (APPENDLIMIT)"), take)
    return limits[0] if limits else None
