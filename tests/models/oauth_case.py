"""What tests of signing in share: fakes of the providers, companies registered with them, a mailbox to sign in."""

import os
from unittest.mock import patch

from ..common import MaildeskCase
from ..fakes.oauth import CLIENT_ID, CLIENT_SECRET
from ..fakes.oauth_google import GoogleServer
from ..fakes.oauth_microsoft import MicrosoftServer


class OAuthCase(MaildeskCase):
    """A company registered with both."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.google, cls.microsoft = cls.fake("google", GoogleServer), cls.fake("microsoft", MicrosoftServer)
        # both fakes' authorities, and nobody else
        bundle = cls.google.home / "both.pem"
        bundle.write_bytes(b"".join((fake.home / "ca.pem").read_bytes() for fake in (cls.google, cls.microsoft)))
        # nothing listens there; who comes that far has his token
        for kind in ("imap", "smtp"):
            cls.env["ir.config_parameter"].set_param(f"maildesk.google_{kind}_host", "127.0.0.1:1")
        cls.enterClassContext(patch.dict(os.environ, {"SSL_CERT_FILE": str(bundle)}))

    def setUp(self):
        super().setUp()
        for fake in (self.google, self.microsoft):
            fake.faults, fake.delay = [], 0.0

    @classmethod
    def fake(cls, provider, server_class):
        fake = server_class(cls.company._maildesk_redirect_uri(provider), ["anna@example.com", "olaf@example.com"]).start()
        cls.addClassCleanup(fake.stop)
        for name, value in fake.parameters().items():
            cls.env["ir.config_parameter"].set_param(name, value)
        cls.company.write({
            f"maildesk_{provider}_client_id": CLIENT_ID, f"maildesk_{provider}_client_secret": CLIENT_SECRET,
        })
        return fake

    @classmethod
    def make_oauth_account(cls, server_type="gmail", email="anna@example.com", users=(), **values):
        account = cls.make_account(email, users, **values)
        account.incoming_server_id.write({"server_type": server_type})
        account.outgoing_server_id.write({"server_type": server_type})
        return account

    def grant(self, account, **changes):
        """Sign in without a browser, and store it.

        :param changes: of ``providers.oauth.Grant``, such as an access token that is over.
        """
        provider = "google" if account.incoming_server_id.server_type == "gmail" else "microsoft"
        fake, oauth = getattr(self, provider), account.company_id._maildesk_oauth(provider)
        started = oauth.begin(account.email, "state-of-no-browser")
        grant = oauth.finish(started.kept, fake.sign_in(started.url))
        grant = type(grant)(**{**{name: getattr(grant, name) for name in grant.__slots__}, **changes})
        self.env["maildesk.credential"]._store_grant(account, provider, grant)
        return grant
