from odoo import api, fields, models
from odoo.tools import SQL

from .maildesk_account import MAY_JUNK

#: How long a mail without a place is kept: another client's move may be seen in two steps.
ORPHAN_DAYS = 2
ORPHAN_BATCH = 5000


class MaildeskMessage(models.Model):
    """A mail, once per mailbox, wherever it lies there.

    Another client moves it, its folder gets a new UIDVALIDITY, the cache is reset: placements come and go, the message
    keeps what is linked to it. What it is found by is in ``maildesk.message.search``.

    It is readable where one of its placements is. A mail without any (deleted, and kept for a while or because it is linked)
    is readable by the people on its mailbox's list, as far as their Mailbox Actions let them read there, and by nobody else.
    """

    _name = "maildesk.message"
    _inherit = ["maildesk.readable.mixin"]
    _description = "Email"
    _order = "date desc, id desc"
    _rec_name = "subject"
    # the engine writes them all; who and when would be five columns and two foreign keys to check for every mail
    _log_access = False

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
    was_outside_junk = fields.Boolean(
        readonly=True, help="Of an email in no folder: the last folder it was in was not Junk. Off also where that is unknown.")
    placement_ids = fields.One2many("maildesk.message.placement", "message_id", "Placements")
    attachment_ids = fields.One2many("maildesk.attachment", "message_id", "Attachments")

    _account_fingerprint_uniq = models.UniqueIndex("(account_id, fingerprint)")
    _orphaned_idx = models.Index("(orphaned_at) WHERE orphaned_at IS NOT NULL")

    @api.model
    def _search_is_accessible(self, operator, value):
        """Goes by ``env.uid`` alone: a ``search=`` always runs as superuser."""
        if operator != "in" or list(value) != [True]:
            return NotImplemented
        return self.env["maildesk.account"]._readable_domain(self.env.uid, self._readable_sql)

    @api.model
    def _readable_sql(self, model, alias, query):
        """SQL condition on a mail, within who reads its mailbox: it is in a folder the person sees, or in none.

        What is in no folder and was in Junk last, or may have been, takes `Spam and quarantine`, as it did in its folder.
        OFFSET 0: looked up mail by mail. PostgreSQL would read all placements there are, for a page of links already.
        """
        # written but not yet in the tables: the ORM does not know what this SQL reads
        self.env["maildesk.message.placement"].flush_model(["message_id", "folder_id"])
        self.env["maildesk.folder"].flush_model(["account_id", "role", "active"])
        # as a domain, each of the two ways would ask once more who reads the mailbox
        return SQL(
            """EXISTS (
                   SELECT FROM maildesk_message_placement place WHERE place.message_id = %(id)s AND (
                       SELECT folder.active AND folder.account_id = access.account_id
                              AND (folder.role IS DISTINCT FROM 'junk' OR %(may_junk)s)
                         FROM maildesk_folder folder WHERE folder.id = place.folder_id) OFFSET 0)
               OR %(orphaned_at)s IS NOT NULL AND (%(was_outside_junk)s OR %(may_junk)s) AND NOT EXISTS (
                   SELECT FROM maildesk_message_placement place WHERE place.message_id = %(id)s OFFSET 0)""",
            may_junk=MAY_JUNK,
            **{name: model._field_to_sql(alias, name, query) for name in ("id", "orphaned_at", "was_outside_junk")},
        )

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
