from odoo import api, fields, models
from odoo.exceptions import UserError


class MaildeskAccountRemoval(models.TransientModel):
    """The question Remove Mailbox asks: keep the linked emails, or delete everything."""

    _name = "maildesk.account.removal"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Remove a Mailbox"
    _rec_name = "account_id"
    _writable = frozenset({"choice", "typed_email"})

    account_id = fields.Many2one("maildesk.account", "Mailbox", required=True, readonly=True, ondelete="cascade")
    name = fields.Char(related="account_id.name", related_sudo=False)
    email = fields.Char(related="account_id.email", related_sudo=False)
    state = fields.Selection(related="account_id.state", related_sudo=False)
    linked_count = fields.Integer(related="account_id.linked_count", related_sudo=False)
    unkept_count = fields.Integer(compute="_compute_counts")
    pending_count = fields.Integer(compute="_compute_counts")
    unsent_count = fields.Integer(compute="_compute_counts")
    trouble = fields.Char(readonly=True, help="Why linked emails could not be fetched.")
    choice = fields.Selection(
        [("archive", "Keep linked emails as a readable archive"), ("delete", "Delete everything")],
        required=True,
    )
    typed_email = fields.Char("Address of the Mailbox")

    @api.depends("account_id")
    def _compute_counts(self):
        for removal in self:
            account = removal.account_id
            account.check_access("unlink")
            removal.unkept_count = len(account._unkept_mails())
            removal.unsent_count = len(account._unsent())
            # how many there are is an administrator's to know, not what they are
            removal.pending_count = self.env["maildesk.operation"].sudo().search_count(
                [("account_id", "=", account.id), ("state", "in", ("pending", "failed"))])

    def _asked(self):
        """The dialog."""
        return {
            "type": "ir.actions.act_window", "name": self.env._("Remove Mailbox"), "res_model": self._name, "res_id": self.id,
            "view_mode": "form", "target": "new",
        }

    def action_confirm(self):
        """Do what was chosen.

        :raises UserError: the typed address is not the mailbox's, or it cannot be removed now; in words.
        """
        self.ensure_one()
        account = self.account_id.exists()
        if not account:
            raise UserError(self.env._("This mailbox is no longer there: somebody else has removed it."))
        if self.choice == "delete":
            name = account.name
            untold = account._remove_everything(self.typed_email)
            then = {**self.env["ir.actions.actions"]._for_xml_id("maildesk.maildesk_account_action"), "target": "main"}
            return self._done(self.env._("%s was deleted, with everything MailDesk kept of it.", name), untold, then)
        is_empty = not self.linked_count
        untold = account._remove_keeping_archive()
        done = (
            self.env._("%s was removed. There was nothing to keep.", account.name) if is_empty else
            self.env._("%s was removed. Its linked emails are in MailDesk, under Archive.", account.name))
        return self._done(done, untold, {"type": "ir.actions.client", "tag": "soft_reload"})

    def _done(self, message, untold, then):
        """:param str untold: what is left to be done by hand, in words."""
        return {
            "type": "ir.actions.client", "tag": "display_notification",
            "params": {
                "type": "warning" if untold else "success", "sticky": bool(untold), "message": f"{message} {untold}".strip(),
                "next": then,
            },
        }
