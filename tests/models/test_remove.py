from unittest.mock import patch

from imapclient import FLAGGED, SEEN
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models import maildesk_account_clear, maildesk_folder, sync_pass
from ..common import MailServerCase, mail


@tagged("post_install", "-at_install")
class TestRemove(MailServerCase):
    def setUp(self):
        super().setUp()
        self.email = f"{self._testMethodName}@tidewheel.example".replace("_", "-")
        self.mails = self.client(self.email)
        for number in range(4):
            flags = [SEEN] if number % 2 else [FLAGGED]
            self.mails.append("INBOX", mail(f"No {number}", f"Text {number}", attachments=[("a.txt", b"file", "text/plain")]), flags)
        self.account = self.connected(self.email, users=[self.user])
        self.sync()
        self.partner = self.env["res.partner"].create({"name": "Rosa Delgado"})
        self.before = self.on_server()
        # ways for batches to be small; what they clear is real
        for module in (maildesk_account_clear, maildesk_folder, sync_pass):
            self.startPatcher(patch.object(module, "CLEAR_BATCH", 2))

    def on_server(self):
        """Every folder's mails and flags, as another client sees them."""
        found = {}
        for _flags, _delimiter, name in self.mails.list_folders():
            self.mails.select_folder(name, readonly=True)
            uids = self.mails.search()
            fetched = self.mails.fetch(uids, ["FLAGS"]) if uids else {}
            found[name] = {uid: tuple(sorted(data[b"FLAGS"])) for uid, data in fetched.items()}
        return found

    def place(self, subject):
        return self.env["maildesk.message.placement"].with_user(self.user).search([
            ("folder_id.account_id", "=", self.account.id), ("message_id.subject", "=", subject)])

    def link(self, subject):
        message = self.place(subject).message_id
        message._link_to("res.partner", self.partner.id)
        return message

    def question(self, account=None, **values):
        """The dialog Remove Mailbox opens, answered."""
        action = (account or self.account).with_user(self.admin).action_remove_mailbox()
        question = self.env[action["res_model"]].with_user(self.admin).browse(action["res_id"])
        question.write(values)
        return question

    def keep(self):
        self.question(choice="archive").action_confirm()
        self.env.invalidate_all()

    def rows(self, **options):
        return [row["subject"] for row in self.env["maildesk.message.placement"].with_user(self.user)._page(**options)["rows"]]

    def test_keeping_linked_mail_as_an_archive(self):
        message = self.link("No 2")
        servers = self.account.incoming_server_id, self.account.outgoing_server_id
        self.account.share_password, self.account.allow_personal_connection = "open sesame", True
        question = self.question()
        self.assertEqual((question.choice, question.linked_count, question.unkept_count, question.pending_count), ("archive", 1, 0, 0))
        self.keep()
        self.assertEqual(self.account.state, "removed")
        self.assertTrue(all(server.exists() for server in servers))
        self.assertFalse(self.account.incoming_server_id or self.account.outgoing_server_id)
        self.assertFalse(any(server.has_password for server in servers), "passwords are forgotten")
        self.assertFalse(self.account.has_share_password or self.account.allow_personal_connection)
        self.assertIn("removed", self.env["maildesk.log"].search([("email", "=", self.email)]).mapped("event"))
        # only the linked one is in sight, before anything was cleared away
        self.assertEqual(self.rows(), ["No 2"])
        self.env["maildesk.account"]._cron_clear()
        for model in ("message", "message.placement", "folder", "thread", "message.search"):
            self.assertEqual(self.env[f"maildesk.{model}"].search_count([]), 1, model)
        # without the server: list, search, reader, attachment
        folder = self.folder(self.account, "archive").with_user(self.user)
        self.assertEqual((folder.total_count, folder.unread_count), (1, 0))
        self.assertEqual([self.rows(folder_id=folder.id, search=words) for words in ("", "rosa", "nothing")], [["No 2"], ["No 2"], []])
        shown = message._open(self.place("No 2"))
        self.assertEqual((shown["error"], shown["links"][0]["name"], shown["is_starred"]), ("", "Rosa Delgado", True))
        self.assertIn("Text 2", message.body_ids.html)
        self.assertEqual(message.attachment_ids._content(), b"file")
        self.assertIn(b"Subject: No 2", message._fetch_raw())
        [tree] = self.env["maildesk.account"].with_user(self.user)._tree()
        self.assertEqual((tree["state"], [own["role"] for own in tree["folders"]]), ("removed", ["archive"]))
        self.assertEqual(self.on_server(), self.before, "the mail server was not touched")

    def test_nothing_is_done_in_an_archive(self):
        self.link("No 2")
        server = self.account.incoming_server_id
        self.keep()
        place = self.place("No 2")
        for action in ("read", "unread", "star", "archive", "junk", "delete", "move"):
            with self.subTest(action), self.assertRaisesRegex(UserError, "was removed"):
                place._act(action, folder_id=place.folder_id.id)
        with self.assertRaisesRegex(UserError, "was removed"):
            place.folder_id._append(mail("Mine"))
        account = self.account.with_user(self.admin)
        for button in ("fetch_folders", "test_incoming", "reset_sync_state", "disconnect", "reconnect"):
            with self.subTest(button), self.assertRaisesRegex(UserError, "was removed"):
                getattr(account, f"action_{button}")()
        with self.assertRaises(ValidationError) as caught:
            account.incoming_server_id = server
        self.assertIn("was removed", str(caught.exception))
        with self.assertRaisesRegex(UserError, "No shared mailbox found"):
            self.env["maildesk.account"].with_user(self.other).connect_mailbox(self.email, "x")
        # the servers are free
        other = self.make_account("next@tidewheel.example")
        other.incoming_server_id = server
        self.sync()
        self.assertEqual((self.account.state, self.rows()), ("removed", ["No 2"]))

    def test_who_reads_the_archive(self):
        message = self.link("No 2")
        self.link("No 1")
        self.place("No 1")._act("junk")
        self.sync()
        self.env["maildesk.access"].create([
            {"account_id": self.account.id, "user_id": self.other.id, "allow_imap": False},
            {"account_id": self.account.id, "user_id": self.admin.id, "allow_spam": False}])

        def readable(user):
            self.env.invalidate_all()
            return set(self.env["maildesk.message"].with_user(user).search([]).mapped("subject"))
        before = [readable(user) for user in (self.user, self.other, self.admin)]
        self.keep()
        after = [readable(user) for user in (self.user, self.other, self.admin)]
        self.assertEqual(after, [{"No 1", "No 2"}, set(), {"No 2"}])
        self.assertTrue(all(now <= then for now, then in zip(after, before, strict=True)), "nobody reads more than before")
        self.account.access_ids.filtered(lambda line: line.user_id == self.user).unlink()
        self.assertFalse(readable(self.user))
        self.assertFalse(message.has_access("read"))

    def test_pending_changes_are_dropped_and_said(self):
        self.link("No 2")
        self.place("No 2")._act("unstar")
        self.place("No 3")._act("delete")
        self.folder(self.account).with_user(self.user)._append(mail("Never sent"))
        question = self.question(choice="archive")
        self.assertEqual(question.pending_count, 3)
        raw = self.env["maildesk.operation"].search([("kind", "=", "append")]).raw_id
        question.action_confirm()
        self.assertFalse(self.env["maildesk.operation"].search([]) or raw.exists())
        self.sync()
        self.env["maildesk.account"]._cron_clear()
        self.assertEqual(self.on_server(), self.before)

    def test_a_linked_mail_the_server_never_had_is_kept(self):
        place = self.folder(self.account).with_user(self.user)._append(mail("Our own", "Written here"))
        self.env["maildesk.link"].create(
            {"message_id": place.message_id.id, "res_model": "res.partner", "res_id": self.partner.id})
        self.account._remove_keeping_archive()
        self.env["maildesk.account"]._cron_clear()
        self.assertEqual(self.rows(), ["Our own"])
        self.assertIn("Written here", self.place("Our own").message_id._cached_body().html)
        self.assertEqual(self.on_server(), self.before)

    def test_what_was_not_kept_is_fetched_first_or_said(self):
        messages = self.place("No 1").message_id | self.place("No 2").message_id
        self.env["maildesk.link"].create([
            {"message_id": message.id, "res_model": "res.partner", "res_id": self.partner.id} for message in messages])
        server = self.account.incoming_server_id
        port = server.port
        server.write({"port": 1, "password": "x"})
        question = self.question()
        self.assertEqual((question.linked_count, question.unkept_count), (2, 2))
        self.assertIn("refuses connections", question.trouble)
        server.write({"port": port, "password": "secret-of-the-server"})
        question = self.question()
        self.assertFalse(question.unkept_count or question.trouble)
        self.assertTrue(all(messages.sudo().mapped("source_id")))
        # one that is lost for good stays as far as it is here
        messages[0].sudo().source_id.unlink()
        self.mails.select_folder("INBOX")
        self.mails.delete_messages(self.mails.search(["SUBJECT", "No 1"]))
        self.mails.expunge()
        question = self.question(choice="archive")
        self.assertEqual(question.unkept_count, 1)
        question.action_confirm()
        shown = messages[0]._open(self.place("No 1"))
        self.assertEqual(shown["subject"], "No 1")
        self.assertIn("This mailbox was removed before", shown["error"])

    def test_nothing_to_keep(self):
        question = self.question()
        self.assertEqual((question.choice, question.linked_count), ("delete", 0))
        question.choice = "archive"
        question.action_confirm()
        self.env["maildesk.account"]._cron_clear()
        self.assertEqual(self.account.state, "removed")
        self.assertFalse(self.env["maildesk.message"].search([]) or self.account.folder_ids)
        self.assertFalse(self.env["maildesk.account"].with_user(self.user)._tree())
        self.account.with_user(self.admin).unlink()
        self.assertFalse(self.account.exists())

    def test_deleting_everything_takes_the_address(self):
        message = self.link("No 2")
        source = message.sudo().source_id
        for typed in ("", "wrong@tidewheel.example", self.email[1:]):
            with self.subTest(typed), self.assertRaisesRegex(UserError, "type the address of this mailbox"):
                self.question(choice="delete", typed_email=typed).action_confirm()
            self.assertTrue(self.account.exists() and message.exists())
            self.assertTrue(self.account.incoming_server_id.has_password)
        servers = self.account.incoming_server_id
        self.question(choice="delete", typed_email=f"  {self.email.upper()} ").action_confirm()
        self.env["maildesk.account"]._cron_clear()
        self.assertFalse(self.account.exists() or message.sudo().exists() or source.exists() or self.env["maildesk.link"].search([]))
        self.assertFalse(self.env["maildesk.message"].search([]))
        self.assertFalse(servers.has_password)
        self.assertIn("removed", self.env["maildesk.log"].search([("email", "=", self.email)]).mapped("event"))
        self.assertEqual(self.on_server(), self.before)

    def test_an_archive_asks_again_before_it_goes(self):
        self.link("No 2")
        self.keep()
        account = self.account.with_user(self.admin)
        with self.assertRaisesRegex(UserError, r"^This mailbox has 1 email\(s\) linked to Odoo records"):
            account.unlink()
        with self.assertRaisesRegex(UserError, "was removed"):
            account._remove_keeping_archive()
        question = self.question()
        self.assertEqual(question.choice, "delete")
        question.typed_email = self.email
        question.action_confirm()
        self.env["maildesk.account"]._cron_clear()
        self.assertFalse(self.account.exists() or self.env["maildesk.message"].search([]))

    def test_only_administrators_remove(self):
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.account.with_user(self.user).action_remove_mailbox()
        for method, args in (("_remove_keeping_archive", ()), ("_remove_everything", (self.email,))):
            with self.subTest(method), self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                getattr(self.account.with_user(self.user), method)(*args)
        far = self.env["res.company"].create({"name": "Far"})
        other = self.make_account("far@tidewheel.example", company_id=far.id)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            other.with_user(self.admin).action_remove_mailbox()

    def test_clearing_goes_on_where_it_was_interrupted(self):
        self.link("No 2")
        self.keep()
        accounts = self.env["maildesk.account"]
        # a step at a time, as if the worker was killed after each
        while accounts._clear_a_folder() or accounts._clear_a_mailbox() or accounts._clear_an_archive():
            self.assertEqual(self.rows(), ["No 2"])
        self.assertEqual(self.env["maildesk.message"].search([]).mapped("subject"), ["No 2"])

    def test_a_pass_that_was_under_way_does_not_bring_it_back(self):
        self.link("No 2")
        self.keep()
        visit = sync_pass.SyncPass(self.env["maildesk.account"]._savepoint, self.account.id, float("inf"), False)
        visit._note("error", lambda env: "The line was cut.")
        self.assertEqual(self.account.state, "removed")

    def test_smart_buttons(self):
        self.link("No 2")
        account = self.account.with_user(self.admin)
        self.assertEqual((account.message_count, account.linked_count, account.is_accessible), (4, 1, False))
        with self.assertRaises(UserError):
            account.action_open_messages()
        action = account.action_open_links()
        self.assertFalse(self.env[action["res_model"]].with_user(self.admin).search(action["domain"]), "numbers only")
        self.env["maildesk.access"].create({"account_id": account.id, "user_id": self.admin.id})
        self.assertEqual(account.action_open_messages()["params"]["folder"], self.folder(self.account).id)
        [link] = self.env[action["res_model"]].with_user(self.admin).search(action["domain"])
        self.assertEqual(link.action_open_email()["params"]["message"], self.place("No 2").id)
        self.assertEqual(link.action_open_record()["res_id"], self.partner.id)
        action = account.action_open_log()
        self.assertTrue(self.env[action["res_model"]].with_user(self.admin).search(action["domain"]))
