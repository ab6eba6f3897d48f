from odoo import fields, models

ADMIN = "maildesk.group_maildesk_admin"


class MaildeskAccount(models.Model):
    """How a mailbox is doing, for administrators: the engine's own row, shown on the account."""

    _inherit = "maildesk.account"

    sync_progress = fields.Float(related="sync_state_ids.progress", groups=ADMIN)
    sync_loaded_count = fields.Integer(related="sync_state_ids.loaded_count", groups=ADMIN)
    sync_remaining_count = fields.Integer(related="sync_state_ids.remaining_count", groups=ADMIN)
    sync_seconds = fields.Float(related="sync_state_ids.pass_seconds", groups=ADMIN)
    sync_messages = fields.Integer(related="sync_state_ids.pass_messages", groups=ADMIN)
    sync_commands = fields.Integer(related="sync_state_ids.pass_commands", groups=ADMIN)
    sync_pending_count = fields.Integer(related="sync_state_ids.pending_count", groups=ADMIN)
    sync_failed_count = fields.Integer(related="sync_state_ids.failed_count", groups=ADMIN)
    sync_next_try_at = fields.Datetime(related="sync_state_ids.next_try_at", groups=ADMIN)
    sync_failures = fields.Integer(related="sync_state_ids.failures", groups=ADMIN)
