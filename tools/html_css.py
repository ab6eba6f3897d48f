"""The style attribute of a stranger's mail, re-emitted from a list of harmless properties.

Nothing of the author's text is passed on: the value is parsed (CSS Syntax Level 3, tinycss2) and written anew from tokens
that are known, so that an escape, a comment or a broken string has no way through.
"""

import re
from functools import lru_cache

import tinycss2

from .html_colors import css_color

#: A longer attribute is no layout any more; it is dropped as a whole.
MAX_STYLE = 2000

_SIDES = ("-top", "-right", "-bottom", "-left")
_BOX = {f"{name}{side}" for name in ("margin", "padding", "border") for side in ("", *_SIDES)}
_BORDER = {f"border{side}-{part}" for side in ("", *_SIDES) for part in ("color", "style", "width")}
_PROPERTIES = _BOX | _BORDER | {
    "background", "background-color", "background-image",
    "border-collapse", "border-radius", "border-spacing", "box-sizing", "caption-side",
    "clear", "color", "direction", "display", "empty-cells", "float", "font", "font-family", "font-size", "font-style",
    "font-variant", "font-weight", "height", "letter-spacing", "line-height", "list-style", "list-style-position",
    "list-style-type", "max-height", "max-width", "min-height", "min-width", "opacity", "overflow", "overflow-wrap",
    "table-layout", "text-align", "text-decoration", "text-decoration-color", "text-decoration-line", "text-indent",
    "text-transform", "unicode-bidi", "vertical-align", "visibility", "white-space", "width", "word-break", "word-spacing",
    "word-wrap",
}
_KEYWORDS = {
    "display": {"none", "block", "inline", "inline-block", "list-item", "table", "inline-table", "table-row", "table-cell",
                "table-caption", "table-column", "table-column-group", "table-row-group", "table-header-group",
                "table-footer-group"},
    "float": {"left", "right", "none"},
    "overflow": {"hidden", "visible", "auto"},
}
#: Largest length per unit. Viewport units are missing on purpose: a frame that fits its content would never settle.
_UNITS = {"px": 4000, "pt": 3000, "pc": 250, "em": 200, "rem": 200, "ex": 400, "ch": 400, "in": 40, "cm": 100, "mm": 1000,
          "deg": 360}
_COLOR_FUNCTIONS = {"rgb", "rgba", "hsl", "hsla"}
#: Written with the colour of their first stop, so that the words on it stay readable.
_GRADIENT = re.compile(r"(?:-webkit-|-moz-|-o-)?(?:repeating-)?(?:linear|radial|conic)-gradient\Z")
#: Without strings, blocks, escapes, comments and at-rules a semicolon always ends a declaration (CSS Syntax §5.4.4).
_SPLITTABLE = re.compile(r"[^\"'\\(){}\[\]/@<]*\Z")
_IDENT = re.compile(r"[a-z-]{1,40}\Z")
_HASH = re.compile(r"(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\Z")
_FAMILY = re.compile(r"[\w .-]{1,60}\Z")


def clean_style(style: str) -> str:
    """Give back the declarations of ``style`` that are allowed, in their order; empty if there are none.

    :param str style: value of a style attribute, entities already decoded.
    """
    if len(style) > MAX_STYLE:
        return ""
    if _SPLITTABLE.match(style):
        # Whole attributes differ from mail to mail, their declarations hardly do: the cache is worth most here.
        return ";".join(filter(None, map(_declarations, style.split(";"))))
    return _declarations(style)


@lru_cache(maxsize=8192)
def _declarations(style):
    kept = []
    for node in tinycss2.parse_declaration_list(style, skip_comments=True, skip_whitespace=True):
        if node.type != "declaration" or node.lower_name not in _PROPERTIES:
            continue
        name = node.lower_name
        if name in ("background", "background-image"):
            name, value = "background-color", _ground(node.value, name == "background")
        else:
            value = _value(name, node.value)
        if value:
            kept.append(f"{name}:{value}")
    return ";".join(kept)


def _value(name, tokens):
    """Write the tokens of one value, or '' as soon as one of them is unknown."""
    written = []
    for token in tokens:
        text = _token(name, token)
        if text is None:
            return ""
        written.append(text)
    value = "".join(written).strip()
    if name in _KEYWORDS and value not in _KEYWORDS[name]:
        return ""
    return value


def _token(name, token):
    """Write one token anew; None where it is not known to be harmless."""
    writer = _WRITERS.get(token.type)
    return writer(name, token) if writer else None


def _ident(name, token):
    if name in ("font-family", "font"):
        return token.value if _FAMILY.match(token.value) else None
    return token.lower_value if _IDENT.match(token.lower_value) else None


def _length(_name, token):
    """Lengths that pull things out of the frame (negative) or blow it up (huge) are refused."""
    limit = 10000
    unit = ""
    if token.type == "percentage":
        limit, unit = 1000, "%"
    elif token.type == "dimension":
        unit = token.lower_unit
        limit = _UNITS.get(unit, -1)
    if not 0 <= token.value <= limit:
        return None
    return f"{token.value:.4f}".rstrip("0").rstrip(".") + unit


def _color_function(_name, token):
    if token.lower_name not in _COLOR_FUNCTIONS:
        return None
    written = []
    for part in token.arguments:
        if part.type in ("whitespace", "number", "percentage", "dimension", "literal"):
            text = _token("color", part)
            if text is not None:
                written.append(text)
                continue
        return None
    return f"{token.lower_name}({''.join(written).strip()})"


def _literal(_name, token):
    return token.value if token.value in (",", "/") else None


def _hash(_name, token):
    value = token.value.lower()
    return f"#{value}" if _HASH.match(value) else None


def _string(name, token):
    return f"'{token.value}'" if name in ("font-family", "font") and _FAMILY.match(token.value) else None


_WRITERS = {
    "whitespace": lambda _name, _token: " ",
    "comment": lambda _name, _token: "",
    "ident": _ident,
    "number": _length,
    "percentage": _length,
    "dimension": _length,
    "literal": _literal,
    "hash": _hash,
    "function": _color_function,
    "string": _string,
}


def _ground(tokens, has_color):
    """A flat colour for a background, whose images are never loaded: of a gradient, which lies above it, the first; else its own.

    :param bool has_color: the property may hold a colour besides images.
    """
    gradients = (token for token in tokens if token.type == "function" and _GRADIENT.match(token.lower_name))
    colors = (_first_color(token.arguments) for token in gradients)
    return next(filter(None, colors), "") or (_first_color(tokens) if has_color else "")


def _first_color(tokens):
    for token in tokens:
        if token.type == "hash" or (token.type == "function" and token.lower_name in _COLOR_FUNCTIONS):
            return _token("color", token) or ""
        if token.type == "ident" and css_color(token.lower_value):
            return token.lower_value
    return ""
