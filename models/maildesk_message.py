from odoo import api, fields, models

#: How long a mail without a place is kept: another client's move may be seen in two steps.
ORPHAN_DAYS = 2
ORPHAN_BATCH = 5000


class MaildeskMessage(models.Model):
    """A mail, once per mailbox, wherever it lies there.

    Another client moves it, its folder gets a new UIDVALIDITY, the cache is reset: placements come and go, the message
    keeps what is linked to it. What it is found by is in ``maildesk.message.search``.
    """

    _name = "maildesk.message"
    _inherit = ["maildesk.readable.mixin"]
    _description = "Email"
    _order = "date desc, id desc"
    _rec_name = "subject"
    # the engine writes them all; who and when would be five columns and two foreign keys to check for every mail
    _log_access = False
    _accessible_path = "placement_ids.folder_id.is_accessible"

    account_id = fields.Many2one("maildesk.account", "Mailbox", required=True, readonly=True, ondelete="cascade")
    fingerprint = fields.Char(required=True, readonly=True)
    message_id = fields.Char("Message-ID", readonly=True)
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

    @api.autovacuum
    def _gc_orphans(self):
        """Collect mails that have been in no folder for a while, with their stored attachments, in bounded batches."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=ORPHAN_DAYS)
        lost = [("orphaned_at", "<", limit), ("link_ids", "=", False)]
        orphans = self.search(lost, limit=ORPHAN_BATCH)
        orphans._delete()
        return len(orphans), self.search_count(lost, limit=1)

    def _bear(self, fingerprint, parts):
        """What the server calls a mail of ours is known now; where a sync was faster, its row has the name and keeps it.

        :param parts: ``RemotePart`` of what is attached, as it is fetched from the server.
        """
        self.ensure_one()
        if not self.search_count([("account_id", "=", self.account_id.id), ("fingerprint", "=", fingerprint)], limit=1):
            self.fingerprint = fingerprint
        self._know_parts(parts)

    def _delete(self):
        """Delete mails with the files stored for their parts; the rest goes by the database's cascades."""
        self.attachment_ids.attachment_id.unlink()
        self.unlink()
