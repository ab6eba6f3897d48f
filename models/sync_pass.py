"""One pass over one mailbox: claim it, ask the server what changed, store page after page, give it back.

No model and no request: it may run in a thread of its own. It talks to the server only between transactions, and every
page is stored in one transaction together with its cursor and the renewal of the lease::

    claim ─ connect ─ list folders ─┬─ fetch page ─ [apply page + cursor + renew lease] ─┐
                                    └────────────── next folder, round robin ────────────┘── release
"""

import dataclasses
import logging
import random
import time
from collections import deque

from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..const import FIRST_PAGE, PAGE, SYNC_TIMEOUT
from ..providers.errors import AuthError, CursorExpired, FolderGone, ProtocolError, ProviderError
from .maildesk_credential import SecretKeyLost
from .maildesk_sync_state import LeaseLost
from .page_store import PageStore

_logger = logging.getLogger(__name__)

CONFLICT_TRIES = 6


class SyncPass:
    """A worker's visit to one account.

    :param transaction: context manager factory that yields an environment of the superuser and commits when left.
    :param int account_id: the account.
    :param float deadline: on :func:`time.monotonic`; no page is begun after it.
    """

    def __init__(self, transaction, account_id, deadline):
        self.transaction, self.account_id, self.deadline = transaction, account_id, deadline
        self.token = None
        self.changed_folders = set()

    def run(self):
        """Do the pass.

        :returns: True where the mailbox is up to date, False where time ran out, None where another worker has it.
        """
        self.token = self._stored(lambda env: env["maildesk.sync.state"]._claim(self.account_id))
        if not self.token:
            return None
        failed = True
        try:
            finished = self._visit()
            failed = False if finished else None
            self._recover()
            return finished
        except LeaseLost:
            _logger.info("Mailbox %s was taken over by another worker", self.account_id)
            return None
        except (ProviderError, UserError) as error:
            self._fail(error)
            return True
        # whatever it is: the mailbox says so, and the caller logs it with its traceback
        except Exception:
            self._note("error", lambda env: env._("MailDesk met an error it did not expect; the server's log tells more."))
            raise
        finally:
            self._leave(failed)

    def _leave(self, failed):
        try:
            self._stored(lambda env: env["maildesk.sync.state"]._release(self.account_id, self.token, failed))
            if self.changed_folders:
                self._stored(lambda env: env["maildesk.account"].browse(self.account_id)._tell_readers(self.changed_folders))
        except LeaseLost:
            _logger.info("Mailbox %s: the lease ended during the pass", self.account_id)

    def _visit(self):
        with self.transaction() as env:
            # one read: what is needed of the account, so that no transaction is open while the network is
            provider = env["maildesk.account"].browse(self.account_id).incoming_server_id._provider(SYNC_TIMEOUT)
        with provider:
            listing = provider.list_folders()
            folders = self._stored(lambda env: self._apply_listing(env, listing))
            by_remote = {remote.remote_id: remote for remote in listing}
            queue = deque(
                (folder_id, remote_id, cursor) for folder_id, remote_id, cursor in folders
                if provider.has_changed(by_remote[remote_id], cursor)
            )
            while queue:
                if time.monotonic() > self.deadline:
                    return False
                folder_id, remote_id, cursor = queue.popleft()
                page = self._fetch(provider, folder_id, remote_id, cursor)
                if page and page.more:
                    queue.append((folder_id, remote_id, page.cursor))
        return True

    def _apply_listing(self, env, listing):
        env["maildesk.sync.state"]._renew(self.account_id, self.token)
        account = env["maildesk.account"].browse(self.account_id)
        before = account.folder_ids
        env["maildesk.folder"]._apply_listing(account, listing)
        if account.folder_ids != before:
            self.changed_folders.update((account.folder_ids - before).ids or account.folder_ids[:1].ids)
        return [
            (folder.id, folder.remote_id, folder.cursor or None)
            for folder in account.folder_ids.filtered(lambda folder: folder.selectable and folder.sync_enabled)
        ]

    def _fetch(self, provider, folder_id, remote_id, cursor):
        """Fetch and store one page; a folder's own trouble stays with the folder."""
        limit = PAGE if cursor else FIRST_PAGE
        try:
            try:
                page = provider.fetch_changes(remote_id, cursor, limit, lambda: self._known(folder_id))
            except CursorExpired:
                page = dataclasses.replace(
                    provider.fetch_changes(remote_id, None, FIRST_PAGE, lambda: self._known(folder_id)), reset=True)
        except (FolderGone, ProtocolError) as error:
            _logger.warning("Mailbox %s, folder %s: %s", self.account_id, folder_id, error.detail)
            detail = error.detail or type(error).__name__
            self._stored(lambda env: env["maildesk.folder"].browse(folder_id).write({"error_message": detail}))
            return None
        if self._stored(lambda env: self._apply(env, folder_id, page)):
            self.changed_folders.add(folder_id)
        return page

    def _apply(self, env, folder_id, page):
        env["maildesk.sync.state"]._renew(self.account_id, self.token)
        folder = env["maildesk.folder"].browse(folder_id).exists()
        return bool(folder) and PageStore(env, folder).apply(page)

    def _known(self, folder_id):
        with self.transaction() as env:
            return env["maildesk.message.placement"].search([("folder_id", "=", folder_id)]).mapped("remote_id")

    def _recover(self):
        """After good news: the account's row is written only where it says otherwise, for others write it too."""
        def write(env):
            account = env["maildesk.account"].browse(self.account_id)
            if account.state == "error":
                account.write({"state": "connected", "error_message": False})
        self._stored(write)

    def _fail(self, error):
        def words(env):
            account = env["maildesk.account"].browse(self.account_id)
            return account._error_words(error, account.incoming_server_id) if isinstance(error, ProviderError) else str(error)

        self._note("needs_sign_in" if isinstance(error, AuthError | SecretKeyLost) else "error", words)
        _logger.info("Mailbox %s: %s %s", self.account_id, type(error).__name__, getattr(error, "detail", ""))

    def _note(self, state, words):
        """Have the account say what is wrong; its row is written only where it said something else."""
        def write(env):
            values = {"state": state, "error_message": words(env).replace("\n\n", " ")}
            account = env["maildesk.account"].browse(self.account_id)
            if any(account[name] != value for name, value in values.items()):
                account.write(values)
        self._stored(write)

    def _stored(self, work):
        """Run ``work(env)`` in a transaction, again where another transaction got in the way."""
        for left in reversed(range(CONFLICT_TRIES)):
            try:
                with self.transaction() as env:
                    return work(env)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                if not left:
                    raise
                time.sleep(random.uniform(0.05, 0.3))
        return None
