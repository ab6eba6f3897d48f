"""What servers tell of the UIDs that copies and appended messages got (UIDPLUS, RFC 4315 §3)."""

from .errors import ProtocolError
from .imap_messages import remote_id
from .imap_reader import Response, Status, parse_status, to_int
from .imap_uids import MAX_UID, Uids, count, from_numbers, intersect, numbers


class CopyUids:
    """The COPYUID answers to commands under way. They stand in the completion, for MOVE before it (RFC 6851 §4.3).

    :param asked: the messages the commands name; an answer that speaks of others, or makes no sense, tells nothing.
    """

    def __init__(self, asked: Uids):
        self._asked = asked
        self._keys: dict[int, str] = {}
        self._is_doubtful = False

    def take(self, response: Response) -> None:
        if response[0][:5].upper() == b"* OK ":
            self.note(parse_status(response[0][2:]))

    def note(self, status: Status | None) -> None:
        if status is None or status.code != "COPYUID":
            return
        try:
            pairs = self._read(status.argument)
        except ProtocolError:
            pairs = {}
        contradicts = any(self._keys.get(uid, key) != key for uid, key in pairs.items())
        if not pairs or contradicts:
            self._is_doubtful = True
        else:
            self._keys |= pairs

    def new_keys(self, done: Uids, is_offered: bool) -> dict[int, str | None]:
        """UID in the source → key in the target, of messages that commands were obeyed for.

        What a complete account leaves out did not lie there any more; where there is none, all have None.

        :param bool is_offered: the server has UIDPLUS.
        """
        if not (is_offered and self._keys) or self._is_doubtful:
            return dict.fromkeys(numbers(done))
        return {uid: self._keys[uid] for uid in numbers(intersect(done, from_numbers(self._keys)))}

    def _read(self, argument: bytes) -> dict[int, str]:
        words = argument.split()
        if len(words) != 3:
            raise ProtocolError("COPYUID without its parts")
        validity, limit = to_int(words[0]), count(self._asked)
        old, new = _ordered(words[1], limit), _ordered(words[2], limit)
        if len(old) != len(new) or len({*new}) != len(new) or count(intersect(from_numbers(old), self._asked)) != len(old):
            raise ProtocolError("COPYUID that makes no sense")
        return {uid: remote_id(validity, copy) for uid, copy in zip(old, new, strict=True)}


def appended_key(status: Status) -> str | None:
    """The key from APPENDUID; None where there is none, or one that makes no sense."""
    words = status.argument.split()
    if status.code != "APPENDUID" or len(words) != 2 or not all(word.isdigit() and len(word) <= 10 for word in words):
        return None
    validity, uid = map(int, words)
    return remote_id(validity, uid) if validity and 0 < uid <= MAX_UID else None


def _ordered(text: bytes, limit: int) -> list[int]:
    """A set in the order it is written in, which counts here; ranges always ascend.

    :raises ProtocolError: it is none, or larger than the limit.
    """
    found: list[int] = []
    for piece in text.split(b","):
        first, _colon, last = piece.partition(b":")
        low, high = sorted((to_int(first), to_int(last or first)))
        if not 0 < low <= high <= MAX_UID or len(found) + high - low >= limit:
            raise ProtocolError("not a set of UIDs that was asked for")
        found.extend(range(low, high + 1))
    return found
