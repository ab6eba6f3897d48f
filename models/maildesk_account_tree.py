from odoo import api, fields, models


class MaildeskAccount(models.Model):
    """The app's folder tree, under the reader's own rights."""

    _inherit = "maildesk.account"

    @api.model
    def _tree(self):
        """The mailboxes the reader may open, with their folders and counters."""
        folders = self.env["maildesk.folder"].search([("account_id.active", "=", True)])
        accounts = folders.account_id | self.search([("is_accessible", "=", True)])
        return [
            {
                "id": account.id,
                "name": account.name,
                "email": account.email,
                "state": account.state,
                "error_message": account.error_message or "",
                "last_sync_at": fields.Datetime.to_string(account.last_sync_at) or "",
                "folders": [
                    {
                        "id": folder.id,
                        "parent_id": folder.parent_id.id if folder.parent_id in folders else False,
                        "name": folder.name,
                        "role": folder.role or "",
                        "selectable": folder.selectable,
                        "unread": folder.unread_count,
                        "total": folder.total_count,
                        "remaining": folder.remaining_count,
                    }
                    for folder in folders if folder.account_id == account
                ],
            }
            for account in accounts.sorted(lambda account: (account.name.lower(), account.id))
        ]
