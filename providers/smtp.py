"""Handing mail to an SMTP server (RFC 5321): connecting and signing in."""

import smtplib
import ssl
from base64 import b64decode, b64encode
from collections.abc import Callable

from ..tools.charsets import guess_text
from .errors import AuthError, ProtocolError, ProviderError, RateLimited, Unreachable
from .network import AllowAddress, blot, connect, default_context, translate, wrap_tls
from .second_look import explain
from .sign_in_refusals import sign_in_refusal
from .smtp_send import send
from .values import Endpoint, Envelope, Sent

#: How to sign in: with a password, or with an OAuth 2.0 access token.
METHODS = ("password", "xoauth2")

# RFC 4954 §6, RFC 5321 §4.2: what a reply to AUTH means apart from "refused".
_TRY_LATER = {421, 450, 451, 452, 454}


class SmtpTransmission:
    """A connection that can send mail; see :class:`.base.TransmissionProvider`.

    :param Endpoint endpoint: where to and as whom; without a user name nobody signs in.
    :param secret_getter: answers the password, or the access token; called once per sign-in, and once more where a token was
        refused.
    :param ssl_context: None for one that verifies certificates by the system's authorities and ``SSL_CERT_FILE``.
    :param str auth: one of :data:`METHODS`.
    :param allow_address: asked about every address the host resolves to before it is connected to; None allows all.
    """

    #: Who gets a mail is said in commands; no Bcc field may be sent.
    reads_recipients = False

    def __init__(
        self,
        endpoint: Endpoint,
        secret_getter: Callable[[], str],
        ssl_context: ssl.SSLContext | None = None,
        *,
        auth: str = "password",
        allow_address: AllowAddress | None = None,
    ):
        self.endpoint = endpoint
        self._secret_getter, self._auth = secret_getter, auth
        self._ssl_context, self._allow_address = ssl_context, allow_address
        self._client: _Client | None = None

    def __enter__(self) -> "SmtpTransmission":
        secret = self._secret_getter() if self.endpoint.username else ""
        try:
            self._client = self._signed_in(secret)
        except AuthError:
            # A token may be voided before its time: asked again, its getter brings another one.
            again = self._secret_getter() if secret and self._auth == "xoauth2" else secret
            if again == secret:
                raise
            self._client = self._signed_in(again)
        return self

    def _signed_in(self, secret: str) -> "_Client":
        client = _Client(self.endpoint, self._ssl_context, self._allow_address)
        try:
            client.greet()
            if self.endpoint.username:
                _sign_in(client, self.endpoint.username, secret, self._auth)
            code, text = client.noop()
            if code != 250:
                raise _refusal(code, text, self.endpoint.username, secret)
        except BaseException as error:
            # Whatever stopped us, the line must not stay open.
            client.close()
            failure = _translated(error, self.endpoint.username, secret)
            if isinstance(failure, ProviderError) and not client.has_greeted:
                failure = explain(failure, self.endpoint, self._allow_address, "smtp")
            raise failure from None
        return client

    def send(self, envelope: Envelope, raw: bytes, before_final: Callable[[str], None]) -> Sent:
        """See :meth:`.base.TransmissionProvider.send`."""
        return send(self._client, envelope, raw, before_final, lambda error: _translated(error, self.endpoint.username, ""))

    def __exit__(self, *exc_info) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        try:
            client.quit()
        # The line may be dead in any way by now; nobody is interested any more.
        except Exception:
            client.close()


class _Client(smtplib.SMTP):
    """The library's client on a socket opened, and where wanted encrypted, our way."""

    def __init__(self, endpoint: Endpoint, context: ssl.SSLContext | None, allow_address: AllowAddress | None):
        self._endpoint, self._context, self._allow_address = endpoint, context, allow_address
        self.has_greeted = False
        # The library would look up this machine's name, slowly, only to tell it to everybody (RFC 5321 §4.1.3).
        super().__init__(local_hostname="[127.0.0.1]", timeout=endpoint.timeout)

    @property
    def is_in_the_clear(self) -> bool:
        return self._endpoint.encryption == "none"

    def greet(self) -> None:
        """Connects, encrypts as asked for and says EHLO; never falls back to less."""
        code, text = self.connect(self._endpoint.host, self._endpoint.port)
        self.has_greeted = code > 0
        if code != 220:
            raise _refusal(code, text) if code > 0 else Unreachable(blot(text), reason="protocol")
        self._say_hello()
        if self._endpoint.encryption != "starttls":
            return
        if not self.has_extn("starttls"):
            raise Unreachable("the server does not offer STARTTLS", reason="starttls")
        code, text = self.docmd("STARTTLS")
        if code != 220:
            raise Unreachable(blot(text), reason="starttls")
        # Closing the reader throws away what came before encryption; nothing heard until now counts (RFC 3207 §4.2).
        reader, self.file = self.file, None
        reader.close()
        self.sock = wrap_tls(self.sock, self._context or default_context(), self._endpoint)
        self.ehlo_resp = self.helo_resp = None
        self.esmtp_features, self.does_esmtp = {}, False
        self._say_hello()

    def _say_hello(self) -> None:
        if 200 <= self.ehlo()[0] <= 299:
            return
        code, text = self.helo()
        if not 200 <= code <= 299:
            raise _refusal(code, text)

    def _get_socket(self, host, port, timeout):
        line = connect(self._endpoint, self._allow_address)
        if self._endpoint.encryption != "ssl":
            return line
        return wrap_tls(line, self._context or default_context(), self._endpoint)


def _sign_in(client: _Client, username: str, secret: str, method: str) -> None:
    offered = client.esmtp_features.get("auth", "").upper().split()
    if method == "xoauth2":
        token = f"user={username}\1auth=Bearer {secret}\1\1"
        answers = {"XOAUTH2": lambda challenge=None: token if challenge is None else ""}
    else:
        answers = {
            "PLAIN": lambda challenge=None: f"\0{username}\0{secret}",
            "LOGIN": lambda challenge=None: None if challenge is None else _login_answer(challenge, username, secret),
        }
    mechanism = next((name for name in answers if name in offered), None)
    if mechanism is None:
        raise _no_mechanism(client, offered)
    code, text = _authenticate(client, mechanism, answers[mechanism])
    if code not in (235, 503):
        raise _refusal(code, text, username, secret, is_sign_in=True)


def _no_mechanism(client: _Client, offered: list[str]) -> AuthError:
    """Why nobody can sign in here: the server shows its ways only over an encrypted line, has none, or others."""
    if offered:
        return AuthError(" ".join(offered), reason="method")
    return AuthError(reason="encryption" if client.is_in_the_clear and client.has_extn("starttls") else "no_sign_in")


def _login_answer(challenge: bytes, username: str, secret: str) -> str:
    return secret if b"pass" in challenge.lower() else username


def _authenticate(client: _Client, mechanism: str, answer) -> tuple[int, bytes]:
    """RFC 4954 §4 in UTF-8, which the library's own way does not allow in passwords."""
    first = answer()
    command = f"AUTH {mechanism}" + (f" {_encoded(first)}" if first is not None else "")
    code, text = client.docmd(command)
    for _turn in range(3):
        if code != 334:
            break
        code, text = client.docmd(_encoded(answer(_decoded(text))))
    return code, text


def _encoded(text: str) -> str:
    return b64encode(text.encode("utf-8", "replace")).decode() if text else ""


def _decoded(challenge: bytes) -> bytes:
    try:
        return b64decode(challenge)
    except ValueError:
        return challenge


def _refusal(code: int, text: bytes, username: str = "", secret: str = "", is_sign_in: bool = False) -> ProviderError:
    """What a reply code means; its text is quoted without the secrets."""
    detail = blot(f"{code} ".encode() + text, secret, f"\0{username}\0{secret}", username if len(username) > 2 else "")
    if code in _TRY_LATER:
        return RateLimited(detail)
    if is_sign_in or code in (530, 534, 535, 538):
        known = {538: "encryption", 502: "no_sign_in", 504: "method"}.get(code)
        return AuthError(detail, reason=known) if known else sign_in_refusal(guess_text(text), detail)
    if code == 554 or code < 0:
        return Unreachable(detail, reason="rejected" if code == 554 else "closed")
    return ProtocolError(detail)


def _translated(error: BaseException, username: str, secret: str) -> BaseException:
    if isinstance(error, smtplib.SMTPServerDisconnected):
        is_slow = isinstance(error.__context__, TimeoutError)
        return translate(error.__context__) if is_slow else Unreachable("the server closed the connection", reason="closed")
    if isinstance(error, smtplib.SMTPResponseException):
        return _refusal(error.smtp_code, error.smtp_error, username, secret)
    if isinstance(error, smtplib.SMTPException):
        return ProtocolError(blot(str(error), secret, username if len(username) > 2 else ""))
    # Replies with octets beyond ASCII, or without a number, end here as UnicodeError and ValueError.
    if isinstance(error, UnicodeError | ValueError):
        return Unreachable("the server answered something that is not SMTP", reason="protocol")
    return translate(error) if isinstance(error, OSError | EOFError) else error
