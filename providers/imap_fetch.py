"""FETCH for many messages, where an answer that cannot be read costs no other message anything."""

import logging
from collections.abc import Sequence

from .errors import Refused
from .imap_answers import Answers, Items
from .imap_connection import ImapConnection
from .imap_mailbox import search
from .imap_reader import Status
from .imap_refusals import refusal
from .imap_uids import Uids, complement, count, from_numbers, in_commands, intersect, normalise, numbers, write_set

_logger = logging.getLogger(__name__)

#: Messages a command; several commands are under way at once.
PER_COMMAND = 500
#: Messages that are asked for one by one, at once.
ALONE_AT_ONCE = 20


def fetch_items(
    connection: ImapConnection, uids: Uids, items: Sequence[bytes], plain: Sequence[bytes], exists: int | None = None
) -> tuple[dict[int, Items], Uids]:
    """The items of these messages of the open folder; those expunged meanwhile are missing.

    A message that is left out, or whose answer cannot be read, is asked for again: alone, then by each of its ``plain`` items
    alone, so that what the server can tell of it is had.

    :param items: names of what is asked for besides the UID, with RFC822.SIZE and a header among them.
    :param plain: those without which a message is listed if need be.
    :param exists: how many messages the folder holds, where that is known.
    :return: UID → items, and the UIDs of messages that are there but of which nothing can be read.
    :raises Unreachable, RateLimited, Refused, ProtocolError:
    """
    answers = Answers()
    commands = [_command(write_set(part), items) for part in in_commands(uids, PER_COMMAND)]
    refused = [status for status in _run(connection, answers, commands) if _is_refused(status)]
    for status in refused:
        failure = refusal(status, "")
        # NO is about messages that cannot be read: which they are is found out below. But a pause has to be kept.
        if status.kind == "BAD" or not isinstance(failure, Refused) or failure.reason == "throttled":
            connection.refuse(status, "FETCH")
    left = _left_out(connection, answers, uids, exists)
    if left:
        _ask_alone(connection, answers, list(numbers(left)), items, plain)
    found = {uid: answers.by_uid[uid] for uid in numbers(intersect(uids, from_numbers(answers.by_uid)))}
    told = {uid: held for uid, held in found.items() if b"RFC822.SIZE" in held or header_of(held)}
    if refused and not told:
        connection.refuse(refused[0], "FETCH")
    return told, intersect(left, complement(from_numbers(told)))


def header_of(items: Items) -> bytes:
    """The header fields that were asked for, as they came; empty where there are none."""
    raw = next((value for name, value in items.items() if name.startswith(b"BODY[HEADER")), None)
    return raw if isinstance(raw, bytes) else b""


def _is_refused(status: Status) -> bool:
    # RFC 5530: some were expunged meanwhile, nothing is wrong.
    return status.kind != "OK" and status.code != "EXPUNGEISSUED"


def _left_out(connection: ImapConnection, answers: Answers, uids: Uids, exists: int | None) -> Uids:
    """The messages that lie there and were not told of in full."""
    mentioned = {*answers.by_uid, *answers.unreadable}
    spoiled = intersect(uids, from_numbers(uid for uid in mentioned if not _is_whole(answers.by_uid.get(uid, {}))))
    unheard = intersect(uids, complement(from_numbers(mentioned)))
    if not unheard or count(uids) - count(unheard) == exists:
        return spoiled
    return normalise([*spoiled, *intersect(unheard, search(connection, unheard))])


def _ask_alone(
    connection: ImapConnection, answers: Answers, uids: list[int], items: Sequence[bytes], plain: Sequence[bytes]
) -> None:
    broken = 0
    for start in range(0, len(uids), ALONE_AT_ONCE):
        part = uids[start : start + ALONE_AT_ONCE]
        _run(connection, answers, [_command(b"%d" % uid, items) for uid in part])
        rest = [uid for uid in part if not _is_whole(answers.by_uid.get(uid, {}))]
        _run(connection, answers, [_command(b"%d" % uid, [item]) for uid in rest for item in plain])
        broken += len(rest)
        if not answers.by_uid:
            # Nothing is told of any message: no use in asking for them all.
            break
    if broken:
        _logger.warning("%d messages are only partly readable: the server's answers about them make no sense", broken)


def _run(connection: ImapConnection, answers: Answers, commands: list[bytes]) -> list[Status]:
    return connection.run_all(commands, answers.take, on_unreadable=answers.miss)


def _command(uids: bytes, items: Sequence[bytes]) -> bytes:
    return b"UID FETCH %s (UID %s)" % (uids, b" ".join(items))


def _is_whole(items: Items) -> bool:
    return b"RFC822.SIZE" in items and any(name.startswith(b"BODY[HEADER") for name in items)
