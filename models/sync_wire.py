"""Fetching ahead: one thread on the line to the server, while the pass's own stores what came before."""

import threading
from concurrent.futures import ThreadPoolExecutor


class _Later:
    """A call that is made when its result is asked for."""

    def __init__(self, function, args):
        self.function, self.args = function, args

    def result(self):
        return self.function(*self.args)


class Wire:
    """The line of one pass. At most one page is under way and one being stored, so that memory stays flat.

    :param bool overlap: False where no other thread may work (within tests): a page is then fetched when it is asked for.
    """

    def __init__(self, overlap):
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="maildesk-wire") if overlap else None
        #: Held while a page fetched ahead may not be in the database yet; who asks what is cached waits for it.
        self.storing = threading.RLock()
        self._is_ahead = False

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.stored()
        if self._pool:
            # nobody else may touch the line before its last answer is read
            self._pool.shutdown(wait=True)

    def fetch(self, function, *args):
        """Begin to fetch; the caller then stores the page before, and says so with :meth:`stored`.

        :returns: something with ``result()``.
        """
        if not self._pool:
            return _Later(function, args)
        self.storing.acquire()
        self._is_ahead = True
        return self._pool.submit(function, *args)

    def stored(self):
        """What was fetched before is in the database now."""
        if self._is_ahead:
            self._is_ahead = False
            self.storing.release()
