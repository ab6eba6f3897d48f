from odoo import api, fields, models

#: Minutes an operation may wait until the app mentions it.
PATIENCE = 2


class MaildeskAccount(models.Model):
    """The app's folder tree, under the reader's own rights."""

    _inherit = "maildesk.account"

    @api.model
    def _tree(self):
        """The mailboxes the reader may open, with their folders and counters.

        Of an account: ``loaded``, ``remaining`` (messages) and ``percent`` of what was there before it was connected;
        ``pending``, ``delayed`` (pending for minutes) and ``failed`` count the changes its server was not told yet.
        """
        folders = self.env["maildesk.folder"].search([("account_id.active", "=", True)])
        accounts = folders.account_id | self.search([("is_accessible", "=", True)])
        by_account = folders.grouped("account_id")
        # a removed mailbox is there for what was kept of it
        accounts = accounts.filtered(
            lambda account: account.state != "removed" or any(folder.total_count for folder in by_account.get(account, ())))
        owed = self._owed(accounts)
        with_junk = self.search([("id", "in", self._readable_accounts_sql(self.env.uid, junk=True))])
        sending, exporting = (accounts._allowing(name) for name in ("allow_outgoing", "allow_export"))
        return [
            {
                "id": account.id,
                "name": account.name,
                "email": account.email,
                "state": account.state,
                "error_message": account.error_message or "",
                "last_sync_at": fields.Datetime.to_string(account.last_sync_at) or "",
                "next_try_at": account._next_try(),
                "may_junk": account in with_junk,
                "may_send": account in sending,
                "may_export": account in exporting,
                "outbox_count": account.outbox_count if account in sending else 0,
                **owed[account.id],
                **account._progress(by_account.get(account, folders.browse())),
                "folders": [_node(folder, folders) for folder in by_account.get(account, ())],
            }
            for account in accounts.sorted(lambda account: (account.name.lower(), account.id))
        ]

    def _next_try(self):
        """When a mailbox in trouble is tried again, as text in UTC."""
        if self.state != "error":
            return ""
        # the engine's row is an administrator's to read; when it tries again may everyone know who reads the mailbox
        return fields.Datetime.to_string(self.sudo().sync_state_ids.next_try_at) or ""

    @api.model
    def _progress(self, folders):
        """How far the first synchronisation of some folders has come."""
        synchronised = folders.filtered("sync_enabled")
        loaded, remaining = (sum(synchronised.mapped(name)) for name in ("total_count", "remaining_count"))
        return {
            "loaded": loaded,
            "remaining": remaining,
            "percent": 100 * loaded // (loaded + remaining) if remaining else 100,
        }

    @api.model
    def _owed(self, accounts):
        """Account id → how many operations wait, wait for long, failed."""
        found = {account.id: {"pending": 0, "delayed": 0, "failed": 0} for account in accounts}
        operations = self.env["maildesk.operation"]
        domain = [("account_id", "in", accounts.ids), ("state", "in", ("pending", "failed"))]
        for account, state, count in operations._read_group(domain, ["account_id", "state"], ["__count"]):
            found[account.id][state] = count
        patience = fields.Datetime.subtract(fields.Datetime.now(), minutes=PATIENCE)
        domain = [("account_id", "in", accounts.ids), ("state", "=", "pending"), ("create_date", "<", patience)]
        for account, count in operations._read_group(domain, ["account_id"], ["__count"]):
            found[account.id]["delayed"] = count
        return found


def _node(folder, readable):
    """What the tree shows of a folder; the one above it only where it is among the ``readable``."""
    return {
        "id": folder.id,
        "parent_id": folder.parent_id.id if folder.parent_id in readable else False,
        "name": folder.name,
        "role": folder.role or "",
        "selectable": folder.selectable,
        # what was kept of a removed mailbox is all there is
        "sync_enabled": folder.sync_enabled or folder.account_id.state == "removed",
        "unread": folder.unread_count,
        "total": folder.total_count,
        "remaining": folder.remaining_count,
        "error_message": folder.error_message or "",
    }
