"""The loop over all lines. One thread, which never waits for a server or a database but only for the next thing to happen::

    Keeper (a thread a database) ── which mailboxes ──>  Watcher  <── watch, or failure ── Connector (some threads)
          ^                                             │  │ ^                                  ^
          └────────────── fetch this mailbox ───────────┘  │ └── servers                        │
                                                           └─────────── make a line ────────────┘

What the other threads have to say is put into a queue and worked off here, so that everything about lines is known, and
changed, in this thread alone.
"""

import functools
import queue
import selectors
import signal
import threading
import time

import psycopg2
from odoo.exceptions import UserError

from ...providers.errors import AuthError, ProviderError
from ...tools.log import get_logger
from .bell import Bell
from .connector import Connector
from .keeper import Keeper
from .limits import raise_open_files
from .line import Line

_logger = get_logger(__name__)

#: Seconds the databases are given at the end to be told what servers told.
FAREWELL_SECONDS = 2.0


class Watcher:
    """Holds a line for every mailbox of some databases, until SIGTERM or Ctrl+C.

    :param list databases: their names.
    :param list retry: seconds until the next try after 1, 2, 3, … failures in a row; empty: as the synchronisation does.
    :param float every: seconds after which the lists of mailboxes are read again at the latest.
    """

    def __init__(self, databases, retry=(), every=30.0):
        self._retry = {"retry": list(retry)} if retry else {}
        self._lines = {}
        self._heard = queue.SimpleQueue()
        self._bell = Bell()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._connector = Connector(functools.partial(self._tell, self._made))
        listed = functools.partial(self._tell, self._listed)
        self._keepers = {database: Keeper(database, every, listed) for database in databases}
        self._room = raise_open_files()
        self._next = 0.0
        self._said = ""
        self._stopping = False

    def run(self):
        """Watch; returns when a signal asked for the end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._tell(self._stop))
        for keeper in self._keepers.values():
            keeper.start()
        while not self._stopping:
            for key, _events in self._selector.select(max(0.0, min(self._next - time.monotonic(), 3600.0))):
                if key.data is not None:
                    self._pump(key.data)
            self._hear()
            if time.monotonic() >= self._next:
                self._attend()
        self._leave()

    def _tell(self, work, *args):
        """Have the loop do something; called by other threads and by signals."""
        self._heard.put((work, args))
        self._bell.ring()

    def _hear(self):
        self._bell.hush()
        while not self._heard.empty():
            work, args = self._heard.get()
            work(*args)
            # there may be room now for a line that waited for its turn
            self._next = 0.0

    def _stop(self):
        self._stopping = True

    def _leave(self):
        standing = [line for line in self._lines.values() if line.watch]
        for line in standing:
            line.watch.close()
        for keeper in self._keepers.values():
            keeper.stop()
        deadline = time.monotonic() + FAREWELL_SECONDS
        for keeper in self._keepers.values():
            keeper.join(max(0.0, deadline - time.monotonic()))
        _logger.info("stopped, %s lines closed", len(standing))

    def _listed(self, database, targets):
        """The mailboxes of a database have been read: drop lines nobody wants or whose settings changed, begin new ones."""
        now = time.monotonic()
        for line in [line for line in self._lines.values() if line.database == database]:
            if targets.get(line.account_id) != (line.host, line.signature):
                self._drop(line)
        for account_id, (host, signature) in targets.items():
            if (database, account_id) not in self._lines:
                line = Line(database, account_id, host, signature, retry_at=now, **self._retry)
                self._lines[database, account_id] = line
        if len(self._lines) > self._room:
            self._note(
                f"{len(self._lines)} mailboxes, but only {self._room} lines: this process may not open more files. Raise its "
                "limit (LimitNOFILE, ulimit -n). The others' mail is fetched by the cron alone")

    def _drop(self, line):
        del self._lines[line.database, line.account_id]
        if line.watch:
            self._hang_up(line.watch)
            self._say(line, "no longer watched")

    def _made(self, line, outcome):
        """A try to make a line has ended."""
        self._connector.finished(line)
        is_wanted = self._lines.get((line.database, line.account_id)) is line
        if isinstance(outcome, Exception):
            if is_wanted:
                self._fail(line, outcome)
        elif not is_wanted:
            outcome.close()
        else:
            line.stands(outcome, time.monotonic())
            self._selector.register(outcome, selectors.EVENT_READ, line)
            self._say(line, f"watched, {'all folders' if outcome.hears_all_folders else 'the inbox'}")

    def _pump(self, line):
        now = time.monotonic()
        try:
            if line.watch.pump():
                line.happened(now)
        # a bug met by one mailbox must not stop the others; it is logged with its traceback
        except Exception as error:
            self._fail(line, error)
        self._next = min(self._next, line.next_moment(now))

    def _attend(self):
        """Everything that is due, line by line."""
        now, self._next = time.monotonic(), float("inf")
        open_lines = sum(line.watch is not None or line.connecting for line in self._lines.values())
        asked = {}
        for line in self._lines.values():
            try:
                if line.watch:
                    line.watch.attend(now)
            # the same
            except Exception as error:
                self._fail(line, error)
            if line.take_request(now):
                asked.setdefault(line.database, []).append(line.account_id)
            if line.is_due(now) and open_lines < self._room and self._connector.has_room(line.host):
                line.connecting = True
                open_lines += 1
                self._connector.connect(line)
            self._next = min(self._next, line.next_moment(now))
        for database, account_ids in asked.items():
            self._keepers[database].ask(account_ids)

    def _fail(self, line, error):
        now = time.monotonic()
        if line.watch:
            self._hang_up(line.watch)
        wait = line.fails(error, now)
        if isinstance(error, AuthError):
            # a pass finds out as well, and tells the people concerned
            line.happened(now)
        if not isinstance(error, ProviderError | UserError | psycopg2.Error):
            _logger.error("Mailbox %s: the watcher met an error it did not expect", line.account_id, exc_info=error)
        detail = error.detail if isinstance(error, ProviderError) else str(error).partition("\n")[0]
        self._say(line, f"not watched: {type(error).__name__} {detail}", f", next try in {wait:.0f} s")

    def _hang_up(self, watch):
        self._selector.unregister(watch)
        watch.close()

    def _say(self, line, state, more=""):
        """Logs a change of a mailbox's state, once."""
        if state != line.said:
            line.said = state
            threading.current_thread().dbname = line.database
            _logger.info("Mailbox %s: %s%s", line.account_id, state, more)

    def _note(self, warning):
        if warning != self._said:
            self._said = warning
            _logger.warning("%s", warning)
