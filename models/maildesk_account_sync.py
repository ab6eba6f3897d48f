import contextlib
import time

from odoo import SUPERUSER_ID, api, models, modules

from .sync_threads import serve, visit_safely
from .time_limits import cron_seconds

#: How often the cron is told how far it is.
REPORT_SECONDS = 0.5
#: Seconds after the end of a run's time until it no longer waits for the mailboxes that threads are still at.
GRACE_SECONDS = 5.0


class MaildeskAccount(models.Model):
    _inherit = "maildesk.account"

    @api.model
    def _cron_sync(self):
        """Bring every mailbox that is due up to date, many at once; never raises for one mailbox's trouble."""
        self._serve_due(self.env["maildesk.sync.state"]._due())

    @api.model
    def _cron_urgent(self):
        """The same for those somebody waits for: new mail was announced, a person acted or asked."""
        urgent = self.env["maildesk.sync.request"]._urgent()
        if urgent:
            self._serve_due(self.env["maildesk.sync.state"]._due(urgent))

    @api.model
    def _serve_due(self, due):
        if self._is_paused():
            return
        remaining, done, began = len(due), 0, time.monotonic()
        seconds = self._report_progress(0, remaining)
        # outside of a cron nobody measures
        most = cron_seconds() if seconds < float("inf") else seconds
        grace = min(GRACE_SECONDS, most / 2)
        deadline = began + min(seconds, most - grace)
        next_report = time.monotonic()
        for finished in self._serve(due, deadline, grace):
            # time ran out: the cron is to come again at once
            done += finished is not False
            # each report is a commit, and there may be a thousand mailboxes
            if time.monotonic() >= next_report:
                self._report_progress(done, remaining := remaining - done)
                done, next_report = 0, time.monotonic() + REPORT_SECONDS
        self._report_progress(done, remaining - done)

    def _report_progress(self, processed, remaining):
        """Seconds left for the cron; only the cron's own cursor is committed here."""
        if modules.module.current_test:
            return float("inf")
        return self.env["ir.cron"]._commit_progress(processed, remaining=remaining)

    def _serve(self, due, deadline, grace):
        """Visit accounts side by side; yields each one's outcome, see :meth:`SyncPass.run`.

        :param float deadline: on :func:`time.monotonic`; nothing is begun after it.
        :param float grace: seconds after which nothing is waited for any more.
        """
        if modules.module.current_test:
            yield from (visit_safely(self._savepoint, account_id, deadline, False) for account_id, _host, _fills in due)
        else:
            yield from serve(self.env.registry, due, deadline, grace)

    @contextlib.contextmanager
    def _savepoint(self):
        """Stands for a transaction within a test, which may not commit."""
        with self.env.cr.savepoint():
            yield self.env(user=SUPERUSER_ID, context={})

    def _tell_readers(self, folder_ids):
        """Let the open browsers of those who may read this mailbox know what changed; ids only, and none they may not see."""
        junk = set(self.env["maildesk.folder"].search([("id", "in", list(folder_ids)), ("role", "=", "junk")]).ids)
        with_junk = self._readers(junk=True) if junk else self.env["res.users"]
        for user in self._readers():
            told = set(folder_ids) - (set() if user in with_junk else junk)
            if told or not folder_ids:
                user._bus_send("maildesk/changed", {"account_id": self.id, "folder_ids": sorted(told)})
