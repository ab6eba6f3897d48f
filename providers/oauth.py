"""Signing in at a mail provider with OAuth 2.0: what Google and Microsoft have in common.

The authorization code flow (RFC 6749 §4.1) with PKCE S256 (RFC 7636), as RFC 9700 asks for it::

    started = oauth.begin("anna@example.com", state)      the person goes to started.url, started.kept is stored
    grant = oauth.finish(started.kept, answer)            the provider sent them back with ``answer``
    grant = oauth.refresh(grant)                          before grant.expires_at, and at most one caller at a time
    oauth.revoke(grant)
"""

import json
import logging
import ssl
import time
from base64 import urlsafe_b64decode
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Protocol

import requests
from requests.adapters import HTTPAdapter

from ..tools.headers import clean_line
from ..tools.log import redact
from .deadline import at_most
from .errors import AuthError, ProtocolError, ProviderError, RateLimited, Unreachable
from .network import MAX_DETAIL, describe

#: The reason :class:`.errors.Unreachable` carries where it is the sign-in service that does not answer.
SIGN_IN = "sign_in"

#: Seconds an access token has to be good for at least when it is handed out.
MARGIN = 120.0

#: Seconds two clocks may differ (OpenID Connect Core §3.1.3.7).
_SKEW = 300.0

# What these say holds codes, client secrets and tokens in forms of their own; whatever goes wrong is raised all the same.
for _name in (
    "requests_oauthlib.oauth2_session", "requests_oauthlib.oauth2_auth", "oauthlib.oauth2.rfc6749.clients.base",
    "oauthlib.oauth2.rfc6749.parameters", "msal.application", "msal.oauth2cli.oauth2", "msal.oauth2cli.oidc", "msal.token_cache",
    "msal.throttled_http_client",
):
    logging.getLogger(_name).disabled = True


class OAuthRefused(AuthError):
    """The provider did not let the person in, or no longer does: somebody has to act.

    :param str reason: ``cancelled`` (by the person), ``consent`` (an administrator of the organisation has to agree),
        ``policy`` (the organisation's rules forbid it), ``scope`` (the permission to use the mail was not given), ``grant``
        (revoked, expired, or the code was used before), ``answer`` (what came back does not belong to this sign-in),
        ``other``.
    """

    def __init__(self, detail="", reason="other"):
        super().__init__(detail)
        self.reason = reason


class ClientRefused(ProviderError):
    """The provider does not accept the company's client id and secret, or not with this redirect URI."""


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A company's registration with a provider."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in that has begun.

    :param str url: where the person goes.
    :param dict kept: JSON to hand to ``finish``; holds the code verifier, so it is a secret.
    """

    url: str
    kept: dict = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person's consent is worth.

    :param float expires_at: when the access token ends, seconds since the epoch.
    :param tuple scopes: what the provider says was granted; empty where it does not say.
    :param str email: the signed-in address, in lower case.
    :param float ends_at: when the consent itself ends, seconds since the epoch; 0 where the provider does not say.
    """

    refresh_token: str = field(repr=False)
    access_token: str = field(repr=False)
    expires_at: float
    scopes: tuple[str, ...] = ()
    email: str = ""
    ends_at: float = 0.0

    @property
    def is_fresh(self) -> bool:
        """Whether the access token may still be handed out."""
        return self.expires_at - MARGIN > time.time()

    def dump(self) -> str:
        """As JSON, for the encrypted store."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> "Grant":
        """Of what :meth:`dump` wrote; what else is there is left alone."""
        known = json.loads(text)
        return cls(**{**{name: known[name] for name in cls.__slots__ if name in known}, "scopes": tuple(known["scopes"])})


class OAuthProvider(Protocol):
    """A provider's sign-in. Every method that asks the network raises Unreachable (reason :data:`SIGN_IN`), RateLimited,
    ClientRefused or ProtocolError besides what it names."""

    def begin(self, login_hint: str, state: str) -> SignIn:
        """
        :param str login_hint: the address the person is expected to sign in with.
        :param str state: random, used once; comes back with the answer.
        """

    def finish(self, kept: Mapping, answer: Mapping[str, str]) -> Grant:
        """Redeem what the provider sent the person back with.

        :param answer: the parameters of the redirect.
        :raises OAuthRefused:
        """

    def refresh(self, grant: Grant) -> Grant:
        """A new access token; the refresh token may be another one afterwards, and the old one void.

        :raises OAuthRefused: the grant is over (``invalid_grant``): the person has to sign in again.
        """

    def revoke(self, grant: Grant) -> None:
        """Have the provider forget the grant, where it has a way to. One that is over already is no error."""


class OAuthTransport(HTTPAdapter):
    """The line to a provider's endpoints: verified by the system's authorities and ``SSL_CERT_FILE``, with a time-out,
    without redirects, and with failures of the closed set.

    :param float timeout: seconds any single network wait may take.
    """

    def __init__(self, timeout: float):
        self._timeout = timeout
        super().__init__()

    @classmethod
    def mounted(cls, timeout: float, session: requests.Session | None = None) -> requests.Session:
        """A session, or the given one, whose https requests all go this way."""
        session = session if session is not None else requests.Session()
        session.mount("https://", cls(timeout))
        return session

    def init_poolmanager(self, *args, **kwargs):
        # One of its own: the library adds authorities to what it is given.
        return super().init_poolmanager(*args, ssl_context=ssl.create_default_context(), **kwargs)

    def send(self, request, *args, **kwargs):
        kwargs["timeout"] = at_most(self._timeout)
        try:
            response = super().send(request, *args, **kwargs)
        except requests.RequestException as error:
            raise Unreachable(redact(describe(_cause(error))), reason=SIGN_IN) from None
        if response.status_code == 429:
            raise RateLimited(f"HTTP {response.status_code}", retry_after=_seconds(response.headers.get("Retry-After")))
        if response.status_code >= 500:
            raise Unreachable(f"HTTP {response.status_code}", reason=SIGN_IN)
        if response.is_redirect:
            # A secret in the request must not go where somebody else points to.
            raise ProtocolError("the sign-in service redirects")
        return response


def read_answer(answer: Mapping[str, str], state: str, issuer: str | None) -> str:
    """The authorization code of a redirect (RFC 6749 §4.1.2).

    :param issuer: what ``iss`` has to be where it is there (RFC 9207); None where the provider sends none.
    :raises OAuthRefused, Unreachable:
    """
    if answer.get("state") != state:
        raise OAuthRefused("the state is another one", reason="answer")
    if issuer and answer.get("iss", issuer) != issuer:
        raise OAuthRefused("another provider answered", reason="answer")
    if answer.get("error"):
        raise refusal(answer["error"], answer.get("error_description") or answer.get("error_subcode") or "")
    if not answer.get("code"):
        raise OAuthRefused("no code came back", reason="answer")
    return answer["code"]


def refusal(error: str, description: str = "") -> ProviderError:
    """What an error of an authorization or token endpoint means (RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6).

    :param str description: the provider's own words; only its codes are looked at.
    """
    detail = clean_line(redact(f"{error}: {description}" if description else error))[:MAX_DETAIL]
    if error in ("temporarily_unavailable", "server_error"):
        return Unreachable(detail, reason=SIGN_IN)
    text = f"{error} {description}"
    for reason, marks in _REASONS.items():
        if any(mark in text for mark in marks):
            return OAuthRefused(detail, reason=reason)
    if error in ("invalid_client", "unauthorized_client", "redirect_uri_mismatch", "invalid_request"):
        return ClientRefused(detail)
    return OAuthRefused(detail, reason=_BY_ERROR.get(error, "other"))


def claims_of(id_token: str) -> dict:
    """The claims of an ID token that came from the token endpoint itself: TLS stands for its signature there
    (OpenID Connect Core §3.1.3.7, point 6).

    :raises ProtocolError: it is none.
    """
    try:
        payload = id_token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (AttributeError, IndexError, ValueError) as error:
        raise ProtocolError("the ID token cannot be read") from error
    if not isinstance(claims, dict):
        raise ProtocolError("the ID token cannot be read")
    return claims


def check_claims(claims: Mapping, *, issuers: Collection[str], client_id: str, nonce: str) -> None:
    """OpenID Connect Core §3.1.3.7: by whom, for whom, when, and for this very sign-in.

    :raises OAuthRefused: with reason ``answer``.
    """
    audience = claims.get("aud")
    wrong = (
        "issuer" if claims.get("iss") not in issuers
        else "audience" if client_id not in (audience if isinstance(audience, list) else [audience])
        else "nonce" if claims.get("nonce") != nonce
        else "time" if not _is_number(claims.get("exp")) or claims["exp"] + _SKEW < time.time()
        else ""
    )
    if wrong:
        raise OAuthRefused(f"the ID token is of another {wrong}", reason="answer")


def grant_of(token: Mapping, email: str, before: Grant | None = None) -> Grant:
    """A token endpoint's answer (RFC 6749 §5.1).

    :param before: what a refresh began with; what the answer leaves out stays as it was.
    :raises OAuthRefused: no lasting permission was given.
    :raises ProtocolError: no access token is in it.
    """
    access, lifetime = token.get("access_token"), token.get("expires_in", 3600)
    if not isinstance(access, str) or not access or not _is_number(lifetime):
        raise ProtocolError("the answer has no access token")
    refresh = token.get("refresh_token") or (before.refresh_token if before else "")
    if not refresh:
        raise OAuthRefused("no refresh token was given", reason="scope")
    scopes = token.get("scope") or (before.scopes if before else ())
    # Google says so of consents that are given for a time, and of all while the registration is in testing
    left = token.get("refresh_token_expires_in")
    kept = before.ends_at if before and before.refresh_token == refresh else 0.0
    return Grant(
        refresh, access, time.time() + float(lifetime), tuple(scopes.split() if isinstance(scopes, str) else scopes),
        email.strip().lower(), time.time() + float(left) if _is_number(left) and left > 0 else kept,
    )


_REASONS = {
    # AADSTS65001 and 90094: nobody, or no administrator, has consented for the organisation.
    "consent": ("AADSTS65001", "AADSTS90094", "AADSTS90095", "AADSTS90008", "consent_required"),
    "policy": ("AADSTS53003", "AADSTS53000", "AADSTS53001", "AADSTS50105", "AADSTS50020", "admin_policy_enforced",
               "org_internal", "access blocked"),
    "cancelled": ("AADSTS65004", "access_denied"),
}
_BY_ERROR = {"invalid_grant": "grant", "interaction_required": "grant", "login_required": "grant", "invalid_scope": "scope"}


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cause(error: BaseException) -> BaseException:
    """The innermost word on a failed request: the libraries wrap it several times."""
    reason = error.args[0] if error.args else None
    inner = getattr(reason, "reason", None) or reason
    return inner if isinstance(inner, BaseException) else error


def _seconds(value: str | None) -> float:
    return float(value) if value and value.isdigit() else 0.0
