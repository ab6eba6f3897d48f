from odoo import models
from odoo.exceptions import AccessError

from .request_values import record_label


class IrRule(models.Model):
    _inherit = "ir.rule"

    def _make_access_error(self, operation, records):
        """Name no record of MailDesk's to who may not read it: Odoo does in its developer mode, which everybody can switch on."""
        error = super()._make_access_error(operation, records)
        if not isinstance(records, self.pool["maildesk.writable.mixin"]):
            return error
        nameless = AccessError(self.env._(
            "You have no access to this record (%s): you are not on the mailbox's list, or it belongs to a company that is not "
            "active or not yours. Ask a Mailbox Admin.", record_label(records)))
        if hasattr(error, "context"):
            # one of the person's companies, in which they would see it
            nameless.context = error.context
        return nameless
