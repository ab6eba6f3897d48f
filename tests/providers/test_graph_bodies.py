"""Bodies and parts from Microsoft Graph: the service keeps one form of the words, and the source says what else there is."""

import json
import unittest
from unittest.mock import patch

from maildesk.providers import graph_bodies
from maildesk.providers.errors import MessageGone
from maildesk.tests.fakes.graph_contract import GraphService
from maildesk.tests.tools.mails import CASES, PNG, multipart, part, signed, tnef
from maildesk.tools.html_text import html_to_text
from maildesk.tools.mime import part_content, read_mail

#: What the service would decode before anybody sees it, and the fake leaves to Python, which cannot; and words in two parts.
DECODED_BY_THE_FAKE = {
    "iso2022jp_nec.eml", "html_meta_charset_only.eml", "charset_windows_31j.eml", "charset_x_cp1251.eml",
    "pass_latin1_labelled_utf8.eml", "pass_utf8_labelled_latin1.eml", "pass_apple_mixed_in_alternative.eml",
}
HEAD = ("From: a@example.org", "Subject: s", "Message-ID: <1@example.org>")


def words(body):
    return html_to_text(body.html) if body.html else (body.text or "").strip()


class TestBodies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = GraphService().start()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        super().setUp()
        self.other = self.server.other_client()
        self.addCleanup(self.other.close)
        self.folder = self.other.make_folder(self._testMethodName)
        self.provider = self.server.provider()
        self.provider.__enter__()
        self.addCleanup(self.provider.__exit__, None, None, None)

    def deliver(self, raw):
        known = set(self.other.state(self.folder))
        self.other.append(self.folder, raw)
        (key,) = set(self.other.state(self.folder)) - known
        return key

    def test_every_case(self):
        for name, expected in json.loads((CASES / "expect.json").read_text()).items():
            if name in DECODED_BY_THE_FAKE:
                continue
            body = self.provider.fetch_body(self.folder, self.deliver((CASES / name).read_bytes()))
            with self.subTest(name):
                shown = words(body) or body.invitation.summary
                for text in expected.get("shown", ()):
                    self.assertIn(text, shown)
                self.assertLessEqual(set(expected.get("names", ())), {found.name for found in body.attachments})
                self.assertFalse({found.mimetype for found in body.attachments} & set(expected.get("no_types", ())))
                self.assertEqual(sum(found.inline for found in body.attachments), expected.get("images", 0))

    def test_where_the_service_has_no_words(self):
        for name in ("html_blank.eml", "html_only_a_pixel.eml", "smime_opaque.eml", "calendar_only.eml", "boundary_mismatch.eml",
                     "uuencode_in_text.eml", "winmail.eml"):
            raw = (CASES / name).read_bytes()
            key = self.deliver(raw)
            with self.subTest(name):
                body, source = self.provider.fetch_body(self.folder, key), read_mail(raw)
                self.assertEqual((words(body), body.invitation), (words(source), source.invitation))
                own = [(found.name, part_content(raw, found.part_id)) for found in source.attachments]
                told = [(found.name, self.provider.fetch_part(self.folder, key, found.part_id)) for found in body.attachments]
                self.assertEqual(told, own)

    def test_of_a_huge_mail_the_beginning_is_read(self):
        raw = part("text/html", "<p>Some words of a mail.</p>\r\n" * 100_000, *HEAD)
        key = self.deliver(raw)
        with patch.object(graph_bodies, "MAX_SOURCE", 500_000):
            body = self.provider.fetch_body(self.folder, key)
        self.assertTrue(body.is_truncated)
        self.assertTrue(body.text.startswith("Some words of a mail."))
        self.assertLess(len(body.html), 500_000)
        self.assertEqual(self.provider.fetch_raw(self.folder, key), raw)

    def test_an_attached_winmail(self):
        winmail = tnef(("order.txt", b"12 bells"), ("p.png", PNG))
        raw = multipart("mixed", part("text/plain", "words"), part(
            "application/ms-tnef; name=winmail.dat", winmail, "Content-Disposition: attachment", encoding="base64"), fields=HEAD)
        key = self.deliver(raw)
        body = self.provider.fetch_body(self.folder, key)
        self.assertEqual([found.name for found in body.attachments], ["order.txt", "p.png"])
        before = self.provider.commands_sent
        contents = [self.provider.fetch_part(self.folder, key, found.part_id) for found in body.attachments]
        self.assertEqual((contents, self.provider.commands_sent - before), ([b"12 bells", PNG], 1))
        for wrong in (":9", ":", f"{body.attachments[0].part_id}9", f"{body.attachments[0].part_id}:1", "x:1"):
            with self.assertRaises(MessageGone, msg=wrong):
                self.provider.fetch_part(self.folder, key, wrong)

    def test_a_signed_mail_with_files(self):
        inner = multipart("mixed", part("text/plain", "signed words"), part("application/pdf; name=a.pdf", b"%PDF", encoding="base64"))
        key = self.deliver(part("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", signed(inner), *HEAD, encoding="base64"))
        body = self.provider.fetch_body(self.folder, key)
        self.assertEqual((words(body), [found.name for found in body.attachments]), ("signed words", ["a.pdf"]))
        self.assertEqual(self.provider.fetch_part(self.folder, key, body.attachments[0].part_id), b"%PDF")

    def test_a_picture_that_nothing_shows_is_a_file(self):
        picture = part("image/png; name=p.png", PNG, "Content-ID: <p@x>", "Content-Disposition: inline", encoding="base64")
        for html, inline in (('<img src="cid:p@x">', True), ("<p>words</p>", False)):
            key = self.deliver(multipart("related", part("text/html", html), picture, fields=HEAD))
            self.assertEqual([found.inline for found in self.provider.fetch_body(self.folder, key).attachments], [inline])


if __name__ == "__main__":
    unittest.main()
