"""Companies, archiving, duplicates: what becomes of a mailbox besides being read."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import MaildeskCase, MailServerCase, mail

SHARE = "open sesame"


@tagged("post_install", "-at_install")
class TestCompanies(MaildeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.far = cls.env["res.company"].create({"name": "Far"})
        cls.account = cls.make_account(
            "far@tidewheel.example", company_id=cls.far.id, allow_personal_connection=True, share_password=SHARE)

    def accounts(self, user, companies):
        """What somebody sees while these companies are active."""
        return self.env["maildesk.account"].with_user(user).with_context(allowed_company_ids=companies.ids).search([])

    def test_an_administrator_sees_those_of_the_active_companies(self):
        self.admin.company_ids += self.far
        self.assertNotIn(self.account, self.accounts(self.admin, self.company))
        self.assertIn(self.account, self.accounts(self.admin, self.far))
        self.assertIn(self.account, self.accounts(self.admin, self.company + self.far))
        elsewhere = self.account.with_user(self.admin).with_context(allowed_company_ids=self.company.ids)
        for act in (lambda: elsewhere.write({"name": "x"}), elsewhere.action_regenerate_share_password):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                act()
        for model in ("maildesk.log", "maildesk.access", "maildesk.incoming.server", "maildesk.outgoing.server"):
            seen = self.env[model].with_user(self.admin).with_context(allowed_company_ids=self.company.ids)
            field = "company_id" if "company_id" in seen else "account_id.company_id"
            self.assertFalse(seen.search([(field, "=", self.far.id)]), model)

    def test_an_administrator_who_is_on_the_list_reads_it_whichever_company_is_active(self):
        self.admin.company_ids += self.far
        self.account.user_ids = [Command.link(self.admin.id)]
        self.assertIn(self.account, self.accounts(self.admin, self.company))

    def test_a_granted_user_sees_it_whichever_company_is_active_but_not_without_a_right_to_it(self):
        self.user.company_ids += self.far
        self.account.user_ids = [Command.link(self.user.id)]
        self.assertIn(self.account, self.accounts(self.user, self.company))
        self.assertIn(self.account, self.accounts(self.user, self.far))
        self.user.company_ids -= self.far
        self.assertNotIn(self.account, self.accounts(self.user, self.company))

    def test_joining_goes_by_the_companies_one_belongs_to_not_by_the_active_ones(self):
        join = self.env["maildesk.account"].with_user(self.user).with_context(allowed_company_ids=self.company.ids).connect_mailbox
        with self.assertRaisesRegex(UserError, "^No shared mailbox found with this email.$"):
            join(self.account.email, SHARE)
        self.user.company_ids += self.far
        self.assertEqual(join(self.account.email, SHARE), self.account.id)

    def test_a_new_mailbox_is_of_the_active_company_never_of_none(self):
        self.admin.company_ids += self.far
        Account = self.env["maildesk.account"].with_user(self.admin).with_context(allowed_company_ids=self.far.ids)
        self.assertEqual(Account.create({"name": "x", "email": "x@tidewheel.example"}).company_id, self.far)

    def test_moving_to_another_company_takes_the_servers_along_or_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "^Incoming server company must match the mailbox account company.$"):
            self.account.company_id = self.company

    def test_servers_of_two_mailboxes_of_different_companies(self):
        near = self.make_account("near@tidewheel.example")
        name = self.account.outgoing_server_id.name
        with self.assertRaisesRegex(ValidationError, f"^Outgoing mail server {name} is already linked to another mailbox account.$"):
            near.outgoing_server_id = self.account.outgoing_server_id


@tagged("post_install", "-at_install")
class TestArchiving(MailServerCase):
    def setUp(self):
        super().setUp()
        self.email = f"{self._testMethodName}@tidewheel.example".lower()
        self.mails = self.client(self.email)
        self.mails.append("INBOX", mail("Before"))
        self.account = self.connected(self.email, users=[self.user], allow_personal_connection=True, share_password=SHARE)
        self.sync()

    def shown(self):
        """What the app shows of it: its folders, and the subjects under All Mailboxes."""
        self.env.invalidate_all()
        env = self.env(user=self.user)
        tree = [account for account in env["maildesk.account"]._tree() if account["id"] == self.account.id]
        rows = env["maildesk.message.placement"]._page()["rows"]
        return len(tree[0]["folders"]) if tree else 0, sorted(row["subject"] for row in rows)

    def test_out_of_the_app_and_back_whole(self):
        folders, subjects = self.shown()
        self.assertTrue(folders)
        self.assertEqual(subjects, ["Before"])
        line = self.account.access_ids
        self.account.with_user(self.admin).active = False
        self.assertEqual(self.shown(), (0, []))
        self.account.with_user(self.admin).active = True
        self.assertEqual(self.shown(), (folders, subjects))
        self.assertEqual(self.account.access_ids, line)
        self.assertTrue(self.account.incoming_server_id and self.account.has_share_password)

    def test_nothing_is_synchronised_meanwhile(self):
        self.account.active = False
        self.mails.append("INBOX", mail("Meanwhile"))
        self.sync()
        self.assertEqual(self.env["maildesk.message"].search([("account_id", "=", self.account.id)]).mapped("subject"), ["Before"])
        with self.assertRaisesRegex(UserError, "archived"):
            self.account.action_sync_now()
        self.account.active = True
        self.account.sync_state_ids.next_try_at = False
        self.sync()
        self.assertEqual(self.shown()[1], ["Before", "Meanwhile"])

    def test_nobody_joins_meanwhile(self):
        join = self.env["maildesk.account"].with_user(self.other).connect_mailbox
        self.account.active = False
        with self.assertRaisesRegex(UserError, "^No shared mailbox found with this email.$"):
            join(self.email, SHARE)
        self.account.active = True
        self.assertEqual(join(self.email, SHARE), self.account.id)


@tagged("post_install", "-at_install")
class TestDuplicate(MaildeskCase):
    def test_the_settings_and_nothing_else(self):
        account = self.make_account(
            users=[self.user], allow_personal_connection=True, share_password=SHARE, share_password_expires_on="2999-12-31",
            sender_name="Help", keep_attachments=False, block_tracking=False, owner_id=self.user.id)
        account.write({"state": "error", "error_message": "It broke."})
        self.env["maildesk.folder"].create({"account_id": account.id, "name": "INBOX", "remote_id": "INBOX", "role": "inbox"})
        copy = account.with_user(self.admin).copy()
        self.assertEqual(
            (copy.name, copy.email, copy.sender_name, copy.keep_attachments, copy.block_tracking, copy.company_id),
            ("Support (copy)", account.email, "Help", False, False, account.company_id))
        self.assertEqual((copy.state, copy.error_message, copy.owner_id), ("draft", False, self.admin))
        self.assertFalse(copy.access_ids or copy.incoming_server_id or copy.outgoing_server_id or copy.sudo().folder_ids)
        # a copy that could be joined would stand between colleagues and the mailbox they know
        self.assertFalse(copy.allow_personal_connection or copy.has_share_password or copy.share_password_expires_on)
        self.assertFalse(self.env["maildesk.credential"].search([("account_id", "=", copy.id)]))
        self.assertFalse(self.env["maildesk.log"].search([("account_id", "=", copy.id), ("event", "!=", "created")]))
        self.assertEqual(account.user_ids, self.user)
