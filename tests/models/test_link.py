from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

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

    def long_ago(self):
        """As if it had been lost, and the mailbox gone through again and again, for as long as anything is waited for."""
        now = fields.Datetime.now()
        self.account.sync_state_ids.last_sync_at = now
        self.message.sudo().orphaned_at = fields.Datetime.subtract(now, days=ORPHAN_DAYS + 1)

    def test_a_link_opens_nothing(self):
        self.message._open(self.place.with_user(self.user))
        self.link()
        people = (self.user, self.other, self.admin)
        self.assertEqual([self.reads(user) for user in people], [True, False, False])
        self.account.with_user(self.admin).action_reset_sync_state()
        self.assertFalse(self.message.sudo().placement_ids)
        self.assertEqual([self.reads(user) for user in people], [True, False, False])
        self.sync()
        self.assertEqual([self.reads(user) for user in people], [True, False, False])
        self.lose()
        self.assertEqual([self.reads(user) for user in people], [True, False, False])
        self.long_ago()
        self.assertEqual([self.reads(user) for user in people], [True, False, False])

    def test_a_mail_in_no_folder_is_read_by_the_people_on_its_mailboxs_list(self):
        self.message._open(self.place.with_user(self.user))
        link = self.link()
        self.lose()
        self.long_ago()
        self.assertTrue(self.message._cached_body())
        self.assertEqual(self.message.attachment_ids[0]._content(), b"Forty wheels")
        self.assertIn(b"Subject: Wheels", self.message._export_source())
        self.assertIn(self.message._frame_url(), link.action_open_email()["url"])
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            link.with_user(self.other).action_open_email()
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            link.with_user(self.other).unlink()
        # whatever becomes of the record
        self.partner.company_id = self.env["res.company"].create({"name": "Closed"})
        self.assertTrue(self.reads(self.user))
        self.partner.company_id = False
        # an action that is off binds as it does in a folder, for one mailbox and for all
        for switches in (self.account.access_ids, self.user.maildesk_action_ids):
            for name in ("allow_incoming", "allow_imap"):
                switches[name] = False
                self.assertFalse(self.reads(self.user), name)
                switches[name] = True
            switches.allow_export = False
            with self.assertRaisesRegex(AccessError, "has turned off Export for you"):
                self.message._export_source()
            switches.allow_export = True
        self.assertTrue(self.reads(self.user))
        self.env["maildesk.access"].create({"account_id": self.account.id, "user_id": self.other.id})
        self.assertTrue(self.reads(self.other))
        self.account.access_ids.filtered(lambda line: line.user_id == self.user).unlink()
        self.assertEqual([self.reads(user) for user in (self.user, self.other)], [False, True])
        # they take the link away, too: it is theirs
        link.with_user(self.other).unlink()
        self.assertTrue(self.message.with_user(self.other).has_access("read"), "until it is collected")
        self.env["maildesk.message"]._gc_orphans()
        self.assertFalse(self.message.exists())

    def test_a_mail_in_no_folder_that_was_junk_stays_junk(self):
        self.message._open(self.place.with_user(self.user))
        self.link()
        line = self.account.access_ids
        # (folder it is in last, whether those without junk read it afterwards)
        for role, readable in (("junk", False), ("trash", True), ("archive", True)):
            folder = self.env["maildesk.folder"]._of_role(self.account, role)
            self.place.folder_id = folder
            line.allow_spam = False
            self.assertEqual(self.reads(self.user), readable, f"in {role}")
            # by a sync, by a reset, by the folder's own end
            for way in (self.place._drop_these, folder._begin_anew, folder._remove):
                with self.subTest(role=role, way=way):
                    with self.env.cr.savepoint() as undone:
                        way()
                        self.assertEqual(self.reads(self.user), readable)
                        while self.env["maildesk.account"]._clear_a_folder():
                            self.assertEqual(self.reads(self.user), readable)
                        self.assertFalse(self.message.sudo().placement_ids)
                        self.assertEqual(self.reads(self.user), readable)
                        line.allow_spam = True
                        self.assertTrue(self.reads(self.user))
                        self.message.sudo().was_outside_junk = False
                        line.allow_spam = False
                        self.assertFalse(self.reads(self.user), "nobody knows where it was")
                        undone.rollback()
                    self.env.invalidate_all()

    def test_the_conversation_counts_what_is_in_a_folder(self):
        self.link()
        second = self.env["maildesk.message"].search([("subject", "=", "Other")])
        second.write({"thread_id": self.message.sudo().thread_id.id, "date": fields.Datetime.add(self.message.date, hours=1)})
        thread = self.message.thread_id
        self.assertEqual((thread.message_count, thread.subject), (2, "Wheels"))
        self.place._drop_these()
        self.env.invalidate_all()
        self.assertEqual((thread.message_count, thread.subject), (1, "Other"))
        second.placement_ids._drop_these()
        second._delete()
        self.env.invalidate_all()
        self.assertEqual((thread.message_count, thread.subject), (1, "Wheels"), "the one that was kept")
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
