"""What an IMAP server means by refusing: response codes (RFC 5530, RFC 9051 §7.1), and words where codes are missing."""

from ..tools.charsets import guess_text
from .errors import FolderGone, ProtocolError, ProviderError, RateLimited, Unreachable, Unsupported
from .imap_reader import Status
from .sign_in_refusals import sign_in_refusal

_LIMITS = {"LIMIT", "THROTTLED", "OVERQUOTA"}
_TRANSIENT = {"UNAVAILABLE", "INUSE", "SERVERBUG", "CONTACTADMIN"}
_SIGN_IN = {"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "WEBALERT"}
_GONE = {"NONEXISTENT", "TRYCREATE", "NOPERM", "CANNOT", "NOSUCHMAILBOX"}
_FORBIDDEN = {"NOPERM", "CANNOT", "READ-ONLY", "UNKNOWN-CTE"}
# What large providers say where a code should stand.
_LIMIT_WORDS = (
    b"too many",
    b"rate limit",
    b"throttl",
    b"bandwidth limit",
    b"maximum number of connections",
    b"try again later",
    b"over quota",
    b"quota exceeded",
    b"mailbox is full",
)


def refusal(status: Status, detail: str) -> ProviderError:
    """The failure a refused command, or a BYE, stands for; ProtocolError where the server gives no reason we know.

    :param str detail: the server's words, free of secrets.
    """
    if status.code in _LIMITS or _speaks_of_limit(status.text):
        return RateLimited(detail)
    if status.code in _TRANSIENT:
        return Unreachable(detail, reason="busy")
    if status.code in _SIGN_IN:
        return sign_in_refusal(guess_text(status.text), detail, status.code)
    if status.kind == "BYE":
        return Unreachable(detail, reason="closed")
    if status.code in _GONE:
        return FolderGone(detail)
    return ProtocolError(detail)


def change_refusal(status: Status, detail: str) -> ProviderError:
    """The same for a command that changes something in a folder that could be opened, or names another: lacking rights
    concern this one thing."""
    return Unsupported(detail) if status.code in _FORBIDDEN else refusal(status, detail)


def foreign_greeting(text: str) -> ProviderError:
    """The failure behind a greeting ``imaplib`` did not take, from the words of its exception."""
    if "* BYE" in text.upper():
        is_limit = _speaks_of_limit(text.encode("utf-8", "replace"))
        return RateLimited(text) if is_limit else Unreachable(text, reason="closed")
    return Unreachable(text, reason="closed" if "EOF" in text else "protocol")


def _speaks_of_limit(text: bytes) -> bool:
    words = text.lower()
    return any(mark in words for mark in _LIMIT_WORDS)
