"""Opaque S/MIME (RFC 8551 §3.5.2): the mail inside a signature. It is opened, not verified."""

from asn1crypto.cms import ContentInfo

_OCTET_STRING = 0x04
_ENCRYPTED = ("enveloped_data", "authenticated_enveloped_data", "encrypted_data", "signed_and_enveloped_data")


def read_signed(content: bytes) -> tuple[bytes | None, bool]:
    """The mail in a CMS object (RFC 5652).

    :param bytes content: BER.
    :return: the octets of the mail, None where there are none to be had; and whether it is because they are encrypted.
    """
    # asn1crypto raises ValueError, TypeError and others on what is no CMS.
    try:
        info = ContentInfo.load(content)
        kind = info["content_type"].native
        if kind == "signed_data":
            return _octets(info["content"]["encap_content_info"]["content"]), False
    except Exception:
        return None, False
    return None, kind in _ENCRYPTED


def _octets(value):
    """The octets of a string that may have come in pieces (BER); the library joins them in quadratic time."""
    encoded = value.contents
    if value.method == 0 or encoded is None:
        return encoded or None
    pieces, position = [], 0
    while position + 2 <= len(encoded) and encoded[position] == _OCTET_STRING:
        start, length = _content_of(encoded, position)
        pieces.append(encoded[start:start + length])
        position = start + length
    return b"".join(pieces) or None


def _content_of(encoded, position):
    """Where the content of a value begins, and its length (X.690 §8.1.3, definite form)."""
    first, start = encoded[position + 1], position + 2
    if first < 0x80:
        return start, first
    octets = first & 0x7F
    return start + octets, int.from_bytes(encoded[start:start + octets], "big")
