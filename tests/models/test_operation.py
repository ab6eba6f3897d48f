import shutil
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from imapclient import FLAGGED, SEEN, IMAPClient
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...dev.servers.dovecot import EXTENSIONS, Dovecot
from ...models.sync_pass import SyncPass
from ...providers import imap_messages
from ..common import PASSWORD, MailServerCase, mail


@tagged("post_install", "-at_install")
class TestOperation(MailServerCase):
    """What people do: at once in the row, soon on a real server, and never twice."""

    def setUp(self):
        super().setUp()
        self.email = f"{self._testMethodName}@tidewheel.example".replace("_", "-")
        self.mails = self.client(self.email)
        for number in range(3):
            self.mails.append("INBOX", mail(f"Order {number}"))
        self.account = self.connected(self.email, users=[self.user, self.other])
        self.sync()

    def place(self, subject="Order 1", role="inbox", user=None):
        places = self.env["maildesk.message.placement"].with_user(user or self.user)
        return places.search([
            ("message_id.subject", "=", subject), ("folder_id.role", "=", role), ("folder_id.account_id", "=", self.account.id)])

    def on_server(self, folder="INBOX"):
        """{subject: flags} as another client sees it."""
        self.mails.select_folder(folder, readonly=True)
        found = self.mails.fetch(self.mails.search(), ["FLAGS", "ENVELOPE"]) if self.mails.search() else {}
        return {data[b"ENVELOPE"].subject.decode(): set(data[b"FLAGS"]) & {SEEN, FLAGGED} for data in found.values()}

    def pending(self):
        return self.env["maildesk.operation"].search([("account_id", "=", self.account.id), ("state", "=", "pending")])

    def on_another_server(self, **options):
        """From now on the mailbox lies on a Dovecot set up otherwise; it is empty."""
        root = Path(tempfile.mkdtemp(prefix="maildesk-test-"))
        root.chmod(0o755)
        self.addCleanup(shutil.rmtree, root, True)
        server = Dovecot(root / "dovecot", password=PASSWORD, **options).start()
        self.addCleanup(server.stop)
        self.account.incoming_server_id.write({"port": server.port, "password": PASSWORD})
        self.mails = IMAPClient("127.0.0.1", server.port, ssl=False)
        self.addCleanup(self.mails.shutdown)
        self.mails.login(self.email, PASSWORD)

    def assert_counters(self):
        self.env.invalidate_all()
        for folder in self.account.folder_ids:
            count = self.env["maildesk.message.placement"].search_count
            self.assertEqual(folder.total_count, count([("folder_id", "=", folder.id)]), folder.name)
            self.assertEqual(folder.unread_count, count([("folder_id", "=", folder.id), ("is_read", "=", False)]), folder.name)

    def test_flags_at_once_here_and_soon_there(self):
        place = self.place()
        place._act("read")
        place._act("star")
        self.assertTrue(place.is_read and place.is_starred)
        self.assertEqual(self.folder(self.account).unread_count, 2)
        self.assertEqual(self.on_server()["Order 1"], set())
        self.sync()
        self.assertEqual(self.on_server()["Order 1"], {SEEN, FLAGGED})
        self.assertFalse(self.pending())
        place._act("unread")
        place._act("unstar")
        self.sync()
        self.assertEqual(self.on_server()["Order 1"], set())
        self.assertFalse(place.is_read or place.is_starred)
        self.assert_counters()

    def test_a_mark_does_not_flicker_while_it_waits(self):
        place = self.place()
        place._act("star")
        self.pending().next_try_at = fields.Datetime.now() + timedelta(hours=1)
        # another client changes another flag of the same mail meanwhile
        self.mails.select_folder("INBOX")
        self.mails.add_flags(self.mails.search(["SUBJECT", "Order 1"]), [SEEN])
        self.sync()
        self.assertTrue(place.is_starred and place.is_read)
        self.assertEqual(self.on_server()["Order 1"], {SEEN})
        self.pending().next_try_at = False
        self.sync()
        self.assertEqual(self.on_server()["Order 1"], {SEEN, FLAGGED})
        self.assert_counters()

    def test_a_move_keeps_row_and_mail(self):
        place = self.place()
        message = place.message_id
        place._act("archive")
        self.assertEqual(place.folder_id.role, "archive")
        self.assertFalse(self.place())
        self.assert_counters()
        # still readable where it is on the server
        self.assertIn("Hello", message._fetch_raw().decode())
        self.sync()
        self.assertEqual(set(self.on_server()), {"Order 0", "Order 2"})
        self.assertEqual(set(self.on_server("Archive")), {"Order 1"})
        self.assertEqual((place.folder_id.role, message.placement_ids), ("archive", place))
        self.assertTrue(place.sudo().remote_id)
        self.sync()
        self.assertEqual(message.placement_ids, place)
        self.assert_counters()

    def test_moved_and_marked_and_moved_on_before_the_server_hears_of_it(self):
        place = self.place()
        place._act("archive")
        place._act("star")
        place._act("move", self.folder(self.account, "trash").id)
        place._act("read")
        self.sync()
        self.sync()
        self.assertFalse(self.pending())
        self.assertEqual(self.on_server("Trash"), {"Order 1": {SEEN, FLAGGED}})
        self.assertEqual(self.on_server("Archive"), {})
        self.assertEqual(place.folder_id.role, "trash")
        self.assert_counters()

    def test_delete_goes_to_the_trash_then_for_good(self):
        place = self.place()
        place._act("delete")
        self.sync()
        self.assertEqual(set(self.on_server("Trash")), {"Order 1"})
        place._act("delete")
        self.assertFalse(place.exists())
        self.sync()
        self.assertEqual(self.on_server("Trash"), {})
        self.sync()
        self.assertFalse(self.place(role="trash"))
        self.assert_counters()

    def test_deleted_for_good_while_it_was_moved(self):
        place = self.place()
        message = place.message_id.sudo()
        place._act("delete")
        place._act("delete")
        self.assertTrue(message.orphaned_at)
        # the move reached the server, of which we were never told
        self.mails.select_folder("INBOX")
        self.mails.move(self.mails.search(["SUBJECT", "Order 1"]), "Trash")
        for _pass in range(2):
            self.sync()
            self.pending().next_try_at = False
        self.sync()
        self.assertEqual(self.on_server("Trash"), {})
        self.assertFalse(self.pending() or message.placement_ids)
        self.assertTrue(message.orphaned_at, "it is to be collected one day")
        self.assert_counters()

    def test_deleted_for_good_in_the_midst_of_a_pass(self):
        """A server that does not tell where a moved mail lies: only a later look at the trash does."""
        self.on_another_server(hidden_capabilities=EXTENSIONS)
        self.mails.append("INBOX", mail("Order 9"))
        self.sync()
        self.mails.append("INBOX", mail("Order 10"))
        place = self.place("Order 9")

        class Disturbed(SyncPass):
            def _apply_listing(self, env, listing):
                folders = super()._apply_listing(env, listing)
                place._act("delete")
                place._act("delete")
                return folders

        Disturbed(self.env["maildesk.account"]._savepoint, self.account.id, time.monotonic() + 60, overlap=False).run()
        self.assertEqual(set(self.on_server("Trash")), {"Order 9"})
        self.assertEqual(self.pending().mapped("kind"), ["delete"])
        self.sync()
        self.sync()
        self.assertEqual(self.on_server("Trash"), {})
        self.assertFalse(self.pending())
        self.assert_counters()

    def test_a_folder_is_made_where_the_mailbox_has_none(self):
        self.on_another_server(special={})
        self.mails.append("INBOX", mail("Order 9"))
        self.sync()
        place = self.place("Order 9")
        self.assertEqual(self.account.folder_ids.mapped("role"), ["inbox"])
        place._act("archive")
        self.assertTrue(place.folder_id.is_provisional)
        self.sync()
        self.assertEqual(set(self.on_server("Archive")), {"Order 9"})
        folder = self.folder(self.account, "archive")
        self.assertEqual((place.folder_id, folder.is_provisional, folder.remote_id), (folder, False, "Archive"))
        self.assert_counters()

    def test_a_folder_of_the_name_is_taken_where_it_only_lacks_the_role(self):
        archive = self.folder(self.account, "archive")
        archive.write({"role": False, "role_is_manual": True})
        place = self.place()
        place._act("archive")
        place._act("star")
        self.assertNotEqual(place.folder_id, archive)
        self.sync()
        self.sync()
        self.assertEqual((place.folder_id, archive.role), (archive, "archive"))
        self.assertEqual(self.on_server("Archive"), {"Order 1": {FLAGGED}})
        self.assertEqual(len(self.account.folder_ids.filtered(lambda folder: folder.name == "Archive")), 1)
        self.assert_counters()

    def test_another_client_was_faster(self):
        place, message = self.place(), self.place().message_id
        self.mails.select_folder("INBOX")
        self.mails.move(self.mails.search(["SUBJECT", "Order 1"]), "Trash")
        place._act("archive")
        place._act("star")
        self.sync()
        # the server's word holds: it lies where the other client put it
        operations = self.env["maildesk.operation"].search([("state", "=", "pending")])
        operations.next_try_at = False
        self.sync()
        operations = self.pending()
        operations.next_try_at = False
        self.sync()
        self.assertFalse(self.pending())
        self.assertEqual(message.placement_ids.folder_id.mapped("role"), ["trash"])
        self.assertEqual(self.on_server("Archive"), {})
        self.assert_counters()

    def test_what_the_server_refuses_goes_back_and_says_why(self):
        self.mails.create_folder("Limited")
        self.sync()
        limited = self.account.folder_ids.filtered(lambda folder: folder.name == "Limited")
        place, other = self.place(), self.place("Order 2")
        (place | other)._act("move", limited.id)
        self.mails.delete_folder("Limited")
        for _try in range(6):
            self.pending().next_try_at = False
            self.sync()
        failed = self.env["maildesk.operation"].with_user(self.user)._failed_of(self.account.ids)
        self.assertEqual(len(failed), 2)
        shown = failed[0]._as_shown()
        self.assertTrue(shown["what"].startswith("Move to") and shown["error"])
        self.assertEqual((self.place(), self.place("Order 2")), (place, other))
        self.assert_counters()
        failed._dismiss()
        self.assertFalse(self.env["maildesk.operation"].with_user(self.user)._failed_of(self.account.ids))

    def test_retry(self):
        place = self.place()
        place._act("star")
        self.pending()._give_up("Refused for a test of what comes after")
        self.assertFalse(place.is_starred)
        self.env["maildesk.operation"].with_user(self.user)._failed_of(self.account.ids)._retry()
        self.assertTrue(place.is_starred)
        self.sync()
        self.assertEqual(self.on_server()["Order 1"], {FLAGGED})

    def test_append(self):
        sent = self.folder(self.account, "sent")
        place = sent.with_user(self.user)._append(mail("Our answer", html="<p>Our answer</p>", message_id="<own@tidewheel.example>"), ["is_read"])
        self.assertEqual(place.message_id.subject, "Our answer")
        self.assertIn("Our answer", place.message_id._open(place) and place.message_id.body_ids.html)
        self.assertEqual(self.on_server("Sent"), {})
        files = [("res_model", "=", "maildesk.operation"), ("res_field", "=", "raw_id")]
        waiting = self.env["ir.attachment"].search(files)
        self.assertEqual(len(waiting), 1)
        self.assertFalse(waiting.with_user(self.user).has_access("read"), "no way around Export")
        self.sync()
        self.assertEqual(self.on_server("Sent"), {"Our answer": {SEEN}})
        self.sync()
        self.assertEqual(place.message_id.placement_ids, place)
        self.assertTrue(place.sudo().remote_id)
        self.assertFalse(self.env["ir.attachment"].search(files))
        self.assert_counters()

    def test_a_stored_mail_stays_the_same_where_the_server_names_mails(self):
        """Our Dovecot has no stable ids (RFC 8474): they are put into its answers."""
        sent = self.folder(self.account, "sent")
        def name(items):
            return f"emailid:{next(value for key, value in items.items() if key.startswith(b'BODY[HEADER'))}"

        with patch.object(imap_messages, "_stable_id", name):
            message = sent._append(mail("Our answer", message_id="<own@tidewheel.example>")).message_id
            self.sync()
            self.mails.select_folder("Sent")
            self.mails.move(self.mails.search(), "Archive")
            self.sync()
        self.assertEqual(self.env["maildesk.message"].search([("message_id", "=", "<own@tidewheel.example>")]), message)
        self.assertEqual(message.placement_ids.folder_id.role, "archive")

    def test_sending_is_turned_off(self):
        sent, inbox = (self.folder(self.account, role).with_user(self.user) for role in ("sent", "inbox"))
        line, everywhere = self.account.access_ids, self.user.maildesk_action_ids
        for record in (line, everywhere):
            record.allow_outgoing = False
            with self.assertRaisesRegex(AccessError, "^Your administrator has turned off Outgoing emails for you.$"):
                sent._append(mail("Our answer"))
            record.allow_outgoing = True
        self.assertFalse(self.place("Our answer"))
        line.allow_outgoing = False
        self.assertTrue(inbox._append(mail("Only filed")), "filing sends nothing")

    def test_an_append_the_server_refuses_stays_in_sight(self):
        self.mails.create_folder("Limited")
        self.sync()
        limited = self.account.folder_ids.filtered(lambda folder: folder.name == "Limited")
        place = limited.with_user(self.user)._append(mail("Nobody else has it"))
        self.mails.delete_folder("Limited")
        self.sync()
        self.sync()
        failed = self.env["maildesk.operation"].with_user(self.user)._failed_of(self.account.ids)
        self.assertEqual(len(failed), 1)
        self.assertEqual((place.folder_id.role, place.message_id.subject), ("inbox", "Nobody else has it"))
        self.assertIn("Hello", place.message_id._fetch_raw().decode())
        failed._retry()
        self.sync()
        self.assertIn("Nobody else has it", self.on_server())
        self.assertFalse(self.env["maildesk.operation"].with_user(self.user)._failed_of(self.account.ids))
        self.assertEqual(len(self.place("Nobody else has it")), 1)
        self.assert_counters()

    def test_append_without_message_id(self):
        sent = self.folder(self.account, "sent")
        place = sent._append(b"Subject: Bare\n\nWithout a name")
        self.assertRegex(place.message_id.message_id, r"^<.+@tidewheel\.example>$")
        self.sync()
        self.sync()
        self.assertEqual(self.on_server("Sent"), {"Bare": set()})
        self.assertEqual(len(place.message_id.placement_ids), 1)

    def test_a_repeated_append_is_found_again(self):
        sent = self.folder(self.account, "sent")
        raw = mail("Once only", message_id="<once@tidewheel.example>")
        place = sent._append(raw)
        operation = self.pending()
        # killed after the server took it and before it was noted
        self.mails.select_folder("Sent", readonly=True)
        status = self.mails.folder_status("Sent", ["UIDVALIDITY", "UIDNEXT"])
        operation.mark = {"uidvalidity": status[b"UIDVALIDITY"], "uidnext": status[b"UIDNEXT"]}
        self.mails.append("Sent", operation.raw_id.raw)
        self.sync()
        self.sync()
        self.assertEqual(self.on_server("Sent"), {"Once only": set()})
        self.mails.select_folder("Sent", readonly=True)
        self.assertEqual(len(self.mails.search()), 1)
        self.assertEqual(place.message_id.placement_ids, place)
        self.assert_counters()

    def test_rights(self):
        place = self.place()
        for user in (self.employee, self.portal):
            with self.assertRaises(AccessError):
                place.with_user(user)._act("read")
        with self.assertRaises(UserError):
            place.with_user(self.admin)._act("read")
        self.account.access_ids.filtered(lambda line: line.user_id == self.user).allow_spam = False
        with self.assertRaisesRegex(UserError, "Spam and quarantine"):
            place._act("junk")
        with self.assertRaises(UserError):
            place._act("move", self.make_account("far@tidewheel.example").folder_ids.id)
        far = self.make_account("further@tidewheel.example", users=[self.user])
        folder = self.env["maildesk.folder"].create({"account_id": far.id, "name": "Inbox", "remote_id": "INBOX", "role": "inbox"})
        with self.assertRaisesRegex(UserError, "own mailbox"):
            place._act("move", folder.id)
        with self.assertRaises(UserError):
            place._act("explode")
        self.assertFalse(self.pending())

    def test_one_bad_mail_stops_no_other(self):
        first, second = self.place("Order 0"), self.place("Order 2")
        (first | second)._act("star")
        bad = self.pending().filtered(lambda operation: operation.placement_id == first)
        bad.remote_id = "1:999999"
        self.sync()
        self.assertEqual(self.on_server(), {"Order 0": set(), "Order 1": set(), "Order 2": {FLAGGED}})

    def test_finished_changes_are_forgotten(self):
        self.place()._act("star")
        self.sync()
        operations = self.env["maildesk.operation"].search([("account_id", "=", self.account.id)])
        self.assertEqual(operations.state, "done")
        operations._gc_finished()
        self.assertTrue(operations.exists())
        self.env.cr.execute("UPDATE maildesk_operation SET write_date = write_date - interval '3 days'")
        self.env.invalidate_all()
        operations._gc_finished()
        self.assertFalse(operations.exists())
