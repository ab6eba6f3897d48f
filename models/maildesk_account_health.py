from markupsafe import Markup
from odoo import api, fields, models

from ..const import ADMIN, LASTING_FAILURES, LASTING_HOURS, SIGN_IN_WARNING_DAYS

TROUBLE = ("error", "needs_sign_in")
#: Values of ``attention``: tried again by itself; somebody has to look.
PASSING, LASTING = 1, 2


class MaildeskAccount(models.Model):
    """How a mailbox is doing, and who is told when it is not well.

    An error that comes and goes is only shown. One that lasts, and a sign-in that is needed, is counted in the administrators'
    badge and becomes a to-do of the owner's, once; both end by themselves when the mailbox recovers::

        connected --error--> PASSING --3 failures or 1 hour--> LASTING <--sign-in refused-- connected
            ^------------------- a good pass, or a sign-in ---------------'
    """

    _inherit = "maildesk.account"

    # read as superuser: who may read the mailbox may know these, in whichever of their companies they are just now
    sync_progress = fields.Float(related="sync_state_ids.progress", groups=ADMIN)
    sync_loaded_count = fields.Integer(related="sync_state_ids.loaded_count", groups=ADMIN)
    sync_remaining_count = fields.Integer(related="sync_state_ids.remaining_count", groups=ADMIN)
    sync_seconds = fields.Float(related="sync_state_ids.pass_seconds", groups=ADMIN)
    sync_messages = fields.Integer(related="sync_state_ids.pass_messages", groups=ADMIN)
    sync_commands = fields.Integer(related="sync_state_ids.pass_commands", groups=ADMIN)
    sync_pending_count = fields.Integer(related="sync_state_ids.pending_count", groups=ADMIN)
    sync_failed_count = fields.Integer(related="sync_state_ids.failed_count", groups=ADMIN)
    sync_next_try_at = fields.Datetime(related="sync_state_ids.next_try_at", groups=ADMIN)
    sync_failures = fields.Integer(related="sync_state_ids.failures", groups=ADMIN)

    trouble_since = fields.Datetime("In Trouble Since", readonly=True, copy=False)
    trouble_lasts = fields.Boolean(readonly=True, copy=False, help="It was tried often enough, or for long enough.")
    attention = fields.Integer(
        compute="_compute_attention", store=True, aggregator=None,
        help="0: well. 1: tried again by itself. 2: somebody has to look.")
    # who may read a to-do is for Odoo to say; which one it is, is the engine's
    todo_id = fields.Many2one("mail.activity", readonly=True, copy=False, groups=fields.NO_ACCESS, index="btree_not_null")
    sign_in_ends_at = fields.Datetime(
        "Sign-in Ends", compute="_compute_sign_in_ends_at", groups=ADMIN,
        help="When the provider ends the sign-in, where that is near: by what it told, or because the sign-in is not used.",
    )
    is_pushed = fields.Boolean(
        "New Mail at Once", compute="_compute_is_pushed", groups=ADMIN,
        help="The watcher is running and hears of new mail. Otherwise mail comes every 2 minutes.",
    )

    @api.depends("state", "trouble_lasts", "active")
    def _compute_attention(self):
        for account in self:
            is_trouble = account.active and account.state in TROUBLE
            lasts = account.state == "needs_sign_in" or account.trouble_lasts
            account.attention = (LASTING if lasts else PASSING) if is_trouble else 0

    def _compute_sign_in_ends_at(self):
        near = fields.Datetime.add(fields.Datetime.now(), days=SIGN_IN_WARNING_DAYS)
        for account in self:
            ends_at = self.env["maildesk.credential"]._grant_ends_at(account._origin)
            account.sign_in_ends_at = ends_at if ends_at and ends_at <= near else False

    def _compute_is_pushed(self):
        is_watched = self._is_watched()
        for account in self:
            account.is_pushed = is_watched and account.incoming_type != "outlook" and account.state == "connected"

    def write(self, vals):
        if not {"state", "active", "trouble_lasts", "owner_id"} & set(vals):
            return super().write(vals)
        before = {account: account.attention for account in self}
        result = super().write(vals)
        now = fields.Datetime.now()
        for account in self:
            in_trouble = account.state in TROUBLE
            if in_trouble != bool(account.trouble_since):
                # who archives a mailbox may not set this; it follows from what they did
                super(MaildeskAccount, account.sudo()).write({
                    "trouble_since": in_trouble and now, "trouble_lasts": in_trouble and account.trouble_lasts})
        if "owner_id" in vals:
            self._close_todo()
            self.filtered(lambda account: account.attention == LASTING)._open_todo()
        self.filtered(lambda account: account.attention != before[account])._follow_attention()
        return result

    def unlink(self):
        noticed = self.filtered("attention")
        companies = noticed.company_id
        noticed._close_todo()
        result = super().unlink()
        self._tell_admins(companies)
        return result

    def _judge_trouble(self):
        """After a failure: does it last?"""
        if self.state != "error" or self.trouble_lasts:
            return
        long_ago = fields.Datetime.subtract(fields.Datetime.now(), hours=LASTING_HOURS)
        # the engine's row is an administrator's to read
        failures = self.sudo().sync_state_ids.failures
        if failures >= LASTING_FAILURES or (self.trouble_since and self.trouble_since <= long_ago):
            self.write({"trouble_lasts": True})

    def _follow_attention(self):
        self.filtered(lambda account: account.attention == LASTING)._open_todo()
        self.filtered(lambda account: not account.attention)._close_todo()
        self._tell_admins(self.company_id)

    def _open_todo(self):
        """One to-do for the owner, of no document: nobody else reads it, and they need no right on the mailbox to."""
        for owned in self.filtered(lambda account: account._may_have(account.owner_id)):
            # whoever found out: the to-do is the owner's, and the account's note of it is the engine's
            owned.sudo().with_context(lang=owned.owner_id.lang, mail_activity_quick_update=True)._write_todo()

    def _write_todo(self):
        if self.todo_id:
            return
        note = Markup('<p>{}</p><p><a href="{}">{}</a></p>').format(
            self.error_message or "", self._own_url(self.owner_id), self.env._("Open it"))
        self.todo_id = self.env["mail.activity"].create({
            "activity_type_id": self.env["ir.model.data"]._xmlid_to_res_id(
                "mail.mail_activity_data_warning", raise_if_not_found=False),
            "user_id": self.owner_id.id,
            "summary": self.env._("%(name)s (%(email)s) needs attention", name=self.name, email=self.email),
            "note": note,
            "automated": True,
        })

    def _close_todo(self):
        # as for opening
        self.sudo().todo_id.unlink()

    @api.model
    def _tell_admins(self, companies):
        """Have the badges of those who look after these companies' mailboxes counted anew."""
        # who is an administrator, and of what, is not everybody's to read
        for admin in self.env.ref(ADMIN).sudo().all_user_ids:
            if admin.company_ids & companies:
                admin._bus_send("maildesk/attention", {})
