"""Something between the browser and Odoo that delays or loses requests, as a busy server or a bad network does."""

import threading
from contextlib import contextmanager

from odoo.service import server

#: Seconds a request is held at most: a test that never releases it fails by itself.
LONGEST = 60


class HttpGate:
    """A WSGI middleware in front of Odoo; the trouble begins with the first request to :attr:`path`.

    :param str path: how the paths of these requests begin.
    """

    def __init__(self, path):
        self.path = path
        self.count = 0
        self.lost, self.beside = 0, ()
        self.released = threading.Event()
        self.released.set()
        self.releasing = []

    @contextmanager
    def installed(self):
        """Stand in front of Odoo's own HTTP server."""
        httpd = server.server.httpd
        self.app, httpd.app = httpd.app, self
        try:
            yield self
        finally:
            self.released.set()
            httpd.app = self.app

    def lose(self, number, beside=()):
        """Answer requests as a reverse proxy does whose server is down.

        :param int number: how many, from the first one to :attr:`path` on.
        :param beside: how the paths of others begin that are lost, too.
        """
        self.lost, self.beside = number, tuple(beside)

    def hold_first(self, until=()):
        """Hold the first request until :attr:`released`.

        :param until: paths; requests to them in this order, after it, release it. Without, the test does.
        """
        self.released.clear()
        self.releasing = list(until)

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if self.count and self.releasing and path == self.releasing[0]:
            del self.releasing[0]
            if not self.releasing:
                self.released.set()
        if path.startswith(self.path) or self.count and path.startswith(self.beside):
            self.count += 1
            if self.count <= self.lost:
                start_response("502 Bad Gateway", [("Content-Type", "text/plain")])
                return [b"the server is down"]
            if self.count == 1:
                self.released.wait(LONGEST)
        return self.app(environ, start_response)
