from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import ADMIN, OAUTH_PROVIDERS


class MaildeskAccount(models.Model):
    """What can be set of a mailbox beside its servers and its people; what concerns sending is there for who sends."""

    _inherit = "maildesk.account"

    keep_attachments = fields.Boolean(
        default=True, help="Attachments that were opened are stored in Odoo. Otherwise they stay on the mail server and are "
        "fetched each time.",
    )
    block_tracking = fields.Boolean(
        "Block Tracking URLs", default=True, help="Strips known tracking pixels and link parameters from incoming mail.",
    )
    attachment_link_mb = fields.Integer(
        "Convert attachments to links for emails over … MB", default=20,
        help="Attachments of an email that is larger go out as links. 0: always as attachments.",
    )
    append_sent = fields.Boolean(
        "Append Sent to IMAP", compute="_compute_append_sent", inverse="_inverse_append_sent",
        help="Copies sent mail to the Sent folder on the mail server. Off where the server does it itself: Gmail, Outlook.",
    )
    append_sent_choice = fields.Selection(
        [("on", "On"), ("off", "Off")], groups=ADMIN,
        help="What a person chose for Append Sent to IMAP; empty: as the outgoing server needs it.",
    )
    signature = fields.Html(
        sanitize=True, sanitize_attributes=True, sanitize_form=True,
        help="Added to every email sent from this mailbox, whoever sends it.",
    )

    @api.constrains("attachment_link_mb")
    def _check_attachment_link_mb(self):
        if any(account.attachment_link_mb < 0 for account in self):
            raise ValidationError(self.env._(
                "The size over which attachments are converted to links has to be a number of megabytes, or 0 for never."))

    @api.depends("append_sent_choice", "outgoing_server_id.server_type")
    def _compute_append_sent(self):
        # servers are administrators' to read; whether a copy is made is for who sends
        for account, own in zip(self, self.sudo(), strict=True):
            account.append_sent = own.append_sent_choice == "on" if own.append_sent_choice else own._appends_by_default()

    def _inverse_append_sent(self):
        for account in self:
            is_usual = account.append_sent == account._appends_by_default()
            account.append_sent_choice = False if is_usual else "on" if account.append_sent else "off"

    @api.onchange("append_sent")
    def _onchange_append_sent(self):
        """What was chosen stays when another server is chosen before the form is saved."""
        self._inverse_append_sent()

    def _appends_by_default(self):
        return self.outgoing_server_id.server_type not in OAUTH_PROVIDERS
