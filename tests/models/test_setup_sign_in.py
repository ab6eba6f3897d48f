"""Setting a mailbox up through Google's and Microsoft's sign-in: it is there once that has worked, and not before."""

from lxml import html
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from .oauth_case import OAuthCase
from .setup_case import TABLES


@tagged("post_install", "-at_install")
class TestSetupSignIn(OAuthCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.company.maildesk_allow_personal_mailboxes = True
        self.user.email = "anna@example.com"
        self.before = self.counts()
        self.authenticate(self.user.login, self.user.login)

    def counts(self):
        self.env.invalidate_all()
        return {name: self.env[name].with_context(active_test=False).search_count([]) for name in TABLES}

    def begin(self, kind="google", email="anna@example.com", **values):
        """:returns: where the browser is sent."""
        answer = self.make_jsonrpc_request("/web/dataset/call_kw", {
            "model": "maildesk.account", "method": "setup_connect", "args": [{"email": email, "kind": kind, **values}], "kwargs": {}})
        self.assertFalse(answer["account_id"])
        self.assertEqual(self.counts(), self.before)
        return answer["url"]

    def come_back(self, answer, provider="google"):
        return self.url_open(f"/maildesk/oauth/callback/{provider}", params=answer)

    def choose(self, page, choice):
        fields = dict(page_fields(page.text), choice=choice)
        return self.url_open("/maildesk/oauth/choice", data=fields, allow_redirects=False)

    def made(self):
        self.env.invalidate_all()
        account = self.env["maildesk.account"].search([("email", "=", "anna@example.com")])
        self.assertEqual((account.state, account.owner_id, account.access_ids.user_id), ("connected", self.user, self.user))
        self.assertTrue(account.is_personal)
        return account

    def test_google(self):
        page = self.come_back(self.google.sign_in(self.begin()))
        self.assertIn("is connected, signed in as anna@example.com", page.text)
        # what the open dialog waits for
        self.assertIn('data-account-id="-1"', page.text)
        account = self.made()
        self.assertEqual((account.oauth_email, account.incoming_server_id.server_type), ("anna@example.com", "gmail"))
        self.assertEqual(account.outgoing_server_id.host, "smtp.gmail.com")

    def test_microsoft(self):
        page = self.come_back(self.microsoft.sign_in(self.begin("microsoft")), "microsoft")
        self.assertIn("is connected", page.text)
        self.assertEqual(self.made().incoming_server_id.server_type, "outlook")

    def test_an_administrators_mailbox(self):
        self.authenticate(self.admin.login, self.admin.login)
        page = self.come_back(self.google.sign_in(self.begin()))
        account = self.env["maildesk.account"].search([("email", "=", "anna@example.com")])
        self.assertEqual((account.is_personal, account.owner_id), (False, self.admin))
        self.assertIn(f"/odoo/mailbox-accounts/{account.id}", page.text)

    def test_a_cancelled_sign_in(self):
        url = self.begin()
        state = self.google.sign_in(url)["state"]
        page = self.come_back({"error": "access_denied", "state": state})
        self.assertIn("You cancelled the sign-in. Nothing has changed.", page.text)
        self.assertEqual(self.counts(), self.before)

    def test_another_address(self):
        page = self.come_back(self.google.sign_in(self.begin(), "olaf@example.com"))
        self.assertIn("You signed in as", page.text)
        self.assertEqual(self.counts(), self.before)
        self.assertIn("Nothing has changed", self.choose(page, "cancel").text)
        self.assertEqual(self.counts(), self.before)
        page = self.come_back(self.google.sign_in(self.begin(), "olaf@example.com"))
        again = self.choose(page, "again").headers["Location"]
        self.assertEqual(self.counts(), self.before)
        self.assertIn("is connected", self.come_back(self.google.sign_in(again)).text)
        self.made()

    def test_an_alias(self):
        page = self.come_back(self.google.sign_in(self.begin(), "olaf@example.com"))
        self.assertIn("is connected, signed in as olaf@example.com", self.choose(page, "alias").text)
        self.assertEqual(self.made().incoming_server_id.username, "olaf@example.com")

    def test_what_ended_meanwhile(self):
        answer = self.google.sign_in(self.begin())
        self.company.maildesk_allow_personal_mailboxes = False
        self.assertIn("Ask a Mailbox Admin", self.come_back(answer).text)
        self.assertEqual(self.counts(), self.before)

    def test_a_company_without_credentials(self):
        self.company.maildesk_google_client_id = False
        with self.assertRaisesRegex(UserError, "OAuth not configured"):
            self.env["maildesk.account"].with_user(self.user).setup_connect({"email": "anna@example.com", "kind": "google"})
        self.assertEqual(self.counts(), self.before)

    def test_disconnect_and_sign_in_again(self):
        self.come_back(self.google.sign_in(self.begin()))
        account = self.made()
        mine = self.env["maildesk.account"].with_user(self.user)
        self.assertEqual(mine.setup_options()["account"]["provider"], "google")
        mine.setup_disconnect()
        self.assertFalse(account.oauth_email)
        url = self.make_jsonrpc_request("/web/dataset/call_kw", {
            "model": "maildesk.account", "method": "setup_reconnect", "args": [], "kwargs": {}})["url"]
        self.come_back(self.google.sign_in(url))
        self.assertEqual(self.made(), account)


def page_fields(text):
    """Hidden fields of the page's form."""
    return {field.get("name"): field.get("value") for field in html.fromstring(text).xpath("//input[@type='hidden']")}
