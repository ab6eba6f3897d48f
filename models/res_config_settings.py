from odoo import api, fields, models

from ..const import PROVIDER_NAMES


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    maildesk_history = fields.Selection(related="company_id.maildesk_history", readonly=False, required=True)
    maildesk_history_days = fields.Integer(related="company_id.maildesk_history_days", readonly=False)
    maildesk_history_messages = fields.Integer(related="company_id.maildesk_history_messages", readonly=False)
    maildesk_allow_personal_mailboxes = fields.Boolean(
        related="company_id.maildesk_allow_personal_mailboxes", readonly=False)

    maildesk_google_client_id = fields.Char(related="company_id.maildesk_google_client_id", readonly=False)
    # without a column: what is typed goes to the encrypted store and nowhere else
    maildesk_google_client_secret = fields.Char(related="company_id.maildesk_google_client_secret", readonly=False)
    maildesk_has_google_secret = fields.Boolean(related="company_id.maildesk_has_google_secret")
    maildesk_google_redirect_uri = fields.Char("Google Redirect URI", compute="_compute_maildesk_redirect_uris")
    maildesk_microsoft_client_id = fields.Char(related="company_id.maildesk_microsoft_client_id", readonly=False)
    maildesk_microsoft_client_secret = fields.Char(related="company_id.maildesk_microsoft_client_secret", readonly=False)
    maildesk_has_microsoft_secret = fields.Boolean(related="company_id.maildesk_has_microsoft_secret")
    maildesk_microsoft_tenant = fields.Char(related="company_id.maildesk_microsoft_tenant", readonly=False)
    maildesk_microsoft_redirect_uri = fields.Char("Microsoft Redirect URI", compute="_compute_maildesk_redirect_uris")

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
