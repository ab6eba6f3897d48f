from odoo import api, fields, models

from .maildesk_actions_mixin import ACTIONS


class MaildeskAccess(models.Model):
    """One person on one mailbox's list, and what they may do there.

    Whoever leaves by themselves while something is turned off leaves an archived line behind, which is not on the list: coming
    back with the share password lifts nothing, and where `Self-connect` is off it does not bring them back.
    """

    _name = "maildesk.access"
    _inherit = ["maildesk.actions.mixin"]
    _description = "Mailbox Access"
    _order = "account_id, id"
    _rec_name = "user_id"
    _set_once = frozenset({"account_id", "user_id"})

    active = fields.Boolean(default=True, readonly=True)
    account_id = fields.Many2one("maildesk.account", "Mailbox", required=True, ondelete="cascade", index=True)
    user_id = fields.Many2one(
        "res.users", required=True, ondelete="cascade", index=True, domain="[('share', '=', False)]",
    )
    origin = fields.Selection(
        [("admin", "Added"), ("self", "Share password"), ("setup", "Set it up")],
        "Joined", default="admin", required=True, readonly=True,
    )
    off_everywhere = fields.Json(
        compute="_compute_off_everywhere", help="Name → true, of what is turned off for this person in all mailboxes.")
    off_words = fields.Char("Off for All Mailboxes", compute="_compute_off_everywhere")

    _account_user_uniq = models.UniqueIndex("(account_id, user_id) WHERE active", "This person is on the mailbox's list already.")

    @api.depends("user_id.maildesk_action_ids.turned_off")
    @api.depends_context("lang")
    def _compute_off_everywhere(self):
        found = self.env["maildesk.user.actions"].search([("user_id", "in", self.user_id.ids)]).grouped("user_id")
        for line in self:
            actions = found.get(line.user_id)
            line.off_everywhere = {name: True for name in ACTIONS if actions and not actions[name]}
            line.off_words = actions.turned_off if actions else False

    @api.constrains("account_id", "user_id")
    def _check_person(self):
        for line in self:
            line.account_id._refuse_people(line.user_id)

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # the list is part of the mailbox: who may not change that one may not change this one either
        lines.account_id.check_access("write")
        for line in lines:
            line.account_id._log(line._granted_event(), user=line.user_id)
        lines._log_switched()
        for line in lines:
            line._restore_narrowed()
        lines._reach_changed(lines.user_id)
        return lines

    def _restore_narrowed(self):
        """Turn off again what was off when this person left, if they come back by themselves; an administrator decides anew."""
        # archived lines are nobody's to see
        left = self.sudo().with_context(active_test=False).search([
            ("account_id", "=", self.account_id.id), ("user_id", "=", self.user_id.id), ("active", "=", False)])
        narrowed = {name: False for name in ACTIONS if not all(left.mapped(name))}
        if narrowed and self.origin == "self":
            self.write(narrowed)
        left.unlink()

    def _leave(self):
        """Take these people off the lists at their own wish."""
        narrowed = self.filtered("turned_off")
        (self - narrowed).unlink()
        narrowed.active = False

    def write(self, vals):
        is_other = "account_id" in vals or "user_id" in vals or "active" in vals
        if is_other:
            # the log has to show who lost and who won access
            for line in self.filtered("active"):
                line.account_id._log(line._revoked_event(), user=line.user_id)
        people = self.user_id
        result = super().write(vals)
        if is_other:
            for line in self.filtered("active"):
                line.account_id._log(line._granted_event(), user=line.user_id)
        self._reach_changed(people | self.user_id)
        return result

    def unlink(self):
        for line in self.filtered("active"):
            line.account_id._log(line._revoked_event(), user=line.user_id)
        people = self.user_id
        result = super().unlink()
        self._reach_changed(people)
        return result

    def _granted_event(self):
        """An administrator who opens a mailbox to themselves is told apart."""
        if self.origin == "self":
            return "joined"
        return "granted_self" if self.origin == "admin" and self.user_id == self.env.user else "granted"

    def _revoked_event(self):
        return "left" if self.user_id == self.env.user else "revoked"

    def _log_actions(self, detail):
        self.account_id._log("actions", user=self.user_id, detail=detail)
