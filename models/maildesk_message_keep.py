import logging
import time

from odoo import api, fields, models
from odoo.exceptions import MissingError, UserError

from ..providers.deadline import within
from ..tools.mime import part_content, read_mail
from .stored_file import store_file
from .time_limits import cron_seconds

_logger = logging.getLogger(__name__)

#: Linked mails that are kept in one run of the cron.
KEEP_BATCH = 200


class MaildeskMessage(models.Model):
    """Keeping linked mail: its source is stored in Odoo, and body and attachments come from there for ever."""

    _inherit = "maildesk.message"

    link_ids = fields.One2many("maildesk.link", "message_id", "Links", readonly=True)
    source_id = fields.Many2one(
        "ir.attachment", "Kept Source", readonly=True, ondelete="set null", index="btree_not_null", copy=False,
        groups=fields.NO_ACCESS,
    )

    def _keep(self):
        """Store the whole mail, where it is not stored yet.

        :raises UserError: the server could not be asked, or Odoo cannot write files; in words.
        """
        self.ensure_one()
        # the reader may read this mail; what is kept of it is the engine's
        owner = self.sudo()
        if not owner.source_id:
            owner._store_source(self._fetch_raw())

    def _store_source(self, raw):
        try:
            # of a field nobody may read: its file is as closed as the field
            self.source_id = store_file(self.env, {
                "name": "mail.eml", "raw": raw, "res_model": self._name, "res_id": self.id, "res_field": "source_id",
            })
        except OSError as error:
            raise UserError(self.env._(
                "The email was not stored, because Odoo cannot write files: %s. An administrator has to make room on the disk of "
                "Odoo's files; then try again.", error.strerror or error)) from error
        self._take_parts(read_mail(raw).attachments)

    def _take_parts(self, parts):
        """Know the parts as the source names them; a provider may have names of its own, which only its server understands."""
        named = {part.part_id for part in parts}
        foreign = self.attachment_ids.filtered(lambda part: part.part_id not in named)
        foreign.attachment_id.unlink()
        foreign.unlink()
        self._keep_parts(parts)

    def _know_parts(self, parts):
        """Know the parts as the server names them; those of a kept mail bear the names of its source."""
        if not self.source_id:
            self._take_parts(parts)

    def _bear(self, fingerprint, parts):
        result = super()._bear(fingerprint, parts)
        if self.source_id:
            # read from here, whatever the server calls them
            self._take_parts(read_mail(self.source_id.raw).attachments)
        return result

    def _own_octets(self):
        # who may read the mail may read its source
        return self.sudo().source_id.raw or super()._own_octets()

    def _open(self, placement):
        return {**super()._open(placement), "links": self.link_ids._as_shown()}

    def _link_to(self, res_model, res_id):
        """Link the mail to a record, and keep it.

        :returns: its ``maildesk.link``, a new one or the one that is there.
        :raises UserError: the server could not be asked for the mail, in words; nothing is linked.
        """
        self.ensure_one()
        links = self.env["maildesk.link"]
        # before the server is asked for the mail
        links._check_may_link(self, res_model, res_id)
        known = links.search([("message_id", "=", self.id), ("res_model", "=", res_model), ("res_id", "=", res_id)])
        if known:
            return known
        try:
            self._keep()
        except UserError as error:
            raise UserError(self.env._("The email was not linked, because it could not be kept. %s", error)) from error
        return links.create({"message_id": self.id, "res_model": res_model, "res_id": res_id})

    # -------------------------------------------------------------------------
    # What was not kept when it was linked
    # -------------------------------------------------------------------------

    def _keep_soon(self):
        """Have the sources of these mails stored in the background, where they are not."""
        if self.filtered(lambda mail: not mail.source_id):
            # people have no right on crons
            self.env.ref("maildesk.ir_cron_maildesk_keep").sudo()._trigger()

    @api.model
    def _unkept(self, *domain):
        """Linked mails whose source is not stored, oldest link first."""
        return self.search([("link_ids", "!=", False), ("source_id", "=", False), *domain], limit=KEEP_BATCH, order="id")

    @api.model
    def _cron_keep(self):
        """Store the sources of linked mails whose mailbox can be asked; one that cannot be had stops no other."""
        account = self.env["maildesk.account"]
        waiting = self._unkept(("account_id.state", "in", ("connected", "error")), ("placement_ids", "!=", False))
        seconds = cron_seconds()
        deadline = time.monotonic() + min(account._report_progress(0, len(waiting)), seconds / 2)
        unreachable = set()
        with within(seconds):
            for mail in waiting:
                if time.monotonic() > deadline:
                    break
                if mail.account_id.id not in unreachable and not mail._try_to_keep():
                    unreachable.add(mail.account_id.id)
                # what is stored is committed before the next one is asked for
                account._report_progress(1, 0)

    def _try_to_keep(self):
        """:returns: False where its mailbox cannot be asked right now."""
        try:
            self._keep()
        except MissingError:
            # another program moved it a moment ago: the sync finds it
            return True
        except UserError as error:
            _logger.info("Linked mail %s is not kept yet: %s", self.id, error)
            return False
        return True

    def _delete(self):
        # what is linked stays, whoever asks
        deletable = self.filtered(lambda mail: not mail.link_ids)
        deletable.source_id.unlink()
        return super(MaildeskMessage, deletable)._delete()


class MaildeskAttachment(models.Model):
    _inherit = "maildesk.attachment"

    def _stored_octets(self):
        # who may read this part may read it in what is kept of its mail
        source = not self.sudo().attachment_id and self.message_id.sudo().source_id.raw
        if not source:
            return super()._stored_octets()
        try:
            return part_content(source, self.part_id)
        except LookupError:
            raise MissingError(self.env._("The email holds no such attachment.")) from None
