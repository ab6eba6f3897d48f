import uuid

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import BACK_OFF, LEASE_SECONDS, LONGEST_PAUSE_HOURS


class LeaseLost(Exception):
    """Another worker has taken the account over; what this one holds must not be stored."""


class PassStopped(LeaseLost):
    """The mailbox was disconnected or archived, or MailDesk paused: the pass ends here, without blame."""


class MaildeskSyncState(models.Model):
    """The engine's own row of an account: who works on it, how far it is, when to try next.

    Nothing else writes it, so that a pass never makes an administrator's Save or a colleague's join wait. A worker owns the
    account by a lease: a random token and an end that every page renews, in the page's own transaction. A worker that died
    loses the account when the lease ends; one that only slept finds its token gone and its page refused::

        free --_claim--> leased --_renew (each page)--> leased --_release--> free
                            \\--------- lease ends ----------------------------/
    """

    _name = "maildesk.sync.state"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Mailbox Sync State"
    _order = "id"
    _rec_name = "account_id"

    account_id = fields.Many2one("maildesk.account", required=True, readonly=True, ondelete="cascade")
    lease_token = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    lease_until = fields.Datetime(readonly=True)
    started_at = fields.Datetime("Pass Started", readonly=True)
    last_sync_at = fields.Datetime("Last Good Pass", readonly=True)
    next_try_at = fields.Datetime("Next Try", readonly=True, help="Empty: with the next run of the cron.")
    pause_ends_at = fields.Datetime(
        "Pause Until", readonly=True, help="The mail server asked for a pause: until then it is not asked, whoever waits.")
    failures = fields.Integer("Failures in a Row", default=0, readonly=True)
    pass_seconds = fields.Float("Last Pass (s)", readonly=True, digits=(12, 3), help="How long the last pass took.")
    pass_messages = fields.Integer("New Messages", readonly=True, help="New messages of the last pass.")
    pass_commands = fields.Integer("Commands Sent", readonly=True, help="What the last pass asked the mail server.")
    loaded_count = fields.Integer("Messages Here", compute="_compute_progress", compute_sudo=True)
    remaining_count = fields.Integer("Still to Load", compute="_compute_progress", compute_sudo=True)
    progress = fields.Float("Loaded", compute="_compute_progress", compute_sudo=True, help="Percent of the history that is here.")
    pending_count = fields.Integer("Changes Waiting", compute="_compute_owed", compute_sudo=True)
    failed_count = fields.Integer("Changes Refused", compute="_compute_owed", compute_sudo=True)

    _account_uniq = models.UniqueIndex("(account_id)")

    @api.depends("account_id.folder_ids.total_count", "account_id.folder_ids.remaining_count")
    def _compute_progress(self):
        for state in self:
            folders = state.account_id.folder_ids.filtered("sync_enabled")
            state.loaded_count = sum(folders.mapped("total_count"))
            state.remaining_count = sum(folders.mapped("remaining_count"))
            known = state.loaded_count + state.remaining_count
            state.progress = 100.0 * state.loaded_count / known if known else 100.0

    def _compute_owed(self):
        counts = {
            (account.id, state): count for account, state, count in self.env["maildesk.operation"]._read_group(
                [("account_id", "in", self.account_id.ids), ("state", "in", ("pending", "failed"))],
                ["account_id", "state"], ["__count"])
        }
        for state in self:
            state.pending_count = counts.get((state.account_id.id, "pending"), 0)
            state.failed_count = counts.get((state.account_id.id, "failed"), 0)

    @api.model
    def _due(self, account_ids=None):
        """Accounts a worker could take now, the one that waited longest first.

        :param list account_ids: only of these, and although they rest after failures.
        :returns: tuples of account, its server's host, and whether history is still to be loaded.
        """
        self.env.flush_all()
        # who gets an account is decided by _claim; the ORM cannot order by what it does not read
        return self.env.execute_query(SQL(
            """SELECT state.account_id, lower(coalesce(server.host, '')),
                      EXISTS (SELECT FROM maildesk_folder folder
                               WHERE folder.account_id = state.account_id AND folder.remaining_count > 0)
                 FROM maildesk_sync_state state
                 JOIN maildesk_account account ON account.id = state.account_id
            LEFT JOIN maildesk_incoming_server server ON server.id = account.incoming_server_id
                WHERE account.active AND account.state IN ('connected', 'error')
                  AND (state.lease_until IS NULL OR state.lease_until < now() AT TIME ZONE 'UTC')
                  AND (state.pause_ends_at IS NULL OR state.pause_ends_at <= now() AT TIME ZONE 'UTC')
                  AND CASE WHEN %(asked)s THEN state.account_id = ANY(%(accounts)s)
                           ELSE state.next_try_at IS NULL OR state.next_try_at <= now() AT TIME ZONE 'UTC' END
             ORDER BY state.started_at NULLS FIRST""", asked=account_ids is not None, accounts=list(account_ids or ()),
        ))

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
        if not claimed:
            return None
        self.env["maildesk.sync.request"]._taken(account_id)
        return token

    @api.model
    def _renew(self, account_id, token, more=0.0):
        """Prolong the lease, in the transaction that stores a page.

        :param float more: seconds beyond the usual ones.
        :returns: whether people's changes wait to be pushed for the first time.
        :raises LeaseLost: it is no longer ours; the transaction has to be rolled back.
        :raises PassStopped: nothing more is to be done.
        """
        rows = self.env.execute_query(SQL(
            # clock_timestamp: the transaction may have begun well before; the parameter is read past the caches of this process
            """UPDATE maildesk_sync_state state
                  SET lease_until = (clock_timestamp() + make_interval(secs => %(seconds)s)) AT TIME ZONE 'UTC'
                 FROM maildesk_account account
                WHERE state.account_id = %(account)s AND state.lease_token = %(token)s AND account.id = state.account_id
            RETURNING account.active AND account.state IN ('connected', 'error') AND NOT EXISTS (
                          SELECT FROM ir_config_parameter
                           WHERE key = 'maildesk.paused' AND lower(trim(value)) NOT IN ('', '0', 'false', 'no')),
                      EXISTS (SELECT FROM maildesk_operation
                               WHERE account_id = %(account)s AND state = 'pending' AND attempts = 0
                                 AND (remote_id IS NOT NULL OR kind = 'append')
                                 AND (next_try_at IS NULL OR next_try_at <= clock_timestamp() AT TIME ZONE 'UTC'))""",
            seconds=LEASE_SECONDS + more, account=account_id, token=token,
        ))
        if not rows:
            raise LeaseLost
        [(may_go_on, owes)] = rows
        if not may_go_on:
            raise PassStopped
        return owes

    @api.model
    def _release(self, account_id, token, failed=None, cost=None, pause=0.0):
        """Give the account back.

        :param failed: None where the worker only ran out of time, False after a good pass, True after a failure.
        :param dict cost: what the pass cost, by field.
        :param float pause: seconds the server asked to wait.
        """
        state = self.search([("account_id", "=", account_id), ("lease_token", "=", token)])
        if not state:
            raise LeaseLost
        # _claim and _renew wrote past the cache
        state.invalidate_recordset()
        now = fields.Datetime.now()
        pause_ends_at = fields.Datetime.add(now, seconds=pause) if pause else False
        values = {"lease_token": False, "lease_until": False, "pause_ends_at": pause_ends_at, **(cost or {})}
        if failed is False:
            values |= {"failures": 0, "next_try_at": False, "last_sync_at": now}
        elif failed:
            minutes = BACK_OFF[min(state.failures, len(BACK_OFF) - 1)]
            values |= {
                "failures": state.failures + 1,
                "next_try_at": fields.Datetime.add(now, minutes=minutes),
            }
        if pause:
            values["next_try_at"] = max(pause_ends_at, values.get("next_try_at") or pause_ends_at)
        state.write(values)

    @api.model
    def _is_overdue(self, account_id):
        """Whether the last good sync run was so long ago that it is no longer a pause."""
        state = self.search([("account_id", "=", account_id)])
        long_ago = fields.Datetime.subtract(fields.Datetime.now(), hours=LONGEST_PAUSE_HOURS)
        return (state.last_sync_at or state.create_date) < long_ago

    @api.model
    def _come_again(self, account_id):
        """See that what came up during the pass is not left until the next round: requests, and changes to be tried again.

        In a transaction after the one that released the account: who asked in that very moment found it still taken.
        """
        if self.env["maildesk.sync.request"].search_count([("account_id", "=", account_id)], limit=1):
            self.env.ref("maildesk.ir_cron_maildesk_urgent")._trigger()
        waiting = self.env["maildesk.operation"].search(
            [("account_id", "=", account_id), ("state", "=", "pending"), ("next_try_at", "!=", False)],
            order="next_try_at", limit=1)
        if waiting:
            self.env.ref("maildesk.ir_cron_maildesk_sync")._trigger(at=waiting.next_try_at)

    def _rest_is_over(self):
        """Somebody acted on the connection: try again with the next run, however often it failed."""
        resting = self.filtered(lambda state: state.next_try_at or state.pause_ends_at)
        if resting:
            resting.write({"next_try_at": False, "pause_ends_at": False, "failures": 0})
