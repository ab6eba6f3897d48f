from odoo import api, fields, models

#: Field → label and help.
ACTIONS = {
    "allow_incoming": ("Incoming emails", "Read mail."),
    "allow_outgoing": ("Outgoing emails", "Send mail."),
    "allow_spam": ("Spam and quarantine", "See the Junk folder, and move mail into and out of it."),
    "allow_imap": ("IMAP access", "Use mailboxes whose server is an IMAP Server."),
    "allow_gmail": ("Gmail access", "Use mailboxes that are connected to Gmail."),
    "allow_outlook": ("Outlook access", "Use mailboxes that are connected to Outlook."),
    "allow_self_connect": (
        "Self-connect", "Join shared mailboxes through Connect Mailbox, with their share password. Turned off for one mailbox: "
        "whoever leaves it cannot come back by themselves."),
    "allow_export": ("Export", "Download the source of a mail, all its attachments at once, and lists of mails."),
}


def switch(name, **options):
    """The field of one of the Mailbox Actions."""
    label, words = ACTIONS[name]
    return fields.Boolean(label, help=words, **options)


class MaildeskActionsMixin(models.AbstractModel):
    """The Mailbox Actions: what one person may do, all of it until an administrator turns something off.

    They exist twice, for one mailbox (``maildesk.access``) and for all of them (``maildesk.user.actions``); the narrower one
    wins. Reading is answered by ``maildesk.account._readable_accounts_sql``, the rest by ``maildesk.account._check_action``.
    """

    _name = "maildesk.actions.mixin"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Mailbox Actions of a Person"

    _writable = frozenset(ACTIONS)

    allow_incoming = switch("allow_incoming", default=True)
    allow_outgoing = switch("allow_outgoing", default=True)
    allow_spam = switch("allow_spam", default=True)
    allow_imap = switch("allow_imap", default=True)
    allow_gmail = switch("allow_gmail", default=True)
    allow_outlook = switch("allow_outlook", default=True)
    allow_self_connect = switch("allow_self_connect", default=True)
    allow_export = switch("allow_export", default=True)
    turned_off = fields.Char(compute="_compute_turned_off")

    @api.depends(*ACTIONS)
    @api.depends_context("lang")
    def _compute_turned_off(self):
        labels = self.env["ir.model.fields"].get_field_string(self._name)
        for record in self:
            record.turned_off = ", ".join(labels[name] for name in ACTIONS if not record[name])

    def write(self, vals):
        before = {record.id: {name: record[name] for name in ACTIONS} for record in self}
        result = super().write(vals)
        self._log_switched(before)
        return result

    def _log_switched(self, before=None):
        """Log what was turned on and off, a line a person.

        :param dict before: id → {name of an action: whether it was on}; without it, all was on.
        """
        labels = self.env["ir.model.fields"].get_field_string(self._name)
        for record in self:
            changed = [name for name in ACTIONS if record[name] != (before[record.id][name] if before else True)]
            if changed:
                record._log_actions(", ".join(
                    self.env._("%s on", labels[name]) if record[name] else self.env._("%s off", labels[name])
                    for name in changed))

    def _log_actions(self, detail):
        """Write a line of the Activity Log.

        :param str detail: what was turned on and off.
        """
        raise NotImplementedError

    def _reach_changed(self, people):
        """Forget every answer given in this transaction, and let open browsers show or stop showing what changed."""
        self.env.invalidate_all()
        for user in people:
            user._bus_send("maildesk/access", {})
