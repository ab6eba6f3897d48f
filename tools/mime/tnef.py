"""What Outlook puts into ``winmail.dat``: the Transport-Neutral Encapsulation Format (MS-OXTNEF, property tags by MS-OXPROPS).

Own reader: of the libraries, ``tnefparse`` is the only one kept as late as 2021, and loops four thousand million times where a
file of forty octets says that it has so many properties. This one goes once through the octets; every count ends with them.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..charsets import decode_charset
from .text import decode_html, decode_text
from .values import InnerFile

#: Files of one container, and its attributes and properties that are read at all.
MAX_FILES = 200
_MAX_ATTRIBUTES = 20_000

_SIGNATURE = 0x223E9F78
# Attributes, MS-OXTNEF §2.1.3.3: the low half of their number.
_BODY, _MESSAGE_PROPERTIES, _CODEPAGE = 0x800C, 0x9003, 0x9007
_RENDERING, _TITLE, _DATA, _ATTACHMENT = 0x9002, 0x8010, 0x800F, 0x9005
# PidTagBody, PidTagBodyHtml, PidTagInternetCodepage.
_PLAIN, _HTML, _INTERNET_CODEPAGE = 0x1000, 0x1013, 0x3FDE
# PidTagAttachDataBinary, -Filename, -LongFilename, -MimeTag, -ContentId; PidTagDisplayName.
_CONTENT, _SHORT_NAME, _LONG_NAME, _MIMETYPE, _CONTENT_ID, _DISPLAY_NAME = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712, 0x3001
# Property types, MS-OXCDATA §2.11.1.
_OBJECT, _STRING8, _STRING, _BINARY = 0x0D, 0x1E, 0x1F, 0x102
_SIZES = {0x02: 2, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 2, 0x14: 8, 0x40: 8, 0x48: 16}
_MULTIPLE, _NAMED = 0x1000, 0x8000
#: An object is a message where it begins with this interface's identity (IID_IMessage).
_MESSAGE_OBJECT = bytes.fromhex("0703020000000000c000000000000046")
_IDENTITY = 16


@dataclass(slots=True)
class Tnef:
    """The content: the body's HTML and its plain words, None where there are none, and the files."""

    html: str | None = None
    text: str | None = None
    files: list[InnerFile] = field(default_factory=list)


def is_tnef(content: bytes) -> bool:
    return content[:4] == _SIGNATURE.to_bytes(4, "little")


def read_tnef(content: bytes) -> Tnef:
    """What can be read of it; where it breaks off, what stood before."""
    found, codepage, message, files = Tnef(), "cp1252", {}, []
    for name, data in _attributes(memoryview(content)):
        if name == _CODEPAGE and len(data) >= 4:
            codepage = _label(data)
        elif name == _BODY:
            message.setdefault(_PLAIN, decode_charset(bytes(data), codepage).rstrip("\0"))
        elif name == _MESSAGE_PROPERTIES:
            message.update(_properties(data, codepage))
        elif name == _RENDERING:
            files.append({})
        elif not files or len(files) > MAX_FILES:
            continue
        elif name == _TITLE:
            files[-1].setdefault(_SHORT_NAME, decode_charset(bytes(data), codepage))
        elif name == _DATA:
            files[-1].setdefault(_CONTENT, data)
        elif name == _ATTACHMENT:
            files[-1].update(_properties(data, codepage))
    found.html, found.text = _body(message)
    found.files = [_file(properties) for properties in files[:MAX_FILES]]
    return found


def _attributes(view: memoryview) -> Iterator[tuple[int, memoryview]]:
    position = 6
    for _ in range(_MAX_ATTRIBUTES):
        if position + 11 > len(view):
            return
        _level, name, _type, length = struct.unpack_from("<BHHI", view, position)
        yield name, view[position + 9:position + 9 + length]
        position += 11 + length


def _properties(view: memoryview, codepage: str) -> dict[int, str | int | memoryview]:
    """The properties that are of use, by their tag; of one with several values the first."""
    found, position = {}, 4
    try:
        for _ in range(min(struct.unpack_from("<I", view)[0], _MAX_ATTRIBUTES)):
            kind, tag = struct.unpack_from("<HH", view, position)
            position += 4
            if tag >= _NAMED:
                position = _after_name(view, position)
            value, position = _value(view, position, kind)
            if value is not None and tag not in found:
                found[tag] = _convert(value, kind & ~_MULTIPLE, codepage)
    # It ends in the middle, or has a type nobody knows: how long that one is cannot be told.
    except (struct.error, KeyError):
        return found
    return found


def _after_name(view, position):
    """Where the name of a property ends that has no tag of its own: a set's identity, and a number or a string."""
    kind, length = struct.unpack_from("<II", view, position + _IDENTITY)
    return position + _IDENTITY + 8 + (_padded(length) if kind else 0)


def _value(view, position, kind):
    """The first value of a property, None for none, and where the property ends.

    :raises struct.error, KeyError: it cannot be read.
    """
    base, count, first = kind & ~_MULTIPLE, 1, None
    size = _SIZES[base] if base not in (_OBJECT, _STRING8, _STRING, _BINARY) else None
    if kind & _MULTIPLE or size is None:
        count = struct.unpack_from("<I", view, position)[0]
        position += 4
    if size is not None:
        # Each value is padded, where it stands alone or not.
        return view[position:position + size], position + _padded(size) * count
    for _ in range(count):
        length = struct.unpack_from("<I", view, position)[0]
        first = view[position + 4:position + 4 + length] if first is None else first
        position += 4 + _padded(length)
    return first, position


def _padded(length):
    return length + -length % 4


def _convert(value, kind, codepage):
    if kind == _STRING:
        return bytes(value).decode("utf-16-le", "replace").rstrip("\0")
    if kind == _STRING8:
        return decode_charset(bytes(value), codepage).rstrip("\0")
    if kind == 0x03 and len(value) == 4:
        return int.from_bytes(value, "little")
    return value


def _label(number):
    """The charset of a code page."""
    page = number if isinstance(number, int) else int.from_bytes(number[:4], "little")
    return {65001: "utf-8", 65000: "utf-7", 20127: "ascii", 28591: "iso-8859-1", 1200: "utf-16-le"}.get(page, f"cp{page}")


def _body(message):
    html, text = message.get(_HTML), message.get(_PLAIN)
    page = message.get(_INTERNET_CODEPAGE)
    label = _label(page) if isinstance(page, int) else ""
    if isinstance(html, memoryview):
        html = decode_html(bytes(html), label).rstrip("\0")
    if isinstance(text, memoryview):
        text = decode_text(bytes(text), label).rstrip("\0")
    return html if isinstance(html, str) else None, text.replace("\r\n", "\n") if isinstance(text, str) else None


def _file(properties):
    content = properties.get(_CONTENT, b"")
    content = bytes(content) if isinstance(content, memoryview) else b""
    if content.startswith(_MESSAGE_OBJECT):
        # A message in a message: what follows is a container of its own.
        content = content[_IDENTITY:]
    name, mimetype, content_id = (
        next((value for tag in tags if isinstance(value := properties.get(tag), str) and value.strip("\0 ")), "").strip("\0 ")
        for tags in ((_LONG_NAME, _SHORT_NAME, _DISPLAY_NAME), (_MIMETYPE,), (_CONTENT_ID,)))
    if is_tnef(content):
        name, mimetype = f"{name or 'message'}.dat", "application/ms-tnef"
    return InnerFile(name, content, mimetype.lower(), content_id.strip("<> "))
