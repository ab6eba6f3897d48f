from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import CREATED_FOLDERS, FOLDER_ROLES
from ..providers.rfc822 import message_from_octets
from .maildesk_account import MAY_JUNK
from .page_store import PageStore
from .stored_file import store_file

#: Keys no server's folder has: of those that are gone, and of those that are still to be made.
GONE, PROVISIONAL = "\x02", "\x01"
#: Mails of a vanished folder that go at once; the rest goes in the background, so many at a time.
CLEAR_BATCH = 5000


class MaildeskFolder(models.Model):
    """A folder of a mailbox, as far as it is cached here. Readable only by the people on the mailbox's list."""

    _name = "maildesk.folder"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Mailbox Folder"
    _order = "account_id, sequence, name, id"
    _parent_name = "parent_id"

    account_id = fields.Many2one("maildesk.account", "Mailbox", required=True, readonly=True, ondelete="cascade", index=True)
    parent_id = fields.Many2one("maildesk.folder", "Folder Above", readonly=True, ondelete="set null", index="btree_not_null")
    name = fields.Char(required=True, readonly=True)
    remote_id = fields.Char("Name on the Server", required=True, readonly=True)
    role = fields.Selection(FOLDER_ROLES)
    role_is_manual = fields.Boolean(help="Corrected by hand: the server's word no longer changes it.")
    sequence = fields.Integer(compute="_compute_sequence", store=True)
    selectable = fields.Boolean(default=True, readonly=True, help="Can hold mail, not only other folders.")
    sync_enabled = fields.Boolean("Synchronised", default=True)
    repeats = fields.Boolean(readonly=True, help="It shows what lies in other folders, although its server does not say so.")
    total_count = fields.Integer("Messages", default=0, readonly=True)
    unread_count = fields.Integer("Unread", default=0, readonly=True)
    remaining_count = fields.Integer("Still to Load", default=0, readonly=True, help="Messages of the history not loaded yet.")
    is_provisional = fields.Boolean(readonly=True, help="Not on the server yet: made there with the first mail moved into it.")
    # a folder that is gone from the server is archived until its mail is cleared away in the background
    active = fields.Boolean(default=True, readonly=True)
    last_pass_at = fields.Datetime("Last Looked At", readonly=True)
    cursor = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    error_message = fields.Char("Last Error", readonly=True)
    is_accessible = fields.Boolean(compute="_compute_is_accessible", search="_search_is_accessible")

    _account_remote_uniq = models.UniqueIndex("(account_id, remote_id)")

    @api.depends("role")
    def _compute_sequence(self):
        order = [role for role, _label in FOLDER_ROLES]
        for folder in self:
            folder.sequence = order.index(folder.role) if folder.role else len(order)

    # every field the answer hangs on, and the person: else one would be served another's cached answer
    @api.depends(
        "role", "active", "account_id.company_id", "account_id.incoming_server_id.server_type",
        "account_id.access_ids.user_id.company_ids", "account_id.access_ids.user_id.share",
        "account_id.access_ids.user_id.active",
        "account_id.access_ids.allow_incoming", "account_id.access_ids.allow_spam", "account_id.access_ids.allow_imap",
        "account_id.access_ids.allow_gmail", "account_id.access_ids.allow_outlook",
        *(f"account_id.access_ids.user_id.maildesk_action_ids.allow_{name}"
          for name in ("incoming", "spam", "imap", "gmail", "outlook")),
    )
    @api.depends_context("uid")
    def _compute_is_accessible(self):
        # the rules on folders ask this very field; answering under them would turn in a circle
        accessible = self.sudo().search([("id", "in", self.ids), ("is_accessible", "=", True)])
        for folder in self:
            folder.is_accessible = folder._origin in accessible

    @api.model
    def _search_is_accessible(self, operator, value):
        """Goes by ``env.uid`` alone: a ``search=`` always runs as superuser."""
        if operator != "in" or list(value) != [True]:
            return NotImplemented
        return Domain("active", "=", True) & self.env["maildesk.account"]._readable_domain(
            self.env.uid, lambda model, alias, query: SQL(
                "%s IS DISTINCT FROM 'junk' OR %s", model._field_to_sql(alias, "role", query), MAY_JUNK))

    @api.model
    def _apply_listing(self, account, listing):
        """Make the account's folders what the server lists.

        :param account: the ``maildesk.account``.
        :param list listing: ``RemoteFolder``, parents before children.
        """
        known = {folder.remote_id: folder for folder in self.search([("account_id", "=", account.id)])}
        taken = {folder.role for folder in known.values() if folder.role_is_manual}
        made = {folder.role: folder for folder in known.values() if folder.is_provisional}
        for remote in listing:
            folder = known.get(remote.remote_id) or made.pop(remote.role, None)
            if folder and folder.selectable and not remote.selectable:
                # it was deleted, and stays as the name above others: its mail goes like that of any folder that is gone
                folder._remove()
                folder = None
            values = {
                "name": remote.name, "remote_id": remote.remote_id, "is_provisional": False,
                "parent_id": known[remote.parent_remote_id].id if remote.parent_remote_id in known else False,
                "selectable": remote.selectable,
            }
            if not (folder and folder.role_is_manual):
                values["role"] = remote.role if remote.role not in taken else False
                if folder and folder.repeats:
                    values["role"] = values["role"] or "all"
            if folder is None:
                known[remote.remote_id] = self.create({
                    "account_id": account.id, **values,
                    # All Mail, Starred and the like repeat what lies elsewhere
                    "sync_enabled": remote.role not in ("all", "flagged", "important"),
                })
                continue
            known[remote.remote_id] = folder
            changed = {name: value for name, value in values.items() if self._differs(folder[name], value)}
            if changed:
                folder.write(changed)
        there = {remote.remote_id for remote in listing}
        gone = [folder.id for folder in known.values() if folder.remote_id not in there and not folder.is_provisional]
        self.browse(gone)._remove()
        # the view over these rows does not know that they changed
        self.env["maildesk.folder.setting"].invalidate_model()
        account.invalidate_recordset(["folder_setting_ids"])

    def _shows_others(self):
        """What lies here lies in other folders, too: it is listed there only, unless somebody wants it all the same.

        :returns: whether that is news, so that nothing is to be stored.
        """
        if self.repeats or self.role_is_manual:
            return False
        self.write({"repeats": True, "role": self.role or "all", "sync_enabled": False, "error_message": False})
        return True

    def _note_error(self, error):
        """Say why the folder cannot be read.

        :param ProviderError error: what the provider raised.
        :returns: whether it said something else before.
        """
        if not self:
            return False
        words = self.account_id._folder_words(error, self.account_id.incoming_server_id)
        is_news = self.error_message != words
        if is_news:
            self.error_message = words
        return is_news

    @staticmethod
    def _differs(current, value):
        return (current.id if isinstance(current, models.BaseModel) else current or False) != (value or False)

    def _remove(self):
        """The server no longer has these folders: they are out of sight at once, their mail goes in bounded batches."""
        self._retire()
        # what was on its way here goes back to where the server still has it
        self.env["maildesk.operation"].search([("target_id", "in", self.ids), ("state", "=", "pending")])._give_up(
            self.env._("The folder it was meant for is no longer on the mail server."))
        self.env["maildesk.folder"].search([("parent_id", "in", self.ids)]).write({"parent_id": False})
        for folder in self:
            folder._clear(CLEAR_BATCH)
        if self.exists():
            self.env["maildesk.account"]._trigger_cleaning()

    def _retire(self):
        """From now on nobody sees these folders; their mail is cleared away in the background.

        The role stays: who may not see junk does not see what a Junk folder that is gone held last.
        """
        for folder in self:
            # its name is free for a folder made anew
            folder.write({"active": False, "remote_id": f"{GONE}{folder.id}", "parent_id": False, "cursor": False})

    def _clear(self, limit):
        """Take up to so many mails out of a folder that is gone, and at last the folder itself.

        :returns: how many mails were taken out.
        """
        dropped = self._drop_placed(limit)
        if dropped < limit:
            # what was on its way here is nowhere
            self.env["maildesk.message.placement"]._drop(SQL("folder_id = %s", self.id))
            self.unlink()
        return dropped

    def _drop_placed(self, limit):
        """Take up to so many mails out that have a key on the server.

        :returns: how many there were.
        """
        return self.env["maildesk.message.placement"]._drop(SQL(
            "id IN (SELECT id FROM maildesk_message_placement WHERE folder_id = ANY(%s) AND remote_id IS NOT NULL LIMIT %s)",
            self.ids, limit))

    @api.model
    def _of_role(self, account, role):
        """The mailbox's folder of a role; where it has none, one that is made on the server with the first mail it gets."""
        folder = self.search([("account_id", "=", account.id), ("role", "=", role)], limit=1)
        return folder or self.create({
            "account_id": account.id, "role": role, "name": CREATED_FOLDERS[role], "remote_id": f"{PROVISIONAL}{role}",
            "is_provisional": True,
        })

    def _was_made(self, remote_id):
        """The server has this folder now.

        :param str remote_id: its key there.
        """
        if self.is_provisional:
            twin = self.search([("account_id", "=", self.account_id.id), ("remote_id", "=", remote_id)])
            if twin:
                # a folder of that name was there, only without the role
                self.env["maildesk.message.placement"].search([("folder_id", "=", self.id)])._place(twin, False)
                self.env["maildesk.operation"].search([("target_id", "=", self.id)]).write({"target_id": twin.id})
                self.env["maildesk.operation"].search([("folder_id", "=", self.id)]).write({"folder_id": twin.id})
                role = self.role
                self.unlink()
                twin.write({"role": twin.role or role})
            else:
                self.write({"remote_id": remote_id, "is_provisional": False})

    def _append(self, raw, flags=(), internal_date=None):
        """Put a mail into this folder: here at once, on the server soon.

        :param bytes raw: RFC 5322 octets; gets a Message-ID where it has none, by which it is found again.
        :param flags: names of ``providers.values.FLAGS``.
        :param datetime internal_date: naive UTC; now where None.
        :returns: its ``maildesk.message.placement``.
        :raises UserError: it cannot be kept until the server has it, in words.
        :raises AccessError: it would be sent mail, and the person may not send.
        """
        self.ensure_one()
        self.check_access("read")
        if self.account_id.state == "removed":
            raise UserError(self.account_id._gone_words())
        if self.role == "sent":
            self.account_id._check_action("allow_outgoing")
        return self._append_own(raw, flags, internal_date)

    def _append_own(self, raw, flags=(), internal_date=None):
        """The same for the engine: whether the person may do it was asked when they acted."""
        message, raw = message_from_octets(raw, flags, internal_date or fields.Datetime.now(), self.account_id.email)
        # the cache is the engine's to write; the person may use this mailbox
        owner = self.sudo()
        place = PageStore(owner.env, owner).add_own(message)
        try:
            kept = store_file(owner.env, {"name": "mail.eml", "raw": raw})
        except OSError as error:
            raise UserError(self.env._(
                "The mail was not stored, because Odoo cannot write files: %s. An administrator has to make room on the disk of "
                "Odoo's files; then try again.", error.strerror or error)) from error
        operation = owner.env["maildesk.operation"]._owe([{
            "kind": "append", "account_id": owner.account_id.id, "message_id": place.message_id.id, "placement_id": place.id,
            "target_id": owner.id, "raw_id": kept.id, "internal_date": message.internal_date, "user_id": self.env.uid,
        }])
        # as a field nobody may read: the source of a mail is had by downloading it
        kept.write({"res_model": operation._name, "res_id": operation.id, "res_field": "raw_id"})
        place._tell()
        return place.with_env(self.env)

    @api.model
    def _add_counts(self, folder_id, total, unread):
        """Move the counters by a difference, in the transaction that makes the difference true."""
        if total or unread:
            # relative, so that two writers never undo each other's share
            self.env.cr.execute(SQL(
                "UPDATE maildesk_folder SET total_count = total_count + %s, unread_count = unread_count + %s WHERE id = %s",
                total, unread, folder_id,
            ))
