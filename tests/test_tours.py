"""Walks through the app as a person does, in a real browser."""

from datetime import datetime, timedelta, timezone

from imapclient import FLAGGED, SEEN
from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, new_test_user, tagged

from ..const import JOIN_TRIES
from .common import MailServerCase, mail


@tagged("post_install", "-at_install")
class TestTours(HttpCase):
    """Without a mail server: what is read is cached."""

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

    def test_leaving_and_coming_back(self):
        self.account.user_ids = [Command.link(self.user.id)]
        self.start_tour("/odoo/maildesk", "maildesk_leave", login="tour_user")
        events = self.env["maildesk.log"].search([("account_id", "=", self.account.id), ("user_id", "=", self.user.id)])
        self.assertEqual(events.mapped("event"), ["joined", "left", "granted"])
        self.assertEqual(self.account.access_ids.origin, "self")

    def test_a_regenerated_share_password_is_shown_once(self):
        for kind in ("incoming", "outgoing"):
            self.account[f"{kind}_server_id"] = self.env[f"maildesk.{kind}.server"].create({"name": kind, "host": "mail.tour.example"})
        self.start_tour(f"/odoo/mailbox-accounts/{self.account.id}", "maildesk_regenerate", login="admin")
        with self.assertRaisesRegex(UserError, "^Incorrect password.$"):
            self.env["maildesk.account"].with_user(self.user).connect_mailbox(self.account.email, "open sesame")


@tagged("post_install", "-at_install")
class TestActTours(HttpCase, MailServerCase):
    """What people do in the app, until it is on a real mail server."""

    def setUp(self):
        super().setUp()
        self.email = f"{self._testMethodName}@tour.example".replace("_", "-")
        self.mails = self.client(self.email)
        self.mails.create_folder("Projects")
        now = datetime.now(timezone.utc)
        for number in range(4):
            self.mails.append("INBOX", mail(f"Order {number}"), msg_time=now - timedelta(minutes=10 - number))
        self.account = self.connected(self.email, users=[self.user])
        self.sync()

    def tour(self, name):
        """Walk; then let the engine push what is pending."""
        # the tours wait until the server has answered every act
        self.start_tour("/odoo/maildesk", name, login=self.user.login, timeout=180)
        self.env.invalidate_all()
        self.sync()
        self.assertFalse(self.env["maildesk.operation"].search([("account_id", "=", self.account.id), ("state", "!=", "done")]))

    def on_server(self, folder="INBOX"):
        """{subject: flags} as another client sees it."""
        self.mails.select_folder(folder, readonly=True)
        uids = self.mails.search()
        found = self.mails.fetch(uids, ["FLAGS", "ENVELOPE"]) if uids else {}
        return {data[b"ENVELOPE"].subject.decode(): set(data[b"FLAGS"]) & {SEEN, FLAGGED} for data in found.values()}

    def test_marks(self):
        self.tour("maildesk_act_marks")
        self.assertEqual(self.on_server(), {
            "Order 0": set(), "Order 1": {SEEN, FLAGGED}, "Order 2": set(), "Order 3": {FLAGGED}})

    def test_archive(self):
        self.tour("maildesk_act_archive")
        self.assertEqual(set(self.on_server()), {"Order 0", "Order 2", "Order 3"})
        self.assertEqual(set(self.on_server("Archive")), {"Order 1"})

    def test_move(self):
        self.tour("maildesk_act_move")
        self.assertEqual(set(self.on_server("Projects")), {"Order 2"})
        self.assertNotIn("Order 2", self.on_server())

    def test_delete(self):
        self.tour("maildesk_act_delete")
        self.assertEqual(set(self.on_server()), {"Order 0", "Order 3"})
        self.assertEqual(set(self.on_server("Trash")), {"Order 1"})

    def test_bulk(self):
        self.tour("maildesk_act_bulk")
        self.assertEqual(self.on_server(), {"Order 2": set(), "Order 3": {SEEN}})
        self.assertEqual(self.on_server("Junk"), {"Order 0": {SEEN}, "Order 1": {SEEN}})

    def test_failed(self):
        for subject in ("Order 1", "Order 2"):
            place = self.env["maildesk.message.placement"].search(
                [("message_id.subject", "=", subject), ("folder_id.account_id", "=", self.account.id)])
            place.with_user(self.user)._act("archive")
        self.env["maildesk.operation"].search([("account_id", "=", self.account.id)])._refused("The mailbox is full.", for_good=True)
        self.tour("maildesk_act_failed")
        self.assertEqual(set(self.on_server()), {"Order 0", "Order 2", "Order 3"})
        self.assertEqual(set(self.on_server("Archive")), {"Order 1"})


@tagged("post_install", "-at_install")
class TestRemovalTours(HttpCase, MailServerCase):
    """From a linked mail to what is left of its mailbox."""

    def setUp(self):
        super().setUp()
        self.email = "orders@tour.example"
        self.mails = self.client(self.email)
        for number in range(3):
            self.mails.append("INBOX", mail(f"Order {number}"))
        self.account = self.connected(self.email, users=[self.user], name="Tour Orders")
        self.sync()
        self.partner = self.env["res.partner"].create({"name": "Rosa Delgado"})

    def tearDown(self):
        # the next one begins with an empty mailbox
        self.mails.select_folder("INBOX")
        self.mails.delete_messages(self.mails.search())
        self.mails.expunge()
        super().tearDown()

    def test_link_remove_and_read_the_archive(self):
        self.start_tour("/odoo/maildesk", "maildesk_link", login=self.user.login)
        self.start_tour("/odoo/mailbox-accounts", "maildesk_remove_archive", login=self.admin.login)
        self.env.invalidate_all()
        self.env["maildesk.account"]._cron_clear()
        self.assertEqual(self.env["maildesk.message"].search([("account_id", "=", self.account.id)]).mapped("subject"), ["Order 1"])
        self.start_tour("/odoo/maildesk", "maildesk_read_archive", login=self.user.login)

    def test_remove_everything(self):
        message = self.env["maildesk.message"].with_user(self.user).search([("subject", "=", "Order 1")])
        message._link_to("res.partner", self.partner.id)
        self.start_tour("/odoo/mailbox-accounts", "maildesk_remove_everything", login=self.admin.login)
        self.env.invalidate_all()
        self.assertFalse(self.account.exists())
        self.mails.select_folder("INBOX", readonly=True)
        self.assertEqual(len(self.mails.search()), 3)
