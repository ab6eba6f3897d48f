from odoo import fields, models

from ..providers.values import History


class ResCompany(models.Model):
    _inherit = "res.company"

    maildesk_history = fields.Selection(
        [("all", "Everything"), ("days", "The last days"), ("messages", "The newest messages of each folder")],
        "Mail History", default="all", required=True,
        help="How much of a mailbox's past is loaded. New mail always is. What is here already stays where the limit gets "
        "narrower.",
    )
    maildesk_history_days = fields.Integer("Days of Mail History", default=365)
    maildesk_history_messages = fields.Integer("Messages of Mail History", default=5000)
    maildesk_allow_personal_mailboxes = fields.Boolean(
        "Personal Mailboxes",
        help="Mailbox Users may set up one mailbox of their own, for the email address on their user record.",
    )

    _maildesk_history_positive = models.Constraint(
        "CHECK(maildesk_history_days > 0 AND maildesk_history_messages > 0)",
        "The limit of the mail history has to be at least 1.",
    )

    def _maildesk_history(self):
        """The limit as providers take it."""
        days = self.maildesk_history_days if self.maildesk_history == "days" else 0
        messages = self.maildesk_history_messages if self.maildesk_history == "messages" else 0
        return History(days, messages)
