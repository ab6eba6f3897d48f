import contextlib
import logging
import queue
import threading
import time

from odoo import SUPERUSER_ID, api, models, modules
from odoo.tools import config

from .sync_pass import SyncPass
from .sync_rota import LINES, Rota

_logger = logging.getLogger(__name__)

#: How often the cron is told how far it is.
REPORT_SECONDS = 0.5


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
        remaining, done = len(due), 0
        deadline = time.monotonic() + self._report_progress(0, remaining)
        next_report = time.monotonic()
        for finished in self._serve(due, deadline):
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

    def _serve(self, due, deadline):
        """Visit accounts side by side; yields each one's outcome, see :meth:`SyncPass.run`."""
        if modules.module.current_test:
            yield from (self._visit_safely(self._savepoint, account_id, deadline, False) for account_id, _host, _fills in due)
            return
        rota, outcomes = Rota(due), queue.SimpleQueue()
        # passes wait for the network most of their time; few of them need the database at once
        transactions = threading.BoundedSemaphore(max(1, min(8, config["db_maxconn"] // 4)))
        threads = [
            threading.Thread(
                target=self._serve_in_turn, args=(rota, bool(number % 2), transactions, deadline, outcomes), daemon=True,
                name=f"maildesk-{number}")
            for number in range(min(LINES, len(due)))
        ]
        for thread in threads:
            thread.start()
        for _account in due:
            yield outcomes.get()
        for thread in threads:
            thread.join()

    def _serve_in_turn(self, rota, prefers_filling, transactions, deadline, outcomes):
        """A thread's work: one mailbox after the other until none is left."""
        # Odoo's log lines name it
        threading.current_thread().dbname = self.env.cr.dbname
        while taken := rota.take(prefers_filling):
            (account_id, host), outcome = taken, True
            try:
                outcome = self._visit_safely(lambda: self._transaction(transactions), account_id, deadline, True)
            finally:
                rota.give_back(host)
                outcomes.put(outcome)

    @api.model
    def _visit_safely(self, transaction, account_id, deadline, overlap):
        if time.monotonic() > deadline:
            return False
        try:
            return SyncPass(transaction, account_id, deadline, overlap).run()
        # a bug met by one mailbox must not stop the others; it is logged with its traceback
        except Exception:
            _logger.exception("Mailbox %s: the pass failed", account_id)
            return True

    @contextlib.contextmanager
    def _transaction(self, transactions):
        with transactions, self.env.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

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
