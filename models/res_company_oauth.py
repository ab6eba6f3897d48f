from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import HELP_PAGES, PROVIDER_NAMES
from ..providers.graph import BASE_URL
from ..providers.oauth import OAuthClient
from ..providers.oauth_google import GoogleEndpoints, GoogleOAuth
from ..providers.oauth_microsoft import AUTHORITY, MicrosoftOAuth

SYSTEM = "base.group_system"


class ResCompany(models.Model):
    """The company's own registrations with Google and Microsoft."""

    _inherit = "res.company"

    maildesk_google_client_id = fields.Char("Google Client Id", groups=SYSTEM)
    maildesk_google_client_secret = fields.Char(
        "Google Client Secret", compute="_compute_maildesk_client_secrets", inverse="_inverse_maildesk_google_client_secret",
        store=False, copy=False, exportable=False, groups=SYSTEM,
        help="Stored encrypted. It can be replaced but never read again.",
    )
    maildesk_has_google_secret = fields.Boolean(
        "Google Client Secret Stored", compute="_compute_maildesk_client_secrets", groups=SYSTEM)
    maildesk_microsoft_client_id = fields.Char("Microsoft Client Id", groups=SYSTEM)
    maildesk_microsoft_client_secret = fields.Char(
        "Microsoft Client Secret", compute="_compute_maildesk_client_secrets",
        inverse="_inverse_maildesk_microsoft_client_secret", store=False, copy=False, exportable=False, groups=SYSTEM,
        help="Stored encrypted. It can be replaced but never read again.",
    )
    maildesk_has_microsoft_secret = fields.Boolean(
        "Microsoft Client Secret Stored", compute="_compute_maildesk_client_secrets", groups=SYSTEM)
    maildesk_microsoft_tenant = fields.Char(
        "Microsoft Tenant", groups=SYSTEM,
        help="The organisation's tenant id or domain. Empty: people of any organisation, and personal accounts.",
    )

    def _compute_maildesk_client_secrets(self):
        for provider in PROVIDER_NAMES:
            stored = self.env["maildesk.credential"]._holders(self, provider)
            for company in self:
                company[f"maildesk_{provider}_client_secret"] = False
                company[f"maildesk_has_{provider}_secret"] = company._origin.id in stored

    def _inverse_maildesk_google_client_secret(self):
        self._keep_maildesk_client_secret("google")

    def _inverse_maildesk_microsoft_client_secret(self):
        self._keep_maildesk_client_secret("microsoft")

    def _keep_maildesk_client_secret(self, provider):
        secret, has_secret = f"maildesk_{provider}_client_secret", f"maildesk_has_{provider}_secret"
        for company in self.filtered(secret):
            self.env["maildesk.credential"]._store(company, provider, company[secret].strip())
            self.env["maildesk.account"].with_company(company)._log("credentials", detail=self._fields[secret].string)
        self.invalidate_recordset([secret, has_secret])

    @api.model
    def _maildesk_redirect_uri(self, provider):
        """What has to be registered with the provider, octet by octet."""
        return f"{self.get_base_url().rstrip('/')}/maildesk/oauth/callback/{provider}"

    @api.model
    def _maildesk_help_url(self, provider):
        """The page that tells how a provider's Client Id and Client Secret are had."""
        return f"{self.get_base_url().rstrip('/')}/maildesk/help/{HELP_PAGES[provider]}"

    @api.model
    def _maildesk_graph_url(self):
        """Microsoft Graph with its version; national clouds have their own."""
        # only a system administrator may lead tokens elsewhere; Mailbox Admins cannot read parameters
        return self.env["ir.config_parameter"].sudo().get_param("maildesk.microsoft_graph_url") or BASE_URL

    def _maildesk_oauth(self, provider, shared=False):
        """What signs people of this company in.

        :param str provider: ``google`` or ``microsoft``.
        :param bool shared: also for mailboxes others have shared with the person (Microsoft).
        :returns: a ``providers.oauth.OAuthProvider``.
        :raises UserError: client id and secret are not there.
        """
        self.ensure_one()
        client_id = (self[f"maildesk_{provider}_client_id"] or "").strip()
        if not client_id or not self[f"maildesk_has_{provider}_secret"]:
            raise UserError(self.env._(
                "OAuth not configured: %(company)s has no Client Id and Client Secret of %(provider)s.\n\nA system administrator "
                "enters them under MailDesk, Configuration, Settings. How to get them, step by step: %(page)s",
                company=self.name, provider=PROVIDER_NAMES[provider], page=self._maildesk_help_url(provider)))
        secret = self.env["maildesk.credential"]._reveal(self, provider)
        client = OAuthClient(client_id, secret, self._maildesk_redirect_uri(provider))
        # only a system administrator may lead sign-ins elsewhere; Mailbox Admins cannot read parameters
        parameter = self.env["ir.config_parameter"].sudo().get_param
        if provider == "google":
            known = GoogleEndpoints()
            return GoogleOAuth(client, GoogleEndpoints(**{
                name: parameter(f"maildesk.google_{name}") or getattr(known, name) for name in GoogleEndpoints.__slots__}))
        authority = parameter("maildesk.microsoft_authority") or AUTHORITY
        # permissions belong to the service they are for
        graph = f"https://{urlsplit(self._maildesk_graph_url()).netloc}/"
        return MicrosoftOAuth(
            client, self.maildesk_microsoft_tenant or "common", shared=shared, authority=authority, graph=graph)
