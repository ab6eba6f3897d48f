from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from ..common import MaildeskCase


@tagged("post_install", "-at_install")
class TestTree(MaildeskCase):
    """What the app is told of mailboxes and folders."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account(users=[cls.user])
        cls.account.state = "connected"
        folders = {"inbox": (30, 60, True), "junk": (5, 5, True), "archive": (100, 900, False)}
        cls.folders = {
            role: cls.env["maildesk.folder"].create({
                "account_id": cls.account.id, "name": role.title(), "remote_id": role, "role": role, "total_count": loaded,
                "remaining_count": remaining, "sync_enabled": enabled,
            })
            for role, (loaded, remaining, enabled) in folders.items()
        }
        cls.state = cls.account.sudo().sync_state_ids or cls.env["maildesk.sync.state"].create({"account_id": cls.account.id})

    def tree(self, user=None):
        """The mailbox as one person is told of it."""
        self.env.invalidate_all()
        found = self.env["maildesk.account"].with_user(user or self.user)._tree()
        return next((account for account in found if account["id"] == self.account.id), None)

    def make_operation(self, state, minutes=0):
        message = self.env["maildesk.message"].create({
            "account_id": self.account.id, "fingerprint": f"{state} {minutes}", "subject": state, "date": fields.Datetime.now()})
        place = self.env["maildesk.message.placement"].create({
            "message_id": message.id, "folder_id": self.folders["inbox"].id, "remote_id": f"1:{message.id}",
            "date": fields.Datetime.now()})
        operation = self.env["maildesk.operation"].create({
            "account_id": self.account.id, "message_id": message.id, "placement_id": place.id, "kind": "flag", "flag": "is_read",
            "value": True, "folder_id": place.folder_id.id, "remote_id": place.remote_id, "state": state})
        written = fields.Datetime.now() - timedelta(minutes=minutes)
        self.env.cr.execute("UPDATE maildesk_operation SET create_date = %s WHERE id = %s", [written, operation.id])
        return operation

    def test_progress_counts_what_is_synchronised(self):
        tree = self.tree()
        self.assertEqual((tree["loaded"], tree["remaining"], tree["percent"]), (35, 65, 35))
        self.folders["inbox"].remaining_count = self.folders["junk"].remaining_count = 0
        tree = self.tree()
        self.assertEqual((tree["remaining"], tree["percent"]), (0, 100))

    def test_nearly_done_is_not_done(self):
        self.folders["inbox"].write({"total_count": 99999, "remaining_count": 1})
        self.folders["junk"].remaining_count = 0
        self.assertEqual(self.tree()["percent"], 99)

    def test_junk_is_told_to_those_who_may_see_it(self):
        self.assertTrue(self.tree()["may_junk"])
        self.account.access_ids.allow_spam = False
        tree = self.tree()
        self.assertFalse(tree["may_junk"])
        self.assertEqual([folder["role"] for folder in tree["folders"]], ["inbox", "archive"])
        self.assertEqual((tree["loaded"], tree["remaining"]), (30, 60))

    def test_what_is_turned_off_is_told(self):
        self.assertTrue(self.tree()["may_send"] and self.tree()["may_export"])
        for record in (self.account.access_ids, self.user.maildesk_action_ids):
            record.allow_outgoing = False
            self.assertEqual((self.tree()["may_send"], self.tree()["may_export"]), (False, True))
            record.write({"allow_outgoing": True, "allow_export": False})
            self.assertEqual((self.tree()["may_send"], self.tree()["may_export"]), (True, False))
            record.allow_export = True

    def test_operations_are_counted(self):
        self.make_operation("done")
        self.make_operation("pending")
        self.make_operation("pending", minutes=10)
        self.make_operation("failed", minutes=10)
        tree = self.tree()
        self.assertEqual((tree["pending"], tree["delayed"], tree["failed"]), (2, 1, 1))
        other = self.make_account("info@tidewheel.example", users=[self.user])
        found = self.env["maildesk.account"].with_user(self.user)._tree()
        self.assertEqual([account["pending"] for account in found if account["id"] == other.id], [0])

    def test_operations_of_mail_one_may_not_see_are_not_told(self):
        operation = self.make_operation("failed")
        operation.placement_id.folder_id = self.folders["junk"]
        self.assertEqual(self.tree()["failed"], 1)
        self.account.access_ids.allow_spam = False
        self.assertEqual(self.tree()["failed"], 0)

    def test_the_next_try_of_a_mailbox_in_trouble(self):
        soon = fields.Datetime.now() + timedelta(minutes=5)
        self.state.next_try_at = soon
        self.assertEqual(self.tree()["next_try_at"], "")
        self.account.write({"state": "error", "error_message": "The mail server did not answer."})
        tree = self.tree()
        self.assertEqual(tree["next_try_at"], fields.Datetime.to_string(soon))
        self.assertEqual(tree["error_message"], "The mail server did not answer.")

    def test_folders_tell_their_trouble(self):
        self.folders["archive"].error_message = "The folder is gone."
        archive = next(folder for folder in self.tree()["folders"] if folder["role"] == "archive")
        self.assertEqual((archive["error_message"], archive["sync_enabled"]), ("The folder is gone.", False))

    def test_who_is_not_on_the_list_is_told_nothing(self):
        self.assertIsNone(self.tree(self.other))
        self.account.user_ids = [Command.clear()]
        self.assertIsNone(self.tree())
