"""Fetching ahead: one thread speaks to the server, while the sync run's own stores what came before."""

import contextvars
import threading


class _Later:
    """A call that is made when its result is asked for."""

    def __init__(self, function, args):
        self._function, self._args = function, args

    def result(self):
        return self._function(*self._args)

    def join(self):
        """Nothing is under way."""


class _Fetching(threading.Thread):
    """A call under way. The process does not wait for its end, whatever the server does.

    It belongs to the conversation of the thread that starts it: its deadline holds here, too.
    """

    def __init__(self, function, args):
        super().__init__(name=f"{threading.current_thread().name}-fetch", daemon=True)
        self._call = (contextvars.copy_context().run, function, *args)
        self._value = self._error = None
        # Odoo's log lines name it
        self.dbname = getattr(threading.current_thread(), "dbname", None)

    def run(self):
        run, *call = self._call
        try:
            self._value = run(*call)
        # whatever it is, it is raised where the result is asked for
        except BaseException as error:
            self._error = error

    def result(self):
        self.join()
        if self._error:
            raise self._error
        return self._value


class Wire:
    """The fetching of one sync run. At most one page is under way and one being stored, so that memory stays flat.

    :param bool overlap: False where no other thread may work (within tests): a page is then fetched when it is asked for.
    """

    def __init__(self, overlap):
        self._start = _started if overlap else _Later
        self._last = None
        self._has_threads = overlap
        #: Held while a page fetched ahead may not be in the database yet; who asks what is cached waits for it.
        self.storing = threading.RLock()
        self._is_ahead = False

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.stored()
        if self._last:
            # nobody else may use the connection before its last answer is read; the deadline ends the wait
            self._last.join()

    def fetch(self, function, *args):
        """Begin to fetch; the caller then stores the page before, and says so with :meth:`stored`.

        :returns: something with ``result()``.
        """
        if self._has_threads:
            self.storing.acquire()
            self._is_ahead = True
        self._last = self._start(function, args)
        return self._last

    def stored(self):
        """What was fetched before is in the database now."""
        if self._is_ahead:
            self._is_ahead = False
            self.storing.release()


def _started(function, args):
    fetching = _Fetching(function, args)
    fetching.start()
    return fetching
