"""Words can be told from their ground: the contrast that a browser draws them with.

Each mail is drawn twice by Chromium, the second time with transparent words. Where the two pictures differ, words stand: one picture
has their colour there, the other that of their ground.
"""

import subprocess
import tempfile
import unittest
from html import escape
from pathlib import Path

from maildesk.tests.tools.test_html_remote import CHROMIUM, FLAGS
from maildesk.tools.html import frame_document, sanitize_html
from maildesk.tools.html_colors import BLACK, PAPER, WHITE, contrast, css_color, legacy_color
from maildesk.tools.html_contrast import CLEAR, HIDDEN, make_readable, wrap_body
from PIL import Image

WORDS = "Parcel 4711 comes on Friday."
DARK = "#1a1a2e"
#: Mails, and the least contrast their words are to have. WORDS stands for the words.
MAILS = (
    # the ground is the body element's
    (f'<html><body bgcolor="{DARK}" text="#ffffff"><font color="#ffffff">WORDS</font></body></html>', 10),
    (f'<html><body style="margin:0;background-color:{DARK}"><div style="color:#ffffff"><p style="color:#f5f5f5">WORDS', 10),
    (f'<html style="background:{DARK}"><body><p style="color:white">WORDS', 10),
    (f"<body bgcolor={DARK}>WORDS", 10), (f"<body bgcolor={DARK}><a href=http://x.org/>WORDS</a>", CLEAR),
    (f"<body bgcolor={DARK}><blockquote>WORDS</blockquote>", CLEAR), (f"<body bgcolor={DARK}><mark>WORDS</mark>", 10),
    (f'<body style="background:linear-gradient({DARK},#000)"><h1 style="color:#fff">WORDS', 10),
    ("<body background=http://x/dark.jpg text=white>WORDS", 10), ("<body text=#ffffff>WORDS", 10),
    (f"<body bgcolor={DARK} text=white><table bgcolor=#ffffff><tr><td>WORDS</table>", 10),
    (f'<body style="background:{DARK};color:#fff"><img alt="WORDS" src="http://x.org/a.png">', 10),
    # the ground is in a style sheet
    (f'<style>.wrap{{background:{DARK}}}</style><div class="wrap" style="padding:9px"><p style="color:#ffffff">WORDS', 10),
    (f"<style>body{{background:{DARK}}}</style><body text=white>WORDS", 10), ("<style>td{background:#000}</style><table><tr><td><font color=white>WORDS</table>", 10),
    ("<div class=dark style='color:#cccccc'>WORDS", 10), ("<div class=dark style='color:#4da3ff'>WORDS", CLEAR), ("<div class=dark style='color:#aaaaaa'>WORDS", CLEAR),
    # the ground is a picture, or painted over one
    ('<p style="background:url(http://x/dark.jpg);color:#fff">WORDS', 10), ('<p style="background:#000 url(http://x/a.jpg) no-repeat;color:#fff">WORDS', 10),
    ('<p style="background-image:url(http://x/dark.jpg);background-color:#222;color:#fff">WORDS', 10),
    ("<table><tr><td background=http://x/dark.jpg bgcolor=#222222><font color=#ffffff>WORDS</table>", 10),
    ('<p style="background:linear-gradient(135deg,#1a1a2e 0%,#16213e 100%);color:#fff">WORDS', 10),
    ('<p style="background-color:#ffffff;background-image:-webkit-linear-gradient(left,rgb(0,0,0),#333);color:white">WORDS', 10),
    ('<p style="background:#fff radial-gradient(circle at top,hsl(240deg 28% 14%),navy);color:white">WORDS', 10),
    ('<p style="background:linear-gradient(rgba(0,0,0,.7),rgba(0,0,0,.7)),url(x.jpg);color:white">WORDS', CLEAR),
    # tables
    ("<table bgcolor=#000000><tr><td><table><tr><td style='color:#fff'>WORDS</table></table>", 10),
    ("<table bgcolor=#000000><tr bgcolor=white><td><font color=#eeeeee>WORDS</table>", 10), ("<table bgcolor=black><tr><td bgcolor=white>WORDS</table>", 10),
    ("<table bgcolor=black style='color:white'><tr><td bgcolor=white><table bgcolor=#111111><tr><td>WORDS</table></table>", 10),
    ("<table bgcolor=black style='color:white'><caption>WORDS</caption><tr><td>", 10), ("<table><col bgcolor=black><tr><td style='color:black'>WORDS</table>", 10),
    ("<table><colgroup style='background:black'><col></colgroup><tr><td>WORDS</table>", 10), ("<table bgcolor=chucknorris><tr><td><font color=c00000>WORDS</table>", HIDDEN),
    ("<table><tbody bgcolor=#000><tr><td><b style='color:#fff'>WORDS</table>", 10),
    # colours in every way of writing
    ("<p style='color:rgba(255,255,255,.9)'>WORDS", 10), ("<p style='color:rgb(100%,100%,100%)'>WORDS", 10), ("<p style='color:hsl(60,100%,95%)'>WORDS", 10),
    ("<p style='color:ivory'>WORDS", 10), ("<p style='color:#fffc'>WORDS", 10), ("<p style='color:rgb(250 250 250 / 80%)'>WORDS", 10), ("<font color=fffff0>WORDS", 10),
    ("<p style='color:transparent'>WORDS", 10), ("<p style='color:white !important;color:foo'>WORDS", 10), ("<p style='background:rgba(255,255,255,.1);color:white'>WORDS", 10),
    ("<div style='background:#000'><p style='background:transparent;color:#fff'>WORDS", 10), ("<div style='background:#000'><p style='background:rgba(255,255,255,.9);color:#fff'>WORDS", 10),
    ("<p style='background:#000;background:none;color:#fff'>WORDS", 10), ("<p style='background-color:currentcolor;color:#000'>WORDS", 10),
    ("<p style='background:black;color:windowtext'>WORDS", 10), ("<p style='color:yellow'>WORDS", 10),
    # what is inherited, and what is not
    ("<div style='color:#fff'><div style='background:#000'>WORDS", 10), ("<div style='background:#000;color:#fff'><div style='background:#fff'>WORDS", 10),
    ("<div style='color:#fff'><p style='color:inherit'>WORDS", 10), ("<div style='background:#333'>WORDS", CLEAR), ("<span style='background:#000;color:#fff'>WORDS", 10),
    ("<span style='background:#000;color:#fff'><div>WORDS</div></span>", 10), ("<a style='background:#000;color:#fff'><p>WORDS</p></a>", 10),
    ("<a style='background:#000;color:#fff;display:block'><p>WORDS</p></a>", 10), ("<span style='background:#000;float:left'><span style='color:#fff'>WORDS</span></span>", 10),
    ("<div style='background:#000;display:inline;color:#fff'><div>WORDS</div></div>", 10), ("<a href=http://x.org/ style='color:#fff'>WORDS</a>", CLEAR),
    ("<div style='background:#0b57d0'><a href=http://x.org/>WORDS</a></div>", CLEAR), ("<font color=white><i>WORDS</i></font>", 10),
    ("<blockquote style='color:#fff'>WORDS</blockquote>", CLEAR), ("<mark style='color:yellow'>WORDS</mark>", 10), ("<ul style='color:#fff'><li>WORDS</ul>", 10),
)
#: Right as they are: their own colours stay.
KEPT = (
    f'<div style="background-color:{DARK};color:#fff"><p style="color:#f5f5f5">x</p></div>', '<font color="red">x</font>', '<p style="color:#777">x</p>',
    '<table bgcolor="#25a050"><tbody><tr><td style="color:white">x</td></tr></tbody></table>', '<a style="color:inherit" rel="noopener noreferrer nofollow">x</a>',
    '<div style="background-color:#ff9900;color:#fff">x</div>', '<table bgcolor="#000" style="color:#eee"><tbody><tr><td><font color="#fff">x</font></td></tr></tbody></table>',
    '<div style="background-color:rgba(0,0,0,0.8);color:#fff"><b style="color:white">x</b></div>', '<p style="color:windowtext">x</p>', '<p title="color">x</p>',
)
WAYS = {
    "a light app": [], "a dark app": ["--blink-settings=preferredColorScheme=0"],
    "a browser that darkens pages": ["--enable-features=WebContentsForceDark", "--blink-settings=preferredColorScheme=0"],
}
WIDTH, HEIGHT, COLUMNS = 330, 70, 4
INVISIBLE = "<style>*{color:transparent!important}</style></head>"


@unittest.skipUnless(CHROMIUM, "no Chromium on this machine: how words are drawn was not tested")
class TestDrawn(unittest.TestCase):
    def drawn(self, documents, flags=()):
        """The pictures of documents in frames. Without a sandbox: each such frame has a process that draws it when it comes to it."""
        rows = -(-len(documents) // COLUMNS)
        frames = "".join(
            f'<iframe srcdoc="{escape(document)}" style="position:absolute;border:0;color-scheme:light;width:{WIDTH}px;'
            f'height:{HEIGHT}px;left:{number % COLUMNS * WIDTH}px;top:{number // COLUMNS * HEIGHT}px"></iframe>'
            for number, document in enumerate(documents))
        with tempfile.TemporaryDirectory() as folder:
            page, picture = Path(folder) / "page.html", Path(folder) / "page.png"
            page.write_text(f'<!DOCTYPE html><meta charset="utf-8"><body style="margin:0;color-scheme:light dark">{frames}')
            subprocess.run(
                [CHROMIUM, *FLAGS, *flags, "--hide-scrollbars", "--force-device-scale-factor=2", f"--window-size={WIDTH * COLUMNS},{HEIGHT * rows + 200}",
                 f"--user-data-dir={folder}/profile", f"--screenshot={picture}", page.as_uri()], capture_output=True, timeout=90, check=True)
            whole = Image.open(picture).convert("RGB")
        boxes = ((number % COLUMNS * WIDTH * 2, number // COLUMNS * HEIGHT * 2) for number in range(len(documents)))
        return [whole.crop((left, top, left + WIDTH * 2, top + HEIGHT * 2)) for left, top in boxes]

    def contrasts(self, bodies, flags=()):
        documents = [frame_document(body) for body in bodies]
        with_words = self.drawn(documents, flags)
        without = self.drawn([document.replace("</head>", INVISIBLE) for document in documents], flags)
        return [
            max((contrast(*pair) for pair in set(zip(words.getdata(), ground.getdata(), strict=True))), default=1.0)
            for words, ground in zip(with_words, without, strict=True)
        ]

    def test_words_of_mails(self):
        bodies = [sanitize_html(mail.replace("WORDS", WORDS)).html for mail, _least in MAILS]
        for way, flags in WAYS.items():
            for (mail, least), body, found in zip(MAILS, bodies, self.contrasts(bodies, flags), strict=True):
                with self.subTest(way=way, mail=mail):
                    self.assertGreaterEqual(found, least - 0.2, body)

    def test_measuring(self):
        found = self.contrasts([f"<p style='color:#fff'>{WORDS}", f"<p style='color:#000'>{WORDS}", f"<p style='background:#000;color:#767676'>{WORDS}",
                                f"<p style='color:#ccc'>{WORDS}"])
        for value, expected in zip(found, (1, 21, 4.6, 1.6), strict=True):
            self.assertAlmostEqual(value, expected, delta=0.3)

    def test_the_ground_of_a_body_fills_the_page(self):
        body = sanitize_html(f'<body bgcolor="{DARK}" text="white">x').html
        picture, = self.drawn([frame_document(body)])
        self.assertEqual({picture.getpixel((x, y)) for x in (0, WIDTH * 2 - 1) for y in (0, HEIGHT * 2 - 1)}, {css_color(DARK)[:3]})


class TestColors(unittest.TestCase):
    def test_kept(self):
        for html in KEPT:
            self.assertEqual(sanitize_html(html).html.replace(' target="_blank"', ""), html)

    def test_what_is_hidden_gets_the_colour_of_the_words_around(self):
        for mail, html in (
                ("<div style='color:#900'><b style='color:#fff'>x</b></div>", '<div style="color:#900"><b style="color:#990000">x</b></div>'),
                ("<div style='color:#fff'><span style='background:#1a73e8'>x</span></div>",
                 '<div style="color:#1f2328"><span style="background-color:#1a73e8;color:#ffffff">x</span></div>'),
                ("<p style='color:foo;margin:0'>x</p>", '<p style="margin:0">x</p>'), ("<p style='background-color:foo'>x</p>", "<p>x</p>"),
                ("<table><col bgcolor=red width=9></table>", '<table><colgroup><col width="9"></colgroup></table>')):
            self.assertEqual(sanitize_html(mail).html, html)
            self.assertEqual(sanitize_html(html).html, html)

    def test_body(self):
        for source, html in (
                ("<body bgcolor=white text=black>", "x"), ("<body bgcolor=#FFFFFF text=#000000 link=blue>", "x"), ("<p>", "x"), ("<bodybgcolor=red>", "x"),
                ("<body bgcolor=black text=white>", '<div style="background-color:#000000;color:#ffffff">x</div>'),
                ("<BODY class=a style='color:#333;background:url(x) #EEE'>", '<div style="background-color:#eeeeee;color:#333333">x</div>'),
                ("<body bgcolor=red style='background:blue'>", '<div style="background-color:#0000ff">x</div>'),
                ("<body style='background:transparent' bgcolor=red>", "x"), ("<html bgcolor=red><body>", '<div style="background-color:#ff0000">x</div>'),
                ("<html bgcolor=red><body bgcolor=blue><body bgcolor=green>", '<div style="background-color:#0000ff">x</div>'),
                ("<!--[if mso]><body bgcolor=red><![endif]--><style><body bgcolor=red></style><body bgcolor=blue>", '<div style="background-color:#0000ff">x</div>'),
                ("<body style='background:rgba(0,0,0,.5)'>", '<div style="background-color:#808080">x</div>'),
                ("<body style='background:\"></div><script>'>", "x"), ("<body bgcolor=navy link='\"><script>'>", '<div style="background-color:#000080">x</div>')):
            self.assertEqual(wrap_body("x", source), html, source)

    def test_ways_of_writing(self):
        for value, color in (
                ("red", (255, 0, 0, 1)), ("RED", (255, 0, 0, 1)), ("#fff", (255, 255, 255, 1)), ("#1a1A2e", (26, 26, 46, 1)), ("#00000080", (0, 0, 0, 128 / 255)),
                ("rgb(1,2,3)", (1, 2, 3, 1)), ("rgba(100%,0%,0%,.5)", (255, 0, 0, 0.5)), ("rgb(1 2 3 / 50%)", (1, 2, 3, 0.5)), ("rgb(999,0,0)", (255, 0, 0, 1)),
                ("hsl(120,100%,50%)", (0, 255, 0, 1)), ("hsl(480deg 100% 50%)", (0, 255, 0, 1)), ("transparent", (0, 0, 0, 0)), ("WindowText", (0, 0, 0, 1)),
                ("rebeccapurple", (102, 51, 153, 1)), ("inherit", None), ("currentcolor", None), ("foo", None), ("red blue", None), ("rgb(1,2)", None),
                ("rgb(1,,2)", None), ("rgb(.,.,.)", None), ("#12", None), ("", None)):
            self.assertEqual(css_color(value), color, value)
        for value, color in (
                ("fff", (15, 15, 15)), ("#fff", (255, 255, 255)), ("1a1a2e", (26, 26, 46)), ("chucknorris", (192, 0, 0)), ("#ffffffffffff", (255, 255, 255)),
                ("navy", (0, 0, 128)), ("transparent", None), ("", None), ("#", (0, 0, 0)), ("123456789012", (0x12, 0x56, 0x90))):
            self.assertEqual(legacy_color(value), color, value)

    def test_contrast(self):
        self.assertAlmostEqual(contrast(BLACK, WHITE), 21, places=2)
        self.assertAlmostEqual(contrast((0x76,) * 3, PAPER), 4.54, places=2)

    def test_end_tags_that_fit_nothing(self):
        self.assertEqual(make_readable("</p></p><p style=\"color:#fff\">x</b></p>"), "</p></p><p style=\"color:#1f2328\">x</b></p>")


if __name__ == "__main__":
    unittest.main()
