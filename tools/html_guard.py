"""Finds HTML that is built to be expensive, before an HTML parser takes it.

An HTML5 parser looks through its stack of open elements at most tags, copies formatting elements left open (``<font>``)
into every block that follows (WHATWG HTML §13.2.4), and compares each attribute with those before it in the tag: three ways
to make a small mail cost minutes. What mail programs write stays thousandfold below these limits. The fourth way, a long
text, is an honest one too: nh3 copies all of a text for each character reference in it. Such a text is divided.
"""

import re

from .html_scan import VOID, end_of_tag

#: Characters of a body that are shown, embedded images aside; what follows is cut off.
MAX_SHOWN = 4_000_000

_MAX_STACK_STEPS = 50_000_000
_MAX_COPIES = 50_000
_FEW_TAGS = 300
_LONG_TAG = 10_000
_MAX_SEPARATORS = 4000
#: Characters of a text between two tags.
_LONG_RUN = 4000

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,40})")
_FORMATTING = frozenset({
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
})
#: Closed by the next of their kind, so they do not pile up.
_SIBLINGS = frozenset({
    "body", "dd", "dt", "head", "html", "li", "option", "p", "tbody", "td", "tfoot", "th", "thead", "tr",
})
_TAG_START = re.compile(r"<[a-zA-Z/]")
_MARKUP = re.compile(r"<[a-zA-Z/!?]")
#: Not before a ``>``, which may end a comment.
_CUT = re.compile(r"[\s>]|(?=[&<])")
_EMBEDDED = re.compile(r"data:(image/[a-z-]{1,20});base64,([A-Za-z0-9+/=\s]{1000,})", re.IGNORECASE)
_SEPARATOR = re.compile(r"[\s/\"']")


def set_aside(html: str) -> tuple[str, list[str]]:
    """Replace long embedded images by ``data:IMAGE-TYPE;aside,NUMBER``, and give them back as a list.

    No parser has to go through megabytes of base64, and what is left of a tag can be measured by its length.
    """
    images = []

    def replace(match):
        images.append(f"data:{match.group(1)};base64,{match.group(2)}")
        return f"data:{match.group(1)};aside,{len(images) - 1}"

    return _EMBEDDED.sub(replace, html), images


def is_too_large(html: str) -> bool:
    """Tell whether only the beginning of ``html`` would be shown."""
    return len(html) > MAX_SHOWN and len(set_aside(html)[0]) > MAX_SHOWN


def is_bomb(html: str) -> bool:
    """Tell whether parsing ``html`` as a tree would cost far more than its length suggests.

    :param str html: a body whose embedded images are set aside.
    """
    return (html.count("<") > _FEW_TAGS and _nests_too_deep(html)) or _has_endless_tag(html)


def break_runs(html: str) -> str:
    """Divide each long text by ``<wbr>`` where its reader sees no difference: behind a blank, before a character reference."""
    pieces, end = [], 0
    starts = [match.start() for match in _MARKUP.finditer(html)]
    for start, following in zip([0, *starts], [*starts, len(html)], strict=True):
        if following - start <= _LONG_RUN:
            continue
        position = max(end_of_tag(html, start), end)
        while (cut := _CUT.search(html, position + _LONG_RUN, following)) and cut.end() < following:
            pieces.append(html[end:cut.end()])
            end = position = cut.end()
    return "<wbr>".join([*pieces, html[end:]])


def _nests_too_deep(html):
    open_tags = {}
    depth = formatting = steps = copies = 0
    for match in _TAG.finditer(html):
        closing, name = match.group(1), match.group(2).lower()
        if name in VOID:
            continue
        if name in _SIBLINGS:
            copies += formatting
        elif not closing:
            open_tags[name] = open_tags.get(name, 0) + 1
            depth += 1
            if name in _FORMATTING:
                formatting += 1
            else:
                copies += formatting
        elif open_tags.get(name):
            open_tags[name] -= 1
            depth -= 1
            formatting -= name in _FORMATTING
        steps += depth
        if steps > _MAX_STACK_STEPS or copies > _MAX_COPIES:
            return True
    return False


def _has_endless_tag(html):
    for chunk in html.split(">"):
        if len(chunk) < _LONG_TAG:
            continue
        start = _TAG_START.search(chunk)
        if start and len(_SEPARATOR.findall(chunk, start.start())) > _MAX_SEPARATORS:
            return True
    return False
