import io
import json
import zipfile
from pathlib import Path

from odoo.tests import tagged

from ...tools.html_text import html_to_text
from ..common import PASSWORD, MailServerCase

CASES = Path(__file__).parent.parent / "cases" / "mail"
EXPECTED = json.loads((CASES / "expect.json").read_text())
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
        client = self.client("cases@tidewheel.example")
        placements = self.env["maildesk.message.placement"].with_user(self.user)
        found = {}
        client.select_folder("INBOX")
        client.delete_messages(client.search())
        client.expunge()
        for name in names:
            client.append("INBOX", (CASES / name).read_bytes())
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
