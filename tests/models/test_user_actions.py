"""Mailbox Actions of a person for all mailboxes, and how they meet those of one mailbox."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ...models.maildesk_actions_mixin import ACTIONS
from ..common import MaildeskCase

LABELS = [
    "Incoming emails", "Outgoing emails", "Spam and quarantine", "IMAP access", "Gmail access", "Outlook access", "Self-connect",
    "Export",
]


@tagged("post_install", "-at_install")
class TestUserActions(MaildeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account(users=[cls.user, cls.other])
        cls.inbox, cls.junk = (
            cls.env["maildesk.folder"].create({"account_id": cls.account.id, "name": role, "remote_id": role, "role": role})
            for role in ("inbox", "junk")
        )
        cls.row, cls.own = (
            cls.env["maildesk.user.actions"].search([("user_id", "=", user.id)]) for user in (cls.user, cls.admin))

    def line(self, user=None):
        return self.account.access_ids.filtered(lambda line: line.user_id == (user or self.user))

    def folders(self, user=None):
        return self.env["maildesk.folder"].with_user(user or self.user).search([])

    def last_line(self):
        return self.env["maildesk.log"].search([], limit=1)

    # -------------------------------------------------------------------------
    # Both levels
    # -------------------------------------------------------------------------

    def test_the_labels_of_both_levels(self):
        for model, prefix in (("maildesk.access", ""), ("maildesk.user.actions", ""), ("res.users", "maildesk_")):
            described = self.env[model].fields_get([f"{prefix}{name}" for name in ACTIONS], ["string", "type"])
            self.assertEqual([described[f"{prefix}{name}"]["string"] for name in ACTIONS], LABELS, model)

    def test_all_on_by_default(self):
        for record in self.row + self.own:
            self.assertTrue(all(record[name] for name in ACTIONS))
        self.assertTrue(all(self.line()[name] for name in ACTIONS))
        self.row.unlink()
        self.assertEqual(self.folders(), self.inbox | self.junk)
        self.assertTrue(all(self.user[f"maildesk_{name}"] for name in ACTIONS), "no row: all on")

    def test_the_narrower_one_wins(self):
        for name in ("allow_incoming", "allow_imap"):
            for everywhere, here in ((False, True), (True, False), (False, False), (True, True)):
                self.row[name], self.line()[name] = everywhere, here
                with self.subTest(name, everywhere=everywhere, here=here):
                    self.assertEqual(bool(self.folders()), everywhere and here)
                    self.assertEqual(self.inbox.with_user(self.user).is_accessible, everywhere and here)
                    self.assertEqual(self.account.with_user(self.user).is_accessible, everywhere and here)
                    self.assertEqual(self.folders(self.other), self.inbox | self.junk, "only that person is affected")
        self.row.allow_spam = False
        self.assertEqual(self.folders(), self.inbox)

    def test_protocols(self):
        self.row.write({"allow_gmail": False, "allow_outlook": False})
        self.assertTrue(self.folders())
        for server_type in ("gmail", "outlook"):
            self.account.incoming_server_id.server_type = server_type
            self.assertFalse(self.folders(), server_type)
        self.row.write({"allow_gmail": True, "allow_outlook": True})
        self.assertTrue(self.folders())

    def test_the_words(self):
        account = self.account.with_user(self.user)
        for name, label in zip(ACTIONS, LABELS, strict=True):
            words = f"^Your administrator has turned off {label} for you.$"
            account._check_action(name)
            for record in (self.row, self.line()):
                record[name] = False
                with self.subTest(name, record=record), self.assertRaisesRegex(AccessError, words):
                    account._check_action(name)
                record[name] = True
            self.row[name] = False
            with self.assertRaisesRegex(AccessError, words):
                account.browse()._check_action(name)
            self.row[name] = True
            account._check_action(name)

    def test_of_several_mailboxes(self):
        second = self.make_account("info@tidewheel.example", users=[self.user])
        both = (self.account | second).with_user(self.user)
        self.assertEqual(both._allowing("allow_export"), both)
        self.line().allow_export = False
        self.assertEqual(both._allowing("allow_export"), second)
        with self.assertRaises(AccessError):
            both._check_action("allow_export")
        second.with_user(self.user)._check_action("allow_export")

    def test_the_access_tab_tells_what_is_off_everywhere(self):
        line = self.line().with_user(self.admin)
        self.assertFalse(line.off_everywhere or line.off_words)
        self.row.with_user(self.admin).write({"allow_export": False, "allow_spam": False})
        self.assertEqual((line.off_everywhere, line.off_words), ({"allow_spam": True, "allow_export": True}, "Spam and quarantine, Export"))
        self.assertFalse(self.line(self.other).with_user(self.admin).off_everywhere)

    def test_leaving_and_joining_again_lifts_nothing(self):
        self.account.write({"allow_personal_connection": True, "share_password": "open sesame"})
        self.line().allow_export = False
        account = self.account.with_user(self.user)
        account.action_leave()
        self.assertFalse(self.folders())
        self.assertNotIn(self.user, self.account.user_ids)
        self.assertEqual(self.last_line().event, "left")
        account.connect_mailbox(self.account.email, "open sesame")
        self.assertEqual((self.line().turned_off, self.line().origin), ("Export", "self"))
        self.assertTrue(self.folders())
        # an administrator decides anew
        account.action_leave()
        self.account.user_ids += self.user
        self.assertEqual((self.line().turned_off, self.line().origin), ("", "admin"))
        account.action_leave()
        self.assertFalse(self.env["maildesk.access"].with_context(active_test=False).search([("user_id", "=", self.user.id)]))

    def test_self_connect_of_one_mailbox(self):
        self.account.write({"allow_personal_connection": True, "share_password": "open sesame"})
        second = self.make_account("info@tidewheel.example", allow_personal_connection=True, share_password="open sesame")
        account = self.account.with_user(self.user)
        self.assertTrue(account.may_rejoin())
        self.line().allow_self_connect = False
        self.assertFalse(account.may_rejoin())
        account.action_leave()
        for password in ("open sesame", "wrong"):
            with self.assertRaisesRegex(AccessError, "^Your administrator has turned off Self-connect for you.$"):
                account.connect_mailbox(self.account.email, password)
        self.assertEqual((self.last_line().event, self.last_line().detail), ("join_failed", "Self-connect is turned off"))
        self.assertNotIn(self.user, self.account.user_ids)
        # the others are not concerned
        self.assertTrue(account.connect_mailbox(second.email, "open sesame"))
        self.assertTrue(account.with_user(self.admin).connect_mailbox(self.account.email, "open sesame"))

    # -------------------------------------------------------------------------
    # Who may change them
    # -------------------------------------------------------------------------

    def test_mailbox_admins_need_no_right_on_users(self):
        self.assertFalse(self.env["res.users"].with_user(self.admin).has_access("write"))
        self.row.with_user(self.admin).allow_export = False
        self.assertFalse(self.row.allow_export)

    def test_nobody_changes_their_own(self):
        for user, row in ((self.admin, self.own), (self.user, self.row)):
            for name in ACTIONS:
                with self.subTest(user=user.login, name=name), self.assertRaises(AccessError):
                    row.with_user(user)[name] = False
        # turned off by somebody else, it stays off
        self.own.allow_export = False
        with self.assertRaisesRegex(AccessError, "You cannot change your own Mailbox Actions"):
            (self.own | self.row).with_user(self.admin).write({"allow_export": True})
        self.assertTrue(self.own.with_user(self.admin).is_own)
        self.assertFalse(self.row.with_user(self.admin).is_own)
        with self.assertRaises(AccessError):
            self.own.with_user(self.admin).unlink()
        with self.assertRaises(AccessError):
            self.own.with_user(self.admin).user_id = self.other

    def test_the_administrator_of_odoo_changes_their_own(self):
        boss = new_test_user(self.env, login="boss", groups="base.group_user,base.group_system,maildesk.group_maildesk_admin")
        row = self.env["maildesk.user.actions"].search([("user_id", "=", boss.id)])
        row.with_user(boss).allow_export = False
        self.assertFalse(row.allow_export)
        self.assertFalse(row.with_user(boss).is_own)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_people_of_other_companies(self):
        company = self.env["res.company"].create({"name": "Other"})
        far = new_test_user(
            self.env, login="far", groups="base.group_user,maildesk.group_maildesk_user", company_id=company.id,
            company_ids=[Command.set(company.ids)])
        row = self.env["maildesk.user.actions"].search([("user_id", "=", far.id)])
        self.assertNotIn(row, row.with_user(self.admin).search([]))
        for way in (lambda own: own.write({"allow_export": False}), lambda own: own.read(["allow_export"])):
            with self.assertRaises(AccessError):
                way(row.with_user(self.admin))
        far.company_ids += self.company
        row.with_user(self.admin).allow_export = False
        self.assertFalse(row.allow_export)

    def test_users_do_not_see_them(self):
        for way in (
            lambda: self.row.with_user(self.user).read(["allow_export"]),
            lambda: self.user.with_user(self.user).maildesk_allow_export,
            lambda: self.user.with_user(self.user).maildesk_action_ids,
            lambda: self.env["res.users"].with_user(self.user).search([("maildesk_action_ids.allow_export", "=", False)]),
        ):
            with self.assertRaises(AccessError):
                way()

    # -------------------------------------------------------------------------
    # The user's form
    # -------------------------------------------------------------------------

    def test_the_form_of_a_user(self):
        clerk = new_test_user(self.env, login="clerk", groups="base.group_user,base.group_erp_manager")
        with Form(self.user.with_user(clerk), view="base.view_users_form") as form:
            self.assertTrue(form.maildesk_allow_export)
            form.maildesk_allow_export = False
            form.maildesk_allow_spam = False
        self.assertEqual(self.row.turned_off, "Spam and quarantine, Export")
        self.assertEqual(self.last_line().actor_id, clerk)
        with Form(self.user.with_user(clerk), view="base.view_users_form") as form:
            self.assertFalse(form.maildesk_allow_export)
            form.maildesk_allow_export = True
        self.assertEqual(self.row.turned_off, "Spam and quarantine")

    def test_the_own_form(self):
        clerk = new_test_user(
            self.env, login="clerk", groups="base.group_user,base.group_erp_manager,maildesk.group_maildesk_user")
        with self.assertRaisesRegex(AccessError, "your own Mailbox Actions"):
            clerk.with_user(clerk).maildesk_allow_export = False
        # what is not touched refuses nothing
        clerk.with_user(clerk).name = "Clerk"

    def test_writing_other_fields_makes_no_line(self):
        before = self.env["maildesk.log"].search([])
        self.user.write({"name": "Somebody", "maildesk_allow_export": True})
        self.assertEqual((self.env["maildesk.log"].search([]) - before).mapped("detail"), [])

    # -------------------------------------------------------------------------
    # The list
    # -------------------------------------------------------------------------

    def test_everybody_with_the_role_is_in_the_list(self):
        listed = self.env["maildesk.user.actions"].search([]).user_id
        self.assertTrue(self.user + self.other + self.admin <= listed)
        self.assertNotIn(self.employee, listed)
        # the role given on the user, and through a group
        self.employee.group_ids += self.env.ref("maildesk.group_maildesk_user")
        self.assertTrue(self.employee.maildesk_action_ids)
        late = new_test_user(self.env, login="late", groups="base.group_user")
        group = self.env["res.groups"].create({"name": "Sales desk", "user_ids": [Command.link(late.id)]})
        group.implied_ids += self.env.ref("maildesk.group_maildesk_user")
        self.assertTrue(late.maildesk_action_ids)
        self.assertTrue(all(late.maildesk_action_ids[name] for name in ACTIONS))
        # … whoever it is that gives it
        clerk = new_test_user(self.env, login="clerk", groups="base.group_user,base.group_erp_manager")
        last = new_test_user(self.env, login="last", groups="base.group_user")
        group.with_user(clerk).user_ids = [Command.link(last.id)]
        self.assertTrue(last.maildesk_action_ids)
        self.row.unlink()
        for _time in range(2):
            self.env["maildesk.user.actions"]._ensure_everybody()
        self.assertEqual(len(self.user.maildesk_action_ids), 1)

    # -------------------------------------------------------------------------
    # The log, and what browsers are told
    # -------------------------------------------------------------------------

    def test_changes_are_logged(self):
        self.row.with_user(self.admin).write({"allow_export": False, "allow_outgoing": False})
        line = self.last_line()
        self.assertEqual((line.event, line.actor_id, line.user_id, line.account_id), (
            "actions", self.admin, self.user, self.env["maildesk.account"]))
        self.assertEqual(line.detail, "All mailboxes: Outgoing emails off, Export off")
        self.assertEqual(line.company_id, self.user.company_id)
        self.row.with_user(self.admin).allow_export = True
        self.assertEqual(self.last_line().detail, "All mailboxes: Export on")
        self.line().with_user(self.admin).write({"allow_spam": False, "allow_export": True})
        line = self.last_line()
        self.assertEqual((line.account_id, line.user_id, line.actor_id, line.detail), (
            self.account, self.user, self.admin, "Spam and quarantine off"))

    def test_many_at_once_make_one_line_a_person(self):
        rows = self.env["maildesk.user.actions"].search([("user_id", "in", (self.user + self.other).ids)])
        before = self.env["maildesk.log"].search([])
        rows.with_user(self.admin).write({"allow_export": False, "allow_imap": False})
        lines = self.env["maildesk.log"].search([]) - before
        self.assertEqual(lines.user_id, self.user + self.other)
        self.assertEqual(lines.mapped("detail"), ["All mailboxes: IMAP access off, Export off"] * 2)

    def test_what_is_off_from_the_start_is_logged(self):
        self.env["maildesk.access"].create({"account_id": self.account.id, "user_id": self.admin.id, "allow_export": False})
        lines = self.env["maildesk.log"].search([("user_id", "=", self.admin.id)], order="id")
        self.assertEqual(lines.mapped("event"), ["granted", "actions"])
        self.assertEqual(lines[-1].detail, "Export off")

    def told(self, work):
        """Who is sent what by some work."""
        sent = []
        self.patch(type(self.env["res.users"]), "_bus_send", lambda user, kind, payload=None, **_options: sent.append(
            (user, kind, payload)))
        work()
        return sent

    def test_open_browsers_are_told(self):
        sent = self.told(lambda: self.row.with_user(self.admin).write({"allow_spam": False}))
        self.assertEqual([(user, kind) for user, kind, _payload in sent], [(self.user, "maildesk/access")])

    def test_news_of_junk_are_for_those_who_see_it(self):
        self.row.allow_spam = False
        sent = self.told(lambda: self.account._tell_readers({self.inbox.id, self.junk.id}))
        self.assertEqual({user: payload["folder_ids"] for user, _kind, payload in sent}, {
            self.user: self.inbox.ids, self.other: sorted((self.inbox | self.junk).ids)})
        sent = self.told(lambda: self.account._tell_readers({self.junk.id}))
        self.assertEqual([user for user, _kind, _payload in sent], [self.other])
        self.row.allow_incoming = False
        sent = self.told(lambda: self.account._tell_readers([]))
        self.assertEqual([user for user, _kind, _payload in sent], [self.other])
