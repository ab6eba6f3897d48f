from odoo import api, models

#: What makes people members of a group, or a group part of another.
MEMBERSHIP = {"user_ids", "implied_ids", "implied_by_ids"}


class ResGroups(models.Model):
    """Whoever gets the role through a group appears in the list of Mailbox Actions."""

    _inherit = "res.groups"

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        self.env["maildesk.user.actions"]._ensure_everybody()
        return groups

    def write(self, vals):
        result = super().write(vals)
        if MEMBERSHIP & vals.keys():
            self.env["maildesk.user.actions"]._ensure_everybody()
        return result
