from odoo import api, fields, models

#: Where a server changes hands.
SERVER_FIELDS = ("incoming_server_id", "outgoing_server_id")
#: What has events of its own and is no line of settings.
OWN_EVENTS = ("active", *SERVER_FIELDS)


class MaildeskAccount(models.Model):
    """What the Activity Log tells of a mailbox's own record: who changed which setting or server, or hid it away."""

    _name = "maildesk.account"
    _inherit = ["maildesk.account", "maildesk.audit.mixin"]

    log_count = fields.Integer("Activity", compute="_compute_log_count", groups="maildesk.group_maildesk_admin")

    def _compute_log_count(self):
        counts = dict(self.env["maildesk.log"]._read_group([("account_id", "in", self.ids)], ["account_id"], ["__count"]))
        for account in self:
            account.log_count = counts.get(account._origin, 0)

    def action_open_log(self):
        """The Activity Log of this mailbox."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("maildesk.maildesk_log_action")
        return {**action, "domain": [("account_id", "=", self.id)], "context": {}}

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        for account in accounts:
            account._log("created")
            account._log_servers({name: account[name].browse() for name in SERVER_FIELDS})
        return accounts

    def write(self, vals):
        if vals.get("is_being_deleted"):
            # that it was removed is all there is to tell
            return super().write(vals)
        noted = self._noted(vals)
        before = {account: {name: account[name] for name in OWN_EVENTS if name in vals} for account in self}
        result = super().write(vals)
        for account, changed in self._changes(noted):
            account._log("settings", detail=changed)
        for account, old in before.items():
            account._log_servers(old)
            if "active" in old and old["active"] != account.active:
                account._log("unarchived" if account.active else "archived")
                account.access_ids._reach_changed(account.access_ids.user_id)
        return result

    def _log_servers(self, before):
        """:param dict before: field of a server → the one it held."""
        labels = self._audit_labels()
        for name in SERVER_FIELDS:
            if name in before and before[name] != self[name]:
                for event, server in (("server_unlinked", before[name]), ("server_linked", self[name])):
                    if server:
                        self._log(event, detail=f"{labels[name]}: {server.name}")

    def _audited_names(self):
        return [name for name in super()._audited_names() if name not in OWN_EVENTS]
