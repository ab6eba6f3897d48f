"""An Outlook mailbox from the sign-in to its mail, over the fake of Microsoft Graph."""

import os
import shutil
import tempfile
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..common import mail
from ..fakes.graph import GraphServer
from .oauth_case import OAuthCase
from .oauth_tours import SignInTours

CONSENT = {"error": "access_denied", "error_description": "AADSTS65001: The user or administrator has not consented."}
NOON = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


class OutlookCase(OAuthCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        home = Path(tempfile.mkdtemp(prefix="maildesk-graph-"))
        cls.addClassCleanup(shutil.rmtree, home, True)
        cls.graph = GraphServer(home, who=cls.microsoft.who).start()
        cls.addClassCleanup(cls.graph.stop)
        cls.env["ir.config_parameter"].set_param("maildesk.microsoft_graph_url", cls.graph.base_url)
        bundle = home / "all.pem"
        bundle.write_bytes(Path(os.environ["SSL_CERT_FILE"]).read_bytes() + (home / "ca.pem").read_bytes())
        cls.enterClassContext(patch.dict(os.environ, {"SSL_CERT_FILE": str(bundle)}))

    def tearDown(self):
        complaints, self.graph.complaints[:] = list(self.graph.complaints), []
        self.assertEqual(complaints, [])
        super().tearDown()

    def subjects(self, account):
        return self.env["maildesk.message"].search([("account_id", "=", account.id)]).mapped("subject")

    def lay(self, mailbox, subject):
        mailbox.deliver(mailbox.well_known["inbox"], mail(subject), NOON)


@tagged("post_install", "-at_install")
class TestOutlook(OutlookCase):
    def test_mail_comes_and_goes_by_token(self):
        account = self.make_oauth_account("outlook")
        grant = self.grant(account)
        self.lay(self.graph.add_mailbox("anna@example.com", grant.access_token), "Through Graph")
        for test in ("action_test_incoming", "action_test_outgoing"):
            self.assertEqual(getattr(account, test)()["params"]["message"], "Connection Test Successful!")
        account.action_fetch_folders()
        self.env["maildesk.account"]._cron_sync()
        self.assertEqual((account.state, account.error_message), ("connected", False))
        self.assertEqual(self.subjects(account), ["Through Graph"])

    def test_a_mail_of_ours_stays_the_same_wherever_somebody_moves_it(self):
        account = self.make_oauth_account("outlook")
        box = self.graph.add_mailbox("anna@example.com", self.grant(account).access_token)
        account.action_fetch_folders()
        cron = self.env["maildesk.account"]._cron_sync
        cron()
        folder = account.folder_ids.filtered(lambda folder: folder.role == "sent")
        message = folder._append(mail("Of ours"), ["is_read"]).message_id
        cron()
        [there] = box.well_known["sentitems"].messages.values()
        box.move(there, box.well_known["archive"])
        cron()
        self.assertEqual(self.env["maildesk.message"].search([("account_id", "=", account.id)]), message)
        self.assertEqual(message.placement_ids.folder_id.role, "archive")

    def test_a_linked_mail_is_kept_with_what_is_attached(self):
        account = self.make_oauth_account("outlook")
        box = self.graph.add_mailbox("anna@example.com", self.grant(account).access_token)
        box.deliver(box.well_known["inbox"], mail("Offer", attachments=[("offer.txt", b"Forty wheels", "text/plain")]), NOON)
        account.action_fetch_folders()
        cron = self.env["maildesk.account"]._cron_sync
        cron()
        message = self.env["maildesk.message"].search([("account_id", "=", account.id)])
        message._cached_body()
        message._link_to("res.partner", self.env.company.partner_id.id)
        message.body_ids.unlink()
        account.state = "disconnected"
        self.assertIn("Hello", message._cached_body().html)
        self.assertEqual([(part.name, part._content()) for part in message.attachment_ids], [("offer.txt", b"Forty wheels")])

    def test_what_is_attached_to_a_mail_of_ours(self):
        account = self.make_oauth_account("outlook")
        self.graph.add_mailbox("anna@example.com", self.grant(account).access_token)
        account.action_fetch_folders()
        cron = self.env["maildesk.account"]._cron_sync
        cron()
        ours = EmailMessage()
        ours["Subject"], ours["Message-ID"], ours["From"] = "Plans", "<plans@example.com>", "anna@example.com"
        ours.set_content("Attached.")
        for name in ("one.pdf", "two.pdf"):
            ours.add_attachment(name.encode() * 10, maintype="application", subtype="pdf", filename=name)
        for role, flags in (("sent", ["is_read"]), ("drafts", ["is_draft"])):
            with self.subTest(role):
                folder = account.folder_ids.filtered(lambda folder, role=role: folder.role == role)
                message = folder._append(ours.as_bytes(), flags).message_id
                cron()
                self.assertFalse(message._open(message.placement_ids)["error"])
                self.assertEqual(
                    {part.name: part._content() for part in message.attachment_ids},
                    {name: name.encode() * 10 for name in ("one.pdf", "two.pdf")})
                self.assertEqual(len(message.attachment_ids), 2)

    def test_a_mail_of_ours_that_was_refused_and_is_there_all_the_same(self):
        account = self.make_oauth_account("outlook")
        box = self.graph.add_mailbox("anna@example.com", self.grant(account).access_token)
        account.action_fetch_folders()
        cron = self.env["maildesk.account"]._cron_sync
        cron()
        folder = account.folder_ids.filtered(lambda folder: folder.role == "drafts")
        for step, count in ("_dismiss", 1), ("_retry", 2):
            with self.subTest(step):
                # it is made, then marked
                self.graph.order(match="PATCH", status=501, code="NotImplemented")
                place = folder._append(mail("Half refused"), ["is_draft", "is_starred"])
                cron()
                failed = self.env["maildesk.operation"].search([("account_id", "=", account.id), ("state", "=", "failed")])
                self.assertEqual(failed.placement_id, place)
                self.assertTrue(place.remote_id)
                getattr(failed, step)()
                cron()
                self.assertTrue(place.exists())
                self.assertEqual(len(box.well_known["drafts"].messages), count)

    def test_a_draft_somebody_goes_on_writing_and_sends(self):
        account = self.make_oauth_account("outlook")
        box = self.graph.add_mailbox("anna@example.com", self.grant(account).access_token)
        draft = box.deliver(box.well_known["drafts"], mail("First words"), NOON, isDraft=True)
        account.action_fetch_folders()
        cron = self.env["maildesk.account"]._cron_sync
        cron()
        message = self.env["maildesk.message"].search([("account_id", "=", account.id)])
        message._open(message.placement_ids)
        plan = {"name": "plan.pdf", "contentType": "application/pdf", "isInline": False, "contentId": None, "content": b"Plan",
                "size": 4, "id": "AAkALgP-plan=", "isItem": False, "lastModifiedDateTime": None}
        for subject, parts, is_draft in (("Second words", [plan], True), ("Third words", [], True), ("Last words", [plan], False)):
            with self.subTest(subject):
                draft.attachments[:] = parts
                box.change(draft, {"subject": subject, "isDraft": is_draft, "body": {"contentType": "text", "content": subject}})
                if not is_draft:
                    box.move(draft, box.well_known["sentitems"])
                cron()
                message.invalidate_recordset()
                self.assertEqual(message.subject, subject)
                self.assertEqual(message.attachment_ids.mapped("name"), [part["name"] for part in parts])
                self.assertEqual(message.has_attachments, bool(parts))
                shown = message._open(message.placement_ids)
                self.assertFalse(shown["error"])
                self.assertEqual(message.body_ids.text, subject)
        self.assertEqual(message.placement_ids.folder_id.role, "sent")

    def test_a_shared_mailbox(self):
        account = self.make_oauth_account("outlook", "support@example.com")
        self.microsoft.people.append("support@example.com")
        grant = self.grant(account)
        self.lay(self.graph.add_mailbox("anna@example.com", grant.access_token), "Anna's own")
        self.lay(self.graph.add_mailbox("support@example.com", shared_with=[grant.access_token]), "Everybody's")
        self.env["maildesk.credential"]._store_grant(account, "microsoft", grant, shared=True)
        account.action_fetch_folders()
        self.env["maildesk.account"]._cron_sync()
        self.assertEqual(self.subjects(account), ["Everybody's"])

    def test_opening_a_mail_takes_one_request(self):
        account = self.make_oauth_account("outlook", users=[self.user])
        grant = self.grant(account)
        self.lay(self.graph.add_mailbox("anna@example.com", grant.access_token), "To be read")
        account.action_fetch_folders()
        self.env["maildesk.account"]._cron_sync()
        place = self.env["maildesk.message.placement"].with_user(self.user).search([("folder_id.account_id", "=", account.id)])
        self.graph.clear()
        self.assertFalse(place.message_id._open(place)["error"])
        self.assertEqual(self.graph.requests, ["POST /$batch"])
        # whose token is refused is told there, too
        place.message_id.sudo().body_ids.unlink()
        self.addCleanup(self.graph.clear)
        self.graph.order(status=401, times=9)
        self.assertIn("Press Reconnect", place.message_id._open(place)["error"])

    def connected_account(self):
        """An Outlook mailbox that was synchronised once, and what Microsoft has of it."""
        account = self.make_oauth_account("outlook", users=[self.user])
        box = self.graph.add_mailbox("anna@example.com", self.grant(account).access_token)
        self.lay(box, "First")
        account.action_fetch_folders()
        self.env["maildesk.account"]._cron_sync()
        self.graph.clear()
        self.addCleanup(self.graph.clear)
        return account, box

    def test_a_pause_is_kept(self):
        """What people do meanwhile waits; it is no failure, no trouble, and no try."""
        account, box = self.connected_account()
        state, cron = account.sync_state_ids, self.env["maildesk.account"]
        for match, act in (("PATCH", "star"), ("delta", "read")):
            with self.subTest(match):
                self.lay(box, f"Before the {match}")
                self.graph.order(match=match, status=429, retry_after="3600", times=99)
                place = self.env["maildesk.message.placement"].with_user(self.user).search([("message_id.subject", "=", "First")])
                place._act(act)
                cron._cron_sync()
                until = fields.Datetime.now() + timedelta(seconds=3600)
                self.assertAlmostEqual(state.pause_ends_at, until, delta=timedelta(seconds=60))
                self.assertEqual((account.state, account.attention, state.failures, state.next_try_at), ("connected", 0, 0, state.pause_ends_at))
                self.assertFalse(account.todo_id)
                operations = self.env["maildesk.operation"].search([("account_id", "=", account.id), ("state", "=", "pending")])
                self.assertEqual(operations.mapped("attempts"), [0])
                asked = len(self.graph.requests)
                account.with_user(self.user).action_sync_now()
                cron._cron_urgent()
                cron._cron_sync()
                self.assertEqual(len(self.graph.requests), asked, "nothing was asked for")
                self.graph.clear()
                state.pause_ends_at = state.next_try_at = False
                cron._cron_sync()
                self.assertEqual(operations.state, "done")
                self.assertIn(f"Before the {match}", self.subjects(account))

    def test_one_folder_that_is_refused(self):
        account, box = self.connected_account()
        inbox = account.folder_ids.filtered(lambda folder: folder.role == "inbox")
        for fault, words in (
            ({"status": 403, "code": "ErrorAccessDenied"}, "does not let .* read this folder"),
            ({"status": 500}, "cannot open this folder just now"), ({"status": 423}, "cannot open this folder just now"),
        ):
            with self.subTest(**fault):
                self.lay(box, f"In the inbox {fault}")
                box.deliver(box.well_known["archive"], mail(f"In the archive {fault}"), NOON)
                self.graph.order(match=f"GET .*{inbox.remote_id[:-1]}.*(delta|messages)", times=99, **fault)
                self.env["maildesk.account"]._cron_sync()
                self.assertEqual((account.state, account.error_message), ("connected", False))
                self.assertRegex(inbox.error_message, words)
                self.assertIn(f"In the archive {fault}", self.subjects(account))
                self.graph.clear()
                self.env["maildesk.account"]._cron_sync()
                self.assertFalse(inbox.error_message)
                self.assertIn(f"In the inbox {fault}", self.subjects(account))

    def test_one_change_that_is_refused(self):
        account, box = self.connected_account()
        self.lay(box, "Second")
        self.env["maildesk.account"]._cron_sync()
        first, second = (
            self.env["maildesk.message.placement"].with_user(self.user).search([("message_id.subject", "=", subject)])
            for subject in ("First", "Second"))
        for fault in ({"status": 403, "code": "ErrorAccessDenied"}, {"status": 500}, {"status": 423}, {"status": 507}, {"status": 503}):
            with self.subTest(**fault):
                starred = first.is_starred
                first._act("unstar" if starred else "star")
                second._act("unread" if second.is_read else "read")
                self.graph.order(match=f"PART PATCH .*{first.sudo().remote_id[:-1]}", times=99, **fault)
                self.env["maildesk.account"]._cron_sync()
                waiting = self.env["maildesk.operation"].search([("account_id", "=", account.id), ("state", "=", "pending")])
                self.assertEqual((waiting.placement_id, waiting.attempts), (first, 1))
                self.assertEqual(account.state, "connected")
                self.graph.clear()
                waiting.next_try_at = False
                self.env["maildesk.account"]._cron_sync()
                self.assertEqual(waiting.state, "done")

    def test_an_address_the_service_no_longer_takes(self):
        account, box = self.connected_account()
        self.lay(box, "Second")
        self.graph.order(match="GET .*token", status=404, code="ErrorItemNotFound")
        self.env["maildesk.account"]._cron_sync()
        self.assertEqual(sorted(self.subjects(account)), ["First", "Second"])
        self.assertFalse(any(account.folder_ids.mapped("error_message")))

    def test_no_mailbox_behind_the_sign_in(self):
        account, _box = self.connected_account()
        self.graph.order(status=404, code="MailboxNotEnabledForRESTAPI", match="PART", times=99)
        self.env["maildesk.account"]._cron_sync()
        self.assertEqual(account.state, "needs_sign_in")
        self.assertRegex(account.error_message, "no mailbox .* that programs may open.*licence.*press Fetch folders")
        self.assertFalse(any(account.folder_ids.mapped("error_message")))
        self.graph.clear()
        account.action_fetch_folders()
        self.assertEqual(account.state, "connected")

    def test_a_mail_larger_than_the_service_takes(self):
        account, _box = self.connected_account()
        sent = account.folder_ids.filtered(lambda folder: folder.role == "sent")
        sent._append(mail("Too large", "x" * 3_100_000))
        self.env["maildesk.account"]._cron_sync()
        failed = self.env["maildesk.operation"].search([("account_id", "=", account.id), ("state", "=", "failed")])
        self.assertRegex(failed.error_message, r"takes mails of up to 3\.0 MB, this one has 3\.[12] MB\.")

    def test_a_token_that_is_refused_is_renewed_once(self):
        account = self.make_oauth_account("outlook")
        self.graph.add_mailbox("anna@example.com")
        self.addCleanup(self.graph.clear)
        self.graph.order(status=401, times=9)
        grant = self.grant(account)
        path = "/common/oauth2/v2.0/token"
        asked = self.microsoft.asked(path)
        with self.assertRaisesRegex(UserError, "Press Reconnect"):
            account.action_test_incoming()
        self.assertEqual(self.microsoft.asked(path), asked + 1)
        self.assertNotEqual(self.env["maildesk.credential"]._grant(account)[1].refresh_token, grant.refresh_token)


@tagged("post_install", "-at_install")
class TestOutlookTour(SignInTours, OutlookCase, HttpCase):
    provider, server_type = "microsoft", "outlook"

    def deliver(self, subject):
        self.lay(self.graph.add_mailbox("anna@example.com"), subject)

    def test_an_administrator_has_to_agree_first(self):
        self.microsoft.presses, self.microsoft.refusal = "cancel", CONSENT
        self.walk("consent")
        self.assert_unchanged()
