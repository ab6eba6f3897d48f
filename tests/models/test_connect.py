from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import MaildeskCase

SHARE = "open sesame"


@tagged("post_install", "-at_install")
class TestConnect(MaildeskCase):
    def setUp(self):
        super().setUp()
        self.account = self.make_account(allow_personal_connection=True, share_password=SHARE)
        self.Account = self.env["maildesk.account"].with_user(self.user)

    def refused(self, answer, email="support@tidewheel.example", password="wrong", user=None):
        with self.assertRaisesRegex(UserError, f"^{answer}$"):
            self.Account.with_user(user or self.user).connect_mailbox(email, password)

    def test_joining(self):
        self.assertEqual(self.Account.connect_mailbox(" Support@Tidewheel.example ", SHARE), self.account.id)
        line = self.account.access_ids
        self.assertEqual((line.user_id, line.origin), (self.user, "self"))
        self.assertTrue(self.account.with_user(self.user).is_accessible)
        self.assertEqual(self.env["maildesk.log"].search([], limit=1).event, "joined")

    def test_the_three_answers(self):
        self.refused("No shared mailbox found with this email.", "nobody@tidewheel.example")
        self.refused("Incorrect password.")
        self.refused("Incorrect password.", password="")
        self.account.user_ids = [Command.link(self.user.id)]
        self.refused("You already have access to this mailbox.")
        self.account.allow_personal_connection = False
        self.refused("No shared mailbox found with this email.", password=SHARE)

    def test_what_is_no_shared_mailbox(self):
        for change in ({"active": False}, {"state": "removed", "incoming_server_id": False, "outgoing_server_id": False}):
            self.account.write(change)
            self.refused("No shared mailbox found with this email.", password=SHARE)
        for wild in ("%", "support@tidewheel_example", "", None, "s%"):
            self.refused("No shared mailbox found with this email.", wild, SHARE)

    def test_another_company_does_not_count(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.make_account("far@tidewheel.example", company_id=other.id, allow_personal_connection=True, share_password=SHARE)
        self.refused("No shared mailbox found with this email.", "far@tidewheel.example", SHARE)

    def test_where_several_share_the_address_the_password_picks(self):
        second = self.make_account(allow_personal_connection=True, share_password="another one")
        self.assertEqual(self.Account.connect_mailbox("support@tidewheel.example", "another one"), second.id)
        self.assertEqual(self.Account.connect_mailbox("support@tidewheel.example", SHARE), self.account.id)
        self.refused("You already have access to this mailbox.")

    def test_without_a_share_password_nothing_opens(self):
        self.make_account("open@tidewheel.example", allow_personal_connection=True)
        for password in ("", False, None, "False", "x"):
            self.refused("Incorrect password.", "open@tidewheel.example", password, user=self.other) if password != "x" else None

    def test_slow_down_per_person(self):
        for number in range(5):
            account = self.make_account(f"box{number}@tidewheel.example", allow_personal_connection=True, share_password=SHARE)
            self.refused("Incorrect password.", account.email)
        self.refused(r"Too many attempts. Please try again in 1[45] minutes.", password=SHARE)
        self.assertTrue(self.Account.with_user(self.other).connect_mailbox("support@tidewheel.example", SHARE))

    def test_slow_down_per_address_and_its_end(self):
        for number in range(5):
            self.refused("Incorrect password.", user=self.other if number % 2 else self.user)
        self.refused(r"Too many attempts. Please try again in 1[45] minutes.", password=SHARE)
        self.refused(r"Too many attempts. Please try again in 1[45] minutes.", password=SHARE, user=self.other)
        old = fields.Datetime.now() - timedelta(minutes=16)
        self.env.cr.execute("UPDATE maildesk_connect_attempt SET create_date = %s", [old])
        self.assertTrue(self.Account.connect_mailbox("support@tidewheel.example", SHARE))

    def test_right_passwords_are_not_counted(self):
        for _time in range(7):
            self.Account.connect_mailbox("support@tidewheel.example", SHARE)
            self.account.user_ids = [Command.clear()]
        self.assertFalse(self.env["maildesk.connect.attempt"].search([]))

    def test_failures_are_logged(self):
        self.refused("Incorrect password.")
        line = self.env["maildesk.log"].search([], limit=1)
        self.assertEqual((line.event, line.user_id, line.email), ("join_failed", self.user, "support@tidewheel.example"))

    def test_self_connect_is_turned_off(self):
        off = "Your administrator has turned off Self-connect for you."
        self.user.maildesk_action_ids.allow_self_connect = False
        # before anything is told about a mailbox
        self.refused(off, password=SHARE)
        self.refused(off)
        self.refused(off, "nobody@tidewheel.example")
        self.account.user_ids = [Command.link(self.user.id)]
        self.refused(off, password=SHARE)
        self.account.user_ids = [Command.clear()]
        line = self.env["maildesk.log"].search([("event", "=", "join_failed")], limit=1)
        self.assertEqual((line.user_id, line.email, line.detail), (
            self.user, "support@tidewheel.example", "Self-connect is turned off"))
        self.assertFalse(self.env["maildesk.connect.attempt"].search([]))
        self.assertTrue(self.Account.with_user(self.other).connect_mailbox("support@tidewheel.example", SHARE))
        self.user.maildesk_action_ids.allow_self_connect = True
        self.assertTrue(self.Account.connect_mailbox("support@tidewheel.example", SHARE))

    def test_only_mailbox_users(self):
        for user in (self.employee, self.portal):
            with self.assertRaises(AccessError):
                self.Account.with_user(user).connect_mailbox("support@tidewheel.example", SHARE)

    def test_the_table_of_attempts_tells_no_address(self):
        self.refused("Incorrect password.")
        self.assertNotIn("tidewheel", " ".join(self.env["maildesk.connect.attempt"].search([]).mapped("subject")))
