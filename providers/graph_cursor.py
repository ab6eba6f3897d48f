"""How far a folder has been read, and when it is worth looking again."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone

from .errors import CursorExpired
from .values import History, RemoteFolder

VERSION = 1
#: Seconds after which a folder is looked at again whatever its state says: other programs may leave it as it was.
RECHECK = 3600
#: Seconds a change must be past to be trusted: the service counts whole ones, and by more than one clock.
SETTLED = 30


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a folder's delta query stands (https://learn.microsoft.com/graph/delta-query-messages).

    :param str link: the next address to ask.
    :param bool is_delta: the folder is read as far as the limit goes, and ``link`` tells what changes.
    :param bool is_open: it has told a part of that, and has more to tell.
    :param str old: under a narrower limit than now: the address that still has to tell what changed until then.
    :param bool old_is_delta: the same of ``old``.
    :param int total: messages the first reading is to bring.
    :param int read: those it has brought.
    :param str fresh: while the folder is being read: when the newest message seen came in, by the server's clock.
    :param str floor: messages that came in before are passed over; empty where there are none.
    :param int days: the limit, as in :class:`.values.History`; so ``messages``.
    :param state: of the folder, when what ``link`` tells began; None where it is not known.
    """

    link: str
    is_delta: bool = False
    is_open: bool = False
    old: str = ""
    old_is_delta: bool = False
    total: int = 0
    read: int = 0
    fresh: str = ""
    floor: str = ""
    days: int = 0
    messages: int = 0
    state: dict | None = None

    @classmethod
    def from_json(cls, data: dict) -> "Cursor":
        """:raises CursorExpired: not one of ours, or of another version."""
        try:
            if data["v"] != VERSION:
                raise CursorExpired("cursor of another version")
            values = {item.name: data[item.name] for item in fields(cls)}
        except (KeyError, TypeError):
            raise CursorExpired("cursor that cannot be read") from None
        if not all(isinstance(values[name], str) for name in ("link", "old", "fresh", "floor")):
            raise CursorExpired("cursor that cannot be read")
        return cls(**values)

    def to_json(self) -> dict:
        return {"v": VERSION, **asdict(self)}

    def covers(self, history: History) -> bool:
        """Whether the limit this was opened under lets through whatever ``history`` does."""
        pairs = ((self.days, history.days), (self.messages, history.messages))
        return all(not own or 0 < wanted <= own for own, wanted in pairs)

    @property
    def remaining(self) -> int:
        return 0 if self.is_delta else max(self.total - self.read, 0)


def has_changed(folder: RemoteFolder, cursor: dict | None, history: History) -> bool:
    """See :meth:`.base.FolderProvider.has_changed`."""
    if not folder.selectable:
        return False
    if cursor is None:
        return True
    try:
        known = Cursor.from_json(cursor)
    except CursorExpired:
        return True
    now, then = folder.state, known.state
    if not known.is_delta or known.is_open or known.old or not known.covers(history) or not now or not then:
        return True
    if not 0 <= now["at"] - then.get("at", 0) < RECHECK:
        return True
    return any(now[name] != then.get(name) for name in ("changed", "deleted", "total", "unread"))


def trusted(state: dict | None) -> dict | None:
    """The state, where its last change lies far enough back that no later one can look the same."""
    if not state:
        return None
    changed = moment_of(state["changed"])
    return state if changed and state["at"] - changed.replace(tzinfo=timezone.utc).timestamp() >= SETTLED else None


def moment_of(value: object) -> datetime | None:
    """A moment as the service writes it (ISO 8601, UTC), as naive UTC; None where it is none."""
    try:
        # Exchange counts ten millionths of a second, which Python's parser does not always take.
        return datetime.fromisoformat(str(value).rstrip("Z").partition(".")[0]).replace(tzinfo=None)
    except ValueError:
        return None


def text_of(moment: datetime) -> str:
    """Naive UTC as the service reads it."""
    return f"{moment.replace(tzinfo=None, microsecond=0).isoformat()}Z"
