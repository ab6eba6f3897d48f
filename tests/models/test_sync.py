import time
from datetime import datetime, timedelta, timezone

from imapclient import DELETED, FLAGGED, SEEN
from odoo import SUPERUSER_ID, fields
from odoo.tests import tagged

from ...const import FIRST_PAGE
from ...models.maildesk_sync_state import LeaseLost, PassStopped
from ...models.sync_pass import SyncPass
from ..common import MailServerCase, mail


@tagged("post_install", "-at_install")
class TestSync(MailServerCase):
    def setUp(self):
        super().setUp()
        # each test its own mailbox on the shared server
        self.email = f"{self._testMethodName}@tidewheel.example".replace("_", "-")

    def state(self, account):
        """What is cached: (folder role or name, subject, flags)."""
        placements = self.env["maildesk.message.placement"].search([("folder_id.account_id", "=", account.id)])
        return sorted(
            (place.folder_id.role or place.folder_id.name, place.message_id.subject, place.is_read, place.is_starred)
            for place in placements
        )

    def due(self):
        return [account_id for account_id, _host, _fills in self.env["maildesk.sync.state"]._due()]

    def assert_counters(self, account):
        self.env.invalidate_all()
        for folder in account.folder_ids:
            count = self.env["maildesk.message.placement"].search_count
            self.assertEqual(folder.total_count, count([("folder_id", "=", folder.id)]), folder.name)
            self.assertEqual(folder.unread_count, count([("folder_id", "=", folder.id), ("is_read", "=", False)]), folder.name)

    def test_first_sync_then_changes(self):
        client = self.client(self.email)
        for number in range(5):
            client.append("INBOX", mail(f"Order {number}"), [SEEN] if number % 2 else [])
        account = self.connected(self.email)
        self.sync()
        self.assertEqual(self.state(account), [("inbox", f"Order {number}", bool(number % 2), False) for number in range(5)])
        self.assert_counters(account)
        self.assertTrue(account.last_sync_at)

        client.select_folder("INBOX")
        uids = client.search()
        client.add_flags([uids[0]], [FLAGGED, SEEN])
        client.add_flags([uids[1]], [DELETED])
        client.expunge([uids[1]])
        client.append("INBOX", mail("Order 5"))
        self.sync()
        self.assertEqual(self.state(account), [
            ("inbox", "Order 0", True, True), ("inbox", "Order 2", False, False), ("inbox", "Order 3", True, False),
            ("inbox", "Order 4", False, False), ("inbox", "Order 5", False, False),
        ])
        self.assert_counters(account)

    def test_reading_marks_nothing_read(self):
        client = self.client(self.email)
        client.append("INBOX", mail("Unseen", html="<p>Unseen</p>"))
        account = self.connected(self.email, users=[self.user])
        self.sync()
        place = self.env["maildesk.message.placement"].with_user(self.user).search([])
        place.message_id._open(place)
        place.message_id._fetch_raw()
        client.select_folder("INBOX", readonly=True)
        self.assertEqual(client.search("UNSEEN"), client.search())
        self.assertEqual(self.folder(account).unread_count, 1)

    def test_moved_by_another_client(self):
        client = self.client(self.email)
        client.append("INBOX", mail("Travels"))
        account = self.connected(self.email)
        self.sync()
        message = self.env["maildesk.message"].search([("account_id", "=", account.id)])
        before = message.placement_ids
        client.select_folder("INBOX")
        client.move(client.search(), "Archive")
        self.sync()
        self.assertEqual(self.state(account), [("archive", "Travels", False, False)])
        self.assertEqual(self.env["maildesk.message"].search([("account_id", "=", account.id)]), message)
        self.assertNotEqual(message.placement_ids, before)
        self.assertFalse(message.orphaned_at)
        self.assert_counters(account)

    def test_uidvalidity_changed(self):
        client = self.client(self.email)
        client.create_folder("Projects")
        client.append("Projects", mail("Stays the same"), [SEEN], datetime(2026, 3, 1, 12, tzinfo=timezone.utc))
        account = self.connected(self.email)
        self.sync()
        message = self.env["maildesk.message"].search([("account_id", "=", account.id)])
        before = message.placement_ids
        client.delete_folder("Projects")
        time.sleep(1.1)  # UIDVALIDITY is the second it was made in
        client.create_folder("Projects")
        client.append("Projects", mail("Stays the same"), [SEEN], datetime(2026, 3, 1, 12, tzinfo=timezone.utc))
        self.sync()
        self.assertEqual(self.env["maildesk.message"].search([("account_id", "=", account.id)]), message)
        self.assertEqual(len(message.placement_ids), 1)
        self.assertNotEqual(message.placement_ids, before)
        self.assert_counters(account)

    def test_the_same_mail_twice(self):
        client = self.client(self.email)
        for _time in range(2):
            client.append("INBOX", mail("Twice"), [], datetime(2026, 3, 1, 12, tzinfo=timezone.utc))
        account = self.connected(self.email)
        self.sync()
        message = self.env["maildesk.message"].search([("account_id", "=", account.id)])
        self.assertEqual((len(message), len(message.placement_ids)), (1, 2))
        self.assert_counters(account)

    def test_folders_come_and_go(self):
        client = self.client(self.email)
        client.create_folder("Customers/Rivera")
        client.append("Customers/Rivera", mail("Hello"))
        account = self.connected(self.email)
        self.sync()
        folder = account.folder_ids.filtered(lambda folder: folder.name == "Rivera")
        self.assertEqual(folder.parent_id.name, "Customers")
        client.rename_folder("Customers/Rivera", "Customers/Rivera Cycling")
        client.create_folder("Café & Büro")
        self.sync()
        names = account.folder_ids.mapped("name")
        self.assertIn("Rivera Cycling", names)
        self.assertIn("Café & Büro", names)
        self.assertNotIn("Rivera", names)
        self.assertEqual(self.state(account), [("Rivera Cycling", "Hello", False, False)])
        self.assert_counters(account)

    def test_a_name_above_others_becomes_a_folder_and_again_a_name(self):
        client = self.client(self.email)
        client.create_folder("Customers/Rivera")
        account = self.connected(self.email)
        self.sync()

        def is_selectable():
            return account.folder_ids.filtered(lambda folder: folder.name == "Customers").mapped("selectable")

        self.assertEqual(is_selectable(), [False])
        client.create_folder("Customers")
        client.append("Customers", mail("Hello"))
        self.sync()
        self.assertEqual(is_selectable(), [True])
        self.assertEqual(self.state(account), [("Customers", "Hello", False, False)])
        message = self.env["maildesk.message"].search([("account_id", "=", account.id)])

        client.delete_folder("Customers")
        self.sync()
        self.assertEqual(is_selectable(), [False])
        self.assertEqual(account.folder_ids.filtered(lambda folder: folder.name == "Rivera").parent_id.name, "Customers")
        self.assertFalse(self.state(account))
        self.assertTrue(message.orphaned_at)
        self.assert_counters(account)

        time.sleep(1.1)  # UIDVALIDITY is the second it was made in
        client.create_folder("Customers")
        client.append("Customers", mail("Hello again"))
        self.sync()
        self.assertEqual(self.state(account), [("Customers", "Hello again", False, False)])
        self.assert_counters(account)

    def test_a_switched_off_folder_rests(self):
        client = self.client(self.email)
        client.append("Junk", mail("Win a bike"))
        account = self.connected(self.email)
        self.folder(account, "junk").sync_enabled = False
        self.sync()
        self.assertFalse(self.state(account))

    def test_conversations_across_folders(self):
        client = self.client(self.email)
        first, answer = "<first@pedalia.example>", "<answer@tidewheel.example>"
        client.append("INBOX", mail("Re: Frame", message_id="<third@pedalia.example>", in_reply_to=answer, references=f"{first} {answer}"))
        client.append("Sent", mail("Re: Frame", message_id=answer, in_reply_to=first, references=first))
        client.append("INBOX", mail("Frame", message_id=first))
        client.append("INBOX", mail("Frame", message_id="<unrelated@pedalia.example>"))
        account = self.connected(self.email, users=[self.user])
        self.sync()
        messages = self.env["maildesk.message"].search([("account_id", "=", account.id)])
        threads = messages.thread_id.with_user(self.user)
        self.assertEqual(sorted(threads.mapped("message_count")), [1, 3])

    def test_answers_without_ids_are_found_by_their_subject(self):
        client = self.client(self.email)
        people = {"sender": "Rosa <rosa@pedalia.example>", "to": self.email}
        back = {"sender": self.email, "to": "rosa@pedalia.example"}
        now = datetime.now(timezone.utc)
        # the one answered is here first, or comes later than its answer, as when history is loaded
        for number, order in enumerate((("asked", "answer"), ("answer", "asked"))):
            mails = {
                "asked": mail(f"Frame size for order {number}", date=now - timedelta(minutes=9), **people),
                "answer": mail(f"Re: Frame size for order {number}", date=now - timedelta(minutes=5), **back),
            }
            account = self.env["maildesk.account"].search([("email", "=", self.email)]) or self.connected(self.email, users=[self.user])
            for name in order:
                client.append("INBOX", mails[name])
                self.sync()
        client.append("INBOX", mail("Frame size for order 1", date=now - timedelta(days=100), message_id="<old@x.example>", **people))
        client.append("INBOX", mail("Frame size for order 1", date=now, message_id="<else@x.example>",
                                    sender="else@where.example", to=self.email))
        self.sync()
        messages = self.env["maildesk.message"].with_user(self.user).search([("account_id", "=", account.id)])
        self.assertEqual(sorted(messages.thread_id.mapped("message_count")), [1, 1, 2, 2])

    def test_the_company_limits_how_far_back_history_goes(self):
        client = self.client(self.email)
        now = datetime.now(timezone.utc)
        for age in (400, 90, 40, 5, 1):
            client.append("INBOX", mail(f"{age} days"), [], now - timedelta(days=age))
        self.company.write({"maildesk_history": "days", "maildesk_history_days": 60})
        account = self.connected(self.email)
        self.sync()
        self.assertEqual(len(self.state(account)), 3)
        inbox = self.folder(account)
        self.assertEqual((inbox.total_count, inbox.remaining_count), (3, 0))
        # an old mail that comes now is news; a pass without news opens nothing
        client.append("INBOX", mail("500 days"), [], now - timedelta(days=500))
        self.sync()
        self.sync()
        self.assertEqual(len(self.state(account)), 4)
        self.assertLessEqual(account.sync_state_ids.pass_commands, 4)
        # a wider limit goes on where the narrower one ended
        self.company.write({"maildesk_history": "messages", "maildesk_history_messages": 5})
        self.sync()
        self.assertEqual(len(self.state(account)), 5)
        self.company.maildesk_history = "all"
        self.sync()
        self.assertEqual(len(self.state(account)), 6)
        self.assert_counters(account)

    def test_history_in_pages_newest_first(self):
        client = self.client(self.email)
        now = datetime.now(timezone.utc)
        client.multiappend("INBOX", [
            {"msg": mail(f"No {number}"), "date": now - timedelta(minutes=250 - number)} for number in range(250)])
        account = self.connected(self.email)
        visit = SyncPass(self.env["maildesk.account"]._savepoint, account.id, time.monotonic() + 60, overlap=False)
        self.assertTrue(visit.run())
        self.assertEqual(self.folder(account).total_count, 250)
        self.assertEqual(self.folder(account).remaining_count, 0)
        self.assert_counters(account)

    def test_time_runs_out_and_the_next_pass_goes_on(self):
        client = self.client(self.email)
        client.append("INBOX", mail("Later"))
        account = self.connected(self.email)
        self.assertIs(SyncPass(self.env["maildesk.account"]._savepoint, account.id, 0.0, overlap=False).run(), False)
        self.assertFalse(self.state(account))
        self.assertFalse(account.last_sync_at)
        self.sync()
        self.assertEqual(len(self.state(account)), 1)

    def test_lease(self):
        account = self.connected(self.email)
        states = self.env["maildesk.sync.state"]
        token = states._claim(account.id)
        self.assertIsNone(states._claim(account.id))
        self.assertNotIn(account.id, self.due())
        states._renew(account.id, token)
        # the worker dies; its lease ends
        self.env.cr.execute("UPDATE maildesk_sync_state SET lease_until = now() - interval '1 second' WHERE account_id = %s", [account.id])
        self.env.invalidate_all()
        self.assertIn(account.id, self.due())
        other = states._claim(account.id)
        with self.assertRaises(LeaseLost):
            states._renew(account.id, token)
        states._release(account.id, other, failed=False)
        self.assertIn(account.id, self.due())

    def test_a_pass_ends_where_nothing_more_is_to_be_done(self):
        account = self.connected(self.email)
        states = self.env["maildesk.sync.state"]
        token = states._claim(account.id)
        self.env.flush_all()
        self.assertIs(states._renew(account.id, token), False)
        for stop, go_on in (
            (lambda: self.env["ir.config_parameter"].set_param("maildesk.paused", "1"),
             lambda: self.env["ir.config_parameter"].set_param("maildesk.paused", "0")),
            (lambda: account.write({"active": False}), lambda: account.write({"active": True})),
            (lambda: account.write({"state": "disconnected"}), lambda: account.write({"state": "connected"})),
        ):
            stop()
            self.env.flush_all()
            with self.assertRaises(PassStopped):
                states._renew(account.id, token)
            go_on()
            self.env.flush_all()
            states._renew(account.id, token)

    def test_what_somebody_waits_for_is_served_at_once(self):
        account, other = self.connected(self.email), self.connected(f"other-{self.email}")
        self.client(self.email).append("INBOX", mail("Now"))
        self.client(f"other-{self.email}").append("INBOX", mail("Later"))
        # resting after failures, but a person asks
        account.sync_state_ids.next_try_at = fields.Datetime.now() + timedelta(hours=1)
        account.access_ids.create({"account_id": account.id, "user_id": self.user.id})
        account.with_user(self.user).action_sync_now()
        self.env["maildesk.account"]._cron_urgent()
        self.assertEqual(len(self.state(account)), 1)
        self.assertFalse(self.state(other))
        self.assertFalse(self.env["maildesk.sync.request"].search([]))

    def test_a_dead_server_says_why_and_recovers(self):
        good, bad = self.connected(self.email), self.connected(f"bad-{self.email}")
        self.client(self.email).append("INBOX", mail("Arrives"))
        bad.incoming_server_id.write({"port": 1, "password": "x"})
        self.sync()
        self.assertEqual(self.state(good), [("inbox", "Arrives", False, False)])
        self.assertEqual((good.state, bad.state), ("connected", "error"))
        self.assertIn("refuses connections on port 1", bad.error_message)
        state = bad.sync_state_ids
        self.assertEqual(state.failures, 1)
        self.assertAlmostEqual(state.next_try_at, fields.Datetime.now() + timedelta(minutes=1), delta=timedelta(seconds=20))
        self.assertNotIn(bad.id, self.due())
        bad.incoming_server_id.write({"port": self.dovecot.port, "password": self.dovecot.password})
        self.sync()
        self.assertEqual((bad.state, bad.error_message, state.failures), ("connected", False, 0))

    def test_a_wrong_password_needs_a_person(self):
        account = self.connected(self.email)
        account.incoming_server_id.password = "changed elsewhere"
        self.sync()
        self.assertEqual(account.state, "needs_sign_in")
        self.assertNotIn(account.id, self.due())
        # entering the right one is all it takes
        account.incoming_server_id.with_user(self.admin).password = self.dovecot.password
        self.sync()
        self.assertEqual((account.state, account.error_message), ("connected", False))
        self.assertTrue(account.last_sync_at)

    def test_pause_and_archive_stop_it(self):
        account = self.connected(self.email)
        self.client(self.email).append("INBOX", mail("Unfetched"))
        self.env["ir.config_parameter"].set_param("maildesk.paused", "True")
        self.sync()
        self.assertFalse(self.state(account))
        self.env["ir.config_parameter"].set_param("maildesk.paused", "")
        account.active = False
        self.sync()
        self.assertFalse(self.state(account))

    def test_orphans_are_collected_later(self):
        client = self.client(self.email)
        client.append("INBOX", mail("Deleted", attachments=[("a.txt", b"text", "text/plain")]))
        account = self.connected(self.email, users=[self.user])
        self.sync()
        message = self.env["maildesk.message"].search([("account_id", "=", account.id)])
        message.attachment_ids._content()
        stored = message.attachment_ids.attachment_id
        self.assertTrue(stored)
        client.select_folder("INBOX")
        client.delete_messages(client.search())
        client.expunge()
        self.sync()
        self.assertTrue(message.orphaned_at)
        message._gc_orphans()
        self.assertTrue(message.exists())
        message.orphaned_at = fields.Datetime.now() - timedelta(days=3)
        message._gc_orphans()
        self.assertFalse(message.exists() or stored.exists())

    def test_readers_are_told_over_the_bus(self):
        account = self.connected(self.email, users=[self.user])
        self.env["bus.bus"].search([]).unlink()
        self.client(self.email).append("INBOX", mail("Ping, with a secret subject"))
        self.sync()
        told = self._told()
        self.assertEqual(len(told), 1)
        self.assertIn(str(self.folder(account).id), told.message)
        self.assertNotIn("secret subject", told.message)

    def test_readers_are_told_of_the_first_screen_of_a_large_folder(self):
        now = datetime.now(timezone.utc)
        self.client(self.email).multiappend("INBOX", [
            {"msg": mail(f"No {number}"), "date": now - timedelta(minutes=number)} for number in range(FIRST_PAGE + 20)])
        self.connected(self.email, users=[self.user])
        self.env["bus.bus"].search([]).unlink()
        self.sync()
        # at once, and when all of it is here
        self.assertEqual(len(self._told()), 2)

    def _told(self):
        self.env.cr.precommit.run()
        return self.env["bus.bus"].search([("message", "like", "maildesk/changed")])

    def test_a_replayed_page_changes_nothing(self):
        client = self.client(self.email)
        for number in range(3):
            client.append("INBOX", mail(f"Replay {number}"))
        account = self.connected(self.email)
        self.sync()
        before = self.state(account)
        ids = self.env["maildesk.message"].search([("account_id", "=", account.id)]).ids
        self.folder(account).cursor = False
        self.sync()
        self.assertEqual(self.state(account), before)
        self.assertEqual(self.env["maildesk.message"].search([("account_id", "=", account.id)]).ids, ids)
        self.assert_counters(account)

    def test_engine_acts_as_superuser(self):
        with self.env["maildesk.account"].with_user(self.user)._savepoint() as env:
            self.assertEqual(env.uid, SUPERUSER_ID)
