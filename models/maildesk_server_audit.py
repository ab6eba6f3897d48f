from odoo import models


class MaildeskServerMixin(models.AbstractModel):
    """What the Activity Log tells of a server: who changed where it leads, and when its password was replaced."""

    _name = "maildesk.server.mixin"
    _inherit = ["maildesk.server.mixin", "maildesk.audit.mixin"]

    def write(self, vals):
        noted = self._noted(vals)
        result = super().write(vals)
        for server, changed in self._changes(noted):
            server._log("settings", f"{server.name}: {changed}")
        return result

    def _inverse_password(self):
        replaced = self.filtered("password")
        result = super()._inverse_password()
        for server in replaced:
            server._log("credentials", server.name)
        return result

    def _log(self, event, detail):
        """A line of the Activity Log, of the mailbox it serves where there is one."""
        # a server does not know when a mailbox begins to use it
        self.invalidate_recordset(["account_id"])
        self.account_id.with_company(self.company_id)._log(event, detail=f"{self._description}: {detail}")
