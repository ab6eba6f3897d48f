from odoo import models
from odoo.exceptions import UserError


class MaildeskAccount(models.Model):
    """Reset Mailbox Sync State: the cached view is cleared and rebuilt; everything else stays."""

    _inherit = "maildesk.account"

    def action_reset_sync_state(self):
        """Clear what is cached of the mailbox and have it built anew, in the background.

        Servers, sign-in, folder settings and emails linked to records stay, and so do the mails themselves with what hangs on
        them: they are found again by what names them on the server.

        :raises UserError: the mailbox is not connected.
        """
        self.ensure_one()
        self._check_may_configure()
        if self.state not in ("connected", "error", "needs_sign_in"):
            raise UserError(self.env._("%s is not connected: there is nothing to rebuild it from.", self.name))
        # administrators have no right on folders, which are the mailbox's
        self.sudo().folder_ids._begin_anew()
        self._log("reset")
        # an administrator acted: back-off ends
        self.sudo().sync_state_ids._rest_is_over()
        self._ask_for_sync()
        return self._notice(self.env._("The mailbox is being rebuilt in the background, newest mail first."), reload=True)


class MaildeskFolder(models.Model):
    _inherit = "maildesk.folder"

    #: What a folder that begins anew takes along.
    _kept = ("account_id", "name", "remote_id", "role", "role_is_manual", "selectable", "sync_enabled", "is_provisional")

    def _begin_anew(self):
        """Put an empty folder in each one's place; the old one goes with its mail, in bounded batches."""
        heirs = {}
        for folder in self:
            values = {name: folder[name] for name in self._kept}
            values["account_id"] = folder.account_id.id
            # the key is unique among the mailbox's folders
            folder.remote_id = f"replaced {folder.id}"
            folder.flush_recordset()
            heirs[folder.id] = self.create(values)
        for folder in self:
            heir = heirs[folder.id]
            heir.parent_id = heirs.get(folder.parent_id.id)
            # what is owed to the server is owed still
            self.env["maildesk.operation"].search([("folder_id", "=", folder.id)]).write({"folder_id": heir.id})
            self.env["maildesk.operation"].search([("target_id", "=", folder.id)]).write({"target_id": heir.id})
            under_way = self.env["maildesk.message.placement"].search([("folder_id", "=", folder.id), ("remote_id", "=", False)])
            under_way._place(heir, False)
        self._remove()
