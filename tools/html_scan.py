"""Reads HTML without a tree: its text, its tags and their attributes, in time linear in its length and at any depth.

Only good enough for what needs no exact tree, such as a preview. What is shown goes through a parser (``html``).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape

#: Elements without content and end tag (WHATWG HTML §13.1.2).
VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})

_TOKEN = re.compile(r"<(?:(!--)|(/?)([a-zA-Z][^\s/>]{0,40})|[!?/])")
#: Their content is never shown.
_SKIPPED = frozenset({
    "head", "iframe", "math", "noembed", "noframes", "noscript", "script", "select", "style", "svg", "template", "textarea",
    "title",
})
#: Swallow the rest of the document where they never close, as in a browser.
_RAW = frozenset({
    "iframe", "noembed", "noframes", "script", "style", "textarea", "title",
})
_ATTRIBUTE = re.compile(
    r"[\s/]*([^\s=<>/\"']{1,40})(?:\s*=\s*(?:\"([^\"]{0,9000})\"|'([^']{0,9000})'|([^\s\"'<>]{1,9000})))?")
_MAX_ATTRIBUTES = 40
_MAX_VALUE = 9000
_TAG_STOP = re.compile(r">|=\s*([\"'])")
#: No character has a longer number; Python refuses to read those of thousands of digits.
_ENDLESS_NUMBER = re.compile(r"&#(?:[0-9]{20,}|[xX][0-9a-fA-F]{20,});?")


def scan(html: str) -> Iterator[tuple[str, str, bool, int]]:
    """Yield each tag of ``html`` with the text before it; elements whose content is never shown are left out as a whole.

    :return: the text, character references not decoded; the tag's name in lower case, empty for a comment, a declaration and
        the end of the document; whether it is an end tag; where its attributes begin.
    """
    position, endless = 0, set()
    while match := _TOKEN.search(html, position):
        text, tag = html[position:match.start()], (match[3] or "").lower()
        position = _after(html, match)
        yield text, tag, bool(match[2]), match.end()
        if tag in _SKIPPED and not match[2] and tag not in endless:
            end = _end_tag(tag).search(html, position)
            if end:
                position = end.end()
            elif tag in _RAW:
                position = len(html)
            else:
                endless.add(tag)
    yield html[position:], "", False, len(html)


def parse_attributes(html: str, position: int = 0) -> dict[str, str]:
    """The attributes of a tag, names in lower case, character references decoded; the first of a name counts.

    :param int position: behind the tag's name.
    """
    attributes = {}
    for _ in range(_MAX_ATTRIBUTES):
        match = _ATTRIBUTE.match(html, position)
        if not match:
            break
        position = match.end()
        name, *values = match.groups()
        attributes.setdefault(name.lower(), decode_references(next(filter(None, values), "")))
    return attributes


def decode_references(text: str) -> str:
    """Replace the character references of HTML by what they stand for. Never raises."""
    return unescape(_ENDLESS_NUMBER.sub("\ufffd", text)) if "&" in text else text


def end_of_tag(html: str, start: int) -> int:
    """Where the tag or comment that starts at ``start`` has ended; ``start`` itself where none starts there.

    Quoted values may hold a ``>``.
    """
    match = _TOKEN.match(html, start)
    return _after(html, match) if match else start


def _after(html, match):
    if match[1]:
        end = html.find("-->", match.start() + 2)
        return end + 3 if end >= 0 else len(html)
    position = match.end()
    while stop := _TAG_STOP.search(html, position):
        position = stop.end()
        if not stop[1]:
            return position
        end = html.find(stop[1], position, position + _MAX_VALUE)
        position = end + 1 if end >= 0 else position
    return len(html)


@lru_cache(maxsize=64)
def _end_tag(name):
    return re.compile(rf"</{name}(?:\s[^>]{{0,99}})?>", re.IGNORECASE)
