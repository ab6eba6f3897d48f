import contextlib
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from odoo import SUPERUSER_ID, api, models, modules
from odoo.tools import config

from .sync_pass import SyncPass

_logger = logging.getLogger(__name__)

#: Mailboxes served side by side by one worker; each takes one database connection at a time.
SIDE_BY_SIDE = 8


class MaildeskAccount(models.Model):
    _inherit = "maildesk.account"

    @api.model
    def _cron_sync(self):
        """Bring every mailbox that is due up to date, several at once; never raises for one mailbox's trouble."""
        if self._is_paused():
            return
        due = self.env["maildesk.sync.state"]._due()
        remaining = len(due)
        deadline = time.monotonic() + self._report_progress(0, remaining)
        for finished in self._serve(due, deadline):
            # time ran out: the cron is to come again at once
            remaining -= finished is not False
            self._report_progress(int(finished is not False), remaining)

    def _report_progress(self, processed, remaining):
        """Seconds left for the cron; only the cron's own cursor is committed here."""
        if modules.module.current_test:
            return float("inf")
        return self.env["ir.cron"]._commit_progress(processed, remaining=remaining)

    def _serve(self, account_ids, deadline):
        """Visit accounts side by side; yields each one's outcome, see :meth:`SyncPass.run`."""
        if modules.module.current_test:
            yield from (self._visit_safely(self._savepoint, account_id, deadline) for account_id in account_ids)
            return
        workers = max(1, min(SIDE_BY_SIDE, config["db_maxconn"] // 4, len(account_ids)))
        with ThreadPoolExecutor(workers, thread_name_prefix="maildesk") as pool:
            visits = [pool.submit(self._visit_safely, self._transaction, account_id, deadline) for account_id in account_ids]
            yield from (visit.result() for visit in as_completed(visits))

    @api.model
    def _visit_safely(self, transaction, account_id, deadline):
        threading.current_thread().dbname = self.env.cr.dbname
        if time.monotonic() > deadline:
            return False
        try:
            return SyncPass(transaction, account_id, deadline).run()
        # a bug met by one mailbox must not stop the others; it is logged with its traceback
        except Exception:
            _logger.exception("Mailbox %s: the pass failed", account_id)
            return True

    @contextlib.contextmanager
    def _transaction(self):
        with self.env.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    @contextlib.contextmanager
    def _savepoint(self):
        """Stands for a transaction within a test, which may not commit."""
        with self.env.cr.savepoint():
            yield self.env(user=SUPERUSER_ID, context={})

    def _tell_readers(self, folder_ids):
        """Let the open browsers of those who may read this mailbox know what changed; ids only."""
        for user in self.access_ids.filtered("allow_incoming").user_id:
            user._bus_send("maildesk/changed", {"account_id": self.id, "folder_ids": sorted(folder_ids)})
