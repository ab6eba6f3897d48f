"""Servers that keep every single wait and never come to an end: whatever speaks to one of them ends, and says why."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ...models import maildesk_account_actions, maildesk_account_setup, maildesk_message_open, sync_pass, time_limits
from ..common import PASSWORD, MailServerCase, mail
from ..fakes.imap_scripted import CAPABILITY
from ..fakes.trickle import TrickleServer

#: Seconds instead of what people and passes wait.
SECONDS = 1.0
SLOWLY = "so slowly that MailDesk stopped waiting"
LISTED = b'* LIST () "/" INBOX\r\n{tag} OK listed\r\n'
ONE = b"* SEARCH 3\r\n{tag} OK found\r\n"


class TrickleCase(MailServerCase):
    def setUp(self):
        super().setUp()
        for module, name in (
            (sync_pass, "SYNC_SECONDS"), (maildesk_account_actions, "BUTTON_SECONDS"), (maildesk_message_open, "BUTTON_SECONDS"),
            (maildesk_account_setup, "TEST_SECONDS"), (maildesk_account_actions, "TEST_SECONDS"),
        ):
            self.startPatcher(patch.object(module, name, SECONDS))

    def trickler(self, word, **answers):
        """A server that trickles its answer to this command.

        :param answers: by word, with underscores for blanks.
        """
        answers = {name.replace("_", " ").encode(): answer for name, answer in answers.items()}
        usual = {b"LIST": LISTED, b"LSUB": LISTED.replace(b"LIST", b"LSUB"), b"UID SEARCH": ONE, b"CAPABILITY": CAPABILITY}
        return self.enterContext(TrickleServer(word, answers={**usual, **answers}))

    def opened(self, place):
        """The answer to the opening of the folder this mail lies in."""
        validity, _colon, uid = place.remote_id.partition(":")
        return b"* OK [UIDVALIDITY %d] \r\n* OK [UIDNEXT %d] \r\n* 1 EXISTS\r\n{tag} OK opened\r\n" % (
            int(validity), int(uid) + 1)

    def moved(self, account, server):
        """The account's mail lies on another server now."""
        account.incoming_server_id.write({"port": server.port, "password": PASSWORD})
        account.incoming_server_id.password = PASSWORD


@tagged("post_install", "-at_install")
class TestTrickle(TrickleCase):
    def test_a_pass_ends_and_the_others_are_synchronised(self):
        client = self.client("good@tidewheel.example")
        good = self.connected("good@tidewheel.example")
        slow = []
        for number, word in enumerate((b"", b"AUTHENTICATE", b"LIST", b"STATUS", b"EXAMINE", b"UID FETCH", b"LOGOUT")):
            server = self.trickler(word, UID_FETCH=b"{tag} OK done\r\n")
            slow.append((word, self.make_account(f"slow{number}@tidewheel.example", port=server.port, state="connected")))
        client.append("INBOX", mail("News"))
        self.sync()
        self.assertEqual(good.folder_ids.filtered(lambda folder: folder.role == "inbox").total_count, 1)
        for word, account in slow:
            with self.subTest(word=word):
                # the last one told everything
                expected = ("connected", False) if word == b"LOGOUT" else ("error", SLOWLY)
                self.assertEqual(account.state, expected[0])
                self.assertIn(expected[1] or "", account.error_message or "")
                state = account.sync_state_ids
                self.assertFalse(state.lease_until)
                self.assertEqual(state.failures, int(expected[0] == "error"))

    def test_what_is_pushed_ends(self):
        client = self.client("push@tidewheel.example")
        client.append("INBOX", mail("Order"))
        account = self.connected("push@tidewheel.example", [self.user])
        self.sync()
        place = self.env["maildesk.message.placement"].search([("folder_id.account_id", "=", account.id)])
        place.with_user(self.user)._act("star")
        self.moved(account, self.trickler(b"UID STORE", SELECT=self.opened(place)))
        self.sync()
        self.assertEqual(account.state, "error")
        self.assertIn(SLOWLY, account.error_message)
        [operation] = self.env["maildesk.operation"].search([("account_id", "=", account.id)])
        self.assertEqual((operation.state, operation.attempts), ("pending", 1))

    def test_one_batch_is_pushed_when_time_is_over(self):
        client = self.client("late@tidewheel.example")
        client.append("INBOX", mail("Order"))
        account = self.connected("late@tidewheel.example", [self.user])
        self.sync()
        place = self.env["maildesk.message.placement"].search([("folder_id.account_id", "=", account.id)])
        for action in ("star", "read", "archive"):
            place.with_user(self.user)._act(action)
        late = sync_pass.SyncPass(self.env["maildesk.account"]._savepoint, account.id, 0.0, overlap=False)
        self.assertIs(late.run(), False, "the cron has to come again")
        operations = self.env["maildesk.operation"].search([("account_id", "=", account.id)], order="id")
        self.assertEqual(operations.mapped("state"), ["done", "pending", "pending"])
        self.assertEqual(operations.mapped("attempts"), [0, 0, 0])

    def test_buttons_end(self):
        for word in (b"", b"AUTHENTICATE", b"LIST"):
            server = self.trickler(word)
            account = self.make_account(f"button{server.port}@tidewheel.example", port=server.port)
            buttons = [account.action_fetch_folders] + ([account.action_test_incoming] if word != b"LIST" else [])
            for button in buttons:
                with self.subTest(word=word, button=button.__name__), self.assertRaisesRegex(UserError, SLOWLY):
                    button()

    def test_opening_and_downloading_end(self):
        client = self.client("open@tidewheel.example")
        client.append("INBOX", mail("Order", attachments=[("a.txt", b"file", "text/plain")]))
        account = self.connected("open@tidewheel.example", [self.user])
        self.sync()
        place = self.env["maildesk.message.placement"].with_user(self.user).search([("folder_id.account_id", "=", account.id)])
        message, part = place.message_id, place.message_id.attachment_ids
        for word in (b"EXAMINE", b"UID FETCH"):
            self.moved(account, self.trickler(word, **({} if word == b"EXAMINE" else {"EXAMINE": self.opened(place)})))
            self.assertIn(SLOWLY, message._open(place)["error"])
            for download in (message._fetch_raw, part._content, lambda: list(part._contents())):
                with self.assertRaisesRegex(UserError, SLOWLY):
                    download()
            with self.assertRaisesRegex(UserError, SLOWLY):
                message._link_to("res.partner", self.env.user.partner_id.id)

    def test_linked_mail_is_kept_without_waiting_for_ever(self):
        """In the background, and before a mailbox is removed."""
        for name in ("one", "two"):
            self.client("keep@tidewheel.example").append("INBOX", mail(name))
        account = self.connected("keep@tidewheel.example", [self.user])
        self.sync()
        messages = self.env["maildesk.message"].search([("account_id", "=", account.id)])
        for message in messages:
            message.with_user(self.user)._link_to("res.partner", self.env.user.partner_id.id)
        messages.source_id.unlink()
        self.moved(account, self.trickler(b"EXAMINE"))
        for module, name, value in ((maildesk_message_open, "BUTTON_SECONDS", 3600.0), (time_limits, "CRON_SHARE", 0.01),
                                    (time_limits, "REQUEST_SHARE", 0.01)):
            self.startPatcher(patch.object(module, name, value))
        self.env["maildesk.message"]._cron_keep()
        self.assertFalse(messages.source_id)
        self.assertIn(SLOWLY, account._keep_linked())

    def test_setting_up_ends(self):
        self.admin.email = "anna@tidewheel.example"
        server = self.trickler(b"LIST")
        typed = {"host": f"127.0.0.1:{server.port}", "encryption": "none", "username": "anna", "password": PASSWORD}
        with self.assertRaisesRegex(UserError, SLOWLY):
            self.env["maildesk.account"].with_user(self.admin).setup_connect({
                "email": "anna@tidewheel.example", "kind": "imap", "incoming": typed, "outgoing": typed})


@tagged("post_install", "-at_install")
class TestTimeLimits(MailServerCase):
    """Odoo's limits, as its configuration states them."""

    def test_requests_and_crons(self):
        with patch.dict(time_limits.config._runtime_options, {"limit_time_real": 120, "limit_time_real_cron": -1}):
            self.assertEqual(time_limits.request_seconds(30), 30)
            self.assertEqual(time_limits.request_seconds(30, 1_000_000), 50)
            self.assertEqual(time_limits.request_seconds(30, 2**53), 90)
            self.assertEqual(time_limits.cron_seconds(), 24)
        with patch.dict(time_limits.config._runtime_options, {"limit_time_real": 20, "limit_time_real_cron": 600}):
            self.assertEqual(time_limits.request_seconds(30), 15)
            self.assertEqual(time_limits.cron_seconds(), 120)
        with patch.dict(time_limits.config._runtime_options, {"limit_time_real": 0, "limit_time_real_cron": 0}):
            self.assertEqual(time_limits.request_seconds(30), 30)
            self.assertGreater(time_limits.cron_seconds(), 120)
