from odoo import api, fields, models
from odoo.tools import SQL

#: How long a mail without a place is kept: another client's move may be seen in two steps.
ORPHAN_DAYS = 2
ORPHAN_BATCH = 5000


class MaildeskMessage(models.Model):
    """A mail, once per mailbox, wherever it lies there.

    Another client moves it, its folder gets a new UIDVALIDITY, the cache is reset: placements come and go, the message
    keeps what is linked to it. The full-text column ``search_vector`` is PostgreSQL's own (generated), see :meth:`init`.
    """

    _name = "maildesk.message"
    _inherit = ["maildesk.readable.mixin"]
    _description = "Email"
    _order = "date desc, id desc"
    _rec_name = "subject"
    _accessible_path = "placement_ids.folder_id.is_accessible"

    account_id = fields.Many2one("maildesk.account", "Mailbox", required=True, readonly=True, ondelete="cascade")
    fingerprint = fields.Char(required=True, readonly=True)
    message_id = fields.Char("Message-ID", readonly=True, index="btree_not_null")
    in_reply_to = fields.Char("In-Reply-To", readonly=True)
    thread_id = fields.Many2one("maildesk.thread", "Conversation", readonly=True, ondelete="set null", index="btree_not_null")
    from_name = fields.Char("Sender", readonly=True)
    from_email = fields.Char("Sender Address", readonly=True)
    to_addresses = fields.Text("To", readonly=True)
    cc_addresses = fields.Text("Cc", readonly=True)
    bcc_addresses = fields.Text("Bcc", readonly=True)
    reply_to_addresses = fields.Text("Reply-To", readonly=True)
    subject = fields.Char(readonly=True)
    date = fields.Datetime(readonly=True)
    preview = fields.Char(readonly=True)
    size = fields.Integer(readonly=True)
    has_attachments = fields.Boolean(readonly=True)
    orphaned_at = fields.Datetime(readonly=True, help="Since when it lies in no folder.")
    placement_ids = fields.One2many("maildesk.message.placement", "message_id", "Placements")
    attachment_ids = fields.One2many("maildesk.attachment", "message_id", "Attachments")

    _account_fingerprint_uniq = models.UniqueIndex("(account_id, fingerprint)")
    _orphaned_idx = models.Index("(orphaned_at) WHERE orphaned_at IS NOT NULL")

    def init(self):
        """Add the full-text column: PostgreSQL keeps it up to date itself, whoever writes the row."""
        # addresses are taken apart, so that a company's name in them is found; the ORM has no type for such a column
        self.env.cr.execute(SQL(
            """ALTER TABLE maildesk_message ADD COLUMN IF NOT EXISTS search_vector tsvector GENERATED ALWAYS AS (
                   to_tsvector('simple', left(
                       coalesce(subject, '') || ' ' || coalesce(from_name, '') || ' ' || coalesce(from_email, '') || ' ' ||
                       translate(coalesce(from_email, ''), '@.-_+', '     ') || ' ' ||
                       coalesce(to_addresses, '') || ' ' || coalesce(cc_addresses, '') || ' ' ||
                       translate(left(coalesce(to_addresses, '') || coalesce(cc_addresses, ''), 2000), '@.-_+<>"', '        ')
                       || ' ' || coalesce(preview, ''), 20000))) STORED"""
        ))
        self.env.cr.execute(SQL(
            "CREATE INDEX IF NOT EXISTS maildesk_message_search_idx ON maildesk_message USING gin (search_vector)"
        ))

    @api.autovacuum
    def _gc_orphans(self):
        """Collect mails that have been in no folder for a while, with their stored attachments, in bounded batches."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=ORPHAN_DAYS)
        orphans = self.search([("orphaned_at", "<", limit)], limit=ORPHAN_BATCH)
        orphans.attachment_ids.attachment_id.unlink()
        orphans.unlink()
        return len(orphans), self.search_count([("orphaned_at", "<", limit)], limit=1)
