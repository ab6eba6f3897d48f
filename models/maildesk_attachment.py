import contextlib
import logging

from odoo import fields, models

from ..tools.filenames import is_safe_inline
from .stored_file import store_file

_logger = logging.getLogger(__name__)


class MaildeskAttachment(models.Model):
    """A part of a mail a person would call an attachment or an inline image; its content comes when it is opened."""

    _name = "maildesk.attachment"
    _inherit = ["maildesk.readable.mixin"]
    _description = "Email Attachment"
    _order = "id"
    _log_access = False
    _accessible_path = "message_id.is_accessible"
    _account_path = "message_id.account_id"

    message_id = fields.Many2one("maildesk.message", "Email", required=True, readonly=True, ondelete="cascade", index=True)
    name = fields.Char(readonly=True)
    mimetype = fields.Char(readonly=True, help="As the sender calls it. The stored file has none, so that nothing runs by it.")
    size = fields.Integer(readonly=True)
    content_id = fields.Char("Content-ID", readonly=True)
    part_id = fields.Char("Section", readonly=True, help="Where it is in the mail (RFC 3501, section 6.4.5).")
    is_inline = fields.Boolean(readonly=True)
    attachment_id = fields.Many2one("ir.attachment", "Stored File", readonly=True, ondelete="set null", index="btree_not_null")

    def _as_shown(self):
        """What the reading pane shows of a part."""
        url = f"/maildesk/attachment/{self.id}"
        return {
            "id": self.id, "name": self.name or self.env._("unnamed"), "mimetype": self.mimetype or "", "size": self.size,
            "url": url, "inline_url": f"{url}?inline=1" if is_safe_inline(self.mimetype or "") else False,
        }

    def _content(self):
        """The decoded octets: as stored, else from the server, and then stored where the mailbox keeps attachments.

        :raises UserError: the server could not be asked, in words.
        """
        self.ensure_one()
        self.check_access("read")
        stored = self._stored_octets()
        if stored is not None:
            return stored
        with self.message_id._at_server(self.size) as (provider, folder_id, remote_id):
            content = provider.fetch_part(folder_id, remote_id, self.part_id)
        # the same: what was read is kept beside it
        owner = self.sudo()
        if owner.message_id.account_id.keep_attachments:
            owner._keep(content)
        return content

    def _contents(self):
        """The octets of several parts of one mail, one after the other; what is not stored comes over one connection.

        :raises UserError: the server could not be asked, in words.
        """
        self.check_access("read")
        with contextlib.ExitStack() as visits:
            place = None
            # the same as for one part
            for part in self.sudo():
                stored = part._stored_octets()
                if stored is not None:
                    yield stored
                    continue
                place = place or visits.enter_context(self.message_id._at_server(sum(self.mapped("size"))))
                provider, folder_id, remote_id = place
                yield provider.fetch_part(folder_id, remote_id, part.part_id)

    def _stored_octets(self):
        """The decoded octets where Odoo holds them, else None."""
        # the reader may read this part; the stored file is reached through it alone
        stored = self.sudo().attachment_id
        return stored.raw if stored else None

    def _keep(self, content):
        """Store the content, where there is room: a full disk keeps nobody from reading."""
        try:
            self.attachment_id = store_file(self.env, {
                "name": self.name or "unnamed", "raw": content, "res_model": self._name, "res_id": self.id,
            })
        except OSError as error:
            _logger.warning("Attachment %s is not stored, it will be fetched again: %s", self.id, error)
