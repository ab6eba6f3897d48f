"""Walks through the app as a person does, in a real browser, without a mail server: what is read is cached."""

from datetime import timedelta

from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user, tagged

from ..const import JOIN_TRIES


@tagged("post_install", "-at_install")
class TestTours(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, login="tour_user", groups="base.group_user,maildesk.group_maildesk_user")
        cls.account = cls.make_account("support@tour.example", name="Tour Support")
        inbox, _sent = cls.env["maildesk.folder"].create([
            {"account_id": cls.account.id, "name": "INBOX", "remote_id": "INBOX", "role": "inbox", "total_count": 1,
             "unread_count": 1},
            {"account_id": cls.account.id, "name": "Gesendet", "remote_id": "Gesendet", "role": "sent"},
        ])
        now = fields.Datetime.now()
        message = cls.env["maildesk.message"].create({
            "account_id": cls.account.id, "fingerprint": "tour", "from_name": "Lena", "from_email": "lena@nordwind.example",
            "to_addresses": "support@tour.example, Office <office@nordwind.example>", "subject": "Two pallets are missing",
            "preview": "Could you check with the carrier", "date": now, "size": 2048,
        })
        cls.env["maildesk.message.placement"].create({
            "message_id": message.id, "folder_id": inbox.id, "remote_id": "1", "date": now,
        })
        cls.env["maildesk.message.body"].create({
            "message_id": message.id, "html": "<p>Could you check with the carrier?</p>",
            "html_with_images": "<p>Could you check with the carrier? With images.</p>", "blocked_images": 1,
            "expires_at": now + timedelta(days=1),
        })

    @classmethod
    def make_account(cls, email, **values):
        return cls.env["maildesk.account"].create({
            "name": email, "email": email, "allow_personal_connection": True, "share_password": "open sesame",
            "user_ids": [Command.clear()], **values,
        })

    def test_reading(self):
        self.account.user_ids = [Command.link(self.user.id)]
        self.start_tour("/odoo/maildesk", "maildesk_read", login="tour_user")

    def test_connecting(self):
        busy = self.make_account("busy@tour.example")
        attempts = self.env["maildesk.connect.attempt"]
        _person, address = attempts._subjects(busy.email)
        attempts.create([{"subject": address}] * JOIN_TRIES)
        self.start_tour("/odoo/maildesk", "maildesk_connect", login="tour_user")
        self.assertEqual(self.account.access_ids.user_id, self.user)
        self.assertEqual(self.account.access_ids.origin, "self")
