"""The first wall around a stranger's HTML: what may be shown, re-written from scratch by nh3.

nh3 (an HTML5 parser and serialiser) comes last: nothing touches its output. Style sheets, addresses and numbers are judged
inside its attribute callback, so there is one pass and no text that is parsed differently the second time. The second
wall, the frame, is independent of this one (``html_frame``).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import nh3

from .html_contrast import make_readable, wrap_body
from .html_css import clean_style
from .html_frame import content_security_policy, data_uri, frame_document, frame_headers
from .html_guard import MAX_SHOWN, break_runs, is_bomb, set_aside
from .html_links import clean_link, image_source
from .html_text import has_content, html_to_text, preview_of, text_to_html
from .html_trackers import is_tracker, tiny_images

__all__ = ["SanitizedHtml", "content_security_policy", "data_uri", "frame_document", "frame_headers", "has_content",
           "html_to_text", "preview_of", "sanitize_html", "text_to_html"]

_TAGS = {
    "a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center",
    "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure",
    "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main",
    "mark", "nav", "ol", "p", "pre", "q", "s", "samp", "section", "small", "span", "strike", "strong", "sub",
    "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var", "wbr",
}
#: Disappear with everything inside. Other unknown tags go alone and leave their text.
_DROPPED = {
    "applet", "base", "datalist", "embed", "frame", "frameset", "head", "iframe", "link", "map", "math", "meta",
    "noembed", "noframes", "noscript", "optgroup", "option", "param", "script", "select", "source", "style", "svg",
    "template", "textarea", "title", "track", "xml",
}
_CELL = {"align", "valign", "bgcolor", "width", "height"}
_ATTRIBUTES = {
    "*": {"style", "dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "align", "border", "hspace", "vspace"},
    "table": {"align", "bgcolor", "width", "height", "border", "bordercolor", "cellpadding", "cellspacing"},
    "td": _CELL | {"colspan", "rowspan", "nowrap"}, "th": _CELL | {"colspan", "rowspan", "nowrap"},
    "tr": _CELL, "tbody": _CELL, "thead": _CELL, "tfoot": _CELL, "col": _CELL | {"span"}, "colgroup": _CELL | {"span"},
    "font": {"color", "face", "size"}, "hr": {"align", "color", "noshade", "size", "width"},
    "ol": {"start", "type", "reversed"}, "ul": {"type"}, "li": {"type", "value"}, "details": {"open"},
    **{tag: {"align"} for tag in ("caption", "div", "h1", "h2", "h3", "h4", "h5", "h6", "p")},
}
_COLOR = re.compile(r"#?[0-9a-zA-Z]{1,20}\Z")
_NUMBER = re.compile(r"\d{1,4}\Z")
_LENGTH = re.compile(r"\d{1,4}(?:\.\d{1,2})?(?:%|px)?\Z")
_SPAN = re.compile(r"[1-9]\d?\Z")
_WORD = re.compile(r"[a-zA-Z]{1,10}\Z")
_SHAPES = {
    "align": _WORD, "valign": _WORD, "dir": _WORD, "type": re.compile(r"[a-zA-Z1]{1,8}\Z"),
    "lang": re.compile(r"[a-zA-Z0-9-]{1,35}\Z"), "face": re.compile(r"[\w ,.'-]{1,200}\Z"),
    "bgcolor": _COLOR, "color": _COLOR, "bordercolor": _COLOR,
    "width": _LENGTH, "height": _LENGTH, "border": _LENGTH, "cellpadding": _LENGTH, "cellspacing": _LENGTH,
    "hspace": _NUMBER, "vspace": _NUMBER, "start": _NUMBER, "value": _NUMBER,
    "size": re.compile(r"[+-]?\d{1,3}\Z"), "colspan": _SPAN, "rowspan": _SPAN, "span": _SPAN,
}
_FLAGS = {"nowrap", "noshade", "reversed", "open"}
_FREE = {"alt", "title"}
_FIXED = {"rel": "noopener noreferrer nofollow", "target": "_blank"}
#: Characters of embedded images in one body.
_MAX_EMBEDDED = 12_000_000
#: Characters of attributes in one body: a parser copies an open <font> into each block, with all it carries.
_MAX_WRITTEN = 6_000_000
_MAX_PASSES = 6

_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_ASIDE = re.compile(r"data:image/[a-z-]{1,20};aside,(\d{1,6})\Z", re.IGNORECASE)
_PRE_BREAK = re.compile(r"(<pre(?: [^<>]*)?>)\n+")


@dataclass(frozen=True, slots=True)
class SanitizedHtml:
    """A fragment that is safe to put into a page.

    :param str html: the fragment.
    :param int blocked_images: remote images left out that ``allow_remote_images`` would show.
    :param int blocked_trackers: opening pixels left out and links whose tracking parameters were cut off.
    """

    html: str
    blocked_images: int = 0
    blocked_trackers: int = 0


def sanitize_html(html: str, *, allow_remote_images: bool = False, cid_url: Callable[[str], str | None] | None = None,
                  block_tracking: bool = True) -> SanitizedHtml:
    """Turn a mail's HTML into a fragment without scripts, forms, media, style sheets and remote loads.

    Never raises. A body built to be expensive (nested a hundred thousand times, say) comes back as its text.

    :param str html: the body as text; a whole document or a fragment.
    :param bool allow_remote_images: keep ``src`` of http(s) images. The person has consented.
    :param cid_url: called with a Content-ID (no angle brackets), answers the address to load it from, or None to leave the
        image out. The answer is trusted. Without it ``cid:`` stays as it is, which no browser loads: the form for a cache,
        to be sanitised again when it is shown.
    :param bool block_tracking: leave out known and two-pixel images even if remote images are allowed; cut known
        tracking parameters off links.
    """
    html, aside = set_aside(html)
    html = _CONTROLS.sub("", html[:MAX_SHOWN])
    if is_bomb(html):
        return SanitizedHtml(text_to_html(html_to_text(html)))
    judge = _Judge(allow_remote_images, cid_url, block_tracking)
    judge.aside = aside
    judge.tiny = tiny_images(html) if block_tracking else frozenset()
    clean = nh3.Cleaner(attribute_filter=judge, **_OPTIONS).clean(break_runs(html))
    clean = make_readable(wrap_body(clean, html))
    return SanitizedHtml(_settle(clean), judge.blocked_images, judge.blocked_trackers)


_OPTIONS = {
    "tags": _TAGS, "clean_content_tags": _DROPPED, "attributes": _ATTRIBUTES, "link_rel": _FIXED["rel"],
    "set_tag_attribute_values": {"a": {"target": _FIXED["target"]}},
    "url_schemes": {"http", "https", "mailto", "tel", "cid", "data"},
}
_STRUCTURE = nh3.Cleaner(**_OPTIONS)


def _settle(html):
    """Parse and write until nothing changes, so that a browser builds the very tree that was judged (mutation attacks)."""
    for _ in range(_MAX_PASSES):
        # The line end after <pre> is dropped by each parser.
        again = _STRUCTURE.clean(break_runs(_PRE_BREAK.sub(r"\1", html)))
        if again == html:
            break
        html = again
    return html


class _Judge:
    """nh3's attribute callback for one body; counts what it leaves out."""

    def __init__(self, allow_remote_images, cid_url, block_tracking):
        self.allow_remote_images = allow_remote_images
        self.cid_url = cid_url
        self.block_tracking = block_tracking
        self.aside = []
        self.tiny = frozenset()
        self.blocked_images = 0
        self.blocked_trackers = 0
        self.embedded = 0
        self.written = 0

    def __call__(self, tag, name, value):
        try:
            kept = self._image(value) if name == "src" else self._judge(name, value)
        # nh3 keeps the attribute as it was when its callback raises, so whatever goes wrong must end in None here.
        except Exception:
            return None
        if kept and name != "src":
            self.written += len(kept)
        return kept if self.written <= _MAX_WRITTEN else None

    def _judge(self, name, value):
        if name == "style":
            return clean_style(value) or None
        if name == "href":
            return self._link(value)
        if name in _FREE:
            return value[:2000]
        if name in _FLAGS:
            return ""
        if name in _FIXED:
            return _FIXED[name]
        value = value.strip()
        return value if _SHAPES[name].match(value) else None

    def _link(self, value):
        link = clean_link(value, self.block_tracking)
        if link and self.block_tracking and link != clean_link(value, False):
            self.blocked_trackers += 1
        return link

    def _image(self, value):
        aside = _ASIDE.match(value)
        source = image_source(self.aside[int(aside.group(1))] if aside else value)
        if source.kind == "cid":
            return self.cid_url(source.url) if self.cid_url else f"cid:{source.url}"
        if source.kind == "data":
            self.embedded += len(source.url)
            return source.url if self.embedded <= _MAX_EMBEDDED else None
        if source.kind != "remote":
            return None
        if self.block_tracking and (value.strip() in self.tiny or is_tracker(source.url)):
            self.blocked_trackers += 1
            return None
        if not self.allow_remote_images:
            self.blocked_images += 1
            return None
        return source.url
