"""A letter's HTML as it is sent: styles inline, pictures as ``cid:`` parts, and the same in plain text."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import css_inline
from lxml import etree
from lxml import html as lxml_html

from .compose import Enclosure

#: Looks of what people write; recipients' programs ignore style sheets, so that they are put inline.
STYLES = """
body { font-family: Arial, Helvetica, sans-serif; font-size: 14px; color: #1f2328; }
p { margin: 0 0 10px 0; }
ul, ol { margin: 0 0 10px 0; padding-left: 26px; }
h1 { font-size: 22px; margin: 0 0 10px 0; }
h2 { font-size: 18px; margin: 0 0 10px 0; }
h3 { font-size: 16px; margin: 0 0 10px 0; }
pre { font-family: monospace; white-space: pre-wrap; margin: 0 0 10px 0; }
table { border-collapse: collapse; }
blockquote { margin: 0 0 10px 0; padding-left: 12px; border-left: 2px solid #c8ccd1; }
hr { border: 0; border-top: 1px solid #c8ccd1; }
"""

#: Octets of a picture that was pasted as a ``data:`` address.
MAX_PICTURE = 8_000_000

_DATA = re.compile(r"data:(image/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/=\s]+)")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BLOCKS = frozenset(
    "address article aside blockquote center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol "
    "p pre section table tbody td tfoot th thead tr ul".split())
_SPACED = frozenset("p ul ol blockquote h1 h2 h3 h4 h5 h6 pre table dl figure".split())
_HIDDEN = frozenset(("script", "style", "head", "title", "template"))


def with_inline_styles(fragment: str) -> str:
    """A fragment with :data:`STYLES` in its style attributes; own ones of the elements win."""
    inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
    return inliner.inline_fragment(fragment, STYLES)


@dataclass
class Pictures:
    """Takes pictures out of HTML and names them by Content-ID.

    :param str domain: what the Content-IDs end with.
    :param stored: what stands after ``cid:`` in the text → ``(name, mimetype, content)`` of the picture, or None.
    """

    domain: str
    stored: Callable[[str], tuple[str, str, bytes] | None]
    found: list[Enclosure] = field(default_factory=list)

    def take(self, fragment: str) -> str:
        """The fragment with ``cid:`` addresses in place of pictures' own; a picture nobody can fetch is taken out."""
        root = _parse(fragment)
        for image in list(root.iter("img")):
            address = image.get("src") or ""
            if address.startswith(("http://", "https://")):
                continue
            picture = self._data(address) if address.startswith("data:") else self.stored(address.removeprefix("cid:"))
            if picture:
                image.set("src", f"cid:{self._name(picture)}")
            else:
                image.drop_tree()
        return _inner(root)

    def _data(self, address):
        match = _DATA.fullmatch(address)
        if not match or len(match[2]) > MAX_PICTURE * 4 // 3:
            return None
        try:
            return "", match[1], base64.b64decode(match[2])
        except (binascii.Error, ValueError):
            return None

    def _name(self, picture):
        name, mimetype, content = picture
        known = next((one for one in self.found if one.content == content), None)
        if known:
            return known.content_id
        kind = mimetype.rpartition("/")[2]
        number = len(self.found) + 1
        self.found.append(Enclosure(name or f"picture{number}.{kind}", mimetype, content, f"picture{number}@{self.domain}"))
        return self.found[-1].content_id


def plain_text(fragment: str) -> str:
    """What a fragment says in plain text: links with where they lead, quotes with ``> ``, lists with their marks.

    :return: lines ended by LF.
    """
    writer = _TextWriter()
    writer.write(_parse(fragment))
    return writer.text()


class _TextWriter:
    """Walks the elements without recursion, so that deep nesting is no trouble; linear in their number."""

    def __init__(self):
        self._lines, self._line = [], []
        self._depth = self._pre = 0
        self._lists = []

    def write(self, root):
        steps = [("open", root)]
        while steps:
            step, element = steps.pop()
            if step == "close":
                self._close(element)
                self._words(element.tail)
                continue
            if not isinstance(element.tag, str) or element.tag in _HIDDEN:
                self._words(element.tail)
                continue
            self._open(element)
            self._words(element.text)
            steps.append(("close", element))
            steps += [("open", child) for child in reversed(element)]

    def _open(self, element):
        tag = element.tag
        if tag in _BLOCKS:
            self._break(tag in _SPACED)
        if tag == "blockquote":
            self._depth += 1
        elif tag == "pre":
            self._pre += 1
        elif tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._line.append(self._mark())
        elif tag == "br":
            self._end_line()
        elif tag == "hr":
            self._line.append("-" * 20)
        elif tag == "img" and element.get("alt"):
            self._line.append(f"[{element.get('alt')}]")

    def _close(self, element):
        tag = element.tag
        if tag == "a":
            address, words = element.get("href") or "", "".join(element.itertext()).strip()
            shown = address.removeprefix("mailto:")
            if address and shown != words and not address.startswith("#"):
                self._line.append(f" <{shown}>")
        elif tag in ("td", "th"):
            self._line.append(" ")
        if tag in _BLOCKS and tag not in ("td", "th"):
            self._break(tag in _SPACED)
        if tag == "blockquote":
            self._depth -= 1
        elif tag == "pre":
            self._pre -= 1
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()

    def _mark(self):
        indent = "  " * max(0, len(self._lists) - 1)
        if self._lists and self._lists[-1] is not None:
            self._lists[-1] += 1
            return f"{indent}{self._lists[-1]}. "
        return f"{indent}- "

    def _words(self, text):
        if not text:
            return
        if self._pre:
            first, *rest = text.split("\n")
            self._line.append(first)
            for line in rest:
                self._end_line()
                self._line.append(line)
            return
        words = _SPACE.sub(" ", text)
        if words == " " and not self._line:
            return
        self._line.append(words.lstrip(" ") if not self._line else words)

    def _break(self, is_spaced):
        if "".join(self._line).strip():
            self._end_line()
        self._line = []
        if is_spaced and self._lines and self._lines[-1][1]:
            self._lines.append((self._depth, ""))

    def _end_line(self):
        text = "".join(self._line)
        self._lines.append((self._depth, text.rstrip() if not self._pre else text))
        self._line = []

    def text(self):
        self._break(False)
        written = [f"{'> ' * depth}{text}".rstrip() if depth else text for depth, text in self._lines]
        return "\n".join(written).strip("\n") + "\n"


def _parse(fragment):
    try:
        return lxml_html.fragment_fromstring(fragment or "", create_parent="div")
    except (etree.ParserError, ValueError):
        return lxml_html.fragment_fromstring("", create_parent="div")


def _inner(root):
    from html import escape

    inside = "".join(etree.tostring(child, encoding="unicode", method="html") for child in root)
    return escape(root.text or "", quote=False) + inside
