"""Many mailboxes side by side, in threads that share nothing with the one that starts them but a :class:`Rota` and a queue.

A run has an end, whatever servers do: a mailbox whose server keeps its thread busy beyond it is left to that thread. The
thread's own deadline ends it (``sync_pass``), and until then this process does not begin with the mailbox again. Cursors are
opened, used and closed by one thread.
"""

import contextlib
import functools
import logging
import queue
import threading
import time

from odoo import SUPERUSER_ID, api
from odoo.tools import config

from .sync_pass import SyncPass
from .sync_rota import LINES, Rota

_logger = logging.getLogger(__name__)


def serve(registry, due, deadline, grace):
    """Visit mailboxes; yields each one's outcome, see :meth:`SyncPass.run`, True for one that is left to its thread.

    :param registry: of the database.
    :param list due: see ``maildesk.sync.state._due``.
    :param float deadline: on :func:`time.monotonic`; nothing is begun after it.
    :param float grace: seconds after the deadline until nothing is waited for any more.
    """
    rota, outcomes = Rota(registry.db_name, due), queue.SimpleQueue()
    for number in range(min(LINES, len(due))):
        threading.Thread(
            target=_serve_in_turn, args=(registry, rota, bool(number % 2), deadline, outcomes), daemon=True,
            name=f"maildesk-{number}").start()
    for count in range(len(due)):
        try:
            yield outcomes.get(timeout=_until(deadline + grace))
        except queue.Empty:
            unbegun = rota.close()
            left = len(due) - count - unbegun
            _logger.info("%s mailboxes are left to their threads: their servers answer slowly", left)
            yield from [False] * unbegun + [True] * left
            return


def visit_safely(transaction, account_id, deadline, overlap):
    """One mailbox; see :class:`SyncPass` for what it takes.

    :returns: False where it was not begun or not finished in time.
    """
    if time.monotonic() > deadline:
        return False
    try:
        return SyncPass(transaction, account_id, deadline, overlap).run()
    # a bug met by one mailbox must not stop the others; it is logged with its traceback
    except Exception:
        _logger.exception("Mailbox %s: the pass failed", account_id)
        return True


def _serve_in_turn(registry, rota, prefers_filling, deadline, outcomes):
    """A thread's work: one mailbox after the other until none is left."""
    # Odoo's log lines name it
    threading.current_thread().dbname = registry.db_name
    transaction = functools.partial(_transaction, registry)
    while taken := rota.take(prefers_filling):
        (account_id, is_ours), outcome = taken, None
        try:
            if is_ours:
                outcome = visit_safely(transaction, account_id, deadline, True)
        finally:
            if is_ours:
                rota.give_back(account_id)
            outcomes.put(outcome)


@functools.cache
def _slots():
    """Sync runs wait for the network most of their time: few of this process' need the database at once."""
    return threading.BoundedSemaphore(max(1, min(8, config["db_maxconn"] // 4)))


@contextlib.contextmanager
def _transaction(registry):
    with _slots(), registry.cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})


def _until(moment):
    """Seconds until then, for a queue's ``get``."""
    return max(moment - time.monotonic(), 0.01) if moment < float("inf") else None
