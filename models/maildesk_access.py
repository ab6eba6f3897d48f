from odoo import api, fields, models


class MaildeskAccess(models.Model):
    """One person on one mailbox's list, and what they may do there (SPEC: Mailbox Actions)."""

    _name = "maildesk.access"
    _description = "Mailbox Access"
    _order = "account_id, id"
    _rec_name = "user_id"

    account_id = fields.Many2one("maildesk.account", "Mailbox", required=True, ondelete="cascade", index=True)
    user_id = fields.Many2one(
        "res.users", required=True, ondelete="cascade", index=True, domain="[('share', '=', False)]",
    )
    origin = fields.Selection(
        [("admin", "Added by an administrator"), ("self", "Joined with the share password")],
        "Joined", default="admin", required=True, readonly=True,
    )
    allow_incoming = fields.Boolean("Incoming emails", default=True, help="Read this mailbox.")
    allow_spam = fields.Boolean("Spam and quarantine", default=True, help="See the Junk folder.")
    allow_imap = fields.Boolean("IMAP access", default=True, help="Use this mailbox while its server is an IMAP Server.")
    allow_gmail = fields.Boolean("Gmail access", default=True, help="Use this mailbox while it is connected to Gmail.")
    allow_outlook = fields.Boolean("Outlook access", default=True, help="Use this mailbox while it is connected to Outlook.")

    _account_user_uniq = models.UniqueIndex("(account_id, user_id)", "This person is on the mailbox's list already.")

    _actions = ("allow_incoming", "allow_spam", "allow_imap", "allow_gmail", "allow_outlook")

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        for line in lines:
            line.account_id._log("joined" if line.origin == "self" else "granted", user=line.user_id)
        lines._reach_changed()
        return lines

    def write(self, vals):
        if "account_id" in vals or "user_id" in vals:
            # the log has to show who lost and who won access
            for line in self:
                line.account_id._log("revoked", user=line.user_id)
        before = {line.id: {name: line[name] for name in self._actions} for line in self}
        people = self.user_id
        result = super().write(vals)
        for line in self:
            if "account_id" in vals or "user_id" in vals:
                line.account_id._log("granted", user=line.user_id)
            changed = [self._fields[name].string for name in self._actions if line[name] != before[line.id][name]]
            if changed:
                line.account_id._log("actions", user=line.user_id, detail=", ".join(changed))
        self._reach_changed(people | self.user_id)
        return result

    def unlink(self):
        for line in self:
            line.account_id._log("revoked", user=line.user_id)
        people = self.user_id
        result = super().unlink()
        self._reach_changed(people)
        return result

    def _reach_changed(self, people=None):
        """Forget every answer given in this transaction, and let open browsers show or stop showing the mailbox."""
        self.env.invalidate_all()
        for user in people or self.user_id:
            user._bus_send("maildesk/access", {})
