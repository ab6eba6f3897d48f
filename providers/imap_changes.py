"""Flags and removal of messages (RFC 3501 §6.4.3, §6.4.6; UIDPLUS, RFC 4315)."""

from collections.abc import Collection

from .errors import ProtocolError
from .imap_answers import Answers
from .imap_connection import Command, ImapConnection
from .imap_exchange import OnResponse, OnUnreadable
from .imap_keys import by_uid
from .imap_mailbox import Mailbox, examine, opened_for_change, search, search_deleted
from .imap_messages import read_flags
from .imap_reader import Node, Status
from .imap_refusals import change_refusal
from .imap_uids import Uids, complement, from_numbers, in_commands, intersect, normalise, numbers, write_set
from .values import RemoteFlags

#: Messages a command.
PER_COMMAND = 500
#: Commands under way at once: as long as we write nobody reads, and the server's answers must find room on the line.
COMMANDS_AT_ONCE = 10
#: How often others may mark messages as deleted in the moment before our EXPUNGE.
EXPUNGE_ATTEMPTS = 3

#: Our names of flags → the protocol's (RFC 3501 §2.3.2).
SYSTEM_FLAGS = {"is_read": b"\\Seen", "is_starred": b"\\Flagged", "is_answered": b"\\Answered", "is_draft": b"\\Draft"}
DELETED = b"\\Deleted"

#: UID → the flags a message has.
Flags = dict[int, Node]


def fetch_flags(connection: ImapConnection, folder: str, keys: Collection[str]) -> list[RemoteFlags]:
    """See :meth:`.base.ChangeProvider.fetch_flags`."""
    mailbox = examine(connection, folder)
    found = flags_of(connection, from_numbers(by_uid(keys, mailbox.uidvalidity)))
    return [read_flags(mailbox.uidvalidity, uid, found[uid]) for uid in sorted(found)]


def set_flags(connection: ImapConnection, folder: str, keys: Collection[str], flag: str, value: bool) -> set[str]:
    """See :meth:`.base.ChangeProvider.set_flags`."""
    name = SYSTEM_FLAGS[flag]
    with opened_for_change(connection, folder) as mailbox:
        asked = by_uid(keys, mailbox.uidvalidity)
        mailbox.require_flag(name)
        found = store(connection, from_numbers(asked), (b"+FLAGS (%s)" if value else b"-FLAGS (%s)") % name)
        # Servers say nothing of those that were so already, and may announce another client's change before ours.
        unsure = [uid for uid in asked if uid not in found or has_flag(found[uid], name) != value]
        found = {**found, **dict.fromkeys(unsure), **flags_of(connection, from_numbers(unsure))}
        there = {uid: flags for uid, flags in found.items() if flags is not None}
        if any(has_flag(flags, name) != value for flags in there.values()):
            raise ProtocolError(f"the server did not keep {name.decode()}")
        return {asked[uid] for uid in there}


def delete(connection: ImapConnection, folder: str, keys: Collection[str]) -> None:
    """See :meth:`.base.ChangeProvider.delete`."""
    with opened_for_change(connection, folder) as mailbox:
        asked = from_numbers(by_uid(keys, mailbox.uidvalidity))
        expunge(connection, mailbox, search(connection, asked) if asked and mailbox.exists else [])


def flags_of(connection: ImapConnection, uids: Uids) -> Flags:
    """The flags of those of these messages that lie in the open folder."""
    answers = Answers()
    commands = [b"UID FETCH " + write_set(part) + b" (UID FLAGS)" for part in in_commands(uids, PER_COMMAND)]
    for status in run_in_turn(connection, commands, answers.take):
        _check(connection, status, "FETCH")
    return _only(answers.flags(), uids)


def has_flag(flags: Node, name: bytes) -> bool:
    return isinstance(flags, list) and name.lower() in (flag.lower() for flag in flags if isinstance(flag, bytes))


def store(connection: ImapConnection, uids: Uids, change: bytes) -> Flags:
    """Changes flags in the open folder.

    :param bytes change: such as ``+FLAGS.SILENT (\\Deleted)``.
    :return: what the server said of these messages meanwhile.
    """
    answers = Answers()
    commands = [b"UID STORE " + write_set(part) + b" " + change for part in in_commands(uids, PER_COMMAND)]
    # What became of a message whose answer cannot be read is asked for by whoever has to know.
    for status in run_in_turn(connection, commands, answers.take, answers.miss):
        _check(connection, status, "STORE")
    return _only(answers.flags(), uids)


def expunge(connection: ImapConnection, mailbox: Mailbox, uids: Uids) -> None:
    """Removes these messages from the open folder, and none that other clients marked as deleted."""
    if not uids:
        return
    mailbox.require_flag(DELETED)
    store(connection, uids, b"+FLAGS.SILENT (%s)" % DELETED)
    if not connection.has("UIDPLUS"):
        _expunge_no_others(connection, uids)
        return
    commands = [b"UID EXPUNGE " + write_set(part) for part in in_commands(uids, PER_COMMAND)]
    for status in run_in_turn(connection, commands):
        _check(connection, status, "EXPUNGE")


def run_in_turn(
    connection: ImapConnection,
    commands: list[Command | bytes],
    on_response: OnResponse | None = None,
    on_unreadable: OnUnreadable | None = None,
) -> list[Status]:
    """As :meth:`ImapConnection.run_all`, a few at once."""
    statuses: list[Status] = []
    for start in range(0, len(commands), COMMANDS_AT_ONCE):
        at_once = commands[start : start + COMMANDS_AT_ONCE]
        statuses += connection.run_all(at_once, on_response, on_unreadable=on_unreadable)
    return statuses


def _expunge_no_others(connection: ImapConnection, uids: Uids) -> None:
    """Without UIDPLUS there is only EXPUNGE, for all that is marked: whatever is not ours loses its mark meanwhile.

    A cut in between leaves other clients' mail without the mark: it is there still, and can be deleted once more.
    """
    unmarked: Uids = []
    try:
        for _attempt in range(EXPUNGE_ATTEMPTS):
            others = intersect(search_deleted(connection), complement(uids))
            if not others:
                _check(connection, connection.run(b"EXPUNGE"), "EXPUNGE")
                return
            unmarked = normalise(unmarked + others)
            store(connection, others, b"-FLAGS.SILENT (%s)" % DELETED)
        raise ProtocolError("other clients keep marking messages as deleted")
    finally:
        if unmarked:
            store(connection, unmarked, b"+FLAGS.SILENT (%s)" % DELETED)


def _only(found: Flags, uids: Uids) -> Flags:
    """Without what other clients changed in the same moment."""
    return {uid: found[uid] for uid in numbers(intersect(uids, from_numbers(found)))}


def _check(connection: ImapConnection, status: Status, what: str) -> None:
    # RFC 5530: some were expunged meanwhile, nothing is wrong; the others are done.
    if status.kind != "OK" and status.code != "EXPUNGEISSUED":
        raise change_refusal(status, connection.detail(status, what))
