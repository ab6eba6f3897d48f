"""Moving messages: MOVE (RFC 6851) where offered, else COPY and the removal of what was copied.

Without MOVE a try may be cut between any two commands. After COPY, and after STORE, the copies lie in the target and
the originals in the source: the next try finds the copies from the mark on, and only removes the originals. After
EXPUNGE nothing is left to do but to find the new keys.
"""

from collections.abc import Collection, Mapping

from .errors import ProtocolError
from .imap_changes import DELETED, expunge, flags_of, has_flag, run_in_turn, store
from .imap_connection import ImapConnection
from .imap_folders import wire_name
from .imap_keys import by_uid
from .imap_mailbox import Mailbox, check_target, opened_for_change, search
from .imap_marks import arrived_since
from .imap_messages import Identity, fetch_identities
from .imap_uidplus import CopyUids
from .imap_uids import Uids, complement, from_numbers, in_commands, intersect, normalise, numbers, write_set

#: Messages a command: the server must answer each within the time-out.
PER_COMMAND = 100

NewKeys = dict[str, str | None]


def move(
    connection: ImapConnection,
    folder: str,
    keys: Collection[str],
    target: str,
    since: dict | None = None,
    fingerprints: Mapping[str, str] | None = None,
) -> NewKeys:
    """See :meth:`.base.ChangeProvider.move`."""
    if folder == target:
        return {key: key for key in keys}
    arrived = arrived_since(connection, target, since) if since else {}
    with opened_for_change(connection, folder) as mailbox:
        return _Move(connection, mailbox, target).make(keys, arrived, fingerprints or {})


class _Move:
    """One move under way; the source is open."""

    def __init__(self, connection: ImapConnection, mailbox: Mailbox, target: str):
        self._connection, self._mailbox, self._target = connection, mailbox, target

    def make(self, keys: Collection[str], arrived: dict[str, Identity], fingerprints: Mapping[str, str]) -> NewKeys:
        asked = by_uid(keys, self._mailbox.uidvalidity)
        uids = from_numbers(asked)
        there = flags_of(self._connection, uids) if uids and self._mailbox.exists else {}
        copies = _Copies(arrived)
        # Those that are gone come first: of two equal mails, a copy belongs to the one that left already.
        here = {asked[uid] for uid in there}
        found = {key: copies.take(fingerprints.get(key)) for key in keys if key not in here}
        moved: NewKeys = {key: new for key, new in found.items() if new}
        new_keys = self._finish(from_numbers(there), copies) if arrived else {}
        rest = {uid: flags for uid, flags in there.items() if uid not in new_keys}
        if rest:
            is_deleted = [uid for uid, flags in rest.items() if has_flag(flags, DELETED)]
            new_keys |= self._transfer(from_numbers(rest), from_numbers(is_deleted))
        return moved | {asked[uid]: new for uid, new in new_keys.items()}

    def _finish(self, uids: Uids, copies: "_Copies") -> dict[int, str | None]:
        """What an earlier try copied is only removed."""
        identities = fetch_identities(self._connection, uids)
        found = {uid: copies.take(identities[uid].fingerprint) for uid in numbers(uids) if uid in identities}
        copied: dict[int, str | None] = {uid: key for uid, key in found.items() if key}
        expunge(self._connection, self._mailbox, from_numbers(copied))
        return copied

    def _transfer(self, uids: Uids, deleted: Uids) -> dict[int, str | None]:
        """Has the server move, or copy, and removes what was copied.

        :param deleted: those of them that are marked as deleted.
        """
        connection, can_move = self._connection, self._connection.has("MOVE")
        if not can_move:
            # Else copies would be made that cannot be followed by a removal.
            self._mailbox.require_flag(DELETED)
        # The mark may be left from an earlier try; there, the next EXPUNGE of whomever would take the mail away.
        store(connection, deleted, b"-FLAGS.SILENT (%s)" % DELETED)
        verb, name = b"MOVE" if can_move else b"COPY", connection.quote(wire_name(self._target))
        parts, told = in_commands(uids, PER_COMMAND)[::-1], CopyUids(uids)
        commands = [connection.compose(b"UID %s %s " % (verb, write_set(part)), name) for part in parts]
        statuses = run_in_turn(connection, commands, told.take)
        for status in statuses:
            told.note(status)
        obeyed = zip(parts, statuses, strict=True)
        done = normalise(pair for part, status in obeyed if status.kind == "OK" for pair in part)
        new_keys = told.new_keys(done, is_offered=connection.has("UIDPLUS"))
        if not can_move:
            expunge(connection, self._mailbox, from_numbers(new_keys))
        for status in statuses:
            check_target(connection, status, verb.decode(), self._target)
        untold = intersect(done, complement(from_numbers(uid for uid, key in new_keys.items() if key)))
        if untold and search(connection, untold):
            raise ProtocolError("the server left messages where they were")
        return new_keys


class _Copies:
    """What came into the target since the mark, by fingerprint; each is given out once."""

    def __init__(self, arrived: dict[str, Identity]):
        self._keys: dict[str, list[str]] = {}
        for key, identity in arrived.items():
            self._keys.setdefault(identity.fingerprint, []).append(key)

    def take(self, fingerprint: str | None) -> str | None:
        keys = self._keys.get(fingerprint or "")
        return keys.pop(0) if keys else None
