from odoo import api, fields, models
from odoo.tools import SQL


class MaildeskThread(models.Model):
    """A conversation within one mailbox.

    Everything it shows is computed over the messages its reader may see: a stored subject or count would tell of junk, or
    of a mailbox's mail, to who may not see it.
    """

    _name = "maildesk.thread"
    _inherit = ["maildesk.readable.mixin"]
    _description = "Conversation"
    _order = "id desc"
    _rec_name = "subject"
    _log_access = False
    _accessible_path = "message_ids.is_accessible"

    account_id = fields.Many2one("maildesk.account", "Mailbox", required=True, readonly=True, ondelete="cascade", index=True)
    message_ids = fields.One2many("maildesk.message", "thread_id", "Messages")
    subject = fields.Char(compute="_compute_from_messages")
    last_date = fields.Datetime("Last Message", compute="_compute_from_messages")
    message_count = fields.Integer("Number of Messages", compute="_compute_from_messages")

    @api.model
    def _make(self, account_id, count):
        """New conversations of a mailbox, as ids; set-wise, since a first page brings thousands."""
        return [row[0] for row in self.env.execute_query(SQL(
            "INSERT INTO maildesk_thread (account_id) SELECT %s FROM generate_series(1, %s) RETURNING id", account_id, count,
        ))]

    @api.depends("message_ids.subject", "message_ids.date")
    @api.depends_context("uid")
    def _compute_from_messages(self):
        for thread in self:
            messages = self.env["maildesk.message"].search([("thread_id", "in", thread.ids)], order="date, id")
            # mail that was deleted no longer counts; where that is all of it, it is what was kept
            messages = messages.filtered(lambda message: not message.orphaned_at) or messages
            thread.subject = messages[:1].subject
            thread.last_date = messages[-1:].date
            thread.message_count = len(messages)
