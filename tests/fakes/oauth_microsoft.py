"""Microsoft's part: an authority with OpenID metadata, authorize and token endpoints; refresh tokens rotate."""

from .oauth import OAuthServer

TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"


class MicrosoftServer(OAuthServer):
    rotates = True
    revoked_words = "AADSTS700082: The refresh token has expired due to inactivity."

    def parameters(self):
        """System parameters that lead MailDesk here."""
        return {"maildesk.microsoft_authority": self.url}

    def claims(self, asked):
        return {"iss": f"{self.url}/{TENANT}/v2.0", "tid": TENANT, "preferred_username": asked["email"]}

    def granted(self, scopes):
        return [scope for scope in scopes if scope != "offline_access"]

    def route(self, method, path, form):
        base, _slash, leaf = path.strip("/").partition("/")
        match method, leaf:
            case "GET", "v2.0/.well-known/openid-configuration":
                return 200, {
                    "issuer": f"{self.url}/{{tenantid}}/v2.0", "token_endpoint": f"{self.url}/{base}/oauth2/v2.0/token",
                    "authorization_endpoint": f"{self.url}/{base}/oauth2/v2.0/authorize",
                }
            case "GET", "oauth2/v2.0/authorize":
                return self.page(self.check_authorization(form))
        return None
