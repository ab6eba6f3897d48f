from odoo import api, fields, models

from ..const import PROVIDER_NAMES
from ..models.request_values import check_values


class MaildeskSettings(models.TransientModel):
    """The Settings page: what Mailbox Admins decide for the company they are in.

    Odoo's own settings (``res.config.settings``) open to system administrators only, and Mailbox Admins have no right on
    companies. So this form stands between: it writes the fields listed here to the current company, and shows what is left to
    system administrators. As with Odoo's settings, saving creates a row; no column of it holds a setting.
    """

    _name = "maildesk.settings"
    _inherit = ["maildesk.writable.mixin"]
    _description = "MailDesk Settings"
    _writable = frozenset({
        "maildesk_history", "maildesk_history_days", "maildesk_history_messages", "maildesk_page_size", "maildesk_body_days",
        "maildesk_remote_images", "maildesk_allow_personal_mailboxes", "maildesk_max_recipients", "maildesk_hourly_mails",
        "maildesk_hourly_mails_person",
    })

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    maildesk_history = fields.Selection(related="company_id.maildesk_history", related_sudo=False, readonly=False, required=True)
    maildesk_history_days = fields.Integer(related="company_id.maildesk_history_days", related_sudo=False, readonly=False)
    maildesk_history_messages = fields.Integer(related="company_id.maildesk_history_messages", related_sudo=False, readonly=False)
    maildesk_page_size = fields.Integer(related="company_id.maildesk_page_size", related_sudo=False, readonly=False)
    maildesk_body_days = fields.Integer(related="company_id.maildesk_body_days", related_sudo=False, readonly=False)
    maildesk_remote_images = fields.Selection(
        related="company_id.maildesk_remote_images", related_sudo=False, readonly=False, required=True)
    maildesk_allow_personal_mailboxes = fields.Boolean(
        related="company_id.maildesk_allow_personal_mailboxes", related_sudo=False, readonly=False)

    maildesk_max_recipients = fields.Integer(related="company_id.maildesk_max_recipients", related_sudo=False, readonly=False)
    maildesk_hourly_mails = fields.Integer(related="company_id.maildesk_hourly_mails", related_sudo=False, readonly=False)
    maildesk_hourly_mails_person = fields.Integer(
        related="company_id.maildesk_hourly_mails_person", related_sudo=False, readonly=False)

    google_is_configured = fields.Boolean(compute="_compute_system_settings")
    microsoft_is_configured = fields.Boolean(compute="_compute_system_settings")
    google_redirect_uri = fields.Char("Google Redirect URI", compute="_compute_system_settings")
    microsoft_redirect_uri = fields.Char("Microsoft Redirect URI", compute="_compute_system_settings")
    allowed_hosts = fields.Char("Hosts in inner networks", compute="_compute_system_settings")

    @api.depends("company_id")
    def _compute_system_settings(self):
        hosts = self.env["ir.config_parameter"]._maildesk_value("maildesk.allowed_hosts")
        for settings in self:
            settings.company_id.check_access("read")
            # that something is there is no secret; Mailbox Admins see it and cannot change it
            company = settings.company_id.sudo()
            for provider in PROVIDER_NAMES:
                has_both = company[f"maildesk_{provider}_client_id"] and company[f"maildesk_has_{provider}_secret"]
                settings[f"{provider}_is_configured"] = bool(has_both)
                settings[f"{provider}_redirect_uri"] = company._maildesk_redirect_uri(provider)
            settings.allowed_hosts = hosts

    @api.model_create_multi
    def create(self, vals_list):
        """Write what was entered to the current company; which one that is, no request decides."""
        self.check_access("create")
        for vals in vals_list:
            check_values(self, vals)
            for name in vals:
                self._check_field_access(self._fields[name], "write")
        vals_list = [{**vals, "company_id": self.env.company.id} for vals in vals_list]
        # Mailbox Admins have no right on companies; this form reaches the fields above and no others
        settings = super(MaildeskSettings, self.sudo()).create(vals_list)
        return settings.with_env(self.env)

    def execute(self):
        """What the Save button calls once the row is made: show what is now set."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def cancel(self):
        """What the Discard button calls."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}
