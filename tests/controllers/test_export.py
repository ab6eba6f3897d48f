"""`Export`: what takes mail along in bulk, and who may do it."""

import io
import json
import zipfile

from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import MailServerCase, mail

EXPORT_OFF = "Your administrator has turned off Export for you."
FILES = [
    ("../../report.txt", b"first", "text/plain"), ("report.txt", b"second", "text/plain"), ("Report.TXT", b"third", "text/plain"),
    ("grüße.bin", bytes(range(256)), "application/octet-stream"),
]


@tagged("post_install", "-at_install")
class TestExport(MailServerCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.user.group_ids += self.env.ref("base.group_allow_export")
        email = f"{self._testMethodName}@tidewheel.example".replace("_", "-")
        self.client(email).append("INBOX", mail("Four reports", attachments=FILES))
        self.client(email).append("INBOX", mail("One report", attachments=FILES[:1]))
        self.account = self.connected(email, users=[self.user], keep_attachments=False)
        self.sync()
        self.placements = self.env["maildesk.message.placement"].with_user(self.user).search(
            [("folder_id.account_id", "=", self.account.id)], order="id")
        self.several, self.single = (
            self.placements.message_id.filtered(lambda message, subject=subject: message.subject == subject)
            for subject in ("Four reports", "One report"))
        self.authenticate(self.user.login, self.user.login)

    def both_levels(self):
        """Turned off in all mailboxes, then in this one."""
        line = self.account.access_ids
        for record, other in ((self.user.maildesk_action_ids, line), (line, self.user.maildesk_action_ids)):
            record.allow_export, other.allow_export = False, True
            self.env.flush_all()
            yield

    def shown(self, message):
        place = message.placement_ids
        return message._open(place)

    def test_all_attachments_at_once(self):
        answer = self.url_open(self.shown(self.several)["archive_url"])
        self.assertEqual(answer.headers["Content-Type"], "application/zip")
        self.assertIn('filename="Four reports.zip"', answer.headers["Content-Disposition"])
        self.assertEqual((answer.headers["Cache-Control"], answer.headers["X-Content-Type-Options"]), ("no-store", "nosniff"))
        self.assertEqual(int(answer.headers["Content-Length"]), len(answer.content))
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            self.assertIsNone(archive.testzip())
            found = {name: archive.read(name) for name in archive.namelist()}
        self.assertEqual(found, {
            "report.txt": b"first", "report (2).txt": b"second", "Report (3).TXT": b"third", "grüße.bin": bytes(range(256))})

    def test_they_come_over_one_connection(self):
        visits = []
        original = type(self.env["maildesk.message"])._at_server
        self.patch(
            type(self.env["maildesk.message"]), "_at_server",
            lambda message, *args: visits.append(message) or original(message, *args))
        self.url_open(self.shown(self.several)["archive_url"])
        # the body was opened over one of its own
        self.assertEqual(len(visits), 2)

    def test_stored_ones_need_no_server(self):
        self.account.keep_attachments = True
        for part in self.several.attachment_ids:
            part._content()
        self.account.action_disconnect()
        self.env.flush_all()
        self.assertEqual(self.url_open(f"/maildesk/attachments/{self.several.id}").status_code, 200)

    @mute_logger("odoo.http")
    def test_without_the_server_there_are_words(self):
        self.account.action_disconnect()
        self.env.flush_all()
        answer = self.url_open(f"/maildesk/attachments/{self.several.id}")
        self.assertEqual(answer.status_code, 422)
        self.assertIn("not connected right now", answer.text)

    def test_what_is_offered(self):
        shown = self.shown(self.several)
        self.assertTrue(shown["source_url"] and shown["archive_url"])
        shown = self.shown(self.single)
        self.assertTrue(shown["source_url"])
        self.assertFalse(shown["archive_url"], "one is downloaded by itself")
        for _level in self.both_levels():
            shown = self.shown(self.several)
            self.assertFalse(shown["source_url"] or shown["archive_url"])
            self.assertEqual(len(shown["attachments"]), len(FILES), "single ones belong to reading")

    @mute_logger("odoo.http")
    def test_what_is_refused(self):
        part = self.several.attachment_ids[0]
        for _level in self.both_levels():
            for route in ("source", "attachments"):
                answer = self.url_open(f"/maildesk/{route}/{self.several.id}")
                self.assertEqual(answer.status_code, 403)
                self.assertIn(EXPORT_OFF, answer.text)
            self.assertEqual(self.url_open(f"/maildesk/attachment/{part.id}").content, b"first")
            self.assertEqual(self.url_open(f"/maildesk/body/{self.several.id}").status_code, 200)
        self.account.access_ids.allow_export = True
        self.env.flush_all()
        self.assertIn(b"Subject: Four reports", self.url_open(f"/maildesk/source/{self.several.id}").content)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_strangers_get_nothing(self):
        self.authenticate(self.other.login, self.other.login)
        for route in ("source", "attachments"):
            answer = self.url_open(f"/maildesk/{route}/{self.several.id}")
            self.assertEqual(answer.status_code, 403)
            self.assertNotIn("report", answer.text.lower())

    @mute_logger("odoo.http", "odoo.addons.web.controllers.export")
    def test_odoos_own_ways(self):
        self.account.keep_attachments = True
        for part in self.several.attachment_ids:
            part._content()
        stored = self.several.attachment_ids.sudo().attachment_id
        data = {
            "model": "maildesk.message", "ids": self.several.ids, "domain": [], "groupby": [], "import_compat": False,
            "fields": [{"name": "subject", "label": "Subject", "type": "char"}], "context": {},
        }

        def ask():
            self.env.flush_all()
            zipped = self.url_open("/mail/attachment/zip", data={
                "file_ids": ",".join(map(str, stored.ids)), "zip_name": "all.zip", "csrf_token": Request.csrf_token(self)})
            listed = self.url_open("/web/export/csv", data={"data": json.dumps(data), "csrf_token": Request.csrf_token(self)})
            return zipped, listed

        zipped, listed = ask()
        self.assertEqual((zipped.status_code, listed.status_code), (200, 200))
        self.assertIn("Four reports", listed.text)
        for _level in self.both_levels():
            zipped, listed = ask()
            self.assertEqual(zipped.status_code, 403)
            self.assertIn(EXPORT_OFF, zipped.text)
            self.assertIn(EXPORT_OFF, listed.text)
            self.assertNotIn("Four reports", listed.text)

    def test_every_model_of_mail(self):
        rows = {
            "maildesk.message": self.several, "maildesk.message.placement": self.several.placement_ids,
            "maildesk.thread": self.several.thread_id, "maildesk.attachment": self.several.attachment_ids,
        }
        for records in rows.values():
            records.export_data(["id"])
        for _level in self.both_levels():
            for model, records in rows.items():
                with self.subTest(model=model), self.assertRaisesRegex(AccessError, EXPORT_OFF):
                    records.export_data(["id"])
