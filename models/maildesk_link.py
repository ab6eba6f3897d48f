from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

#: Links to records that are gone, deleted at a time.
VACUUM = 5000
#: Models with a chatter that are no business records.
NO_RECORDS = ("discuss.channel", "mail.blacklist", "phone.blacklist")


class MaildeskLink(models.Model):
    """An email and the Odoo record it belongs to. A linked email is kept, whatever becomes of it on the mail server.

    A link opens nothing: the mail is readable by the people on its mailbox's list, and by nobody because of the record, also
    when it lies in no folder any more. Who may read the mail may read its links.
    """

    _name = "maildesk.link"
    _inherit = ["maildesk.readable.mixin"]
    _description = "Email Linked to a Record"
    _order = "id desc"
    _rec_name = "subject"
    _accessible_path = "message_id.is_accessible"
    _set_once = frozenset({"message_id", "res_model", "res_id"})

    # restrict: whoever deletes mails, the database keeps the linked ones
    message_id = fields.Many2one("maildesk.message", "Email", required=True, readonly=True, ondelete="restrict")
    account_id = fields.Many2one(related="message_id.account_id", string="Mailbox", store=True, index=True)
    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Many2oneReference("Record ID", model_field="res_model", required=True, readonly=True)
    kind = fields.Char(compute="_compute_record")
    record_name = fields.Char("Record", compute="_compute_record")
    subject = fields.Char(related="message_id.subject", related_sudo=False)
    from_email = fields.Char(related="message_id.from_email", related_sudo=False)
    date = fields.Datetime(related="message_id.date", string="Email Date", related_sudo=False)

    _record_uniq = models.UniqueIndex("(message_id, res_model, res_id)", "This email is linked to that record already.")
    _record_idx = models.Index("(res_model, res_id)")

    @api.depends("res_model", "res_id")
    @api.depends_context("uid", "lang")
    def _compute_record(self):
        for link in self:
            # the name of a kind of record is nobody's secret, the table of models an administrator's
            link.kind = self.env["ir.model"].sudo()._get(link.res_model).name or link.res_model
            record = link._record()
            link.record_name = record.display_name if record else False

    def _record(self):
        """The record, as far as the asking person may read it; else an empty record set."""
        if self.res_model not in self.env:
            return self.browse()
        return self.env[self.res_model].browse(self.res_id).exists()._filtered_access("read")

    @api.model_create_multi
    def create(self, vals_list):
        links = super().create(vals_list)
        # by the records that were made, which is what counts
        for link in links:
            self._check_may_link(link.message_id, link.res_model, link.res_id)
        # the source is stored by the engine, for who may read the mail now and later
        links.message_id.sudo()._keep_soon()
        return links

    @api.model
    def _check_may_link(self, message, res_model, res_id):
        """Refuse what the acting person may not link.

        :param message: the ``maildesk.message``.
        :param str res_model: model of the record.
        :param int res_id: the record's id.
        :raises AccessError: the person may not read the email, or the record.
        :raises UserError: nothing can be linked to that.
        """
        message.check_access("read")
        model = self.env.get(res_model)
        if model is None or model._transient or model._abstract or model._name.startswith("maildesk."):
            raise UserError(self.env._("An email cannot be linked to this kind of record."))
        record = model.browse(res_id).exists()
        if not record:
            raise UserError(self.env._("The record is no longer there. Choose another one."))
        record.check_access("read")

    @api.model
    def _linkable(self):
        """``[{"model", "name"}]`` of the kinds of records the asking person can link emails to: whatever has a chatter here."""
        # a person has no right on the table of models; they learn the names of those they may read
        kinds = self.env["ir.model"].sudo().search([("is_mail_thread", "=", True), ("transient", "=", False)], order="name")
        found = [
            {"model": kind.model, "name": kind.name} for kind in kinds
            if kind.model in self.env and not kind.model.startswith("maildesk.") and kind.model not in NO_RECORDS
            and not self.env[kind.model]._abstract and self.env[kind.model].has_access("read")
        ]
        # whom a mail is about is the commonest question
        return sorted(found, key=lambda kind: kind["model"] != "res.partner")

    def action_open_email(self):
        """Show the email in the app; one that lies in no folder any more, on a page of its own."""
        self.ensure_one()
        place = self.env["maildesk.message.placement"].search([("message_id", "=", self.message_id.id)], limit=1)
        if place:
            return self.account_id._app_action(place.folder_id, place)
        return {"type": "ir.actions.act_url", "url": f"{self.message_id._frame_url()}?print=1", "target": "new"}

    def action_open_record(self):
        """Show the record.

        :raises UserError: it is not there for the person who asks.
        """
        self.ensure_one()
        record = self._record()
        if not record:
            raise UserError(self.env._("The record is no longer there, or you may not see it."))
        return record.get_formview_action()

    def _as_shown(self):
        """What the reading pane shows of these links; those to records that are gone are left out."""
        return [
            {
                "id": link.id, "model": link.res_model, "res_id": link.res_id, "kind": link.kind,
                "name": link.record_name or "",
            }
            for link in self - self._vanished()
        ]

    # -------------------------------------------------------------------------
    # Records that are gone
    # -------------------------------------------------------------------------

    def _vanished(self):
        """Those of these links whose record was deleted, or its module uninstalled."""
        gone = self.browse()
        for model, links in self.grouped("res_model").items():
            there = set(self.env[model].browse(links.mapped("res_id")).exists().ids) if model in self.env else set()
            gone |= links.filtered(lambda link, there=there: link.res_id not in there)
        return gone

    @api.autovacuum
    def _gc_vanished(self):
        """Drop links to records that are gone; the emails stay for as long as anything else keeps them."""
        dropped = 0
        for model, _count in self._read_group([], ["res_model"], ["__count"]):
            domain = Domain("res_model", "=", model)
            if model in self.env and self.env[model]._auto:
                table = SQL.identifier(self.env[model]._table)
                domain &= Domain("res_id", "not in", SQL("(SELECT id FROM %s)", table))
            elif model in self.env:
                continue
            gone = self.search(domain, limit=VACUUM)
            dropped += len(gone)
            gone.unlink()
        return dropped, dropped >= VACUUM
