"""Who is served next when many mailboxes are due: no host gets too many connections, and no giant holds up the rest."""

import threading
from collections import Counter, deque

#: Connections of one process to one host, and mailboxes one run serves at once; each waits for the network most of its time.
HOST_LINES = 16
LINES = 32


class Held:
    """The mailboxes that threads of this process are at, those included that a run no longer waits for."""

    def __init__(self):
        self._hosts = {}
        self.per_host = Counter()
        self.changed = threading.Condition()

    def take(self, mailbox, host):
        """
        :param tuple mailbox: database and account.
        :returns: False where another thread is at it.
        """
        with self.changed:
            if mailbox in self._hosts:
                return False
            self._hosts[mailbox] = host
            self.per_host[host] += 1
            return True

    def give_back(self, mailbox):
        with self.changed:
            self.per_host[self._hosts.pop(mailbox)] -= 1
            self.changed.notify_all()


#: Of this process.
HELD = Held()


class Rota:
    """Mailboxes due, handed out to threads.

    Half of the threads prefer those that only look for news, the other half those whose history is being loaded, so that
    neither waits for the other's end.

    :param str database: whose mailboxes they are.
    :param list due: tuples of account, host, and whether it is being filled; the one that waited longest first.
    :param Held held: what the process is at already.
    """

    def __init__(self, database, due, held=HELD):
        self._database, self._held = database, held
        self._waiting = {False: deque(), True: deque()}
        for account_id, host, is_filling in due:
            self._waiting[is_filling].append((account_id, host))

    def take(self, prefers_filling):
        """The next mailbox whose host has a connection to spare; waits for one where need be.

        :returns: ``(account_id, is_ours)``, the latter False where another thread of this process is still at it; None where
            nothing is left.
        """
        held = self._held
        with held.changed:
            while self._waiting[False] or self._waiting[True]:
                for queue in (self._waiting[prefers_filling], self._waiting[not prefers_filling]):
                    found = next((entry for entry in queue if held.per_host[entry[1]] < HOST_LINES), None)
                    if found:
                        queue.remove(found)
                        account_id, host = found
                        return account_id, held.take((self._database, account_id), host)
                held.changed.wait()
        return None

    def give_back(self, account_id):
        """The mailbox may be taken again, and its host's connection by another one."""
        self._held.give_back((self._database, account_id))

    def close(self):
        """Hand out nothing more.

        :returns: how many were never handed out.
        """
        with self._held.changed:
            left = sum(map(len, self._waiting.values()))
            for queue in self._waiting.values():
                queue.clear()
            self._held.changed.notify_all()
            return left
