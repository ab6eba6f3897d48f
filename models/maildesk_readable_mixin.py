from odoo import api, fields, models
from odoo.fields import Domain


class MaildeskReadableMixin(models.AbstractModel):
    """Rows that are readable because of the folder or the mail they belong to; record rules ask ``is_accessible``.

    Why a field and not the path itself in the rule: Odoo checks single records in Python, as superuser, and what it walks
    along the path stays in the transaction's cache, where a reader would find mail they may not see.
    """

    _name = "maildesk.readable.mixin"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Readable by the People of a Mailbox"

    #: Path from the model to ``is_accessible`` of ``maildesk.folder`` or ``maildesk.message``.
    _accessible_path = None
    #: Path from the model to its mailbox.
    _account_path = "account_id"

    is_accessible = fields.Boolean(compute="_compute_is_accessible", search="_search_is_accessible")

    # without depends: a grant would look for every mail of the mailbox to forget one answer each; ``maildesk.access``
    # drops the transaction's whole cache instead
    @api.depends_context("uid")
    def _compute_is_accessible(self):
        # the rules ask this very field; answering under them would turn in a circle
        accessible = self.sudo().search([("id", "in", self.ids), ("is_accessible", "=", True)])
        for record in self:
            record.is_accessible = record._origin in accessible

    def _export_rows(self, fields, **options):
        """Odoo's own export, of these rows or of what leads to them: `Export` may be turned off."""
        accounts = self.mapped(self._account_path)
        accounts._check_action("allow_export")
        for account in accounts if options.get("_is_toplevel_call", True) else ():
            account._log("exported", detail=self.env._("List: %s", self._description))
        return super()._export_rows(fields, **options)

    @api.model
    def _search_is_accessible(self, operator, value):
        if operator != "in" or list(value) != [True]:
            return NotImplemented
        return Domain(self._accessible_path, "=", True)
