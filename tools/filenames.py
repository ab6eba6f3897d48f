"""Names of strangers' files, and how a file is handed to a browser."""

import re
from urllib.parse import quote

MAX_LENGTH = 150
#: The type of a stranger's file, as far as browsers are to know: they save it, whatever it holds.
OPAQUE = "application/octet-stream"
#: Headers of every answer that holds something of a mail: nothing in it may run as a page of Odoo's, be taken for another type,
#: or stay in a cache after revocation.
GUARDS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_UNSAFE = re.compile('[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff\ud800-\udfff]')
_RESERVED = re.compile(r'[<>:"|?*;]')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?=\s*(?:\.|\Z))", re.IGNORECASE)
#: Shown by browsers without running anything of the page they come from. SVG, XML and HTML are missing on purpose.
_SHOWN = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "text/plain", "application/pdf"))


def safe_filename(name: str, default: str = "attachment") -> str:
    """Give back a name that any file system, archive and header can take.

    Directories are cut off, as are control, zero-width and bidirectional characters ("exe.gpj" must not pass for a JPEG);
    names of Windows devices are made harmless; what is too long loses its middle and keeps the extension.

    :param str name: decoded; may hold anything.
    :param str default: answered where nothing usable is left.
    """
    name = _UNSAFE.sub("", name).replace("\\", "/").rpartition("/")[2]
    name = " ".join(_RESERVED.sub("_", name).split()).strip(". ")
    if _DEVICE.match(name):
        name = f"_{name}"
    stem, dot, extension = name.rpartition(".")
    if len(extension) > 20 or not stem:
        stem, dot, extension = name, "", ""
    # File systems count octets, people characters: 240 of the ones, MAX_LENGTH of the others.
    room = 240 - len((dot + extension).encode())
    stem = stem[:MAX_LENGTH - len(extension) - 1].encode()[:room].decode("utf-8", "ignore")
    return (stem.rstrip(". ") + dot + extension) or default


def unique_filenames(names: list[str]) -> list[str]:
    """Make names safe and, where several are alike, number them: ``report.pdf``, ``report (2).pdf``.

    Alike is what differs in case only, too: not every file system tells it apart.

    :param names: decoded; may hold anything.
    """
    found, taken, numbers = [], set(), {}
    for name in map(safe_filename, names):
        stem, dot, extension = name.rpartition(".")
        if not stem:
            stem, dot, extension = name, "", ""
        candidate, key = name, name.casefold()
        # Numbers go on where they stopped: counted from two for each, many equal names would cost quadratic time.
        number = numbers.get(key, 1)
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{stem} ({number}){dot}{extension}"
        numbers[key] = number
        taken.add(candidate.casefold())
        found.append(candidate)
    return found


def content_disposition(name: str, inline: bool = False) -> str:
    """The Content-Disposition header of a download (RFC 6266; RFC 8187 for other than ASCII).

    :param str name: made safe here.
    :param bool inline: show instead of save; see :func:`is_safe_inline`.
    """
    name = safe_filename(name)
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    value = f'{"inline" if inline else "attachment"}; filename="{plain}"'
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(name, safe='')}"


def bare_type(mimetype: str) -> str:
    """A media type (RFC 2045, section 5.1) without parameters, in lower case: ``text/html`` of ``TEXT/HTML; charset=x``."""
    return mimetype.partition(";")[0].strip().lower()


def is_safe_inline(mimetype: str) -> bool:
    """Tell whether a part may be shown under our own address; everything else is to be downloaded, always with nosniff."""
    return bare_type(mimetype) in _SHOWN
