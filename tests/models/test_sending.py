from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...dev.servers.smtp_sink import SmtpSink
from ...tools.mime import parse_message
from ..common import PASSWORD, MailServerCase, mail


@tagged("post_install", "-at_install")
class TestSending(MailServerCase):
    """From a draft to the recipient, over a real SMTP server, with the consequences on a real IMAP server."""

    def setUp(self):
        super().setUp()
        self.sink = self.enterContext(SmtpSink(PASSWORD))
        self.email = f"sending.{self._testMethodName}@tidewheel.example"
        self.account = self.connected(self.email, [self.user])
        self.account.outgoing_server_id.write({"port": self.sink.port, "password": PASSWORD})
        self.mine = self.env(user=self.user)
        self.user.maildesk_undo_seconds = 0

    def draft(self, **values):
        return self.mine["maildesk.draft"].create({
            "account_id": self.account.id, "to": "Rosa Delgado <rosa@pedalia.example>", "subject": "Offer", "body": "<p>Hello <b>Rosa</b></p>",
            **values})

    def send(self, draft):
        submission = draft.action_send()
        self.env["maildesk.submission"]._cron_send()
        return submission

    def places(self, role="inbox"):
        """The placements of a folder."""
        return self.env["maildesk.message.placement"].search([("folder_id", "=", self.folder(self.account, role).id)])

    def test_a_mail_is_sent_once_and_copied_to_sent(self):
        submission = self.send(self.draft(cc="tom@pedalia.example", bcc="secret@pedalia.example"))
        self.assertEqual(submission.state, "sent", submission.error_message)
        [received] = self.sink.messages
        self.assertEqual(received.recipients, ("rosa@pedalia.example", "tom@pedalia.example", "secret@pedalia.example"))
        self.assertNotIn(b"secret", received.raw)
        mail_header = parse_message(received.raw).header
        self.assertEqual((mail_header.subject, mail_header.message_id), ("Offer", submission.message_id_header))
        self.env["maildesk.submission"]._cron_send()
        self.assertEqual(len(self.sink.messages), 1)
        self.sync()
        place = self.places("sent")
        self.assertEqual((place.message_id.subject, place.is_read), ("Offer", True))
        self.assertIn("secret@pedalia.example", place.message_id.bcc_addresses)
        self.assertFalse(self.env["maildesk.draft"].search([("account_id", "=", self.account.id)]))

    def test_undo_brings_the_draft_back(self):
        self.user.maildesk_undo_seconds = 10
        draft = self.draft()
        submission = draft.action_send()
        self.assertEqual(submission.with_user(self.user).action_undo(), draft.id)
        self.env["maildesk.submission"]._cron_send()
        self.assertEqual((submission.state, self.sink.messages), ("canceled", []))
        with self.assertRaises(UserError):
            submission.with_user(self.user).action_undo()

    def test_who_may_not_send_does_not(self):
        with self.assertRaises(AccessError):
            self.env(user=self.other)["maildesk.draft"].create({"account_id": self.account.id, "to": "a@b.example"})
        draft = self.draft()
        self.account.access_ids.filtered(lambda access: access.user_id == self.user).allow_outgoing = False
        with self.assertRaises(AccessError):
            draft.action_send()

    def test_a_right_taken_before_it_leaves_keeps_it_here(self):
        submission = self.draft().action_send()
        self.account.access_ids.filtered(lambda access: access.user_id == self.user).allow_outgoing = False
        self.env["maildesk.submission"]._cron_send()
        self.assertEqual((submission.sudo().state, self.sink.messages), ("queued", []))
        self.assertIn("Outgoing emails", submission.sudo().error_message)

    def test_an_answer_stays_in_its_conversation(self):
        self.client(self.email).append(
            "INBOX", mail("Wheels", message_id="<first@pedalia.example>", references="<older@pedalia.example>"))
        self.sync()
        place = self.places()
        from ...services.drafting import Drafting

        draft = Drafting(self.mine).begin("reply", origin=place.message_id.with_user(self.user))
        self.assertEqual((draft.to, draft.subject), ('"Rosa Delgado" <rosa@pedalia.example>', "Re: Wheels"))
        draft.body = "<p>Thank you</p>"
        submission = self.send(draft)
        self.assertEqual(submission.state, "sent", submission.error_message)
        [received] = self.sink.messages
        header = parse_message(received.raw).header
        self.assertEqual(header.references, ("<older@pedalia.example>", "<first@pedalia.example>"))
        self.assertEqual(header.in_reply_to, "<first@pedalia.example>")
        body = parse_message(received.raw)
        self.assertIn("> Hello", body.text)
        self.sync()
        self.assertTrue(place.is_answered)
