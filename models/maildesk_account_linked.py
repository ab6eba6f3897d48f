from odoo import fields, models
from odoo.exceptions import UserError


class MaildeskAccount(models.Model):
    """A mailbox's linked emails: how many, and that nobody deletes them in passing."""

    _inherit = "maildesk.account"

    linked_count = fields.Integer(
        "Linked Emails", compute="_compute_linked_count", groups="maildesk.group_maildesk_admin",
        help="Emails of this mailbox that are linked to Odoo records.",
    )

    def _compute_linked_count(self):
        for account in self:
            account.linked_count = len(account._linked_mails())

    def _linked_mails(self):
        """The emails linked to records that are there, for the engine."""
        # how many there are is an administrator's to know, not what they are
        links = self.env["maildesk.link"].sudo().search([("account_id", "in", self.ids)])
        return (links - links._vanished()).message_id

    def unlink(self):
        self.check_access("unlink")
        for account in self:
            count = len(account._linked_mails())
            if count:
                raise UserError(self.env._(
                    "This mailbox has %(count)s email(s) linked to Odoo records: %(name)s (%(email)s). Use Remove Mailbox on its "
                    "form: it keeps the linked emails as a readable archive, or deletes everything once you have confirmed it.",
                    count=count, name=account.name, email=account.email))
        # an administrator has no right on mail; these lead to records that are gone
        self.env["maildesk.link"].sudo().search([("account_id", "in", self.ids)]).unlink()
        return super().unlink()
