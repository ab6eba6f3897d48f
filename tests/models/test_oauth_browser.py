"""Signing a mailbox in through the browser: from the form's button to the provider and back, and all that goes wrong."""

import logging
import time
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import urlencode

from lxml import html
from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...providers.oauth_google import GoogleOAuth
from ..fakes.oauth import CLIENT_SECRET
from .oauth_case import OAuthCase


@tagged("post_install", "-at_install")
class TestThroughTheBrowser(OAuthCase, HttpCase):
    """From the button to the provider and back, as a browser's requests."""

    def setUp(self):
        super().setUp()
        self.google.unticked = ()
        self.account = self.make_oauth_account(owner_id=self.admin.id)
        self.authenticate("mailbox_admin", "mailbox_admin")

    def press(self, button="action_connect_google", account=None):
        """What the form's button asks for.

        :returns: where the browser is sent.
        """
        answer = self.make_jsonrpc_request(
            "/web/dataset/call_button", {"model": "maildesk.account", "method": button, "args": [(account or self.account).ids], "kwargs": {}})
        self.assertEqual((answer["type"], answer["tag"]), ("ir.actions.client", "maildesk.sign_in"))
        return answer["params"]["url"]

    def come_back(self, answer, provider="google"):
        return self.url_open(f"/maildesk/oauth/callback/{provider}?{urlencode(answer)}")

    def assert_not_connected(self, page, words):
        self.assertEqual(page.status_code, 200)
        self.assertIn(words, page.text)
        self.env.invalidate_all()
        self.assertEqual((self.account.state, self.account.oauth_email), ("draft", False))

    def test_the_whole_way(self):
        page = self.come_back(self.google.sign_in(self.press()))
        self.assertIn("is connected, signed in as anna@example.com", page.text)
        self.assertIn(f"/odoo/mailbox-accounts/{self.account.id}", page.text)
        self.assertEqual((page.headers["Cache-Control"], page.headers["Referrer-Policy"]), ("no-store", "no-referrer"))
        self.env.invalidate_all()
        self.assertEqual((self.account.state, self.account.oauth_email), ("connected", "anna@example.com"))
        logged = self.env["maildesk.log"].search([("account_id", "=", self.account.id), ("event", "=", "connected")])
        self.assertEqual((logged.detail, logged.actor_id), ("Google: anna@example.com", self.admin))

    def test_the_whole_way_at_microsoft(self):
        account = self.make_oauth_account("outlook")
        page = self.come_back(self.microsoft.sign_in(self.press("action_connect_microsoft", account)), "microsoft")
        self.assertIn("is connected, signed in as anna@example.com", page.text)
        self.env.invalidate_all()
        self.assertEqual(account.oauth_email, "anna@example.com")

    def test_a_replayed_answer(self):
        answer = self.google.sign_in(self.press())
        self.come_back(answer)
        grant = self.env["maildesk.credential"]._grant(self.account)
        asked = self.google.asked("/token")
        self.assertIn("used before", self.come_back(answer).text)
        self.assertEqual(self.google.asked("/token"), asked)
        self.assertEqual(self.env["maildesk.credential"]._grant(self.account), grant)

    def test_a_late_answer(self):
        answer = self.google.sign_in(self.press())
        self.env.flush_all()
        self.env.cr.execute("UPDATE maildesk_oauth_state SET create_date = %s", [fields.Datetime.now() - timedelta(minutes=11)])
        self.assert_not_connected(self.come_back(answer), "longer than ten minutes")

    def test_somebody_elses_answer(self):
        answer = self.google.sign_in(self.press())
        # the same person in another browser, then another person
        for login in ("mailbox_admin", "mailbox_user"):
            self.authenticate(login, login)
            self.assert_not_connected(self.come_back(answer), "another user or in another browser session" if login == "mailbox_admin" else "used before")

    def test_another_persons_answer(self):
        answer = self.google.sign_in(self.press())
        self.authenticate("mailbox_user", "mailbox_user")
        self.assert_not_connected(self.come_back(answer), "another user")

    def test_a_session_that_has_ended(self):
        answer = self.google.sign_in(self.press())
        self.authenticate(None, None)
        page = self.come_back(answer)
        self.assertEqual((page.history, page.headers["Cache-Control"]), ([], "no-store"))
        self.assert_not_connected(page, "no longer logged in")
        for carried in (answer["code"], answer["state"]):
            self.assertNotIn(carried, page.text)

    def test_a_made_up_answer(self):
        self.press()
        self.assert_not_connected(self.come_back({"code": "stolen", "state": "made-up"}), "no such sign-in")
        self.assert_not_connected(self.come_back({}), "no such sign-in")

    def test_an_answer_from_the_other_provider(self):
        answer = self.google.sign_in(self.press())
        self.assert_not_connected(self.come_back(answer, "microsoft"), "another user")
        self.assertEqual(self.url_open("/maildesk/oauth/callback/nobody").status_code, 404)

    def test_rights_that_ended_meanwhile(self):
        answer = self.google.sign_in(self.press())
        self.account.owner_id = False
        self.admin.group_ids -= self.env.ref("maildesk.group_maildesk_admin")
        with mute_logger("odoo.http"):
            self.assertEqual(self.come_back(answer).status_code, 403)
        self.env.invalidate_all()
        self.assertFalse(self.account.oauth_email)

    def test_every_way_to_fail_has_its_sentence(self):
        for error, words in (
            ({"error": "access_denied"}, "You cancelled the sign-in"),
            ({"error": "access_denied", "error_description": "AADSTS65001: consent"}, "grant admin consent"),
            ({"error": "access_denied", "error_description": "AADSTS90094: admin"}, "grant admin consent"),
            ({"error": "access_denied", "error_description": "AADSTS53003: blocked"}, "rules block this sign-in"),
            ({"error": "admin_policy_enforced"}, "rules block this sign-in"),
            ({"error": "org_internal"}, "rules block this sign-in"),
            ({"error": "temporarily_unavailable"}, "does not answer as it should"),
            ({"error": "redirect_uri_mismatch"}, "does not accept this company"),
        ):
            with self.subTest(error):
                self.assert_not_connected(self.come_back(self.google.sign_in(self.press(), **error)), words)

    def test_clocks_that_differ(self):
        """The provider's goes wrong by what is usual, then by an hour; what its tokens last is counted by ours."""
        claims = self.google.claims
        for late, words in ((240, "is connected, signed in as"), (3600, "did not belong to this sign-in")):
            wrong = {"exp": time.time() - late}
            with self.subTest(late), patch.object(self.google, "claims", lambda asked, wrong=wrong: {**claims(asked), **wrong}):
                self.assertIn(words, self.come_back(self.google.sign_in(self.press("action_reconnect"))).text)
        kept = self.env["maildesk.credential"]._grant(self.account)[1]
        self.assertAlmostEqual(kept.expires_at, time.time() + self.google.lifetime, delta=60)

    def test_a_provider_that_takes_too_long(self):
        answer = self.google.sign_in(self.press())
        self.google.delay = 1.5
        with patch.object(GoogleOAuth.__init__, "__defaults__", (None, 0.3)):
            self.assert_not_connected(self.come_back(answer), "does not answer as it should")

    def test_trouble_while_redeeming(self):
        for fault, words in (((503, {}), "does not answer as it should"), ((400, {"error": "invalid_grant"}), "no longer good"),
                             ((401, {"error": "invalid_client"}), "does not accept this company")):
            answer = self.google.sign_in(self.press())
            self.google.faults = [fault]
            with self.subTest(words):
                self.assert_not_connected(self.come_back(answer), words)

    def test_the_mail_left_out(self):
        self.google.unticked = ("https://mail.google.com/",)
        self.assert_not_connected(self.come_back(self.google.sign_in(self.press())), "leave every box")

    # --- another address than the mailbox's ---------------------------------------------------------------------------

    def choose(self, page, choice, **changes):
        inputs = {field.get("name"): field.get("value") for field in html.fromstring(page.text).iter("input")}
        return self.url_open("/maildesk/oauth/choice", data={**inputs, "choice": choice, **changes}, allow_redirects=False)

    def signed_in_as_olaf(self):
        page = self.come_back(self.google.sign_in(self.press(), "olaf@example.com"))
        self.assert_not_connected(page, "olaf@example.com")
        return page

    def test_an_alias_is_taken_knowingly(self):
        page = self.signed_in_as_olaf()
        self.assertIn("is connected, signed in as olaf@example.com", self.choose(page, "alias").text)
        self.env.invalidate_all()
        self.assertEqual(self.account.oauth_email, "olaf@example.com")
        logged = self.env["maildesk.log"].search([("account_id", "=", self.account.id), ("event", "=", "connected")])
        self.assertEqual((logged.detail, logged.actor_id), ("Google: olaf@example.com", self.admin))
        self.assertIn("used before", self.choose(page, "alias").text)

    def test_the_wrong_account_again(self):
        answer = self.choose(self.signed_in_as_olaf(), "again")
        self.assertEqual(answer.status_code, 303)
        self.come_back(self.google.sign_in(answer.headers["Location"]))
        self.env.invalidate_all()
        self.assertEqual(self.account.oauth_email, "anna@example.com")

    def test_the_wrong_account_cancelled(self):
        self.google.refresh_tokens.clear()
        page = self.signed_in_as_olaf()
        self.assertTrue(self.google.refresh_tokens)
        self.assert_not_connected(self.choose(page, "cancel"), "You cancelled")
        # nobody needs that consent
        self.assertFalse(self.google.refresh_tokens)

    def test_an_alias_is_asked_about_once(self):
        self.choose(self.signed_in_as_olaf(), "alias")
        page = self.come_back(self.google.sign_in(self.press("action_reconnect")))
        self.assertIn("is connected, signed in as olaf@example.com", page.text)

    def test_the_owner_told_to_sign_in_is_led_there(self):
        answer = self.url_open(f"/maildesk/oauth/sign_in/{self.account.id}", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.assertIn("is connected", self.come_back(self.google.sign_in(answer.headers["Location"])).text)
        self.company.maildesk_google_client_id = False
        self.assertIn("OAuth not configured", self.url_open(f"/maildesk/oauth/sign_in/{self.account.id}").text)
        self.authenticate("mailbox_user", "mailbox_user")
        self.assertIn("Only a Mailbox Admin", self.url_open(f"/maildesk/oauth/sign_in/{self.account.id}").text)
        self.authenticate("mailbox_admin", "mailbox_admin")
        self.assertIn("it was deleted", self.url_open("/maildesk/oauth/sign_in/999999999").text)

    def test_a_choice_that_is_not_the_persons(self):
        page = self.signed_in_as_olaf()
        with mute_logger("odoo.http"):
            self.assertEqual(self.choose(page, "alias", csrf_token="wrong").status_code, 400)
        self.authenticate("mailbox_user", "mailbox_user")
        with mute_logger("odoo.http"):
            self.assertEqual(self.choose(page, "alias").status_code, 400)
        self.assert_not_connected(page, "olaf")

    def test_a_shared_mailbox_asks_for_more(self):
        account = self.make_oauth_account("outlook", "support@example.com")
        page = self.come_back(self.microsoft.sign_in(self.press("action_connect_microsoft", account), "anna@example.com"), "microsoft")
        self.assertIn("is a mailbox shared with it", page.text)
        answer = self.choose(page, "shared")
        self.assertIn("Mail.Send.Shared", answer.headers["Location"])
        page = self.come_back(self.microsoft.sign_in(answer.headers["Location"]), "microsoft")
        self.assertIn("support@example.com is connected, signed in as anna@example.com", page.text)
        self.env.invalidate_all()
        provider, grant, shared = self.env["maildesk.credential"]._grant(account)
        self.assertEqual((provider, grant.email, shared), ("microsoft", "anna@example.com", True))
        logged = self.env["maildesk.log"].search([("account_id", "=", account.id), ("event", "=", "connected")])
        self.assertEqual((logged.detail, logged.actor_id), ("Microsoft: anna@example.com", self.admin))

    def test_nothing_secret_in_the_log(self):
        root = logging.getLogger()
        with self.assertLogs(root, logging.DEBUG) as logged:
            answer = self.google.sign_in(self.press())
            self.come_back(answer)
            self.come_back(answer)
            self.authenticate(None, None)
            self.come_back(answer)
            self.grant(self.account, expires_at=0.0)
            self.env["maildesk.account"]._cron_sync()
            self.google.refresh_tokens.clear()
            self.grant(self.account, refresh_token="not-known-any-more", expires_at=0.0)
            self.env["maildesk.account"]._cron_sync()
        # but what the browser of this test says of itself
        text = "\n".join(line for line in logged.output if not line.startswith("DEBUG:urllib3.connectionpool:http://"))
        self.assertIn("not logged", text)
        for secret in (*self.google.secrets, CLIENT_SECRET, answer["state"]):
            self.assertNotIn(secret, text)
