"""Microsoft's sign-in for work, school and personal accounts, through ``msal``."""

import hashlib
from collections.abc import Mapping

import msal

from .errors import ProtocolError
from .oauth import (
    Grant,
    OAuthClient,
    OAuthRefused,
    OAuthTransport,
    SignIn,
    check_claims,
    grant_of,
    read_answer,
    refusal,
)

AUTHORITY = "https://login.microsoftonline.com"
GRAPH = "https://graph.microsoft.com/"
#: The library adds openid, profile and offline_access.
OWN_SCOPES = ("Mail.ReadWrite", "Mail.Send", "User.Read")
#: For a mailbox of somebody else, or of nobody, that the person may use.
SHARED_SCOPES = ("Mail.ReadWrite.Shared", "Mail.Send.Shared")


class MicrosoftOAuth:
    """See :class:`.oauth.OAuthProvider`.

    :param str tenant: the organisation's id or domain, or ``common``, ``organizations``, ``consumers``.
    :param bool shared: ask also for the mailboxes others have shared with the person.
    :param str authority: the sign-in service, without a path.
    :param str graph: the resource the scopes belong to.
    :param float timeout: seconds any single network wait may take.
    """

    def __init__(
        self, client: OAuthClient, tenant: str = "common", *, shared: bool = False, authority: str = AUTHORITY,
        graph: str = GRAPH, timeout: float = 15.0,
    ):
        self._client, self._tenant, self._authority, self._timeout = client, tenant, authority.rstrip("/"), timeout
        self._scopes = [graph + name for name in (*OWN_SCOPES, *(SHARED_SCOPES if shared else ()))]

    def begin(self, login_hint: str, state: str) -> SignIn:
        # The answer comes back in the address: a form posted from elsewhere would come without the session's cookie.
        flow = self._app().initiate_auth_code_flow(
            self._scopes, redirect_uri=self._client.redirect_uri, state=state, prompt="select_account", login_hint=login_hint)
        if "auth_uri" not in flow:
            raise ProtocolError("the sign-in could not be begun")
        return SignIn(flow.pop("auth_uri"), flow)

    def finish(self, kept: Mapping, answer: Mapping[str, str]) -> Grant:
        read_answer(answer, kept["state"], None)
        token = _answered(lambda: self._app().acquire_token_by_auth_code_flow(dict(kept), dict(answer)))
        claims = token.get("id_token_claims") or {}
        # The library reads the ID token but does not check it. Of "common", the issuer names the tenant it came from.
        issuer = f"{self._authority}/{claims.get('tid')}/v2.0"
        hashed = hashlib.sha256(kept["nonce"].encode()).hexdigest()
        check_claims(claims, issuers=(issuer,), client_id=self._client.client_id, nonce=hashed)
        granted = {scope.rpartition("/")[2] for scope in (token.get("scope") or "").split()}
        asked = {scope.rpartition("/")[2] for scope in self._scopes}
        if asked - granted:
            raise OAuthRefused(f"not granted: {' '.join(sorted(asked - granted))}", reason="scope")
        email = claims.get("preferred_username") or claims.get("email")
        if not email:
            raise ProtocolError("Microsoft did not tell the signed-in address")
        return grant_of(token, email)

    def refresh(self, grant: Grant) -> Grant:
        token = _answered(lambda: self._app().acquire_token_by_refresh_token(grant.refresh_token, self._scopes))
        return grant_of(token, grant.email, grant)

    def revoke(self, grant: Grant) -> None:
        """Microsoft has no way to; whoever forgets the grant has done what can be done."""

    def _app(self) -> msal.ConfidentialClientApplication:
        """Reads the authority's metadata over the network."""
        client = self._client
        try:
            return msal.ConfidentialClientApplication(
                client.client_id, client_credential=client.client_secret, authority=f"{self._authority}/{self._tenant}",
                # The authority is the configuration's own: nobody needs to be asked whether it is one.
                instance_discovery=False, http_client=OAuthTransport.mounted(self._timeout))
        # A tenant that does not exist, or metadata that is none.
        except (ValueError, KeyError) as error:
            raise ProtocolError(f"the tenant {self._tenant} was not found") from error


def _answered(ask) -> Mapping:
    """The token that ``ask`` fetches, with the library's failures translated."""
    try:
        token = ask()
    # The library's words quote what it was given.
    except ValueError:
        raise ProtocolError("the answer was not understood") from None
    # The nonce is another one.
    except RuntimeError:
        raise OAuthRefused("the answer does not belong to this sign-in", reason="answer") from None
    if "error" in token:
        raise refusal(token["error"], token.get("error_description") or "")
    return token
