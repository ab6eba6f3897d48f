from odoo import api, fields, models
from odoo.exceptions import UserError


class MaildeskAccount(models.Model):
    """A mailbox's linked emails: how many, that nobody deletes them in passing, and the way to them and to all its mail."""

    _inherit = "maildesk.account"

    linked_count = fields.Integer(
        "Linked Emails", compute="_compute_linked_count", groups="maildesk.group_maildesk_admin",
        help="Emails of this mailbox that are linked to Odoo records.",
    )

    message_count = fields.Integer("Messages", compute="_compute_message_count", groups="maildesk.group_maildesk_admin")

    @api.depends("folder_ids.total_count")
    def _compute_message_count(self):
        for account in self:
            # how much there is, is an administrator's to know, not what it is
            folders = account.sudo().with_context(active_test=True).folder_ids
            account.message_count = sum(folders.mapped("total_count"))

    def _compute_linked_count(self):
        for account in self:
            account.linked_count = len(account._linked_mails())

    def _linked_mails(self):
        """The emails linked to records that are there, for the engine."""
        # how many there are is an administrator's to know, not what they are
        links = self.env["maildesk.link"].sudo().search([("account_id", "in", self.ids)])
        return (links - links._vanished()).message_id

    def unlink(self):
        self.check_access("unlink")
        self._check_nothing_linked()
        self._check_nothing_unsent()
        # an administrator has no right on mail; these lead to records that are gone
        self.env["maildesk.link"].sudo().search([("account_id", "in", self.ids)]).unlink()
        return super().unlink()

    def _check_nothing_linked(self):
        """:raises UserError: emails are linked to records, in SPEC's words."""
        for account in self:
            count = len(account._linked_mails())
            if count:
                raise UserError(self.env._(
                    "This mailbox has %(count)s email(s) linked to Odoo records: %(name)s (%(email)s). Use Remove Mailbox on its "
                    "form: it keeps the linked emails as a readable archive, or deletes everything once you have confirmed it.",
                    count=count, name=account.name, email=account.email))

    def action_open_messages(self):
        """Show the mailbox in the app, to who may read it.

        :raises UserError: there is nothing to show yet.
        """
        self.ensure_one()
        folder = self.env["maildesk.folder"].search([("account_id", "=", self.id), ("selectable", "=", True)], limit=1)
        if not folder:
            raise UserError(self.env._("%s has no folders you may read.", self.name))
        return self._app_action(folder)

    @api.model
    def _app_action(self, folder, place=None):
        """The app, at a folder or at an email in it."""
        action = self.env["ir.actions.actions"]._for_xml_id("maildesk.maildesk_app_action")
        return {**action, "params": {"folder": folder.id, "message": place.id if place else None}}

    def action_open_links(self):
        """List the linked emails, to who may read them."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("maildesk.maildesk_link_action")
        return {**action, "domain": [("account_id", "=", self.id)]}
