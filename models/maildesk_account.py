import re

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

#: SQL condition within ``maildesk.account._reading_sql``: the person sees the mailbox's junk.
MAY_JUNK = SQL("(access.allow_spam AND everywhere.allow_spam IS NOT FALSE)")


class MaildeskAccount(models.Model):
    """A mailbox: an address, the servers it is read from and sent through, and the people who may open it."""

    _name = "maildesk.account"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Mailbox Account"
    _order = "name, id"
    _check_company_auto = False
    _writable = frozenset({
        "name", "email", "sender_name", "company_id", "owner_id", "active", "incoming_server_id", "outgoing_server_id",
        "user_ids", "access_ids", "folder_setting_ids", "allow_personal_connection", "share_password",
        "share_password_expires_on", "keep_attachments", "block_tracking", "attachment_link_mb", "append_sent",
        "append_sent_choice", "signature", "alias_addresses", "ask_before_outside",
    })

    name = fields.Char("Account Name", required=True)
    email = fields.Char("Email Address", required=True, index=True)
    sender_name = fields.Char(help="Shown before the address in mail sent from here. Empty shows just the address.")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    owner_id = fields.Many2one(
        "res.users", default=lambda self: self.env.user.filtered("active"), copy=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Told when the mailbox needs attention. Being the owner does not open the mailbox: Users with Access does.",
    )
    active = fields.Boolean(default=True)
    state = fields.Selection(
        [
            ("draft", "Not Connected"),
            ("connected", "Connected"),
            ("error", "Error"),
            ("needs_sign_in", "Needs sign-in"),
            ("disconnected", "Disconnected"),
            ("removed", "Removed"),
        ],
        "Status", default="draft", required=True, readonly=True, copy=False,
    )
    error_message = fields.Char("Last Error", readonly=True, copy=False)
    sync_state_ids = fields.One2many("maildesk.sync.state", "account_id", groups="maildesk.group_maildesk_admin")
    last_sync_at = fields.Datetime("Last Sync", compute="_compute_last_sync_at", compute_sudo=True)
    incoming_server_id = fields.Many2one(
        "maildesk.incoming.server", "Incoming Mail Server", copy=False, ondelete="restrict", index="btree_not_null",
        domain="[('company_id', '=', company_id)]", groups="maildesk.group_maildesk_admin",
    )
    outgoing_server_id = fields.Many2one(
        "maildesk.outgoing.server", "Outgoing SMTP Server", copy=False, ondelete="restrict", index="btree_not_null",
        domain="[('company_id', '=', company_id)]", groups="maildesk.group_maildesk_admin",
    )
    access_ids = fields.One2many("maildesk.access", "account_id", "People", groups="maildesk.group_maildesk_admin")
    user_ids = fields.Many2many(
        "res.users", string="Users with Access", compute="_compute_user_ids", inverse="_inverse_user_ids",
        search="_search_user_ids", groups="maildesk.group_maildesk_admin",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    folder_ids = fields.One2many("maildesk.folder", "account_id", "Remote Folders")
    folder_setting_ids = fields.One2many(
        "maildesk.folder.setting", "account_id", "Folders", groups="maildesk.group_maildesk_admin",
    )
    is_accessible = fields.Boolean(compute="_compute_is_accessible", search="_search_is_accessible")

    _incoming_server_uniq = models.UniqueIndex(
        "(incoming_server_id) WHERE incoming_server_id IS NOT NULL",
        "This incoming mail server is already linked to another mailbox account.",
    )
    _outgoing_server_uniq = models.UniqueIndex(
        "(outgoing_server_id) WHERE outgoing_server_id IS NOT NULL",
        "This outgoing mail server is already linked to another mailbox account.",
    )

    @api.depends("sync_state_ids.last_sync_at")
    def _compute_last_sync_at(self):
        for account in self:
            account.last_sync_at = account.sync_state_ids.last_sync_at

    @api.depends("access_ids.user_id")
    def _compute_user_ids(self):
        for account in self:
            account.user_ids = account.access_ids.user_id

    def _inverse_user_ids(self):
        """Grant and revoke the difference only: who was on the list keeps their own settings and origin."""
        # read before the first grant, which makes the transaction forget everything, what was just entered included
        for account, wanted in [(account, account.user_ids) for account in self]:
            listed = account.access_ids
            gone = listed.filtered(lambda access, wanted=wanted: access.user_id not in wanted)
            commands = [Command.delete(access.id) for access in gone]
            commands += [Command.create({"user_id": user.id}) for user in wanted - listed.user_id]
            account.access_ids = commands

    def _search_user_ids(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("access_ids.user_id", "in", value)

    # the same fields as maildesk.folder's answer, for the same reason
    @api.depends(
        "company_id", "incoming_server_id.server_type", "access_ids.user_id.company_ids", "access_ids.user_id.share",
        "access_ids.user_id.active", "access_ids.allow_incoming",
        "access_ids.allow_imap", "access_ids.allow_gmail", "access_ids.allow_outlook",
        *(f"access_ids.user_id.maildesk_action_ids.allow_{name}" for name in ("incoming", "imap", "gmail", "outlook")),
    )
    @api.depends_context("uid")
    def _compute_is_accessible(self):
        # the rule on accounts asks this very field; answering under it would turn in a circle
        accessible = self.sudo().with_context(active_test=False).search([("id", "in", self.ids), ("is_accessible", "=", True)])
        for account in self:
            account.is_accessible = account._origin in accessible

    @api.model
    def _search_is_accessible(self, operator, value):
        """Goes by ``env.uid`` alone: a ``search=`` always runs as superuser."""
        if operator != "in" or list(value) != [True]:
            return NotImplemented
        return Domain("id", "in", self._readable_accounts_sql(self.env.uid))

    @api.constrains("email")
    def _check_email(self):
        for account in self:
            local, at, domain = (account.email or "").strip().rpartition("@")
            if not (local and at and domain) or re.search(r"[\s<>,;]", account.email.strip()):
                raise ValidationError(self.env._(
                    "%s is not an email address: it has to look like name@example.com.", account.email))

    @api.constrains("incoming_server_id", "outgoing_server_id", "company_id")
    def _check_server_company(self):
        for account in self:
            for field in ("incoming_server_id", "outgoing_server_id"):
                if account[field] and account[field].company_id != account.company_id:
                    raise ValidationError(self._server_company_words(field))

    def _may_have(self, user):
        """Whether somebody can be on this mailbox's list, or own it: an active internal user of its company."""
        # who they are is looked at, whatever of it the acting person may read
        user = user.sudo()
        return user.active and not user.share and self.company_id in user.company_ids

    def _refuse_people(self, people):
        """:raises ValidationError: some of these people can neither be on the mailbox's list nor own it."""
        strangers = people.filtered(lambda user: not self._may_have(user))
        if not strangers:
            return
        # constraints run as superuser: the mailbox or some of the people may be none the person may know of
        names = strangers.sudo(False)._filtered_access("read").mapped("name")
        raise ValidationError(self.env._(
            "A mailbox is for active internal users of its company only: not for portal users, archived users and people of "
            "other companies. Choose others in place of: %s", ", ".join(names) or self.env._("the one you have chosen")))

    @api.constrains("company_id", "user_ids")
    def _check_people_company(self):
        for account in self:
            account._refuse_people(account.access_ids.user_id)

    @api.constrains("company_id", "owner_id")
    def _check_owner(self):
        for account in self:
            account._refuse_people(account.owner_id)

    @api.onchange("company_id")
    def _onchange_company_id(self):
        """Servers, owner and people of the company before are not this one's."""
        for field in ("incoming_server_id", "outgoing_server_id"):
            if self[field].company_id != self.company_id:
                self[field] = False
        self.user_ids = self.user_ids.filtered(lambda user: self.company_id in user.company_ids)
        if self.company_id not in self.owner_id.company_ids:
            self.owner_id = False

    def _server_company_words(self, field):
        if field == "incoming_server_id":
            return self.env._("Incoming server company must match the mailbox account company.")
        return self.env._("Outgoing server company must match the mailbox account company.")

    def _check_references(self, vals):
        """Refuse a server that serves another mailbox, by name; the unique indexes hold where two ask at once."""
        words = {
            "incoming_server_id": lambda name: self.env._(
                "Incoming mail server %s is already linked to another mailbox account.", name),
            "outgoing_server_id": lambda name: self.env._(
                "Outgoing mail server %s is already linked to another mailbox account.", name),
        }
        # the other mailbox may be archived, or of a company that is not active right now
        others = self.sudo().with_context(active_test=False)
        for field, message in words.items():
            server = self.env[self._fields[field].comodel_name].browse(vals.get(field) or ())
            if not server:
                continue
            if not server.has_access("read"):
                # of another company: neither its name nor whether it is in use is theirs to know
                raise ValidationError(self._server_company_words(field))
            if others.search_count([(field, "=", server.id), ("id", "not in", self.ids)], limit=1):
                raise ValidationError(message(server.name))
        return super()._check_references(vals)

    @api.constrains("state", "incoming_server_id", "outgoing_server_id")
    def _check_servers_present(self):
        """Removal detaches the servers and a duplicate has none, so the columns may be empty, but not while connected."""
        for account in self:
            if account.state in ("connected", "error") and not account.incoming_server_id:
                raise ValidationError(self.env._("A connected mailbox needs its Incoming Mail Server."))

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        # the engine's row is nobody's to write
        self.env["maildesk.sync.state"].sudo().create([{"account_id": account.id} for account in accounts])
        return accounts

    def _prepare_create_values(self, vals_list):
        return [self._tidy(vals) for vals in super()._prepare_create_values(vals_list)]

    def write(self, vals):
        return super().write(self._tidy(vals))

    @api.model
    def _tidy(self, vals):
        if isinstance(vals.get("email"), str):
            vals = {**vals, "email": vals["email"].strip()}
        return vals

    def copy_data(self, default=None):
        return [
            {**vals, "name": self.env._("%s (copy)", account.name)}
            for account, vals in zip(self, super().copy_data(default=default), strict=True)
        ]

    @api.model
    def _readable_accounts_sql(self, uid, junk=False):
        """SQL sub-select of the accounts whose folders a person may read.

        :param int uid: the person; never the superuser flag, which a rule's search always carries.
        :param bool junk: only accounts whose junk the person may see.
        """
        return SQL("(SELECT access.account_id %s AND access.user_id = %s)", self._reading_sql(junk), uid)

    @api.model
    def _readable_domain(self, uid, condition):
        """Domain on rows with an ``account_id``: a person reads that mailbox, and something holds there.

        One sub-select, whatever the condition asks of the person: planning another one takes longer than finding a mail does.

        :param int uid: the person; never the superuser flag, which a rule's search always carries.
        :param condition: function of ``(model, alias, query)`` that gives an SQL condition on the row; :data:`MAY_JUNK` in it
            is whether the person sees the mailbox's junk.
        """
        # SQL, because a condition on the row that depends on the person's own line is beyond a domain
        return Domain.custom(to_sql=lambda model, alias, query: SQL(
            "EXISTS (SELECT %s AND access.user_id = %s AND access.account_id = %s AND (%s))",
            self._reading_sql(), uid, model._field_to_sql(alias, "account_id", query), condition(model, alias, query)))

    @api.model
    def _reading_sql(self, junk=False):
        """FROM and WHERE of who reads what: the one place that answers the question.

        A person reads a mailbox while they are on its list, are an active internal user of its company, and neither `Incoming
        emails` nor the mailbox's protocol is turned off for them, there or for all mailboxes.

        :param bool junk: only where the person sees junk, too.
        """
        # written but not yet in the tables: the ORM does not know what this SQL reads
        self.env["maildesk.access"].flush_model()
        self.env["maildesk.user.actions"].flush_model()
        self.flush_model(["company_id", "incoming_server_id", "former_server_type"])
        self.env["maildesk.incoming.server"].flush_model(["server_type"])
        self.env["res.users"].flush_model(["active", "share", "company_ids"])
        return SQL(
            """FROM maildesk_access access
               JOIN maildesk_account account ON account.id = access.account_id
               JOIN res_users person ON person.id = access.user_id AND person.active AND person.share IS NOT TRUE
               JOIN res_company_users_rel company ON company.cid = account.company_id AND company.user_id = access.user_id
          LEFT JOIN maildesk_incoming_server server ON server.id = account.incoming_server_id
          LEFT JOIN maildesk_user_actions everywhere ON everywhere.user_id = access.user_id
              WHERE access.active AND access.allow_incoming AND everywhere.allow_incoming IS NOT FALSE
                AND (NOT %(junk)s OR %(may_junk)s)
                AND CASE coalesce(server.server_type, account.former_server_type)
                    WHEN 'imap' THEN access.allow_imap AND everywhere.allow_imap IS NOT FALSE
                    WHEN 'gmail' THEN access.allow_gmail AND everywhere.allow_gmail IS NOT FALSE
                    WHEN 'outlook' THEN access.allow_outlook AND everywhere.allow_outlook IS NOT FALSE
                    ELSE TRUE END""",
            junk=junk, may_junk=MAY_JUNK,
        )
