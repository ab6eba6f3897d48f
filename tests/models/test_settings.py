"""The Settings page: who may set what for which company, and that each setting acts."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, tagged

from ...models.page_store import PageStore
from ..common import MaildeskCase, MailServerCase, mail


@tagged("post_install", "-at_install")
class TestSettings(MaildeskCase):
    def settings(self, user=None, **values):
        """What the form does: a new row, then its Save button."""
        made = self.env["maildesk.settings"].with_user(user or self.admin).create(values)
        made.execute()
        return made

    def test_a_mailbox_admin_without_any_other_right_sets_their_company(self):
        form = Form(self.env["maildesk.settings"].with_user(self.admin))
        self.assertEqual((form.maildesk_history, form.maildesk_page_size, form.maildesk_body_days), ("all", 2000, 30))
        form.maildesk_history = "days"
        form.maildesk_history_days = 90
        form.maildesk_page_size = 500
        form.maildesk_body_days = 7
        form.maildesk_remote_images = "never"
        form.maildesk_allow_personal_mailboxes = True
        form.save().execute()
        company = self.company
        self.assertEqual(
            (company.maildesk_history, company.maildesk_history_days, company.maildesk_page_size, company.maildesk_body_days,
             company.maildesk_remote_images, company.maildesk_allow_personal_mailboxes), ("days", 90, 500, 7, "never", True))
        again = Form(self.env["maildesk.settings"].with_user(self.admin))
        self.assertEqual((again.maildesk_history_days, again.maildesk_remote_images), (90, "never"))

    def test_it_reaches_no_other_company_and_nothing_else_of_this_one(self):
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaises(AccessError):
            self.settings(company_id=other.id, maildesk_body_days=7)
        self.settings(maildesk_body_days=7)
        self.assertEqual((other.maildesk_body_days, self.company.maildesk_body_days), (30, 7))
        with self.assertRaises(AccessError):
            self.company.with_user(self.admin).maildesk_body_days = 8
        with self.assertRaises(AccessError):
            self.settings().maildesk_body_days = 9
        name = self.company.name
        with self.assertRaises(ValidationError):
            self.settings(name="Renamed")
        self.assertEqual(self.company.name, name)
        with self.assertRaises(AccessError):
            self.env["maildesk.settings"].with_user(self.admin).with_context(allowed_company_ids=other.ids).create({})

    def test_each_company_has_its_own(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.admin.company_ids += other
        there = self.env["maildesk.settings"].with_user(self.admin).with_context(allowed_company_ids=[other.id, self.company.id])
        there.create({"maildesk_history": "messages", "maildesk_history_messages": 50})
        self.assertEqual((other.maildesk_history, self.company.maildesk_history), ("messages", "all"))

    def test_nobody_else_may(self):
        menu = self.env.ref("maildesk.menu_settings").id
        self.assertIn(menu, self.env["ir.ui.menu"].with_user(self.admin).load_menus(False))
        self.assertNotIn(menu, self.env["ir.ui.menu"].with_user(self.user).load_menus(False))
        for user in (self.user, self.employee, self.portal):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.settings(user, maildesk_body_days=7)

    def test_what_is_left_to_system_administrators_is_shown_and_not_set(self):
        self.env["ir.config_parameter"].set_param("maildesk.allowed_hosts", "mail.lan")
        for values in ({"allowed_hosts": "10.0.0.0/8"}, {"google_is_configured": True}):
            with self.subTest(values), self.assertRaises(AccessError):
                self.settings(**values)
        shown = self.settings()
        self.assertEqual(self.env["ir.config_parameter"].get_param("maildesk.allowed_hosts"), "mail.lan")
        self.env.invalidate_all()
        self.assertEqual(shown.allowed_hosts, "mail.lan")
        self.assertFalse(shown.google_is_configured or shown.microsoft_is_configured)
        self.env["res.config.settings"].create({
            "maildesk_google_client_id": "id", "maildesk_google_client_secret": "hidden away"}).execute()
        self.assertTrue(self.settings().google_is_configured)
        self.assertTrue(shown.google_redirect_uri.endswith("/maildesk/oauth/callback/google"))
        self.assertNotIn("hidden away", str(self.settings().read()))
        with self.assertRaises(AccessError):
            self.env["res.config.settings"].with_user(self.admin).create({"maildesk_allowed_hosts": "10.0.0.0/8"})
        arch = self.env["maildesk.settings"].with_user(self.admin).get_view(view_type="form")["arch"]
        self.assertNotIn("Client Id and Client Secret</", arch)
        self.assertNotIn("<button", arch)

    def test_wrong_values_are_refused_in_words(self):
        for name, value, words in (
            ("maildesk_page_size", 10, "^Between 50 and 10,?000 messages can be fetched at a time"),
            ("maildesk_page_size", 20000, "^Between 50 and"),
            ("maildesk_body_days", -1, "up to 3,?650 days"),
            ("maildesk_history_days", 0, "The limit of the mail history has to be at least 1"),
            ("maildesk_history_messages", -5, "The limit of the mail history has to be at least 1"),
        ):
            with self.subTest(f"{name} {value}"), self.assertRaisesRegex(ValidationError, words), self.cr.savepoint():
                self.settings(**{name: value})

    def test_each_wrong_host_is_told(self):
        system = self.env.ref("base.user_admin")
        Settings = self.env["res.config.settings"].with_user(system)
        with self.assertRaises(ValidationError) as caught:
            Settings.create({"maildesk_allowed_hosts": "mail.lan, 10.0.5.0/33, mail.lan:70000, me@mail.lan"})
        words = str(caught.exception)
        for part in ("10.0.5.0/33 is no network", "mail.lan:70000 has no port", "me@mail.lan is neither the name", "10.0.5.0/24"):
            self.assertIn(part, words)
        Settings.create({"maildesk_allowed_hosts": "mail.lan, 10.0.5.0/24"}).execute()
        self.assertEqual(self.env["ir.config_parameter"].get_param("maildesk.allowed_hosts"), "mail.lan, 10.0.5.0/24")

    def test_a_change_of_allowed_hosts_is_seen_at_once_by_every_process(self):
        parameters = self.env["ir.config_parameter"]
        parameters.get_param("maildesk.allowed_hosts")
        # another process has written it: this one's cache does not know
        with patch.object(type(parameters), "_get_param", lambda self, key: "stale"):
            self.assertEqual(parameters._maildesk_value("maildesk.allowed_hosts"), "127.0.0.1, localhost")
        self.env.cr.execute("UPDATE ir_config_parameter SET value = '10.9.9.9' WHERE key = 'maildesk.allowed_hosts'")
        parameters.invalidate_model()
        server = self.make_account().incoming_server_id
        with self.assertRaisesRegex(UserError, "inner network|allowed_hosts"):
            server._provider(1.0)

    def test_bodies_last_as_long_as_is_said(self):
        account = self.make_account(users=[self.user])
        message = self.env["maildesk.message"].create({"account_id": account.id, "fingerprint": "1", "date": "2026-03-01 12:00:00"})
        now = fields.Datetime.now()
        self.settings(maildesk_body_days=5)
        body = self.env["maildesk.message.body"].create({
            "message_id": message.id, "html": "x", "expires_at": self.company._maildesk_body_end()})
        self.assertEqual((body.expires_at - now).days, 5)
        self.env.cr.execute("UPDATE maildesk_message_body SET create_date = create_date - interval '10 days' WHERE id = %s", [body.id])
        self.settings(maildesk_body_days=20)
        self.env["maildesk.message.body"]._gc_expired()
        self.assertTrue(body.exists())
        self.settings(maildesk_body_days=0)
        self.assertFalse(body.expires_at)
        self.env["maildesk.message.body"]._gc_expired()
        self.assertTrue(body.exists())
        self.settings(maildesk_body_days=9)
        self.env["maildesk.message.body"]._gc_expired()
        self.assertFalse(body.exists())


@tagged("post_install", "-at_install")
class TestSettingsInTheEngine(MailServerCase):
    def test_a_page_is_as_large_as_is_said(self):
        email = "pages@tidewheel.example"
        client = self.client(email)
        for number in range(120):
            client.append("INBOX", mail(f"Number {number}"))
        self.company.maildesk_page_size = 50
        account = self.connected(email)
        sizes = []
        apply = PageStore.apply

        def counted(store, page):
            sizes.append(len(page.new))
            return apply(store, page)

        with patch.object(PageStore, "apply", counted):
            self.sync()
        self.assertEqual(account.folder_ids.filtered(lambda folder: folder.role == "inbox").total_count, 120)
        self.assertLessEqual(max(sizes), 50)
        self.assertEqual(sum(sizes), 120)


@tagged("post_install", "-at_install")
class TestImagePolicy(HttpCase, MaildeskCase):
    """What the reading pane's frame is given; the company of the mailbox decides, not the reader's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account(users=[cls.user])
        inbox = cls.env["maildesk.folder"].create({
            "account_id": cls.account.id, "name": "INBOX", "remote_id": "INBOX", "role": "inbox"})
        cls.message = cls.env["maildesk.message"].create({
            "account_id": cls.account.id, "fingerprint": "1", "subject": "Pictures", "date": "2026-03-01 12:00:00"})
        cls.placement = cls.env["maildesk.message.placement"].create({
            "message_id": cls.message.id, "folder_id": inbox.id, "remote_id": "1", "date": "2026-03-01 12:00:00"})
        cls.body = cls.env["maildesk.message.body"].create({
            "message_id": cls.message.id, "html": "<p>Without</p>", "html_with_images": "<p>With</p>", "blocked_images": 1,
            "blocks_tracking": True,
        })

    def frame(self, query=""):
        self.authenticate("mailbox_user", "mailbox_user")
        answer = self.url_open(f"/maildesk/body/{self.message.id}{query}")
        return "With</p>" in answer.text, "https:" in answer.headers["Content-Security-Policy"]

    def policy(self):
        return self.message.with_user(self.user)._open(self.placement.with_user(self.user))["image_policy"]

    def test_ask(self):
        self.assertEqual(self.policy(), "ask")
        self.assertEqual(self.frame(), (False, False))
        self.assertEqual(self.frame("?images=1"), (True, True))

    def test_always(self):
        self.company.maildesk_remote_images = "always"
        self.assertEqual(self.policy(), "always")
        self.assertEqual(self.frame(), (True, True))
        # trackers among them: then only when asked
        self.body.blocks_tracking = False
        self.assertEqual(self.policy(), "ask")
        self.assertEqual(self.frame(), (False, False))

    def test_never(self):
        self.company.maildesk_remote_images = "never"
        self.assertEqual(self.policy(), "never")
        self.assertEqual(self.frame("?images=1"), (False, False))

    def test_another_companys_policy_does_not_count(self):
        other = self.env["res.company"].create({"name": "Other", "maildesk_remote_images": "never"})
        self.user.company_ids += other
        self.user.company_id = other
        self.assertEqual(self.policy(), "ask")
