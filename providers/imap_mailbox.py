"""Opening a folder for reading, and finding UIDs in it."""

from dataclasses import dataclass, field

from .errors import FolderGone, ProtocolError
from .imap_connection import ImapConnection
from .imap_folders import wire_name
from .imap_reader import Node, Response, parse_fetch, parse_status, parse_tokens, to_int
from .imap_uids import MAX_UID, Uids, from_numbers, parse_set, write_set

MAX_RESYNC_SET = 1000


@dataclass(slots=True)
class Mailbox:
    """A folder at the moment it was opened.

    :param int uidnext: 0 where the server does not say.
    :param int modseq: highest modification sequence, 0 where the folder has none.
    :param bool resynced: ``flags`` and ``vanished`` are everything that happened since the state asked about.
    :param list flags: pairs of UID and flags.
    :param vanished: UIDs; may name some that never were ours.
    """

    uidvalidity: int = 0
    uidnext: int = 0
    exists: int = 0
    modseq: int = 0
    resynced: bool = False
    flags: list[tuple[int, Node]] = field(default_factory=list)
    vanished: Uids = field(default_factory=list)


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

    :param resync: with QRESYNC, also learn what changed since.
    :raises FolderGone: it does not exist or cannot be opened.
    """
    options = b""
    has_qresync = connection.enable("QRESYNC")
    if has_qresync and resync and resync.modseq:
        known = write_set(resync.uids)
        known = b" " + known if known and len(known) <= MAX_RESYNC_SET else b""
        options = b" (QRESYNC (%d %d%s))" % (resync.uidvalidity, resync.modseq, known)
    elif has_qresync or connection.has("CONDSTORE"):
        options = b" (CONDSTORE)"
    opening = _Opening()
    command = connection.compose(b"EXAMINE ", connection.quote(wire_name(remote_id)), options)
    status = connection.run(command, opening.take)
    if status.kind == "NO" and not status.code:
        raise FolderGone(connection.detail(status))
    connection.check(status, "EXAMINE")
    connection.set_state("SELECTED")
    mailbox = opening.mailbox
    if not mailbox.uidvalidity:
        raise ProtocolError("the server does not tell the folder's UIDVALIDITY")
    if not options:
        # Some servers count on although they do not offer it; what they say elsewhere would not match.
        mailbox.modseq = 0
    mailbox.resynced = b"QRESYNC" in options and mailbox.uidvalidity == resync.uidvalidity
    return mailbox


def search(connection: ImapConnection, uids: Uids) -> Uids:
    """Which of these UIDs exist (ESEARCH, RFC 4731, answers in intervals)."""
    found: list[Uids] = []
    # More intervals than fit a line only cost a longer answer, not a wrong one.
    within = write_set(uids) if len(uids) < 100 else write_set([(uids[0][0], uids[-1][1])])
    option = b"RETURN (ALL) " if connection.has("ESEARCH") else b""

    def take(response: Response) -> None:
        head = response[0].upper()
        if head.startswith(b"* ESEARCH"):
            tokens = parse_tokens(response)
            if b"ALL" in tokens:
                found.append(parse_set(tokens[tokens.index(b"ALL") + 1]))
        elif head.startswith(b"* SEARCH"):
            found.append(from_numbers(_numbers(response[0][8:])))

    connection.check(connection.run(b"UID SEARCH " + option + b"UID " + within, take), "SEARCH")
    return found[0] if found else []


def highest_uid(connection: ImapConnection, exists: int) -> int:
    """The UID of the newest message, for servers that do not tell UIDNEXT; 0 in an empty folder."""
    found = [0]

    def take(response: Response) -> None:
        items = parse_fetch(response)
        if items and b"UID" in items:
            found.append(to_int(items[b"UID"]))

    if exists:
        connection.check(connection.run(b"FETCH %d (UID)" % exists, take), "FETCH")
    return max(found)


class _Opening:
    """Gathers what comes between EXAMINE and its completion."""

    def __init__(self):
        self.mailbox = Mailbox()

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
            items = parse_fetch(response)
            if items and b"UID" in items and b"FLAGS" in items:
                self.mailbox.flags.append((to_int(items[b"UID"]), items[b"FLAGS"]))

    def _take_code(self, head: bytes) -> None:
        status = parse_status(head)
        if status is None:
            return
        if status.code == "CLOSED":
            # Everything before it was about the folder that was open until now (RFC 7162 §3.2.11).
            self.mailbox = Mailbox()
        elif status.code == "UIDVALIDITY":
            self.mailbox.uidvalidity = to_int(status.argument)
        elif status.code == "UIDNEXT":
            self.mailbox.uidnext = min(to_int(status.argument), MAX_UID)
        elif status.code == "HIGHESTMODSEQ":
            self.mailbox.modseq = to_int(status.argument)


def _numbers(text: bytes) -> list[int]:
    # CONDSTORE servers may append "(MODSEQ n)".
    return [to_int(word) for word in text.partition(b"(")[0].split()]
