from odoo import api, models
from odoo.tools import SQL

from ..const import WATCHER_LOCK


class MaildeskAccount(models.Model):
    """What the IDLE watcher (``cli/idle``) asks the database, and how the database calls it."""

    _inherit = "maildesk.account"

    #: PostgreSQL's channel a watcher listens to.
    _idle_channel = "maildesk_idle"

    @api.model
    def _idle_targets(self):
        """The mailboxes to hold a line for.

        :returns: account id → ``(host, signature)``. A line made under another signature was made with settings or a
            password that no longer count.
        """
        if self._is_paused():
            return {}
        accounts = self.search([("state", "in", ("connected", "error")), ("incoming_server_id", "!=", False)])
        servers = accounts.incoming_server_id
        # nobody has a right on credentials; when one was written says nothing of what it holds
        credentials = self.env["maildesk.credential"].sudo().search([
            ("incoming_server_id", "in", servers.ids), ("kind", "=", "password")])
        written_at = {credential.incoming_server_id: credential.write_date for credential in credentials}
        return {
            account.id: (server.host, (server.id, *(server[name] for name in server._secret_goes_to), written_at.get(server)))
            for account in accounts for server in account.incoming_server_id
        }

    def write(self, vals):
        result = super().write(vals)
        if not {"active", "state", "incoming_server_id"}.isdisjoint(vals):
            self._call_idle_watcher()
        return result

    def unlink(self):
        result = super().unlink()
        self._call_idle_watcher()
        return result

    @api.model
    def _is_watched(self):
        """Whether a watcher serves this database right now."""
        # its advisory lock tells, which the ORM knows nothing of
        [(is_watched,)] = self.env.execute_query(SQL(
            """SELECT EXISTS (SELECT FROM pg_locks
                               WHERE locktype = 'advisory' AND (classid, objid) = (%s, %s) AND granted
                                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))""",
            *WATCHER_LOCK))
        return is_watched

    @api.model
    def _call_idle_watcher(self):
        """Have a watcher look at the list of mailboxes again, once this transaction is committed."""
        # the ORM knows no NOTIFY; PostgreSQL sends it with the commit, once however often it is said
        self.env.cr.execute("SELECT pg_notify(%s, '')", [self._idle_channel])
