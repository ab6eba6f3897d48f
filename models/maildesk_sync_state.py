import uuid

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import BACK_OFF, LEASE_SECONDS


class LeaseLost(Exception):
    """Another worker has taken the account over; what this one holds must not be stored."""


class MaildeskSyncState(models.Model):
    """The engine's own row of an account: who works on it, how far it is, when to try next.

    Nothing else writes it, so that a pass never makes an administrator's Save or a colleague's join wait. A worker owns the
    account by a lease: a random token and an end that every page renews, in the page's own transaction. A worker that died
    loses the account when the lease ends; one that only slept finds its token gone and its page refused::

        free --_claim--> leased --_renew (each page)--> leased --_release--> free
                            \\--------- lease ends ----------------------------/
    """

    _name = "maildesk.sync.state"
    _description = "Mailbox Sync State"
    _order = "id"
    _rec_name = "account_id"

    account_id = fields.Many2one("maildesk.account", required=True, readonly=True, ondelete="cascade")
    lease_token = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    lease_until = fields.Datetime(readonly=True)
    started_at = fields.Datetime("Pass Started", readonly=True)
    last_sync_at = fields.Datetime("Last Good Pass", readonly=True)
    next_try_at = fields.Datetime("Next Try", readonly=True, help="Empty: with the next run of the cron.")
    failures = fields.Integer("Failures in a Row", default=0, readonly=True)

    _account_uniq = models.UniqueIndex("(account_id)")

    @api.model
    def _due(self):
        """Accounts a worker could take now, the one that waited longest first."""
        self.env.flush_all()
        # SKIP LOCKED is not needed here: who gets the account is decided by _claim
        rows = self.env.execute_query(SQL(
            """SELECT state.account_id
                 FROM maildesk_sync_state state
                 JOIN maildesk_account account ON account.id = state.account_id
                WHERE account.active AND account.state IN ('connected', 'error')
                  AND (state.lease_until IS NULL OR state.lease_until < now() AT TIME ZONE 'UTC')
                  AND (state.next_try_at IS NULL OR state.next_try_at <= now() AT TIME ZONE 'UTC')
             ORDER BY state.started_at NULLS FIRST"""
        ))
        return [row[0] for row in rows]

    @api.model
    def _claim(self, account_id):
        """Take an account's lease.

        :returns: its token, or None where another worker has it. Takes effect with the caller's commit.
        """
        token = uuid.uuid4().hex
        # the ORM cannot say "only where the lease has ended" in one statement
        claimed = self.env.execute_query(SQL(
            """UPDATE maildesk_sync_state
                  SET lease_token = %(token)s, started_at = now() AT TIME ZONE 'UTC',
                      lease_until = (now() + make_interval(secs => %(seconds)s)) AT TIME ZONE 'UTC'
                WHERE id = (SELECT id FROM maildesk_sync_state
                             WHERE account_id = %(account)s
                               AND (lease_until IS NULL OR lease_until < now() AT TIME ZONE 'UTC')
                               FOR UPDATE SKIP LOCKED)
            RETURNING id""",
            token=token, seconds=LEASE_SECONDS, account=account_id,
        ))
        return token if claimed else None

    @api.model
    def _renew(self, account_id, token):
        """Prolong the lease, in the transaction that stores a page.

        :raises LeaseLost: it is no longer ours; the transaction has to be rolled back.
        """
        kept = self.env.execute_query(SQL(
            # clock_timestamp: the transaction may have begun well before
            """UPDATE maildesk_sync_state
                  SET lease_until = (clock_timestamp() + make_interval(secs => %(seconds)s)) AT TIME ZONE 'UTC'
                WHERE account_id = %(account)s AND lease_token = %(token)s
            RETURNING id""",
            seconds=LEASE_SECONDS, account=account_id, token=token,
        ))
        if not kept:
            raise LeaseLost

    @api.model
    def _release(self, account_id, token, failed=None):
        """Give the account back.

        :param failed: None where the worker only ran out of time, False after a good pass, True after a failure.
        """
        state = self.search([("account_id", "=", account_id)])
        self._renew(account_id, token)
        state.invalidate_recordset()
        values = {"lease_token": False, "lease_until": False}
        if failed is False:
            values |= {"failures": 0, "next_try_at": False, "last_sync_at": fields.Datetime.now()}
        elif failed:
            minutes = BACK_OFF[min(state.failures, len(BACK_OFF) - 1)]
            values |= {
                "failures": state.failures + 1,
                "next_try_at": fields.Datetime.add(fields.Datetime.now(), minutes=minutes),
            }
        state.write(values)

    def _rest_is_over(self):
        """Somebody acted: try again with the next run, however often it failed."""
        resting = self.filtered("next_try_at")
        if resting:
            resting.write({"next_try_at": False, "failures": 0})
