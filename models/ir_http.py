from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell the browser whether to count the mailboxes that need attention: others need not even ask."""
        return {**super().session_info(), "maildesk_admin": self.env.user.has_group("maildesk.group_maildesk_admin")}
