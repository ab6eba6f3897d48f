import json
import os
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import PASSWORD, MaildeskCase


@tagged("post_install", "-at_install")
class TestCredential(MaildeskCase):
    def test_nobody_reads_a_password_back(self):
        account = self.make_account(allow_personal_connection=True, share_password="open sesame")
        server = account.incoming_server_id
        self.admin.group_ids += self.env.ref("base.group_allow_export")
        for user in (self.admin, self.env.ref("base.user_admin"), self.env.user):
            told = json.dumps([
                server.with_user(user).read(), account.with_user(user).read(),
                server.with_user(user).export_data(["name", "username"])["datas"],
                server.with_user(user).web_read({"password": {}, "has_password": {}}),
            ], default=str)
            self.assertNotIn(PASSWORD, told)
            self.assertNotIn("open sesame", told)
        self.assertTrue(server.has_password and account.has_share_password)
        for name in ("maildesk.credential", "maildesk.connect.attempt", "maildesk.thread.reference"):
            with self.assertRaises(AccessError):
                self.env[name].with_user(self.env.ref("base.user_admin")).search([])

    def test_encrypted_at_rest(self):
        account = self.make_account(allow_personal_connection=True, share_password="open sesame")
        self.env.flush_all()
        self.env.cr.execute("SELECT string_agg(secret, ' ') FROM maildesk_credential")
        [stored] = self.env.cr.fetchone()
        self.assertNotIn(PASSWORD, stored)
        self.assertNotIn("$pbkdf2", stored)
        self.assertEqual(account.incoming_server_id._secret(), PASSWORD)

    def test_changing_where_it_goes_forgets_it(self):
        for field, value in (
            ("host", "evil.example.com"), ("port", 1), ("username", "x"), ("encryption", "ssl"), ("server_type", "gmail"),
        ):
            server = self.make_account(f"{field}@tidewheel.example").incoming_server_id
            server.write({"name": "renamed", field: server[field]})
            self.assertTrue(server.has_password, "an unchanged value forgets nothing")
            server.write({field: value})
            self.assertFalse(server.has_password, field)
        server = self.make_account("both@tidewheel.example").incoming_server_id
        server.write({"host": "imap.example.com", "password": "fresh"})
        self.assertEqual(server._secret(), "fresh")

    def test_missing_password_says_where_to_enter_it(self):
        server = self.env["maildesk.incoming.server"].create({"name": "No secret", "host": "imap.example.com"})
        with self.assertRaisesRegex(UserError, "No secret has no password yet"):
            server._secret()

    def test_keys_rotate_and_a_lost_key_is_told(self):
        server = self.make_account().incoming_server_id
        with patch.dict(os.environ, {"MAILDESK_SECRET_KEY": "old"}):
            server.password = "kept"
        with patch.dict(os.environ, {"MAILDESK_SECRET_KEY": "new, old"}):
            self.assertEqual(server._secret(), "kept")
            self.env["maildesk.credential"]._rotate()
        with patch.dict(os.environ, {"MAILDESK_SECRET_KEY": "new"}):
            self.assertEqual(server._secret(), "kept")
        with patch.dict(os.environ, {"MAILDESK_SECRET_KEY": "lost"}), self.assertRaisesRegex(UserError, "encryption key has changed"):
            server._secret()

    def test_a_lost_key_makes_the_mailbox_need_sign_in(self):
        account = self.make_account()
        with patch.dict(os.environ, {"MAILDESK_SECRET_KEY": "old"}):
            account.incoming_server_id.password = "kept"
        account.state = "connected"
        with patch.dict(os.environ, {"MAILDESK_SECRET_KEY": "lost"}):
            self.env["maildesk.account"]._cron_sync()
        self.assertEqual(account.state, "needs_sign_in")
        self.assertIn("encryption key has changed", account.error_message)
