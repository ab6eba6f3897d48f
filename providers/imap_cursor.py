"""How far a folder has been read, and when it is worth looking again."""

from dataclasses import dataclass, field

from .errors import CursorExpired
from .imap_uids import MAX_UID, Uids, complement, normalise
from .values import History, RemoteFolder

VERSION = 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything below ``uidnext`` is read, except ``todo``; flags and vanished ones are known up to ``modseq``.

    :param int uidvalidity: the life of the folder these numbers belong to (RFC 3501 §2.3.1.1).
    :param int uidnext: first UID not looked at yet.
    :param int modseq: highest modification sequence accounted for (RFC 7162), 0 where the server has none.
    :param int messages: how many lay there.
    :param todo: UIDs still to be read: history, and what came in greater number than a page holds.
    :param str settled: the limit (:attr:`.values.History.name`) beyond which ``todo`` is not to be read, empty where it all is.
    :param int scan: without ``modseq``: the slice of older messages whose flags are compared next.
    :param dict flags: without ``modseq``: slice → digest of its flags when they were compared last.
    """

    uidvalidity: int
    uidnext: int
    modseq: int = 0
    messages: int = 0
    todo: tuple[tuple[int, int], ...] = ()
    scan: int = 0
    flags: dict[str, str] = field(default_factory=dict)
    settled: str = ""

    @classmethod
    def from_json(cls, data: dict) -> "Cursor":
        """:raises CursorExpired: not one of ours, or of another version."""
        try:
            if data["v"] != VERSION:
                raise CursorExpired("cursor of another version")
            todo = tuple((int(first), int(last)) for first, last in data["todo"])
            numbers = [int(data[name]) for name in ("uidvalidity", "uidnext", "modseq", "messages")]
            return cls(*numbers, todo, int(data.get("scan", 0)), dict(data.get("flags") or {}), data.get("settled") or "")
        except (KeyError, TypeError, ValueError):
            raise CursorExpired("cursor that cannot be read") from None

    def to_json(self) -> dict:
        return {
            "v": VERSION,
            "uidvalidity": self.uidvalidity,
            "uidnext": self.uidnext,
            "modseq": self.modseq,
            "messages": self.messages,
            "todo": [list(pair) for pair in self.todo],
            "scan": self.scan,
            "flags": self.flags,
            "settled": self.settled,
        }

    def read_uids(self) -> Uids:
        """What the cache may hold: all but ``todo``. Open at the top, for UIDs our own moves and appends told us."""
        return complement(normalise(self.todo), MAX_UID)


def has_changed(folder: RemoteFolder, cursor: dict | None, history: History) -> bool:
    """See :meth:`.base.FolderProvider.has_changed`."""
    if not folder.selectable:
        return False
    if cursor is None or folder.state is None:
        return True
    try:
        known, state = Cursor.from_json(cursor), folder.state
    except CursorExpired:
        return True
    same = (
        (not known.todo or (known.settled and known.settled == history.name))
        and state.get("uidvalidity") == known.uidvalidity
        and state.get("uidnext") == known.uidnext
        and state.get("messages") == known.messages
    )
    if not same:
        return True
    # Without modification sequences flags may have changed unnoticed, except where there are no messages.
    return known.messages > 0 if not known.modseq else state.get("modseq") != known.modseq
