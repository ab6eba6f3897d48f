from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ...const import BACK_OFF, LONGEST_PAUSE_HOURS
from ...models.maildesk_operation import BATCH
from ...providers.errors import Refused
from ..common import PASSWORD, MailServerCase, mail
from ..fakes.imap_refusing import CUT, RefusingProxy

CODES = (
    "SERVERBUG", "UNAVAILABLE", "INUSE", "NOPERM", "CONTACTADMIN", "CORRUPTION", "CANNOT", "LIMIT", "OVERQUOTA", "THROTTLED",
    "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "CLIENTBUG", "ALERT", "X-ANYTHING",
)
PAUSE = b"BAD Request is throttled. Suggested Backoff Time: 92000 milliseconds"
PLUGINS = """
mail_plugins = $mail_plugins quota acl
protocol imap {
  mail_plugins = $mail_plugins imap_quota imap_acl
}
plugin {
  acl = vfile:cache_secs=0
  quota = count:User quota
  quota_rule = *:storage=60K
  quota_vsizes = yes
  quota_grace = 0
  quota_max_mail_size = 20K
}
"""


class TroubleCase(MailServerCase):
    """A mailbox with mail in its inbox and in two folders more."""

    dovecot_options = {"extra_config": PLUGINS}

    def setUp(self):
        super().setUp()
        self.email = f"{self._testMethodName}@tidewheel.example".replace("_", "-")
        self.mails = self.client(self.email)
        for name in ("Alpha", "Beta"):
            self.mails.create_folder(name)
        for number in range(4):
            self.mails.append("INBOX", mail(f"Order {number}"))
        self.account = self.connected(self.email, users=[self.user])
        self.sync()
        self.alpha, self.beta = (
            self.account.folder_ids.filtered(lambda folder, name=name: folder.name == name) for name in ("Alpha", "Beta"))

    def refusing(self, rules=None):
        """From now on the server is asked through a proxy, which refuses."""
        proxy = RefusingProxy(self.dovecot.port)
        proxy.__enter__()
        self.addCleanup(proxy.__exit__)
        self.account.incoming_server_id.write({"port": proxy.port, "password": PASSWORD})
        proxy.rules.update(rules or {})
        return proxy

    def subjects(self, folder):
        return sorted(self.env["maildesk.message.placement"].search([("folder_id", "=", folder.id)]).message_id.mapped("subject"))

    def place(self, subject, folder=None):
        return self.env["maildesk.message.placement"].with_user(self.user).search([
            ("message_id.subject", "=", subject), ("folder_id", "=", (folder or self.folder(self.account)).id)])

    def operations(self, state="pending"):
        return self.env["maildesk.operation"].search([("account_id", "=", self.account.id), ("state", "=", state)])

    def on_server(self, folder="INBOX"):
        """{subject: flags} as another client sees it."""
        self.mails.select_folder(folder, readonly=True)
        found = self.mails.fetch(self.mails.search(), ["FLAGS", "ENVELOPE"]) if self.mails.search() else {}
        return {data[b"ENVELOPE"].subject.decode(): set(data[b"FLAGS"]) for data in found.values()}

    def later(self):
        """Whatever waits for its time is due, and there is a run of the cron."""
        self.operations().next_try_at = False
        self.account.sync_state_ids.write({"next_try_at": False, "pause_ends_at": False})
        self.sync()

    def boxes(self, folder):
        """Dovecot's own files of a folder."""
        return self.dovecot.root / "mail" / self.email / "mailboxes" / folder / "dbox-Mails"

    def damage(self, folder):
        """Take the rights on a folder's index away; answers what gives them back."""
        files = [path for path in self.boxes(folder).iterdir() if path.name.startswith("dovecot.index")]
        modes = [path.stat().st_mode for path in files]
        for path in files:
            path.chmod(0)

        def repair():
            for path, mode in zip(files, modes, strict=True):
                path.chmod(mode)

        self.addCleanup(repair)
        return repair

    def allow(self, folder, rights):
        """What the owner may do in a folder (RFC 4314), by Dovecot's own file."""
        path = self.boxes(folder) / "dovecot-acl"
        path.write_text(f"owner {rights}\n")
        path.chmod(0o644)

    def arrive(self, subject="Arrived"):
        for folder in ("INBOX", "Alpha", "Beta"):
            self.mails.append(folder, mail(f"{subject} in {folder}"))


@tagged("post_install", "-at_install")
class TestFolderTroubles(TroubleCase):
    """What keeps one folder from being read keeps no other, and ends by itself."""

    def assert_in_trouble(self, pattern):
        self.assertEqual((self.account.state, self.account.error_message), ("connected", False))
        self.assertRegex(self.alpha.error_message, pattern)
        self.assertNotIn("sign-in", self.alpha.error_message)
        self.assertNotIn("\n", self.alpha.error_message)
        setting = self.env["maildesk.folder.setting"].with_user(self.admin).search([("id", "=", self.alpha.id)])
        self.assertEqual((setting.state, setting.error_message), ("error", self.alpha.error_message))
        self.assertIn("Arrived in INBOX", self.subjects(self.folder(self.account)))
        self.assertEqual(self.subjects(self.beta), ["Arrived in Beta"])
        self.assertEqual(self.subjects(self.alpha), [])

    def assert_recovered(self):
        self.assertFalse(self.alpha.error_message)
        self.assertEqual(self.subjects(self.alpha), ["Arrived in Alpha"])
        self.assertEqual(self.account.state, "connected")

    def test_a_damaged_one(self):
        self.arrive()
        repair = self.damage("Alpha")
        self.sync()
        self.assert_in_trouble("fault of its own.*The server said: EXAMINE: .SERVERBUG. Internal error")
        repair()
        self.sync()
        self.assert_recovered()

    def test_one_without_the_right_to_read(self):
        self.arrive()
        self.allow("Alpha", "l")
        self.sync()
        self.assert_in_trouble(f"does not let {self.email} read this folder.*NOPERM")
        self.allow("Alpha", "lrwstipekxa")
        self.sync()
        self.assert_recovered()

    def test_whatever_the_code(self):
        self.arrive()
        proxy = self.refusing()
        for code in CODES:
            with self.subTest(code):
                proxy.rules = {rb"^EXAMINE .?Alpha": b"NO [%s] words" % code.encode()}
                self.sync()
                self.assert_in_trouble(f"The server said: EXAMINE: .{code}. words")
        proxy.rules = {}
        self.sync()
        self.assert_recovered()

    def test_readers_are_told_once_and_when_it_ends(self):
        proxy = self.refusing({rb"^EXAMINE .?Alpha": b"NO [INUSE] locked"})
        self.mails.append("Alpha", mail("Arrived in Alpha"))
        for rules, told in (proxy.rules, 1), (proxy.rules, 0), ({}, 1), ({}, 0):
            proxy.rules = rules
            self.env.cr.precommit.run()
            self.env["bus.bus"].search([]).unlink()
            self.sync()
            self.env.cr.precommit.run()
            messages = self.env["bus.bus"].search([("message", "like", "maildesk/changed")])
            self.assertEqual(len(messages), told)
            self.assertEqual(any(str(self.alpha.id) in message.message for message in messages), bool(told))

    def test_it_recovers_although_nothing_changed_in_it(self):
        repair = self.damage("Alpha")
        self.alpha.error_message = "Whatever it was"
        repair()
        self.env.cr.precommit.run()
        self.env["bus.bus"].search([]).unlink()
        self.sync()
        self.assertFalse(self.alpha.error_message)
        self.env.cr.precommit.run()
        [told] = self.env["bus.bus"].search([("message", "like", "maildesk/changed")])
        self.assertIn(str(self.alpha.id), told.message)

    def test_one_that_ends_the_connection(self):
        for answer in (CUT, b"* BYE crashed\r\n{tag} OK\r\n"):
            with self.subTest(answer):
                self.arrive(f"Arrived {answer and answer[2:5]}")
                proxy = self.refusing({rb"^EXAMINE .?Alpha": answer})
                self.sync()
                # the first time it may have been the line
                self.assertEqual(self.account.state, "error")
                self.assertRegex(self.alpha.error_message, "ended the connection")
                self.later()
                self.assertEqual((self.account.state, self.account.sync_state_ids.failures), ("connected", 0))
                self.assertIn(f"Arrived {answer and answer[2:5]} in Beta", self.subjects(self.beta))
                self.assertRegex(self.alpha.error_message, "ended the connection")
                proxy.rules = {}
                self.sync()
                self.assertFalse(self.alpha.error_message)
                self.assertIn(f"Arrived {answer and answer[2:5]} in Alpha", self.subjects(self.alpha))

    def test_a_mailbox_none_of_whose_folders_opens(self):
        proxy = self.refusing({rb"^EXAMINE": b"NO [UNAVAILABLE] the storage is away"})
        self.account.folder_ids.cursor = False
        self.sync()
        self.assertEqual((self.account.state, self.account.sync_state_ids.failures), ("error", 1))
        self.assertRegex(self.account.error_message, "cannot open this just now.*The server said: EXAMINE: .UNAVAILABLE.")
        self.assertNotIn("sign-in", self.account.error_message)
        proxy.rules = {}
        self.later()
        self.assertEqual((self.account.state, self.account.error_message), ("connected", False))
        self.assertFalse(any(self.account.folder_ids.mapped("error_message")))

    def test_exchange_without_a_mailbox(self):
        self.refusing({rb"^(EXAMINE|LIST)": b"BAD User is authenticated but not connected."})
        self.sync()
        self.assertEqual(self.account.state, "error")
        self.assertRegex(self.account.error_message, "accepts the sign-in of .*licence.*allowed.*permission.*The server said")
        self.assertFalse(any(self.account.folder_ids.mapped("error_message")))


@tagged("post_install", "-at_install")
class TestRefusedChanges(TroubleCase):
    """What the server refuses for one mail or folder holds up nothing else."""

    def assert_waits(self, operation, attempts, pattern):
        self.assertEqual((operation.state, operation.attempts), ("pending", attempts))
        due = fields.Datetime.now() + timedelta(minutes=BACK_OFF[attempts - 1])
        self.assertAlmostEqual(operation.next_try_at, due, delta=timedelta(seconds=30))
        self.assertRegex(operation.error_message, pattern)
        self.assertEqual((self.account.state, self.account.error_message), ("connected", False))

    def move(self, number, folder):
        place = self.place(f"Order {number}")
        place._act("move", folder.id)
        return place, self.operations().filtered(lambda operation: operation.placement_id == place)

    def test_a_move_into_a_damaged_folder(self):
        repair = self.damage("Alpha")
        place, moving = self.move(0, self.alpha)
        self.place("Order 1")._act("star")
        self.move(2, self.beta)
        self.place("Order 3")._act("delete")
        self.arrive()
        self.sync()
        self.assert_waits(moving, 1, "fault of its own")
        self.assertEqual(self.operations(), moving)
        self.assertEqual(set(self.on_server()), {"Order 0", "Order 1", "Arrived in INBOX"})
        self.assertIn(b"\\Flagged", self.on_server()["Order 1"])
        self.assertIn("Arrived in INBOX", self.subjects(self.folder(self.account)))
        self.assertEqual(self.subjects(self.beta), ["Arrived in Beta", "Order 2"])
        repair()
        self.later()
        self.assertFalse(self.operations() or self.operations("failed"))
        self.sync()
        self.assertEqual((place.folder_id, self.subjects(self.alpha)), (self.alpha, ["Arrived in Alpha", "Order 0"]))

    def test_five_tries(self):
        self.damage("Alpha")
        place, moving = self.move(0, self.alpha)
        self.sync()
        for attempts in range(1, len(BACK_OFF)):
            self.assert_waits(moving, attempts, "fault of its own")
            # not before its time
            self.sync()
            self.assertEqual(moving.attempts, attempts)
            self.later()
        self.assertEqual((moving.state, place.folder_id), ("failed", self.folder(self.account)))
        self.assertEqual(self.account.state, "connected")

    def test_whatever_the_code(self):
        proxy = self.refusing()
        for number, code in enumerate(CODES):
            with self.subTest(code):
                proxy.rules = {rb"^UID MOVE": b"NO [%s] words" % code.encode()}
                place, moving = self.move(0, self.alpha)
                self.place("Order 1")._act("unstar" if number % 2 else "star")
                self.sync()
                self.assertFalse(self.operations() - moving)
                self.assertIn(f"The server said: MOVE: [{code}] words", moving.error_message)
                self.assertEqual(self.account.state, "connected")
                if moving.state == "pending":
                    self.assertEqual(moving.attempts, 1)
                    moving._give_up("That was all that was to be seen of it")
                self.assertEqual(place.folder_id, self.folder(self.account))

    def test_a_folder_that_may_be_read_only(self):
        self.allow("Alpha", "lrs")
        place, moving = self.move(0, self.alpha)
        self.sync()
        self.assertEqual((moving.state, place.folder_id), ("failed", self.folder(self.account)))
        self.assertRegex(moving.error_message, "does not allow this in that folder.*NOPERM")

    def test_a_change_the_server_does_not_survive(self):
        proxy = self.refusing({rb"^UID MOVE": CUT})
        place, moving = self.move(0, self.alpha)
        self.sync()
        self.assertEqual((moving.attempts, self.account.state), (1, "error"))
        self.arrive()
        self.later()
        # all the rest comes first
        self.assertIn("Arrived in INBOX", self.subjects(self.folder(self.account)))
        self.assertEqual(self.subjects(self.beta), ["Arrived in Beta"])
        self.assertEqual(moving.attempts, 2)
        for _try in range(3):
            self.later()
        self.assertEqual((moving.state, place.folder_id), ("failed", self.folder(self.account)))
        self.assertIn("ended the connection", moving.error_message)
        proxy.rules = {}
        self.later()
        self.assertEqual(self.account.state, "connected")
        self.assertEqual(self.subjects(self.alpha), ["Arrived in Alpha"])

    def test_what_was_done_before_the_connection_ended_is_found(self):
        """Every try is obeyed, and its answer lost."""
        proxy = self.refusing()
        place, moving = self.move(0, self.alpha)
        moving.attempts = len(BACK_OFF) - 1
        proxy.rules = {rb"^UID MOVE": CUT}
        self.mails.select_folder("INBOX")
        self.mails.move(self.mails.search(["SUBJECT", "Order 0"]), "Alpha")
        # the server answers the look before as if nothing had been done
        proxy.rules = {rb"^UID FETCH \S+ \(UID FLAGS\)": CUT}
        self.sync()
        self.assertEqual((moving.state, place.folder_id), ("failed", self.folder(self.account)))
        proxy.rules = {}
        self.later()
        self.assertEqual(self.subjects(self.alpha), ["Order 0"])
        self.assertEqual(self.subjects(self.folder(self.account)), ["Order 1", "Order 2", "Order 3"])

    def test_batches_become_smaller(self):
        operations = self.env["maildesk.operation"]
        sizes = []
        for attempts in range(len(BACK_OFF)):
            batch = operations.create([{
                "account_id": self.account.id, "kind": "flag", "flag": "is_read", "folder_id": self.alpha.id, "value": True,
                "remote_id": f"1:{number}", "attempts": attempts} for number in range(BATCH)])
            sizes.append(len(operations._next(self.account.id, retries=True).ids))
            batch.unlink()
        self.assertEqual(sizes, [500, 62, 7, 1, 1])

    def test_a_batch_that_is_refused_is_not_asked_for_mail_by_mail(self):
        for number in range(20):
            self.mails.append("INBOX", mail(f"More {number}"))
        self.sync()
        proxy = self.refusing({rb"^UID MOVE": b"NO [INUSE] locked"})
        places = self.env["maildesk.message.placement"].with_user(self.user).search([("message_id.subject", "like", "More %")])
        places._act("move", self.alpha.id)
        self.sync()
        self.assertEqual(len(proxy.sent(b"UID MOVE")), 4)
        self.assertEqual(self.operations().mapped("attempts"), [1] * 20)
        # one of them is what the server does not take
        bad = self.operations()[7].remote_id.partition(":")[2]
        proxy.rules = {rb"^UID MOVE (%s |\S+[:,])" % bad.encode(): b"NO words"}
        self.later()
        self.assertEqual(len(self.operations()), 1)
        self.assertEqual(len(self.on_server("Alpha")), 19)

    def test_a_full_mailbox(self):
        for number in range(4):
            self.mails.append("Beta", mail(f"Large {number}", "x" * 12_000))
        self.sync()
        stored = self.beta.with_user(self.user)._append(mail("One more", "y" * 14_000, message_id="<more@tidewheel.example>"))
        storing = self.operations()
        self.place("Order 0")._act("star")
        self.move(1, self.alpha)
        trash = self.folder(self.account, "trash")
        freed = self.place("Large 0", self.beta) | self.place("Large 1", self.beta)
        freed._act("move", trash.id)
        freed._act("delete")
        self.sync()
        self.assert_waits(storing, 1, "The mailbox is full on .*Delete mail there for good.*OVERQUOTA")
        self.assertEqual(self.operations(), storing)
        self.assertIn(b"\\Flagged", self.on_server()["Order 0"])
        self.assertEqual(set(self.on_server("Alpha")), {"Order 1"})
        self.assertEqual(self.on_server("Trash"), {})
        # what was deleted has made room
        self.later()
        self.assertFalse(self.operations() or self.operations("failed"))
        self.assertIn("One more", self.on_server("Beta"))
        self.assertTrue(stored.sudo().remote_id)

    def test_a_mail_too_large(self):
        self.beta.with_user(self.user)._append(mail("Too large", "x" * 25_000))
        self.place("Order 0")._act("star")
        self.sync()
        failed = self.operations("failed")
        self.assertRegex(failed.error_message, r"as large as this one, which has 2\d KB\. The server said: .*LIMIT.*larger")
        self.assertFalse(self.operations())
        self.assertIn(b"\\Flagged", self.on_server()["Order 0"])

    def test_a_mail_larger_than_the_server_tells(self):
        self.refusing({rb"^APPEND": b"NO [TOOBIG] x"})
        self.beta.with_user(self.user)._append(mail("Too large", "x" * 1_500_000))
        self.sync()
        self.assertRegex(self.operations("failed").error_message, r"as large as this one, which has 1\.[56] MB\.")
        told = self.account._change_refused_words(
            Refused(reason="too_large", limit=1_000_000), self.account.incoming_server_id, 1_540_000)
        self.assertEqual(told, "127.0.0.1 takes mails of up to 1.0 MB, this one has 1.5 MB.")

    def test_one_change_that_is_to_wait(self):
        """A pause the server asks for is no try."""
        self.refusing({rb"^UID MOVE": PAUSE})
        _place, moving = self.move(0, self.alpha)
        self.place("Order 1")._act("star")
        self.sync()
        self.assertEqual((moving.state, moving.attempts), ("pending", 0))
        self.assertRegex(moving.error_message, "asks for a pause")
        due = fields.Datetime.now() + timedelta(seconds=92)
        self.assertAlmostEqual(moving.next_try_at, due, delta=timedelta(seconds=20))
        self.assertEqual(self.operations(), moving)
        self.assertFalse(self.account.sync_state_ids.pause_ends_at)


@tagged("post_install", "-at_install")
class TestPauses(TroubleCase):
    """A pause the server asks for is no failure and no trouble."""

    def assert_rests(self, seconds):
        state = self.account.sync_state_ids
        until = fields.Datetime.now() + timedelta(seconds=seconds)
        self.assertAlmostEqual(state.pause_ends_at, until, delta=timedelta(seconds=20))
        self.assertEqual((state.next_try_at, state.failures), (state.pause_ends_at, 0))
        self.assertEqual((self.account.state, self.account.attention), ("connected", 0))
        # nor for those a person waits for
        for asked in (None, self.account.ids):
            self.assertNotIn(self.account.id, [row[0] for row in self.env["maildesk.sync.state"]._due(asked)])

    def test_asked_for_by_two_folders(self):
        self.arrive()
        proxy = self.refusing({rb"^EXAMINE": PAUSE})
        self.sync()
        self.assertEqual(len(proxy.sent(b"EXAMINE")), 2)
        self.assert_rests(92)
        # whoever waits
        self.account.with_user(self.user).action_sync_now()
        self.place("Order 0")._act("star")
        self.assertEqual(self.env["maildesk.sync.request"]._urgent(), [])
        self.env["maildesk.account"]._cron_urgent()
        self.assertEqual(len(proxy.sent(b"EXAMINE")), 2)
        self.assertEqual(self.operations().attempts, 0)
        proxy.rules = {}
        self.account.sync_state_ids.pause_ends_at = fields.Datetime.now() - timedelta(hours=1)
        self.env["maildesk.account"]._cron_urgent()
        self.assertEqual(self.subjects(self.beta), ["Arrived in Beta"])
        self.assertFalse(self.account.sync_state_ids.pause_ends_at or self.account.sync_state_ids.next_try_at)
        self.assertIn(b"\\Flagged", self.on_server()["Order 0"])

    def test_asked_for_by_the_last_folder(self):
        self.arrive()
        self.refusing({rb"^EXAMINE .?Beta": PAUSE})
        self.sync()
        self.assert_rests(92)
        self.assertEqual(self.subjects(self.alpha), ["Arrived in Alpha"])

    def test_asked_for_by_one_folder_before_others(self):
        self.arrive()
        self.refusing({rb"^EXAMINE .?Alpha": PAUSE})
        self.sync()
        self.assertFalse(self.account.sync_state_ids.pause_ends_at)
        self.assertRegex(self.alpha.error_message, "asks for a pause")
        self.assertEqual(self.subjects(self.beta), ["Arrived in Beta"])

    def test_asked_for_by_two_changes(self):
        proxy = self.refusing({rb"^UID (STORE|MOVE)": PAUSE})
        self.place("Order 0")._act("star")
        self.place("Order 1")._act("read")
        self.place("Order 2")._act("move", self.alpha.id)
        self.sync()
        self.assert_rests(92)
        self.assertEqual(len(proxy.sent(b"UID STORE", b"UID MOVE")), 2)
        self.assertEqual(self.operations().mapped("attempts"), [0, 0, 0])

    def test_asked_for_by_the_listing(self):
        self.refusing({rb"^LIST": PAUSE})
        self.sync()
        self.assert_rests(92)

    def test_one_that_never_ends_is_trouble(self):
        self.refusing({rb"^LIST": PAUSE})
        state = self.account.sync_state_ids
        state.last_sync_at = fields.Datetime.now() - timedelta(hours=LONGEST_PAUSE_HOURS + 1)
        self.sync()
        self.assertEqual((self.account.state, state.failures), ("error", 1))
        self.assertIn("asks for a pause", self.account.error_message)
        self.assertAlmostEqual(state.pause_ends_at, fields.Datetime.now() + timedelta(seconds=92), delta=timedelta(seconds=20))

    def test_an_error_before_it_stays(self):
        proxy = self.refusing({rb"^LIST": CUT})
        self.sync()
        self.assertEqual((self.account.state, self.account.sync_state_ids.failures), ("error", 1))
        proxy.rules = {rb"^LIST": PAUSE}
        self.account.sync_state_ids.next_try_at = False
        self.sync()
        self.assertEqual((self.account.state, self.account.sync_state_ids.failures), ("error", 1))

    def test_of_no_length_is_a_failure(self):
        self.refusing({rb"^LIST": b"* BYE Too many connections\r\n{tag} OK\r\n"})
        self.sync()
        self.assertEqual((self.account.state, self.account.sync_state_ids.failures), ("error", 1))
        self.assertFalse(self.account.sync_state_ids.pause_ends_at)

    def test_whoever_acts_on_the_connection_ends_it(self):
        proxy = self.refusing({rb"^LIST": PAUSE})
        self.sync()
        self.assert_rests(92)
        proxy.rules = {}
        self.account.action_fetch_folders()
        self.assertFalse(self.account.sync_state_ids.pause_ends_at)
