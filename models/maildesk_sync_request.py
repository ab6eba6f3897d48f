from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class MaildeskSyncRequest(models.Model):
    """Somebody wants this mailbox to be looked at now: the mail server called, a person acted.

    A table of its own that is only added to and deleted from. The engine's row (``maildesk.sync.state``) is rewritten by the
    running pass with every page: whoever else wrote there would make that page fail, and have to wait for it.
    """

    _name = "maildesk.sync.request"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Request to Fetch a Mailbox Now"
    _order = "id"
    _rec_name = "account_id"
    _log_access = False

    #: The cron that serves what :meth:`_urgent` answers.
    _cron = "maildesk.ir_cron_maildesk_urgent"

    account_id = fields.Many2one("maildesk.account", required=True, ondelete="cascade", index=True)
    by_person = fields.Boolean(help="Served even while the mailbox rests after failures.")
    asked_at = fields.Datetime(required=True, default=fields.Datetime.now)

    @api.model
    def _ask(self, account_ids, by_person=False):
        """Have these mailboxes looked at as soon as this transaction is committed; those that are not connected are left out.

        Whoever lets somebody ask has checked that they may.

        :param account_ids: ids, or deleted ones: what the asker knows may be some seconds old.
        :param bool by_person: somebody waits for it, so back-off does not count.
        """
        # people ask for mailboxes they may read, of which they do not see everything
        accounts = self.env["maildesk.account"].sudo().browse(account_ids).exists().filtered(
            lambda account: account.active and account.state in ("connected", "error"))
        # nobody has a right on this model: only the methods here reach it
        requests = self.sudo()
        asked = Domain("account_id", "in", accounts.ids) & (Domain("by_person", "=", True) if by_person else Domain.TRUE)
        accounts -= requests.search(asked).account_id
        requests.create([{"account_id": account.id, "by_person": by_person} for account in accounts])
        # one just asked for may be a worker's who gives it back this very moment, and neither of the two sees the other; one
        # asked for before that nobody serves has lost its call
        if accounts or not set(account_ids).isdisjoint(self._urgent()):
            # people have no right on crons
            self.env.ref(self._cron).sudo()._trigger()

    @api.model
    def _urgent(self):
        """Ids of the accounts to serve at once: first those a person waits for, then by who asked first.

        Not one a worker has: the pass that is under way looks again when it ends. Not one that rests after failures, unless
        a person asked. Not one whose server asked for a pause.
        """
        self.env.flush_all()
        # the ORM cannot order groups by what is in them
        rows = self.env.execute_query(SQL(
            """SELECT request.account_id
                 FROM maildesk_sync_request request
                 JOIN maildesk_account account ON account.id = request.account_id
                 JOIN maildesk_sync_state state ON state.account_id = request.account_id
                WHERE account.active AND account.state IN ('connected', 'error')
                  AND (state.lease_until IS NULL OR state.lease_until < now() AT TIME ZONE 'UTC')
                  AND (state.pause_ends_at IS NULL OR state.pause_ends_at <= now() AT TIME ZONE 'UTC')
                  AND (request.by_person OR state.next_try_at IS NULL OR state.next_try_at <= now() AT TIME ZONE 'UTC')
             GROUP BY request.account_id
             ORDER BY bool_or(request.by_person) DESC, min(request.id)"""
        ))
        return [row[0] for row in rows]

    @api.model
    def _taken(self, account_id, until=None):
        """A pass begins that answers what was asked for so far; called in the transaction that claims the account.

        :param int until: the last request it answers; None for all this transaction sees. Later ones stay and are served next.
        """
        answered = Domain("account_id", "=", account_id) & (Domain("id", "<=", until) if until else Domain.TRUE)
        # nobody has a right on this model: only the methods here reach it
        self.sudo().search(answered).unlink()
