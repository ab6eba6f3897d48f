from odoo import api, fields, models
from odoo.tools import SQL


class MaildeskMessagePlacement(models.Model):
    """Where a mail lies on the server, and its state there. Written by the engine only, set-wise (``page_store``)."""

    _name = "maildesk.message.placement"
    _inherit = ["maildesk.readable.mixin"]
    _description = "Email in a Folder"
    _order = "date desc, id desc"
    _rec_name = "message_id"
    _log_access = False
    _accessible_path = "folder_id.is_accessible"
    _account_path = "folder_id.account_id"

    message_id = fields.Many2one("maildesk.message", "Email", required=True, readonly=True, ondelete="cascade", index=True)
    folder_id = fields.Many2one("maildesk.folder", required=True, readonly=True, ondelete="cascade")
    remote_id = fields.Char("Key on the Server", readonly=True)
    is_read = fields.Boolean(readonly=True)
    is_starred = fields.Boolean(readonly=True)
    is_answered = fields.Boolean(readonly=True)
    is_draft = fields.Boolean(readonly=True)
    date = fields.Datetime("Received", readonly=True, help="The server's date, which no sender can forge.")

    _folder_remote_uniq = models.UniqueIndex("(folder_id, remote_id)")
    _folder_date_idx = models.Index("(folder_id, date DESC, id DESC)")
    _folder_unread_idx = models.Index("(folder_id, date DESC, id DESC) WHERE is_read IS NOT TRUE")
    _folder_starred_idx = models.Index("(folder_id, date DESC, id DESC) WHERE is_starred")

    _unplaced_idx = models.Index("(folder_id) WHERE remote_id IS NULL")

    @api.model
    def _drop(self, condition):
        """Delete placements, keep counters right, and note which messages have no place any more, and whether Junk was the last.

        :param SQL condition: on the columns of ``maildesk_message_placement``.
        :returns: how many there were.
        """
        self.env.flush_all()
        # set-wise: a folder that vanishes may hold 100,000s
        rows = self.env.execute_query(SQL(
            "DELETE FROM maildesk_message_placement WHERE %s RETURNING folder_id, message_id, is_read", condition,
        ))
        if not rows:
            return 0
        counts = {}
        for folder_id, _message_id, is_read in rows:
            total, unread = counts.get(folder_id, (0, 0))
            counts[folder_id] = (total - 1, unread - (not is_read))
        for folder_id, (total, unread) in counts.items():
            self.env["maildesk.folder"]._add_counts(folder_id, total, unread)
        junk = self.env["maildesk.folder"].browse(counts).filtered(lambda folder: folder.role == "junk")
        # OFFSET 0: looked up mail by mail. A join would go by statistics, which after a first sync still say there is nothing
        self.env.cr.execute(SQL(
            """UPDATE maildesk_message message SET orphaned_at = now() AT TIME ZONE 'UTC', was_outside_junk = id = ANY(%s)
                WHERE id = ANY(%s) AND orphaned_at IS NULL AND NOT EXISTS (
                    SELECT FROM maildesk_message_placement placement WHERE placement.message_id = message.id OFFSET 0)""",
            list({message_id for folder_id, message_id, _read in rows if folder_id not in junk.ids}),
            list({message_id for _folder, message_id, _read in rows}),
        ))
        self.env.invalidate_all()
        return len(rows)
