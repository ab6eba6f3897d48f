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

    def test_what_has_not_left_is_told_before_the_mailbox_goes(self):
        self.draft().action_send()
        draft = self.draft(subject="Half written")
        with self.assertRaisesRegex(UserError, "1 email.* have not been sent yet"):
            self.account.unlink()
        removal = self.env["maildesk.account.removal"].browse(self.account.action_remove_mailbox()["res_id"])
        self.assertEqual(removal.unsent_count, 1)
        removal.write({"choice": "delete", "typed_email": self.email})
        removal.action_confirm()
        self.assertFalse(self.account.exists() or draft.sudo().exists())
        self.env["maildesk.submission"]._cron_send()
        self.assertEqual(self.sink.messages, [])
        self.assertFalse(self.env["ir.attachment"].search([("res_model", "=", "maildesk.submission")]))

    def test_paused_nothing_leaves(self):
        submission = self.draft().action_send()
        self.env["ir.config_parameter"].set_param("maildesk.paused", "1")
        self.env["maildesk.submission"]._cron_send()
        self.assertEqual((submission.sudo().state, self.sink.messages), ("held", []))
        with self.assertRaisesRegex(UserError, "paused"):
            self.draft().action_send()

    def test_a_refused_recipient_keeps_nobody_else_waiting(self):
        self.sink.refuse = {"gone@pedalia.example": "550 5.1.1 No such user", "full@pedalia.example": "452 4.2.2 Mailbox full"}
        submission = self.send(self.draft(to="rosa@pedalia.example, gone@pedalia.example, full@pedalia.example")).sudo()
        states = {one.email.partition("@")[0]: one.state for one in submission.recipient_ids}
        self.assertEqual((submission.state, states), ("sent", {"rosa": "sent", "gone": "refused", "full": "waiting"}))
        [child] = submission.search([("parent_id", "=", submission.id)])
        self.assertEqual((child.state, child.recipient_ids.mapped("email")), ("queued", ["full@pedalia.example"]))
        self.sink.refuse = {}
        child.with_user(self.user).action_retry()
        self.env["maildesk.submission"]._cron_send()
        self.assertEqual([received.recipients for received in self.sink.messages], [("rosa@pedalia.example",), ("full@pedalia.example",)])
        self.assertEqual({parse_message(received.raw).header.message_id for received in self.sink.messages}, {submission.message_id_header})

    def test_a_server_that_is_away_is_tried_again(self):
        self.sink.stop()
        submission = self.send(self.draft()).sudo()
        self.assertEqual(submission.state, "queued")
        self.assertIn("refuses connections", submission.error_message)
        self.assertTrue(submission.next_try_at)
        self.sink.start()
        submission.with_user(self.user).action_retry()
        self.env["maildesk.submission"]._cron_send()
        self.assertEqual((submission.state, len(self.sink.messages)), ("sent", 1))

    def test_a_lost_answer_is_asked_about_and_never_repeated(self):
        self.sink.hang_up = True
        submission = self.send(self.draft()).sudo()
        self.assertEqual((submission.state, submission.stage), ("unknown", "final"))
        self.sink.hang_up = False
        for _look in range(6):
            submission.next_try_at = False
            self.env["maildesk.submission"]._cron_send()
        self.assertEqual((submission.state, len(self.sink.messages)), ("asked", 1))
        with self.assertRaises(UserError):
            submission.with_user(self.user).action_undo()
        submission.with_user(self.user).action_send_again()
        submission.with_user(self.user).action_undo()
        self.assertEqual(submission.state, "asked")
        submission.with_user(self.user).action_confirm_sent()
        self.assertEqual((submission.state, len(self.sink.messages)), ("sent", 1))
        self.sync()
        self.assertEqual(len(self.places("sent")), 1)

    def test_a_worker_that_died(self):
        for stage, state, sent in (("open", "sent", 1), ("final", "unknown", 0)):
            with self.subTest(stage=stage):
                self.sink.clear()
                submission = self.draft().action_send().sudo()
                submission._release()
                token, _was = submission._claim()
                if stage == "final":
                    self.assertTrue(submission._mark(token, ""))
                self.env.cr.execute("UPDATE maildesk_submission SET lease_until = now() - interval '1 hour' WHERE id = %s", [submission.id])
                submission.invalidate_recordset()
                self.env["maildesk.submission"]._cron_send()
                self.assertEqual((submission.state, len(self.sink.messages)), (state, sent))
                # the dead worker's turn is over, whatever it still believes
                self.assertFalse(submission._mark(token, ""))
                self.assertFalse(submission._renew(token))

    def test_limits(self):
        self.company.write({"maildesk_max_recipients": 2, "maildesk_hourly_mails_person": 1})
        with self.assertRaisesRegex(UserError, "3 recipients"):
            self.draft(to="a@x.example, b@x.example, c@x.example").action_send()
        self.draft().action_send()
        with self.assertRaisesRegex(UserError, "within the last hour"):
            self.draft().action_send()

    def test_only_listed_addresses_are_written_from(self):
        with self.assertRaisesRegex(UserError, "is no address of the mailbox"):
            self.draft(identity="boss@tidewheel.example")
        self.account.alias_addresses = "Orders <orders@tidewheel.example>"
        self.send(self.draft(identity="orders@tidewheel.example"))
        [received] = self.sink.messages
        self.assertEqual((received.sender, parse_message(received.raw).header.sender.name), ("orders@tidewheel.example", "Orders"))
        with self.assertRaisesRegex(UserError, "is not one email address"):
            self.account.alias_addresses = "nonsense"

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
