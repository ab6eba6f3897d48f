from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..common import MaildeskCase

SHARE = "open sesame"
ADDRESS = "support@tidewheel.example"


@tagged("post_install", "-at_install")
class TestSharePassword(MaildeskCase):
    def setUp(self):
        super().setUp()
        self.account = self.make_account(ADDRESS, allow_personal_connection=True, sender_name="Tidewheel Support").with_user(self.admin)

    def join(self, password, user=None):
        return self.env["maildesk.account"].with_user(user or self.user).connect_mailbox(ADDRESS, password)

    def refused(self, password, answer="Incorrect password."):
        with self.assertRaisesRegex(UserError, f"^{answer}$"):
            self.join(password)

    def lines(self):
        return self.env["maildesk.log"].search([("account_id", "=", self.account.id)])

    def test_a_short_one_is_refused_and_nothing_stored(self):
        for short in ("seven77", "       x", "        "):
            with self.subTest(short), self.assertRaisesRegex(ValidationError, "at least 8 characters"), self.cr.savepoint():
                self.account.share_password = short
        self.assertFalse(self.account.has_share_password)
        self.assertNotIn("share_password", self.lines().mapped("event"))
        self.account.share_password = "eight888"
        self.assertTrue(self.account.has_share_password)

    def test_what_everybody_knows_is_refused(self):
        self.account.name = "Support Desk"
        for known in (ADDRESS, ADDRESS.upper(), "support desk", " Support Desk ", "tidewheel support"):
            with self.subTest(known), self.assertRaisesRegex(ValidationError, "first guess"), self.cr.savepoint():
                self.account.share_password = known
        with self.assertRaisesRegex(ValidationError, "first guess"), self.cr.savepoint():
            self.env["maildesk.account"].with_user(self.admin).create({
                "name": "helpdesk", "email": "helpdesk@x.example", "share_password": "helpdesk"})
        self.assertFalse(self.account.has_share_password)

    def test_on_the_form(self):
        with Form(self.account) as form:
            form.share_password = SHARE
            form.share_password_expires_on = "2999-12-31"
        self.assertFalse(self.account.share_password)
        self.assertTrue(self.join(SHARE))

    def test_after_its_last_day_nobody_joins(self):
        self.account.share_password = SHARE
        today = fields.Date.today()
        self.user.tz = self.other.tz = "UTC"
        self.account.share_password_expires_on = today - timedelta(days=1)
        self.assertTrue(self.account.share_password_expired)
        self.refused(SHARE)
        self.refused("not the one")
        # the administrator learns why, the stranger does not
        self.assertEqual(self.lines()[1].detail, "the share password has expired")
        self.assertEqual(self.lines()[0].detail, "wrong password")
        self.account.share_password_expires_on = today
        self.assertFalse(self.account.share_password_expired)
        self.assertEqual(self.join(SHARE), self.account.id)

    def test_a_time_zone_of_ones_choosing_gains_nothing(self):
        self.account.share_password = SHARE
        self.user.tz = "UTC"
        self.account.share_password_expires_on = fields.Date.today() - timedelta(days=1)
        for zone in ("Pacific/Midway", "Pacific/Kiritimati"):
            with self.assertRaisesRegex(UserError, "^Incorrect password.$"):
                self.env["maildesk.account"].with_user(self.user).with_context(tz=zone).connect_mailbox(ADDRESS, SHARE)

    def test_who_has_joined_stays_after_the_last_day(self):
        self.account.share_password = SHARE
        self.join(SHARE)
        self.account.share_password_expires_on = "2020-01-01"
        self.assertTrue(self.account.with_user(self.user).is_accessible)
        self.refused(SHARE, "You already have access to this mailbox.")

    def test_an_expired_one_does_not_stand_in_the_way_of_another(self):
        self.account.share_password = SHARE
        self.account.share_password_expires_on = "2020-01-01"
        second = self.make_account(ADDRESS, allow_personal_connection=True, share_password=SHARE)
        self.assertEqual(self.join(SHARE), second.id)

    def test_switched_off_nobody_joins(self):
        self.account.share_password = SHARE
        self.account.allow_personal_connection = False
        self.refused(SHARE, "No shared mailbox found with this email.")

    def test_regenerate(self):
        self.account.share_password = SHARE
        first, second = (self.account.action_regenerate_share_password() for _time in range(2))
        self.assertEqual((first["tag"], first["params"]["email"]), ("maildesk.share_password", ADDRESS))
        password = second["params"]["password"]
        self.assertRegex(password, r"^[a-z2-9]{4}(-[a-z2-9]{4}){3}$")
        self.assertNotEqual(first["params"]["password"], password)
        for old in (SHARE, first["params"]["password"]):
            self.refused(old)
        self.assertEqual(self.join(password), self.account.id)

    def test_what_was_regenerated_is_nowhere_but_in_the_answer(self):
        with self.assertLogs(level="DEBUG") as logged:
            password = self.account.action_regenerate_share_password()["params"]["password"]
            self.env.flush_all()
        self.assertNotIn(password, "\n".join(logged.output))
        self.env.cr.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name ~ '^(maildesk|mail_|bus|ir_logging)'")
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(f'SELECT count(*) FROM "{table}" row WHERE row::text LIKE %s', [f"%{password}%"])
            self.assertEqual(self.env.cr.fetchone()[0], 0, table)
        self.assertFalse(self.account.share_password)
        self.assertEqual([(line.event, line.detail) for line in self.lines()[:1]], [("share_password", "")])

    def test_the_dialog_says_what_else_is_in_the_way(self):
        def note():
            return self.account.action_regenerate_share_password()["params"]["note"]

        self.assertEqual(note(), "")
        self.account.share_password_expires_on = "2999-12-31"
        self.assertEqual(note(), "It is good until 12/31/2999.")
        self.account.share_password_expires_on = "2020-01-01"
        self.assertIn("it was good until 01/01/2020", note())
        self.account.allow_personal_connection = False
        self.assertIn("Allow Personal Connection", note())

    def test_only_administrators_of_the_company(self):
        with self.assertRaises(AccessError):
            self.account.with_user(self.user).action_regenerate_share_password()
        far = self.make_account("far@tidewheel.example", company_id=self.env["res.company"].create({"name": "Other"}).id)
        with self.assertRaises(AccessError):
            far.with_user(self.admin).action_regenerate_share_password()
