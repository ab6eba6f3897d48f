import io
import json
import zipfile
from pathlib import Path

from odoo.tests import tagged

from ...tools.html_text import html_to_text
from ..common import PASSWORD, MailServerCase

CASES = Path(__file__).parent.parent / "cases" / "mail"
EXPECTED = json.loads((CASES / "expect.json").read_text())
HEAD = b"From: Rosa <rosa@pedalia.example>\r\nSubject: Case\r\nMessage-ID: <more@pedalia.example>\r\n"
NOTE, ORDER = b"Secret stock list of the shop\n", b"12 bells\r\n"


@tagged("post_install", "-at_install")
class TestMailCases(MailServerCase):
    """Mails that break mail programs, delivered to a mail server and opened as a person opens them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account("cases@tidewheel.example", [cls.user], cls.dovecot.port)

    def deliver(self, *names):
        """The messages of these cases by their names, as the user finds them."""
        return self.deliver_mails({name: (CASES / name).read_bytes() for name in names})

    def deliver_mails(self, mails):
        client = self.client("cases@tidewheel.example")
        placements = self.env["maildesk.message.placement"].with_user(self.user)
        found = {}
        client.select_folder("INBOX")
        client.delete_messages(client.search())
        client.expunge()
        for name, raw in mails.items():
            client.append("INBOX", raw)
            uid = client.select_folder("INBOX")[b"UIDNEXT"] - 1
            found[name] = uid
        self.account.action_fetch_folders()
        self.sync()
        by_uid = {
            int(placement.remote_id.partition(":")[2]): placement
            for placement in placements.search([("folder_id.account_id", "=", self.account.id)])
        }
        return {name: by_uid[uid] for name, uid in found.items()}

    def assert_as_expected(self, placement, expected):
        message = placement.message_id
        shown = message._open(placement)
        self.assertEqual(shown["error"], "")
        body = message.body_ids.html
        words = html_to_text(body)
        for text in expected.get("shown", ()):
            self.assertIn(text, words)
        for text in expected.get("not_shown", ()):
            self.assertNotIn(text, words)
        for key, value in (("subject", shown["subject"]), ("from_name", shown["from"]["name"]), ("from_email", shown["from"]["email"])):
            self.assertEqual(value, expected.get(key, value))
        self.assertEqual(body.count('src="data:image/'), expected.get("images", 0))
        names = [part["name"] for part in shown["attachments"]]
        for name in expected.get("names", ()):
            self.assertIn(name, names)
        self.assertFalse({part["mimetype"] for part in shown["attachments"]} & set(expected.get("no_types", ())))
        self.assertEqual(message.has_attachments, bool(names))

    def test_every_case(self):
        self.assertEqual({path.name for path in CASES.glob("*.eml")}, set(EXPECTED))
        for name, placement in self.deliver(*EXPECTED).items():
            with self.subTest(name):
                self.assert_as_expected(placement, EXPECTED[name])

    def test_every_case_from_its_source(self):
        """What is kept says the same as what was read from the server part by part, and needs no server."""
        placements = self.deliver(*EXPECTED)
        first = {}
        for name, placement in placements.items():
            shown = placement.message_id._open(placement)
            first[name] = (placement.message_id.body_ids.html, shown["attachments"])
            placement.message_id._keep()
            placement.message_id.sudo().body_ids.unlink()
        self.account.incoming_server_id.write({"port": 1, "password": "x"})
        for name, placement in placements.items():
            with self.subTest(name):
                self.assert_as_expected(placement, EXPECTED[name])
                shown = placement.message_id._open(placement)
                self.assertEqual(placement.message_id.body_ids.html, first[name][0])
                self.assertEqual([part["mimetype"] for part in shown["attachments"]], [part["mimetype"] for part in first[name][1]])
                for part in placement.message_id.attachment_ids:
                    part._content()

    def test_files_inside_containers(self):
        for name, content in {"winmail.eml": ORDER, "uuencode_in_text.eml": NOTE}.items():
            with self.subTest(name):
                placement = self.deliver(name)[name]
                message = placement.message_id
                self.assertEqual(len(message._open(placement)["attachments"]), 1)
                self.assertEqual(message.attachment_ids._content(), content)
                with zipfile.ZipFile(message._export_attachments()) as archive:
                    self.assertEqual([archive.read(member) for member in archive.namelist()], [content])
                message._keep()
                self.account.incoming_server_id.write({"port": 1, "password": "x"})
                self.assertEqual(message.attachment_ids._content(), content)
                with zipfile.ZipFile(io.BytesIO(message._export_attachments().read())) as archive:
                    self.assertEqual([archive.read(member) for member in archive.namelist()], [content])
                self.account.incoming_server_id.write({"port": self.dovecot.port, "password": PASSWORD})

    def open_one(self, raw):
        """What is shown of a mail, and its body as text."""
        placement = self.deliver_mails({"mail": raw})["mail"]
        shown = placement.message_id._open(placement)
        self.assertEqual(shown["error"], "")
        return shown, html_to_text(placement.message_id.body_ids.html)

    def test_what_stays_closed_says_so(self):
        for kind in ("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", 'multipart/encrypted; boundary="b"'):
            raw = HEAD + f"Content-Type: {kind}\r\n\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nx\r\n--b--\r\n".encode()
            shown, words = self.open_one(raw)
            self.assertIn("This email is encrypted.", words)
            self.assertTrue(shown["attachments"])

    def test_an_invitation_in_words(self):
        lines = (
            "BEGIN:VCALENDAR", "METHOD:CANCEL", "BEGIN:VEVENT", "SUMMARY:<b>Visit</b>", "LOCATION:Hall 2", "DTSTART;TZID=Europe/Berlin:20260305T090000",
            "DTEND;TZID=Europe/Berlin:20260305T100000", "ORGANIZER;CN=Rosa:mailto:rosa@x.example", "DESCRIPTION:Bring <script> tools", "END:VEVENT")
        shown, words = self.open_one(HEAD + b"Content-Type: text/calendar; name=i.ics\r\n\r\n" + "\r\n".join(lines).encode())
        for text in ("<b>Visit</b>", "This appointment is cancelled.", "Where: Hall 2", "Organizer: Rosa <rosa@x.example>", "Bring <script> tools"):
            self.assertIn(text, words)
        self.assertRegex(words, r"When: .*9:00.* – .*10:00.* \(Europe/Berlin\)")
        self.assertEqual([part["name"] for part in shown["attachments"]], ["i.ics"])

    def test_pictures_are_files_until_the_body_shows_them(self):
        picture = b"Content-Type: image/png; name=p.png\r\nContent-ID: <p@x>\r\nContent-Disposition: inline\r\n\r\n"
        raw = HEAD + b"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>words</p>\r\n--b\r\n%sx\r\n--b--\r\n"
        shown, _words = self.open_one(raw % picture)
        self.assertEqual([part["name"] for part in shown["attachments"]], ["p.png"])
