"""Small documents over https, from hosts nobody here has chosen."""

import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException
from urllib.parse import urljoin, urlsplit

from ..tools.hosts import HostRefused, check_host
from .deadline import at_most
from .errors import ProtocolError, Unreachable
from .network import connect, default_context, translate, wrap_tls
from .values import Endpoint

HTTPS_PORT = 443
_MAX_HOPS = 4
_MOVED = (301, 302, 303, 307, 308)
_CHUNK = 16_384


class GuardedHttps:
    """Every name is resolved once, each of its addresses is judged, and the connection goes to one of those.

    :param allowed: of ``tools.hosts.parse_allowed``: what an administrator has opened although it lies inside.
    :param resolver: answers the addresses of a name; by default the operating system.
    :param int port: of addresses that name none. Other ports are for hosts in ``allowed`` only.
    :param float step: seconds any single wait may take.
    """

    def __init__(self, allowed: Sequence[str] = (), resolver: Callable[[str, int], list[str]] | None = None,
                 port: int = HTTPS_PORT, step: float = 5.0):
        self._allowed, self._resolver, self._port, self._step = allowed, resolver, port, step

    def get(self, url: str, max_size: int) -> bytes:
        """A document; redirections are followed, to https only, each under the same guard.

        :raises ProviderError: there is none, it is too large, or its host may not be asked.
        """
        for _hop in range(_MAX_HOPS):
            moved, body = self._ask(url, max_size)
            if moved is None:
                return body
            url = urljoin(url, moved)
        raise ProtocolError("too many redirections")

    def _ask(self, url, max_size):
        """``(where it has gone or None, the document)``."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port or self._port
        except ValueError as error:
            raise ProtocolError("no address of a document") from error
        if parts.scheme != "https" or not host or parts.username is not None:
            raise ProtocolError("not a plain https address")
        line = self._connect(host, port)
        try:
            line.settimeout(at_most(self._step))
            connection = HTTPConnection(host, port)
            connection.sock = line
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            connection.request("GET", target, headers={
                "User-Agent": "MailDesk", "Accept": "text/xml, application/xml;q=0.9, */*;q=0.1", "Connection": "close"})
            return _read(connection.getresponse(), max_size)
        except (OSError, HTTPException, ValueError) as error:
            raise translate(error) from None
        finally:
            line.close()

    def _connect(self, host, port):
        started = time.monotonic()
        try:
            addresses = check_host(host, port, allowed=self._allowed, ports={HTTPS_PORT}, resolver=self._resolver)
        except HostRefused as refused:
            raise Unreachable(str(refused), reason="name" if refused.reason in ("name", "resolver") else "blocked") from None
        failure = None
        for address in addresses:
            left = self._step - (time.monotonic() - started)
            if left <= 0:
                break
            try:
                line = connect(Endpoint(address, port, "ssl", "", at_most(left)))
                line.settimeout(at_most(self._step))
                return wrap_tls(line, default_context(), Endpoint(host, port, "ssl", ""))
            except Unreachable as error:
                failure = error
        raise failure or Unreachable(reason="timeout")


def _read(response, max_size):
    if response.status in _MOVED:
        return response.getheader("Location") or "", b""
    if response.status != 200:
        raise ProtocolError(f"HTTP {response.status}")
    body = b""
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > max_size:
            raise ProtocolError("too large a document")
    return None, body
