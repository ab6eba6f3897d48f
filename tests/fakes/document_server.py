"""A web server over TLS on the loopback: the sites of any number of domains, each a few documents."""

import contextlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .certificates import Authority


class DocumentServer:
    """:attr:`documents` maps ``host/path`` to ``bytes``, to ``("moved", url)`` or to ``("slow", seconds)``; :attr:`asked` lists the
    addresses, with their queries.

    :param home: a directory for the certificates.
    :param names: what the certificate is made for.
    """

    def __init__(self, home, *names):
        self.documents, self.asked = {}, []
        self.authority = Authority(home)
        handler = type("Handler", (_Handler,), {"site": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_args: None
        context = self.authority.server("documents", "127.0.0.1", *names)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_port

    def start(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    site = None

    def do_GET(self):
        host = self.headers["Host"].partition(":")[0]
        self.site.asked.append(f"{host}{self.path}")
        with contextlib.suppress(OSError):
            self._answer(self.site.documents.get(f"{host}{self.path.partition('?')[0]}"))

    def _answer(self, document):
        match document:
            case None:
                self.send_error(404)
            case ("moved", target):
                self.send_response(302)
                self.send_header("Location", target)
                self.end_headers()
            case ("slow", seconds):
                self.send_response(200)
                self.end_headers()
                # a drop now and then, which keeps every single wait short
                for _drop in range(int(seconds / 0.2)):
                    self.wfile.write(b" ")
                    self.wfile.flush()
                    time.sleep(0.2)
            case _:
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.end_headers()
                self.wfile.write(document)

    def log_message(self, *args):
        """Quiet."""


def autoconfig(*servers, name="Firma Mail"):
    """A document.

    :param servers: ``(tag, type, host, port, socket type, user name)``.
    """
    listed = "".join(
        f'<{tag} type="{kind}"><hostname>{host}</hostname><port>{port}</port><socketType>{encryption}</socketType>'
        f"<username>{user}</username><authentication>password-cleartext</authentication></{tag}>"
        for tag, kind, host, port, encryption, user in servers)
    return (f'<?xml version="1.0" encoding="UTF-8"?><clientConfig version="1.1"><emailProvider id="firma">'
            f"<displayShortName>{name}</displayShortName>{listed}</emailProvider></clientConfig>").encode()
