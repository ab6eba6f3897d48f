from odoo import api, fields, models

#: How long lines are kept, and how many go at a time.
LOG_DAYS = 730
LOG_BATCH = 10_000


class MaildeskLog(models.Model):
    """Who did what to which mailbox, and to whose access. Written by the module, editable by nobody."""

    _name = "maildesk.log"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Mailbox Activity Log"
    _order = "id desc"
    _rec_name = "event"

    event = fields.Selection(
        [
            ("granted", "Access granted"),
            ("granted_self", "Added themselves"),
            ("revoked", "Access revoked"),
            ("joined", "Joined with the share password"),
            ("join_failed", "Failed to join"),
            ("left", "Left the mailbox"),
            ("actions", "Mailbox Actions changed"),
            ("created", "Mailbox created"),
            ("settings", "Settings changed"),
            ("share_password", "Share password set"),
            ("credentials", "Credentials changed"),
            ("server_linked", "Server linked"),
            ("server_unlinked", "Server unlinked"),
            ("tested", "Connection tested"),
            ("connected", "Connected"),
            ("disconnected", "Disconnected"),
            ("reset", "Sync state reset"),
            ("exported", "Exported"),
            ("archived", "Mailbox archived"),
            ("unarchived", "Mailbox unarchived"),
            ("removed", "Mailbox removed"),
        ],
        required=True, readonly=True, index=True,
    )
    account_id = fields.Many2one("maildesk.account", "Mailbox", readonly=True, ondelete="set null", index="btree_not_null")
    email = fields.Char("Email Address", readonly=True, help="Kept when the mailbox is deleted.")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="set null", index="btree_not_null")
    actor_id = fields.Many2one("res.users", "Done By", readonly=True, ondelete="set null", index="btree_not_null")
    user_id = fields.Many2one("res.users", "Concerns", readonly=True, ondelete="set null", index="btree_not_null")
    detail = fields.Char(readonly=True)

    _written_idx = models.Index("(create_date)")

    @api.depends("event")
    def _compute_display_name(self):
        events = dict(self._fields["event"]._description_selection(self.env))
        for line in self:
            line.display_name = events.get(line.event)

    @api.autovacuum
    def _gc_old(self):
        """Lines nobody asks for any more."""
        domain = [("create_date", "<", fields.Datetime.subtract(fields.Datetime.now(), days=LOG_DAYS))]
        old = self.search(domain, limit=LOG_BATCH)
        old.unlink()
        return len(old), self.search_count(domain, limit=1)
