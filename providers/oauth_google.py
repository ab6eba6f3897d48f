"""Google's sign-in, as its page "Using OAuth 2.0 for Web Server Applications" describes it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from google_auth_oauthlib.flow import Flow
from oauthlib.oauth2 import OAuth2Error

from .errors import ProtocolError
from .oauth import (
    Grant,
    OAuthClient,
    OAuthRefused,
    OAuthTransport,
    SignIn,
    check_claims,
    claims_of,
    grant_of,
    read_answer,
    refusal,
)

#: IMAP and SMTP, and who it is. There is no narrower scope with which IMAP works.
MAIL_SCOPE = "https://mail.google.com/"
SCOPES = (MAIL_SCOPE, "openid", "email")


@dataclass(frozen=True, slots=True)
class GoogleEndpoints:
    """As Google's discovery document names them."""

    authorization_url: str = "https://accounts.google.com/o/oauth2/v2/auth"
    redemption_url: str = "https://oauth2.googleapis.com/token"
    revocation_url: str = "https://oauth2.googleapis.com/revoke"
    issuer: str = "https://accounts.google.com"


class GoogleOAuth:
    """See :class:`.oauth.OAuthProvider`.

    :param float timeout: seconds any single network wait may take.
    """

    def __init__(self, client: OAuthClient, endpoints: GoogleEndpoints | None = None, timeout: float = 15.0):
        self._client, self._endpoints, self._timeout = client, endpoints or GoogleEndpoints(), timeout

    def begin(self, login_hint: str, state: str) -> SignIn:
        flow, nonce = self._flow(state), secrets.token_urlsafe(32)
        # Without "consent" Google gives a refresh token only the first time somebody agrees.
        url, _state = flow.authorization_url(prompt="select_account consent", login_hint=login_hint, nonce=nonce)
        return SignIn(url, {"state": state, "code_verifier": flow.code_verifier, "nonce": nonce})

    def finish(self, kept: Mapping, answer: Mapping[str, str]) -> Grant:
        code = read_answer(answer, kept["state"], self._endpoints.issuer)
        flow = self._flow(kept["state"], kept["code_verifier"])
        token = _answered(lambda: flow.fetch_token(code=code))
        # Checked one by one on Google's page, the person may have left out the mail.
        if MAIL_SCOPE not in (token.get("scope") or SCOPES):
            raise OAuthRefused("the permission for the mail was not given", reason="scope")
        claims = claims_of(token.get("id_token"))
        # Google writes its issuer in either form.
        issuers = (self._endpoints.issuer, self._endpoints.issuer.partition("://")[2])
        check_claims(claims, issuers=issuers, client_id=self._client.client_id, nonce=kept["nonce"])
        if not claims.get("email") or not claims.get("email_verified"):
            raise ProtocolError("Google did not tell the signed-in address")
        return grant_of(token, claims["email"])

    def refresh(self, grant: Grant) -> Grant:
        session = self._flow("").oauth2session
        # What was granted stays granted; naming the scopes again could only narrow it.
        session.scope = None
        token = _answered(lambda: session.refresh_token(
            self._endpoints.redemption_url, refresh_token=grant.refresh_token,
            client_id=self._client.client_id, client_secret=self._client.client_secret))
        return grant_of(token, grant.email, grant)

    def revoke(self, grant: Grant) -> None:
        with OAuthTransport.mounted(self._timeout) as session:
            response = session.post(self._endpoints.revocation_url, data={"token": grant.refresh_token})
        # 400 says that there is nothing (more) to revoke.
        if response.status_code not in (200, 400):
            raise ProtocolError(f"HTTP {response.status_code}")

    def _flow(self, state: str, code_verifier: str | None = None) -> Flow:
        config = {"web": {
            "client_id": self._client.client_id, "client_secret": self._client.client_secret,
            "auth_uri": self._endpoints.authorization_url, "token_uri": self._endpoints.redemption_url,
        }}
        flow = Flow.from_client_config(
            config, SCOPES, state=state, redirect_uri=self._client.redirect_uri, code_verifier=code_verifier)
        OAuthTransport.mounted(self._timeout, flow.oauth2session)
        return flow


def _answered(ask) -> Mapping:
    """The token that ``ask`` fetches, with the library's failures translated."""
    try:
        return ask()
    except OAuth2Error as error:
        if not error.error or error.error == "missing_token":
            raise ProtocolError("the answer has no access token") from None
        raise refusal(error.error, error.description or "") from None
    except ValueError:
        raise ProtocolError("the answer was not understood") from None
    # The library warns of scopes that differ from those asked for, which they do by name: "email" comes back as a URL.
    except Warning as warning:
        token = getattr(warning, "token", None)
        if token is None:
            raise ProtocolError("the answer was not understood") from None
        return token
