"""The next page of a folder.

Every page opens the folder anew and takes the numbers told then (UIDNEXT, HIGHESTMODSEQ) as its horizon: what happens
later has a higher number and belongs to the next page. First comes what changed in the part already read, then the
newest UIDs of what is still to be read, whether they are new mail or history. A page that is applied twice, or read
again because it was never applied, does no harm.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b

from .base import KnownIds
from .imap_answers import Answers
from .imap_connection import ImapConnection
from .imap_cursor import Cursor
from .imap_mailbox import Mailbox, Resync, examine, highest_uid, search
from .imap_messages import fetch_messages, read_flags, remote_id
from .imap_reader import Node
from .imap_uids import Uids, complement, count, from_numbers, intersect, normalise, numbers, split_newest, write_set
from .imap_virtual import is_virtual
from .values import History, RemoteFlags, RemoteMessage, SyncPage

#: Without CONDSTORE: flags of the newest messages are compared in every pass, and as many older ones in turn.
FLAG_WINDOW = 5000
#: The same while history is being read.
FLAG_WINDOW_FILLING = 500
#: As many vanished UIDs are named one by one; more are looked up among the known ones.
MAX_NAMED = 10_000


@dataclass(slots=True)
class Pending:
    """UIDs found in ``todo`` by the last page, so that the next one over the same line need not search again."""

    remote_id: str = ""
    uidvalidity: int = 0
    todo: tuple[tuple[int, int], ...] = ()
    uids: Uids | None = None
    within: Uids | None = None


def next_page(
    connection: ImapConnection,
    folder: str,
    cursor: dict | None,
    limit: int,
    *,
    known: KnownIds,
    pending: Pending,
    history: History,
) -> SyncPage:
    """See :meth:`.base.FolderProvider.fetch_changes`.

    :param Pending pending: the provider's memory between pages; updated.
    """
    old = Cursor.from_json(cursor) if cursor else None
    resync = Resync(old.uidvalidity, old.modseq, old.read_uids()) if old and old.modseq else None
    mailbox = examine(connection, folder, resync)
    if not mailbox.uidnext:
        floor = old.uidnext if old and old.uidvalidity == mailbox.uidvalidity else 1
        mailbox.uidnext = max(floor, highest_uid(connection, mailbox.exists) + 1)
    # UIDs that shrink mean that the folder was restored from somewhere: the same numbers may name other mail.
    is_reset = old is not None and (old.uidvalidity != mailbox.uidvalidity or mailbox.uidnext < old.uidnext)
    base = Cursor(mailbox.uidvalidity, 1) if old is None or is_reset else old
    page = _Page(connection, folder, mailbox, base, known=known, pending=pending, history=history)
    return page.make(limit, is_reset, is_first=old is None)


class _Page:
    """One page under way."""

    def __init__(
        self,
        connection: ImapConnection,
        folder: str,
        mailbox: Mailbox,
        base: Cursor,
        *,
        known: KnownIds,
        pending: Pending,
        history: History,
    ):
        self._connection, self._folder, self._mailbox = connection, folder, mailbox
        self._base, self._known, self._pending, self._history = base, known, pending, history
        self._scan, self._digests = base.scan, base.flags
        self._unknown: Uids = []

    def make(self, limit: int, is_reset: bool, is_first: bool) -> SyncPage:
        mailbox, base = self._mailbox, self._base
        arrived = normalise([(base.uidnext, mailbox.uidnext - 1)])
        everything = normalise([*base.todo, *arrived])
        todo = everything
        if self._history.name and mailbox.exists:
            # what came since the folder was read first is news, however old its date
            news = [] if is_first or is_reset else arrived
            todo = normalise([*intersect(everything, self._within_history(everything)), *news])
        beyond = intersect(everything, complement(todo))
        new, present, taken, rest = self._read_newest(todo, max(limit, 1))
        left = intersect(todo, [(1, taken[0][0] - 1)]) if rest else []
        changed, vanished = [], []
        if not is_reset and not is_first:
            changed = self._changed(is_filling=bool(left))
            vanished = self._vanished(arrived, intersect(present, arrived))
        if not left and not is_reset and (is_first or intersect(list(base.todo), todo)):
            # History is complete. What the cache holds beyond it came from elsewhere, such as our own appends.
            vanished = self._missing_among_known([(1, mailbox.uidnext - 1)])
        self._remember(left, rest)
        after = Cursor(
            uidvalidity=mailbox.uidvalidity,
            uidnext=mailbox.uidnext,
            modseq=mailbox.modseq,
            messages=mailbox.exists,
            # What lies there and cannot be read at all is asked for again by the next page.
            todo=tuple(normalise([*left, *beyond, *self._unknown])),
            settled=self._history.name if beyond and not (left or self._unknown) else "",
            scan=self._scan,
            flags=self._digests,
        )
        return SyncPage(after.to_json(), new, changed, vanished, bool(left), is_reset, count(rest), self._repeats(new))

    def _repeats(self, new: list[RemoteMessage]) -> bool:
        """Asked of the first messages there are."""
        if not new or self._base.messages:
            return False
        return is_virtual(self._connection, self._folder, _uid_of(new[0].flags.remote_id))

    def _within_history(self, uids: Uids) -> Uids:
        """Which of these the limit lets in; asked again only where the line was used for another folder meanwhile."""
        pending = self._pending
        if pending.within is None or (pending.remote_id, pending.uidvalidity) != (self._folder, self._mailbox.uidvalidity):
            since = None
            if self._history.days:
                since = date.today() - timedelta(days=self._history.days)
            newest = None
            if self._history.messages and self._mailbox.exists > self._history.messages:
                newest = self._mailbox.exists - self._history.messages + 1
            pending.within = search(self._connection, uids, since=since, newest=newest)
        return pending.within

    def _read_newest(self, todo: Uids, limit: int) -> tuple[list[RemoteMessage], Uids, Uids, Uids]:
        """Messages, which of ``todo`` exist, which of these were asked for, and which remain."""
        if not todo or not self._mailbox.exists:
            return [], [], [], []
        if count(todo) <= limit:
            new = self._fetch(todo)
            return new, from_numbers(_uid_of(message.flags.remote_id) for message in new), todo, []
        place = (self._folder, self._mailbox.uidvalidity, tuple(todo))
        pending = self._pending
        is_same = pending.uids is not None and place == (pending.remote_id, pending.uidvalidity, pending.todo)
        present = pending.uids if is_same else search(self._connection, todo)
        present = intersect(present, todo)
        taken, rest = split_newest(present, limit)
        return self._fetch(taken) if taken else [], present, taken, rest

    def _fetch(self, uids: Uids) -> list[RemoteMessage]:
        messages, self._unknown = fetch_messages(self._connection, self._mailbox, uids)
        return messages

    def _remember(self, left: Uids, rest: Uids) -> None:
        pending = self._pending
        pending.remote_id, pending.uidvalidity = self._folder, self._mailbox.uidvalidity
        pending.todo, pending.uids = tuple(left), rest if left else None
        if not left:
            pending.within = None

    def _read_before(self) -> Uids:
        """UIDs whose state the cache may hold and the server can still tell."""
        return intersect(self._base.read_uids(), normalise([(1, self._base.uidnext - 1)]))

    def _is_continuous(self) -> bool:
        """Whether modification sequences lead from the cursor to now; a restored folder's may have gone back."""
        return 0 < self._base.modseq <= self._mailbox.modseq

    def _changed(self, is_filling: bool) -> list[RemoteFlags]:
        before, mailbox = self._read_before(), self._mailbox
        if not before or not mailbox.exists:
            return []
        if self._is_continuous() and mailbox.resynced:
            pairs = mailbox.flags
        elif self._is_continuous():
            since = b" (CHANGEDSINCE %d)" % self._base.modseq
            pairs = self._flags(b"UID FETCH %s (UID FLAGS)%s" % (write_set(before), since)) if self._has_moved() else []
        elif mailbox.modseq:
            pairs = self._flags(b"UID FETCH %s (UID FLAGS)" % write_set(before))
        else:
            pairs = self._scanned_flags(before, is_filling)
        wanted = dict(pairs)
        kept = intersect(before, from_numbers(wanted))
        return [read_flags(mailbox.uidvalidity, uid, wanted[uid]) for uid in numbers(kept)]

    def _has_moved(self) -> bool:
        return self._base.modseq != self._mailbox.modseq

    def _scanned_flags(self, before: Uids, is_filling: bool) -> list[tuple[int, Node]]:
        """Without modification sequences: the newest messages every time, the older ones slice by slice.

        Slices are counted from the oldest message, so that new mail does not shift them.
        """
        exists, window = self._mailbox.exists, FLAG_WINDOW_FILLING if is_filling else FLAG_WINDOW
        older = max(0, exists - window)
        pairs = self._flags(b"FETCH %d:%d (UID FLAGS)" % (older + 1, exists))
        if is_filling:
            return pairs
        pairs = self._unlike_last_time("new", before, pairs)
        slices = -(-older // window)
        self._digests = {name: digest for name, digest in self._digests.items() if name == "new" or int(name) < slices}
        if slices:
            number = self._scan % slices
            first, last = number * window + 1, min((number + 1) * window, older)
            slice_pairs = self._flags(b"FETCH %d:%d (UID FLAGS)" % (first, last))
            pairs = pairs + self._unlike_last_time(str(number), before, slice_pairs)
            self._scan = (number + 1) % slices
        return pairs

    def _unlike_last_time(self, name: str, before: Uids, pairs: list[tuple[int, Node]]) -> list[tuple[int, Node]]:
        """The pairs, or none where they are what was reported last."""
        # Messages of this very page are left out: they were read a moment earlier, and their flags may differ already.
        reported = set(numbers(intersect(before, from_numbers(uid for uid, _flags in pairs))))
        pairs = [pair for pair in pairs if pair[0] in reported]
        digest = blake2b(repr(pairs).encode(), digest_size=8).hexdigest()
        if self._digests.get(name) == digest:
            return []
        self._digests = {**self._digests, name: digest}
        return pairs

    def _flags(self, command: bytes) -> list[tuple[int, Node]]:
        answers = Answers()
        # A message whose flags cannot be read keeps those it has; the others are told all the same.
        self._connection.check(self._connection.run(command, answers.take, on_unreadable=answers.miss), "FETCH")
        return list(answers.flags().items())

    def _vanished(self, arrived: Uids, there: Uids) -> list[str]:
        """
        :param arrived: UIDs that were given since the cursor.
        :param there: those of them that lie there.
        """
        mailbox, base = self._mailbox, self._base
        if mailbox.resynced and self._is_continuous():
            gone = intersect(mailbox.vanished, normalise([(1, mailbox.uidnext - 1)]))
            # Servers may name UIDs that never were ours, in a hostile case four thousand million.
            if count(gone) > MAX_NAMED:
                gone = intersect(gone, self._known_uids())
            return [remote_id(mailbox.uidvalidity, uid) for uid in numbers(gone)]
        if base.messages + count(there) == mailbox.exists:
            # What was given and is gone may be our own: its key was told to us before anybody read the folder again.
            return self._missing_among_known(intersect(arrived, complement(there)))
        return self._missing_among_known(intersect(base.read_uids(), normalise([(1, mailbox.uidnext - 1)])))

    def _missing_among_known(self, within: Uids) -> list[str]:
        known = intersect(self._known_uids(), normalise(within)) if within else []
        if not known:
            return []
        there = search(self._connection, [(known[0][0], known[-1][1])]) if self._mailbox.exists else []
        return [remote_id(self._mailbox.uidvalidity, uid) for uid in numbers(intersect(known, complement(there)))]

    def _known_uids(self) -> Uids:
        prefix = f"{self._mailbox.uidvalidity}:"
        return from_numbers(_uid_of(key) for key in self._known() if key and key.startswith(prefix))


def _uid_of(key: str) -> int:
    uid = key.partition(":")[2]
    return int(uid) if uid.isdecimal() else 0
