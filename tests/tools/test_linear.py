"""What a stranger's mail costs grows no faster than its size.

Each fragment is repeated up to each size. Times are of this process, so that a busy machine changes little, and nothing depends on
seconds: a path is measured against itself, and against ordinary words.
"""

import gc
import time
import unittest

from maildesk.tools.dates import parse_date
from maildesk.tools.filenames import unique_filenames
from maildesk.tools.headers import decode_header, message_ids, parse_addresses, parse_parameter
from maildesk.tools.html import has_content, html_to_text, preview_of, sanitize_html, text_to_html

SIZES = (100_000, 200_000, 400_000)
#: Four times the size may cost so many times as much (a quadratic cost: 16 times).
GROWTH = 9
#: A text may cost so many times as much as ordinary words of its size.
DEARER = 100
ATTEMPTS = 4
ORDINARY = "Ordinary words of a mail, see below.\n"
REFERENCES = ("&", "&amp; ", "x& ", "&#1;", "&#x41", "&nbsp", "&lt;", "words & more words ", "\xa0", "<", "< ", "x < y ", ">", "]]>")
MARKUP = (
    "</", "<!", "<!--", "<!-- x -->", "<!-- -->& ", "<?", "<![CDATA[", "<a", "<a ", "<a href=", '<a href="', "<a href=http://x/>x",
    "<b>", "<i><b>", "<b></b>& ", "<p>", "<div>", "<div></p>", "<b><p>", "<a><p>", "<o:p>&nbsp;</o:p>", "<x>& ", "</p>", "<br>",
    "<table>", "<table><tr><td>", "<table>x&", "<td>", "<img src=x>", '<img src="http://x/y" width=1 height=1>', '<img a="',
    "<svg></p>", "<math>", "<style>", "<style>x</style>", "<title>", "<select><option>", "<ul><li>", "<font size=1><p>", "<pre>\n&",
    "<textarea>", "<template>", "<p a=1 ", "x=1 ", "<p style='color:red;background:#000'>x", "<p style='", f"<p style='{'a:(' * 600}'>",
    f"<img src=data:image/png;base64,{'A' * 1200}>", "data:image/png;base64,",
)
ADDRESSES = (
    "http://" + "a-." * 660, "http://" + "a-." * 660 + " ", "http://" + "a." * 900 + " ", "http://" + "a@" * 900 + " ",
    "a" * 1900 + "@" + "b." * 20 + " ", "www." * 400 + " ", "http://x.org/?" + "&" * 1900 + " ", "http://x/" + "(" * 1900 + " ",
    "http://x/" + "." * 1900 + " ", "http://", "http://x.org/?a=b&c=d ", "(http://x.org/) ", "www.x.org ", "a@b.org ", "a.b@", "a@b.",
    "a-.", "mailto:", "@",
)
LINES = ("\n", " \n", "\r", "\t", "> \n", "> x\ny\n", ">>>>", "-- \n", "(", ")", "\\", "=", "\u200b", "\0", "\ufffe")
FIELDS = (
    "=?utf-8?q?a?= ", "=?utf-8?b?YQ==?=", "=?", "=?utf-8?q?", "a <a@b.c>, ", "<a@b> ", '"a" <', "(a", "'", '"', ";a=b", ";a*0=b",
    "g: a@b; ", "a:b\n c\n", "%41", "1 Jan ",
)
PATHS = {
    "plain text": (text_to_html, REFERENCES + ADDRESSES + LINES),
    "format=flowed": (lambda text: text_to_html(text, flowed=True, delsp=True), LINES),
    "HTML": (lambda text: sanitize_html(text, allow_remote_images=True), REFERENCES + MARKUP + ADDRESSES),
    "HTML bomb": (lambda text: sanitize_html("<div>" * 15_000 + text), REFERENCES + ADDRESSES),
    "words of HTML": (lambda text: preview_of(html_to_text(text)), REFERENCES + MARKUP),
    "content": (lambda text: has_content(f"<div style='display:none'>{text}"), MARKUP),
    "header": (
        lambda text: (decode_header(text.encode()), parse_addresses(text.encode()), message_ids(text.encode()),
                      parse_date(text.encode()), parse_parameter({"name": text, "name*0*": text}, "name")),
        FIELDS + LINES + REFERENCES),
    "file names": (lambda text: unique_filenames(text.split(";")), ("a;", ";", "a.txt;", ".;")),
}


def cost(path, fragment, size):
    """Seconds of processor time that ``path`` takes for so many characters of repeated ``fragment``."""
    text = (fragment * (size // len(fragment) + 1))[:size]
    start = time.process_time()
    PATHS[path][0](text)
    return time.process_time() - start


class TestLinear(unittest.TestCase):
    def setUp(self):
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)

    def assert_linear(self, path, fragment, ordinary):
        """Measured again where it seems to fail: the least of several times is free of what else the machine did."""
        least = [float("inf")] * len(SIZES)
        for _ in range(ATTEMPTS):
            least = [min(was, cost(path, fragment, size)) for was, size in zip(least, SIZES, strict=True)]
            # Below the cost of ordinary words, time is mostly overhead.
            if least[2] <= GROWTH * max(least[0], ordinary[0]) and least[2] <= DEARER * ordinary[2]:
                return
        self.fail(f"{path}: {fragment[:40]!r}, {len(fragment)} characters, costs {least} s; ordinary words {ordinary} s")

    def test_every_fragment(self):
        ordinary = [min(cost("plain text", ORDINARY, size) for _ in range(3)) for size in SIZES]
        for path, (_call, fragments) in PATHS.items():
            for fragment in fragments:
                with self.subTest(path=path, fragment=fragment[:40]):
                    self.assert_linear(path, fragment, ordinary)


if __name__ == "__main__":
    unittest.main()
