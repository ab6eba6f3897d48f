"""The closed set of failures a provider may raise.

Every provider translates what its library or server says into one of these, so that the models decide by class what to
do next (ask the person, wait, start the folder again) and never by a vendor's text.
"""


class ProviderError(Exception):
    """A provider could not do what was asked.

    :param str detail: what the server or the operating system said, already free of secrets, for the log and for the
        administrator's message. May be empty.
    """

    def __init__(self, detail=""):
        super().__init__(detail)
        self.detail = detail


class AuthError(ProviderError):
    """The server refused user name, password or token: a person has to act.

    :param str reason: ``password`` (wrong, or the server does not say), or what it does say: ``app_password`` (it wants one
        made for mail programs), ``no_passwords`` (the provider takes none any more), ``browser`` (it wants to see the person
        in a browser first), ``switched_off`` (mail programs are not allowed in the mailbox's settings), ``expired`` (the
        password has), ``not_allowed`` (this mailbox is not open to this user), ``encryption`` (not over an unencrypted
        line), ``no_sign_in`` (the server offers none at all), ``method`` (it offers only ways that are not known here),
        ``no_mailbox`` (the sign-in is good, but there is no mailbox that programs may open).
    """

    def __init__(self, detail="", reason="password"):
        super().__init__(detail)
        self.reason = reason


class CertificateError(ProviderError):
    """The server's TLS certificate is expired, for another name, or signed by nobody we trust.

    :param str reason: one of ``expired``, ``early`` (not yet valid), ``name``, ``untrusted``, ``other``.
    :param str detail: with ``name``, the names it was made for, where that could be found out.
    """

    def __init__(self, detail="", reason="other"):
        super().__init__(detail)
        self.reason = reason


class Unreachable(ProviderError):
    """No conversation took place: name unknown, connection refused, time-out, line cut. Worth another try later.

    :param str reason: one of ``name``, ``resolver`` (no name server answered), ``refused``, ``timeout``, ``slow`` (it went on
        answering until nobody waited any more), ``closed``, ``rejected`` (this machine is not welcome), ``busy`` (the server
        cannot take the sign-in just now), ``unavailable`` (it cannot serve the mailbox just now), ``no_mailbox`` (it took the
        sign-in, and opens no mailbox to this user), ``network``, ``blocked`` (the host guard forbids the address), ``starttls``
        (the server does not offer the encryption asked for), ``tls`` (it expects TLS from the first byte), ``plain`` (it does
        not), ``tls_old`` (no kind of TLS is safe for both sides), ``imap``, ``smtp``, ``pop3``, ``http`` (that is what is spoken
        there instead), ``protocol`` (something else than a mail server answered).
    """

    def __init__(self, detail="", reason="network"):
        super().__init__(detail)
        self.reason = reason


class RateLimited(ProviderError):
    """The server asks for a pause.

    :param float retry_after: seconds to wait, 0 where the server does not say.
    """

    def __init__(self, detail="", retry_after=0.0):
        super().__init__(detail)
        self.retry_after = retry_after


class Refused(ProviderError):
    """The server refused a command that names a folder or a message, or to take a mail that is sent. Only that folder or message
    is concerned: the connection goes on, and so does everything else.

    :param str reason: ``busy`` (another program has it open, or the server cannot do it just now), ``damaged`` (the server
        reports a fault of its own), ``forbidden`` (this user lacks the right), ``full`` (the mailbox takes no more mail),
        ``too_large`` (the mail), ``limit`` (another limit of the server), ``throttled`` (the server asks for a pause),
        ``other`` (it does not say). While sending also: ``sender`` (not allowed to send from this address), ``recipients`` (none
        of them was taken), ``address`` (one that cannot be written into a command), ``policy`` (the mail itself, as spam or by
        a rule).
    :param float retry_after: seconds the server asks to wait, 0 where it does not say.
    :param int limit: with ``too_large``: octets a mail may have, 0 where the server does not say.
    :param dict recipients: with ``recipients``: address → :class:`.values.RecipientRefusal`.
    """

    def __init__(self, detail="", reason="other", *, retry_after=0.0, limit=0, recipients=None):
        super().__init__(detail)
        self.reason, self.retry_after, self.limit, self.recipients = reason, retry_after, limit, recipients or {}

    @property
    def is_final(self):
        """Whether there is no use in asking again."""
        return self.reason in ("too_large", "limit")

    @property
    def asks_for_pause(self):
        """Whether the server is to be left alone for a while."""
        return self.reason == "throttled"


class CursorExpired(ProviderError):
    """The server no longer understands the cursor: the folder has to be read again from the start."""


class FolderGone(ProviderError):
    """The folder does not exist (any more)."""


class MessageGone(ProviderError):
    """The message does not lie where it was (moved or expunged by another client)."""


class Unsupported(ProviderError):
    """The server has no way to do this."""


class ProtocolError(ProviderError):
    """The server answered something the protocol does not allow, or did not understand a well-formed command."""


class OutcomeUnknown(ProviderError):
    """The mail was handed over and no answer came: it may have been sent. It must not be sent again without a question."""


#: What concerns the folder or the message that was asked about. Every other failure is the mailbox's: no connection, no sign-in,
#: or a pause of the server's.
ITEM_ERRORS = (FolderGone, MessageGone, Refused, CursorExpired, Unsupported, ProtocolError)
