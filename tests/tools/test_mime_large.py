"""Mails of any size: the beginning is read and shown as text, the rest costs nothing."""

import subprocess
import sys
import unittest
from pathlib import Path

from maildesk.tests.tools.mails import multipart, part
from maildesk.tools.html import sanitize_html
from maildesk.tools.html_guard import MAX_SHOWN
from maildesk.tools.mime import read_mail
from maildesk.tools.mime.parts import MAX_TEXT

CHECKOUT = Path(__file__).parent.parent.parent
PARAGRAPH = b"<p>Some words of a mail.</p>\r\n"
HUGE = PARAGRAPH * (MAX_TEXT // len(PARAGRAPH) + 10)
PROGRAM = """
import sys
from dev import unit_tests
unit_tests.register()
from maildesk.tests.tools import test_mime_large
test_mime_large.read_in_this_process(sys.argv[1], int(sys.argv[2]))
"""


def mail_of(kind, megabytes):
    """A mail of so many megabytes, without a copy of it on the way."""
    head, paragraph = part("text/html; charset=utf-8"), b"<p>Some <b>words</b> of a mail.</p>\r\n"
    lines = megabytes * 1_000_000 // len(paragraph)
    if kind == "one part":
        return b"".join((head, *(paragraph,) * lines))
    pieces = [part("multipart/mixed; boundary=b")]
    for _ in range(40):
        pieces += [b"\r\n--b\r\n", head, *(paragraph,) * (lines // 40)]
    return b"".join(pieces)


def peak():
    """Highest memory in use by this process since it was last reset, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


def read_in_this_process(kind, megabytes):
    raw = mail_of(kind, megabytes)
    # the peak, not what is in use (proc(5))
    Path("/proc/self/clear_refs").write_text("5")
    before = peak()
    body = read_mail(raw)
    sanitize_html(body.html or "")
    print(body.is_truncated, peak() - before)


class TestLarge(unittest.TestCase):
    def assert_beginning(self, body, text="Some words of a mail."):
        self.assertTrue(body.is_truncated)
        self.assertIsNone(body.html)
        self.assertTrue(body.text.startswith(text), body.text[:50])
        self.assertLessEqual(len(body.text), MAX_SHOWN)

    def assert_whole(self, body):
        self.assertFalse(body.is_truncated)

    def test_html(self):
        self.assert_beginning(read_mail(part("text/html", HUGE)))
        lines = HUGE.replace(b"\r\n", b"\n")
        self.assert_beginning(read_mail(part("text/html", lines[:MAX_SHOWN + 1])))
        body = read_mail(part("text/html", lines[:MAX_SHOWN]))
        self.assert_whole(body)
        self.assertEqual(len(body.html), MAX_SHOWN)

    def test_html_in_base64(self):
        self.assert_beginning(read_mail(part("text/html", HUGE, encoding="base64")))

    def test_pictures_within_the_html_do_not_count(self):
        picture = b"<img src='data:image/png;base64,%s'>" % (b"A" * 1_000_000)
        body = read_mail(part("text/html", b"<p>words</p>" + picture * 5))
        self.assert_whole(body)
        self.assertIn("base64", body.html)

    def test_the_plain_words_stand_in_for_html(self):
        body = read_mail(multipart("alternative", part("text/plain", "The words."), part("text/html", HUGE)))
        self.assert_beginning(body, "The words.")
        body = read_mail(multipart("alternative", part("text/plain", HUGE), part("text/html", "<p>words</p>")))
        self.assert_whole(body)
        self.assertEqual(body.html, "<p>words</p>")

    def test_plain_text(self):
        self.assert_beginning(read_mail(part("text/plain", HUGE)), "<p>Some words")
        self.assert_whole(read_mail(part("text/plain", HUGE[:MAX_SHOWN])))

    def test_all_texts_together_are_bounded(self):
        for kind in ("text/html", "text/plain"):
            body = read_mail(multipart("mixed", *(part(kind, b"%d %s" % (number, PARAGRAPH * 20_000)) for number in range(40))))
            self.assert_beginning(body, "0")
            self.assertNotIn("\n39", body.text)
        self.assert_whole(read_mail(multipart("mixed", *(part("text/html", PARAGRAPH) for _ in range(500)))))

    def test_memory(self):
        for kind in ("one part", "many parts"):
            # what the words that are shown take; the mail itself is in memory before
            self.assertLess(self.peak_of(kind, 200), 200, kind)

    def peak_of(self, kind, megabytes):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, kind, str(megabytes)], cwd=CHECKOUT, capture_output=True, text=True, timeout=300, check=True)
        is_truncated, megabytes = done.stdout.split()
        self.assertEqual(is_truncated, "True")
        return float(megabytes)


if __name__ == "__main__":
    unittest.main()
