from odoo import api, fields, models


class MaildeskRecipientHidden(models.Model):
    """An address a person does not want to be suggested in a mailbox any more."""

    _name = "maildesk.recipient.hidden"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Address Not to Be Suggested"
    _rec_name = "email"

    account_id = fields.Many2one("maildesk.account", "Mailbox", required=True, readonly=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "Person", required=True, readonly=True, ondelete="cascade", index=True)
    email = fields.Char("Address", required=True, readonly=True)

    _address_uniq = models.UniqueIndex("(account_id, user_id, email)")

    @api.model
    def _hide(self, account, user, email):
        if not self.search_count([("account_id", "=", account.id), ("user_id", "=", user.id), ("email", "=", email)], limit=1):
            self.create({"account_id": account.id, "user_id": user.id, "email": email})
