"""Configuration as a Mailbox Admin without any other right walks through it, in a real browser."""

from odoo.tests import HttpCase, tagged

from .common import MaildeskCase


@tagged("post_install", "-at_install")
class TestConfigTours(HttpCase, MaildeskCase):
    def test_settings(self):
        self.start_tour("/odoo/mailbox-accounts", "maildesk_settings", login="mailbox_admin")
        self.assertEqual((self.company.maildesk_page_size, self.company.maildesk_remote_images), (500, "never"))

    def test_health(self):
        # the database may have mailboxes of its own
        self.env["maildesk.account"].search([]).active = False
        account = self.make_account(owner_id=self.admin.id)
        account.write({"state": "needs_sign_in", "error_message": "The password was changed."})
        self.start_tour("/odoo/mailbox-accounts", "maildesk_health", login="mailbox_admin")
        self.assertEqual((account.state, account.attention), ("connected", 0))
        self.assertFalse(self.env["mail.activity"].search([("summary", "ilike", account.email)]))
