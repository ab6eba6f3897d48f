from odoo import models

from ..providers.errors import (
    AuthError,
    CertificateError,
    FolderGone,
    MessageGone,
    ProtocolError,
    RateLimited,
    Refused,
    Unreachable,
    Unsupported,
)
from ..tools.mail_hosts import app_password, is_microsoft, is_switched_off_first
from .server_words import CERTIFICATE, CHANGE, FOLDER, REFUSED, SIGN_IN, UNREACHABLE, in_bytes, say

#: Reasons to which the operating system's own words add nothing.
SAYS_ALL = ("refused", "timeout")
#: Reasons of ``Unreachable`` that the mail server gives in its own words.
SPOKEN = ("busy", "rejected", "unavailable", "no_mailbox")


class MaildeskAccount(models.Model):
    _inherit = "maildesk.account"

    def _error_words(self, error, server):
        """What a person is told about a provider's failure, and what to do next.

        :param ProviderError error: what the provider raised.
        :param server: the server record it was talking to.
        :returns: paragraphs, separated by an empty line.
        """
        words = self._unreachable_words if isinstance(error, Unreachable) else self._refused_words
        return self._with_detail(words(error, server), error)

    def _folder_words(self, error, server):
        """What a person is told about a folder that cannot be read, in one paragraph.

        :param ProviderError error: what the provider raised.
        :param server: the server record it was talking to.
        """
        text = self._server_words(FOLDER.get(self._reason(error), FOLDER["refused"]), server)
        return self._with_detail(text, error).replace("\n\n", " ")

    def _with_detail(self, text, error):
        if not error.detail or getattr(error, "reason", None) in SAYS_ALL:
            return text
        is_spoken = not isinstance(error, Unreachable | CertificateError) or error.reason in SPOKEN
        detail = self.env._("The server said: %s", error.detail) if is_spoken else self.env._("In detail: %s", error.detail)
        return f"{text}\n\n{detail}"

    @staticmethod
    def _reason(error):
        """The key of ``server_words.FOLDER`` and ``CHANGE`` for what concerns one folder or message."""
        match error:
            case FolderGone() | MessageGone():
                return "gone"
            case Unsupported():
                return "forbidden"
            case Unreachable():
                return "lost"
            case ProtocolError():
                return "not_understood"
        return getattr(error, "reason", "refused")

    def _change_refused_words(self, error, server, octets=0):
        """What a person is told where the server refused a change they made.

        :param ProviderError error: what the provider raised.
        :param server: the server record it was talking to.
        :param int octets: size of the mail it is about, 0 where that is not known.
        """
        reason, limit = self._reason(error), getattr(error, "limit", 0)
        if reason == "too_large" and limit:
            reason = "too_large_by_limit"
        text = say(
            self.env, CHANGE.get(reason, CHANGE["refused"]), host=server.host, size=in_bytes(octets), limit=in_bytes(limit))
        return f"{text} {self.env._('The server said: %s', error.detail)}" if error.detail and reason != "lost" else text

    def _unreachable_words(self, error, server):
        return self._server_words(UNREACHABLE.get(error.reason, UNREACHABLE["network"]), server)

    def _refused_words(self, error, server):
        match error:
            case AuthError():
                return self._server_words(*self._sign_in_refused(error, server))
            case CertificateError():
                return self._server_words(CERTIFICATE.get(error.reason, CERTIFICATE["other"]), server)
            case MessageGone() | FolderGone():
                return self._server_words(REFUSED["gone"], server)
            case RateLimited():
                return self._server_words(REFUSED["pause"], server)
            case Refused():
                reason = "pause" if error.reason == "throttled" else error.reason
                return self._server_words(REFUSED.get(reason, REFUSED["refused"]), server)
        return self._server_words(REFUSED["other"], server)

    def _sign_in_refused(self, error, server):
        """The words for a refused password, and what they are about: what a server does not say its name may tell."""
        reason, host = error.reason, server.host or ""
        known = app_password(host)
        if reason == "password" and is_microsoft(host):
            reason = "no_passwords"
        elif reason in ("password", "app_password") and known:
            return SIGN_IN["known_app_password"], server, *known
        elif reason == "password" and is_switched_off_first(host):
            reason = "allow_first"
        return SIGN_IN.get(reason, SIGN_IN["password"]), server

    def _server_words(self, term, server, provider="", address=""):
        """A term of ``server_words`` in the reader's language, about this server."""
        port = server.port or server._usual_ports[server.encryption]
        return say(
            self.env, term, host=server.host, port=port, user=server.username or self.env._("(no user name)"),
            protocol=server._password_type.upper(), ssl=server._usual_ports["ssl"], starttls=server._usual_ports["starttls"],
            provider=provider, address=address)
