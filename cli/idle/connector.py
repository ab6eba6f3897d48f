"""Signing in, which waits for servers: a few threads, so that the loop never does."""

import queue
import threading

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from ...const import SYNC_SECONDS, SYNC_TIMEOUT
from ...providers.deadline import within
from ...providers.errors import Unsupported

#: Sign-ins at the same moment, and those of them to one host.
AT_ONCE = 16
AT_ONCE_PER_HOST = 8


class Connector:
    """Makes lines in threads that end with the process, whatever they wait for.

    :param done: called in one of these threads with the line, and its watch or what went wrong.
    """

    def __init__(self, done):
        self._done = done
        self._lines = queue.SimpleQueue()
        self._under_way = {}
        self._threads = 0

    def has_room(self, host):
        """Whether another sign-in may begin, to this host."""
        return sum(self._under_way.values()) < AT_ONCE and self._under_way.get(host, 0) < AT_ONCE_PER_HOST

    def connect(self, line):
        self._under_way[line.host] = self._under_way.get(line.host, 0) + 1
        if self._threads < min(AT_ONCE, sum(self._under_way.values())):
            self._threads += 1
            threading.Thread(target=self._work, name=f"maildesk-idle-{self._threads}", daemon=True).start()
        self._lines.put(line)

    def finished(self, line):
        """What ``done`` told was heard; to be called in the loop's thread, which alone counts."""
        self._under_way[line.host] -= 1
        if not self._under_way[line.host]:
            del self._under_way[line.host]

    def _work(self):
        while True:
            line = self._lines.get()
            threading.current_thread().dbname = line.database
            try:
                outcome = self._open(line)
            # whatever it is, the mailbox is tried again later; what nobody expects is logged by the loop
            except Exception as error:
                outcome = error
            self._done(line, outcome)

    @staticmethod
    def _open(line):
        # a short transaction: none is open while the network is waited for
        with Registry(line.database).cursor() as cr:
            account = api.Environment(cr, SUPERUSER_ID, {})["maildesk.account"].browse(line.account_id)
            provider = account.incoming_server_id._provider(SYNC_TIMEOUT)
        with within(SYNC_SECONDS), provider:
            if not provider.capabilities.push:
                raise Unsupported("the server does not call")
            return provider.watch()
