"""The watcher's side of one database: who may watch it, which mailboxes, and handing on what servers told."""

import contextlib
import logging
import selectors
import threading
import time

import psycopg2
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.sql_db import connection_info_for

from ...const import WATCHER_LOCK
from .bell import Bell

_logger = logging.getLogger(__name__)

#: Seconds until somebody who stands by, or has lost the database, looks again.
AGAIN_SECONDS = 5.0
#: Seconds between two readings of the list of mailboxes, however often it changes.
LIST_SECONDS = 1.0
#: Seconds until a request is written again after another transaction got in its way.
CONFLICT_SECONDS = 0.2


class Keeper(threading.Thread):
    """A thread, so that a database that is away stops no line of another one.

    It holds a connection of its own, outside Odoo's pool and in no transaction: PostgreSQL's advisory lock of the session says
    that this process watches the database, and ends with it, however that comes about. The lines stay while the database is
    away; only when another watcher turns out to have the lock do they close.

    :param str database:
    :param float every: seconds after which the list of mailboxes is read again at the latest.
    :param listed: called in this thread with the database and what ``_idle_targets`` answered; ``{}``: close them all.
    """

    def __init__(self, database, every, listed):
        super().__init__(name=f"maildesk-idle-{database}", daemon=True)
        self._database, self._every, self._listed = database, every, listed
        self._asked, self._asked_lock = set(), threading.Lock()
        self._bell = Bell()
        self._stopping = False
        self._said = ""

    def ask(self, account_ids):
        """Have these mailboxes' mail fetched, as soon as the database can be told; called in any thread."""
        with self._asked_lock:
            self._asked.update(account_ids)
        self._bell.ring()

    def stop(self):
        """End as soon as what is under way is done."""
        self._stopping = True
        self._bell.ring()

    def run(self):
        threading.current_thread().dbname = self._database
        while not self._stopping:
            wait = AGAIN_SECONDS
            try:
                with contextlib.closing(self._connect()) as connection:
                    self._serve(connection)
            except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
                self._say("the database does not answer, trying again: %s", str(error).strip().partition("\n")[0])
            # such as an upgrade this process' code is older than; it must not end the watching of this database
            except Exception:
                wait = max(wait, self._every)
                _logger.exception("The watcher met an error it did not expect, and begins anew in %.0f s", wait)
            if not self._stopping:
                self._wait(wait)

    def _connect(self):
        _name, info = connection_info_for(self._database)
        connection = psycopg2.connect(**info)
        # no transaction may stay open while nothing happens
        connection.autocommit = True
        return connection

    def _serve(self, connection):
        """Watch while this connection lasts; returns where another process watches already."""
        with connection.cursor() as cursor:
            # the ORM knows no advisory locks
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", WATCHER_LOCK)
            if not cursor.fetchone()[0]:
                self._say("another watcher serves this database, standing by")
                self._listed(self._database, {})
                return
            # the channel of maildesk.account._call_idle_watcher
            cursor.execute("LISTEN maildesk_idle")
        list_at = 0.0
        while not self._stopping:
            if time.monotonic() >= list_at:
                self._listed(self._database, self._targets())
                listed_at = time.monotonic()
                list_at = listed_at + self._every
            wait = list_at - time.monotonic() if self._hand_on() else CONFLICT_SECONDS
            self._wait(wait, connection)
            connection.poll()
            if connection.notifies:
                connection.notifies.clear()
                list_at = min(list_at, listed_at + LIST_SECONDS)
        self._hand_on()

    def _targets(self):
        # this process learns only here that modules were installed or upgraded by another one
        registry = Registry(self._database).check_signaling()
        if "maildesk.sync.request" not in registry:
            self._say("MailDesk is not installed in this database")
            return {}
        self._say("watching this database")
        with registry.cursor() as cr:
            return api.Environment(cr, SUPERUSER_ID, {})["maildesk.account"]._idle_targets()

    def _hand_on(self):
        """Tell the database which mailboxes were asked for; answers whether that is done."""
        with self._asked_lock:
            asked, self._asked = self._asked, set()
        try:
            if asked:
                with Registry(self._database).cursor() as cr:
                    api.Environment(cr, SUPERUSER_ID, {})["maildesk.sync.request"]._ask(list(asked))
        # another transaction got in the way, or the database is away: nothing a server told may be lost
        except psycopg2.Error as error:
            with self._asked_lock:
                self._asked |= asked
            if isinstance(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
                return False
            raise
        return True

    def _wait(self, seconds, connection=None):
        """Until time is over, somebody asks, or PostgreSQL has something to say."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._bell, selectors.EVENT_READ)
            if connection is not None:
                selector.register(connection, selectors.EVENT_READ)
            selector.select(max(0.0, seconds))
        self._bell.hush()

    def _say(self, message, *args):
        """Logs a change of state, once."""
        text = message % args
        if text != self._said:
            self._said = text
            _logger.info("%s", text)
