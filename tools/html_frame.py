"""The second wall around a stranger's HTML: the document that stands in a sandboxed frame, and its policy.

The frame has neither scripts nor an origin of its own. Two consequences, both seen in Chromium: ``'self'`` in the policy
still means the server the document came from, but *no cookie* goes out with an image of the frame, SameSite or not. Inline
images therefore come as ``data:`` (``data_uri``) or from an address that carries its own signed right to be read.
"""

import re
from base64 import b64encode

from .html_colors import FAINT, INK, LINK, PAPER, written

#: For the ``sandbox`` attribute of the iframe and the directive alike.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
#: Octets of an inline image up to which embedding it beats one more request.
MAX_EMBEDDED_IMAGE = 512_000

_RASTER = {
    "image/png": (b"\x89PNG\r\n\x1a\n",), "image/jpeg": (b"\xff\xd8\xff",), "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",), "image/bmp": (b"BM",),
}
_SOURCE = re.compile(r"(?:'self'|https?://[\w.:\[\]-]+(?:/[\w./%-]*)?)\Z", re.IGNORECASE)

# The ground of a body element stands on a <div> that fills the page (``html_contrast.wrap_body``).
_STYLE = """
:root{color-scheme:light only}
html{background:%(paper)s}
body{margin:0;padding:12px 16px;background:%(paper)s;color:%(ink)s;font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere;word-break:normal}
img{max-width:100%%}
@media (max-width:640px){img:not([height="0"],[height="1"],[height="2"],[height="3"]){height:auto}}
img:not([src]){display:inline-block;min-width:1em;min-height:1em;outline:1px dashed %(line)s;font-size:12px}
img:not([src]):is([width="0"],[width="1"],[width="2"],[height="0"],[height="1"],[height="2"]){display:none}
body>div[style^="background-color:"]:only-child{box-sizing:border-box;min-height:100vh;margin:-12px -16px;padding:12px 16px}
table{max-width:100%%}
pre{white-space:pre-wrap}
a{color:%(link)s}
blockquote{margin:.5em 0;padding:0 0 0 .8em;border-left:2px solid %(line)s;color:%(faint)s}
@media print{body{padding:0}body>div[style^="background-color:"]:only-child{min-height:0;margin:0}}
"""
_LIGHT = {"paper": written(PAPER), "ink": written(INK), "line": "#c9cfd6", "faint": written(FAINT), "link": written(LINK)}
_DARK = {"paper": "#1b1d26", "ink": "#e4e4e7", "line": "#4b5563", "faint": "#a1a1aa", "link": "#8ab4f8"}


def content_security_policy(allow_remote_images: bool = False, images_from: str = "'self'") -> str:
    """The Content-Security-Policy header of a mail's document (CSP Level 3).

    :param bool allow_remote_images: the person has consented to load images from anywhere.
    :param str images_from: source of inline images: ``'self'``, or an absolute address prefix such as
        ``https://odoo.example.com/maildesk/inline/``.
    :raises ValueError: ``images_from`` is neither.
    """
    return f"{_policy(allow_remote_images, images_from)}; frame-ancestors 'self'; sandbox {SANDBOX}"


def frame_headers(allow_remote_images: bool = False, images_from: str = "'self'") -> dict[str, str]:
    """All response headers that :func:`frame_document` is to be sent with. Parameters as there."""
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": content_security_policy(allow_remote_images, images_from),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


def frame_document(body_html: str, *, allow_remote_images: bool = False, dark: bool = False,
                   images_from: str = "'self'") -> str:
    """A whole HTML document around a fragment of :func:`maildesk.tools.html.sanitize_html`.

    The policy is repeated in the document, so that it holds where headers are lost (``srcdoc``, a saved file).

    :param str body_html: the sanitised fragment; put in as it is.
    :param bool dark: light text on a dark ground. For plain text only: authors count on white paper.
    """
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(allow_remote_images, images_from)}">'
        '<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width">'
        '<meta name="robots" content="noindex"><meta name="format-detection" content="telephone=no">'
        f"<style>{_STYLE % (_DARK if dark else _LIGHT)}</style></head><body>{body_html}</body></html>"
    )


def data_uri(mimetype: str, content: bytes, limit: int = MAX_EMBEDDED_IMAGE) -> str | None:
    """An inline image as a ``data:`` address, or None where it is too large or no raster image (SVG may act).

    :param str mimetype: as the mail states it; what the octets say counts.
    :param int limit: octets.
    """
    if not content or len(content) > limit or not mimetype.lower().startswith("image/"):
        return None
    for kind, signatures in _RASTER.items():
        if content.startswith(signatures):
            return f"data:{kind};base64,{b64encode(content).decode()}"
    return None


def _policy(allow_remote_images, images_from):
    if not _SOURCE.match(images_from):
        raise ValueError(f"not a source of images: {images_from}")
    images = f"{images_from} data: https: http:" if allow_remote_images else f"{images_from} data:"
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src {images}; base-uri 'none'; form-action 'none'"
