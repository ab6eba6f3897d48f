"""Which addresses in a stranger's mail may stay, in a form every browser reads the same way."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from .html_trackers import strip_parameters

MAX_URL = 8000
#: Longest embedded image as a data: address (base64: 1.5 MB of image); a longer one is dropped.
MAX_DATA_URI = 2_000_000

# Browsers drop tabs and line ends anywhere, and control characters and blanks at the ends (WHATWG URL §4.4). The others
# hide where a link goes: zero-width and bidirectional marks.
_DECEIVING = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
# Without its two slashes an http address may be relative to the page it is shown on.
_WEB = re.compile(r"https?://[^/\\?#]", re.IGNORECASE)
_TEL = re.compile(r"tel:[0-9+*#().;=a-z_-]{1,60}\Z", re.IGNORECASE)
_DATA = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/]{4,}={0,2}\Z", re.IGNORECASE)
_ATTACH = re.compile(r"attach(?:ment)?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ImageSource:
    """Where an image comes from.

    :param str kind: ``cid``, ``data``, ``remote``, or ``refused``.
    :param str url: the cleaned address; for ``cid`` the Content-ID without scheme.
    """

    kind: str
    url: str = ""


def clean_link(url: str, strip_tracking: bool = True) -> str | None:
    """Give back the address of a link, or None where it must not be followed.

    :param str url: value of ``href``, entities decoded.
    :param bool strip_tracking: cut known tracking parameters off.
    """
    url = _normalise(url, MAX_URL)
    scheme = _scheme(url)
    if scheme in ("http", "https"):
        if not _WEB.match(url):
            return None
        return strip_parameters(url) if strip_tracking else url
    if scheme == "mailto":
        # Some mail programs attach a local file where the link says so.
        return strip_parameters(url, _ATTACH)
    if scheme == "tel":
        url = re.sub(r"\s|%20", "", url)
        return url if _TEL.match(url) else None
    return None


def image_source(url: str) -> ImageSource:
    """Classify the ``src`` of an image; relative ones and foreign schemes are ``refused``."""
    url = _normalise(url, MAX_DATA_URI)
    scheme = _scheme(url)
    if scheme == "cid":
        return ImageSource("cid", unquote(url[4:]))
    if scheme == "data":
        url = re.sub(r"\s", "", url)
        return ImageSource("data", url) if _DATA.match(url) else ImageSource("refused")
    if scheme in ("http", "https") and len(url) <= MAX_URL and _WEB.match(url):
        return ImageSource("remote", url)
    return ImageSource("refused")


def _normalise(url, limit):
    """Apply what a browser would do before it reads the scheme, and make ``//host`` say its scheme."""
    if len(url) > limit:
        return ""
    url = _DECEIVING.sub("", url).strip()
    return f"https:{url}" if url.startswith("//") else url


def _scheme(url):
    match = _SCHEME.match(url)
    return match.group(1).lower() if match else ""
