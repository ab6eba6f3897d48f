"""One mail over a signed-in SMTP connection (RFC 5321 §3.3): "never accepted" and "may have been accepted" are told apart.

``smtplib.sendmail`` raises the same error for both. Here everything up to the final dot can be taken back by closing the
connection; ``before_final`` is called right before the dot, and from then on only the server's answer says what happened::

    MAIL ─ RCPT … ─ DATA ─ the mail ─ before_final() ─ dot ─ answer
    └──────── nothing was sent ────────────────────┘ └── no answer: OutcomeUnknown
"""

import re
import smtplib
from collections.abc import Callable

from ..tools.compose_fields import UnfitHeader, addr_spec
from .errors import OutcomeUnknown, ProviderError, RateLimited, Refused, Unreachable, Unsupported
from .network import blot
from .sign_in_refusals import sign_in_refusal
from .values import Envelope, RecipientRefusal, Sent

#: Seconds to wait for the answer to the final dot (RFC 5321 §4.5.3.2.6).
FINAL_TIMEOUT = 600.0
#: Octets handed to the socket at a time, each with the time-out of one wait.
CHUNK = 64 * 1024
#: RCPT commands sent before their answers are read (RFC 2920).
PIPELINED = 50

_LINE_START_DOT = re.compile(rb"(?m)^\.")
# RFC 3463: which detail a status code carries, whatever the basic code says.
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_TOO_MANY = 452


def send(client: smtplib.SMTP, envelope: Envelope, raw: bytes, before_final: Callable[[str], None], translated) -> Sent:
    """Send a mail to all recipients the server takes.

    :param client: connected and signed in; usable for another mail afterwards unless an :class:`.errors.Unreachable` or
        :class:`.errors.OutcomeUnknown` was raised, or ``before_final`` raised.
    :param bytes raw: RFC 5322 octets with CRLF line ends.
    :param before_final: called once, with an empty key; if it raises, nothing was sent.
    :param translated: turns what the library or the operating system raised into a :class:`.errors.ProviderError`.
    :raises Unsupported: the server does not offer SMTPUTF8, which the addresses need; nothing was sent.
    :raises Refused, RateLimited, Unreachable, AuthError: nothing was sent.
    :raises OutcomeUnknown: it may have been sent.
    """
    _check(client, envelope, raw)
    try:
        _mail(client, envelope, raw)
        refused = _recipients(client, envelope)
        _data(client, raw)
    except ProviderError:
        raise
    # whatever the library raises before the dot means that nothing was sent
    except Exception as error:
        client.close()
        raise translated(error) from None
    try:
        before_final("")
    except BaseException:
        # without the dot the server drops what it has got
        client.close()
        raise
    return Sent(refused=refused, answer=_final(client, translated))


def _check(client, envelope, raw):
    # the empty reverse-path is that of automatic answers (RFC 3834 §3.3)
    for value in (*([envelope.sender] if envelope.sender else []), *envelope.recipients):
        try:
            addr_spec("envelope", value, smtputf8=True)
        except UnfitHeader as error:
            raise Refused(f"an address that cannot be written into a command: {error.reason}", reason="address") from None
    if not envelope.recipients:
        raise Refused("no recipient", reason="recipients")
    if _needs_smtputf8(envelope) and not client.has_extn("smtputf8"):
        raise Unsupported("SMTPUTF8")
    limit = client.esmtp_features.get("size", "")
    if limit.isdecimal() and 0 < int(limit) < len(raw):
        raise Refused(f"{len(raw)} octets, the server takes {limit}", reason="too_large", limit=int(limit))


def _needs_smtputf8(envelope):
    return not all(map(str.isascii, (envelope.sender, *envelope.recipients)))


def _mail(client, envelope, raw):
    options = [f"SIZE={len(raw)}"] if client.has_extn("size") else []
    if not raw.isascii() and client.has_extn("8bitmime"):
        options.append("BODY=8BITMIME")
    if _needs_smtputf8(envelope):
        options.append("SMTPUTF8")
        client.command_encoding = "utf-8"
    code, text = client.docmd("MAIL", " ".join([f"FROM:<{envelope.sender}>", *options]))
    if code != 250:
        raise _refusal(client, code, text, at="sender")


def _recipients(client, envelope):
    """Name the recipients; those the server does not take are answered.

    :raises Refused, RateLimited: none was taken.
    """
    refused, taken, is_full = {}, 0, False
    batch = PIPELINED if client.has_extn("pipelining") else 1
    for start in range(0, len(envelope.recipients), batch):
        some = envelope.recipients[start : start + batch]
        if is_full:
            refused |= {email: RecipientRefusal(_TOO_MANY, "452 4.5.3", for_good=False) for email in some}
            continue
        client.send("".join(f"RCPT TO:<{email}>\r\n" for email in some).encode(client.command_encoding))
        for email in some:
            code, text = client.getreply()
            if code == 421:
                client.close()
                raise Unreachable(_words(code, text), reason="busy")
            if code in (250, 251):
                taken += 1
                continue
            refused[email] = RecipientRefusal(code, _words(code, text), for_good=code >= 500)
            is_full |= code == _TOO_MANY and taken > 0
    if taken:
        return refused
    client.rset()
    if all(refusal.for_good for refusal in refused.values()):
        raise Refused("no recipient was taken", reason="recipients", recipients=refused)
    raise RateLimited(next(refusal.text for refusal in refused.values() if not refusal.for_good))


def _data(client, raw):
    code, text = client.docmd("DATA")
    if code != 354:
        raise _refusal(client, code, text, at="content")
    body = _LINE_START_DOT.sub(b"..", raw)
    if not body.endswith(b"\r\n"):
        body += b"\r\n"
    for start in range(0, len(body), CHUNK):
        client.send(body[start : start + CHUNK])


def _final(client, translated):
    """The dot, and what the server says to it."""
    try:
        client.sock.settimeout(FINAL_TIMEOUT)
        client.send(b".\r\n")
        code, text = client.getreply()
        client.sock.settimeout(client.timeout)
    # whatever it is: the server may have taken the mail
    except Exception as error:
        client.close()
        failure = translated(error)
        raise OutcomeUnknown(getattr(failure, "detail", "") or type(failure).__name__) from None
    if code == 250:
        return _words(code, text)
    if not 400 <= code <= 599:
        client.close()
        raise OutcomeUnknown(_words(code, text))
    raise _refusal(client, code, text, at="content")


def _refusal(client, code, text, at):
    """What a refused MAIL, DATA or final dot means (RFC 5321 §4.2, RFC 3463)."""
    words = _words(code, text)
    if code in (530, 534, 535, 538):
        return sign_in_refusal(text.decode("utf-8", "replace"), words)
    if code == 421:
        client.close()
        return Unreachable(words, reason="busy")
    if not client.sock:
        return Unreachable(words, reason="closed")
    client.rset()
    if code < 500:
        return RateLimited(words)
    status = _STATUS.search(words)
    detail = ".".join(status.groups()[1:]) if status else ""
    if code == 552 or detail in ("3.4", "2.3"):
        return Refused(words, reason="too_large")
    return Refused(words, reason="policy" if at == "content" else "sender")


def _words(code, text):
    return blot(f"{code} ".encode() + text)
