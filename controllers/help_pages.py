from ipaddress import ip_address
from urllib.parse import urlsplit

from odoo.http import Controller, request, route

from ..const import HELP_PAGES, IMAP_PORTS, SMTP_PORTS
from ..models.server_words import CERTIFICATE, SIGN_IN, UNREACHABLE, say

#: Page → provider whose redirect URI it shows.
PAGES = {**{page: provider for provider, page in HELP_PAGES.items()}, "imap": None}
#: What the messages on the page are about, in the place of a real server.
EXAMPLE = {
    "host": "mail.example.com", "port": IMAP_PORTS["ssl"], "user": "you@example.com", "protocol": "IMAP",
    "ssl": IMAP_PORTS["ssl"], "starttls": IMAP_PORTS["starttls"], "provider": "Google",
    "address": "https://myaccount.google.com/apppasswords",
}
#: Messages that only outgoing servers get, which have other ports.
OF_SENDING = ("imap", "rejected", "sign-in-no_sign_in")
SENDING_EXAMPLE = {**EXAMPLE, "protocol": "SMTP", "port": SMTP_PORTS["ssl"], **SMTP_PORTS}
GUARDS = {"Referrer-Policy": "no-referrer", "X-Frame-Options": "SAMEORIGIN"}


class MaildeskHelp(Controller):
    """Pages that lead from nothing to a connected mailbox."""

    @route("/maildesk/help/<string:page>", type="http", auth="user", methods=["GET"], readonly=True)
    def page(self, page):
        """One of the pages. Whoever uses MailDesk may read them, redirect URI included: it is part of every sign-in's address,
        and the one who registers it with a provider need not be an administrator here."""
        user = request.env.user
        if page not in PAGES or not (user.has_group("maildesk.group_maildesk_user") or user.has_group("base.group_system")):
            raise request.not_found()
        values = {
            "page": page, "imap_ports": IMAP_PORTS, "smtp_ports": SMTP_PORTS, "is_dark": self._is_dark(),
            **(self._redirect_values(PAGES[page]) if PAGES[page] else {"messages": self._messages()}),
        }
        response = request.render(f"maildesk.help_{page}", values)
        response.headers.update(GUARDS)
        return response

    @staticmethod
    def _is_dark():
        return request.env["ir.http"].color_scheme() == "dark"

    def _redirect_values(self, provider):
        company = self._company()
        uri = company._maildesk_redirect_uri(provider)
        address = urlsplit(uri)
        is_local = address.hostname == "localhost"
        return {
            "company": company, "redirect_uri": uri, "is_insecure": address.scheme != "https" and not is_local,
            "is_number": _is_number(address.hostname or ""),
        }

    @staticmethod
    def _company():
        """The one the person works in, which the web client keeps in a cookie."""
        chosen = (request.cookies.get("cids") or "").replace("-", ",").partition(",")[0]
        return request.env.user.company_ids.filtered(lambda company: str(company.id) == chosen) or request.env.company

    @staticmethod
    def _messages():
        """What the connection tests may say: key, what happened, what to do."""
        lines = {**UNREACHABLE, **{f"certificate-{name}": term for name, term in CERTIFICATE.items()},
                 **{f"sign-in-{name}": term for name, term in SIGN_IN.items()}}
        return [
            (name, *say(request.env, term, **(SENDING_EXAMPLE if name in OF_SENDING else EXAMPLE)).split("\n\n", 1))
            for name, term in lines.items()
        ]


def _is_number(host):
    try:
        return bool(ip_address(host))
    except ValueError:
        return False
