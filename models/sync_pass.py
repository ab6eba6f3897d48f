"""One pass over one mailbox: claim it, tell the server what people did, ask it what changed, store page after page, give it back.

No model and no request: it may run in a thread of its own. It talks to the server only between transactions, and every
page is stored in one transaction together with its cursor and the renewal of the lease. While a page is stored, the next one is
fetched (``sync_wire``). The lease's renewal renews the conversation's deadline as well: a server that keeps us busy and yet
brings nothing that could be stored is hung up on before the lease ends::

    claim ─ connect ─ push ─ list folders ─┬─ fetch page ─ [apply page + cursor + renew lease] ─┬─ retries ─ settle ─ release
                                           └──── push what came up, next folder, round robin ───┘

What the server refuses for one folder stays with that folder, which says so; every run asks for it again, after the others.
"""

import dataclasses
import logging
import random
import time
from collections import deque

from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..const import FIRST_PAGE, MAX_PAUSE, PAGE, SLOWEST_RATE, SYNC_SECONDS, SYNC_TIMEOUT
from ..providers.deadline import within
from ..providers.errors import ITEM_ERRORS, AuthError, CursorExpired, ProviderError, RateLimited, Refused, Unreachable
from .maildesk_credential import SecretKeyLost
from .maildesk_folder import CLEAR_BATCH
from .maildesk_sync_state import LeaseLost, PassStopped
from .operation_push import OperationPush
from .page_store import PageStore
from .sync_wire import Wire

_logger = logging.getLogger(__name__)

CONFLICT_TRIES = 6
#: Reasons of ``Unreachable`` that may have to do with what was asked for.
LOST = ("closed", "timeout", "slow")


@dataclasses.dataclass(frozen=True, slots=True)
class _Folder:
    """A folder as far as a pass needs to know it between transactions.

    :param bool in_trouble: the last time it could not be read.
    :param bool repeats: it is known to show what lies in others, or to be wanted whatever it shows.
    """

    id: int
    remote_id: str
    cursor: dict | None
    in_trouble: bool = False
    repeats: bool = False


class SyncPass:
    """A worker's visit to one account.

    :param transaction: context manager factory that yields an environment of the superuser and commits when left.
    :param int account_id: the account.
    :param float deadline: on :func:`time.monotonic`; no page is begun after it.
    :param bool overlap: fetch the next page, in a thread of its own, while one is stored.
    """

    def __init__(self, transaction, account_id, deadline, overlap=True):
        self.transaction, self.account_id, self.deadline = transaction, account_id, deadline
        self.wire = Wire(overlap)
        self.token = self.conversation = None
        self.history = None
        self.page_size = PAGE
        self.changed_folders = set()
        self.messages = self.commands = 0
        #: Whether people did something the server has to be told, and whether anything has been under way in this pass.
        self.owes = self.busy = False
        #: Whether some folder was read the last time; whether the connection was lost on one that was not.
        self.has_good_folders = self.is_cut = False
        #: Folders that could not be looked at, or got mail of ours after they had been.
        self.unseen = set()
        #: Folder → why it could not be read in this pass.
        self.refused = {}
        #: The refusal that asked for a pause, where nothing was obeyed since; seconds of the pause that is kept.
        self.throttled, self.pause = None, 0.0

    def run(self):
        """Do the pass.

        :returns: True where the mailbox is up to date, False where time ran out, None where another worker has it.
        """
        self.token = self._stored(lambda env: env["maildesk.sync.state"]._claim(self.account_id))
        if not self.token:
            return None
        began, failed = time.monotonic(), True
        try:
            finished = self._visit()
            failed = False if finished else None
            return finished
        except PassStopped:
            failed = None
            return True
        except LeaseLost:
            _logger.info("Mailbox %s was taken over by another worker", self.account_id)
            return None
        except RateLimited as error:
            failed = self._rest(error)
            return True
        except (ProviderError, UserError) as error:
            self._fail(error)
            return True
        # whatever it is: the mailbox says so, and the caller logs it with its traceback
        except Exception:
            self._note("error", lambda env: env._("MailDesk met an error it did not expect; the server's log tells more."))
            raise
        finally:
            self._leave(failed, time.monotonic() - began)

    def _leave(self, failed, seconds):
        cost = {"pass_seconds": seconds, "pass_messages": self.messages, "pass_commands": self.commands}

        def leave(env):
            account = env["maildesk.account"].browse(self.account_id)
            if not (failed or self.pause) and account.state == "error":
                # good news; the account's row is written only where it says otherwise, for others write it too
                account.write({"state": "connected", "error_message": False})
            if failed is False and self.busy:
                env["maildesk.operation"]._settle(self.account_id, self.unseen)
            env["maildesk.sync.state"]._release(self.account_id, self.token, failed, cost, self.pause)
            if failed:
                account._judge_trouble()
            if self.changed_folders:
                account._tell_readers(self.changed_folders)

        try:
            self._stored(leave)
            self._stored(lambda env: env["maildesk.sync.state"]._come_again(self.account_id))
        except LeaseLost:
            _logger.info("Mailbox %s: the lease ended during the pass", self.account_id)

    def _visit(self):
        with self.transaction() as env:
            # one read: what is needed of the account, so that no transaction is open while the network is
            account = env["maildesk.account"].browse(self.account_id)
            provider = account.incoming_server_id._provider(SYNC_TIMEOUT)
            self.history = account.company_id._maildesk_history()
            self.page_size = account.company_id.maildesk_page_size
            self.owes = self.busy = env["maildesk.operation"]._is_busy(self.account_id)
        with within(SYNC_SECONDS) as self.conversation, provider:
            try:
                with self.wire:
                    return self._converse(provider)
            finally:
                self.commands = provider.commands_sent

    def _converse(self, provider):
        push = OperationPush(self._owned, self.account_id, provider, self._is_late, self._expect)
        if self.owes:
            push.run()
        listing = provider.list_folders()
        push.unseen = self.unseen
        folders = self._owned(lambda env: self._apply_listing(env, listing))
        finished = self._read(provider, self._queue(provider, folders, listing), push)
        if self.throttled and self.throttled.retry_after:
            raise RateLimited(self.throttled.detail, retry_after=self.throttled.retry_after)
        if self.busy and not self.is_cut:
            push.run(retries=True)
        if folders and len(self.refused) == len(folders):
            # a mailbox none of whose folders can be read is in trouble itself
            raise self.refused[folders[0].id]
        return finished and not (self.owes and self._is_late())

    def _is_late(self):
        return time.monotonic() > self.deadline

    def _expect(self, octets):
        """So much is about to go to the server in one piece: lease and deadline are renewed for as long as that may take."""
        seconds = octets / SLOWEST_RATE
        if seconds < 1:
            return
        self._stored(lambda env: env["maildesk.sync.state"]._renew(self.account_id, self.token, seconds))
        self.conversation.renew(SYNC_SECONDS + seconds)

    def _queue(self, provider, folders, listing):
        """The folders worth asking for. Those in trouble always are, and come last, in any order: one that ends the connection
        lets all the others be read first."""
        by_remote = {remote.remote_id: remote for remote in listing}
        troubled = [folder for folder in folders if folder.in_trouble]
        self.has_good_folders = len(troubled) < len(folders)
        random.shuffle(troubled)
        return deque([
            *(folder for folder in folders
              if not folder.in_trouble and provider.has_changed(by_remote[folder.remote_id], folder.cursor, self.history)),
            *troubled])

    def _read(self, provider, queue, push):
        """Fetch and store page after page, round robin.

        :returns: whether all is here; False where time ran out.
        """
        folder = page = None
        while queue or page:
            # what is owed is told while no page is on its way that would bring the state of before
            is_late = self._is_late()
            upcoming = queue.popleft() if queue and not is_late and not (page and self.owes) else None
            fetching = self.wire.fetch(self._fetch, provider, upcoming) if upcoming else None
            if page:
                self._keep(folder, page)
            self.wire.stored()
            try:
                folder, page = upcoming, fetching.result() if fetching else None
            except Unreachable as error:
                if error.reason not in LOST:
                    raise
                self._note_folder(upcoming, Unreachable(reason="slow") if self.conversation.has_cut else error)
                if not (upcoming.in_trouble and self.has_good_folders):
                    raise
                # it is the first of those in trouble: all that are well have been read
                self.is_cut = True
                self.unseen.update(left.id for left in queue)
                return True
            if page and page.more and not (page.repeats and not folder.repeats):
                queue.append(dataclasses.replace(folder, cursor=page.cursor))
            if not page and self.owes:
                push.run()
            if is_late and queue and not page:
                return False
        return True

    def _apply_listing(self, env, listing):
        account = env["maildesk.account"].browse(self.account_id)
        before = account.folder_ids
        env["maildesk.folder"]._apply_listing(account, listing)
        if account.folder_ids != before:
            self.changed_folders.update((account.folder_ids - before).ids or account.folder_ids[:1].ids)
        there = {remote.remote_id for remote in listing}
        return [
            _Folder(folder.id, folder.remote_id, folder.cursor or None, bool(folder.error_message),
                    folder.repeats or folder.role_is_manual)
            for folder in account.folder_ids
            if folder.selectable and folder.sync_enabled and folder.remote_id in there
        ]

    def _fetch(self, provider, folder):
        """One page, or None: a folder's own trouble stays with the folder. Runs in the wire's thread."""
        def changes(cursor):
            limit = self.page_size if cursor and not folder.in_trouble else min(FIRST_PAGE, self.page_size)
            return provider.fetch_changes(folder.remote_id, cursor, limit, lambda: self._known(folder.id), self.history)

        try:
            try:
                page = changes(folder.cursor)
            except CursorExpired:
                page = dataclasses.replace(changes(None), reset=True)
        except ITEM_ERRORS as error:
            self._note_folder(folder, error)
            is_pause = isinstance(error, Refused) and error.asks_for_pause
            if is_pause and self.throttled:
                # two folders, one after the other: it is the mailbox that has to wait
                raise RateLimited(error.detail, retry_after=error.retry_after) from error
            self.throttled = error if is_pause else None
            return None
        self.throttled = None
        return page

    def _note_folder(self, folder, error):
        """Have a folder say why it cannot be read."""
        self.refused[folder.id] = error
        self.unseen.add(folder.id)
        with self.wire.storing:
            is_news = self._owned(lambda env: env["maildesk.folder"].browse(folder.id).exists()._note_error(error))
        if is_news:
            self.changed_folders.add(folder.id)
            _logger.warning("Mailbox %s, folder %s: %s %s", self.account_id, folder.id, type(error).__name__, error.detail)

    def _keep(self, folder, page):
        """Store a page; what a new life of the folder voids goes before it, in bounded batches."""
        while page.reset and self._owned(lambda env: self._drop_some(env, folder)) == CLEAR_BATCH:
            self.changed_folders.add(folder.id)
        if self._owned(lambda env: self._apply(env, folder, page)):
            self.changed_folders.add(folder.id)
        self.messages += len(page.new)

    def _drop_some(self, env, folder):
        return env["maildesk.folder"].browse(folder.id).exists()._drop_placed(CLEAR_BATCH)

    def _apply(self, env, folder, page):
        here = env["maildesk.folder"].browse(folder.id).exists()
        if page.repeats and here._shows_others():
            return True
        changed = here.active and here.sync_enabled and PageStore(env, here).apply(page)
        if changed and page.more and not folder.cursor:
            # a first screen is waited for; the pass that fills a large folder ends much later
            here.account_id._tell_readers([here.id])
        return changed

    def _known(self, folder_id):
        """Keys the cache holds, the page being stored right now included."""
        with self.wire.storing, self.transaction() as env:
            return env["maildesk.message.placement"].search(
                [("folder_id", "=", folder_id), ("remote_id", "!=", False)]).mapped("remote_id")

    def _rest(self, error):
        """The server asked for a pause and gets it. That is no failure, unless it does not say for how long, or keeps asking.

        :returns: whether it counts as one, as :meth:`_leave` takes it.
        """
        self.pause = min(error.retry_after, MAX_PAUSE)
        is_overdue = self._stored(lambda env: env["maildesk.sync.state"]._is_overdue(self.account_id))
        if self.pause and not is_overdue:
            _logger.info("Mailbox %s: a pause of %d s was asked for: %s", self.account_id, self.pause, error.detail)
            return None
        self._fail(error)
        return True

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
            # one that was disconnected or removed meanwhile has no trouble any more
            is_served = account.state in ("connected", "error", "needs_sign_in")
            if is_served and any(account[name] != value for name, value in values.items()):
                account.write(values)
                account._tell_readers([])
        self._stored(write)

    def _owned(self, work):
        """Run ``work(env)`` in a transaction in which the lease is ours and renewed.

        :raises LeaseLost: it is not.
        :raises PassStopped: the mailbox was disconnected, or MailDesk paused.
        """
        def renewed(env):
            self.owes = env["maildesk.sync.state"]._renew(self.account_id, self.token)
            self.busy |= self.owes
            return work(env)
        result = self._stored(renewed)
        self.conversation.renew(SYNC_SECONDS)
        return result

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
