from odoo import models
from odoo.exceptions import AccessError, UserError

from ..const import BUTTON_TIMEOUT
from ..providers.errors import (
    AuthError,
    CertificateError,
    FolderGone,
    MessageGone,
    ProviderError,
    RateLimited,
    Unreachable,
    Unsupported,
)


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
        provider = server._provider(BUTTON_TIMEOUT)
        try:
            with provider:
                pass
        except ProviderError as error:
            self._log_apart("tested", detail=f"{self._fields[field].string}: {type(error).__name__}")
            raise UserError(self._error_words(error, server)) from error
        self._log("tested", detail=self._fields[field].string)
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
            with self.incoming_server_id._provider(BUTTON_TIMEOUT) as provider:
                folders = provider.list_folders()
        except ProviderError as error:
            raise UserError(self._error_words(error, self.incoming_server_id)) from error
        # administrators have no right on folders, which are the mailbox's; the list itself is what this button is for
        self.env["maildesk.folder"].sudo()._apply_listing(self, folders)
        if self.state != "connected":
            self._log("connected", detail=self.incoming_server_id.name)
        self.write({"state": "connected", "error_message": False})
        self.sync_state_ids.sudo()._rest_is_over()  # an administrator acted: back-off ends
        self._trigger_sync()
        count = sum(1 for folder in folders if folder.selectable)
        return self._notice(self.env._("%s folders found. The mailbox is filling in the background.", count), reload=True)

    def action_sync_now(self):
        """Fetch new mail at once, in the background.

        :raises UserError: the mailbox is not connected.
        """
        for account in self:
            account.check_access("read")
            if account.state not in ("connected", "error"):
                raise UserError(self.env._("%s is not connected. An administrator presses Fetch folders on it.", account.name))
        self._ask_for_sync()
        return True

    def _try_again(self):
        """Let mailboxes in trouble try with the next pass, which tells whether they still are."""
        troubled = self.filtered(lambda account: account.state in ("error", "needs_sign_in") and account.incoming_server_id)
        if troubled:
            troubled.write({"state": "connected", "error_message": False})
            # the engine's row is nobody's to write
            troubled.sudo().sync_state_ids._rest_is_over()
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
        # a Mailbox Admin has no right on system parameters; get_param would answer what this process knew before the pause
        value = self.env["ir.config_parameter"].sudo().search([("key", "=", "maildesk.paused")]).value or ""
        return value.strip().lower() not in ("", "0", "false", "no")

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
            "detail": detail,
        })

    def _log_apart(self, event, detail):
        """Log through a transaction of its own: the failure that is told rolls the caller's back."""
        with self.env["maildesk.connect.attempt"]._own_transaction() as other:
            self.with_env(other.env)._log(event, detail=detail)

    def _error_words(self, error, server):
        """What a person is told about a provider's failure, and what to do next.

        :param ProviderError error: what the provider raised.
        :param server: the server record it was talking to.
        """
        words = self._unreachable_words if isinstance(error, Unreachable) else self._refused_words
        text = words(error, server)
        if not error.detail:
            return text
        spoken = not isinstance(error, Unreachable | CertificateError)
        detail = self.env._("The server said: %s", error.detail) if spoken else self.env._("In detail: %s", error.detail)
        return f"{text}\n\n{detail}"

    def _change_refused_words(self, error, server):
        """What a person is told where the server refused a change they made.

        :param ProviderError error: what the provider raised.
        :param server: the server record it was talking to.
        """
        match error:
            case FolderGone():
                text = self.env._("A folder this needs is no longer on %s, or may not be changed.", server.host)
            case Unsupported():
                text = self.env._("%s does not allow this in that folder.", server.host)
            case RateLimited():
                text = self.env._("%s does not take it now: the mailbox may be full, or too much was asked at once.", server.host)
            case _:
                text = self.env._("%s refused it.", server.host)
        return f"{text} {self.env._('The server said: %s', error.detail)}" if error.detail else text

    def _unreachable_words(self, error, server):
        port, host = server.port or server._usual_ports[server.encryption], server.host
        match error.reason:
            case "name":
                return self.env._("The name %s was not found. Check how the server is spelled.", host)
            case "refused":
                return self.env._(
                    "%(host)s refuses connections on port %(port)s. Check port and connection security.", host=host, port=port)
            case "timeout":
                return self.env._(
                    "%(host)s did not answer on port %(port)s in time. Check the port; a firewall may be in between.",
                    host=host, port=port)
            case "starttls":
                return self.env._("%s does not offer STARTTLS on this port. Choose SSL/TLS and its usual port.", host)
            case "protocol":
                return self.env._(
                    "What answers at %(host)s on port %(port)s does not speak as expected. Check that port and connection "
                    "security belong together.", host=host, port=port)
            case "closed":
                return self.env._("%s closed the connection. Try again in a few minutes.", host)
            case "blocked":
                return self.env._("%s leads to another address than a moment ago, and not to an allowed one. Try again.", host)
        return self.env._("%s could not be reached. Check the network and the server's name.", host)

    def _refused_words(self, error, server):
        match error:
            case AuthError():
                return self.env._(
                    "%(host)s does not accept user name and password of %(user)s. Enter them again. Where the provider blocks "
                    "sign-ins, look for its mail about a blocked sign-in; for Gmail with a password, use an app password.",
                    host=server.host, user=server.username or self.env._("(no user name)"))
            case CertificateError(reason="expired"):
                return self.env._("The certificate of %s has expired. Tell the server's administrator.", server.host)
            case CertificateError(reason="name"):
                return self.env._(
                    "The certificate of %s was made for another name. Use the name its provider documents.", server.host)
            case CertificateError():
                return self.env._(
                    "The certificate of %s is signed by nobody this server trusts. Tell the mail server's administrator, or have "
                    "its authority added to the trusted ones of the machine Odoo runs on.", server.host)
            case MessageGone() | FolderGone():
                return self.env._("This is no longer where it was on %s: another mail program moved or deleted it.", server.host)
            case RateLimited():
                return self.env._("%s asks for a pause. Try again in a few minutes.", server.host)
        return self.env._("%s answered in a way that was not understood. Try again, or tell its administrator.", server.host)
