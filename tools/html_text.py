"""Plain text to safe HTML and back."""

import re

import nh3

from .html_guard import MAX_SHOWN, break_runs
from .html_linker import MAX_LINKED, link_addresses
from .html_scan import VOID, decode_references, parse_attributes, scan
from .html_trackers import is_picture

_TAGS = {"a", "blockquote", "div", "wbr"}
_REL = "noopener noreferrer nofollow"
_PRE_WRAP = "white-space:pre-wrap"
_MAX_LEVEL = 10

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_QUOTE = re.compile(r"(?:> ?)+")
_LINK_SCHEMES = ("http:", "https:", "mailto:")

_BREAKING = frozenset({
    "address", "article", "aside", "blockquote", "br", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p",
    "pre", "section", "summary", "table", "tr", "ul",
})
#: A parser reads the second name as the first (WHATWG HTML §13.2.6.4.7).
_IMAGES = ("img", "image")
_HIDDEN = re.compile(r"(?<![\w-])display\s*:\s*none", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\f\v\u00a0]+")
_LINE_ENDS = re.compile(r" ?\n ?")
_MANY_LINES = re.compile(r"\n{3,}")
# Mailing tools pad their preview text with these, so that nothing of the body shows.
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")


def text_to_html(text: str, flowed: bool = False, delsp: bool = False) -> str:
    """Show plain text as HTML: addresses become links, ``>`` becomes nested quotations, blanks stay.

    :param bool flowed: the part says ``format=flowed``: lines are joined again (RFC 3676).
    :param bool delsp: it says ``DelSp=yes`` too: the blank at a joint is not part of the text.
    """
    text = _CONTROLS.sub("", text[:MAX_SHOWN].replace("\r\n", "\n").replace("\r", "\n"))
    lines = [_split_quote(line) for line in text.split("\n")]
    if flowed:
        lines = _join_flowed(lines, delsp)
    pieces, level, budget = [], 0, MAX_LINKED
    for depth, block in _blocks(lines):
        pieces.append("<blockquote>" * (depth - level) + "</blockquote>" * (level - depth))
        html, budget = link_addresses(block, budget)
        pieces.append(f'<div style="{_PRE_WRAP}">{html}</div>')
        level = depth
    pieces.append("</blockquote>" * level)
    return _CLEANER.clean(break_runs("".join(pieces)))


def html_to_text(html: str) -> str:
    """The readable text of HTML, for previews and search: blocks on lines of their own, no addresses of links.

    Tolerant, linear in its input, without a tree: depth does not matter.
    """
    pieces = []
    for text, tag, _is_end, _attributes in scan(html[:MAX_SHOWN]):
        # Line ends of the source are blanks; only tags break lines.
        pieces.append(text.replace("\n", " "))
        if tag in _BREAKING:
            pieces.append("\n")
        elif tag in ("td", "th"):
            pieces.append(" ")
    text = _BLANKS.sub(" ", _CONTROLS.sub("", decode_references("".join(pieces))))
    return _MANY_LINES.sub("\n\n", _LINE_ENDS.sub("\n", text)).strip()


def has_content(html: str) -> bool:
    """Tell whether a reader would see anything of ``html``: words, or a picture that is no opening pixel.

    :param str html: as the mail has it. What ``display:none`` hides does not count; a remote picture does, although it is
        loaded only after consent.
    """
    html, hidden, depth = html[:MAX_SHOWN], "", 0
    for text, tag, is_end, position in scan(html):
        if hidden:
            if tag == hidden:
                depth += -1 if is_end else 1
                hidden = hidden if depth else ""
        elif _is_visible_text(text):
            return True
        elif tag and not is_end:
            attributes = parse_attributes(html, position)
            if _HIDDEN.search(attributes.get("style", "")):
                hidden, depth = ("", 0) if tag in VOID else (tag, 1)
            elif tag in _IMAGES and is_picture(attributes):
                return True
    return False


def preview_of(text: str, length: int = 200) -> str:
    """The first words of a plain text on one line, without quotations, rulers and invisible padding.

    :param int length: most characters of the answer; a cut is marked with an ellipsis.
    """
    lines = [line for line in text[:length * 20].splitlines() if not line.lstrip().startswith(">")]
    kept = []
    for line in lines:
        if line.rstrip() == "--":
            break
        kept.append(re.sub(r"[-=_*~#]{4,}", " ", line))
    words = " ".join(_INVISIBLE.sub("", _CONTROLS.sub("", " ".join(kept))).split())
    return words if len(words) <= length else words[:length - 1].rstrip() + "…"


def _is_visible_text(text):
    return bool(text.strip()) and bool(_INVISIBLE.sub("", decode_references(text)).strip())


def _split_quote(line):
    match = _QUOTE.match(line)
    if not match:
        return 0, line
    return min(match.group().count(">"), _MAX_LEVEL), line[match.end():]


def _join_flowed(lines, delsp):
    joined = []
    is_open = False
    for depth, stuffed in lines:
        # A line that began with a blank, a quote sign or "From " got one blank more (RFC 3676 §4.4).
        line = stuffed.removeprefix(" ")
        is_soft = line.endswith(" ") and line != "-- "
        text = line[:-1] if is_soft and delsp else line
        if is_open and joined[-1][0] == depth and line != "-- ":
            joined[-1][1].append(text)
        else:
            joined.append((depth, [text]))
        is_open = is_soft
    return [(depth, "".join(parts)) for depth, parts in joined]


def _blocks(lines):
    """Bring lines of one quotation depth together."""
    depth, block = 0, []
    for level, line in lines:
        if level != depth and block:
            yield depth, "\n".join(block)
            block = []
        depth = level
        block.append(line)
    yield depth, "\n".join(block)


def _judge(tag, name, value):
    if name == "href":
        return value if value.lower().startswith(_LINK_SCHEMES) else None
    return {"style": _PRE_WRAP, "rel": _REL, "target": "_blank"}.get(name)


_CLEANER = nh3.Cleaner(
    tags=_TAGS, attributes={"a": {"href"}, "div": {"style"}}, attribute_filter=_judge, link_rel=_REL,
    set_tag_attribute_values={"a": {"target": "_blank"}}, url_schemes={"http", "https", "mailto"}, url_relative="deny")
