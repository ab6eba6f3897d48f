"""Words that can be told from their ground, although much of what authors say about colours is not kept.

Style sheets, classes and pictures behind text are dropped, and the body element gives way to our own. White letters for a dark
ground that went with them would stand on white paper. So :func:`wrap_body` puts the body's own colours on an element that stays,
and :func:`make_readable` goes through all elements, with the ground each has in what is kept, and sets the colour of words that
could not be told from it. Both work on what nh3 wrote, and before it parses that for the last time.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from .html_colors import BLACK, FAINT, INK, LINK, PAPER, WHITE, Rgba, contrast, css_color, legacy_color, over, written
from .html_css import clean_style
from .html_scan import VOID, parse_attributes, scan

#: Contrast ratios (WCAG 2.2): less than the first and words count as hidden; on a ground the author did not choose, paper, they
#: get the second (§1.4.11, and §1.4.3 for large text).
HIDDEN, CLEAR = 2.0, 3.0

_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_BODY = re.compile(r"<(?:body|html)(?=[\s/>])", re.IGNORECASE)
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "big", "br", "cite", "code", "del", "dfn", "em", "font", "i", "img", "ins", "kbd", "mark",
    "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
})
#: Their ground is painted behind cells, which are not inside them.
_COLUMNS = ("col", "colgroup")
_INHERITING = ("inherit", "currentcolor", "unset")
_TRANSPARENT = ("initial", "unset", "revert", "none")


class _Color(NamedTuple):
    """A colour of words or of what lies behind them.

    :param bool is_chosen: the mail has it; else it is ours.
    """

    value: Rgba
    is_chosen: bool = False


class _Element(NamedTuple):
    """An open element.

    :param _Color wanted: of its words, as the author has it.
    :param Rgba shown: of its words, as it is written.
    :param _Color ground: behind its words; opaque.
    :param _Color below: behind a block in it. The own ground of an inline element is not painted there.
    """

    tag: str
    wanted: _Color
    shown: Rgba
    ground: _Color
    below: _Color


_PAPER = _Color((*PAPER, 1.0))
_ROOT = _Element("", _Color((*INK, 1.0)), (*INK, 1.0), _PAPER, _PAPER)
#: Of elements that say nothing themselves, by ``html_frame`` and by browsers.
_OWN_COLORS = {"a": _Color((*LINK, 1.0)), "blockquote": _Color((*FAINT, 1.0)), "mark": _Color((*BLACK, 1.0))}
_OWN_GROUNDS = {"mark": (255, 255, 0, 1.0)}
_SPECIAL = _OWN_COLORS.keys() | {"caption"}


def wrap_body(html: str, source: str) -> str:
    """Put the ground and the text colour of the body element around a fragment, where they differ from paper and ink.

    :param str html: what nh3 wrote.
    :param str source: the mail's HTML, where the body element is.
    """
    ground, color = None, None
    for attributes in _body_attributes(source):
        style = clean_style(attributes.get("style", ""))
        ground = _last(style, "background-color", _ground) or legacy_color(attributes.get("bgcolor", "")) or ground
        color = _last(style, "color", css_color) or legacy_color(attributes.get("text", "")) or color
    ground = over(ground, PAPER) if ground and len(ground) > 3 else ground
    declarations = []
    if ground and ground != PAPER:
        declarations.append(f"background-color:{written(ground)}")
    if color and (declarations or color[:3] not in (BLACK, INK)):
        declarations.append(f"color:{written(color[:3])}")
    return f'<div style="{";".join(declarations)}">{html}</div>' if declarations else html


def make_readable(html: str) -> str:
    """Set the colour of words that cannot be told from their ground, and leave out colours no browser knows.

    :param str html: what nh3 wrote: each element is closed, each attribute quoted.
    """
    if "color" not in html:
        return html
    stack, pieces, end = [_ROOT], [], 0
    for match in _TAG.finditer(html):
        is_end, tag, attributes = match.groups()
        if is_end:
            if stack[-1].tag == tag:
                stack.pop()
            continue
        element, changed = _open(tag, attributes, stack)
        if changed is not attributes:
            pieces += [html[end:match.start(3)], changed]
            end = match.end(3)
        if tag not in VOID:
            stack.append(element)
    return "".join([*pieces, html[end:]])


def _open(tag, attributes, stack):
    """The element a tag opens, and its attributes, with another colour where its words need one."""
    parent = stack[-1]
    if "color" not in attributes and tag not in _SPECIAL and parent.ground == parent.below:
        return parent._replace(tag=tag), attributes
    values = dict(_ATTRIBUTE.findall(attributes))
    style = values.get("style", "")
    is_inline, is_box = _layout(tag, style)
    # A caption lies outside the ground of its table.
    base = stack[-2].below if tag == "caption" and len(stack) > 1 else parent.ground if is_inline else parent.below
    own = None if tag in _COLUMNS else _own_ground(tag, values, style)
    ground = _Color((*over(own, base.value[:3]), 1.0), True) if own and own[3] else base
    wanted, effective = _own_color(tag, values, style, parent)
    shown = _readable(wanted, parent.shown, ground)
    element = _Element(tag, wanted, shown, ground, parent.below if is_inline and not is_box else ground)
    kept = _kept(style, keeps_color=shown == effective, keeps_ground=tag not in _COLUMNS)
    if shown != effective:
        kept.append(f"color:{written(over(shown, ground.value[:3]))}")
    if tag in _COLUMNS:
        values.pop("bgcolor", None)
    return element, _rewritten(attributes, values, ";".join(kept))


def _layout(tag, style):
    """Whether an element stands in a line of text, and whether it is a box that all of its ground is painted behind."""
    display = _last(style, "display", str)
    if display:
        return display.startswith("inline"), display != "inline"
    is_inline = tag in _INLINE and _last(style, "float", str) in (None, "none")
    return is_inline, not is_inline


def _own_ground(tag, values, style):
    return (_last(style, "background-color", _ground) or _opaque(legacy_color(values.get("bgcolor", "")))
            or _OWN_GROUNDS.get(tag))


def _own_color(tag, values, style, parent):
    """The colour the author wants for an element's words, and the one a browser gives them as the element stands."""
    value = _last(style, "color", lambda value: value if _is_color(value) else None)
    if value in _INHERITING:
        return parent.wanted, parent.shown
    color = css_color(value) if value else _opaque(legacy_color(values["color"])) if tag == "font" and "color" in values else None
    if color:
        return _Color(color, True), color
    own = _OWN_COLORS.get(tag)
    return (own, own.value) if own else (parent.wanted, parent.shown)


@lru_cache(maxsize=4096)
def _readable(wanted, inherited, ground):
    """The wanted colour where it can be told from the ground, else one like it, else the one of the words around, else ours."""
    paper = ground.value[:3]

    def clearness(color):
        return contrast(over(color, paper), paper)

    if clearness(wanted.value) >= (HIDDEN if wanted.is_chosen and ground.is_chosen else CLEAR):
        return wanted.value
    if wanted.is_chosen and clearness(wanted.value) >= HIDDEN:
        seen = over(wanted.value, paper)
        darker = ((*over((*INK, step / 16), seen), 1.0) for step in range(1, 17))
        return next(color for color in darker if clearness(color) >= CLEAR)
    if clearness(inherited) >= CLEAR:
        return inherited
    return max(((*INK, 1.0), (*WHITE, 1.0)), key=clearness)


def _kept(style, keeps_color, keeps_ground):
    """The declarations that stay."""
    kept = []
    for declaration in filter(None, style.split(";")):
        name, _colon, value = declaration.partition(":")
        if name == "color" and not (keeps_color and _is_color(value)):
            continue
        if name == "background-color" and not (keeps_ground and _ground(value)):
            continue
        kept.append(declaration)
    return kept


def _rewritten(attributes, values, style):
    if values.get("style", "") == style and attributes.count('="') == len(values):
        return attributes
    values = {**values, "style": style} if style else {name: value for name, value in values.items() if name != "style"}
    return "".join(f' {name}="{value}"' for name, value in values.items())


def _last(style, name, read):
    """What ``read`` makes of the last declaration of ``name`` that it makes anything of; None if there is none."""
    for declaration in reversed(style.split(";")):
        found, _colon, value = declaration.partition(":")
        if found == name and (answer := read(value)):
            return answer
    return None


def _is_color(value):
    return value in _INHERITING or bool(css_color(value))


def _ground(value):
    return None if value in _TRANSPARENT else css_color(value)


def _opaque(color):
    return (*color, 1.0) if color else None


def _body_attributes(source):
    """Yield the attributes of the html and the body element, of each the first."""
    if not _BODY.search(source):
        return
    for _text, tag, is_end, position in scan(source):
        if tag in ("html", "body") and not is_end:
            yield parse_attributes(source, position)
            if tag == "body":
                return
