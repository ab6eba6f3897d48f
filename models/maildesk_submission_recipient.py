from odoo import fields, models


class MaildeskSubmissionRecipient(models.Model):
    """One recipient of a mail on its way out, and what became of it there."""

    _name = "maildesk.submission.recipient"
    _inherit = ["maildesk.readable.mixin"]
    _description = "Recipient of an Email on Its Way Out"
    _order = "id"
    _rec_name = "email"
    _accessible_path = "submission_id.account_id.is_accessible"
    _account_path = "submission_id.account_id"

    submission_id = fields.Many2one("maildesk.submission", required=True, readonly=True, ondelete="cascade", index=True)
    email = fields.Char("Address", required=True, readonly=True, help="As it goes over the wire: its domain as A-labels.")
    name = fields.Char(readonly=True)
    kind = fields.Selection([("to", "To"), ("cc", "Cc"), ("bcc", "Bcc")], required=True, readonly=True, default="to")
    state = fields.Selection(
        [("waiting", "Waiting"), ("sent", "Sent"), ("refused", "Refused"), ("bounced", "Returned"), ("delayed", "Delayed")],
        required=True, readonly=True, default="waiting",
    )
    reply = fields.Char("Server's Answer", readonly=True)
