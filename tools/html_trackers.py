"""What in a mail only reports back to its sender: opening pixels, and the parameters that name a link's reader.

The lists are of common mailing tools' public habits. What they miss is still not loaded before consent.
"""

import re

from .html_scan import parse_attributes

_PARAMETER = re.compile(
    r"(?:utm_\w+|mc_[ce]id|fbclid|gclid|gclsrc|dclid|[gw]braid|msclkid|twclid|ttclid|yclid|igshid|mibextid|li_fat_id"
    r"|srsltid|_hsenc|_hsmi|__hs\w+|hsctatracking|mkt_tok|vero_(?:id|conv)|oly_(?:anon|enc)_id|_openstat|wickedid"
    r"|ml_subscriber\w*|rb_clickid|s_cid|elq\w+|bsft_\w+|_ke|_kx|dm_i|ck_subscriber_id|_branch_match_id|sc_[ce]id"
    r"|at_(?:medium|campaign)\w*|pk_(?:campaign|kwd|source|medium|content)|piwik_\w+|mtm_\w+|matomo_\w+|trk_\w+|wt_?mc"
    r"|cm_mm\w*|guccounter|guce_\w+|et_[rc]id|sfmc_\w+|sp(?:mailing|user|job|report)id\w*|em[cd]i)\Z", re.IGNORECASE)

#: Hosts that serve nothing but reports.
_HOST = re.compile(
    r"https?://(?:[\w-]+\.)*(?:emltrk\.com|mailtrack\.io|mailfoogae\.appspot\.com|yesware\.com|bananatag\.com"
    r"|doubleclick\.net|google-analytics\.com|scorecardresearch\.com|pixel\.wp\.com|getnotify\.com|didtheyreadit\.com"
    r"|readnotify\.com|mailstat\.us|hubspotemail\.net|awstrack\.me)(?:[/:?#]|\Z)", re.IGNORECASE)
#: Paths under which mailing tools, on whatever host, count openings.
_PATH = re.compile(
    r"https?://[^?#]*?/(?:wf/open|track/open|trk/open|e/open|email[-_]?open(?:ed)?|open\.(?:php|aspx?|gif|png)"
    r"|(?:tracking[-_]?)?pixel(?:\.(?:gif|png|php))?|(?:beacon|track(?:er|ing)?|opened)\.(?:gif|png|php)|__ptq\.gif"
    r"|ss/o/[^?#]*|o/[\w-]{30,}(?:\.gif|\.png)?)(?=[?#]|\Z)|https?://(?:www\.)?facebook\.com/tr[/?]"
    r"|https?://(?:px\.ads|px|www)\.linkedin\.com/(?:px|collect|emimp)\b", re.IGNORECASE)

_IMG = re.compile(r"<img(?=[\s/])", re.IGNORECASE)
_TINY = re.compile(r"\s*0*[0-2](?:\.\d*)?\s*(?:px)?\s*\Z", re.IGNORECASE)
_STYLE_SIZE = re.compile(r"(?<![\w-])(width|height)\s*:\s*([^;!]{1,20})", re.IGNORECASE)
_MAX_IMAGES = 5000


def strip_parameters(url: str, names: re.Pattern = _PARAMETER) -> str:
    """Cut the query parameters whose name matches off ``url``, leaving every other byte as it is.

    :param str url: an address; without a query it comes back unchanged.
    :param names: matched against each parameter's name; by default the known tracking parameters.
    """
    head, fragment_mark, fragment = url.partition("#")
    base, mark, query = head.partition("?")
    if not mark:
        return url
    kept = [pair for pair in query.split("&") if not names.match(pair.partition("=")[0])]
    query = "&".join(kept)
    return base + (f"?{query}" if query else "") + fragment_mark + fragment


def is_tracker(url: str) -> bool:
    """Tell whether an http(s) image address is one that only counts openings."""
    return bool(_HOST.match(url) or _PATH.match(url[:2000]))


def tiny_images(html: str) -> frozenset[str]:
    """Collect the ``src`` of images that are declared two pixels or less in both directions.

    Read from the raw source by a scanner that is only good enough for that: the sanitiser's callback sees one attribute
    at a time and cannot know the others. What it overlooks stays an ordinary blocked image.
    """
    found = set()
    for count, start in enumerate(_IMG.finditer(html)):
        if count >= _MAX_IMAGES:
            break
        attributes = parse_attributes(html, start.end())
        if attributes.get("src") and _is_tiny(attributes):
            found.add(attributes["src"].strip())
    return frozenset(found)


def is_picture(attributes: dict[str, str]) -> bool:
    """Tell whether an ``<img>`` with these attributes shows its reader something: it has a source and only counts nothing."""
    source = attributes.get("src", "").strip()
    return bool(source) and not _is_tiny(attributes) and not is_tracker(source)


def _is_tiny(attributes):
    style = {name.lower(): value for name, value in _STYLE_SIZE.findall(attributes.get("style", ""))}
    sizes = [style.get(side) or attributes.get(side) or "" for side in ("width", "height")]
    return all(_TINY.match(size) for size in sizes)
