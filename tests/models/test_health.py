"""How a mailbox in trouble is shown, who is told, and that all of it ends by itself."""

import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from ...const import BACK_OFF, LASTING_FAILURES, WATCHER_LOCK
from ...providers.oauth import Grant, grant_of
from ..common import PASSWORD, MaildeskCase, MailServerCase
from .oauth_case import OAuthCase


class HealthCase(MaildeskCase):
    def todos(self, account):
        """What the owner has to do about a mailbox, done or not."""
        return self.env["mail.activity"].with_context(active_test=False).search([("summary", "ilike", account.email)])

    def told(self):
        """To whom the bus said that the badge may be another."""
        self.env.cr.precommit.run()
        return {
            json.loads(row.channel)[2] for row in self.env["bus.bus"].search([])
            if json.loads(row.message)["type"] == "maildesk/attention"
        }


@tagged("post_install", "-at_install")
class TestHealth(HealthCase, MailServerCase):
    def trouble(self, email, times, **values):
        """A mailbox whose server went away, after so many passes, each begun as soon as the rest before was over."""
        account = self.connected(email, **values)
        self.sync()
        account.incoming_server_id.write({"port": 1, "password": PASSWORD})
        for _time in range(times):
            account.sync_state_ids.next_try_at = False
            self.sync()
        return account

    def test_errors_back_off_1_2_5_15_60_minutes_and_recover_by_themselves(self):
        account = self.trouble("rests@tidewheel.example", 0)
        state = account.sync_state_ids
        for minutes in (1, 2, 5, 15, 60, 60):
            state.next_try_at = False
            self.sync()
            self.assertEqual(account.state, "error")
            self.assertAlmostEqual(
                state.next_try_at, fields.Datetime.now() + timedelta(minutes=minutes), delta=timedelta(seconds=20))
            before = state.failures
            self.sync()
            self.assertEqual(state.failures, before, "it rests")
        self.assertEqual(BACK_OFF, (1, 2, 5, 15, 60))
        # past the models: an administrator's save would end the rest
        self.env.cr.execute(
            "UPDATE maildesk_incoming_server SET port = %s WHERE id = %s", [self.dovecot.port, account.incoming_server_id.id])
        self.env.invalidate_all()
        state.next_try_at = False
        self.sync()
        self.assertEqual((account.state, account.error_message, state.failures, state.next_try_at), ("connected", False, 0, False))
        self.assertEqual((account.attention, account.trouble_since, account.trouble_lasts), (0, False, False))

    def test_a_blip_is_shown_and_nobody_is_told(self):
        account = self.trouble("blip@tidewheel.example", LASTING_FAILURES - 1)
        self.assertEqual((account.state, account.attention), ("error", 1))
        self.assertTrue(account.trouble_since)
        self.assertFalse(self.todos(account))

    def test_an_error_that_lasts_is_one_to_do_of_the_owner_which_closes_itself(self):
        mails = self.env["mail.mail"].search([])
        account = self.trouble("lasts@tidewheel.example", LASTING_FAILURES + 3, owner_id=self.user.id)
        self.assertEqual(account.attention, 2)
        todo = self.todos(account)
        self.assertEqual((len(todo), todo.user_id, todo.res_model), (1, self.user, False))
        self.assertIn("127.0.0.1", todo.note)
        self.assertEqual(self.env["mail.mail"].search([]), mails, "a to-do is enough")
        account.incoming_server_id.write({"port": self.dovecot.port, "password": PASSWORD})
        self.assertFalse(self.todos(account), "an administrator mended it")
        self.sync()
        self.assertEqual((account.state, account.attention), ("connected", 0))

    def test_an_hour_is_long_too(self):
        account = self.trouble("hour@tidewheel.example", 1)
        account.trouble_since = fields.Datetime.now() - timedelta(minutes=61)
        account.sync_state_ids.next_try_at = False
        self.sync()
        self.assertEqual((account.sync_state_ids.failures, account.attention), (2, 2))

    def test_a_to_do_that_was_done_does_not_come_back_while_the_trouble_lasts(self):
        account = self.trouble("done@tidewheel.example", LASTING_FAILURES, owner_id=self.user.id)
        self.todos(account).with_user(self.user).action_done()
        open_todos = [("summary", "ilike", account.email)]
        for _time in range(2):
            account.sync_state_ids.next_try_at = False
            self.sync()
            self.assertFalse(self.env["mail.activity"].search(open_todos))


@tagged("post_install", "-at_install")
class TestWhoIsTold(HealthCase):
    def test_the_to_do_is_for_its_owners_eyes_only(self):
        account = self.make_account(users=[self.other], owner_id=self.user.id)
        account.write({"state": "needs_sign_in", "error_message": "It was revoked."})
        todo = self.todos(account)
        self.assertEqual(len(todo), 1)
        # the owner is not on the list, and reads only these words
        self.assertIn("It was revoked.", todo.with_user(self.user).note)
        self.assertFalse(self.env["maildesk.account"].with_user(self.user).search([]))
        for user in (self.other, self.admin, self.employee):
            with self.subTest(user.login), self.assertRaises(AccessError):
                todo.with_user(user).read(["note"])
        for user in (self.admin, self.other, self.env.ref("base.user_admin")):
            with self.subTest(user.login), self.assertRaises(AccessError):
                account.with_user(user).read(["todo_id"])

    def test_it_goes_with_the_owner_the_mailbox_and_its_archiving(self):
        account = self.make_account(owner_id=self.user.id)
        account.state = "needs_sign_in"
        account.owner_id = self.other
        self.assertEqual(self.todos(account).user_id, self.other)
        account.owner_id = False
        self.assertFalse(self.todos(account))
        account.owner_id = self.user
        self.assertEqual(self.todos(account).user_id, self.user)
        account.active = False
        self.assertFalse(self.todos(account))
        account.active = True
        self.assertTrue(self.todos(account))
        account.state = "disconnected"
        self.assertFalse(self.todos(account))
        account.state = "needs_sign_in"
        account.unlink()
        self.assertFalse(self.env["mail.activity"].search([("summary", "ilike", "support@tidewheel.example")]))

    def test_administrators_of_the_company_are_told_when_the_count_changes(self):
        other = self.env["res.company"].create({"name": "Other"})
        far = new_test_user(self.env, login="far_admin", groups="base.group_user,maildesk.group_maildesk_admin", company_id=other.id, company_ids=[other.id])
        account = self.make_account()
        self.env["bus.bus"].search([]).unlink()
        account.state = "error"
        told = self.told()
        self.assertIn(self.admin.partner_id.id, told)
        self.assertFalse(told & {far.partner_id.id, self.user.partner_id.id})
        self.env["bus.bus"].search([]).unlink()
        account.write({"state": "error", "name": "Renamed"})
        self.assertFalse(self.told(), "nothing changed")
        account.state = "connected"
        self.assertIn(self.admin.partner_id.id, self.told())

    def test_the_page_is_for_administrators_and_begins_with_what_needs_attention(self):
        names = {"well": "connected", "blip": "error", "sign": "needs_sign_in", "lasting": "error"}
        accounts = {name: self.make_account(f"{name}@tidewheel.example") for name in names}
        for name, state in names.items():
            accounts[name].state = state
        accounts["lasting"].trouble_lasts = True
        action = self.env.ref("maildesk.maildesk_health_action")
        found = self.env["maildesk.account"].with_user(self.admin).search(
            [("id", "in", [account.id for account in accounts.values()])], order="attention desc, name")
        self.assertEqual(found.mapped("name"), ["Lasting", "Sign", "Blip", "Well"])
        views = self.env["maildesk.account"].with_user(self.admin).get_views(
            [(action.view_ids[0].view_id.id, "list"), (action.view_ids[1].view_id.id, "kanban")])["views"]
        for kind in ("list", "kanban"):
            for part in ("error_message", "sync_next_try_at", "sync_failed_count", "sign_in_ends_at", "action_sync_now", "action_reconnect"):
                self.assertIn(part, views[kind]["arch"], kind)
        menus = self.env["ir.ui.menu"]
        menu = self.env.ref("maildesk.menu_health").id
        self.assertIn(menu, menus.with_user(self.admin).load_menus(False))
        self.assertNotIn(menu, menus.with_user(self.user).load_menus(False))
        found.read(["sign_in_ends_at", "is_pushed", "sync_progress", "sync_failed_count"])
        with self.assertRaises(AccessError):
            accounts["well"].with_user(self.user).read(["sign_in_ends_at"])

    def test_whether_the_watcher_runs_is_seen(self):
        account = self.make_account()
        account.state = "connected"
        self.assertFalse(account.is_pushed)
        with self.registry.cursor() as cr:
            cr.execute("SELECT pg_try_advisory_lock(%s, %s)", WATCHER_LOCK)
            try:
                self.assertTrue(self.env["maildesk.account"]._is_watched())
                account.invalidate_recordset(["is_pushed"])
                self.assertTrue(account.is_pushed)
            finally:
                cr.execute("SELECT pg_advisory_unlock(%s, %s)", WATCHER_LOCK)
        account.invalidate_recordset(["is_pushed"])
        self.assertFalse(account.is_pushed)


@tagged("post_install", "-at_install")
class TestSignInEnds(OAuthCase):
    def ends(self, account):
        account.invalidate_recordset(["sign_in_ends_at"])
        return account.with_user(self.admin).sign_in_ends_at

    def test_what_google_says_of_a_registration_in_testing(self):
        account = self.make_oauth_account()
        self.assertFalse(self.ends(account), "nobody is signed in")
        self.grant(account)
        self.assertFalse(self.ends(account), "it lasts")
        with patch.object(self.google, "consent_seconds", 6 * 86400):
            self.grant(account)
        left = self.ends(account) - fields.Datetime.now()
        self.assertAlmostEqual(left, timedelta(days=6), delta=timedelta(minutes=5))

    def test_a_refresh_keeps_the_end(self):
        before = Grant("refresh", "access", 0.0, (), "anna@example.com", 12345.0)
        self.assertEqual(grant_of({"access_token": "new"}, "anna@example.com", before).ends_at, 12345.0)
        self.assertEqual(grant_of({"access_token": "new", "refresh_token": "other"}, "anna@example.com", before).ends_at, 0.0)
        self.assertEqual(Grant.load(json.dumps({
            "refresh_token": "r", "access_token": "a", "expires_at": 0, "scopes": [], "email": "a@b.example"})).ends_at, 0.0)

    def test_a_sign_in_that_is_not_used_ends(self):
        account = self.make_oauth_account("outlook")
        self.grant(account)
        self.assertFalse(self.ends(account))
        credential = self.env["maildesk.credential"]._of(account, "oauth")
        self.env.cr.execute(
            "UPDATE maildesk_credential SET write_date = write_date - interval '85 days' WHERE id = %s", [credential.id])
        credential.invalidate_recordset()
        self.assertAlmostEqual(self.ends(account), fields.Datetime.now() + timedelta(days=5), delta=timedelta(minutes=5))


@tagged("post_install", "-at_install")
class TestSession(HttpCase, MaildeskCase):
    def test_only_administrators_browsers_count(self):
        for login, expected in (("mailbox_admin", True), ("mailbox_user", False)):
            self.authenticate(login, login)
            answer = self.url_open("/web/session/get_session_info", data="{}", headers={"Content-Type": "application/json"}).json()
            self.assertEqual(answer["result"]["maildesk_admin"], expected)
