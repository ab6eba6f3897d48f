"""A Gmail mailbox from the sign-in to its mail: a real IMAP server that takes access tokens, as Google's does."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from imapclient import IMAPClient
from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..common import PASSWORD, mail
from ..fakes.dovecot_oauth import oauth_dovecot
from ..fakes.smtp_oauth import TokenSmtp
from .oauth_case import OAuthCase
from .oauth_tours import SignInTours


class GmailCase(OAuthCase):
    #: Of all who sign in without a token.
    imap_password = PASSWORD

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        root = Path(tempfile.mkdtemp(prefix="maildesk-gmail-"))
        # Dovecot runs as another user where we are root
        root.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, root, True)
        cls.dovecot = oauth_dovecot(root, cls.google, password=cls.imap_password).start()
        cls.addClassCleanup(cls.dovecot.stop)
        cls.env["ir.config_parameter"].set_param("maildesk.google_imap_host", f"127.0.0.1:{cls.dovecot.ssl_port}")

    def client(self, email="anna@example.com"):
        """Another mail client, signed in."""
        client = IMAPClient("127.0.0.1", self.dovecot.port, ssl=False)
        client.login(email, self.imap_password)
        self.addCleanup(client.shutdown)
        return client

    def subjects(self, account):
        return self.env["maildesk.message"].search([("account_id", "=", account.id)]).mapped("subject")


@tagged("post_install", "-at_install")
class TestGmail(GmailCase):
    def test_mail_comes_by_token(self):
        account = self.make_oauth_account()
        self.client().append("INBOX", mail("Through the token"))
        self.grant(account)
        self.assertEqual(account.action_test_incoming()["params"]["message"], "Connection Test Successful!")
        account.action_fetch_folders()
        self.env["maildesk.account"]._cron_sync()
        self.assertEqual((account.state, account.error_message), ("connected", False))
        self.assertIn("Through the token", self.subjects(account))

    def test_a_token_that_was_voided_before_its_time(self):
        account = self.make_oauth_account()
        self.grant(account)
        self.google.access_tokens.clear()
        asked = self.google.asked("/token")
        self.assertTrue(account.action_test_incoming())
        self.assertEqual(self.google.asked("/token"), asked + 1)

    def test_a_consent_that_was_taken_back(self):
        account = self.make_oauth_account()
        self.grant(account)
        account.action_fetch_folders()
        self.google.access_tokens.clear()
        self.google.refresh_tokens.clear()
        self.env["maildesk.account"]._cron_sync()
        self.assertEqual(account.state, "needs_sign_in")
        asked = len(self.google.requests)
        self.env["maildesk.account"]._cron_sync()
        self.assertEqual(len(self.google.requests), asked)
        with self.assertRaisesRegex(UserError, "Press Reconnect"):
            account.action_test_incoming()

    def test_an_alias_signs_in_as_the_account_behind_it(self):
        account = self.make_oauth_account()
        self.client().append("INBOX", mail("For the alias"))
        self.grant(account)
        account.email = "sales@example.com"
        account.action_fetch_folders()
        self.env["maildesk.account"]._cron_sync()
        self.assertIn("For the alias", self.subjects(account))


@tagged("post_install", "-at_install")
class TestGmailSending(OAuthCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.smtp = TokenSmtp(cls.google)
        cls.smtp.start()
        cls.addClassCleanup(cls.smtp.stop)
        cls.env["ir.config_parameter"].set_param("maildesk.google_smtp_host", f"127.0.0.1:{cls.smtp.port}")

    def test_the_same_sign_in_serves_sending(self):
        account = self.make_oauth_account()
        self.grant(account)
        self.assertEqual(account.action_test_outgoing()["params"]["message"], "Connection Test Successful!")
        self.google.access_tokens.clear()
        account.action_test_outgoing()
        self.assertEqual(self.smtp.signed_in, ["anna@example.com"] * 2)
        self.google.access_tokens.clear()
        self.google.refresh_tokens.clear()
        with self.assertRaisesRegex(UserError, "Press Reconnect"):
            account.action_test_outgoing()


@tagged("post_install", "-at_install")
class TestLabels(OAuthCase):
    """Folders as labels: a mail lies under several, and in the archive under each of them."""

    def setUp(self):
        super().setUp()
        self.account = self.make_oauth_account(users=[self.user], state="connected")
        self.folders = {
            role: self.env["maildesk.folder"].create({
                "account_id": self.account.id, "name": role, "remote_id": role, "role": role if role != "work" else False})
            for role in ("inbox", "archive", "trash", "work")
        }
        self.message = self.env["maildesk.message"].create({
            "account_id": self.account.id, "fingerprint": "x-gm-msgid:1278455344230334865", "subject": "Labelled",
            "date": fields.Datetime.now()})

    def lay(self, *roles):
        for role in roles:
            self.env["maildesk.message.placement"].create({
                "message_id": self.message.id, "folder_id": self.folders[role].id, "remote_id": f"7:{role}",
                "date": fields.Datetime.now()})
            self.env["maildesk.folder"]._add_counts(self.folders[role].id, 1, 1)
        self.env.invalidate_all()

    def places(self):
        """{role of the folder: key on the server} as it is cached."""
        return {place.folder_id.name: place.remote_id for place in self.message.placement_ids}

    def page(self, **options):
        rows = self.env["maildesk.message.placement"].with_user(self.user)._page(**options)["rows"]
        return [self.env["maildesk.folder"].browse(row["folder_id"]).name for row in rows]

    def place(self, role):
        return self.message.placement_ids.filtered(lambda place: place.folder_id.name == role).with_user(self.user)

    def test_all_mailboxes_shows_it_once(self):
        self.lay("archive")
        self.assertEqual(self.page(), ["archive"])
        self.lay("work")
        self.assertEqual(self.page(), ["work"])
        self.lay("inbox")
        self.assertEqual(self.page(), ["inbox"])
        self.assertEqual(self.page(search="labelled"), ["inbox"])
        for role in ("archive", "work", "inbox"):
            self.assertEqual(self.page(folder_id=self.folders[role].id), [role])
        self.lay("trash")
        self.env["maildesk.message.placement"].search([("folder_id", "=", self.folders["inbox"].id)])._drop_these()
        self.env["maildesk.message.placement"].search([("folder_id", "=", self.folders["work"].id)])._drop_these()
        self.assertEqual(self.page(), [])

    def test_pages_of_mails_that_all_lie_twice(self):
        now = fields.Datetime.now()
        mails = self.env["maildesk.message"].create([
            {"account_id": self.account.id, "fingerprint": f"x-gm-msgid:{number}", "subject": f"No {number}"} for number in range(25)])
        for role in ("inbox", "archive"):
            self.env["maildesk.message.placement"].create([
                {"message_id": message.id, "folder_id": self.folders[role].id, "remote_id": f"8:{number}",
                 "date": now - timedelta(minutes=number)} for number, message in enumerate(mails)])
        seen, after = [], None
        while after or not seen:
            page = self.env["maildesk.message.placement"].with_user(self.user)._page(after=after, limit=10)
            seen += [row["subject"] for row in page["rows"]]
            after = page["next"]
        self.assertEqual(seen, [f"No {number}" for number in range(25)])

    def test_archiving_leaves_one_place(self):
        self.lay("inbox", "archive")
        self.place("inbox")._act("archive")
        operation = self.env["maildesk.operation"].search([("account_id", "=", self.account.id)])
        self.assertEqual((operation.kind, operation.target_id), ("move", self.folders["archive"]))
        # what Google tells: the key it has had there all along
        operation._done({operation.id: "7:archive"})
        self.assertEqual(self.places(), {"archive": "7:archive"})
        self.assertEqual((self.folders["archive"].total_count, self.folders["inbox"].total_count), (1, 0))

    def test_a_label_does_not_take_it_out_of_the_archive(self):
        self.lay("archive")
        self.place("archive")._act("move", self.folders["work"].id)
        self.assertEqual(self.places(), {"archive": "7:archive", "work": False})
        self.assertEqual([self.folders[role].total_count for role in ("archive", "work")], [1, 1])
        operation = self.env["maildesk.operation"].search([("account_id", "=", self.account.id)])
        operation._done({operation.id: "7:5"})
        self.assertEqual(self.places(), {"archive": "7:archive", "work": "7:5"})

    def test_a_label_that_is_refused(self):
        self.lay("archive")
        self.place("archive")._act("move", self.folders["work"].id)
        self.env["maildesk.operation"].search([("account_id", "=", self.account.id)])._give_up("no")
        self.assertEqual(self.places(), {"archive": "7:archive"})
        self.assertEqual([self.folders[role].total_count for role in ("archive", "work")], [1, 0])

    def test_rubbish_leaves_the_archive(self):
        self.lay("archive")
        self.place("archive")._act("delete")
        self.assertEqual(self.places(), {"trash": False})


@tagged("post_install", "-at_install")
class TestGmailTour(SignInTours, GmailCase, HttpCase):
    provider, server_type = "google", "gmail"

    def deliver(self, subject):
        self.client().append("INBOX", mail(subject))

    def test_in_the_same_tab_where_windows_are_blocked(self):
        self.walk("tab", windows=False)
        self.assertEqual((self.account.state, self.account.oauth_email), ("connected", "anna@example.com"))

    def test_a_provider_that_cuts_the_tie_between_the_windows(self):
        self.google.page_headers = {"Cross-Origin-Opener-Policy": "same-origin"}
        self.walk("window")
        self.assertEqual(self.account.oauth_email, "anna@example.com")

    def test_a_window_that_is_closed(self):
        self.google.presses = "close"
        self.walk("left")
        self.assert_unchanged()

    def test_the_wrong_account(self):
        self.google.presses = "other"
        self.walk("wrong_account")
        self.assert_unchanged()
