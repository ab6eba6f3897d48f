"""Text marked up as before HTML: text/enriched (RFC 1896), and text/richtext (RFC 1341 §7.1.3) in the same manner."""

import re
from html import escape

_TOKEN = re.compile(r"<<|<(/?)([A-Za-z0-9-]{1,60})>|(\n+)|([^<\n]+)|<")
#: Commands → tags; others are left out.
_TAGS = {
    "bold": "b", "italic": "i", "underline": "u", "fixed": "tt", "smaller": "small", "bigger": "big", "center": "center",
    "indent": "blockquote", "excerpt": "blockquote", "heading": "h3", "subscript": "sub", "superscript": "sup",
    "paragraph": "p",
}
#: richtext's commands without an end.
_SINGLE = {"nl": "<br>", "np": "<hr>", "lt": "&lt;"}
_HIDDEN = ("param", "comment")
_MAX_DEPTH = 50


def enriched_to_html(text: str) -> str:
    """HTML of the same words. Linear in its input.

    :param str text: with ``\\n`` line ends.
    """
    pieces, opened, hidden, verbatim = [], [], "", 0
    for match in _TOKEN.finditer(text):
        is_end, command = bool(match[1]), (match[2] or "").lower()
        if hidden:
            hidden = "" if is_end and command == hidden else hidden
        elif match[3]:
            # One line end is a blank; of more, one is (RFC 1896 §2).
            lines = len(match[3]) if verbatim else len(match[3]) - 1
            pieces.append("<br>" * lines or " ")
        elif command == "nofill":
            verbatim = max(verbatim + (-1 if is_end else 1), 0)
        elif command in _HIDDEN and not is_end:
            hidden = command
        elif command in _SINGLE:
            pieces.append(_SINGLE[command])
        elif command in _TAGS:
            _mark(pieces, opened, _TAGS[command], is_end)
        elif not command:
            pieces.append("&lt;" if match[0] in ("<<", "<") else escape(match[0], quote=False))
    pieces.extend(f"</{tag}>" for tag in reversed(opened))
    return "".join(pieces)


def _mark(pieces, opened, tag, is_end):
    if not is_end and len(opened) < _MAX_DEPTH:
        opened.append(tag)
        pieces.append(f"<{tag}>")
    elif is_end and opened and opened[-1] == tag:
        opened.pop()
        pieces.append(f"</{tag}>")
