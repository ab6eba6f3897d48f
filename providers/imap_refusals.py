"""What an IMAP server means by refusing: response codes (RFC 5530, RFC 9051 §7.1), and words where codes are missing.

A tagged NO or BAD to a command that names a folder or a message concerns that folder or message alone, whatever its code
(:func:`refusal`). The mailbox is concerned by BYE and by the refusal of a command that names neither (:func:`mailbox_refusal`).
"""

import re

from ..tools.charsets import guess_text
from .errors import FolderGone, ProtocolError, ProviderError, RateLimited, Refused, Unreachable, Unsupported
from .imap_reader import Status
from .sign_in_refusals import sign_in_refusal

_LIMITS = {"LIMIT", "THROTTLED", "OVERQUOTA"}
_TRANSIENT = {"UNAVAILABLE", "INUSE", "SERVERBUG", "CONTACTADMIN", "CORRUPTION"}
_SIGN_IN = {"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "WEBALERT"}
_GONE = {"NONEXISTENT", "TRYCREATE", "NOSUCHMAILBOX"}
_FORBIDDEN = {"NOPERM", "CANNOT", "READ-ONLY", "UNKNOWN-CTE"}
#: Response code → reason of :class:`.errors.Refused`.
_REASONS = {
    "INUSE": "busy", "UNAVAILABLE": "busy",
    "SERVERBUG": "damaged", "CORRUPTION": "damaged", "CONTACTADMIN": "damaged",
    "OVERQUOTA": "full", "TOOBIG": "too_large", "LIMIT": "limit", "THROTTLED": "throttled",
    **dict.fromkeys((*_FORBIDDEN, *_SIGN_IN), "forbidden"),
}
#: What servers say where a code should stand, and of which limit [LIMIT] is; the first that is found counts.
_WORDS = tuple((re.compile(pattern, re.IGNORECASE), reason) for pattern, reason in (
    (r"throttl|rate limit|bandwidth limit|too many (requests|commands|connections|simultaneous)", "throttled"),
    (r"over ?quota|quota exceeded|exceed\w* (\w+ )?quota|(mailbox|disk) (is )?full", "full"),
    (r"too (large|big)|larger than|(message|mail) size|size limit|maximum size", "too_large"),
    (r"try again|temporar|\block(ed)?\b|in use|\bbusy\b", "busy"),
))
# What large providers say instead of a code when a whole mailbox has to wait.
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
#: Exchange, of a mailbox that has no licence, that does not allow IMAP, or that this user may not open.
_NOT_CONNECTED = b"authenticated but not connected"
# Microsoft's page "Throttling in Exchange Online": "Request is throttled. Suggested Backoff Time: 92415 milliseconds".
_BACK_OFF = re.compile(rb"backoff time: *(\d{1,9}) *milliseconds", re.IGNORECASE)


def refusal(status: Status, detail: str) -> ProviderError:
    """The failure a tagged NO or BAD stands for, to a command that names a folder or a message.

    :param str detail: the server's words, free of secrets.
    """
    if status.kind == "BYE" or _NOT_CONNECTED in status.text.lower():
        return mailbox_refusal(status, detail)
    if status.code in _GONE:
        return FolderGone(detail)
    reason = _reason(status)
    if not reason and status.kind == "BAD":
        return ProtocolError(detail)
    return Refused(detail, reason or "other", retry_after=_retry_after(status))


def change_refusal(status: Status, detail: str) -> ProviderError:
    """The same for a command that changes something: lacking rights are not tried again."""
    return Unsupported(detail) if status.code in _FORBIDDEN else refusal(status, detail)


def mailbox_refusal(status: Status, detail: str) -> ProviderError:
    """The failure a BYE stands for, or the refusal of a command that names neither a folder nor a message; ProtocolError where
    the server gives no reason known here.

    :param str detail: the server's words, free of secrets.
    """
    if _NOT_CONNECTED in status.text.lower():
        return Unreachable(detail, reason="no_mailbox")
    if status.code in _LIMITS or _speaks_of_limit(status.text):
        return RateLimited(detail, retry_after=_retry_after(status))
    if status.code in _TRANSIENT:
        return Unreachable(detail, reason="unavailable")
    if status.code in _SIGN_IN:
        return sign_in_refusal(guess_text(status.text), detail, status.code)
    if status.kind == "BYE":
        return Unreachable(detail, reason="closed")
    return ProtocolError(detail)


def foreign_greeting(text: str) -> ProviderError:
    """The failure behind a greeting ``imaplib`` did not take, from the words of its exception."""
    if "* BYE" in text.upper():
        is_limit = _speaks_of_limit(text.encode("utf-8", "replace"))
        return RateLimited(text) if is_limit else Unreachable(text, reason="closed")
    return Unreachable(text, reason="closed" if "EOF" in text else "protocol")


def _reason(status: Status) -> str:
    """A reason of :class:`.errors.Refused`, empty where the server gives none."""
    known = _REASONS.get(status.code, "")
    if known and known != "limit":
        return known
    said = guess_text(status.text)
    return next((reason for pattern, reason in _WORDS if pattern.search(said)), known)


def _retry_after(status: Status) -> float:
    match = _BACK_OFF.search(status.text)
    return int(match[1]) / 1000 if match else 0.0


def _speaks_of_limit(text: bytes) -> bool:
    words = text.lower()
    return any(mark in words for mark in _LIMIT_WORDS)
