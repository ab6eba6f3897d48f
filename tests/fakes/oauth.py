"""The half of a provider's sign-in that Google and Microsoft have in common: stateful, strict, over HTTPS on loopback.

It knows only what is documented, and fails loudly on everything else.
"""

import base64
import contextlib
import hashlib
import html
import json
import secrets
import shutil
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from .certificates import Authority

CLIENT_ID, CLIENT_SECRET = "the-company.apps.example", "the-company-client-secret"


class Refused(Exception):
    """An answer of the token endpoint that is an error."""

    def __init__(self, error, description="", status=400):
        super().__init__(error)
        self.status, self.answer = status, {"error": error, "error_description": description}


class OAuthServer:
    """A provider with people, and one company that is registered with it.

    :attr:`requests` lists every request as ``(method, path)``, :attr:`codes` and :attr:`refresh_tokens` what was given out,
    :attr:`states` what the sign-ins were told apart by.

    :param redirect_uri: the one registered, compared octet by octet.
    :param people: addresses that may sign in, the first one is who a browser is signed in as.
    """

    #: Seconds an access token lasts.
    lifetime = 3600
    client_secret = CLIENT_SECRET

    def __init__(self, redirect_uri, people=("anna@example.com",)):
        self.redirect_uri, self.people = redirect_uri, list(people)
        self.requests, self.codes, self.refresh_tokens, self.access_tokens = [], {}, {}, {}
        #: What the next requests of the token endpoint are answered with, as ``(status, dict)``, and how long it thinks.
        self.faults, self.delay = [], 0.0
        self.secrets, self.states = [], []
        #: What the person at the page does (see :meth:`page`), how the page then refuses, and with which headers it comes.
        self.presses, self.refusal, self.page_headers = "account", {"error": "access_denied"}, {}

    def start(self):
        self.home = Path(tempfile.mkdtemp(prefix="maildesk-oauth-"))
        self.home.chmod(0o755)
        self.authority = Authority(self.home)
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        context = self.authority.server("oauth", "127.0.0.1", "localhost")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._server.daemon_threads = True
        # whoever does not trust our authority hangs up in the middle of the handshake
        self._server.handle_error = lambda request, client: None
        self.url = f"https://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self.home, ignore_errors=True)

    def asked(self, path):
        """How often a path was asked for."""
        return sum(asked == path for _method, asked in self.requests)

    # --- what the person does ---------------------------------------------------------------------------------------

    def sign_in(self, url, email=None, **error):
        """What a person's browser does at :attr:`SignIn.url`.

        :param email: whom they sign in as; by default the address the request hints at.
        :param error: the parameters of a refusal instead.
        :return: the parameters they come back with.
        """
        params = self.check_authorization(dict(parse_qsl(urlsplit(url).query)))
        answer = error or {"code": self.give_code(params, email or params["login_hint"])}
        return {**answer, "state": params["state"], **self.response_extras}

    #: What the authorization endpoint adds to every answer.
    response_extras = {}

    def check_authorization(self, params):
        """RFC 6749 §4.1.1 and RFC 7636 §4.3."""
        wrong = [
            name for name, value in {
                "response_type": "code", "client_id": CLIENT_ID, "redirect_uri": self.redirect_uri,
                "code_challenge_method": "S256",
            }.items() if params.get(name) != value
        ]
        wrong += [name for name in ("state", "nonce", "scope", "login_hint") if not params.get(name)]
        if len(params.get("code_challenge", "")) != 43 or "select_account" not in params.get("prompt", ""):
            wrong.append("code_challenge or prompt")
        if wrong:
            raise AssertionError(f"not as the protocol has it: {wrong} in {sorted(params)}")
        self.states.append(params["state"])
        return params

    def give_code(self, params, email):
        if email not in self.people:
            raise AssertionError(f"nobody here is called {email}")
        code = self.secret("code")
        self.codes[code] = {**params, "email": email}
        return code

    # --- what the company's server asks ----------------------------------------------------------------------------

    def token(self, form, basic):
        """RFC 6749 §4.1.3, §5 and §6."""
        self.check_client(form, basic)
        grant = form.get("grant_type")
        if grant == "authorization_code":
            return self.redeem(form)
        if grant == "refresh_token":
            return self.refresh(form)
        raise Refused("unsupported_grant_type")

    def check_client(self, form, basic):
        given = basic or (form.get("client_id"), form.get("client_secret"))
        if given != (CLIENT_ID, self.client_secret):
            raise Refused("invalid_client", "The client credentials are invalid.", 401)

    def redeem(self, form):
        asked = self.codes.pop(form.get("code"), None)
        if asked is None:
            raise Refused("invalid_grant", "Bad or used code.")
        verifier = form.get("code_verifier", "")
        self.secrets += [verifier] if verifier else []
        digest = hashlib.sha256(verifier.encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            raise Refused("invalid_grant", "The code verifier does not match.")
        if form.get("redirect_uri") != self.redirect_uri:
            raise Refused("invalid_grant", "The redirect URI does not match.")
        answer = self.tokens(asked["email"], self.granted(asked["scope"].split()))
        return {**answer, "id_token": self.id_token(asked)}

    def refresh(self, form):
        known = self.refresh_tokens.get(form.get("refresh_token"))
        if known is None:
            raise Refused("invalid_grant", self.revoked_words)
        if self.rotates:
            del self.refresh_tokens[form["refresh_token"]]
        answer = self.tokens(known["email"], known["scopes"])
        if not self.rotates:
            del self.refresh_tokens[answer.pop("refresh_token")]
        return answer

    #: Whether a refresh token can be used once only.
    rotates = False
    revoked_words = "Token has been expired or revoked."

    def granted(self, scopes):
        """Scopes as the token endpoint names them."""
        return scopes

    def tokens(self, email, scopes):
        access, refresh = self.secret(self.access_prefix), self.secret("refresh")
        self.access_tokens[access] = {"email": email, "ends": time.time() + self.lifetime}
        self.refresh_tokens[refresh] = {"email": email, "scopes": scopes}
        return {
            "access_token": access, "refresh_token": refresh, "expires_in": self.lifetime, "token_type": "Bearer",
            "scope": " ".join(scopes), **({"refresh_token_expires_in": self.consent_seconds} if self.consent_seconds else {}),
        }

    #: How long a consent is good for; 0: until it is revoked.
    consent_seconds = 0

    access_prefix = "access"

    def secret(self, prefix):
        """Something nobody else may learn; all of them are in :attr:`secrets`, for tests that look for them."""
        made = f"{prefix}-{secrets.token_urlsafe(24)}"
        self.secrets.append(made)
        return made

    def id_token(self, asked):
        claims = {"aud": CLIENT_ID, "nonce": asked["nonce"], "exp": time.time() + 3600, "sub": asked["email"], **self.claims(asked)}
        parts = [{"alg": "RS256"}, claims]
        return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + ".c2ln"

    def who(self, access_token):
        """The address an access token stands for, or None."""
        known = self.access_tokens.get(access_token)
        return known["email"] if known and known["ends"] > time.time() else None

    def route(self, method, path, form):
        """``(status, dict or HTML)`` for a path, or None."""
        raise NotImplementedError

    def page(self, params):
        """The provider's page. Its person does by themselves what :attr:`presses` says, as with a click: ``account`` (who is
        signed in), ``other`` (the next one of :attr:`people`), ``cancel``, or ``close`` (the window)."""
        answers = {
            "account": {"code": self.give_code(params, self.people[0])},
            "other": {"code": self.give_code(params, self.people[-1])}, "cancel": self.refusal,
        }
        links = "".join(
            f'<p><a id="{name}" href="{html.escape(self.way_back(params, answer))}">{name}</a></p>' for name, answer in answers.items())
        act = "window.close()" if self.presses == "close" else f'document.getElementById("{self.presses}").click()'
        return 200, f"<title>Sign in</title><p>Choose an account</p>{links}<script>{act}</script>"

    def way_back(self, params, answer):
        """RFC 6749 §4.1.2"""
        return f"{params['redirect_uri']}?{urlencode({**answer, 'state': params['state'], **self.response_extras})}"


class _Handler(BaseHTTPRequestHandler):
    fake = None
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer("GET", {})

    def answer(self, method, form):
        fake, (path, query) = self.fake, urlsplit(self.path)[2:4]
        fake.requests.append((method, path))
        form = form or dict(parse_qsl(query))
        try:
            if path.endswith("/token") and method == "POST":
                status, answer = self.token(form)
            else:
                status, answer = fake.route(method, path, form) or (404, {"error": "not_found"})
        except Refused as refused:
            status, answer = refused.status, refused.answer
        is_page = isinstance(answer, str)
        body = (answer if is_page else json.dumps(answer)).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"{fake.url}/elsewhere")
        self.send_header("Content-Type", "text/html" if is_page else "application/json")
        for name, value in fake.page_headers.items() if is_page else ():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *args):
        """Quiet."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.answer("POST", dict(parse_qsl(body)))

    def token(self, form):
        time.sleep(self.fake.delay)
        if self.fake.faults:
            return self.fake.faults.pop(0)
        return 200, self.fake.token(form, self.basic())

    def basic(self):
        kind, _blank, value = self.headers.get("Authorization", "").partition(" ")
        return tuple(base64.b64decode(value).decode().split(":", 1)) if kind == "Basic" else None
