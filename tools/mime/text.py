"""Octets of text parts as text: by the label, by what the document says, and by what the octets are."""

import re

from ..charsets import decode_charset

#: Labels that senders, and servers in their place, put on anything.
_NO_LABEL = re.compile(r"|(?:us-)?ascii|ansi_x3\.4-1968|unknown.*|default|x-unknown|x-user.*")
_VAGUE = re.compile(rf"{_NO_LABEL.pattern}|iso[-_]?8859-1|latin-?1|windows-1252|cp1252|utf-?8")
_DAMAGEABLE = re.compile(r"|utf-?8|unknown.*|default|x-unknown|x-user.*")
_UTF8 = re.compile(r"utf-?8")
_REMOVED = re.compile("[\x00\ud800-\udfff]")
_ASCII = re.compile("[\x00-\x7f]+")
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_META_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})", re.IGNORECASE)
#: Octets at the beginning of a document where it may name its charset.
_META_WITHIN = 4096


def decode_text(content: bytes, charset: str | None) -> str:
    """Octets of a text part as text with ``\\n`` line ends, without NUL and surrogates. Never raises.

    :param charset: the label, which may be missing, unknown or wrong. A byte order mark wins; for the labels that senders
        put on anything (ASCII, Latin-1) text that is valid UTF-8 is taken for it, and escapes of ISO-2022-JP for those.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            content, charset = content[len(mark):] if name == "utf-8" else content, name
            break
    label = (charset or "").strip().lower()
    text = None
    if _VAGUE.fullmatch(label) and not (b"\x1b$" in content and content.isascii()):
        text = _utf8(content, label)
    elif _VAGUE.fullmatch(label):
        text = decode_charset(content, "iso-2022-jp")
    if text is None:
        # Mostly broken UTF-8 is none, whatever the label says.
        text = decode_charset(content, None if _DAMAGEABLE.fullmatch(label) else charset)
    return _REMOVED.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def decode_html(content: bytes, charset: str | None) -> str:
    """The same of an HTML document, which may name its charset where the label does not, or is wrong.

    Servers report ``us-ascii`` for a part without a label (RFC 2045 §5.2), so that says nothing here.
    """
    label = (charset or "").strip().lower()
    is_utf8 = _is_utf8(content)
    is_open = _NO_LABEL.fullmatch(label) or (_UTF8.fullmatch(label) and not is_utf8)
    # What is valid UTF-8 beyond ASCII is nothing else: documents are converted, and their <meta> is left behind.
    if is_open and (content.isascii() or not is_utf8):
        match = _META_CHARSET.search(content, 0, _META_WITHIN)
        charset = match[1].decode("ascii", "replace") if match else charset
    return decode_text(content, charset)


def _is_utf8(content):
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _utf8(content, label):
    """The text if the octets are UTF-8; damaged UTF-8 only where the label does not contradict and most of it is whole."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        if not _DAMAGEABLE.fullmatch(label):
            return None
    text = content.decode("utf-8", "replace")
    return text if text.count("\ufffd") * 2 < len(_ASCII.sub("", text)) else None
