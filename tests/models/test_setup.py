"""Setting a mailbox up in one go: what is found, who may, and that a failure leaves nothing."""

import logging

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...const import JOIN_TRIES
from ..common import PASSWORD
from .setup_case import SetupCase


@tagged("post_install", "-at_install")
class TestSetupDetect(SetupCase):
    def detect(self, email, user=None):
        return self.env["maildesk.account"].with_user(user or self.admin).setup_detect(email)

    def test_a_known_provider(self):
        found = self.detect(" anna@known.example ")
        self.assertEqual((found["email"], found["kind"], found["name"]), ("anna@known.example", "imap", "Known Mail"))
        self.assertEqual(found["incoming"], {
            "host": "127.0.0.1", "port": self.dovecot.port, "encryption": "none", "username": "anna@known.example"})
        self.assertEqual((found["problem"], found["advice"]), ("", ""))

    def test_autoconfig(self):
        found = self.detect("bob@auto.example")
        self.assertEqual((found["name"], found["outgoing"]["host"]), ("Auto Mail", "smtp.auto.example"))

    def test_name_servers(self):
        self.dns.records["_imaps._tcp.srv.example", "SRV"] = ["0 1 993 mail.srv.example."]
        found = self.detect("bob@srv.example")
        self.assertEqual((found["kind"], found["incoming"]["host"], found["outgoing"]), ("imap", "mail.srv.example", False))

    def test_nothing(self):
        found = self.detect("bob@nothing.example")
        self.assertEqual((found["kind"], found["incoming"]), ("none", False))
        self.assertEqual(found["problem"], "No mail servers were found for nothing.example. Enter the ones its provider names.")

    def test_words(self):
        self.assertIn("Bridge", self.detect("a@proton.me")["problem"])
        self.assertIn("no IMAP", self.detect("a@tuta.com")["problem"])
        self.assertIn("app password", self.detect("a@icloud.com")["advice"])
        self.assertIn("allow IMAP", self.detect("a@gmx.net")["advice"])

    def test_sign_ins_that_are_not_configured(self):
        gmail, outlook = self.detect("a@gmail.com"), self.detect("a@outlook.com")
        for found in (gmail, outlook):
            self.assertTrue(found["problem"].startswith("OAuth not configured"), found)
        # with an app password Gmail is a server like any other; Microsoft takes none
        self.assertEqual((gmail["incoming"]["host"], outlook["incoming"]), ("imap.gmail.com", False))
        self.assertIn("app password", gmail["advice"])

    def test_a_list_of_ones_own_that_is_broken_stops_nobody(self):
        self.env["ir.config_parameter"].set_param("maildesk.known_providers", "{")
        with self.assertLogs("odoo.addons.maildesk.models.maildesk_account_detect", logging.WARNING):
            self.assertEqual(self.detect("a@gmx.net")["name"], "GMX")

    def test_no_address(self):
        for email in ("anna", "", None, "anna@", "a b@known.example", "Anna <anna@known.example>"):
            with self.assertRaisesRegex(UserError, "is not an email address"):
                self.detect(email)


@tagged("post_install", "-at_install")
class TestSetupConnect(SetupCase):
    def setUp(self):
        super().setUp()
        self.before = self.counts()

    def connect(self, user=None, **values):
        answer = self.env["maildesk.account"].with_user(user or self.user).setup_connect(self.typed(**values))
        return self.env["maildesk.account"].browse(answer["account_id"])

    def refused(self, words, user=None, **values):
        with self.assertRaisesRegex(UserError, words):
            self.connect(user, **values)
        self.assertEqual(self.counts(), self.before, "something was left behind")

    def test_all_at_once(self):
        account = self.connect()
        self.assertEqual((account.state, account.email, account.owner_id), ("connected", "anna@known.example", self.user))
        self.assertTrue(account.is_personal)
        self.assertEqual((account.access_ids.user_id, account.access_ids.origin), (self.user, "setup"))
        self.assertTrue(account.with_user(self.user).is_accessible)
        self.assertTrue(account.folder_ids.filtered(lambda folder: folder.role == "inbox"))
        for server in (account.incoming_server_id, account.outgoing_server_id):
            self.assertTrue(server.has_password)
            self.assertEqual((server.username, server.company_id), ("anna@known.example", self.company))
            self.assertEqual(server._secret(), PASSWORD)
        self.sync()
        self.assertTrue(account.last_sync_at)

    def test_an_administrators_mailbox(self):
        account = self.connect(self.admin, email="support@known.example")
        self.assertEqual((account.is_personal, account.owner_id, account.access_ids.user_id), (False, self.admin, self.admin))
        # any number of them
        self.connect(self.admin, email="sales@known.example")
        personal = self.connect(self.admin, email="boss@known.example", personal=True)
        self.assertTrue(personal.is_personal)

    def test_wrong_passwords(self):
        self.refused("does not accept", password="wrong")
        for way in ("incoming", "outgoing"):
            self.refused("does not accept", **{f"{way}_password": "wrong"})
        logged = self.env["maildesk.log"].search([("email", "=", "anna@known.example")])
        self.assertEqual(set(logged.mapped("detail")), {"incoming: AuthError", "outgoing: AuthError"})

    def test_the_words_of_the_test_buttons(self):
        account = self.make_account("anna@known.example", port=self.dovecot.port)
        account.incoming_server_id.password = "wrong"
        with self.assertRaises(UserError) as told, self.env.cr.savepoint():
            account.with_user(self.admin).action_test_incoming()
        with self.assertRaises(UserError) as here, self.env.cr.savepoint():
            self.connect(incoming_password="wrong")
        self.assertEqual(str(here.exception), str(told.exception))

    def test_servers_that_cannot_be(self):
        self.refused("POP3 is not supported", incoming_host="pop.known.example")
        self.refused("POP3 is not supported", incoming_host="mail.known.example:995")
        self.refused("Incoming e-mail server: User name is missing.", incoming_username=" ")
        self.refused("Outgoing e-mail server: Password is missing.", outgoing_password="")
        self.refused("Incoming e-mail server: Incoming e-mail server is missing.", incoming_host="")
        self.refused("port has to be between", incoming_host="127.0.0.1:70000")
        self.refused("choose SSL/TLS or STARTTLS", incoming_encryption="rot13")

    def test_the_inner_network(self):
        self.env["ir.config_parameter"].set_param("maildesk.allowed_hosts", "")
        for host in ("127.0.0.1:993", "localhost.", "2130706433", "[::ffff:127.0.0.1]:993", "10.0.0.1"):
            self.refused("inner network", incoming_host=host, incoming_encryption="ssl")

    def test_clear_text(self):
        self.env["ir.config_parameter"].set_param("maildesk.allowed_hosts", f"127.0.0.1:{self.smtp.port}")
        self.refused("inner network", outgoing_encryption="none")

    def test_only_their_own_address(self):
        self.refused("has to have your own email address, anna@known.example", email="bob@known.example")
        self.user.email = False
        self.refused("has no email address")
        self.user.email = "Anna <ANNA@Known.example>"
        self.assertTrue(self.connect())

    def test_where_the_company_does_not_allow_it(self):
        self.company.maildesk_allow_personal_mailboxes = False
        self.refused("Ask a Mailbox Admin")
        with self.assertRaisesRegex(UserError, "Ask a Mailbox Admin"):
            self.env["maildesk.account"].with_user(self.user).setup_detect("anna@known.example")
        self.assertTrue(self.connect(self.admin, email="boss@known.example", personal=True))

    def test_no_role_no_mailbox(self):
        for user in (self.employee, self.portal):
            for method, argument in (("setup_connect", self.typed()), ("setup_detect", "anna@known.example")):
                with self.assertRaises(AccessError):
                    getattr(self.env["maildesk.account"].with_user(user), method)(argument)
        with self.assertRaises(AccessError):
            self.env["maildesk.account"].with_user(self.employee).setup_options()

    def test_a_paused_database(self):
        self.env["ir.config_parameter"].set_param("maildesk.paused", "1")
        for user in (self.user, self.admin):
            self.refused("MailDesk is paused", user)

    def test_a_protocol_that_is_turned_off(self):
        self.env["maildesk.user.actions"]._of(self.user).allow_imap = False
        self.refused("Your Mailbox Actions do not let you")

    def test_guessing_is_slow(self):
        for _time in range(JOIN_TRIES):
            self.refused("does not accept", incoming_username="boss@known.example", password="guess")
        self.refused("Too many attempts")
        # what says nothing about a password is not counted
        self.env["maildesk.connect.attempt"].search([]).unlink()
        for _time in range(JOIN_TRIES + 1):
            self.refused("^127.0.0.1 refuses connections on port 1[.]", incoming_host="127.0.0.1:1")
        self.assertTrue(self.connect())

    def test_the_password_is_nowhere_else(self):
        with self.assertLogs(logging.getLogger(), logging.DEBUG) as logged:
            self.connect()
        self.assertNotIn(PASSWORD, "\n".join(line for line in logged.output if "odoo.sql_db" not in line))
        self.env.flush_all()
        for table in ("maildesk_account", "maildesk_incoming_server", "maildesk_outgoing_server", "maildesk_log", "maildesk_credential"):
            self.env.cr.execute(f"SELECT * FROM {table}")
            self.assertNotIn(PASSWORD, str(self.env.cr.fetchall()))


@tagged("post_install", "-at_install")
class TestPersonalMailbox(SetupCase):
    def setUp(self):
        super().setUp()
        self.mine = self.env["maildesk.account"].with_user(self.user)
        self.account = self.env["maildesk.account"].browse(self.mine.setup_connect(self.typed())["account_id"])

    def test_what_is_offered(self):
        options = self.mine.setup_options()
        self.assertEqual((options["may_set_up"], options["email"]), (True, "anna@known.example"))
        self.assertEqual((options["account"]["id"], options["account"]["provider"]), (self.account.id, ""))
        others = self.env["maildesk.account"].with_user(self.other).setup_options()
        self.assertEqual((others["may_set_up"], others["account"]), (True, False))
        self.company.maildesk_allow_personal_mailboxes = False
        self.assertFalse(self.mine.setup_options()["may_set_up"])

    def test_one_each(self):
        with self.assertRaisesRegex(UserError, "You have a personal mailbox already"):
            self.mine.setup_connect(self.typed())

    def test_disconnect_and_reconnect(self):
        folders = self.account.folder_ids
        self.mine.setup_disconnect()
        self.assertEqual(self.account.state, "disconnected")
        self.assertFalse(self.account.incoming_server_id.has_password or self.account.outgoing_server_id.has_password)
        with self.assertRaisesRegex(UserError, "Enter the password"):
            self.mine.setup_reconnect()
        with self.assertRaisesRegex(UserError, "does not accept"):
            self.mine.setup_reconnect("wrong")
        self.assertEqual(self.account.state, "disconnected")
        self.assertEqual(self.mine.setup_reconnect(PASSWORD)["account_id"], self.account.id)
        self.assertEqual((self.account.state, self.account.folder_ids), ("connected", folders))

    def test_the_same_address_is_taken_up_again(self):
        self.mine.setup_disconnect()
        self.assertEqual(self.mine.setup_connect(self.typed(email="Anna@Known.example"))["account_id"], self.account.id)
        self.assertEqual(self.account.state, "connected")

    def test_another_address_takes_its_place(self):
        self.mine.setup_disconnect()
        self.user.email = "anna.new@known.example"
        new = self.env["maildesk.account"].browse(self.mine.setup_connect(self.typed("anna.new@known.example"))["account_id"])
        self.assertNotEqual(new, self.account)
        self.assertEqual((self.account.active, self.account.state), (False, "disconnected"))
        self.assertEqual(self.mine.setup_options()["account"]["id"], new.id)
        # and back
        self.mine.setup_disconnect()
        self.user.email = "anna@known.example"
        self.assertEqual(self.mine.setup_connect(self.typed())["account_id"], self.account.id)
        self.assertEqual((self.account.active, new.active), (True, False))

    def test_nothing_left_where_the_new_one_fails(self):
        self.mine.setup_disconnect()
        self.user.email = "anna.new@known.example"
        before = self.counts()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.mine.setup_connect(self.typed("anna.new@known.example", password="wrong"))
        self.assertEqual(self.counts(), before)
        self.assertTrue(self.account.active)

    def test_who_was_put_out_does_not_come_back_alone(self):
        self.mine.setup_disconnect()
        self.account.user_ids = False
        with self.assertRaisesRegex(UserError, "An administrator has ended your access"):
            self.mine.setup_connect(self.typed())
        with self.assertRaises(AccessError):
            self.mine.setup_reconnect(PASSWORD)
        self.assertEqual(self.account.state, "disconnected")

    def test_nobody_leaves_their_own(self):
        with self.assertRaisesRegex(UserError, "This is your personal mailbox"):
            self.account.with_user(self.user).action_leave()
        self.assertEqual(self.account.access_ids.user_id, self.user)

    def test_nobody_elses(self):
        for method, arguments in (("setup_disconnect", ()), ("setup_reconnect", (PASSWORD,))):
            with self.assertRaisesRegex(UserError, "You have no personal mailbox"):
                getattr(self.env["maildesk.account"].with_user(self.other), method)(*arguments)
        with self.assertRaises(AccessError):
            self.account.with_user(self.other).action_disconnect()
        self.assertEqual(self.account.state, "connected")
