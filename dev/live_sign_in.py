"""A sign-in that several workers need renewed at once: what only real commits show. Part of `dev.live`."""

import os

from dev.live import LiveCase
from dev.unit_tests import register

register()

from maildesk.providers.oauth import OAuthClient  # noqa: E402
from maildesk.providers.oauth_microsoft import MicrosoftOAuth  # noqa: E402
from maildesk.tests.fakes.oauth import CLIENT_ID, CLIENT_SECRET  # noqa: E402
from maildesk.tests.fakes.oauth_microsoft import MicrosoftServer  # noqa: E402

TOKEN_PATH = "/common/oauth2/v2.0/token"
REDIRECT = "https://odoo.example/callback"
SETUP = """
from odoo.addons.maildesk.providers.oauth import Grant
env["ir.config_parameter"].set_param("maildesk.microsoft_authority", "{authority}")
env.company.write({{"maildesk_microsoft_client_id": "{client_id}", "maildesk_microsoft_client_secret": "{secret}"}})
server = env["maildesk.incoming.server"].create({{"name": "Outlook", "server_type": "outlook"}})
account = env["maildesk.account"].create({{"name": "Anna", "email": "anna@example.com", "incoming_server_id": server.id}})
env["maildesk.credential"]._store_grant(account, "microsoft", Grant.load('{grant}'))
env.cr.commit()
"""
WORK = """
from concurrent.futures import ThreadPoolExecutor
credentials, account = env["maildesk.credential"], env["maildesk.account"].search([("email", "=", "anna@example.com")])
getters = [credentials._token_getter(account, "microsoft")[0] for _number in range(4)]
with ThreadPoolExecutor(4) as pool:
    tokens = set(pool.map(lambda getter: getter(), getters))
# whatever the caller does, what the provider gave is kept
env.cr.rollback()
env.invalidate_all()
print("TOKENS", *tokens)
print("KEPT", credentials._grant(account)[1].refresh_token)
"""


class TestLiveSignIn(LiveCase):
    """Two processes with four threads each, one grant whose refresh token can be used once."""

    def setUp(self):
        super().setUp()
        self.fake = MicrosoftServer(REDIRECT).start()
        self.addCleanup(self.fake.stop)
        authority = str(self.fake.home / "ca.pem")
        before, self.environment = self.environment, {**self.environment, "SSL_CERT_FILE": authority}
        self.addCleanup(setattr, self, "environment", before)
        os.environ["SSL_CERT_FILE"] = authority
        self.addCleanup(os.environ.pop, "SSL_CERT_FILE")

    def test_one_refresh_serves_all(self):
        oauth = MicrosoftOAuth(OAuthClient(CLIENT_ID, CLIENT_SECRET, REDIRECT), authority=self.fake.url)
        started = oauth.begin("anna@example.com", "state")
        self.fake.lifetime = 60
        grant = oauth.finish(started.kept, self.fake.sign_in(started.url))
        self.fake.lifetime, self.fake.delay = 3600, 4.0
        self.output(self.shell(SETUP.format(
            authority=self.fake.url, client_id=CLIENT_ID, secret=CLIENT_SECRET, grant=grant.dump())))
        workers = [self.shell(WORK), self.shell(WORK)]
        said = [self.output(worker) for worker in workers]
        self.assertEqual(self.fake.asked(TOKEN_PATH), 2, "the sign-in's own and one refresh")
        [tokens] = {line for text in said for line in text.splitlines() if line.startswith("TOKENS")}
        self.assertEqual(len(tokens.split()), 2)
        self.assertIn(tokens.split()[1], self.fake.access_tokens)
        [kept] = {line.split()[1] for text in said for line in text.splitlines() if line.startswith("KEPT")}
        self.assertIn(kept, self.fake.refresh_tokens)
        self.assertNotEqual(kept, grant.refresh_token)
