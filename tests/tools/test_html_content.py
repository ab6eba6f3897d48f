"""Whether a mail's HTML shows its reader anything at all."""

import unittest

from maildesk.tools.html import has_content, html_to_text, preview_of, sanitize_html

PIXEL = '<img src="http://track.example/o.gif" width="1" height="1">'
BLANK = (
    "", "  \n\t", "<html><head></head><body></body></html>", "<html><head><title>Your order</title></head><body></body></html>",
    PIXEL, f"<html><body>{PIXEL}</body></html>", '<img style="width:0;height: 0px" src=http://track.example/o>',
    '<img alt="a>b" width=1 height="1" src="http://track.example/o">', '<img src="https://u1.ct.sendgrid.net/wf/open?upn=x">',
    "<p>&nbsp;</p><br>&#8203;&zwnj;&#xAD;\u200b\ufeff", "<style>p{color:red}</style><!-- words --><script>words</script>",
    '<div style="display:none">words</div>', '<div style="Display : NONE!important"><div>words</div> words</div><br>',
    '<div style="display:none">never closed', '<img style="display:none" src="http://x.org/a.png">',
    "<img>", '<img alt="">', "<hr><table border=1><tr><td></table>", "<noscript>words</noscript>", "<svg><text>words</text></svg>",
    "<!DOCTYPE html><?xml x?>",
)
FULL = (
    "words", "<p>x", "&lt;", "\u6f22", "<title>a</title>b", '<img src="http://x.org/a.png">', "<IMG SRC=cid:a>", "<image src=cid:a>",
    '<img src="data:image/png;base64,iVBO" width=1 height=20>', f"{PIXEL}<img src=cid:a>",
    '<div style="display:none">preview</div>words', '<div style="display:none"><div>a</div></div><p>words',
    '<p style="display:none">a</p><p style="display:block">words', '<br style="display:none">words',
    "<div data-x='\"' title=\"a>b\">words</div>", "<div title=\"never closed>words", "a < b", "<div hidden>words",
)


class TestContent(unittest.TestCase):
    def test_blank(self):
        for html in BLANK:
            self.assertFalse(has_content(html), html)

    def test_words_and_pictures(self):
        for html in FULL:
            self.assertTrue(has_content(html), html)

    def test_quoted_values_may_hold_a_bracket(self):
        self.assertEqual(html_to_text('<img alt="a>b" src=x>c <a title=\'1 > 2\'>d</a>'), "c d")
        self.assertEqual(html_to_text('<a title="never closed>words <b>more'), "words more")


class TestCharacterReferences(unittest.TestCase):
    """Python reads no number of more than 4300 digits; a mail may hold one."""

    def test_endless_numbers(self):
        for reference in (f"&#{'1' * 5000};", f"&#x{'f' * 5000};", f"&#{'0' * 5000}65"):
            self.assertEqual(html_to_text(f"a {reference} b"), "a \ufffd b")
            self.assertTrue(has_content(f"<p>{reference}"))
            self.assertIn("words", sanitize_html(f'<img src="{reference}" style="width:{reference}">words').html)
            self.assertIn("words", preview_of(html_to_text(f"words {reference}")))

    def test_ordinary_ones(self):
        self.assertEqual(html_to_text("&#0000000065;&#x42;&amp;&copy;&#128690;"), "AB&©🚲")


if __name__ == "__main__":
    unittest.main()
