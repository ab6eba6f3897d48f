"""What is found out about an address before anybody signs in."""

from dataclasses import dataclass

#: How a mailbox is signed in: at Google, at Microsoft, with a password over IMAP; ``none``: nothing found, or there is no way.
KINDS = ("google", "microsoft", "imap", "none")
#: Things worth saying first: ``app_password`` (the provider wants a password made for mail programs), ``enable_imap`` (IMAP has
#: to be allowed in the mailbox's settings), ``bridge`` (its mail is encrypted and needs a program of the provider's),
#: ``no_imap`` (it lets no mail program in at all).
PROVIDER_HINTS = ("app_password", "enable_imap", "bridge", "no_imap")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where a password is taken.

    :param str encryption: ``ssl``, ``starttls``; ``none`` only from a company's own list.
    """

    host: str
    port: int
    encryption: str
    username: str


@dataclass(frozen=True, slots=True)
class Detected:
    """:param str kind: one of :data:`KINDS`.
    :param str source: who told: ``known``, ``autoconfig``, ``srv``, ``mx``; empty where nobody did.
    :param str name: the provider's, for people; may be empty.
    :param incoming: IMAP; with kind ``imap`` only, like ``outgoing``.
    :param outgoing: SMTP; None where nobody told.
    :param hints: of :data:`PROVIDER_HINTS`; also ``pop_only`` (only POP3 was found) and ``no_dns`` (name servers were not asked,
        as the library for it is not installed).
    """

    kind: str
    source: str = ""
    name: str = ""
    incoming: MailServer | None = None
    outgoing: MailServer | None = None
    hints: tuple[str, ...] = ()


def fill_in(text: str, email: str) -> str:
    """Autoconfig's placeholders, replaced."""
    local, _at, domain = email.rpartition("@")
    for placeholder, value in (("%EMAILADDRESS%", email), ("%EMAILLOCALPART%", local), ("%EMAILDOMAIN%", domain)):
        text = text.replace(placeholder, value)
    return text
