"""Keys of placements: ``UIDVALIDITY:UID``, so that a folder made anew never lends its numbers to other mail."""

import re
from collections.abc import Iterable

from .imap_uids import MAX_UID

_KEY = re.compile(r"([1-9][0-9]{0,9}):([1-9][0-9]{0,9})")


def split_key(key: str) -> tuple[int, int] | None:
    """UIDVALIDITY and UID; None for what is no key of ours."""
    match = _KEY.fullmatch(key)
    if not match or int(match[2]) > MAX_UID:
        return None
    return int(match[1]), int(match[2])


def by_uid(keys: Iterable[str], uidvalidity: int) -> dict[int, str]:
    """UID → key of those that belong to the folder's present life; all others are gone."""
    found = ((split_key(key), key) for key in keys)
    return {pair[1]: key for pair, key in found if pair and pair[0] == uidvalidity}
