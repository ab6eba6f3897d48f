"""Signing in at Google and Microsoft, against strict fakes over HTTPS that know the documented protocol."""

import logging
import os
import time
import unittest
from dataclasses import replace
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from maildesk.providers.errors import AuthError, ProtocolError, RateLimited, Unreachable
from maildesk.providers.oauth import ClientRefused, Grant, OAuthClient, OAuthRefused, refusal
from maildesk.providers.oauth_google import GoogleEndpoints, GoogleOAuth
from maildesk.providers.oauth_microsoft import MicrosoftOAuth
from maildesk.tests.fakes.oauth import CLIENT_ID, CLIENT_SECRET
from maildesk.tests.fakes.oauth_google import GoogleServer
from maildesk.tests.fakes.oauth_microsoft import MicrosoftServer

REDIRECT = "https://odoo.example/maildesk/oauth/callback/x"
CLIENT = OAuthClient(CLIENT_ID, CLIENT_SECRET, REDIRECT)


class Contract:
    """What both keep."""

    def setUp(self):
        super().setUp()
        self.fake = self.server_class(REDIRECT).start()
        self.addCleanup(self.fake.stop)
        trusted = patch.dict(os.environ, {"SSL_CERT_FILE": str(self.fake.home / "ca.pem")})
        trusted.start()
        self.addCleanup(trusted.stop)
        self.oauth = self.make()

    def started(self):
        return self.oauth.begin("anna@example.com", "the-state")

    def granted(self):
        started = self.started()
        return self.oauth.finish(started.kept, self.fake.sign_in(started.url))

    def assert_refused(self, reason, kept, answer, oauth=None):
        with self.assertRaises(OAuthRefused) as caught:
            (oauth or self.oauth).finish(kept, answer)
        self.assertEqual(caught.exception.reason, reason)

    def test_sign_in(self):
        grant = self.granted()
        self.assertEqual(grant.email, "anna@example.com")
        self.assertIn(grant.access_token, self.fake.access_tokens)
        self.assertIn(grant.refresh_token, self.fake.refresh_tokens)
        self.assertAlmostEqual(grant.expires_at, time.time() + 3600, delta=20)
        self.assertTrue(grant.is_fresh)
        self.assertEqual(Grant.load(grant.dump()), grant)
        for secret in (grant.access_token, grant.refresh_token, CLIENT_SECRET):
            self.assertNotIn(secret, f"{grant!r} {CLIENT!r} {self.started()!r}")

    def test_least_scopes_and_select_account(self):
        params = {name: values[0] for name, values in parse_qs(urlsplit(self.started().url).query).items()}
        self.assertEqual(set(params["scope"].split()), self.scopes)
        self.assertIn("select_account", params["prompt"])
        self.assertEqual((params["login_hint"], params["state"], params["redirect_uri"]), ("anna@example.com", "the-state", REDIRECT))

    def test_another_state_is_refused(self):
        started = self.started()
        answer = self.fake.sign_in(started.url)
        self.assert_refused("answer", started.kept, {**answer, "state": "another"})
        self.assertEqual(self.fake.asked(self.token_path), 0)

    def test_another_persons_code_is_refused(self):
        mine, theirs = self.started(), self.oauth.begin("anna@example.com", "their-state")
        code = self.fake.sign_in(theirs.url)["code"]
        # PKCE: the verifier is another one
        self.assert_refused("grant", mine.kept, {**self.fake.sign_in(mine.url), "code": code})

    def test_an_id_token_of_another_sign_in_is_refused(self):
        for wrong in ({"nonce": "another"}, {"aud": "somebody else"}, {"iss": "https://evil.example"}, {"exp": 1}):
            claims = self.fake.claims
            with self.subTest(wrong), patch.object(self.fake, "claims", lambda asked, c=claims, w=wrong: {**c(asked), **w}):
                started = self.started()
                self.assert_refused("answer", started.kept, self.fake.sign_in(started.url))

    def test_a_code_works_once(self):
        started = self.started()
        answer = self.fake.sign_in(started.url)
        self.oauth.finish(started.kept, answer)
        self.assert_refused("grant", started.kept, answer)

    def test_another_redirect_uri_is_refused(self):
        started = self.started()
        answer = self.fake.sign_in(started.url)
        self.fake.redirect_uri = f"{REDIRECT}/"
        self.assert_refused("grant", started.kept, answer)
        with self.assertRaises(AssertionError):
            self.fake.sign_in(started.url)

    def test_the_persons_no(self):
        started = self.started()
        self.assert_refused("cancelled", started.kept, self.fake.sign_in(started.url, error="access_denied"))

    def test_refresh(self):
        grant = self.granted()
        later = self.oauth.refresh(grant)
        self.assertNotEqual(later.access_token, grant.access_token)
        self.assertEqual((later.email, set(later.scopes)), (grant.email, set(grant.scopes)))
        self.assertEqual(later.refresh_token != grant.refresh_token, self.fake.rotates)
        self.assertIn(later.refresh_token, self.fake.refresh_tokens)

    def test_a_grant_that_is_over(self):
        grant = self.granted()
        self.fake.refresh_tokens.clear()
        with self.assertRaises(OAuthRefused) as caught:
            self.oauth.refresh(grant)
        self.assertEqual(caught.exception.reason, "grant")
        self.assertIsInstance(caught.exception, AuthError)

    def test_wrong_company_credentials_are_nobodys_sign_in(self):
        grant = self.granted()
        with self.assertRaises(ClientRefused) as caught:
            self.make(replace(CLIENT, client_secret="wrong")).refresh(grant)
        self.assertNotIsInstance(caught.exception, AuthError)

    def test_trouble_at_the_provider_is_worth_another_try(self):
        grant = self.granted()
        self.fake.faults = [(503, {}), (500, {"error": "server_error"}), (429, {}), (400, {"error": "temporarily_unavailable"})]
        for kind in (Unreachable, Unreachable, RateLimited, Unreachable):
            with self.subTest(kind), self.assertRaises(kind):
                self.oauth.refresh(grant)
        self.oauth.refresh(grant)

    def test_nonsense(self):
        grant = self.granted()
        for fault in ((200, "<html>"), (200, {}), (200, {"access_token": "x", "expires_in": "soon"}), (302, {})):
            self.fake.faults = [fault]
            with self.subTest(fault), self.assertRaises(ProtocolError):
                self.oauth.refresh(grant)

    def test_slow_and_gone(self):
        grant = self.granted()
        self.fake.delay = 3.0
        with self.assertRaises(Unreachable) as caught:
            self.make(timeout=0.5).refresh(grant)
        self.assertEqual(caught.exception.reason, "sign_in")
        self.fake.stop()
        with self.assertRaises(Unreachable):
            self.make().refresh(grant)

    def test_a_certificate_nobody_signed(self):
        grant = self.granted()
        with patch.dict(os.environ, {"SSL_CERT_FILE": "/dev/null"}), self.assertRaises(Unreachable):
            self.make().refresh(grant)

    def test_not_a_word_of_it_in_the_log(self):
        with self.assertLogs(level=logging.DEBUG) as logged:
            logging.getLogger().debug("a line there is")
            grant = self.oauth.refresh(self.granted())
            self.oauth.revoke(grant)
            self.fake.refresh_tokens.clear()
            with self.assertRaises(OAuthRefused) as caught:
                self.oauth.refresh(grant)
        text = "\n".join(logged.output) + repr(caught.exception)
        for secret in (*self.fake.secrets, CLIENT_SECRET):
            self.assertNotIn(secret, text)


class TestGoogle(Contract, unittest.TestCase):
    server_class = GoogleServer
    token_path = "/token"
    scopes = {"https://mail.google.com/", "openid", "email"}

    def make(self, client=CLIENT, timeout=10.0):
        known = self.fake.parameters()
        endpoints = GoogleEndpoints(*(known[f"maildesk.google_{name}"] for name in (
            "authorization_url", "redemption_url", "revocation_url", "issuer")))
        return GoogleOAuth(client, endpoints, timeout)

    def test_another_issuer_is_refused(self):
        started = self.started()
        self.assert_refused("answer", started.kept, {**self.fake.sign_in(started.url), "iss": "https://evil.example"})

    def test_the_mail_left_out(self):
        self.fake.unticked = ("https://mail.google.com/",)
        started = self.started()
        self.assert_refused("scope", started.kept, self.fake.sign_in(started.url))

    def test_revoked_at_google(self):
        grant = self.granted()
        self.oauth.revoke(grant)
        self.assertFalse(self.fake.refresh_tokens)
        # once more is no error
        self.oauth.revoke(grant)


class TestMicrosoft(Contract, unittest.TestCase):
    server_class = MicrosoftServer
    token_path = "/common/oauth2/v2.0/token"
    scopes = {
        "https://graph.microsoft.com/Mail.ReadWrite", "https://graph.microsoft.com/Mail.Send",
        "https://graph.microsoft.com/User.Read", "openid", "profile", "offline_access",
    }

    def make(self, client=CLIENT, timeout=10.0, **options):
        return MicrosoftOAuth(client, authority=self.fake.url, timeout=timeout, **options)

    def test_shared_mailboxes_ask_for_more(self):
        self.oauth = self.make(shared=True)
        self.scopes = self.scopes | {
            "https://graph.microsoft.com/Mail.ReadWrite.Shared", "https://graph.microsoft.com/Mail.Send.Shared"}
        self.test_least_scopes_and_select_account()
        self.assertIn("https://graph.microsoft.com/Mail.Send.Shared", self.granted().scopes)

    def test_an_administrator_has_to_agree(self):
        started = self.started()
        for code in ("AADSTS65001", "AADSTS90094"):
            answer = self.fake.sign_in(
                started.url, error="access_denied", error_description=f"{code}: The administrator has not consented.")
            with self.subTest(code):
                self.assert_refused("consent", started.kept, answer)


class TestRefusals(unittest.TestCase):
    def test_words_of_providers(self):
        for (error, words), reason in {
            ("access_denied", ""): "cancelled",
            ("access_denied", "AADSTS65004: User declined to consent."): "cancelled",
            ("invalid_grant", "AADSTS65001: The user or administrator has not consented."): "consent",
            ("access_denied", "AADSTS53003: Access has been blocked by Conditional Access policies."): "policy",
            ("admin_policy_enforced", ""): "policy",
            ("org_internal", ""): "policy",
            ("invalid_grant", ""): "grant",
            ("interaction_required", "AADSTS50076: MFA"): "grant",
        }.items():
            with self.subTest(error=error, words=words):
                self.assertEqual(refusal(error, words).reason, reason)
        self.assertIsInstance(refusal("invalid_client"), ClientRefused)
        self.assertIsInstance(refusal("temporarily_unavailable"), Unreachable)
