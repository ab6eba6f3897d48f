from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import FOLDER_ROLES


class MaildeskFolder(models.Model):
    """A folder of a mailbox, as far as it is cached here. Readable only by the people on the mailbox's list."""

    _name = "maildesk.folder"
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
    total_count = fields.Integer("Messages", default=0, readonly=True)
    unread_count = fields.Integer("Unread", default=0, readonly=True)
    remaining_count = fields.Integer("Still to Load", default=0, readonly=True, help="Messages of the history not loaded yet.")
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
        "role", "account_id.company_id", "account_id.incoming_server_id.server_type", "account_id.access_ids.user_id.company_ids",
        "account_id.access_ids.allow_incoming", "account_id.access_ids.allow_spam", "account_id.access_ids.allow_imap",
        "account_id.access_ids.allow_gmail", "account_id.access_ids.allow_outlook",
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
        accounts = self.env["maildesk.account"]
        readable = Domain("account_id", "in", accounts._readable_accounts_sql(self.env.uid))
        with_junk = Domain("account_id", "in", accounts._readable_accounts_sql(self.env.uid, junk=True))
        return readable & (Domain("role", "=", False) | Domain("role", "!=", "junk") | with_junk)

    @api.model
    def _apply_listing(self, account, listing):
        """Make the account's folders what the server lists.

        :param account: the ``maildesk.account``.
        :param list listing: ``RemoteFolder``, parents before children.
        """
        known = {folder.remote_id: folder for folder in self.search([("account_id", "=", account.id)])}
        taken = {folder.role for folder in known.values() if folder.role_is_manual}
        for remote in listing:
            folder = known.get(remote.remote_id)
            values = {
                "name": remote.name,
                "parent_id": known[remote.parent_remote_id].id if remote.parent_remote_id in known else False,
                "selectable": remote.selectable,
            }
            if not (folder and folder.role_is_manual):
                values["role"] = remote.role if remote.role not in taken else False
            if folder is None:
                known[remote.remote_id] = self.create({
                    "account_id": account.id, "remote_id": remote.remote_id, **values,
                    # All Mail, Starred and the like repeat what lies elsewhere
                    "sync_enabled": remote.selectable and remote.role not in ("all", "flagged", "important"),
                })
                continue
            changed = {name: value for name, value in values.items() if self._differs(folder[name], value)}
            if changed:
                folder.write(changed)
        gone = [folder.id for remote_id, folder in known.items() if remote_id not in {remote.remote_id for remote in listing}]
        self.browse(gone)._remove()
        # the view over these rows does not know that they changed
        self.env["maildesk.folder.setting"].invalidate_model()
        account.invalidate_recordset(["folder_setting_ids"])

    @staticmethod
    def _differs(current, value):
        return (current.id if isinstance(current, models.BaseModel) else current or False) != (value or False)

    def _remove(self):
        """The server no longer has these folders: their placements go, the messages keep what is linked to them."""
        if self:
            self.env["maildesk.message.placement"]._drop(SQL("folder_id = ANY(%s)", self.ids))
            self.unlink()

    @api.model
    def _add_counts(self, folder_id, total, unread):
        """Move the counters by a difference, in the transaction that makes the difference true."""
        if total or unread:
            # relative, so that two writers never undo each other's share
            self.env.cr.execute(SQL(
                "UPDATE maildesk_folder SET total_count = total_count + %s, unread_count = unread_count + %s WHERE id = %s",
                total, unread, folder_id,
            ))
