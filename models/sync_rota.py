"""Who is served next when many mailboxes are due: no host gets too many connections, and no giant holds up the rest."""

import threading
from collections import Counter, deque

#: Connections of one worker to one host, and in all; each waits for the network most of its time.
HOST_LINES = 16
LINES = 32


class Rota:
    """Mailboxes due, handed out to threads.

    Half of the threads prefer those that only look for news, the other half those whose history is being loaded, so that
    neither waits for the other's end.

    :param list due: tuples of account, host, and whether it is being filled; the one that waited longest first.
    """

    def __init__(self, due):
        self._waiting = {False: deque(), True: deque()}
        for account_id, host, is_filling in due:
            self._waiting[is_filling].append((account_id, host))
        self._lines = Counter()
        self._changed = threading.Condition()

    def take(self, prefers_filling):
        """The next mailbox whose host has a line to spare; waits for one where need be.

        :returns: ``(account_id, host)``, or None where nothing is left.
        """
        with self._changed:
            while self._waiting[False] or self._waiting[True]:
                for queue in (self._waiting[prefers_filling], self._waiting[not prefers_filling]):
                    found = next((entry for entry in queue if self._lines[entry[1]] < HOST_LINES), None)
                    if found:
                        queue.remove(found)
                        self._lines[found[1]] += 1
                        return found
                self._changed.wait()
        return None

    def give_back(self, host):
        """A line to a host is free again."""
        with self._changed:
            self._lines[host] -= 1
            self._changed.notify_all()
