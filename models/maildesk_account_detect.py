import logging

from odoo import api, models
from odoo.exceptions import UserError

from ..const import GOOGLE_HOSTS
from ..providers.autodetect import Detector, domain_of
from ..providers.detected import MailServer
from ..providers.dns_lookup import DnsLookup
from ..providers.guarded_https import GuardedHttps
from ..providers.known_providers import read_entries
from ..tools.hosts import parse_allowed, split_address
from ..tools.mail_hosts import app_password

_logger = logging.getLogger(__name__)


class MaildeskAccount(models.Model):
    """What is found out about an address before anybody signs in."""

    _inherit = "maildesk.account"

    @api.model
    def setup_detect(self, email, personal=False):
        """Look for the servers behind an address; nothing is stored.

        :param str email: the address of the mailbox.
        :param bool personal: it is to be the acting person's own.
        :returns: ``email``; ``kind`` (``google``, ``microsoft``, ``imap``, ``none``); ``name`` of the provider; ``incoming`` and
            ``outgoing`` (``host port encryption username``, or False); ``advice``, sentences worth reading first; ``problem``,
            why nobody can sign in there as things are.
        :raises UserError: this mailbox is not the person's to set up, in words.
        """
        email = self._setup_plan(email, personal).email
        found = self._detector().detect(email)
        incoming, outgoing, problem = found.incoming, found.outgoing, ""
        if found.kind in ("google", "microsoft"):
            try:
                # client id and secret are for nobody's eyes; whether they are there is said
                self.env.company.sudo()._maildesk_oauth(found.kind)
            except UserError as missing:
                problem = str(missing)
        if found.kind == "google":
            # with an app password it works like any other; at Microsoft no password does
            incoming, outgoing = (MailServer(*GOOGLE_HOSTS[protocol], "ssl", email) for protocol in ("imap", "smtp"))
        elif found.kind == "none":
            problem = self._nothing_words(found, domain_of(email) or email)
        return {
            "email": email, "kind": found.kind, "name": found.name, "incoming": _as_dict(incoming),
            "outgoing": _as_dict(outgoing), "advice": self._advice(found, incoming), "problem": problem,
        }

    @api.model
    def _detector(self):
        # system parameters are not readable by people; only what was found with them is
        parameter = self.env["ir.config_parameter"].sudo().get_param
        server, port = split_address(parameter("maildesk.dns_server") or "")
        try:
            entries = read_entries(parameter("maildesk.known_providers") or "[]")
        except ValueError as error:
            _logger.warning("System parameter maildesk.known_providers is of no use: %s", error)
            entries = []
        return Detector(
            GuardedHttps(parse_allowed(parameter("maildesk.allowed_hosts") or "")),
            DnsLookup((server, port or 53) if server else None), entries, parameter("maildesk.autoconfig_url") or "")

    @api.model
    def _advice(self, found, incoming):
        """What a person should know before they type a password."""
        advice = []
        if "enable_imap" in found.hints:
            advice.append(self.env._(
                "If you have not done so yet, allow IMAP (mail programs) in the settings of your mailbox at %s.", found.name))
        if "app_password" in found.hints or (found.kind == "google" and incoming):
            name, address = app_password(incoming.host) or (found.name, "")
            advice.append(self.env._(
                "%s wants an app password here, made for mail programs, and not your usual one.", name))
            if address:
                advice.append(self.env._("It is made at %s.", address))
        return " ".join(advice)

    @api.model
    def _nothing_words(self, found, domain):
        match found.hints:
            case ("bridge", *_others):
                return self.env._(
                    "%s encrypts its mail and lets mail programs in only through its Bridge. Have a system administrator run the "
                    "Bridge, then enter its server under Advanced settings.", found.name)
            case ("no_imap", *_others):
                return self.env._(
                    "%s lets no mail program in: it has no IMAP. This mailbox cannot be connected.", found.name)
            case ("pop_only", *_others):
                return self.env._(
                    "Only POP3 servers were found for %s. POP3 is not supported: ask the provider for its IMAP server, and "
                    "enter it here.", domain)
            case ("no_dns", *_others):
                return self.env._(
                    "No mail servers were found for %s. Enter the ones its provider names. (A system administrator can install "
                    "the Python package dnspython, with which more are found.)", domain)
        return self.env._("No mail servers were found for %s. Enter the ones its provider names.", domain)


def _as_dict(server):
    return bool(server) and {name: getattr(server, name) for name in ("host", "port", "encryption", "username")}
