"""Opening a folder, for reading or for a change, and finding UIDs in it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from .errors import FolderGone, ProtocolError, ProviderError, Refused, Unsupported
from .imap_answers import Answers
from .imap_connection import ImapConnection
from .imap_folders import folder_state, wire_name
from .imap_reader import Node, Response, Status, parse_status, parse_tokens, to_int
from .imap_refusals import change_refusal, refusal
from .imap_uids import MAX_UID, Uids, from_numbers, normalise, parse_set, write_set

MAX_RESYNC_SET = 1000
_INBOX = b"INBOX"
# RFC 3501 §9, date-month: never in the words of a locale.
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")


@dataclass(slots=True)
class Mailbox:
    """A folder at the moment it was opened.

    :param int uidnext: 0 where the server does not say.
    :param int modseq: highest modification sequence, 0 where the folder has none.
    :param bool read_only: nothing can be changed.
    :param permanent_flags: which flags last, in lower case; None where the server does not say, which means all.
    :param bool resynced: ``flags`` and ``vanished`` are everything that happened since the state asked about.
    :param list flags: pairs of UID and flags.
    :param vanished: UIDs; may name some that never were ours.
    """

    uidvalidity: int = 0
    uidnext: int = 0
    exists: int = 0
    modseq: int = 0
    read_only: bool = False
    permanent_flags: frozenset[bytes] | None = None
    resynced: bool = False
    flags: list[tuple[int, Node]] = field(default_factory=list)
    vanished: Uids = field(default_factory=list)

    def require_flag(self, flag: bytes) -> None:
        """:raises Unsupported: the folder cannot keep it (RFC 3501 §7.1, PERMANENTFLAGS)."""
        if self.permanent_flags is not None and flag.lower() not in self.permanent_flags:
            raise Unsupported(f"the folder cannot keep the flag {flag.decode()}")


@dataclass(frozen=True, slots=True)
class Resync:
    """A state to compare with (RFC 7162 §3.2.5).

    :param uids: what the cache may hold.
    """

    uidvalidity: int
    modseq: int
    uids: Uids


def examine(connection: ImapConnection, remote_id: str, resync: Resync | None = None) -> Mailbox:
    """Opens a folder read-only (nothing becomes ``\\Seen`` or loses ``\\Recent``).

    Where no other way leads to the folder's UIDVALIDITY it is opened read-write; nothing is changed in it.

    :param resync: with QRESYNC, also learn what changed since.
    :raises FolderGone: it does not exist.
    :raises Refused: it cannot be opened.
    """
    options = b""
    has_qresync = connection.enable("QRESYNC")
    if has_qresync and resync and resync.modseq:
        known = write_set(resync.uids)
        known = b" " + known if known and len(known) <= MAX_RESYNC_SET else b""
        options = b" (QRESYNC (%d %d%s))" % (resync.uidvalidity, resync.modseq, known)
    elif has_qresync or connection.has("CONDSTORE"):
        options = b" (CONDSTORE)"
    mailbox = _open(connection, b"EXAMINE", remote_id, options)
    if not options:
        # Some servers count on although they do not offer it; what they say elsewhere would not match.
        mailbox.modseq = 0
    mailbox.resynced = mailbox.resynced and b"QRESYNC" in options and mailbox.uidvalidity == resync.uidvalidity
    return mailbox


@contextlib.contextmanager
def opened_for_change(connection: ImapConnection, remote_id: str) -> Iterator[Mailbox]:
    """Opens a folder read-write for the time of a ``with`` block; closing it expunges nothing.

    :raises FolderGone: it does not exist.
    :raises Refused: it cannot be opened.
    :raises Unsupported: it can be read only.
    """
    try:
        mailbox = _open(connection, b"SELECT", remote_id)
        if mailbox.read_only:
            raise Unsupported("the folder is read-only on the server")
        yield mailbox
    finally:
        # A line cut now leaves no folder open, and makes neither a change undone nor its failure another one.
        with contextlib.suppress(ProviderError):
            leave(connection)


def leave(connection: ImapConnection) -> None:
    """Afterwards no folder is open for writing, nothing was expunged, and what STATUS tells is as of now: of the open folder it
    may be as old as its opening (RFC 3501 §6.3.10).

    Where the server has no UNSELECT (RFC 3691) the folder is opened once more, for reading: that closes it without an expunge
    (RFC 3501 §6.4.2). CLOSE is never sent. It expunges what any client marked as deleted; it should not where the folder is open
    for reading only, but hoodiecrow does so there, too.
    """
    if connection.open_folder is None:
        return
    if connection.has("UNSELECT") and connection.run(b"UNSELECT").kind == "OK":
        connection.set_state("AUTH")
        return
    _look_again(connection, b"EXAMINE", connection.open_folder)


def make_free(connection: ImapConnection, remote_id: str) -> None:
    """Afterwards this folder is not open for reading only: Courier then refuses to append to it.

    Without UNSELECT only the opening of another folder closes one. The inbox is the one that always exists (RFC 3501 §5.1); it is
    opened for writing itself where it is the one to be free.
    """
    name = wire_name(remote_id)
    if connection.open_folder == name and connection.has("UNSELECT"):
        leave(connection)
    if connection.open_folder == name:
        _look_again(connection, b"SELECT" if name == _INBOX else b"EXAMINE", _INBOX)


def exists(connection: ImapConnection, remote_id: str) -> bool:
    """Whether there is such a folder that could hold messages, whether it can be opened or not.

    A name with wildcards also stands for others (RFC 3501 §6.3.8); where one of them is there, this errs towards yes.
    """
    found: list[bytes] = []

    def take(response: Response) -> None:
        if response[0][:7].upper() == b"* LIST ":
            found.append(response[0].lower())

    connection.run(connection.compose(b'LIST "" ', connection.quote(wire_name(remote_id))), take)
    return any(b"\\noselect" not in answer and b"\\nonexistent" not in answer for answer in found)


def check_target(connection: ImapConnection, status: Status, what: str, remote_id: str) -> None:
    """Raises what it means that a change was refused which names a folder.

    :raises FolderGone: that folder does not exist, whether the server gives this reason or none.
    :raises Refused, Unsupported, ProtocolError, Unreachable:
    """
    if status.kind != "OK":
        raise _explained(connection, change_refusal(status, connection.detail(status, what)), remote_id)


def _explained(connection: ImapConnection, failure: ProviderError, remote_id: str) -> ProviderError:
    """The failure of a command that names a folder; where the server gave no reason, whether that folder is there at all."""
    is_unexplained = isinstance(failure, Refused) and failure.reason == "other"
    return FolderGone(failure.detail) if is_unexplained and not exists(connection, remote_id) else failure


def _look_again(connection: ImapConnection, verb: bytes, name: bytes) -> None:
    """Opens a folder for the sake of what that closes; where it cannot be opened, none is open (RFC 3501 §6.3.1)."""
    is_open = connection.run(connection.compose(verb + b" ", connection.quote(name))).kind == "OK"
    connection.set_state("SELECTED" if is_open else "AUTH", name if is_open else None)


def search(connection: ImapConnection, uids: Uids, *, since: date | None = None, newest: int | None = None) -> Uids:
    """Which of these UIDs exist.

    :param date since: only those received on this day or later.
    :param int newest: only those from this message sequence number on.
    """
    # More intervals than fit a line only cost a longer answer, not a wrong one.
    within = write_set(uids) if len(uids) < 100 else write_set([(uids[0][0], uids[-1][1])])
    criteria = b"UID " + within
    if newest:
        criteria = b"%d:* %s" % (newest, criteria)
    if since:
        criteria += b" SINCE %d-%s-%d" % (since.day, _MONTHS[since.month - 1], since.year)
    return _search(connection, criteria)


def search_deleted(connection: ImapConnection) -> Uids:
    """What is marked as ``\\Deleted``, by whomever."""
    return _search(connection, b"DELETED")


def _search(connection: ImapConnection, criteria: bytes) -> Uids:
    """ESEARCH (RFC 4731) answers in intervals."""
    found: list[Uids] = []
    option = b"RETURN (ALL) " if connection.has("ESEARCH") else b""

    def take(response: Response) -> None:
        head = response[0].upper()
        if head.startswith(b"* ESEARCH"):
            tokens = parse_tokens(response)
            if b"ALL" in tokens:
                found.append(parse_set(tokens[tokens.index(b"ALL") + 1]))
        elif head.startswith(b"* SEARCH"):
            found.append(from_numbers(_numbers(response[0][8:])))

    connection.check(connection.run(b"UID SEARCH " + option + criteria, take), "SEARCH")
    return found[0] if len(found) == 1 else normalise(pair for part in found for pair in part)


def highest_uid(connection: ImapConnection, exists: int) -> int:
    """The UID of the newest message, for servers that do not tell UIDNEXT; 0 in an empty folder."""
    answers = Answers()
    if exists:
        connection.check(connection.run(b"FETCH %d (UID)" % exists, answers.take), "FETCH")
    return max(answers.by_uid, default=0)


def _open(connection: ImapConnection, verb: bytes, remote_id: str, options: bytes = b"") -> Mailbox:
    opening, name = _Opening(), wire_name(remote_id)
    command = connection.compose(verb + b" ", connection.quote(name), options)
    status = connection.run(command, opening.take, on_unreadable=opening.miss)
    if status.kind != "OK":
        if status.kind == "NO":
            # Whatever was open before is not any more (RFC 3501 §6.3.1).
            connection.set_state("AUTH")
        raise _explained(connection, refusal(status, connection.detail(status, verb.decode())), remote_id)
    connection.set_state("SELECTED", name)
    mailbox = opening.made()
    mailbox.read_only = mailbox.read_only or status.code == "READ-ONLY"
    if not mailbox.uidvalidity:
        # Against RFC 3501 §6.3.2, but some servers tell it elsewhere only.
        state = folder_state(connection, remote_id)
        mailbox.uidvalidity = state.get("uidvalidity", 0)
        mailbox.uidnext = mailbox.uidnext or state.get("uidnext", 0)
    if mailbox.uidvalidity:
        return mailbox
    if verb == b"EXAMINE":
        return _open(connection, b"SELECT", remote_id, options)
    raise ProtocolError("the server does not tell the folder's UIDVALIDITY")


class _Opening:
    """Gathers what comes between SELECT or EXAMINE and its completion."""

    def __init__(self):
        self.mailbox, self.answers, self.is_whole = Mailbox(), Answers(), True

    def miss(self) -> None:
        """Notes a response that could not be read."""
        self.is_whole = False

    def made(self) -> Mailbox:
        self.mailbox.flags = list(self.answers.flags().items())
        self.mailbox.resynced = self.is_whole
        return self.mailbox

    def take(self, response: Response) -> None:
        head = response[0][2:]
        word, _blank, rest = head.partition(b" ")
        word = word.upper()
        if word == b"OK":
            self._take_code(head)
        elif word == b"VANISHED":
            self.mailbox.vanished = self.mailbox.vanished + parse_set(rest.rpartition(b" ")[2])
        elif word.isdigit() and rest.upper() == b"EXISTS":
            self.mailbox.exists = int(word)
        elif word.isdigit():
            self.answers.take(response)

    def _take_code(self, head: bytes) -> None:
        status = parse_status(head)
        if status is None:
            return
        if status.code == "CLOSED":
            # Everything before it was about the folder that was open until now (RFC 7162 §3.2.11).
            self.mailbox, self.answers = Mailbox(), Answers()
        elif status.code == "UIDVALIDITY":
            self.mailbox.uidvalidity = to_int(status.argument)
        elif status.code == "UIDNEXT":
            self.mailbox.uidnext = min(to_int(status.argument), MAX_UID)
        elif status.code == "HIGHESTMODSEQ":
            self.mailbox.modseq = to_int(status.argument)
        elif status.code == "READ-ONLY":
            self.mailbox.read_only = True
        elif status.code == "PERMANENTFLAGS":
            self.mailbox.permanent_flags = frozenset(status.argument.strip(b"()").lower().split())


def _numbers(text: bytes) -> list[int]:
    # CONDSTORE servers may append "(MODSEQ n)".
    return [to_int(word) for word in text.partition(b"(")[0].split()]
