"""Octets in a missing, unknown or wrong charset into text. Never raises, never returns lone surrogates."""

import codecs
import re
from functools import lru_cache
from typing import NamedTuple

import webencodings

from .charsets_cjk import decode_iso_2022, decode_pairs

#: Labels of mail that the WHATWG's table lacks, gives up because no browser needs them, or takes for Windows-1252: what says
#: it is ASCII and is not may be anything.
_MAIL_LABELS = {
    "ansi_x3.4-1968": "ascii",
    "ascii": "ascii",
    "csiso2022kr": "iso2022_kr",
    "hz-gb-2312": "hz",
    "iso-2022-cn": "iso-2022-cn",
    "iso-2022-cn-ext": "iso-2022-cn",
    "iso-2022-kr": "iso2022_kr",
    "latin-1": "cp1252",
    "ms932": "cp932",
    "shift-jis": "cp932",
    "unicode-1-1-utf-7": "utf-7",
    "us-ascii": "ascii",
    "utf8mb4": "utf-8",
    "x-unknown": "",
    "x-user-defined": "",
}
#: Encodings of the WHATWG → the codec of Python that has all their characters. (Versions of ``webencodings`` differ here.)
_SUPERSETS = {
    "big5": "big5hkscs",
    "euc-kr": "cp949",
    "gbk": "gb18030",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-8-i": "iso8859-8",
    "macintosh": "mac-roman",
    "shift_jis": "cp932",
    "windows-874": "cp874",
    "x-mac-cyrillic": "mac-cyrillic",
}
#: Codecs that switch between tables by escape sequences: octets below 128 only, which any check for UTF-8 lets through.
_SWITCHING = ("iso2022", "iso-2022", "hz")
_WESTERN = ("ascii", "cp1252")
#: Codecs of Python's that are no charsets: some are quadratic, some warn, some transform.
_REFUSED = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "unicode_internal", "mbcs", "oem"}
_SURROGATES = re.compile("[\ud800-\udfff]")
_NOT_ESCAPED = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_ESCAPE_OF_JIS = b"\x1b$"


class _Codec(NamedTuple):
    """A charset: the name of its codec and the decoding function, None where Python has none."""

    name: str
    decode: object


def decode_charset(octets: bytes, charset: str | None) -> str:
    """Text of ``octets`` said to be in ``charset``.

    An unknown charset is guessed. Octets that the charset does not have become U+FFFD, one for each character, and spoil no
    character beside them; except that text that is entirely valid UTF-8 is taken for it where the stated charset fails.

    :param charset: a label of the WHATWG's encoding standard, or a name that Python knows; in any case, may be None.
    """
    codec = _codec(charset.strip().lower()[:60]) if charset else None
    if codec is None:
        return guess_text(octets)
    if codec.name.startswith("utf-16"):
        return _utf16(octets, codec)
    try:
        return _no_surrogates(codec.decode(octets, "strict")[0])
    # Codecs raise UnicodeError, but the multibyte ones have raised others on rubbish; text is shown as far as it goes.
    except Exception:
        return _decode_damaged(octets, codec)


def guess_text(value: bytes | str) -> str:
    """Raw header or body octets as text: ISO-2022-JP where its escapes are, UTF-8 where valid, else Windows-1252 or Latin-1.

    :param value: octets, or text in which some are surrogate-escaped (as the ``email`` package hands them out).
    """
    if isinstance(value, str):
        if value.isascii() or not _SURROGATES.search(value):
            return value
        if _NOT_ESCAPED.search(value):
            return _no_surrogates(value)
        value = value.encode("utf-8", "surrogateescape")
    if _ESCAPE_OF_JIS in value and value.isascii():
        return decode_iso_2022(value, "iso2022_jp_ext")
    # nested handlers instead of a context manager: this runs ten times and more for every message
    try:
        return value.decode()
    except UnicodeDecodeError:
        try:
            return value.decode("cp1252")
        except UnicodeDecodeError:
            return value.decode("latin-1")


@lru_cache(maxsize=256)
def _codec(label: str) -> _Codec | None:
    """What decodes a charset's name, None where nothing does."""
    name = _MAIL_LABELS.get(label)
    # Names come from strangers: besides LookupError, odd ones give ValueError (NUL, surrogates) and others.
    try:
        if name is None:
            encoding = webencodings.lookup(label)
            name = encoding.name if encoding and encoding.name != "replacement" else label
        name = _SUPERSETS.get(name, name)
        if name == "iso-2022-cn":
            return _Codec(name, None)
        info = codecs.lookup(name)
    except Exception:
        return None
    is_charset = info.name.replace("-", "_") not in _REFUSED and getattr(info, "_is_text_encoding", True)
    return _Codec(info.name, info.decode) if is_charset else None


def _decode_damaged(octets: bytes, codec: _Codec) -> str:
    """What the codec refused, or Python has no codec for."""
    is_ascii = octets.isascii()
    if codec.name in _WESTERN or (not is_ascii and is_utf8(octets)):
        return guess_text(octets)
    if codec.name.startswith(_SWITCHING):
        return decode_iso_2022(octets, codec.name)
    try:
        return _no_surrogates(decode_pairs(octets, codec.name))
    # A few codecs raise even where told to replace.
    except Exception:
        return guess_text(octets)


def _utf16(octets: bytes, codec: _Codec) -> str:
    # Without any NUL it is the label that is wrong, not every character.
    if b"\0" not in octets and is_utf8(octets):
        return guess_text(octets)
    name = codec.name
    if octets[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        name = "utf-16"
    elif octets[::2].count(0) != octets[1::2].count(0):
        # Latin letters, blanks and line ends tell which octet of two comes first, whatever the label says.
        name = "utf-16-be" if octets[::2].count(0) > octets[1::2].count(0) else "utf-16-le"
    return _no_surrogates(octets.decode(name, "replace"))


def is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def _no_surrogates(text: str) -> str:
    # UTF-7 and some Asian codecs can decode to halves of characters.
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)
