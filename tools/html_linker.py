"""Addresses in plain text become links.

What counts as an address is found here, in time linear in the text: ``bleach`` searches each word for addresses of its own,
which costs it a second for a word of 2,000 characters. It is handed only the addresses found, one a line, and makes links of
them.
"""

import re
from collections.abc import Callable, Iterator
from html import escape

import bleach

#: Characters of an address; a longer one stays text.
_MAX_ADDRESS = 2000
#: Characters handed to bleach for one body; it is a hundred times slower than the rest. What follows stays text.
MAX_LINKED = 200_000
#: Ampersands of an address; each costs bleach as much as a word does.
_MAX_PARAMETERS = 100
#: Characters handed to it at once: it copies all of a text for each ``&`` in it.
_AT_ONCE = 4000
_SCHEMES = ("http:", "https:", "mailto:")

# Nothing is searched where none of these stands.
_HINT = re.compile(r"://|www\.|\w@\w", re.IGNORECASE)
# An alternative begins only where its own characters do not stand before it, so that no character is looked at from many starts.
# RFC 3986 keeps the characters left out here for other uses, or people put addresses between them; RFC 5321 §4.5.3.1 and
# RFC 1035 §2.3.4 have the lengths.
_ADDRESS = re.compile(
    r"(?P<url>(?<![a-z0-9])(?:https?://|www\.)[^\s<>\"\\^`{|}]+)"
    r"|(?P<email>(?<![\w.!#$%&*+=~^@-])\w[\w.!#$%&*+=~^-]{0,63}@(?:[\w-]{1,63}\.){1,9}[^\W\d_]{2,24}(?![\w@-]))",
    re.IGNORECASE)
_HOST = re.compile(
    r"(?:https?://(?:[^\s/?#@]{1,200}@)?(?:[\w-]{1,63}\.){0,9}[\w-]{1,63}|www\.(?:[\w-]{1,63}\.){1,9}[\w-]{1,63})"
    r"\.?(?::\d{1,5})?(?=[/?#]|\Z)", re.IGNORECASE)
_END_MARKS = ".,;:!?'*)]\u2019\u201d\u00bb\u2026"
_BRACKETS = {")": "(", "]": "["}


def link_addresses(text: str, budget: int = MAX_LINKED) -> tuple[str, int]:
    """Escape a plain text for HTML and link its web and mail addresses.

    :param int budget: characters of addresses that may still be linked.
    :return: HTML, and what is left of the budget.
    """
    if not _HINT.search(text):
        return escape(text, quote=False), budget
    pieces, end, found = [], 0, {"url": [], "email": []}
    for match in _ADDRESS.finditer(text):
        kind, address = match.lastgroup, _without_end_marks(match[0])
        if len(address) > min(_MAX_ADDRESS, budget) or address.count("&") > _MAX_PARAMETERS:
            continue
        if kind == "url" and not _HOST.match(address):
            continue
        budget -= len(address)
        pieces += [escape(text[end:match.start()], quote=False), address]
        end = match.start() + len(address)
        found[kind].append(len(pieces) - 1)
    for kind, places in found.items():
        for place, link in zip(places, _links(_LINKERS[kind], [pieces[place] for place in places]), strict=True):
            pieces[place] = link
    return "".join(pieces) + escape(text[end:], quote=False), budget


def _links(linkify: Callable[[str], str], addresses: list[str]) -> Iterator[str]:
    """Yield the HTML of each address, as a link unless bleach makes none of it."""
    group, length = [], 0
    for address in addresses:
        group.append(escape(address, quote=False))
        length += len(address)
        if length > _AT_ONCE:
            yield from _linked(linkify, group)
            group, length = [], 0
    yield from _linked(linkify, group)


def _linked(linkify, lines):
    linked = linkify("\n".join(lines)).split("\n") if lines else []
    return linked if len(linked) == len(lines) else lines


def _without_end_marks(address):
    """Punctuation at the end belongs to the sentence; a closing bracket does unless the address holds the opening one."""
    end = len(address)
    balance = {closing: address.count(opening) - address.count(closing) for closing, opening in _BRACKETS.items()}
    while end and address[end - 1] in _END_MARKS:
        mark = address[end - 1]
        if mark in balance:
            if balance[mark] >= 0:
                break
            balance[mark] += 1
        end -= 1
    return address[:end]


def _keep_schemes(attributes, new=False):
    return attributes if attributes.get((None, "href"), "").lower().startswith(_SCHEMES) else None


_LINE, _NOTHING = re.compile(r"[^\n]+"), re.compile(r"(?!)")
_LINKERS = {
    "url": bleach.linkifier.Linker(callbacks=[_keep_schemes], url_re=_LINE).linkify,
    "email": bleach.linkifier.Linker(callbacks=[_keep_schemes], url_re=_NOTHING, email_re=_LINE, parse_email=True).linkify,
}
