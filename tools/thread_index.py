"""Thread-Index, by which Outlook and Exchange tell conversations ([MS-OXOMSG] 2.2.1.3, PidTagConversationIndex)."""

import base64
import binascii
import secrets
from datetime import datetime, timedelta, timezone

#: Octets of the header block and of each response level.
HEADER, LEVEL = 22, 5
#: As many levels as an index may have here, so that a hostile one does not grow without end.
MAX_LEVELS = 200

_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=timezone.utc)
_TICK = timedelta(microseconds=1)
#: A time difference under this many units of 100 ns (about 1.7 years) is kept with the finer resolution.
_NEAR = 1 << 49


def answer_index(parent: str, now: datetime) -> str:
    """The index of an answer: the parent's, and a block for this level.

    :param str parent: the value of the parent's field.
    :param datetime now: aware.
    :return: base64; empty where the parent has none that can be read.
    """
    try:
        octets = base64.b64decode("".join(parent.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    levels, rest = divmod(len(octets) - HEADER, LEVEL)
    if len(octets) < HEADER or rest or octets[0] != 1:
        return ""
    if levels >= MAX_LEVELS:
        return base64.b64encode(octets).decode()
    return base64.b64encode(octets + _level(octets, now)).decode()


def _level(octets, now):
    # the header begins with the upper 48 bits of a FILETIME: its reserved first octet is what that has been since 1829
    began = int.from_bytes(octets[:6], "big") << 16
    ticks = (now - _FILETIME_EPOCH) // _TICK * 10
    passed = max(0, ticks - began)
    block = passed >> 18 & 0x7FFFFFFF if passed < _NEAR else 1 << 31 | passed >> 23 & 0x7FFFFFFF
    return block.to_bytes(4, "big") + bytes([secrets.randbits(8) & 0xF0 | min(15, (len(octets) - HEADER) // LEVEL + 1) & 0x0F])
