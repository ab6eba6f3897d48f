from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .maildesk_actions_mixin import ACTIONS


class MaildeskUserActions(models.Model):
    """The Mailbox Actions of one person for all mailboxes; who has no row may do everything.

    A Mailbox Admin turns them on and off, without any right on users, for people of the active companies. Nobody does so for
    themselves, else no administrator could be restricted; only Odoo's own may. There is a row for everybody who has the role.
    """

    _name = "maildesk.user.actions"
    _inherit = ["maildesk.actions.mixin"]
    _description = "Mailbox Actions of a User"
    _order = "user_id"
    _rec_name = "user_id"

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="cascade")
    # read as superuser: who may read the row may know whose it is
    login = fields.Char(related="user_id.login")
    is_own = fields.Boolean(compute="_compute_is_own")

    _user_uniq = models.UniqueIndex("(user_id)", "This person has their Mailbox Actions already.")

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_is_own(self):
        for actions in self:
            actions.is_own = actions.user_id == self.env.user and not self._may_edit_own()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._log_switched()
        records._reach_changed(records.user_id)
        return records

    def write(self, vals):
        self._check_not_own()
        result = super().write(vals)
        self._reach_changed(self.user_id)
        return result

    def unlink(self):
        people = self.user_id
        result = super().unlink()
        self._reach_changed(people)
        return result

    @api.model
    def _may_edit_own(self):
        return self.env.su or self.env.user.has_group("base.group_system")

    def _check_not_own(self):
        if self.env.user in self.user_id and not self._may_edit_own():
            raise AccessError(self.env._(
                "You cannot change your own Mailbox Actions. Ask another administrator to do it."))

    def _log_actions(self, detail):
        # nobody may write the log; the module does
        self.env["maildesk.log"].sudo().create({
            "event": "actions", "company_id": self.user_id.company_id.id, "actor_id": self.env.uid, "user_id": self.user_id.id,
            "detail": self.env._("All mailboxes: %s", detail),
        })

    @api.model
    def _is_off(self, name):
        """Whether something is turned off for the acting person in all mailboxes.

        :param str name: the action's field, such as ``allow_export``.
        """
        # a person's own switches are not theirs to read, only to be bound by
        return bool(self.sudo().search_count([("user_id", "=", self.env.uid), (name, "=", False)], limit=1))

    @api.model
    def _of(self, user):
        """A person's row.

        :raises AccessError: the acting person may not set it.
        """
        self.check_access("write")
        self._ensure(user)
        actions = self.search([("user_id", "=", user.id)])
        if not actions:
            raise AccessError(self.env._("You can set Mailbox Actions for people of your companies only."))
        return actions

    @api.model
    def _ensure_everybody(self):
        """Have a row for every Mailbox User, whoever gave them the role and by whichever group."""
        group = self.env.ref("maildesk.group_maildesk_user", raise_if_not_found=False)
        # groups and people are made before the role is, at the first installation
        if group:
            # who has which role is not everybody's to read; which of the rows are seen, the rules say
            users = self.env["res.users"].sudo().with_context(active_test=False)
            self._ensure(users.search([("all_group_ids", "in", group.ids), ("maildesk_action_ids", "=", False)]))

    @api.model
    def _ensure(self, users):
        """Have a row for each of these people, all of it on."""
        self.flush_model(["user_id"])
        # two who open the list at the same moment make one row of each
        made = self.env.execute_query(SQL(
            "INSERT INTO maildesk_user_actions (user_id, %s) SELECT user_id, %s FROM unnest(%s::int[]) AS person(user_id)"
            " ON CONFLICT (user_id) DO NOTHING RETURNING id",
            SQL(", ").join(SQL.identifier(name) for name in ACTIONS),
            SQL(", ").join(SQL("TRUE") for _name in ACTIONS), users.ids,
        ))
        if made:
            self.invalidate_model()
            users.invalidate_recordset(["maildesk_action_ids"])
