"""The account's form and lists, as each role gets them, and what the settings on it do."""

from lxml import etree
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from ..common import MaildeskCase


@tagged("post_install", "-at_install")
class TestAccountViews(MaildeskCase):
    def arch(self, view_type, user=None, model="maildesk.account"):
        return etree.fromstring(self.env[model].with_user(user or self.admin).get_view(view_type=view_type)["arch"])

    def labels(self, arch, model="maildesk.account"):
        """Every word a person sees beside a field, on a tab, a button, a group."""
        strings = arch.xpath("//@string") + arch.xpath("//label/@string")
        own = self.env[model].fields_get(arch.xpath("//field[not(ancestor::field)]/@name"), ["string"])
        return {*strings, *(known["string"] for known in own.values())}

    def test_the_form_has_every_label_for_a_plain_mailbox_admin(self):
        form = self.arch("form")
        found = self.labels(form)
        for label in (
            "Account Name", "Email Address", "Sender Name", "Allow Personal Connection", "Share Password", "Users with Access",
            "Incoming Mail Server", "Outgoing SMTP Server", "Folders", "Settings", "Signature", "Access", "Maintenance",
            "Sent Settings", "Convert attachments to links for emails over", "Append Sent to IMAP", "Email Settings",
            "Keep Attachments", "Block Tracking URLs", "Reset Mailbox Sync State", "Test Incoming Server",
            "Test Outgoing Server", "Fetch folders", "Connect Microsoft Graph (OAuth)", "Connect Gmail (OAuth)", "Disconnect",
            "Reconnect",
        ):
            with self.subTest(label):
                self.assertIn(label, found)
        self.assertEqual(
            form.xpath("//notebook/page/@string"), ["Folders", "Settings", "Signature", "Access", "Maintenance"])
        left, right = (group.xpath(".//field/@name") for group in form.xpath("//sheet/group/group"))
        wanted = ["email", "sender_name", "allow_personal_connection", "share_password", "user_ids"]
        self.assertEqual([name for name in left if name in wanted], wanted)
        self.assertEqual(right[:2], ["incoming_server_id", "outgoing_server_id"])

    def test_a_mailbox_user_gets_a_form_without_what_is_administrators(self):
        form = self.arch("form", self.user)
        self.assertFalse(form.xpath("//header/button|//page[@name='maintenance']"))
        self.assertFalse(form.xpath("//field[@name='incoming_server_id' or @name='share_password' or @name='append_sent_choice']"))
        self.assertTrue(self.arch("list", self.user).xpath("//field[@name='email']"))

    def test_filters_and_groups(self):
        search = self.arch("search")
        account = self.make_account()
        account.active = False
        other = self.make_account("gmail@tidewheel.example")
        other.incoming_server_id.server_type = "gmail"
        other.owner_id = self.admin
        other.state = "error"
        Account = self.env["maildesk.account"].with_user(self.admin).with_context(active_test=False)
        for name, expected in {
            "attention": other, "mine": other, "imap": account, "gmail": other, "outlook": Account, "draft": account,
            "error": other, "connected": Account, "archived": account,
        }.items():
            with self.subTest(name):
                [domain] = search.xpath(f"//filter[@name='{name}']/@domain")
                found = Account.search([("id", "in", (account + other).ids), *self.evaluate(domain)])
                self.assertEqual(found, expected)
        for name in ("provider", "state", "owner", "company"):
            field = f"group_by_{name}"
            context = search.xpath(f"//filter[@name='{field}']/@context")
            if context:
                groupby = self.evaluate(context[0])["group_by"]
                self.assertTrue(Account._read_group([], [groupby], ["__count"]), name)

    def evaluate(self, text):
        return safe_eval(text, {"uid": self.admin.id})

    def test_a_mailbox_is_made_through_the_form(self):
        incoming, outgoing = (
            self.env[f"maildesk.{kind}.server"].create({"name": kind, "host": f"{kind}.example.com"})
            for kind in ("incoming", "outgoing")
        )
        form = Form(self.env["maildesk.account"].with_user(self.admin))
        form.name, form.email = "Support", "support@tidewheel.example"
        form.incoming_server_id, form.outgoing_server_id = incoming, outgoing
        form.attachment_link_mb = 5
        form.signature = "<p>Kind regards</p><script>alert(1)</script>"
        account = form.save()
        self.assertEqual((account.attachment_link_mb, account.append_sent, account.append_sent_choice), (5, True, False))
        self.assertIn("Kind regards", account.signature)
        self.assertNotIn("script", account.signature)

    def test_an_archive_is_read_only(self):
        account = self.make_account()
        account.write({"state": "removed", "incoming_server_id": False, "outgoing_server_id": False})
        form = Form(account.with_user(self.admin))
        for field in ("name", "email", "incoming_server_id", "signature", "append_sent", "attachment_link_mb"):
            with self.subTest(field), self.assertRaisesRegex(AssertionError, "readonly"):
                setattr(form, field, False)

    def test_servers_of_another_company_leave_with_the_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.admin.company_ids += other
        self.admin.group_ids += self.env.ref("base.group_multi_company")
        account = self.make_account(users=[self.user])
        form = Form(account.with_user(self.admin).with_context(allowed_company_ids=[self.company.id, other.id]))
        form.company_id = other
        self.assertFalse(form.incoming_server_id or form.outgoing_server_id or list(form.user_ids))


@tagged("post_install", "-at_install")
class TestAccountSettings(MaildeskCase):
    def test_the_servers_kind_decides_over_the_copy_in_sent_until_a_person_does(self):
        account = self.make_account()
        self.assertTrue(account.append_sent)
        account.outgoing_server_id.server_type = "gmail"
        self.assertFalse(account.append_sent)
        account.outgoing_server_id.server_type = "outlook"
        self.assertFalse(account.append_sent)
        account.with_user(self.admin).append_sent = True
        account.outgoing_server_id.server_type = "gmail"
        self.assertTrue(account.append_sent, "a person chose it")
        account.append_sent = False
        account.outgoing_server_id.server_type = "smtp"
        self.assertTrue(account.append_sent, "back to what is usual")
        account.append_sent = False
        self.assertFalse(account.append_sent)

    def test_what_was_chosen_stays_when_the_server_is_chosen_after_it(self):
        gmail = self.env["maildesk.outgoing.server"].create({"name": "out", "server_type": "gmail"})
        form = Form(self.make_account().with_user(self.admin))
        form.append_sent = False
        form.outgoing_server_id = self.env["maildesk.outgoing.server"].create({"name": "smtp", "host": "smtp.example.com"})
        self.assertFalse(form.append_sent)
        form.append_sent = True
        form.outgoing_server_id = gmail
        self.assertFalse(form.append_sent, "the usual was chosen: Gmail's usual follows")

    def test_who_sends_may_know_and_not_change(self):
        account = self.make_account(users=[self.user]).with_user(self.user)
        self.assertTrue(account.append_sent)
        self.assertEqual((account.attachment_link_mb, account.signature), (20, False))
        with self.assertRaises(AccessError):
            account.append_sent = False

    def test_a_size_below_zero_is_refused_in_words(self):
        with self.assertRaisesRegex(ValidationError, "number of megabytes, or 0 for never"):
            self.make_account().attachment_link_mb = -1
