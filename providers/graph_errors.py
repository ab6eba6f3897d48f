"""From what Microsoft Graph answers, or what the line to it raises, to the closed set of :mod:`.errors`.

https://learn.microsoft.com/graph/errors
"""

import ssl
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from .errors import (
    AuthError,
    CursorExpired,
    ProtocolError,
    ProviderError,
    RateLimited,
    Refused,
    Unreachable,
    Unsupported,
)
from .network import blot, translate

_EXPIRED = {"syncstatenotfound", "syncstateinvalid", "resyncrequired"}
# The token is good, but not for this mailbox; or the mailbox is none that Graph reaches. A person has to act.
_NO_MAILBOX = {
    "mailboxnotenabledforrestapi", "mailboxnotsupportedforrestapi", "errornonexistentmailbox", "errorinvaliduser",
    "request_resourcenotfound", "resourcenotfound", "mailboxnotfound",
}
# The sign-in itself, whatever was asked for with it.
_NO_SIGN_IN = {"authenticationerror", "erroraccountdisabled", "errorlogonfailure", "invalidauthenticationtoken"}
_DENIED = {"erroraccessdenied", "accessdenied", "authorization_requestdenied", "forbidden", "errorsendasdenied"}
_FULL = {"errorquotaexceeded", "quotalimitreached"}
_TOO_LARGE = {"errormessagesizeexceeded", "errorattachmentsizelimitexceeded", "requestentitytoolarge"}
_NO_SUCH_ID = {"erroritemnotfound", "errorinvalididmalformed", "errorfoldernotfound", "errorinvalidid", "itemnotfound"}


def code_of(body: object) -> tuple[str, str]:
    """Code and message of an error's body; empty where there is none."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "", ""
    return str(error.get("code") or ""), str(error.get("message") or "")


def is_missing(status: int, body: object) -> bool:
    """Whether the answer says that what the address names is not there."""
    code = code_of(body)[0].lower()
    if code in _NO_MAILBOX:
        return False
    return status == 404 or (status in (400, 410) and code in _NO_SUCH_ID)


def is_stale(status: int, body: object) -> bool:
    """Whether the service no longer takes an address it gave out itself; some are answered like what is not there."""
    return is_missing(status, body) or (status == 400 and code_of(body)[0].lower() not in _NO_MAILBOX)


def failure(
    status: int, headers: dict[str, str], body: object, token: str, *, of_mailbox: bool = False,
) -> ProviderError:
    """The member of the closed set for an answer that is none of success.

    :param dict headers: names in lower case.
    :param str token: never to be quoted.
    :param bool of_mailbox: the request names neither a folder nor a message, so that the whole mailbox is concerned.
    """
    code, message = code_of(body)
    detail, code = blot(f"{status} {code}: {message}", token), code.lower()
    if code in _EXPIRED or status == 410:
        return CursorExpired(detail)
    if status == 429:
        # The service counts by mailbox.
        return RateLimited(detail, retry_after=retry_after(headers) or 0.0)
    if code in _NO_MAILBOX:
        return AuthError(detail, reason="no_mailbox")
    if status == 401 or code in _NO_SIGN_IN:
        return AuthError(detail)
    if status == 507 or code in _FULL:
        return Refused(detail, "full")
    if status == 413 or code in _TOO_LARGE:
        return Refused(detail, "too_large")
    if status == 403 and (not code or code in _DENIED):
        return AuthError(detail) if of_mailbox else Refused(detail, "forbidden")
    if status in (403, 405, 501):
        return Unsupported(detail)
    if status in (409, 423):
        return Refused(detail, "busy")
    return _fault(retry_after(headers) or 0.0, detail, of_mailbox) if status >= 500 else ProtocolError(detail)


def _fault(pause: float, detail: str, of_mailbox: bool) -> ProviderError:
    """A fault of the service's own (5xx)."""
    if not of_mailbox:
        return Refused(detail, "throttled" if pause else "busy", retry_after=pause)
    return RateLimited(detail, retry_after=pause) if pause else Unreachable(detail, reason="unavailable")


def retry_after(headers: dict[str, str]) -> float | None:
    """Seconds of a Retry-After field (RFC 9110 §10.2.3), None where there is none."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        return max(float(value), 0.0)
    except ValueError:
        moment = server_time(value)
        return max((moment - datetime.now(timezone.utc)).total_seconds(), 0.0) if moment else None


def server_time(value: str) -> datetime | None:
    """A date of HTTP (RFC 9110 §5.6.7), None where it is none."""
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def line_failure(error: Exception) -> ProviderError:
    """The member of the closed set for what the HTTP library raised: its innermost cause decides."""
    causes, queue, seen = [], [error], set()
    while queue:
        cause = queue.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        causes.append(cause)
        links = (*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__)
        queue += [link for link in links if isinstance(link, BaseException)]
    certificate = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    # The HTTP library's own exceptions are OSErrors too, and say the least.
    system = next((cause for cause in reversed(causes) if isinstance(cause, OSError) and _is_of_system(cause)), None)
    if certificate or system:
        return translate(certificate or system)
    text = " ".join(type(cause).__name__ for cause in causes)
    if "Timeout" in text:
        return Unreachable("timed out", reason="timeout")
    is_cut = any(word in text for word in ("IncompleteRead", "ProtocolError", "ChunkedEncoding", "Disconnected"))
    return Unreachable(blot(str(error)), reason="closed" if is_cut else "network")


def _is_of_system(cause: BaseException) -> bool:
    return type(cause).__module__.split(".")[0] not in ("requests", "urllib3")
