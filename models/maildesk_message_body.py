from odoo import api, fields, models

BODY_BATCH = 5000


class MaildeskMessageBody(models.Model):
    """A cached body, already sanitised; a table of its own so that lists never drag it along."""

    _name = "maildesk.message.body"
    _inherit = ["maildesk.readable.mixin"]
    _description = "Email Body"
    _rec_name = "message_id"
    _accessible_path = "message_id.is_accessible"
    _account_path = "message_id.account_id"

    message_id = fields.Many2one("maildesk.message", "Email", required=True, readonly=True, ondelete="cascade")
    # sanitised by tools/html, whose wall is nh3, and shown only inside a sandboxed frame
    html = fields.Text(readonly=True, help="Without remote images.")
    html_with_images = fields.Text(readonly=True, help="With remote images, where there are any.")
    text = fields.Text(readonly=True)
    blocked_images = fields.Integer(readonly=True)
    blocked_trackers = fields.Integer(readonly=True)
    is_truncated = fields.Boolean(readonly=True, help="Too large to be shown in full: the source has more.")
    blocks_tracking = fields.Boolean(readonly=True, help="Known trackers were taken out, of what has remote images too.")
    reply_fields = fields.Json(readonly=True, help="Header fields that an answer needs, see tools/reply_fields.")
    expires_at = fields.Datetime(readonly=True, index=True, help="Empty: stays as long as the email.")

    _message_uniq = models.UniqueIndex("(message_id)")

    @api.autovacuum
    def _gc_expired(self):
        over = [("expires_at", "<", fields.Datetime.now()), ("message_id.link_ids", "=", False)]
        expired = self.search(over, limit=BODY_BATCH)
        expired.unlink()
        return len(expired), self.search_count(over, limit=1)
