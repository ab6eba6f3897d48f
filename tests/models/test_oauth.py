"""What signing in rests on: the companies' credentials, the grants and their refresh."""

import json
import time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...providers.errors import Unreachable
from ...providers.oauth import Grant
from ..common import MaildeskCase
from ..fakes.oauth import CLIENT_SECRET
from .oauth_case import OAuthCase


@tagged("post_install", "-at_install")
class TestCompanyCredentials(MaildeskCase):
    def test_missing_credentials_say_where_they_go(self):
        for server_type, button in (("gmail", "action_connect_google"), ("outlook", "action_connect_microsoft")):
            account = self.make_account(f"{server_type}@tidewheel.example")
            account.incoming_server_id.server_type = server_type
            for act in (button, "action_reconnect", "action_test_incoming"):
                with self.subTest(act), self.assertRaisesRegex(UserError, "(?s)^OAuth not configured: .*Settings.*maildesk/help/"):
                    getattr(account.with_user(self.admin), act)()

    def test_the_secret_is_never_readable(self):
        settings = self.env["res.config.settings"].create({
            "maildesk_google_client_id": "id", "maildesk_google_client_secret": CLIENT_SECRET,
            "maildesk_microsoft_client_id": "id2", "maildesk_microsoft_client_secret": f"{CLIENT_SECRET}2",
        })
        settings.execute()
        self.assertTrue(self.company.maildesk_has_google_secret and self.company.maildesk_has_microsoft_secret)
        self.assertTrue(settings.maildesk_google_redirect_uri.endswith("/maildesk/oauth/callback/google"))
        system = self.env.ref("base.user_admin")
        names = [name for name in self.company._fields if name.startswith("maildesk")]
        told = json.dumps([
            self.company.with_user(system).read(names), self.company.with_user(system).export_data(names[:3])["datas"],
            settings.read([name for name in settings._fields if name.startswith("maildesk")]),
        ], default=str)
        self.assertNotIn(CLIENT_SECRET, told)
        self.env.flush_all()
        self.env.cr.execute("SELECT string_agg(s::text, '') FROM res_config_settings s")
        self.assertNotIn(CLIENT_SECRET, self.env.cr.fetchone()[0])
        # saving the settings again leaves it alone
        self.env["res.config.settings"].create({}).execute()
        self.assertEqual(self.env["maildesk.credential"]._reveal(self.company, "google"), CLIENT_SECRET)
        with self.assertRaises(AccessError):
            self.company.with_user(self.admin).read(["maildesk_google_client_id"])


@tagged("post_install", "-at_install")
class TestGrants(OAuthCase):
    """What is kept of a sign-in, and what becomes of it."""

    def getter(self, account):
        provider = "google" if account.incoming_server_id.server_type == "gmail" else "microsoft"
        return self.env["maildesk.credential"]._token_getter(account, provider)[0]

    def test_nobody_reads_a_token(self):
        account = self.make_oauth_account(users=[self.user])
        grant = self.grant(account)
        self.admin.group_ids += self.env.ref("base.group_allow_export")
        for user in (self.admin, self.env.ref("base.user_admin")):
            own = account.with_user(user)
            told = json.dumps([own.read(), own.export_data(["name", "oauth_email"])["datas"], own.incoming_server_id.read()], default=str)
            self.assertIn("anna@example.com", told)
            self.assertNotIn(grant.refresh_token, told)
            self.assertNotIn(grant.access_token, told)
            for model in ("maildesk.credential", "maildesk.oauth.state"):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])
        self.env.flush_all()
        self.env.cr.execute("SELECT string_agg(c::text, '') FROM maildesk_credential c")
        self.assertNotIn(grant.refresh_token, self.env.cr.fetchone()[0])
        self.assertFalse(account.copy().oauth_email)

    def test_a_fresh_token_costs_nothing(self):
        account = self.make_oauth_account()
        grant = self.grant(account)
        asked = self.google.asked("/token")
        self.assertEqual(self.getter(account)(), grant.access_token)
        self.assertEqual(self.google.asked("/token"), asked)

    def test_an_old_token_is_refreshed_and_the_rotated_one_kept(self):
        account = self.make_oauth_account("outlook")
        grant = self.grant(account, expires_at=time.time() + 60)
        token = self.getter(account)()
        self.assertNotEqual(token, grant.access_token)
        _provider, kept, _shared = self.env["maildesk.credential"]._grant(account)
        self.assertEqual(kept.access_token, token)
        self.assertNotEqual(kept.refresh_token, grant.refresh_token)
        self.assertIn(kept.refresh_token, self.microsoft.refresh_tokens)

    def test_who_asks_again_was_refused(self):
        account = self.make_oauth_account()
        self.grant(account)
        getter = self.getter(account)
        self.assertNotEqual(getter(), getter())
        # somebody else has refreshed meanwhile: theirs is taken
        other = self.getter(account)
        first = other()
        second = getter()
        self.assertNotEqual(first, second)
        asked = self.google.asked("/token")
        self.assertEqual(other(), second)
        self.assertEqual(self.google.asked("/token"), asked)

    def test_trouble_at_the_provider_leaves_the_grant(self):
        account = self.make_oauth_account()
        grant = self.grant(account, expires_at=0.0)
        self.google.faults = [(503, {})]
        with self.assertRaises(Unreachable):
            self.getter(account)()
        self.assertEqual(self.env["maildesk.credential"]._grant(account)[1], grant)
        self.getter(account)()

    def told(self, user):
        return self.env["mail.message"].search([("partner_ids", "in", user.partner_id.ids), ("subject", "like", "sign in")])

    def test_a_revoked_grant_asks_the_owner_once_and_rests(self):
        self.user.notification_type = "inbox"
        account = self.make_oauth_account(owner_id=self.user.id)
        self.grant(account, expires_at=0.0)
        account.state = "connected"
        self.google.refresh_tokens.clear()
        asked = self.google.asked("/token")
        for _round in range(3):
            self.env["maildesk.account"]._cron_sync()
        self.assertEqual(account.state, "needs_sign_in")
        self.assertIn("Press Reconnect", account.error_message)
        self.assertEqual(len(self.told(self.user)), 1)
        self.assertEqual(self.google.asked("/token"), asked + 1)

    def test_a_provider_that_is_down_is_tried_again(self):
        account = self.make_oauth_account()
        self.grant(account, expires_at=0.0)
        account.state = "connected"
        self.google.faults = [(503, {})]
        self.env["maildesk.account"]._cron_sync()
        self.assertEqual(account.state, "error")
        self.assertIn("sign-in service does not answer", account.error_message)
        self.assertFalse(self.told(account.owner_id))
        self.assertTrue(account.sync_state_ids.next_try_at)

    def test_company_credentials_that_ended_are_not_the_owners_fault(self):
        account = self.make_oauth_account()
        self.grant(account, expires_at=0.0)
        account.state = "connected"
        self.company.maildesk_google_client_secret = "another"
        self.env["maildesk.account"]._cron_sync()
        self.assertEqual(account.state, "error")
        self.assertIn("Client Secret", account.error_message)

    def test_disconnect_revokes_and_forgets(self):
        account = self.make_oauth_account()
        grant = self.grant(account)
        account.state = "connected"
        account.with_user(self.admin).action_disconnect()
        self.assertEqual(account.state, "disconnected")
        self.assertFalse(account.oauth_email)
        self.assertNotIn(grant.refresh_token, self.google.refresh_tokens)
        self.assertTrue(self.env["maildesk.log"].search([("account_id", "=", account.id), ("event", "=", "disconnected")]))
        with self.assertRaisesRegex(UserError, "is not signed in at Google"):
            account.action_test_incoming()

    def test_disconnect_spares_another_mailbox_of_the_same_person(self):
        first, second = self.make_oauth_account(), self.make_oauth_account(email="sales@example.com")
        self.grant(first)
        account = first.email
        second.email = account
        kept = self.grant(second)
        first.action_disconnect()
        self.assertFalse(first.oauth_email)
        self.assertIn(kept.refresh_token, self.google.refresh_tokens)

    def test_disconnect_although_google_is_down(self):
        account = self.make_oauth_account()
        self.grant(account)
        self.google.delay, fault = 0.0, self.google.url
        self.env["ir.config_parameter"].set_param("maildesk.google_revocation_url", f"{fault}/nowhere")
        notice = account.action_disconnect()["params"]["message"]
        self.assertIn("Google could not be told", notice)
        self.assertEqual((account.state, account.oauth_email), ("disconnected", False))

    def test_removing_revokes_and_forgets(self):
        for is_kept in (True, False):
            account = self.make_oauth_account()
            grant = self.grant(account)
            account.state = "connected"
            question = account.with_user(self.admin).action_remove_mailbox()
            question = self.env[question["res_model"]].with_user(self.admin).browse(question["res_id"])
            question.write({"choice": "archive"} if is_kept else {"choice": "delete", "typed_email": account.email})
            notice = question.action_confirm()["params"]
            self.assertEqual(notice["type"], "success")
            self.assertNotIn(grant.refresh_token, self.google.refresh_tokens)
            self.assertFalse(account.exists().oauth_email)

    def test_removing_although_google_is_down(self):
        account = self.make_oauth_account()
        self.grant(account)
        self.env["ir.config_parameter"].set_param("maildesk.google_revocation_url", f"{self.google.url}/nowhere")
        question = account.with_user(self.admin).action_remove_mailbox()
        question = self.env[question["res_model"]].with_user(self.admin).browse(question["res_id"])
        question.choice = "archive"
        notice = question.action_confirm()["params"]
        self.assertIn("Google could not be told", notice["message"])
        self.assertEqual((account.state, account.oauth_email), ("removed", False))

    def test_disconnect_and_reconnect_with_a_password(self):
        account = self.make_account("password@tidewheel.example")
        account.state = "connected"
        account.action_disconnect()
        self.assertFalse(account.incoming_server_id.has_password or account.outgoing_server_id.has_password)
        with self.assertRaisesRegex(UserError, "has no password yet"):
            account.action_reconnect()
        account.incoming_server_id.password = "again"
        account.action_reconnect()
        self.assertEqual(account.state, "connected")

    def test_only_admins_and_the_owner_may(self):
        account = self.make_oauth_account(users=[self.user, self.other], owner_id=self.user.id)
        self.assertEqual(account.with_user(self.user).action_reconnect()["tag"], "maildesk.sign_in")
        for act in ("action_reconnect", "action_connect_google", "action_disconnect"):
            with self.subTest(act), self.assertRaises(AccessError):
                getattr(account.with_user(self.other), act)()
        account.owner_id = self.employee
        with self.assertRaises(AccessError):
            account.with_user(self.employee).action_reconnect()

    def test_a_token_goes_nowhere_but_to_google(self):
        account = self.make_oauth_account()
        self.grant(account)
        self.env["ir.config_parameter"].search([("key", "like", "maildesk.google_%_host")]).unlink()
        account.incoming_server_id.with_user(self.admin).write({"host": "evil.example.com", "port": 1993})
        self.assertEqual(account.incoming_server_id._google_address(), ("imap.gmail.com", 993))
        self.assertEqual(account.outgoing_server_id._google_address(), ("smtp.gmail.com", 465))

    def test_states_are_cleared_away(self):
        account = self.make_oauth_account()
        account.action_connect_google()
        states = self.env["maildesk.oauth.state"].search([])
        self.assertEqual(states.user_id, self.env.user)
        states._gc_old()
        self.assertTrue(states.exists())
        self.env.cr.execute("UPDATE maildesk_oauth_state SET create_date = now() - interval '2 days'")
        states._gc_old()
        self.assertFalse(states.exists())


@tagged("post_install", "-at_install")
class TestGrantValues(MaildeskCase):
    def test_a_key_that_is_lost(self):
        account = self.make_account()
        grant = Grant("refresh", "access", 0.0, (), "anna@example.com")
        self.env["maildesk.credential"]._store_grant(account, "google", grant)
        self.env["maildesk.credential"]._of(account, "oauth").secret = "not ours"
        self.assertFalse(account.oauth_email)
        with self.assertRaises(UserError):
            self.env["maildesk.credential"]._grant(account)
        account.incoming_server_id.server_type = "gmail"
        account.state = "connected"
        self.env["maildesk.account"]._cron_sync()
        self.assertEqual(account.state, "needs_sign_in")
