"""Lines to servers and what goes wrong with them, the same for IMAP and SMTP."""

import re
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from ..tools.charsets import guess_text
from ..tools.headers import clean_line
from ..tools.log import MASK, redact
from ..tools.lookup import LOOKUP_SECONDS, look_up
from .deadline import at_most, watch
from .errors import CertificateError, ProviderError, Unreachable
from .values import Endpoint

#: Decides by its text form whether an address may be connected to.
AllowAddress = Callable[[str], bool]

MAX_DETAIL = 300

_REASONS = (
    (socket.gaierror, "name"),
    (ConnectionRefusedError, "refused"),
    (TimeoutError, "timeout"),
    ((ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError, EOFError), "closed"),
)
# Results of X509_verify_cert (OpenSSL's x509_vfy.h).
_EARLY, _EXPIRED = {9}, {10}
_WRONG_NAME = {62, 64}
_UNTRUSTED = {18, 19, 20, 21}
# What OpenSSL says when the other side does not speak TLS at all, or another kind of it.
_NOT_TLS = ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER", "PACKET_LENGTH", "BAD_RECORD")
# And where both sides speak TLS, but nothing that the other one still, or already, takes for safe.
_OLD_TLS = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "HANDSHAKE_FAILURE", "DH_KEY_TOO_SMALL", "INSUFFICIENT_SECURITY",
            "NO_PROTOCOLS", "LEGACY_RENEGOTIATION")
# Of several addresses that failed, the one that says most is told.
_TELLING = ("refused", "timeout")


def default_context() -> ssl.SSLContext:
    """A context that verifies chain and name; ``SSL_CERT_FILE`` adds authorities, as everywhere in OpenSSL.

    All lines share it until the authorities change: reading them takes 30 ms, and 800 KB for as long as the line stands.
    """
    found = ssl.get_default_verify_paths()
    return _context_for(tuple((path, Path(path).stat().st_mtime_ns) for path in (found.cafile, found.capath) if path))


@lru_cache(maxsize=1)
def _context_for(_authorities: tuple) -> ssl.SSLContext:
    return ssl.create_default_context()


def connect(endpoint: Endpoint, allow_address: AllowAddress | None = None) -> socket.socket:
    """A TCP connection to one of the host's addresses, without TLS yet.

    The name is resolved once and the address that was looked at is the one connected to, so that a name server cannot
    answer differently the second time. All addresses together take no longer than the endpoint's time-out.

    :raises Unreachable: reasons ``name``, ``resolver``, ``blocked``, ``refused``, ``timeout``, ``network``.
    """
    try:
        found = look_up(endpoint.host, endpoint.port, at_most(min(endpoint.timeout, LOOKUP_SECONDS)))
    except TimeoutError as error:
        raise Unreachable(describe(error), reason="resolver") from None
    # UnicodeError: a host that cannot be written in IDNA, such as one with an empty label.
    except (OSError, UnicodeError) as error:
        raise Unreachable(describe(error), reason="name") from None
    addresses = [entry for entry in found if allow_address is None or allow_address(entry[4][0])]
    if not addresses:
        raise Unreachable(found[0][4][0] if found else "", reason="blocked" if found else "name")
    failures, ends = [], time.monotonic() + at_most(endpoint.timeout)
    for tried, (family, kind, protocol, _name, address) in enumerate(addresses):
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(max((ends - time.monotonic()) / (len(addresses) - tried), 0.01))
            line.connect(address)
            line.settimeout(endpoint.timeout)
            # Commands are small and sent one after the other; waiting to fill packets would cost a round trip each.
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            watch(line)
            return line
        except OSError as error:
            line.close()
            failures.append(translate(error))
    raise next((failure for reason in _TELLING for failure in failures if failure.reason == reason), failures[-1])


def wrap_tls(line: socket.socket, context: ssl.SSLContext, endpoint: Endpoint) -> ssl.SSLSocket:
    """TLS over an open connection; the connection is closed where it fails.

    :raises CertificateError, Unreachable:
    """
    try:
        return context.wrap_socket(line, server_hostname=endpoint.host)
    except (OSError, ValueError) as error:
        line.close()
        raise translate(error) from None


def translate(error: BaseException) -> ProviderError:
    """The member of the closed set for what the operating system or the TLS library raised."""
    if isinstance(error, ProviderError):
        return error
    detail = describe(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        return CertificateError(clean_line(error.verify_message or detail), reason=_certificate_reason(error))
    reason = next((reason for kinds, reason in _REASONS if isinstance(error, kinds)), None)
    return Unreachable(detail, reason=reason or _other_reason(error, detail))


def describe(error: BaseException) -> str:
    """What an exception says, in one short line."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return clean_line(str(text))[:MAX_DETAIL]


def blot(text: bytes | str, *secrets: str) -> str:
    """A server's text for people, with every form of the secrets it could quote blotted out."""
    text = guess_text(text)
    # Before and after: control characters within it would hide a secret, and be gone afterwards.
    for clean in (str, clean_line):
        text = clean(text)
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            # A password is quoted in capitals by some, and may be too short for the log's filter.
            text = re.sub(re.escape(secret), MASK, text, flags=re.IGNORECASE)
            text = text.replace(b64encode(secret.encode("utf-8", "replace")).decode(), MASK)
        text = redact(text, secrets)
    return text[:MAX_DETAIL]


def _other_reason(error: BaseException, detail: str) -> str:
    # The buffered reader of a socket that timed out once refuses further reads with these words.
    if "timed out" in detail:
        return "timeout"
    said = (error.reason or detail) if isinstance(error, ssl.SSLError) else ""
    if any(mark in said for mark in _OLD_TLS):
        return "tls_old"
    return "protocol" if any(mark in said for mark in _NOT_TLS) else "network"


def _certificate_reason(error: ssl.SSLCertVerificationError) -> str:
    code = error.verify_code
    if code in _EARLY | _EXPIRED:
        return "early" if code in _EARLY else "expired"
    if code in _WRONG_NAME:
        return "name"
    return "untrusted" if code in _UNTRUSTED else "other"
