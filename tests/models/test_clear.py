from unittest.mock import patch

from imapclient import SEEN
from odoo.tests import tagged

from ...models import maildesk_account_clear, maildesk_folder, sync_pass
from ..common import MailServerCase, mail


@tagged("post_install", "-at_install")
class TestClear(MailServerCase):
    """Deleting in bounded batches; the bounds are made small here, what is deleted is real."""

    def setUp(self):
        super().setUp()
        self.email = f"{self._testMethodName}@tidewheel.example".replace("_", "-")
        self.mails = self.client(self.email)
        for module, name in ((maildesk_account_clear, "CLEAR_BATCH"), (maildesk_folder, "CLEAR_BATCH"), (sync_pass, "CLEAR_BATCH")):
            self.startPatcher(patch.object(module, name, 3))

    def filled(self, folder="INBOX", count=8):
        if folder != "INBOX":
            self.mails.create_folder(folder)
        for number in range(count):
            self.mails.append(folder, mail(f"No {number}", attachments=[("a.txt", b"text", "text/plain")]), [SEEN])
        account = self.connected(self.email, users=[self.user])
        self.sync()
        return account

    def test_a_large_mailbox_goes_in_the_background(self):
        account = self.filled()
        parts = self.env["maildesk.attachment"].search([("message_id.account_id", "=", account.id)])
        parts[0]._content()
        stored = parts.attachment_id
        self.assertTrue(stored)
        incoming = account.incoming_server_id
        account.with_user(self.admin).unlink()
        # out of sight, out of reach, servers free, although it is still there
        self.assertTrue(account.exists())
        self.assertFalse(self.env["maildesk.account"].with_user(self.admin).with_context(active_test=False).search([("id", "=", account.id)]))
        self.assertFalse(self.env["maildesk.message"].with_user(self.user).search([]))
        self.assertFalse(account.incoming_server_id or account.access_ids)
        self.assertTrue(incoming.exists())
        self.assertIn("removed", self.env["maildesk.log"].search([("account_id", "=", account.id)]).mapped("event"))
        self.env["maildesk.account"]._cron_clear()
        self.assertFalse(account.exists() or stored.exists())
        for model in ("message", "thread", "folder", "attachment"):
            self.assertFalse(self.env[f"maildesk.{model}"].search([]), model)

    def test_linked_mail_stops_the_deletion_and_nothing_else(self):
        """Whatever marked a mailbox with linked mail as being deleted: it comes back into sight, and the others are deleted."""
        account = self.filled()
        second = self.make_account("second@tidewheel.example")
        for number in range(5):
            self.env["maildesk.message"].create({"account_id": second.id, "fingerprint": str(number)})
        second.with_user(self.admin).unlink()
        self.assertTrue(second.is_being_deleted)
        mails = self.env["maildesk.message"].search([("account_id", "=", account.id)])
        partner, gone = self.env["res.partner"].create([{"name": "Rosa Delgado"}, {"name": "Gone"}])
        kept = mails[0].with_user(self.user)._link_to("res.partner", partner.id)
        lost = mails[1].with_user(self.user)._link_to("res.partner", gone.id)
        gone.unlink()
        account.is_being_deleted = True
        self.env["maildesk.account"]._cron_clear()
        self.assertFalse(second.exists())
        self.assertTrue(kept.exists())
        self.assertFalse(lost.exists())
        self.assertFalse(account.is_being_deleted)
        self.assertEqual(self.env["maildesk.message"].search([("account_id", "=", account.id)]), mails)
        self.assertIn(account, self.env["maildesk.account"].with_user(self.admin).search([]))
        line = self.env["maildesk.log"].search([("account_id", "=", account.id)], limit=1)
        self.assertEqual((line.event, line.detail), ("removed", "Not deleted: 1 email(s) were linked to Odoo records in the meantime"))
        # links to records that are gone keep nothing
        kept.unlink()
        account.is_being_deleted = True
        self.env["maildesk.account"]._cron_clear()
        self.assertFalse(account.exists())

    def test_a_small_mailbox_goes_at_once(self):
        account = self.filled(count=2)
        account.with_user(self.admin).unlink()
        self.assertFalse(account.exists())
        self.assertEqual(self.env["maildesk.log"].search([], limit=1).event, "removed")

    def test_a_vanished_folder_is_cleared_in_the_background(self):
        account = self.filled("Projects")
        folder = account.folder_ids.filtered(lambda folder: folder.name == "Projects")
        self.mails.delete_folder("Projects")
        self.mails.create_folder("Projects")
        self.mails.append("Projects", mail("A new life"))
        self.sync()
        self.mails.delete_folder("Projects")
        self.sync()
        self.assertFalse(self.env["maildesk.folder"].with_user(self.user).search([("name", "=", "Projects")]))
        self.assertFalse(self.env["maildesk.message.placement"].with_user(self.user).search([]))
        self.env["maildesk.account"]._cron_clear()
        self.assertFalse(folder.exists())
        self.assertFalse(self.env["maildesk.message.placement"].search([]))
        # the mails themselves wait for the collection, they may show up elsewhere
        self.assertTrue(all(self.env["maildesk.message"].search([]).mapped("orphaned_at")))

    def test_reset_rebuilds_the_cached_view(self):
        account = self.filled()
        inbox = self.folder(account)
        mails = self.env["maildesk.message"].search([("account_id", "=", account.id)])
        archive = self.folder(account, "archive")
        archive.write({"sync_enabled": False, "role_is_manual": True})
        place = mails[0].placement_ids.with_user(self.user)
        place._act("star")
        mails[1].placement_ids.with_user(self.user)._act("move", self.folder(account, "trash").id)
        account.with_user(self.admin).action_reset_sync_state()
        self.assertFalse(self.env["maildesk.folder"].with_user(self.user).browse(inbox.id).is_accessible)
        self.assertFalse(self.folder(account).total_count)
        self.sync()
        self.env["maildesk.account"]._cron_clear()
        self.assertFalse(inbox.exists())
        self.assertEqual((self.folder(account).total_count, self.folder(account, "trash").total_count), (7, 1))
        self.assertEqual(self.env["maildesk.message"].search([("account_id", "=", account.id)]), mails)
        self.assertFalse(self.folder(account, "archive").sync_enabled)
        self.sync()
        self.assertTrue(mails[0].placement_ids.is_starred)
        self.mails.select_folder("INBOX", readonly=True)
        self.assertEqual(len(self.mails.search("FLAGGED")), 1)
        self.assertFalse(mails.filtered("orphaned_at"))

    def test_a_new_life_of_a_folder_voids_it_in_batches(self):
        account = self.filled()
        inbox = self.folder(account)
        cursor = {**inbox.cursor, "uidvalidity": 1}
        self.env.cr.execute("UPDATE maildesk_message_placement SET remote_id = '1:' || split_part(remote_id, ':', 2)")
        self.env.invalidate_all()
        inbox.cursor = cursor
        self.sync()
        self.assertEqual(inbox.total_count, 8)
        self.assertEqual(self.env["maildesk.message"].search_count([("account_id", "=", account.id)]), 8)
        self.assertFalse(self.env["maildesk.message.placement"].search([("remote_id", "=like", "1:%")]))
        self.assertFalse(self.env["maildesk.message"].search([("orphaned_at", "!=", False)]))
