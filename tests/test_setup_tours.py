"""The set-up dialog in a real browser, up to real servers, with and without TLS."""

import json
import tempfile
from pathlib import Path

from odoo.tests import HttpCase, tagged

from ..dev.servers.dovecot import Dovecot
from ..dev.servers.smtp_sink import SmtpSink
from .common import PASSWORD
from .fakes.document_server import autoconfig
from .models.oauth_case import OAuthCase
from .models.oauth_tours import SignInBrowser
from .models.setup_case import SetupCase


@tagged("post_install", "-at_install")
class TestSetupTours(HttpCase, SetupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        home = tempfile.TemporaryDirectory(prefix="maildesk-setup-tours-")
        cls.addClassCleanup(home.cleanup)
        # Dovecot runs as another user where we are root
        Path(home.name).chmod(0o755)
        chain, key = cls.site.authority.files("mail", "127.0.0.1")
        cls.tls = Dovecot(Path(home.name) / "dovecot", password=PASSWORD, cert=chain, key=key).start()
        cls.tls_smtp = SmtpSink(PASSWORD, certificate=(chain, key), encryption="starttls").start()
        cls.addClassCleanup(cls.tls.stop)
        cls.addClassCleanup(cls.tls_smtp.stop)
        cls.site.documents["127.0.0.1/auto.example"] = autoconfig(
            ("incomingServer", "imap", "127.0.0.1", cls.tls.port, "STARTTLS", "%EMAILADDRESS%"),
            ("outgoingServer", "smtp", "127.0.0.1", cls.tls_smtp.port, "STARTTLS", "%EMAILADDRESS%"), name="Auto Mail")

    def walk(self, name, email, encryption=None):
        self.user.email = email
        self.start_tour("/odoo/maildesk", name, login=self.user.login)
        self.env.invalidate_all()
        account = self.env["maildesk.account"].search([("owner_id", "=", self.user.id)])
        if encryption:
            self.assertEqual((account.state, account.email, account.is_personal), ("connected", email, True))
            self.assertEqual(set(account.mapped("incoming_server_id.encryption")), {encryption})
            self.assertEqual(set(account.mapped("outgoing_server_id.encryption")), {encryption})
        return account

    def test_known(self):
        account = self.walk("maildesk_setup_known", "anna@known.example")
        self.assertEqual((account.state, account.incoming_server_id.has_password), ("disconnected", False))

    def test_autoconfig(self):
        self.walk("maildesk_setup_autoconfig", "anna@auto.example", "starttls")

    def test_advanced(self):
        self.walk("maildesk_setup_advanced", f"anna@imap-{self.tls.port}.smtp-{self.tls_smtp.port}.example", "starttls")

    def test_cancelled(self):
        before = self.counts()
        self.assertFalse(self.walk("maildesk_setup_cancelled", "anna@known.example"))
        self.assertEqual(self.counts(), before)

    def test_an_administrator(self):
        self.start_tour("/odoo/mailbox-accounts", "maildesk_setup_admin", login=self.admin.login)
        account = self.env["maildesk.account"].search([("email", "=", "sales@known.example")])
        self.assertEqual((account.state, account.is_personal, account.access_ids.user_id), ("connected", False, self.admin))


@tagged("post_install", "-at_install")
class TestSetupSignInTour(SignInBrowser, OAuthCase, HttpCase):
    provider = "google"

    def test_google(self):
        self.company.maildesk_allow_personal_mailboxes = True
        self.user.email = "anna@example.com"
        self.env["ir.config_parameter"].set_param("maildesk.known_providers", json.dumps([
            {"name": "Google", "kind": "google", "domains": ["example.com"]}]))
        self.start_tour_with_windows("/odoo/maildesk", "maildesk_setup_google", login=self.user.login)
        account = self.env["maildesk.account"].search([("email", "=", "anna@example.com")])
        self.assertEqual((account.state, account.oauth_email, account.is_personal), ("connected", "anna@example.com", True))
        self.assertEqual(account.access_ids.user_id, self.user)
