from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import PROVIDER_NAMES
from ..tools.hosts import wrong_entries


class ResConfigSettings(models.TransientModel):
    """What concerns the whole system or a secret; what Mailbox Admins decide is in ``maildesk.settings``."""

    _inherit = "res.config.settings"

    maildesk_allowed_hosts = fields.Char(
        "Hosts in inner networks", config_parameter="maildesk.allowed_hosts",
        help="Hosts and networks, separated by commas, that MailDesk may connect to although they lie in an inner network, and "
        "to which it may speak in clear text.",
    )
    maildesk_google_client_id = fields.Char(related="company_id.maildesk_google_client_id", related_sudo=False, readonly=False)
    # without a column: what is typed goes to the encrypted store and nowhere else
    maildesk_google_client_secret = fields.Char(
        related="company_id.maildesk_google_client_secret", related_sudo=False, readonly=False)
    maildesk_has_google_secret = fields.Boolean(related="company_id.maildesk_has_google_secret", related_sudo=False)
    maildesk_google_redirect_uri = fields.Char("Google Redirect URI", compute="_compute_maildesk_redirect_uris")
    maildesk_microsoft_client_id = fields.Char(
        related="company_id.maildesk_microsoft_client_id", related_sudo=False, readonly=False)
    maildesk_microsoft_client_secret = fields.Char(
        related="company_id.maildesk_microsoft_client_secret", related_sudo=False, readonly=False)
    maildesk_has_microsoft_secret = fields.Boolean(related="company_id.maildesk_has_microsoft_secret", related_sudo=False)
    maildesk_microsoft_tenant = fields.Char(related="company_id.maildesk_microsoft_tenant", related_sudo=False, readonly=False)
    maildesk_microsoft_redirect_uri = fields.Char("Microsoft Redirect URI", compute="_compute_maildesk_redirect_uris")

    @api.constrains("maildesk_allowed_hosts")
    def _check_maildesk_allowed_hosts(self):
        words = {
            "network": self.env._("%s is no network: write it like 10.0.5.0/24."),
            "port": self.env._("%s has no port between 1 and 65535."),
            "name": self.env._("%s is neither the name nor the address of a host."),
        }
        for settings in self:
            wrong = [words[reason] % entry for entry, reason in wrong_entries(settings.maildesk_allowed_hosts)]
            if wrong:
                raise ValidationError("\n".join([
                    self.env._("The hosts in inner networks cannot be saved like this:"), *wrong,
                    self.env._("Separate hosts, addresses and networks by commas: mail.lan, 192.168.1.7, 10.0.5.0/24"),
                ]))

    @api.model_create_multi
    def create(self, vals_list):
        settings = super().create(vals_list)
        # what was typed has gone to its place; the answer to the form must not carry it back
        settings.invalidate_recordset(["maildesk_google_client_secret", "maildesk_microsoft_client_secret"])
        return settings

    @api.depends("company_id")
    def _compute_maildesk_redirect_uris(self):
        for settings in self:
            for provider in PROVIDER_NAMES:
                settings[f"maildesk_{provider}_redirect_uri"] = settings.company_id._maildesk_redirect_uri(provider)
