"""Google's part: authorization, token and revocation endpoints."""

from .oauth import OAuthServer

_LONG_NAMES = {"email": "https://www.googleapis.com/auth/userinfo.email"}


class GoogleServer(OAuthServer):
    access_prefix = "ya29.access"
    #: Scopes the person leaves out on the page.
    unticked = ()

    @property
    def response_extras(self):
        return {"iss": self.url}

    def parameters(self):
        """System parameters that lead MailDesk here."""
        return {
            "maildesk.google_authorization_url": f"{self.url}/o/oauth2/v2/auth",
            "maildesk.google_redemption_url": f"{self.url}/token",
            "maildesk.google_revocation_url": f"{self.url}/revoke", "maildesk.google_issuer": self.url,
        }

    def check_authorization(self, params):
        super().check_authorization(params)
        if params.get("access_type") != "offline" or "consent" not in params["prompt"]:
            raise AssertionError("no refresh token would be given")
        return params

    def granted(self, scopes):
        return [_LONG_NAMES.get(scope, scope) for scope in scopes if scope not in self.unticked]

    def claims(self, asked):
        return {"iss": self.url, "email": asked["email"], "email_verified": True}

    def route(self, method, path, form):
        match method, path:
            case "GET", "/o/oauth2/v2/auth":
                return self.page(self.check_authorization(form))
            case "POST", "/revoke":
                if self.refresh_tokens.pop(form.get("token"), None):
                    return 200, {}
                return 400, {"error": "invalid_token"}
            case "POST", "/introspect":
                # RFC 7662; for the mail server of a test, which Google's own asks in a way of its own
                email = self.who(form.get("token", ""))
                return 200, {"active": bool(email), "email": email or ""}
        return None
