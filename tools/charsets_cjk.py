"""Charsets of several octets a character, decoded so that a character outside their tables costs itself alone.

Python's codecs go on one octet behind a character they do not have, and so take every following pair apart; those of ISO 2022
refuse characters that mail has held since the nineties (NEC's and IBM's, in Windows-31J; RFC 1468 has fewer).
"""

import codecs
import re
from typing import NamedTuple

_SKIP_CHARACTER = "maildesk.skip_character"
#: Codecs of pairs. All others find their way back by themselves.
_MULTIBYTE = {"ascii", "big5hkscs", "cp932", "cp949", "cp950", "euc_jis_2004", "euc_jp", "gb18030"}
#: Characters of one text that are looked up in other tables: each costs a microsecond, and more than these are no text.
_MAX_SKIPPED = 10_000
#: Octets of a damaged text that are read table by table; the rest is left to Python's codec, which is ten times as fast.
_MAX_SWITCHING = 1_000_000


class _Table(NamedTuple):
    """A table that text switches to: a codec has it, among the high octets behind ``prefix``, ``width`` octets a character."""

    codec: str
    prefix: bytes = b""
    width: int = 2


_JIS = _Table("euc_jp")
_CHINESE, _KOREAN = _Table("gb18030"), _Table("cp949")
#: Designation → table, None for ASCII; the roman set of Japan is shown as ASCII, as all programs do.
_TABLES = {
    b"(B": None, b"(J": None, b"(H": None, b"(I": _Table("euc_jp", b"\x8e", 1),
    b"$@": _JIS, b"$B": _JIS, b"$(@": _JIS, b"$(B": _JIS, b"$(D": _Table("euc_jp", b"\x8f"),
    b"$(O": _Table("euc_jis_2004"), b"$(Q": _Table("euc_jis_2004"), b"$(P": _Table("euc_jis_2004", b"\x8f"),
    b"$A": _CHINESE, b"$(A": _CHINESE, b"$)A": _CHINESE, b"$)E": _CHINESE, b"$(C": _KOREAN, b"$)C": _KOREAN,
    # CNS 11643: Python has no table of it.
    b"$)G": _Table("ascii"),
}
#: The second slot's table where the text designates none.
_SHIFTED = {"iso2022_kr": _KOREAN, "iso-2022-cn": _CHINESE}
#: What octets beyond ASCII are taken for, which none of these charsets has.
_SINGLES = {"hz": "gb18030", "iso-2022-cn": "gb18030", "iso2022_kr": "cp949"}
#: Where a pair is looked up that a codec does not have.
_VENDORS = {"big5hkscs": "cp950"}

_HIGH = bytes(octet | 0x80 for octet in range(256))
_GRAPHIC = re.compile(rb"[\x21-\x7e]+")
#: ISO 2022 (ECMA-35): a table is designated to a slot, a slot is shifted to; what stands between is text.
_ISO_2022 = re.compile(rb"\x1b(\$[(-/]?[0-~]|[(-/][0-~])|([\x0e\x0f])|([^\x1b\x0e\x0f]+)|\x1b")
#: RFC 1843: pairs from ``~{`` to ``~}`` or the end of the line.
_HZ = re.compile(rb"~\{((?:[^~\n][^\n])*[^~\n]?)(?:~\})?|~(~)|~\n|([^~]+)|~")


def decode_pairs(octets: bytes, codec: str) -> str:
    """Text in a charset of Python's, U+FFFD for each character that it does not have.

    :raises Exception: of whatever kind the codec raises in spite of all.
    """
    if codec not in _MULTIBYTE:
        return octets.decode(codec, "replace")
    try:
        return octets.decode(codec, _SKIP_CHARACTER)
    except UnicodeDecodeError:
        # Hardly a character of it is one.
        return octets.decode(codec, "replace")


def decode_iso_2022(octets: bytes, codec: str) -> str:
    """Text of ISO-2022-JP (RFC 1468, 1554), -KR (RFC 1557), -CN (RFC 1922) or HZ (RFC 1843), whatever is wrong with it.

    :param str codec: ``hz``, ``iso-2022-cn``, or Python's name of another one.
    """
    octets, rest = octets[:_MAX_SWITCHING], octets[_MAX_SWITCHING:]
    return _switch(octets, codec) + rest.decode("ascii" if codec == "iso-2022-cn" else codec, "replace")


def _switch(octets: bytes, codec: str) -> str:
    single = _SINGLES.get(codec, "cp932")
    if codec == "hz":
        pieces = [
            _decode_table(pairs, _CHINESE) if pairs else decode_pairs(tilde or text, single)
            for pairs, tilde, text in _HZ.findall(octets)
        ]
        return "".join(pieces)
    first, second, is_shifted, pieces = None, _SHIFTED.get(codec), False, []
    for designation, shift, text in _ISO_2022.findall(octets):
        if shift:
            is_shifted = shift == b"\x0e"
        elif text:
            table = second if is_shifted else first
            pieces.append(_decode_table(text, table) if table else decode_pairs(text, single))
        elif designation.startswith(b"$)"):
            second = _TABLES.get(designation, second)
        elif designation in _TABLES:
            first = _TABLES[designation]
    return "".join(pieces)


def _decode_table(octets: bytes, table: _Table) -> str:
    """Characters of a table; blanks and line ends between them are themselves."""
    pieces, end = [], 0
    for match in _GRAPHIC.finditer(octets):
        pieces.append(octets[end:match.start()].decode("ascii", "replace"))
        end, high, width = match.end(), match[0].translate(_HIGH), table.width
        rest = len(high) % width
        high = high[:len(high) - rest]
        if table.prefix:
            high = b"".join(table.prefix + high[start:start + width] for start in range(0, len(high), width))
        pieces.append(decode_pairs(high, table.codec) + "\ufffd" * rest)
    pieces.append(octets[end:].decode("ascii", "replace"))
    return "".join(pieces)


def _skip_character(error: UnicodeError) -> tuple[str, int]:
    """An error handler of codecs: what stands in place of a character, and where to go on."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    # The codec calls with the same exception again and again.
    error.calls = getattr(error, "calls", 0) + 1
    if error.calls > _MAX_SKIPPED:
        raise error
    octets, start = error.object, error.start
    # A character of JIS X 0212 has three octets in EUC.
    length = 3 if error.encoding == "euc_jp" and octets[start] == 0x8F else 2
    character = octets[start:start + length]
    # ASCII is never swallowed: it may be the bracket of a tag.
    if len(character) < length or any(octet < 0x80 for octet in character):
        return "\ufffd", start + 1
    return _of_vendor(character, error.encoding), start + length


def _of_vendor(character: bytes, codec: str) -> str:
    try:
        if codec == "euc_jp" and len(character) == 2:
            return _shift_jis(*character).decode("cp932")
        return character.decode(_VENDORS.get(codec, "ascii"))
    except UnicodeDecodeError:
        return "\ufffd"


def _shift_jis(row: int, cell: int) -> bytes:
    """A pair of EUC-JP in the arrangement of Shift_JIS."""
    row, cell = row & 0x7F, cell & 0x7F
    lead = (row - 0x21) // 2 + 0x81
    trail = cell + (0x7E if row % 2 == 0 else 0x20 if cell >= 0x60 else 0x1F)
    # A row below the first has no lead octet of its own.
    return bytes((max(lead if lead <= 0x9F else lead + 0x40, 0), min(trail, 0xFF)))


codecs.register_error(_SKIP_CHARACTER, _skip_character)
