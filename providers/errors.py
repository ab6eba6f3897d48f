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
    """The server refused user name, password or token: a person has to act."""


class CertificateError(ProviderError):
    """The server's TLS certificate is expired, for another name, or signed by nobody we trust.

    :param str reason: one of ``expired`` (or not yet valid), ``name``, ``untrusted``, ``other``.
    """

    def __init__(self, detail="", reason="other"):
        super().__init__(detail)
        self.reason = reason


class Unreachable(ProviderError):
    """No conversation took place: name unknown, connection refused, time-out, line cut. Worth another try later.

    :param str reason: one of ``name``, ``refused``, ``timeout``, ``closed``, ``network``, ``blocked`` (the host guard
        forbids the address), ``starttls`` (the server does not offer the encryption asked for),
        ``protocol`` (something else than a mail server answered).
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


class CursorExpired(ProviderError):
    """The server no longer understands the cursor: the folder has to be read again from the start."""


class FolderGone(ProviderError):
    """The folder does not exist (any more) or cannot be opened."""


class MessageGone(ProviderError):
    """The message does not lie where it was (moved or expunged by another client)."""


class Unsupported(ProviderError):
    """The server has no way to do this."""


class ProtocolError(ProviderError):
    """The server answered something the protocol does not allow, or refused a well-formed command."""
