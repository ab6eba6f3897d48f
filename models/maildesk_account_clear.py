import time

from odoo import api, fields, models

#: Mails deleted in one transaction; a mailbox of no more goes at once.
CLEAR_BATCH = 5000
#: Rows without mail go faster.
LIGHT_BATCH = 50_000


class MaildeskAccount(models.Model):
    """Deleting what may hold millions of mails: out of sight at once, out of the tables in bounded batches."""

    _inherit = "maildesk.account"

    is_being_deleted = fields.Boolean(readonly=True, copy=False)

    def unlink(self):
        # an administrator has no right on a mailbox's mail, only to delete all of it
        mails = self.env["maildesk.message"].sudo()
        large = self.filtered(
            lambda account: mails.search_count([("account_id", "=", account.id)], limit=CLEAR_BATCH + 1) > CLEAR_BATCH)
        self.check_access("unlink")
        for account in self.filtered(lambda account: not account.is_being_deleted):
            account._log("removed", detail=self.env._("Deleted with all its cached mail"))
        # the same: its mail is not the administrator's to read
        (self - large).sudo()._clear_mails(CLEAR_BATCH * len(self) + 1)
        self._drop_writing()
        if large:
            large._hide_for_deletion()
        return super(MaildeskAccount, self - large).unlink()

    def _hide_for_deletion(self):
        """From now on nobody sees these mailboxes, nothing is fetched, and their servers are free for others."""
        self.access_ids.unlink()
        self.env["maildesk.credential"]._forget(self, "share")
        # who may delete a mailbox may not set these fields by themselves
        self.sudo().write({
            "is_being_deleted": True, "active": False, "state": "removed", "allow_personal_connection": False,
            "incoming_server_id": False, "outgoing_server_id": False,
        })
        self._trigger_cleaning()

    def _clear_mails(self, limit):
        """Delete up to so many mails with all that hangs on them.

        :returns: how many there were.
        """
        mails = self.env["maildesk.message"].search([("account_id", "in", self.ids)], limit=limit, order="id")
        self.env["maildesk.operation"].search([("message_id", "in", mails.ids)]).raw_id.unlink()
        mails._delete()
        return len(mails)

    def _clear_threads(self, limit):
        threads = self.env["maildesk.thread"].search([("account_id", "in", self.ids)], limit=limit, order="id")
        threads.unlink()
        return len(threads)

    @api.model
    def _cron_clear(self):
        """Go on deleting what is out of sight: mailboxes, folders that vanished from the server, what archives do not keep."""
        deadline = time.monotonic() + self._report_progress(0, 1)
        for work in (self._clear_a_folder, self._clear_a_mailbox, self._clear_an_archive):
            while work():
                if time.monotonic() > deadline:
                    self._report_progress(0, 1)
                    return
                self._report_progress(1, 1)
        self._report_progress(1, 0)

    @api.model
    def _clear_a_folder(self):
        folder = self.env["maildesk.folder"].with_context(active_test=False).search([("active", "=", False)], limit=1)
        if folder:
            folder._clear(CLEAR_BATCH)
        return bool(folder)

    @api.model
    def _clear_a_mailbox(self):
        account = self.with_context(active_test=False).search([("is_being_deleted", "=", True)], limit=1)
        if not account or account._spare_linked():
            return bool(account)
        if not account._clear_mails(CLEAR_BATCH) and not account._clear_threads(LIGHT_BATCH):
            account.unlink()
        return True

    def _spare_linked(self):
        """Give up deleting a mailbox in which an email was linked since: an administrator sees it again, and decides.

        :returns: whether there is one.
        """
        links = self.env["maildesk.link"].search([("account_id", "=", self.id)])
        vanished = links._vanished()
        vanished.unlink()
        kept = links - vanished
        if kept:
            self.is_being_deleted = False
            self._log("removed", detail=self.env._(
                "Not deleted: %s email(s) were linked to Odoo records in the meantime", len(kept.message_id)))
        return bool(kept)

    @api.model
    def _clear_an_archive(self):
        """Mails of removed mailboxes that nothing keeps; nobody can find them any more, so they need not wait."""
        removed = self.with_context(active_test=False).search([("state", "=", "removed")])
        mails = self.env["maildesk.message"].search(
            [("account_id", "in", removed.ids), ("orphaned_at", "!=", False), ("link_ids", "=", False)], limit=CLEAR_BATCH)
        mails._delete()
        threads = self.env["maildesk.thread"].search(
            [("account_id", "in", removed.ids), ("message_ids", "=", False)], limit=LIGHT_BATCH)
        threads.unlink()
        return bool(mails or threads)

    @api.model
    def _trigger_cleaning(self):
        # a Mailbox Admin has no right on crons
        self.env.ref("maildesk.ir_cron_maildesk_clear").sudo()._trigger()
