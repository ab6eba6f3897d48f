import contextlib
import socket

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..common import PASSWORD, MaildeskCase, MailServerCase, mail


@tagged("post_install", "-at_install")
class TestAccountGuards(MaildeskCase):
    def test_email_must_be_an_address(self):
        for wrong in ("support", "support@", "@example.com", "a b@example.com", "a@b,c@d"):
            with self.subTest(wrong), self.assertRaisesRegex(ValidationError, "is not an email address"):
                self.env["maildesk.account"].create({"name": "x", "email": wrong})

    def test_server_company_must_match(self):
        other = self.env["res.company"].create({"name": "Other"})
        account = self.make_account()
        self.env.user.company_ids += other
        foreign = self.env["maildesk.incoming.server"].create({"name": "in", "host": "imap.example.com", "company_id": other.id})
        with self.assertRaisesRegex(ValidationError, "^Incoming server company must match the mailbox account company.$"), self.cr.savepoint():
            account.incoming_server_id = foreign
        foreign = self.env["maildesk.outgoing.server"].create({"name": "out", "host": "smtp.example.com", "company_id": other.id})
        with self.assertRaisesRegex(ValidationError, "^Outgoing server company must match the mailbox account company.$"), self.cr.savepoint():
            account.outgoing_server_id = foreign
        with self.assertRaisesRegex(ValidationError, "company must match"), self.cr.savepoint():
            account.incoming_server_id.company_id = other

    def test_a_server_serves_one_account(self):
        first, second = self.make_account("a@tidewheel.example"), self.make_account("b@tidewheel.example")
        name = first.incoming_server_id.name
        with self.assertRaisesRegex(ValidationError, f"^Incoming mail server {name} is already linked to another mailbox account.$"), self.cr.savepoint():
            second.incoming_server_id = first.incoming_server_id
        name = first.outgoing_server_id.name
        with self.assertRaisesRegex(ValidationError, f"^Outgoing mail server {name} is already linked to another mailbox account.$"), self.cr.savepoint():
            second.outgoing_server_id = first.outgoing_server_id
        first.active = False
        with self.assertRaisesRegex(ValidationError, "already linked"):
            second.incoming_server_id = first.incoming_server_id

    @mute_logger("odoo.sql_db")
    def test_a_server_serves_one_account_in_the_database_too(self):
        first, second = self.make_account("a@tidewheel.example"), self.make_account("b@tidewheel.example")
        with self.assertRaises(IntegrityError):
            self.env.cr.execute(
                "UPDATE maildesk_account SET incoming_server_id = %s WHERE id = %s", [first.incoming_server_id.id, second.id])

    def test_pop_is_said_no_to(self):
        for values in ({"port": 110}, {"port": 995}, {"host": "pop.example.com"}, {"host": "POP3.example.com"}):
            with self.subTest(values), self.assertRaisesRegex(ValidationError, "POP3 is not supported"):
                self.env["maildesk.incoming.server"].create({"name": "x", "host": "imap.example.com", **values})

    def test_a_connected_mailbox_keeps_its_server(self):
        account = self.make_account()
        account.state = "connected"
        with self.assertRaisesRegex(ValidationError, "needs its Incoming Mail Server"):
            account.incoming_server_id = False

    def test_copy_has_no_servers_and_no_secrets(self):
        account = self.make_account(users=[self.user], share_password="open sesame", allow_personal_connection=True)
        copy = account.copy()
        self.assertFalse(copy.incoming_server_id or copy.outgoing_server_id or copy.access_ids or copy.has_share_password)
        self.assertEqual((copy.state, copy.name), ("draft", f"{account.name} (copy)"))
        server = account.incoming_server_id.copy()
        self.assertFalse(server.has_password)

    def test_several_accounts_may_share_an_address(self):
        self.assertEqual(self.make_account().email, self.make_account().email)

    def test_users_with_access_is_an_idempotent_difference(self):
        account = self.make_account(users=[self.user])
        line = account.access_ids
        line.allow_spam = False
        account.user_ids = [Command.set([self.user.id, self.other.id])]
        self.assertEqual(account.user_ids, self.user + self.other)
        self.assertIn(line, account.access_ids)
        self.assertFalse(line.allow_spam)
        account.user_ids = [Command.unlink(self.user.id)]
        self.assertEqual(account.user_ids, self.other)
        self.assertEqual(self.env["maildesk.account"].search([("user_ids", "in", self.other.ids)]), account)

    def test_users_with_access_of_several_new_mailboxes(self):
        accounts = self.env["maildesk.account"].create([
            {"name": name, "email": f"{name}@tidewheel.example", "user_ids": [Command.set(self.user.ids)]} for name in ("one", "two")])
        self.assertEqual(accounts.mapped("access_ids.user_id"), self.user)
        self.assertEqual([account.user_ids for account in accounts], [self.user, self.user])

    def test_who_can_have_a_mailbox(self):
        """On the list, or as owner: active internal users of its company, whichever way they are put there."""
        other = self.env["res.company"].create({"name": "Other"})
        far, gone = (new_test_user(self.env, login=login, groups="base.group_user,maildesk.group_maildesk_user") for login in ("far", "gone"))
        far.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        gone.active = False
        account = self.make_account(users=[self.user])
        for user in (self.portal, self.env.ref("base.public_user"), far, gone):
            for way in (
                lambda user: account.write({"user_ids": [Command.link(user.id)]}),
                lambda user: account.write({"access_ids": [Command.create({"user_id": user.id})]}),
                lambda user: account.write({"owner_id": user.id}),
                lambda user: self.env["maildesk.access"].create({"account_id": account.id, "user_id": user.id}),
                lambda user: self.env["maildesk.account"].create({"name": "x", "email": "x@y.example", "user_ids": [Command.set(user.ids)]}),
                lambda user: self.env["maildesk.account"].with_user(self.admin).with_context(default_owner_id=user.id).create(
                    {"name": "x", "email": "x@y.example"}),
            ):
                with self.subTest(user=user.login), contextlib.suppress(ValidationError), self.cr.savepoint():
                    way(user)
                    # a list of people leaves archived ones out by itself
                    self.assertFalse(user.active)
                self.env.invalidate_all()
                self.assertFalse(self.env["maildesk.access"].search([("user_id", "=", user.id)]))
                self.assertFalse(self.env["maildesk.account"].search([("owner_id", "=", user.id)]))
            with self.assertRaisesRegex(ValidationError, "active internal users"), self.cr.savepoint():
                self.env["maildesk.access"].create({"account_id": account.id, "user_id": user.id})
        # an administrator may let in who has no role yet
        account.user_ids += self.employee
        self.assertEqual(account.user_ids, self.user + self.employee)

    def test_a_mailbox_changes_its_company_with_its_people(self):
        other = self.env["res.company"].create({"name": "Other"})
        account = self.make_account(users=[self.user], owner_id=self.user.id)
        move = {"company_id": other.id, "incoming_server_id": False, "outgoing_server_id": False}
        with self.assertRaisesRegex(ValidationError, "in place of: mailbox_user"), self.cr.savepoint():
            account.write(move)
        with self.assertRaisesRegex(ValidationError, "in place of: mailbox_user"), self.cr.savepoint():
            account.write({**move, "user_ids": [Command.clear()]})
        account.write({**move, "user_ids": [Command.clear()], "owner_id": False})
        self.assertEqual(account.company_id, other)

    def test_the_form_drops_people_of_the_company_before(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.admin.company_ids += other
        self.admin.group_ids += self.env.ref("base.group_multi_company")
        both = self.env["maildesk.account"].with_user(self.admin).with_context(allowed_company_ids=[self.company.id, other.id])
        with Form(both) as form:
            form.name, form.email, form.owner_id = "Support", "support@tidewheel.example", self.user
            form.user_ids.add(self.user)
            form.company_id = other
            self.assertFalse(form.owner_id or form.user_ids)
            form.incoming_server_id, form.outgoing_server_id = (
                self.env[f"maildesk.{kind}.server"].create({"name": "x", "host": "mail.example.com", "company_id": other.id})
                for kind in ("incoming", "outgoing"))

    def test_an_owner_who_left_is_told_nothing(self):
        account = self.make_account(users=[self.user], owner_id=self.user.id)
        account.state = "connected"
        self.user.group_ids = [Command.set(self.env.ref("base.group_portal").ids)]
        told = self.env["mail.message"].search([], limit=1, order="id desc").id or 0
        account.write({"state": "needs_sign_in", "error_message": "The sign-in was revoked."})
        account._tell_of_join(self.other)
        self.assertFalse(account.todo_id)
        self.assertFalse(self.env["mail.message"].search([("id", ">", told), ("partner_ids", "in", self.user.partner_id.ids)]))

    def test_grants_and_revocations_are_logged(self):
        account = self.make_account(users=[self.user])
        account.user_ids = [Command.clear()]
        events = self.env["maildesk.log"].search([("account_id", "=", account.id), ("user_id", "!=", False)]).mapped(lambda line: (line.event, line.user_id))
        self.assertEqual(events, [("revoked", self.user), ("granted", self.user)])


@tagged("post_install", "-at_install")
class TestAccountForm(MailServerCase):
    """The administrator's way, with no right but Mailbox Admin."""

    def test_from_empty_form_to_folders(self):
        env = self.env(user=self.admin)
        with Form(env["maildesk.incoming.server"]) as form:
            form.name, form.host, form.port, form.encryption = "Support in", "127.0.0.1", self.dovecot.port, "none"
            form.username, form.password = "form@tidewheel.example", PASSWORD
        incoming = form.record
        with Form(env["maildesk.outgoing.server"]) as form:
            form.name, form.host = "Support out", "smtp.example.com"
        with Form(env["maildesk.account"]) as account_form:
            account_form.name, account_form.email = "Support", "form@tidewheel.example"
            account_form.incoming_server_id, account_form.outgoing_server_id = incoming, form.record
            account_form.user_ids.add(self.user)
        account = account_form.record
        notice = account.action_test_incoming()["params"]
        self.assertEqual((notice["type"], notice["message"]), ("success", "Connection Test Successful!"))
        account.action_fetch_folders()
        self.assertEqual(account.state, "connected")
        self.assertIn("Inbox", account.folder_setting_ids.mapped("path")[0].title())
        self.assertEqual(account.user_ids, self.user)
        drafts = account.folder_setting_ids.filtered(lambda line: line.role == "drafts")
        with Form(account) as form, form.folder_setting_ids.edit(account.folder_setting_ids.ids.index(drafts.id)) as line:
            line.sync_enabled = False
        self.assertFalse(drafts.sync_enabled)
        # the administrator is on no list: not a folder, not a mail of it
        self.assertFalse(env["maildesk.folder"].search([("account_id", "=", account.id)]))
        self.assertFalse(account.folder_ids)

    def test_role_by_hand_stays(self):
        account = self.connected("roles@tidewheel.example")
        settings = account.folder_setting_ids
        archive = settings.filtered(lambda line: line.role == "archive")
        trash = settings.filtered(lambda line: line.role == "trash")
        trash.with_user(self.admin).role = "archive"
        account.action_fetch_folders()
        settings.invalidate_recordset()
        self.assertEqual((trash.role, archive.role), ("archive", False))
        with self.assertRaises(AccessError):
            trash.with_user(self.admin).write({"path": "x"})

    def test_only_administrators_press_the_buttons(self):
        account = self.connected("buttons@tidewheel.example", users=[self.user])
        for button in ("action_test_incoming", "action_test_outgoing", "action_fetch_folders"):
            with self.subTest(button), self.assertRaises(AccessError):
                getattr(account.with_user(self.user), button)()
        with self.assertRaises(AccessError):
            account.with_user(self.other).action_sync_now()
        self.assertTrue(account.with_user(self.user).action_sync_now())

    def test_wrong_password_says_so(self):
        account = self.connected("wrong@tidewheel.example")
        account.incoming_server_id.password = "not this one"
        with self.assertRaisesRegex(UserError, "does not accept user name and password") as caught:
            account.action_test_incoming()
        self.assertNotIn("not this one", str(caught.exception))

    def test_refused_connection_says_so(self):
        account = self.make_account("refused@tidewheel.example")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            account.incoming_server_id.port = free.getsockname()[1]
        account.incoming_server_id.password = PASSWORD
        with self.assertRaisesRegex(UserError, "refuses connections"):
            account.action_test_incoming()

    def test_unknown_name_says_so(self):
        account = self.make_account("name@tidewheel.example")
        account.incoming_server_id.write({"host": "imap.no-such-name.invalid", "password": PASSWORD, "encryption": "ssl"})
        with self.assertRaisesRegex(UserError, "was not found"):
            account.action_test_incoming()

    def test_inner_network_is_closed_until_allowed(self):
        self.env["ir.config_parameter"].set_param("maildesk.allowed_hosts", "")
        account = self.make_account("inner@tidewheel.example", port=self.dovecot.port)
        for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "::ffff:127.0.0.1", "localhost.", "10.0.0.1"):
            account.incoming_server_id.write({"host": host, "password": PASSWORD})
            with self.subTest(host), self.assertRaisesRegex(UserError, "inner network|was not found"):
                account.action_test_incoming()

    def test_clear_text_needs_permission(self):
        account = self.make_account("clear@tidewheel.example")
        account.incoming_server_id.write({"host": "93.184.216.34", "password": PASSWORD})
        with self.assertRaisesRegex(UserError, "clear text"):
            account.action_test_incoming()

    def test_paused_database_touches_no_server(self):
        account = self.make_account("paused@tidewheel.example", port=self.dovecot.port)
        self.env["ir.config_parameter"].set_param("maildesk.paused", "1")
        with self.assertRaisesRegex(UserError, "paused"):
            account.action_fetch_folders()

    def test_provider_types_without_credentials(self):
        account = self.make_account("gmail@tidewheel.example")
        account.incoming_server_id.server_type = "gmail"
        with self.assertRaisesRegex(UserError, "^OAuth not configured"):
            account.action_test_incoming()

    def test_deleting_an_account_takes_its_mail_and_files_along(self):
        client = self.client("deleted@tidewheel.example")
        client.append("INBOX", mail("Goes", attachments=[("a.txt", b"text", "text/plain")]))
        account = self.connected("deleted@tidewheel.example")
        self.sync()
        part = self.env["maildesk.attachment"].search([("message_id.account_id", "=", account.id)])
        part._content()
        stored = part.attachment_id
        account.unlink()
        self.assertFalse(stored.exists() or part.exists())
        # nothing on the server was touched
        self.assertEqual(client.folder_status("INBOX")[b"MESSAGES"], 1)
