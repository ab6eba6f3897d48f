"""Opaque S/MIME (RFC 8551 §3.5.2): the mail inside a signature. It is opened, not verified.

Own reader of the few values that lead to the mail: ``asn1crypto``, which comes with Odoo, takes quadratic time on a long tag (8 s
for 200 kB) and on a content in small pieces, and refuses pieces of known length. This one goes once through the octets.
"""

_SEQUENCE, _OCTETS, _OCTETS_IN_PIECES, _IDENTIFIER, _EXPLICIT, _END = 0x30, 0x04, 0x24, 0x06, 0xA0, 0x00
# RFC 5652 §4, §5, §6, §8; RFC 5083: id-signedData, and those that are encrypted.
_SIGNED = bytes.fromhex("2a864886f70d010702")
_ENCRYPTED = (
    bytes.fromhex("2a864886f70d010703"), bytes.fromhex("2a864886f70d010704"), bytes.fromhex("2a864886f70d010706"),
    bytes.fromhex("2a864886f70d0109100117"))


def read_signed(content: bytes) -> tuple[bytes | None, bool]:
    """The mail in a CMS object (RFC 5652).

    :param content: BER.
    :return: the octets of the mail, None where there are none to be had; and whether it is because they are encrypted.
    """
    try:
        position = _enter(content, 0, _SEQUENCE)
        kind = _value(content, position, _IDENTIFIER)
        if kind != _SIGNED:
            return None, kind in _ENCRYPTED
        position = _enter(content, _enter(content, _after(content, position), _EXPLICIT), _SEQUENCE)
        # The version, and the set of digest algorithms.
        position = _enter(content, _after(content, _after(content, position)), _SEQUENCE)
        position = _enter(content, _after(content, position), _EXPLICIT)
        return _octets(content, position) or None, False
    # It ends too early, or is something else.
    except (IndexError, ValueError):
        return None, False


def _header(content: bytes, position: int) -> tuple[int, int, int | None]:
    """The tag of the value at ``position``, where its content begins, and its length: None for indefinite (X.690 §8.1)."""
    tag, first, start = content[position], content[position + 1], position + 2
    if tag & 0x1F == 0x1F:
        raise ValueError("a tag of several octets: nothing here has one")
    if first < 0x80:
        return tag, start, first
    if first == 0x80:
        return tag, start, None
    end = start + (first & 0x7F)
    if end - start > 8:
        raise ValueError("a length beyond all measure")
    return tag, end, int.from_bytes(content[start:end], "big")


def _enter(content, position, expected):
    tag, start, _length = _header(content, position)
    if tag != expected:
        raise ValueError("another value than expected")
    return start


def _value(content, position, expected):
    start = _enter(content, position, expected)
    return content[start:_after(content, position)]


def _after(content: bytes, position: int) -> int:
    """Where the value at ``position`` ends."""
    depth = 0
    while True:
        tag, start, length = _header(content, position)
        if length is None:
            depth, position = depth + 1, start
        else:
            position = start + length
            depth -= tag == _END
        if depth <= 0:
            return position


def _octets(content: bytes, position: int) -> bytes:
    """A string of octets, in one or in pieces, those perhaps in pieces themselves."""
    tag, start, length = _header(content, position)
    end = len(content) if length is None else start + length
    if tag == _OCTETS:
        return content[start:end]
    pieces, position = [], position if tag == _OCTETS_IN_PIECES else end
    while position < end:
        tag, start, length = _header(content, position)
        if tag == _OCTETS and length is not None:
            pieces.append(content[start:start + length])
            position = start + length
        elif tag in (_OCTETS_IN_PIECES, _END):
            position = start
        else:
            # What follows the string: it had no length of its own.
            break
    return b"".join(pieces)
