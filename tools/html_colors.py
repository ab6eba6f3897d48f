"""Colours as authors write them, and how well words of one colour can be told from a ground of another."""

import colorsys
import re
from functools import lru_cache

from tinycss2.color3 import parse_color

#: Red, green and blue, 0 to 255.
Rgb = tuple[int, int, int]
#: The same and the opacity, 0 to 1.
Rgba = tuple[int, int, int, float]

WHITE: Rgb = (255, 255, 255)
BLACK: Rgb = (0, 0, 0)
#: Of the document a body is shown in (``html_frame``): its ground, words, quotations and links.
PAPER: Rgb = WHITE
INK: Rgb = (0x1F, 0x23, 0x28)
FAINT: Rgb = (0x57, 0x60, 0x6A)
LINK: Rgb = (0x0B, 0x57, 0xD0)

#: CSS Color 4 §6.1 and §6.2, the system colours as they are in light surroundings.
_OTHER = {
    "windowtext": BLACK, "canvastext": BLACK, "initial": BLACK, "window": WHITE, "canvas": WHITE, "rebeccapurple": (102, 51, 153),
}
_HEX = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\Z")
_FUNCTION = re.compile(r"(rgb|hsl)a?\(\s*([0-9.]+)(?:deg)?([0-9.,/%\s]*)\)\Z")
_NOT_HEX = re.compile(r"[^0-9a-fA-F]")


@lru_cache(maxsize=4096)
def css_color(value: str) -> Rgba | None:
    """A colour of a style sheet (CSS Color 4: names, hexadecimal, ``rgb()``, ``hsl()``, the usual system colours).

    :return: None where it is none of these, or depends on where it stands (``inherit``, ``currentcolor``).
    """
    value = value.strip().lower()
    if _HEX.match(value):
        return _hexadecimal(value[1:])
    match = _FUNCTION.match(value)
    if match:
        return _function(match[1], re.split(r"[\s,/]+", f"{match[2]}{match[3]}".strip()))
    if value in _OTHER:
        return *_OTHER[value], 1.0
    return _named(value)


@lru_cache(maxsize=4096)
def legacy_color(value: str) -> Rgb | None:
    """A colour of an attribute such as ``bgcolor`` (WHATWG HTML §2.3.6, rules for parsing a legacy colour value)."""
    value = value.strip().lower()
    if value in ("", "transparent"):
        return None
    named = _named(value)
    if named:
        return named[:3]
    if re.fullmatch("#[0-9a-f]{3}", value):
        return _hexadecimal(value[1:])[:3]
    digits = _NOT_HEX.sub("0", value[:128].removeprefix("#"))
    digits += "0" * (-len(digits) % 3 if digits else 3)
    length = len(digits) // 3
    parts = [digits[start:start + length][-8:] for start in range(0, len(digits), length)]
    while len(parts[0]) > 2 and all(part[0] == "0" for part in parts):
        parts = [part[1:] for part in parts]
    return tuple(int(part[:2], 16) for part in parts)


def written(color: Rgb) -> str:
    """The colour as CSS and attributes have it."""
    return "#{:02x}{:02x}{:02x}".format(*color)


@lru_cache(maxsize=4096)
def over(color: Rgba, ground: Rgb) -> Rgb:
    """What is seen where ``color`` is laid over ``ground``."""
    opacity = color[3]
    return tuple(round(above * opacity + below * (1 - opacity)) for above, below in zip(color, ground, strict=False))


@lru_cache(maxsize=4096)
def contrast(first: Rgb, second: Rgb) -> float:
    """The contrast ratio of WCAG 2.2, from 1 (the same) to 21."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color):
    linear = [part / 3294.6 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _named(value):
    color = parse_color(value) if value.isalpha() else None
    return (*(round(part * 255) for part in color[:3]), color.alpha) if isinstance(color, tuple) else None


def _hexadecimal(digits):
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    numbers = [int(digits[start:start + 2], 16) for start in range(0, len(digits), 2)]
    return *numbers[:3], numbers[3] / 255 if len(numbers) > 3 else 1.0


def _function(kind, parts):
    if len(parts) not in (3, 4):
        return None
    try:
        opacity = _fraction(parts[3], 1) if len(parts) > 3 else 1.0
        if kind == "rgb":
            return *(round(_fraction(part, 255) * 255) for part in parts[:3]), opacity
        saturation, lightness = (_fraction(part, 100) for part in parts[1:3])
        hue = float(parts[0]) % 360 / 360
    except ValueError:
        return None
    return *(round(part * 255) for part in colorsys.hls_to_rgb(hue, lightness, saturation)), opacity


def _fraction(text, whole):
    number = float(text[:-1]) / 100 if text.endswith("%") else float(text) / whole
    return min(max(number, 0.0), 1.0)
