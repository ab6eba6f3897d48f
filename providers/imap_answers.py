"""FETCH answers, gathered by message."""

import re

from .errors import ProtocolError
from .imap_reader import Node, Response, parse_fetch, to_int

#: Item name in upper case → value.
Items = dict[bytes, Node]

_UID = re.compile(rb"\bUID (\d{1,10})\b", re.IGNORECASE)
# What changes the sequence numbers of messages (RFC 3501 §7.4.1; RFC 7162 §3.2.10).
_RENUMBERING = (b"EXPUNGE", b"VANISHED")


class Answers:
    """What a server says of messages while commands are under way.

    The items of one message may come in several answers, of which one only may hold the UID: a sequence number joins them.

    :attr dict by_uid: UID → items; a later value of an item replaces an earlier one.
    :attr set unreadable: UIDs in answers that could not be read, as far as they could be made out.
    :attr int missed: responses that could not be read, where :meth:`miss` was told of them.
    """

    __slots__ = ("_by_number", "by_uid", "missed", "unreadable")

    def __init__(self):
        self.by_uid: dict[int, Items] = {}
        self.unreadable: set[int] = set()
        self.missed = 0
        self._by_number: dict[bytes, Items] = {}

    def take(self, response: Response) -> int:
        """Notes a response, where it is about messages.

        :return: the UID it is about, 0 where that is not known.
        :raises ProtocolError: a FETCH answer that cannot be read.
        """
        try:
            items = parse_fetch(response)
        except ProtocolError:
            self.unreadable.update(int(match[1]) for match in _UID.finditer(response[0][:200]))
            raise
        if items is None:
            if any(word in _RENUMBERING for word in response[0][:40].upper().split()[1:3]):
                self._by_number.clear()
            return 0
        number = response[0].split(maxsplit=2)[1]
        earlier = self._by_number.get(number, {})
        if b"UID" in items and earlier.get(b"UID", items[b"UID"]) != items[b"UID"]:
            earlier = {}
        items = {**earlier, **items}
        uid = to_int(items[b"UID"]) if b"UID" in items else 0
        if uid:
            items = self.by_uid[uid] = {**self.by_uid.get(uid, {}), **items}
        self._by_number[number] = items
        return uid

    def miss(self) -> None:
        """Notes that there was a response nobody could read."""
        self.missed += 1

    def flags(self) -> dict[int, Node]:
        """UID → flags, of those messages whose flags were told."""
        return {uid: items[b"FLAGS"] for uid, items in self.by_uid.items() if b"FLAGS" in items}
