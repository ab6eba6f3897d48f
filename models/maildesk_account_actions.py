from odoo import models
from odoo.exceptions import AccessError, UserError

from ..const import BUTTON_SECONDS, BUTTON_TIMEOUT, TEST_SECONDS, TEST_TIMEOUT
from ..providers.deadline import within
from ..providers.errors import ProviderError
from .time_limits import request_seconds


class MaildeskAccount(models.Model):
    _inherit = "maildesk.account"

    def action_test_incoming(self):
        """Connect to the incoming server and sign in.

        :raises UserError: what failed and what to do about it.
        """
        return self._action_test("incoming_server_id")

    def action_test_outgoing(self):
        """Connect to the outgoing server and sign in; nothing is sent.

        :raises UserError: what failed and what to do about it.
        """
        return self._action_test("outgoing_server_id")

    def _action_test(self, field):
        self.ensure_one()
        self._check_may_configure()
        server = self[field]
        if not server:
            raise UserError(self.env._("Choose the %s first.", self._fields[field].string))
        label = self._fields[field].string
        try:
            with within(TEST_SECONDS), server._provider(TEST_TIMEOUT):
                pass
        except ProviderError as error:
            words = self._error_words(error, server)
            self._log_apart("tested", self.env._("%(server)s: failed. %(reason)s", server=label, reason=words))
            raise UserError(words) from error
        except UserError as error:
            self._log_apart("tested", self.env._("%(server)s: failed. %(reason)s", server=label, reason=error))
            raise
        self._log("tested", detail=self.env._("%s: passed", label))
        return self._notice(self.env._("Connection Test Successful!"))

    def action_fetch_folders(self):
        """Discover the mailbox's folders; it starts to fill by itself.

        :raises UserError: what failed and what to do about it.
        """
        self.ensure_one()
        self._check_may_configure()
        if not self.incoming_server_id:
            raise UserError(self.env._("Choose the %s first.", self._fields["incoming_server_id"].string))
        try:
            with within(request_seconds(BUTTON_SECONDS)), self.incoming_server_id._provider(BUTTON_TIMEOUT) as provider:
                folders = provider.list_folders()
        except ProviderError as error:
            raise UserError(self._error_words(error, self.incoming_server_id)) from error
        # administrators have no right on folders, which are the mailbox's; the list itself is what this button is for
        self.env["maildesk.folder"].sudo()._apply_listing(self, folders)
        if self.state != "connected":
            self._log("connected", detail=self.incoming_server_id.name)
        # the state is not the administrator's to set, but what this button found out
        account = self.sudo()
        account.write({"state": "connected", "error_message": False})
        # an administrator acted: back-off ends
        account.sync_state_ids._rest_is_over()
        self._trigger_sync()
        count = sum(1 for folder in folders if folder.selectable)
        return self._notice(self.env._("%s folders found. The mailbox is filling in the background.", count), reload=True)

    def action_sync_now(self):
        """Fetch new mail at once, in the background.

        :raises UserError: the mailbox is archived or not connected.
        """
        for account in self:
            account.check_access("read")
            if not account.active:
                raise UserError(self.env._("%s is archived. An administrator can unarchive it.", account.name))
            if account.state not in ("connected", "error"):
                raise UserError(self.env._("%s is not connected. An administrator presses Fetch folders on it.", account.name))
        self._ask_for_sync()
        return self._notice(self.env._("New mail is being fetched in the background."))

    def _try_again(self):
        """Let mailboxes in trouble try with the next pass, which tells whether they still are."""
        # state and the engine's row are nobody's to write; that it is tried again is what they stand for
        troubled = self.sudo().filtered(
            lambda account: account.state in ("error", "needs_sign_in") and account.incoming_server_id)
        if troubled:
            troubled.write({"state": "connected", "error_message": False})
            troubled.sync_state_ids._rest_is_over()
            troubled._trigger_sync()

    def _ask_for_sync(self):
        """Have these mailboxes visited at once: somebody acted on them or waits for them."""
        self.env["maildesk.sync.request"]._ask(self.ids, by_person=True)

    def _trigger_sync(self):
        """Have the cron run as soon as a worker is free."""
        # a Mailbox Admin has no right on crons
        self.env.ref("maildesk.ir_cron_maildesk_sync").sudo()._trigger()

    def _check_may_configure(self):
        self.check_access("write")
        if not self.env.user.has_group("maildesk.group_maildesk_admin"):
            raise AccessError(self.env._("Only a Mailbox Admin may do this."))
        if self._is_paused():
            raise UserError(self.env._(
                "MailDesk is paused in this database (system parameter maildesk.paused): nothing is fetched or sent."))

    def _is_paused(self):
        value = self.env["ir.config_parameter"]._maildesk_value("maildesk.paused")
        return value.lower() not in ("", "0", "false", "no")

    def _notice(self, message, reload=False):
        then = {"type": "ir.actions.client", "tag": "soft_reload"} if reload else {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": message, "sticky": False, "next": then},
        }

    def _log(self, event, user=None, detail="", email=None):
        """Write a line of the Activity Log.

        :param str event: a value of ``maildesk.log.event``.
        :param user: whom it concerns, where that is not the one who acts.
        """
        # nobody may write the log; the module does
        self.env["maildesk.log"].sudo().create({
            "event": event,
            "account_id": self.id,
            "email": email or self.email,
            "company_id": self.company_id.id or self.env.company.id,
            "actor_id": self.env.uid,
            "user_id": user.id if user else False,
            # an error may be told in several paragraphs; a line has one
            "detail": " ".join(str(detail).split()),
        })

    def _log_apart(self, event, detail):
        """Log through a transaction of its own: the failure that is told rolls the caller's back."""
        with self.env["maildesk.connect.attempt"]._own_transaction() as other:
            self.with_env(other.env)._log(event, detail=detail)
