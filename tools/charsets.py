"""Octets of unknown or lied-about charset into text. Never raises, never returns lone surrogates."""

import codecs
import re
from functools import lru_cache

# What senders write, and the superset real mail is in (the WHATWG encoding standard's view of labels).
_ALIASES = {
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "big5": "big5hkscs",
    "x-big5": "big5hkscs",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
}
# Codecs of Python's that are no charsets: some are quadratic, some warn, some transform.
_SURROGATES = re.compile("[\ud800-\udfff]")
_NOT_ESCAPED = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_REFUSED = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "unicode_internal", "mbcs", "oem"}


def decode_charset(octets: bytes, charset: str | None) -> str:
    """Text of ``octets`` said to be in ``charset``.

    An unknown charset is guessed; octets that the charset does not have become U+FFFD, except that text that is
    entirely valid UTF-8 is taken for it where the stated charset fails.
    """
    codec = _codec(charset.strip().lower()[:60]) if charset else None
    if codec is None:
        return guess_text(octets)
    try:
        return _no_surrogates(codec(octets, "strict")[0])
    # Codecs raise UnicodeError, but the multibyte ones have raised others on rubbish; text is shown as far as it goes.
    except Exception:
        is_western = codec in (_codec("ascii"), _codec("cp1252"))
        return guess_text(octets) if is_western or _is_utf8(octets) else _lenient(codec, octets)


def guess_text(value: bytes | str) -> str:
    """Raw header or body octets as text: UTF-8 where valid, else Windows-1252, else Latin-1.

    :param value: octets, or text in which some are surrogate-escaped (as the ``email`` package hands them out).
    """
    if isinstance(value, str):
        if value.isascii() or not _SURROGATES.search(value):
            return value
        if _NOT_ESCAPED.search(value):
            return _no_surrogates(value)
        value = value.encode("utf-8", "surrogateescape")
    # nested handlers instead of a context manager: this runs ten times and more for every message
    try:
        return value.decode()
    except UnicodeDecodeError:
        try:
            return value.decode("cp1252")
        except UnicodeDecodeError:
            return value.decode("latin-1")


@lru_cache(maxsize=256)
def _codec(charset: str):
    """The decoding function of a charset's name, None where there is none."""
    try:
        info = codecs.lookup(_ALIASES.get(charset, charset))
    # Names come from strangers: besides LookupError, odd ones give ValueError (NUL) and others.
    except Exception:
        return None
    is_charset = info.name.replace("-", "_") not in _REFUSED and getattr(info, "_is_text_encoding", True)
    return info.decode if is_charset else None


def _lenient(codec, octets: bytes) -> str:
    try:
        return _no_surrogates(codec(octets, "replace")[0])
    # A few codecs raise even when told to replace.
    except Exception:
        return guess_text(octets)


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def _no_surrogates(text: str) -> str:
    # UTF-7 and some Asian codecs can decode to halves of characters.
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)
