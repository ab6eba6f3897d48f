"""Transfer encodings (RFC 2045 §6). Damaged input gives what can be had of it."""

import binascii
import re
from functools import lru_cache

_ENCODING = re.compile(r"[\w-]+")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_NOT_LINES_OF_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\r\n]")
_PADDING = re.compile(rb"=+")
#: A line that is base64 and nothing else, up to the line end; and one as long as only encoders write them.
_BASE64_LINE = re.compile(rb"[ \t]*([A-Za-z0-9+/]*={0,3})[ \t\r]*(?:\n|\Z)")
_LONG_LINE = re.compile(rb"^[A-Za-z0-9+/=]{40,}[ \t\r]*$", re.MULTILINE)
_UU_NAMES = ("x-uuencode", "uuencode", "x-uue", "uue")


@lru_cache(maxsize=256)
def encoding_name(value: str) -> str:
    """The name of a transfer encoding in lower case, without what trails it; empty where there is none."""
    match = _ENCODING.search(value)
    return match.group().lower() if match else ""


def decode_payload(content: bytes, transfer_encoding: str) -> bytes:
    """Undo a Content-Transfer-Encoding. Unknown names have nothing to undo.

    :param str transfer_encoding: in any case, with or without trailing rubbish.
    """
    name = encoding_name(transfer_encoding)
    if name == "base64":
        # Some senders encode in chunks, each with padding of its own.
        chunks = _PADDING.split(_NOT_BASE64.sub(b"", split_footer(content)[0]))
        return b"".join(map(_base64, chunks))
    if name in ("quoted-printable", "quopri"):
        return binascii.a2b_qp(content)
    if name in _UU_NAMES:
        return _uuencoded(content)
    return content


def split_footer(content: bytes) -> tuple[bytes, bytes]:
    """Base64, and the plain words that a mailing list or a virus scanner wrote behind it.

    Rubbish within base64 belongs to it: what counts as words begins behind its last line and has no line of base64.
    """
    if not _NOT_LINES_OF_BASE64.search(content):
        return content, b""
    position = width = end = 0
    while position < len(content):
        line = _BASE64_LINE.match(content, position)
        length = len(line[1]) if line else 0
        # A short line is the last one, unless it is no base64 but a word.
        is_last = bool(length) and (line[1].endswith(b"=") or length < width)
        if not line or (end and length) or (is_last and length % 4):
            break
        position = line.end()
        end = position if is_last else end
        width = width or length
    end = end or position
    rest = content[end:]
    is_footer = width and rest.strip() and not _LONG_LINE.search(rest)
    return (content[:end], rest) if is_footer and _is_whole(content[:end]) else (content, b"")


def _is_whole(content):
    return len(_NOT_BASE64.sub(b"", content)) % 4 == 0


def _base64(chunk):
    # A single letter left over carries no octet.
    chunk = chunk[:-1] if len(chunk) % 4 == 1 else chunk
    return binascii.a2b_base64(chunk + b"=" * (-len(chunk) % 4))


def _uuencoded(content):
    octets = bytearray()
    is_inside = False
    for line in content.splitlines():
        if not is_inside:
            is_inside = line.startswith(b"begin ")
        elif line.strip() == b"end":
            break
        else:
            octets += decode_uu_line(line)
    return bytes(octets)


def decode_uu_line(line: bytes) -> bytes:
    """The octets of one line of uuencode, none where it is none."""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Old encoders wrote the length of the line wrongly.
        expected = ((line[0] - 32 & 63) * 4 + 5) // 3 if line else 0
    try:
        return binascii.a2b_uu(line[:expected])
    except binascii.Error:
        return b""
