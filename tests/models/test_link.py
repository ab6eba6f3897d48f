from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from ...models.maildesk_link import SETTLED_MINUTES
from ...models.maildesk_message import ORPHAN_DAYS
from ..common import MailServerCase, mail

PICTURE = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"


@tagged("post_install", "-at_install")
class TestLink(MailServerCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.email = f"{self._testMethodName}@tidewheel.example".replace("_", "-")
        self.mails = self.client(self.email)
        self.mails.append("INBOX", mail(
            "Wheels", "The wheels are round", html="<p>The wheels are <b>round</b></p>",
            attachments=[("offer.txt", b"Forty wheels", "text/plain"), ("dot.gif", PICTURE, "image/gif")]))
        self.mails.append("INBOX", mail("Other"))
        self.account = self.connected(self.email, users=[self.user])
        self.sync()
        self.partner = self.env["res.partner"].create({"name": "Rosa Delgado"})
        self.place = self.env["maildesk.message.placement"].search([
            ("folder_id.account_id", "=", self.account.id), ("message_id.subject", "=", "Wheels")])
        self.message = self.place.message_id.with_user(self.user)

    def link(self, **values):
        return self.message._link_to("res.partner", self.partner.id)

    def lose(self):
        """Another client deletes everything; the passes that follow see nothing of it any more."""
        self.mails.select_folder("INBOX")
        self.mails.delete_messages(self.mails.search())
        self.mails.expunge()
        self.sync()
        self.assertFalse(self.message.sudo().placement_ids)

    def settle(self):
        """As if the mailbox had been gone through for long enough since."""
        self.message.sudo().orphaned_at = fields.Datetime.subtract(
            self.account.sync_state_ids.last_sync_at, minutes=SETTLED_MINUTES + 1)

    def cut(self):
        self.account.incoming_server_id.write({"port": 1, "password": "x"})

    def test_a_linked_mail_is_kept_whole(self):
        link = self.link()
        self.assertEqual((link.record_name, link.create_uid, link.account_id), ("Rosa Delgado", self.user, self.account))
        self.assertEqual(self.link(), link, "linking twice is one link")
        self.lose()
        self.cut()
        self.message.sudo().body_ids.unlink()
        mail_ = self.message.sudo()
        mail_.orphaned_at = fields.Datetime.subtract(fields.Datetime.now(), days=ORPHAN_DAYS + 1)
        mail_._gc_orphans()
        mail_._delete()
        self.assertTrue(mail_.exists(), "neither the collection nor anybody else takes a linked mail")
        self.assertIn("<b>round</b>", mail_._cached_body().html)
        mail_.body_ids.expires_at = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        mail_.body_ids._gc_expired()
        self.assertTrue(mail_.body_ids.exists())
        self.assertEqual([part._content() for part in mail_.attachment_ids], [b"Forty wheels", PICTURE])
        self.assertEqual(list(mail_.attachment_ids._contents()), [b"Forty wheels", PICTURE])
        self.assertIn(b"Subject: Wheels", mail_._fetch_raw())
        # the other one, which nobody linked, went
        other = self.env["maildesk.message"].search([("account_id", "=", self.account.id)]) - mail_
        other.orphaned_at = mail_.orphaned_at
        other._gc_orphans()
        self.assertFalse(other.exists())

    def test_a_server_that_does_not_answer_links_nothing(self):
        self.cut()
        with self.assertRaises(UserError) as caught:
            self.link()
        self.assertIn("The email was not linked, because it could not be kept.", str(caught.exception))
        self.assertIn("refuses connections", str(caught.exception))
        self.assertFalse(self.message.link_ids)

    def test_links_made_without_the_server_are_kept_later(self):
        self.env["maildesk.link"].with_user(self.user).create(
            {"message_id": self.message.id, "res_model": "res.partner", "res_id": self.partner.id})
        self.assertFalse(self.message.sudo().source_id)
        port = self.account.incoming_server_id.port
        self.cut()
        self.env["maildesk.message"]._cron_keep()
        self.assertFalse(self.message.sudo().source_id)
        self.account.incoming_server_id.write({"port": port, "password": "secret-of-the-server"})
        self.env["maildesk.message"]._cron_keep()
        self.assertTrue(self.message.sudo().source_id)

    def test_who_may_link(self):
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.message.with_user(self.other)._link_to("res.partner", self.partner.id)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.env["maildesk.link"].with_user(self.admin).create(
                {"message_id": self.message.id, "res_model": "res.partner", "res_id": self.partner.id})
        company = self.env["res.company"].create({"name": "Closed"})
        closed = self.env["res.partner"].create({"name": "Closed", "company_id": company.id})
        self.env.invalidate_all()
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.message._link_to("res.partner", closed.id)
        for model in ("maildesk.account", "mail.compose.message", "mail.thread", "no.such.model"):
            with self.subTest(model), self.assertRaises(UserError):
                self.message._link_to(model, self.account.id)
        with self.assertRaises(UserError):
            self.message._link_to("res.partner", 2**30)
        link = self.link()
        with self.assertRaises(AccessError):
            link.res_id = closed.id
        kinds = self.env["maildesk.link"].with_user(self.user)._linkable()
        self.assertEqual(kinds[0]["model"], "res.partner")
        self.assertFalse([kind for kind in kinds if kind["model"].startswith("maildesk.")])

    def test_links_outlive_a_reset_a_move_and_a_new_life_of_the_folder(self):
        link = self.link()
        self.place.with_user(self.user)._act("archive")
        self.sync()
        self.account.with_user(self.admin).action_reset_sync_state()
        self.sync()
        self.env["maildesk.account"]._cron_clear()
        self.assertEqual(link.message_id.placement_ids.folder_id.role, "archive")
        self.env.cr.execute("UPDATE maildesk_message_placement SET remote_id = '1:' || split_part(remote_id, ':', 2)")
        self.env.invalidate_all()
        archive = self.folder(self.account, "archive")
        archive.cursor = {**archive.cursor, "uidvalidity": 1}
        self.sync()
        self.assertEqual(link.exists().message_id.placement_ids.folder_id.role, "archive")

    # -------------------------------------------------------------------------
    # What a link opens, and what it does not
    # -------------------------------------------------------------------------

    def reads(self, user):
        """Whether a person reads mail, body, attachments and link, by every one of them alike."""
        self.env.invalidate_all()
        records = [self.message, self.message.sudo().body_ids, self.message.sudo().attachment_ids, self.message.sudo().link_ids]
        answers = {record.with_user(user).has_access("read") for record in records}
        answers |= {bool(record.with_user(user).search([("id", "in", record.ids)])) for record in records}
        self.assertEqual(len(answers), 1, answers)
        return answers.pop()

    def test_a_link_opens_nothing_while_the_mail_lies_in_the_mailbox(self):
        self.message._open(self.place.with_user(self.user))
        self.link()
        self.assertEqual([self.reads(user) for user in (self.user, self.other, self.admin)], [True, False, False])
        # nor while a reset has taken it out of sight
        self.account.with_user(self.admin).action_reset_sync_state()
        self.assertFalse(self.message.sudo().placement_ids)
        self.assertFalse(self.reads(self.other))
        self.settle()
        self.account.sync_state_ids.last_sync_at = self.message.sudo().orphaned_at
        self.assertFalse(self.reads(self.other), "no pass has looked since")
        self.sync()
        self.assertEqual([self.reads(user) for user in (self.user, self.other)], [True, False])

    def test_a_mail_that_lies_nowhere_is_read_by_who_may_read_its_record(self):
        self.message._open(self.place.with_user(self.user))
        self.link()
        self.lose()
        self.assertFalse(self.reads(self.other), "another client may just be moving it")
        self.settle()
        self.assertTrue(self.reads(self.other))
        self.assertTrue(self.message.with_user(self.other)._cached_body())
        company = self.env["res.company"].create({"name": "Closed"})
        self.partner.company_id = company
        self.assertFalse(self.reads(self.other), "who may not read the record may not read the mail")
        self.partner.company_id = False
        self.partner.active = False
        self.assertTrue(self.reads(self.other))
        with self.assertRaises(AccessError):
            self.message.with_user(self.other).link_ids.unlink()
        for person in (self.employee, self.portal):
            self.assertFalse(self.message.with_user(person).has_access("read"))
        # who may read no mail reads none this way either, nor takes it along
        self.other.maildesk_action_ids.allow_incoming = False
        self.assertFalse(self.reads(self.other))
        self.other.maildesk_action_ids.allow_incoming = True
        self.other.group_ids += self.env.ref("base.group_allow_export")
        message = self.message.with_user(self.other)
        self.assertIn(b"Subject: Wheels", message._export_source())
        self.assertTrue(message.export_data(["subject"])["datas"])
        self.other.maildesk_action_ids.allow_export = False
        for way in (message._export_source, lambda: message.export_data(["subject"])):
            with self.assertRaisesRegex(AccessError, "has turned off Export for you"):
                way()
        self.partner.unlink()
        self.assertFalse(self.reads(self.other))

    def test_the_conversation_and_other_mails_stay_closed(self):
        self.link()
        self.lose()
        self.settle()
        found = self.env["maildesk.message"].with_user(self.other).search([])
        self.assertEqual(found.mapped("subject"), ["Wheels"])
        self.assertFalse(self.env["maildesk.thread"].with_user(self.other).search([]))
        self.assertFalse(self.env["maildesk.account"].with_user(self.other).search([]))

    def test_the_kept_source_is_nobodys_file(self):
        self.link()
        source = self.message.sudo().source_id
        self.assertFalse(source.with_user(self.user).has_access("read"))
        self.assertFalse(self.env["ir.attachment"].with_user(self.user).search([("id", "=", source.id)]))

    # -------------------------------------------------------------------------
    # Records that are gone, links that are taken away
    # -------------------------------------------------------------------------

    def test_a_link_to_a_deleted_record_is_hidden_and_dropped(self):
        link = self.link()
        self.partner.unlink()
        self.assertFalse(self.message._open(self.place.with_user(self.user))["links"])
        self.assertFalse(self.account.linked_count)
        kept = self.message._link_to("res.partner", self.other.partner_id.id)
        self.env.cr.execute("UPDATE maildesk_link SET res_model = 'of.an.uninstalled.module' WHERE id = %s", [link.id])
        self.env.invalidate_all()
        self.assertEqual([shown["id"] for shown in self.message.link_ids._as_shown()], [kept.id])
        self.env["maildesk.link"]._gc_vanished()
        self.assertEqual(self.env["maildesk.link"].search([]), kept)

    def test_routes(self):
        self.authenticate("mailbox_user", "mailbox_user")
        kinds = self.make_jsonrpc_request("/maildesk/link/kinds")
        self.assertIn({"model": "res.partner", "name": "Contact"}, kinds)
        values = {"message_id": self.message.id, "res_model": "res.partner", "res_id": self.partner.id}
        [shown] = self.make_jsonrpc_request("/maildesk/link", values)
        self.assertEqual((shown["kind"], shown["name"], shown["res_id"]), ("Contact", "Rosa Delgado", self.partner.id))
        opened = self.make_jsonrpc_request("/maildesk/open", {"placement_id": self.place.id})
        self.assertEqual(opened["links"], [shown])
        for login in ("mailbox_other", "mailbox_admin"):
            self.authenticate(login, login)
            with self.assertRaises(JsonRpcException), mute_logger("odoo.http", "odoo.addons.base.models.ir_rule"):
                self.make_jsonrpc_request("/maildesk/link", values)
            self.assertEqual(self.make_jsonrpc_request("/maildesk/unlink", {"link_id": shown["id"]}), [])
        self.assertTrue(self.message.link_ids)
        self.authenticate("mailbox_user", "mailbox_user")
        self.assertEqual(self.make_jsonrpc_request("/maildesk/unlink", {"link_id": shown["id"]}), [])
        self.assertFalse(self.message.sudo().link_ids)

    def test_names_of_closed_records_are_not_told(self):
        self.link()
        company = self.env["res.company"].create({"name": "Closed"})
        self.partner.company_id = company
        self.env.invalidate_all()
        [shown] = self.message._open(self.place.with_user(self.user))["links"]
        self.assertEqual(shown["name"], "")

    # -------------------------------------------------------------------------
    # Deleting a mailbox
    # -------------------------------------------------------------------------

    def test_a_mailbox_with_linked_mail_is_not_deleted(self):
        self.link()
        self.message._link_to("res.partner", self.other.partner_id.id)
        free = self.make_account("free@tidewheel.example")
        self.assertEqual(self.account.with_user(self.admin).linked_count, 1, "emails, not links")
        for doomed in (self.account, free | self.account):
            with self.assertRaises(UserError) as caught:
                doomed.with_user(self.admin).unlink()
            self.assertTrue(str(caught.exception).startswith("This mailbox has 1 email(s) linked to Odoo records"))
            self.assertIn("Remove Mailbox", str(caught.exception))
        self.assertTrue(self.account.exists() and free.exists())
        self.env["maildesk.link"].search([]).unlink()
        (self.account | free).with_user(self.admin).unlink()
        self.assertFalse(self.account.exists() or self.message.sudo().exists())

    def test_a_full_disk_links_nothing(self):
        with patch("odoo.addons.maildesk.models.maildesk_message_keep.store_file", side_effect=OSError(28, "No space left")), \
                self.assertRaises(UserError) as caught:
            self.link()
        self.assertIn("No space left", str(caught.exception))
        self.assertFalse(self.message.link_ids)
