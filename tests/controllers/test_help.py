from unittest import mock

from odoo.tests import HttpCase, new_test_user, tagged

from ...models.server_words import CERTIFICATE, SIGN_IN, UNREACHABLE

#: What has to be filled in or pressed, as it is called there and here.
NAMED = {
    "gmail": (
        "Project name", "Organization", "App name", "User support email", "Audience", "Internal", "External", "Test users",
        "7 days", "Publish app", "Verification Center", "Manually add scopes", "https://mail.google.com/", "Gmail API",
        "Create client", "Application type", "Web application", "Authorized JavaScript origins", "Authorized redirect URIs",
        "Client ID", "Client secret", "Client Id", "Client Secret", "Gmail OAuth Authentication", "Connect Gmail (OAuth)",
        "API controls", "Trusted", "redirect_uri_mismatch", "OAuth not configured",
    ),
    "outlook": (
        "App registrations", "New registration", "Supported account types", "Single tenant", "Redirect URI", "platform <b>Web</b>",
        "Application (client) ID", "Directory (tenant) ID", "Certificates &", "Client secrets", "New client secret", "<b>Value</b>",
        "Secret ID", "24 months", "API permissions", "Delegated permissions", "Mail.ReadWrite", "Mail.Send", "User.Read",
        "offline_access", "Mail.ReadWrite.Shared", "Mail.Send.Shared", "Grant admin consent", "Client Id", "Client Secret", "Tenant",
        "Outlook OAuth Authentication", "Connect Microsoft Graph (OAuth)", "maildesk.microsoft_authority",
        "https://login.microsoftonline.us", "sign-in frequency", "AADSTS50011", "OAuth not configured",
    ),
    "imap": (
        "Server Type", "Connection Security", "User Name", "Password", "993", "143", "465", "587", "STARTTLS", "imap.mail.me.com",
        "imap.mail.yahoo.com", "imap.gmx.net", "App-Specific Passwords", "update-ca-certificates", "SSL_CERT_FILE",
        "maildesk.allowed_hosts", "10.0.5.0/24", "Test Incoming Server", "Connection Test Successful!", "POP3 is not supported",
    ),
}


@tagged("post_install", "-at_install")
class TestHelp(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, login="help_reader", groups="base.group_user,maildesk.group_maildesk_user")
        new_test_user(cls.env, login="help_employee", groups="base.group_user")

    def read(self, page):
        response = self.url_open(f"/maildesk/help/{page}")
        self.assertEqual(response.status_code, 200)
        return response.text

    def test_pages_name_every_field(self):
        self.authenticate("help_reader", "help_reader")
        for page, names in NAMED.items():
            text = self.read(page)
            self.assertTrue(text.lstrip().startswith("<!DOCTYPE html>"))
            for name in names:
                with self.subTest(page=page, name=name):
                    self.assertIn(name, text)

    def test_the_redirect_uri_to_copy(self):
        self.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.tidewheel.example")
        self.authenticate("help_reader", "help_reader")
        for page, provider in (("gmail", "google"), ("outlook", "microsoft")):
            uri = self.env.company._maildesk_redirect_uri(provider)
            self.assertEqual(uri, f"https://odoo.tidewheel.example/maildesk/oauth/callback/{provider}")
            text = self.read(page)
            self.assertIn(f'data-copy="{uri}"', text)
            self.assertIn(f"The redirect URI of {self.env.company.name}", text)
            self.assertNotIn("alert-warning\" role=\"alert\"", text)

    def test_an_address_no_provider_takes(self):
        self.authenticate("help_reader", "help_reader")
        for address, is_told, is_number in (
            ("http://odoo.tidewheel.example", True, False), ("http://192.0.2.7:8069", True, True),
            ("https://[2001:db8::1]", False, True), ("http://localhost:8069", False, False),
        ):
            with self.subTest(address=address):
                self.env["ir.config_parameter"].set_param("web.base.url", address)
                text = self.read("gmail")
                self.assertEqual("This address begins with" in text, is_told)
                self.assertEqual("no address that consists of numbers" in text, is_number)

    def test_the_company_somebody_works_in(self):
        other = self.env["res.company"].create({"name": "Tidewheel Overseas"})
        self.user.company_ids += other
        self.authenticate("help_reader", "help_reader")
        for cids, company in ((f"{other.id}-{self.env.company.id}", other), (str(self.env.company.id), self.env.company),
                              ("987654", self.env.company), ("x", self.env.company)):
            self.opener.cookies["cids"] = cids
            self.assertIn(f"The redirect URI of {company.name}", self.read("gmail"))

    def test_every_message_of_the_tests_is_explained(self):
        self.authenticate("help_reader", "help_reader")
        text = self.read("imap")
        keys = [*UNREACHABLE, *(f"certificate-{name}" for name in CERTIFICATE), *(f"sign-in-{name}" for name in SIGN_IN)]
        for key in keys:
            self.assertIn(f'id="message-{key}"', text)
        self.assertNotIn("%(", text)
        self.assertIn("SMTP server, usually port 465 with SSL/TLS", text)
        self.assertIn("IMAP server, usually port 993 with SSL/TLS", text)
        self.assertIn("offers no sign-in on port 465", text)

    def test_dark(self):
        self.authenticate("help_reader", "help_reader")
        self.assertNotIn("assets_web_dark", self.read("gmail"))
        with mock.patch.object(type(self.env["ir.http"]), "color_scheme", lambda self: "dark"):
            self.assertIn("assets_web_dark", self.read("gmail"))

    def test_who_may_read_them(self):
        response = self.url_open("/maildesk/help/gmail", allow_redirects=False)
        self.assertEqual((response.status_code, "/web/login" in response.headers["Location"]), (303, True))
        self.authenticate("help_employee", "help_employee")
        self.assertEqual(self.url_open("/maildesk/help/gmail").status_code, 404)
        self.authenticate("admin", "admin")
        self.assertEqual(self.url_open("/maildesk/help/gmail").status_code, 200)
        for nothing in ("", "pop", "gmail/x", "help_layout"):
            self.assertEqual(self.url_open(f"/maildesk/help/{nothing}").status_code, 404)

    def test_links_of_the_form_and_the_settings(self):
        form = self.env["maildesk.account"].get_view(view_type="form")["arch"]
        for page, label in (("gmail", "How to setup Gmail"), ("outlook", "How to setup Outlook"), ("imap", "IMAP setup")):
            self.assertRegex(form, rf'<a [^>]*href="/maildesk/help/{page}"[^>]*target="_blank"[^>]*>{label}</a>')
        settings = (
            self.env["maildesk.settings"].get_view(view_type="form")["arch"],
            self.env["res.config.settings"].get_view(self.env.ref("base.res_config_settings_view_form").id, "form")["arch"],
        )
        for arch in settings:
            for page in ("gmail", "outlook"):
                self.assertIn(f'href="/maildesk/help/{page}"', arch)
