from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .maildesk_actions_mixin import ACTIONS, switch

#: Seconds for which sending can be undone at most.
MAX_UNDO_SECONDS = 30
#: Who sees Mailbox Actions on a user's form: Mailbox Admins, and those who administer users.
ADMINS = "maildesk.group_maildesk_admin,base.group_erp_manager"


def _everywhere(name):
    """One of the Mailbox Actions as it is in all mailboxes; whether it may be changed, ``maildesk.user.actions`` decides."""

    # each by itself: fields that are computed together count as entered together
    @api.depends(f"maildesk_action_ids.{name}")
    @api.depends_context("uid")
    def compute(users):
        for user in users:
            actions = user.maildesk_action_ids
            user[f"maildesk_{name}"] = not actions or actions[name]

    return switch(name, compute=compute, inverse="_inverse_maildesk_actions", groups=ADMINS)


class ResUsers(models.Model):
    """Mailbox Actions on the user's form; they are kept in a model of their own, which takes no right on users."""

    _inherit = "res.users"

    maildesk_action_ids = fields.One2many("maildesk.user.actions", "user_id", "Mailbox Actions", groups=ADMINS, copy=False)
    maildesk_allow_incoming = _everywhere("allow_incoming")
    maildesk_allow_outgoing = _everywhere("allow_outgoing")
    maildesk_allow_spam = _everywhere("allow_spam")
    maildesk_allow_imap = _everywhere("allow_imap")
    maildesk_allow_gmail = _everywhere("allow_gmail")
    maildesk_allow_outlook = _everywhere("allow_outlook")
    maildesk_allow_self_connect = _everywhere("allow_self_connect")
    maildesk_allow_export = _everywhere("allow_export")

    maildesk_undo_seconds = fields.Integer(
        "Seconds to Undo Sending", default=10, help="How long an email can be taken back after Send was pressed: 0 to 30.")

    @api.constrains("maildesk_undo_seconds")
    def _check_maildesk_undo_seconds(self):
        for user in self:
            if not 0 <= user.maildesk_undo_seconds <= MAX_UNDO_SECONDS:
                raise ValidationError(self.env._("Sending can be undone for 0 to %s seconds.", MAX_UNDO_SECONDS))

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "maildesk_undo_seconds"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "maildesk_undo_seconds"]

    def _inverse_maildesk_actions(self):
        """Pass on what was changed, under the rights and refusals of ``maildesk.user.actions``."""
        # read before the first write, which makes the transaction forget everything, what was just entered included
        wanted = [(user, {name: user[f"maildesk_{name}"] for name in ACTIONS}) for user in self]
        for user, values in wanted:
            actions = self.env["maildesk.user.actions"]._of(user)
            changed = {name: value for name, value in values.items() if actions[name] != value}
            if changed:
                actions.write(changed)

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        self.env["maildesk.user.actions"]._ensure_everybody()
        return users

    def write(self, vals):
        result = super().write(vals)
        if "group_ids" in vals:
            self.env["maildesk.user.actions"]._ensure_everybody()
        return result
