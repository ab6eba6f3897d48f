"""Bodies and parts from a real server: the same as from the mail's source, part by part and where the server knows no parts."""

import unittest
from datetime import datetime, timezone
from unittest.mock import patch

from maildesk.dev.demo.correspondence import build
from maildesk.providers import imap_bodies
from maildesk.providers.errors import MessageGone
from maildesk.tests.fakes.imap_servers import FullServer, PoorServer
from maildesk.tests.tools.mails import CASES, PNG, all_mails, multipart, part, signed, tnef
from maildesk.tools.mime import part_content, read_mail

#: Names that this server cuts at the first blank, for want of quotes, before it tells them.
CUT_NAMES = {("pass_file_names.eml", "7")}
#: Words stand where a header should: this server takes them for one and drops them, the source shows them.
WITHOUT_HEADER = {"msg_19.txt", "msg_38.txt"}


def own_id(part_id):
    """The id within the source of a part whose server knew no parts."""
    return part_id.removeprefix(":")


class BodiesCase(unittest.TestCase):
    """A folder of a server to put mails into."""

    server_class = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.server_class().start()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        super().setUp()
        self.other = self.server.other_client()
        self.addCleanup(self.other.close)
        self.folder = self.other.make_folder(self._testMethodName)
        self.provider = self.server.provider()
        self.provider.__enter__()
        self.addCleanup(self.provider.__exit__, None, None, None)

    def deliver(self, *mails):
        """The keys of these mails, in order."""
        self.other.append(self.folder, *mails)
        page = self.provider.fetch_changes(self.folder, None, 5000, lambda: ())
        keys = [message.flags.remote_id for message in page.new]
        return sorted(keys, key=lambda key: int(key.partition(":")[2]))[-len(mails):]


class TestBodies(BodiesCase):
    server_class = FullServer

    def assert_same(self, key, raw, name=""):
        body, source = self.provider.fetch_body(self.folder, key), read_mail(raw)
        self.assertEqual((body.html, body.text, body.flowed, body.delsp), (source.html, source.text, source.flowed, source.delsp))
        self.assertEqual((body.is_encrypted, body.invitation), (source.is_encrypted, source.invitation))
        self.assertEqual(
            [(own_id(found.part_id), found.mimetype, found.content_id, found.inline) for found in body.attachments],
            [(found.part_id, found.mimetype, found.content_id, found.inline) for found in source.attachments])
        for told, own in zip(body.attachments, source.attachments, strict=True):
            if (name, own.part_id) not in CUT_NAMES:
                self.assertEqual(told.name, own.name)
            self.assertAlmostEqual(told.size, own.size, delta=80 + own.size // 20)
            self.assertEqual(self.provider.fetch_part(self.folder, key, told.part_id), part_content(raw, own.part_id))

    def test_mails_at_hand(self):
        mails = all_mails()
        for (name, raw), key in zip(mails.items(), self.deliver(*mails.values()), strict=True):
            if name not in WITHOUT_HEADER:
                with self.subTest(name):
                    self.assert_same(key, raw, name)

    def test_the_demonstration(self):
        mails = [item.raw for item in build(now=datetime(2026, 3, 11, 15, 20, tzinfo=timezone.utc))]
        for number, (raw, key) in enumerate(zip(mails, self.deliver(*mails), strict=True)):
            with self.subTest(number=number):
                self.assert_same(key, raw)

    def test_a_multipart_that_the_server_finds_no_parts_in(self):
        large = b"--other\r\nContent-Type: text/plain\r\n\r\nThe words.\r\n--other\r\nContent-Type: application/pdf\r\n\r\n%s\r\n--other--\r\n"
        for size in (10, 300_000):
            raw = part("multipart/mixed; boundary=b", large % (b"x" * 78 * (size // 80)), "Subject: s")
            (key,) = self.deliver(raw)
            with self.subTest(size=size):
                self.assert_same(key, raw)
                (paper,) = self.provider.fetch_body(self.folder, key).attachments
                self.assertEqual((paper.part_id, paper.mimetype), (":2", "application/pdf"))

    def test_no_more_is_read_than_is_needed(self):
        """A mail of papers only has no words either; its source is looked into, not fetched."""
        raw = multipart("mixed", part("application/pdf", b"%PDF" * 500_000, encoding="base64"), fields=("Subject: s",))
        (key,) = self.deliver(raw)
        with patch.object(imap_bodies, "MAX_SOURCE", 0):
            body = self.provider.fetch_body(self.folder, key)
        self.assertEqual(([found.part_id for found in body.attachments], body.text), (["1"], None))

    def test_of_a_huge_mail_the_beginning_is_read(self):
        paragraph = b"<p>Some words of a mail.</p>\r\n"
        whole = part("text/html", paragraph * 400_000, "Subject: s")
        several = multipart("mixed", *(part("text/html", paragraph * 40_000) for _ in range(12)), fields=("Subject: s",))
        for key in self.deliver(whole, several):
            body = self.provider.fetch_body(self.folder, key)
            self.assertEqual((body.html, body.is_truncated), (None, True))
            self.assertTrue(body.text.startswith("Some words of a mail."))

    def test_containers(self):
        winmail = tnef(("order.txt", b"12 bells"), ("ä.png", PNG))
        mails = [
            multipart("mixed", part("text/plain", "words"), part("application/ms-tnef; name=winmail.dat", winmail, encoding="base64")),
            part("application/pkcs7-mime; smime-type=signed-data", signed(multipart("mixed", part("text/plain", "words"), part("a/b", "x"))), encoding="base64"),
            part("application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", signed(
                part("application/ms-tnef", tnef(("deep.txt", b"deep"), body=((0x1000, "words"),)), encoding="base64")), encoding="base64"),
        ]
        for raw, key in zip(mails, self.deliver(*mails), strict=True):
            self.assert_same(key, raw)
            body = self.provider.fetch_body(self.folder, key)
            self.assertEqual(body.text, "words")
            for found in body.attachments:
                self.assertIn(":", found.part_id)
                for wrong in (f"{found.part_id}9", f"{found.part_id}:1", f"{found.part_id}:", ":9", "1:0", "1:1:1:1", "2:x"):
                    with self.assertRaises(MessageGone, msg=wrong):
                        self.provider.fetch_part(self.folder, key, wrong)

    def test_a_container_is_fetched_once(self):
        winmail = tnef(*((f"{number}.txt", b"%d" % number) for number in range(20)))
        (key,) = self.deliver(part("application/ms-tnef", winmail, encoding="base64"))
        found = self.provider.fetch_body(self.folder, key).attachments
        before = self.provider.commands_sent
        contents = [self.provider.fetch_part(self.folder, key, file.part_id) for file in found]
        self.assertEqual(contents, [b"%d" % number for number in range(20)])
        self.assertLess(self.provider.commands_sent - before, 5)

    def test_what_is_too_large_stays_a_file(self):
        winmail = part("application/ms-tnef; name=winmail.dat", tnef(("a.txt", b"x" * 5000)), encoding="base64")
        (key,) = self.deliver(multipart("mixed", part("text/plain", "words"), winmail))
        with patch("maildesk.tools.mime.containers.MAX_CONTAINER", 1000):
            self.assertEqual([found.name for found in self.provider.fetch_body(self.folder, key).attachments], ["winmail.dat"])


class TestPoorServer(BodiesCase):
    """A server that takes a multipart whose header it cannot read for a text."""

    server_class = PoorServer

    def test_a_multipart_that_was_taken_for_a_text(self):
        for name in ("content_type_missing_semicolon.eml", "boundary_mismatch.eml", "boundary_missing.eml"):
            raw = (CASES / name).read_bytes()
            (key,) = self.deliver(raw)
            with self.subTest(name):
                self.assertEqual(self.provider.fetch_body(self.folder, key).text.strip(), "The invoice is due on Friday.")


if __name__ == "__main__":
    unittest.main()
