from odoo import fields, models
from odoo.exceptions import AccessError

from ..const import FOLDER_ROLES
from .request_values import check_values


class MaildeskFolderSetting(models.Model):
    """What a Mailbox Admin may see and set of a folder without being on the mailbox's list.

    ``maildesk.folder`` is readable only by the people on the list, administrators included; but the Folders tab has to work
    for who sets a mailbox up. This view of the same rows shows a folder's name, role and progress, never its mail.
    """

    _name = "maildesk.folder.setting"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Folder Settings of a Mailbox"
    _auto = False
    _order = "account_id, sequence, path, id"
    _rec_name = "path"
    _writable = frozenset({"role", "sync_enabled"})
    _depends = {
        "maildesk.folder": [
            "account_id", "parent_id", "name", "sequence", "role", "selectable", "sync_enabled", "total_count", "remaining_count",
            "error_message", "active", "cursor", "last_pass_at",
        ],
        "maildesk.account": ["company_id"],
    }

    account_id = fields.Many2one("maildesk.account", "Mailbox", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    path = fields.Char("Folder", readonly=True)
    sequence = fields.Integer(readonly=True)
    role = fields.Selection(FOLDER_ROLES, help="What the folder is used for. Correct it where MailDesk guessed wrong.")
    selectable = fields.Boolean(readonly=True)
    sync_enabled = fields.Boolean("Synchronised")
    total_count = fields.Integer("Messages", readonly=True)
    remaining_count = fields.Integer("Still to Load", readonly=True)
    progress = fields.Float("Loaded", readonly=True, help="Percent of the folder's history that is here.")
    state = fields.Selection(
        [
            ("off", "Not synchronised"), ("waiting", "Waiting"), ("loading", "Loading"), ("ready", "Up to date"),
            ("error", "Error"),
        ],
        "Status", readonly=True,
    )
    last_pass_at = fields.Datetime("Last Fetched", readonly=True, help="When something in it was fetched last.")
    error_message = fields.Char("Last Error", readonly=True)

    @property
    def _table_query(self):
        return """
            WITH RECURSIVE tree AS (
                SELECT folder.id, folder.name::text AS path FROM maildesk_folder folder
                 WHERE folder.parent_id IS NULL AND folder.active
                UNION ALL
                SELECT folder.id, tree.path || ' / ' || folder.name
                  FROM maildesk_folder folder JOIN tree ON folder.parent_id = tree.id
            )
            SELECT folder.id, folder.account_id, account.company_id, tree.path, folder.sequence, folder.role, folder.selectable,
                   folder.sync_enabled, folder.total_count, folder.remaining_count, folder.error_message, folder.last_pass_at,
                   CASE WHEN folder.remaining_count > 0
                        THEN 100.0 * folder.total_count / (folder.total_count + folder.remaining_count)
                        ELSE 100.0 END AS progress,
                   CASE WHEN NOT folder.sync_enabled OR NOT folder.selectable THEN 'off'
                        WHEN folder.error_message IS NOT NULL THEN 'error'
                        WHEN folder.cursor IS NULL THEN 'waiting'
                        WHEN folder.remaining_count > 0 THEN 'loading' ELSE 'ready' END AS state
              FROM maildesk_folder folder
              JOIN maildesk_account account ON account.id = folder.account_id
              JOIN tree ON tree.id = folder.id
        """

    def write(self, vals):  # pylint: disable=method-required-super
        """Pass role and switch on to the folders themselves; nothing else can be set here."""
        # no super(): a view has nothing to write to
        self.check_access("write")
        if set(vals) - self._writable:
            raise AccessError(self.env._("Only a folder's role and whether it is synchronised can be set here."))
        check_values(self, vals)
        if "role" in vals:
            vals = {**vals, "role_is_manual": True}
        # an administrator has no right on folders, only on these two of their fields
        folders = self.env["maildesk.folder"].sudo().browse(self.ids)
        if vals.get("role"):
            rivals = folders.account_id.folder_ids.filtered(lambda folder: folder.role == vals["role"]) - folders
            rivals.write({"role": False, "role_is_manual": True})
        folders.write(vals)
        self.invalidate_model()
        if vals.get("sync_enabled"):
            folders.account_id._trigger_sync()
        return True
