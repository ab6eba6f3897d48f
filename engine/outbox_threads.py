"""Outboxes of many mailboxes side by side, in threads that a run does not have to wait for.

The answer to a mail's final dot may take ten minutes, longer than Odoo lets a scheduled action run. A run waits as long as it may
and leaves the rest to its threads; until such a thread is done, this process does not begin with that mailbox again.
"""

import contextlib
import functools
import logging
import threading
import time

from odoo import SUPERUSER_ID, api
from odoo.tools import config

from ..const import SEND_CONNECTIONS
from .outbox import Outbox

_logger = logging.getLogger(__name__)

#: ``(database, account)`` of the mailboxes that threads of this process are at.
_served = set()
_lock = threading.Lock()


def serve(registry, due, deadline):
    """Send what is due.

    :param registry: of the database.
    :param dict due: account → ids of its submissions, oldest first.
    :param float deadline: on :func:`time.monotonic`; nothing is waited for after it.
    :return: how many mailboxes are left to their threads, or to the next run.
    """
    waiting, changed = list(due.items()), threading.Condition()
    working = 0

    def work():
        nonlocal working
        # Odoo's log lines name it
        threading.current_thread().dbname = registry.db_name
        try:
            while True:
                with changed:
                    if not waiting or time.monotonic() > deadline:
                        return
                    account_id, submission_ids = waiting.pop(0)
                _serve_one(registry, account_id, submission_ids)
        finally:
            with changed:
                working -= 1
                changed.notify_all()

    with changed:
        for number in range(min(SEND_CONNECTIONS, len(waiting))):
            working += 1
            threading.Thread(target=work, daemon=True, name=f"maildesk-outbox-{number}").start()
        changed.wait_for(lambda: not working, timeout=max(0.0, deadline - time.monotonic()))
        return working + len(waiting)


def _serve_one(registry, account_id, submission_ids):
    key = (registry.db_name, account_id)
    with _lock:
        if key in _served:
            return
        _served.add(key)
    try:
        Outbox(functools.partial(_transaction, registry), submission_ids).run()
    finally:
        with _lock:
            _served.discard(key)


@functools.cache
def _slots():
    """Most of its time a thread waits for the network: few of them need the database at once."""
    return threading.BoundedSemaphore(max(1, min(4, config["db_maxconn"] // 8)))


@contextlib.contextmanager
def _transaction(registry):
    with _slots(), registry.cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})
