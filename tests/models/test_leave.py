from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import MaildeskCase

SHARE = "open sesame"


@tagged("post_install", "-at_install")
class TestLeave(MaildeskCase):
    def setUp(self):
        super().setUp()
        self.account = self.make_account(
            users=[self.user, self.other], owner_id=self.user.id, allow_personal_connection=True, share_password=SHARE)

    def events(self):
        lines = self.env["maildesk.log"].search([("account_id", "=", self.account.id)])
        return [(line.event, line.user_id, line.actor_id) for line in lines]

    def test_only_ones_own_line_goes(self):
        self.account.with_user(self.other).action_leave()
        self.assertEqual(self.account.user_ids, self.user)
        self.assertEqual(self.events()[0], ("left", self.other, self.other))
        self.assertFalse(self.account.with_user(self.other).is_accessible)
        self.assertTrue(self.account.with_user(self.user).is_accessible)

    def test_an_owner_leaves_and_stays_the_owner(self):
        self.account.with_user(self.user).action_leave()
        self.assertEqual((self.account.owner_id, self.account.user_ids), (self.user, self.other))

    def test_whom_nobody_let_in_has_nothing_to_leave(self):
        for user in (self.admin, self.env.ref("base.user_admin")):
            with self.assertRaisesRegex(UserError, "not on the list"):
                self.account.with_user(user).action_leave()
        # the same words for a mailbox that is not there: nothing is told of those of others
        with self.assertRaisesRegex(UserError, "not on the list"):
            self.env["maildesk.account"].with_user(self.other).browse(10**8).action_leave()
        for user in (self.employee, self.portal):
            with self.assertRaises(AccessError):
                self.account.with_user(user).action_leave()
        self.assertEqual(self.account.user_ids, self.user + self.other)

    def test_one_may_leave_what_one_may_not_read(self):
        self.account.access_ids.filtered(lambda line: line.user_id == self.other).allow_incoming = False
        self.account.with_user(self.other).action_leave()
        self.assertEqual(self.account.user_ids, self.user)

    def test_how_to_come_back(self):
        account = self.account.with_user(self.user)
        self.assertTrue(account.may_rejoin())
        self.account.share_password_expires_on = "2020-01-01"
        self.assertFalse(account.may_rejoin())
        self.account.share_password_expires_on = False
        self.account.allow_personal_connection = False
        self.assertFalse(account.may_rejoin())
        self.account.allow_personal_connection = True
        self.env["maildesk.user.actions"]._of(self.user).allow_self_connect = False
        self.assertFalse(account.may_rejoin())
        self.account.access_ids.unlink()
        with self.assertRaises(AccessError):
            account.may_rejoin()

    def test_leaving_and_coming_back(self):
        self.account.with_user(self.other).action_leave()
        self.env["maildesk.account"].with_user(self.other).connect_mailbox(self.account.email, SHARE)
        self.assertEqual([event for event, *_rest in self.events()[:2]], ["joined", "left"])


@tagged("post_install", "-at_install")
class TestOwnerHears(MaildeskCase):
    """The owner is told of everybody who joins by themselves."""

    def setUp(self):
        super().setUp()
        self.admin.notification_type = "inbox"
        self.account = self.make_account(owner_id=self.admin.id, allow_personal_connection=True, share_password=SHARE)

    def join(self, user):
        self.env["maildesk.account"].with_user(user).connect_mailbox(self.account.email, SHARE)

    def told(self, user):
        return self.env["mail.message"].search([("partner_ids", "in", user.partner_id.ids), ("subject", "like", "joined")])

    def test_person_mailbox_time_and_the_way_to_the_list(self):
        self.user.name = "Rosa <b>Delgado</b>"
        self.join(self.user)
        message = self.told(self.admin)
        self.assertEqual(message.subject, "Rosa <b>Delgado</b> joined support@tidewheel.example")
        for part in ("Rosa &lt;b&gt;Delgado&lt;/b&gt; joined Support (support@tidewheel.example)",
                     f'href="/odoo/mailbox-accounts/{self.account.id}/mailbox-people"'):
            self.assertIn(part, message.body)
        self.assertRegex(message.body, r"with the share password, \d+/\d+/\d{4} \d+:\d+")
        # in Odoo's inbox; no email where the person wants none
        self.assertEqual(message.notification_ids.notification_type, "inbox")
        self.assertNotIn(SHARE, message.body)

    def test_an_owner_who_configures_nothing_is_led_to_the_app(self):
        self.account.owner_id = self.other
        self.join(self.user)
        self.assertIn('href="/odoo/maildesk"', self.told(self.other).body)

    def test_nobody_is_told_of_themselves_nor_of_those_who_were_added(self):
        self.join(self.admin)
        self.account.user_ids = [Command.link(self.user.id)]
        self.account.owner_id = False
        self.join(self.other)
        self.assertFalse(self.told(self.admin))

    def test_a_refused_join_tells_nobody(self):
        with self.assertRaises(UserError):
            self.env["maildesk.account"].with_user(self.user).connect_mailbox(self.account.email, "not the one")
        self.assertFalse(self.told(self.admin))
