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
    Unreachable,
    Unsupported,
)
from .network import blot, translate

_EXPIRED = {"syncstatenotfound", "syncstateinvalid", "resyncrequired"}
# The token is good, but not for this mailbox; or the mailbox is none that Graph reaches. A person has to act.
_NO_MAILBOX = {
    "mailboxnotenabledforrestapi", "mailboxnotsupportedforrestapi", "errornonexistentmailbox", "errorinvaliduser",
    "request_resourcenotfound", "mailboxnotfound",
}
_DENIED = {
    "erroraccessdenied", "accessdenied", "authorization_requestdenied", "forbidden", "authenticationerror",
    "errorsendasdenied", "erroraccountdisabled", "errorlogonfailure", "invalidauthenticationtoken",
}
_FULL = {"errorquotaexceeded", "quotalimitreached"}
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


def failure(status: int, headers: dict[str, str], body: object, token: str) -> ProviderError:
    """The member of the closed set for an answer that is none of success.

    :param dict headers: names in lower case.
    :param str token: never to be quoted.
    """
    code, message = code_of(body)
    detail, code = blot(f"{status} {code}: {message}", token), code.lower()
    if code in _EXPIRED or status == 410:
        return CursorExpired(detail)
    if status == 429 or code in _FULL:
        return RateLimited(detail, retry_after=retry_after(headers) or 0.0)
    if status == 401 or code in _NO_MAILBOX:
        return AuthError(detail)
    if status == 403:
        return AuthError(detail) if not code or code in _DENIED else Unsupported(detail)
    if status in (405, 501):
        return Unsupported(detail)
    if status >= 500:
        pause = retry_after(headers)
        return RateLimited(detail, retry_after=pause) if pause else Unreachable(detail, reason="network")
    return ProtocolError(detail)


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
