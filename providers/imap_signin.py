"""Signing in to an IMAP server: SASL PLAIN, LOGIN, XOAUTH2. Secrets pass through and are kept nowhere."""

import binascii
from base64 import b64decode, b64encode

from ..tools.charsets import guess_text
from .errors import AuthError, ProtocolError, ProviderError, RateLimited, Unreachable
from .imap_connection import ImapConnection
from .imap_reader import Status
from .sign_in_refusals import sign_in_refusal

#: How to sign in: with a password, or with an OAuth 2.0 access token.
METHODS = ("password", "xoauth2")

MAX_CHALLENGES = 4

#: RFC 2971 §3.3. Nothing in it tells one installation from another.
_IDENTIFICATION = b'ID ("name" "MailDesk" "version" "19.0")'


def sign_in(connection: ImapConnection, username: str, secret: str, method: str = "password") -> None:
    """Signs in; afterwards the connection knows what the server can do for this user.

    :param str method: one of :data:`METHODS`.
    :raises AuthError: refused, or the server offers no way to do it over this connection.
    :raises RateLimited, Unreachable, ProtocolError:
    """
    if not connection.is_preauthenticated:
        _sign_in(connection, username, secret, method)
    if connection.has("ID"):
        # 163.com and others open no folder for a client that has not told who it is.
        connection.send_ahead(_IDENTIFICATION)


def _sign_in(connection: ImapConnection, username: str, secret: str, method: str) -> None:
    # A very short name would blot out half the server's words.
    connection.keep_secret(secret, f"\0{username}\0{secret}", username if len(username) > 2 else "")
    before = connection.capabilities
    if method == "xoauth2":
        # Google's and Microsoft's "SASL XOAUTH2 mechanism" pages.
        token = _octets(f"user={username}\1auth=Bearer {secret}\1\1")
        status = _authenticate(connection, b"XOAUTH2", token)
    elif "\0" in secret or "\0" in username:
        raise AuthError("a NUL character cannot be sent")
    elif connection.has("AUTH=PLAIN"):
        # RFC 4616: UTF-8, whatever the password holds.
        status = _authenticate(connection, b"PLAIN", _octets(f"\0{username}\0{secret}"))
    elif connection.has("LOGINDISABLED"):
        raise _no_password(connection)
    else:
        quote = connection.quote
        status = connection.run(connection.compose(b"LOGIN ", quote(_octets(username)), b" ", quote(_octets(secret))))
    if status.kind != "OK":
        _refuse(connection, status)
    connection.set_state("AUTH")
    if connection.capabilities is before:
        # The server did not say by itself what it can do now.
        connection.check(connection.run(b"CAPABILITY"), of_mailbox=True)


def _no_password(connection: ImapConnection) -> AuthError:
    """Why a server takes no password: the line is not encrypted, or it never does."""
    offered = sorted(name.partition("=")[2] for name in connection.capabilities if name.startswith("AUTH="))
    reason = "encryption" if connection.endpoint.encryption == "none" else "method"
    return AuthError(" ".join(["LOGINDISABLED", *offered]), reason=reason)


def _authenticate(connection: ImapConnection, mechanism: bytes, initial: bytes) -> Status:
    """RFC 3501 §6.2.2 with the initial response of RFC 4959 where the server takes one."""
    if not connection.has(f"AUTH={mechanism.decode()}"):
        raise AuthError(f"the server offers no sign-in by {mechanism.decode()}", reason="method")
    challenges: list[bytes] = []

    def answer(challenge: bytes) -> bytes:
        challenges.append(challenge)
        if len(challenges) > MAX_CHALLENGES:
            raise ProtocolError("the server never ends its questions")
        is_first = len(challenges) == 1 and not connection.has("SASL-IR")
        # A later challenge of XOAUTH2 only explains the refusal; the empty answer asks for the refusal itself.
        return b64encode(initial) if is_first else b""

    command = b"AUTHENTICATE " + mechanism
    if connection.has("SASL-IR"):
        command += b" " + b64encode(initial)
    status = connection.run_dialogue(command, answer)
    if status.kind != "OK" and challenges and challenges[-1]:
        status.text += b" " + _decoded(challenges[-1])
    return status


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _decoded(challenge: bytes) -> bytes:
    try:
        return b64decode(challenge)
    except (binascii.Error, ValueError):
        return challenge


def _refuse(connection: ImapConnection, status: Status) -> None:
    """A refused sign-in is about the person unless the server says otherwise."""
    try:
        connection.refuse(status, of_mailbox=True)
    except (RateLimited, AuthError):
        raise
    except Unreachable as error:
        raise Unreachable(error.detail, reason="busy" if error.reason == "unavailable" else error.reason) from None
    # BAD is how servers answer a mechanism they do not know after all.
    except ProviderError as error:
        raise sign_in_refusal(guess_text(status.text), error.detail) from None
