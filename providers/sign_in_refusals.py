"""Why a server refuses a sign-in, as far as it says so: what large providers write, and the codes of RFC 5530 and RFC 3463.

Sources: Google's "IMAP, POP and SMTP errors" and "SMTP error reference", Microsoft's "Deprecation of Basic authentication in
Exchange Online" and "Enable or disable SMTP AUTH", RFC 4954 §6.
"""

import re

from .errors import AuthError

#: Response codes of IMAP that say it all.
_BY_CODE = {
    "PRIVACYREQUIRED": "encryption",
    "WEBALERT": "browser",
    "EXPIRED": "expired",
    "AUTHORIZATIONFAILED": "not_allowed",
}
# The first one that is found counts: Google's numbers mean several things that only its words tell apart.
_BY_WORDS = tuple((re.compile(pattern, re.IGNORECASE), reason) for pattern, reason in (
    (r"credentials (were|are) incorrect", "password"),
    (r"web ?login ?required|log ?in (via|with) your web browser|\b5\.7\.14\b", "browser"),
    (r"app(lication)?[- ](specific )?password|InvalidSecondFactor|\b5\.7\.9\b|authorization code", "app_password"),
    (r"basic auth\w* is (disabled|not supported)|SmtpClientAuthentication is disabled|\b5\.7\.(139|30)\b", "no_passwords"),
    (r"not enabled for imap|(imap|smtp)( access| service)?( is)? (disabled|not enabled|not allowed)", "switched_off"),
    (r"password (has |is )?expired|expired password|\b4\.7\.12\b|\b5\.7\.12\b", "expired"),
    (r"must issue a STARTTLS|encryption required|plaintext authentication disallowed|\b5\.7\.11\b", "encryption"),
    (r"authentication (is )?not (enabled|supported)|AUTH command (is )?not", "no_sign_in"),
))
# Exchange's own words, with their full stop; what it means is told nowhere else.
_EXCHANGE = re.compile(r"(LOGIN|AUTHENTICATE) failed\.")


def sign_in_refusal(said: str, detail: str, code: str = "") -> AuthError:
    """A refused sign-in with the reason the server gives.

    :param str said: the server's words; looked at, never quoted.
    :param str detail: the same, free of secrets.
    :param str code: IMAP's response code, in upper case.
    """
    reason = _BY_CODE.get(code) or next((reason for pattern, reason in _BY_WORDS if pattern.search(said)), None)
    if not reason and not code and _EXCHANGE.fullmatch(said.strip()):
        reason = "no_passwords"
    return AuthError(detail, reason=reason or "password")
