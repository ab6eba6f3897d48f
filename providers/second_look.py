"""What really answers where no conversation came about: TLS where none was expected, another protocol, a web server.

A failed conversation says little by itself. So the address is called once more, and listened to both in clear text and over
TLS. Nothing is sent but a handshake and, to a server that says nothing by itself, the one question of HTTP that changes nothing.
"""

import socket
import ssl
import time
from dataclasses import replace

from .deadline import at_most
from .errors import CertificateError, ProviderError, Unreachable
from .network import AllowAddress, blot, connect, default_context, wrap_tls
from .values import Endpoint

#: Seconds for a handshake, for a greeting, and for the answer to a question.
HANDSHAKE, GREETING, ANSWER = 2.5, 1.0, 1.5

_GREETINGS = (
    (b"* OK", "imap"),
    (b"* PREAUTH", "imap"),
    (b"* BYE", "imap"),
    (b"+OK", "pop3"),
    (b"-ERR", "pop3"),
    (b"220", "smtp"),
    (b"421", "smtp"),
    (b"554", "smtp"),
    (b"HTTP/", "http"),
)
_QUESTION = b"OPTIONS * HTTP/1.0\r\n\r\n"
# How a TLS server says in clear text that it did not understand: an alert record (RFC 8446 §5.1).
_ALERT = b"\x15\x03"
_UNCLEAR = ("timeout", "protocol", "closed")
_MAX_HEARD = 512
UNKNOWN = "unknown"


def explain(failure: ProviderError, endpoint: Endpoint, allow_address: AllowAddress | None, protocol: str) -> ProviderError:
    """A better word for a failure before any sign-in, or the failure itself.

    :param str protocol: what was to be spoken, ``imap`` or ``smtp``.
    """
    if isinstance(failure, CertificateError) and failure.reason == "name":
        return _with_names(failure, endpoint, allow_address)
    if not isinstance(failure, Unreachable) or failure.reason not in _UNCLEAR:
        return failure
    expects_tls = endpoint.encryption == "ssl"
    for is_tls in (expects_tls, not expects_tls):
        try:
            kind, words = _listen(endpoint, allow_address, is_tls)
        except (ProviderError, OSError):
            continue
        if kind not in (None, protocol, UNKNOWN):
            return Unreachable(words, reason=kind)
        if kind and is_tls == expects_tls:
            return failure
        if kind and is_tls:
            return Unreachable(words or "the server expects SSL/TLS from the first byte", reason="tls")
        if kind == protocol:
            return Unreachable(words, reason="plain")
    return failure


def _listen(endpoint: Endpoint, allow_address: AllowAddress | None, is_tls: bool) -> tuple[str | None, str]:
    """What speaks there this way, None for nobody, and what it said.

    :raises ProviderError, OSError: nobody.
    """
    line = _call(endpoint, allow_address)
    try:
        if is_tls:
            line = wrap_tls(line, default_context(), endpoint)
        heard = _hear(line, min(endpoint.timeout, GREETING))
        if not heard:
            line.sendall(_QUESTION)
            heard = _hear(line, min(endpoint.timeout, ANSWER))
    # Who the server is does not matter here: a certificate we do not trust is TLS that answered all the same.
    except CertificateError:
        return UNKNOWN, ""
    finally:
        line.close()
    if heard.startswith(_ALERT) or not (heard or is_tls):
        return None, ""
    kind = next((kind for start, kind in _GREETINGS if heard.startswith(start)), UNKNOWN)
    if kind == "smtp" and b"FTP" in heard.upper():
        kind = UNKNOWN
    return kind, blot(heard.split(b"\n")[0])


def _call(endpoint: Endpoint, allow_address: AllowAddress | None) -> socket.socket:
    return connect(replace(endpoint, timeout=min(endpoint.timeout, HANDSHAKE)), allow_address)


def _hear(line: socket.socket, patience: float) -> bytes:
    """The first line that comes, as far as it comes in time."""
    heard, ends = b"", time.monotonic() + at_most(patience)
    while b"\n" not in heard and len(heard) < _MAX_HEARD and (left := ends - time.monotonic()) > 0:
        line.settimeout(left)
        try:
            piece = line.recv(_MAX_HEARD)
        except OSError:
            break
        if not piece:
            break
        heard += piece
    return heard


def _with_names(failure: CertificateError, endpoint: Endpoint, allow_address: AllowAddress | None) -> CertificateError:
    """The same, telling for which names a certificate of somebody we trust was made; only where TLS comes first."""
    if endpoint.encryption != "ssl":
        return failure
    context = ssl.create_default_context()
    # The chain is still verified: what a stranger writes into a certificate is no advice.
    context.check_hostname = False
    try:
        with wrap_tls(_call(endpoint, allow_address), context, endpoint) as line:
            names = [value for kind, value in line.getpeercert().get("subjectAltName", ()) if kind == "DNS"]
    except (ProviderError, OSError):
        return failure
    return CertificateError(blot(", ".join(names[:5]) or failure.detail), reason="name")
