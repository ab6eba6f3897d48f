import logging

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import ADMIN, OAUTH_PROVIDERS, PROVIDER_NAMES
from ..providers.errors import AuthError, ProviderError, Unreachable
from ..providers.oauth import SIGN_IN, ClientRefused, OAuthRefused
from .maildesk_credential import SecretKeyLost

_logger = logging.getLogger(__name__)

GOOGLE_DOMAINS = ("gmail.com", "googlemail.com")


class MaildeskAccount(models.Model):
    """Signing a mailbox in at Google or Microsoft, and out again."""

    _inherit = "maildesk.account"

    # read as superuser: who may read the mailbox may know these, in whichever of their companies they are just now
    incoming_type = fields.Selection(related="incoming_server_id.server_type", string="Provider", groups=ADMIN)
    outgoing_type = fields.Selection(related="outgoing_server_id.server_type", string="Outgoing Server Type", groups=ADMIN)
    oauth_email = fields.Char(
        "Signed In As", compute="_compute_oauth_email", groups=ADMIN,
        help="The account that gave MailDesk its permission. It may differ from the mailbox's address: an alias, or a shared "
        "mailbox of Microsoft 365.",
    )

    def _compute_oauth_email(self):
        for account in self:
            held = account._origin._held()
            account.oauth_email = held[1].email if held else False

    def _held(self):
        """``maildesk.credential._grant``, or None where the key to it is lost: the mailbox says so by its state."""
        try:
            return self.env["maildesk.credential"]._grant(self)
        except SecretKeyLost:
            return None

    def write(self, vals):
        told = self.browse()
        if vals.get("state") == "needs_sign_in":
            told = self.filtered(lambda account: account.state != "needs_sign_in")
        result = super().write(vals)
        for account in told:
            account._tell_owner()
        return result

    # -------------------------------------------------------------------------
    # Buttons
    # -------------------------------------------------------------------------

    def action_connect_google(self):
        """Go to Google's sign-in, for receiving and sending.

        :raises UserError: what is missing, in words.
        """
        return self._begin_sign_in("google")

    def action_connect_microsoft(self):
        """Go to Microsoft's sign-in, for receiving and sending.

        :raises UserError: what is missing, in words.
        """
        return self._begin_sign_in("microsoft")

    def action_reconnect(self):
        """Pick up where it stopped: with a sign-in, or with the password entered on the server's form."""
        self.ensure_one()
        self._check_may_sign_in()
        provider, held = self._oauth_provider(), self._held()
        if provider and held and held[0] == provider:
            return self._begin_sign_in(provider, held[2], held[1].email)
        if provider:
            return self._begin_sign_in(provider)
        server = self._own_server()
        if not server:
            raise UserError(self.env._("Choose the %s first.", self._fields["incoming_server_id"].string))
        # raises where there is none
        server._secret()
        self._resume(server.name)
        return self._notice(self.env._("The mailbox is connected again. New mail arrives in the background."), reload=True)

    def action_disconnect(self):
        """Forget password and sign-in and stop; nothing at the mail server is touched, and what is cached stays."""
        self.ensure_one()
        self._check_may_sign_in()
        untold = self._forget_sign_in()
        # the owner of a mailbox may end what they began, without a right on its servers
        self.sudo().write({"state": "disconnected", "error_message": False})
        self._log("disconnected")
        text = self.env._("The mailbox is disconnected: its password or sign-in is forgotten. What is here stays.")
        return self._notice(f"{text} {untold}".strip(), reload=True)

    # -------------------------------------------------------------------------
    # The sign-in, step by step
    # -------------------------------------------------------------------------

    def _forget_sign_in(self):
        """Delete sign-in and passwords here, and have the provider forget its consent.

        :returns: what is left to be done by hand where the provider could not be told, in words; mostly nothing.
        """
        held = self._held()
        is_told = not held or self._revoke(*held)
        # whoever may disconnect a mailbox needs no right on its servers for it
        account = self.sudo()
        account.env["maildesk.credential"]._forget(account, "oauth")
        for server in (account.incoming_server_id, account.outgoing_server_id):
            account.env["maildesk.credential"]._forget(server, "password")
        return "" if is_told else self.env._(
            "Google could not be told. Remove MailDesk under the third-party connections of your Google account.")

    def _begin_sign_in(self, provider, shared=False, login_hint=None):
        """Have the person's browser go to the provider: in a window of its own where it opens one, else in the same tab.

        :param bool shared: ask for mailboxes shared with the person too.
        :param str login_hint: whom they are known to sign in as, where that is not the mailbox's address.
        :raises UserError: what is missing, in words.
        """
        self.ensure_one()
        self._check_may_sign_in()
        url = self._sign_in_url(provider, shared, login_hint)
        return {"type": "ir.actions.client", "tag": "maildesk.sign_in", "params": {"account_id": self.id, "url": url}}

    def _sign_in_url(self, provider, shared=False, login_hint=None):
        states = self.env["maildesk.oauth.state"]
        state = states._new_state()
        # client id and secret are for nobody's eyes; what signs in needs them
        oauth = self.sudo().company_id._maildesk_oauth(provider, shared)
        try:
            started = oauth.begin(login_hint or self.email, state)
        except ProviderError as error:
            raise UserError(self._sign_in_words(error, provider)) from error
        states._remember(
            state, self, provider, "answer", started.kept, shared=shared, expected_email=(login_hint or self.email).lower())
        return started.url

    def _is_own_address(self, email):
        """Whether somebody signed in with the mailbox's own address; Google's two domains are one."""
        def plain(address):
            local, _at, domain = (address or "").strip().lower().rpartition("@")
            return (local, GOOGLE_DOMAINS[0] if domain in GOOGLE_DOMAINS else domain)
        return plain(email) == plain(self.email)

    def _signed_in(self, provider, grant, shared=False):
        """Keep what the person has agreed to, and let mail come.

        :param Grant grant: fresh from the provider.
        :returns: the mailbox; one that is set up by it was not there before.
        """
        # the person may sign this mailbox in; its servers and secrets are not theirs to read
        account = self.sudo()
        account.env["maildesk.credential"]._store_grant(account, provider, grant, shared)
        account.invalidate_recordset(["oauth_email"])
        if OAUTH_PROVIDERS.get(account.incoming_server_id.server_type) == provider:
            self._resume(f"{PROVIDER_NAMES[provider]}: {grant.email}")
        return self

    def _resume(self, detail):
        # as for signing in
        account = self.sudo()
        account.write({"state": "connected", "error_message": False})
        account.sync_state_ids._rest_is_over()
        self._log("connected", detail=detail)
        self._trigger_sync()

    def _revoke(self, provider, grant, shared=False):
        """Have the provider forget a consent, unless something else lives by it.

        :returns: False where it could not be told.
        """
        if self.env["maildesk.credential"]._is_used_elsewhere(provider, grant):
            return True
        try:
            # as for signing in
            self.sudo().company_id._maildesk_oauth(provider, shared).revoke(grant)
        except (ProviderError, UserError) as error:
            _logger.info("Mailbox %s: the grant was not revoked: %s", self.id, type(error).__name__)
            return False
        return True

    def _check_may_sign_in(self):
        """Mailbox Admins, and the owner where the mailbox is open to them: it may be nobody else's sign-in."""
        self.check_access("read")
        if self.owner_id != self.env.user or not self.env.user.has_group("maildesk.group_maildesk_user"):
            self._check_may_configure()
        elif self._is_paused():
            raise UserError(self.env._(
                "MailDesk is paused in this database (system parameter maildesk.paused): nobody is signed in."))
        if self.state == "removed":
            raise AccessError(self.env._("This mailbox was removed."))

    def _oauth_provider(self):
        """Where this mailbox is signed in: ``google``, ``microsoft``, or None for one with a password."""
        # as for signing in
        account = self.sudo()
        servers = (account.incoming_server_id, account.outgoing_server_id)
        return next(filter(None, (OAUTH_PROVIDERS.get(server.server_type) for server in servers)), None)

    def _own_server(self):
        # as for signing in
        return self.sudo().incoming_server_id

    # -------------------------------------------------------------------------
    # Words
    # -------------------------------------------------------------------------

    def _tell_owner(self):
        """Once, when it begins: the state says the rest."""
        if not self._may_have(self.owner_id):
            return
        # in the reader's language, by whoever found out
        account = self.with_context(lang=self.owner_id.lang)
        text = account.env._("No mail is fetched for %(name)s (%(email)s) until you sign in again.",
                             name=self.name, email=self.email)
        body = Markup('<p>{}</p><p>{}</p><p><a href="/maildesk/oauth/sign_in/{}">{}</a></p>').format(
            text, self.error_message or "", self.id, account.env._("Sign in again"))
        account._notify_owner(account.env._("%s needs you to sign in", self.email), body)

    def _notify_owner(self, subject, body):
        """Tell the owner in the way they chose for Odoo's notifications.

        :param str subject: in the owner's language, as is ``body``.
        :param Markup body: HTML.
        """
        # the engine tells, on behalf of nobody
        self.env["mail.thread"].sudo().message_notify(
            partner_ids=self.owner_id.partner_id.ids, subject=subject, body=body,
            author_id=self.env.ref("base.partner_root").id,
        )

    @api.model
    def _own_url(self, user):
        """Where a person deals with this mailbox."""
        return f"/odoo/mailbox-accounts/{self.id}" if user.has_group(ADMIN) else "/odoo/maildesk"

    def _sign_in_words(self, error, provider):
        """What a person is told about a sign-in that did not work, and what to do.

        :param ProviderError error: what ``providers.oauth`` raised.
        """
        name = PROVIDER_NAMES[provider]
        if isinstance(error, ClientRefused):
            return self.env._(
                "%s does not accept this company's Client Id and Client Secret, or not with this redirect URI. A system "
                "administrator checks them under MailDesk, Configuration, Settings.", name)
        if not isinstance(error, OAuthRefused):
            return self.env._("%s's sign-in service does not answer as it should right now. Try again in a few minutes.", name)
        match error.reason:
            case "cancelled":
                return self.env._("You cancelled the sign-in. Nothing has changed.")
            case "consent":
                return self.env._(
                    "Your organisation lets MailDesk in only after an administrator of its %s account has agreed. Ask them to "
                    "grant admin consent to MailDesk, then sign in again.", name)
            case "policy":
                return self.env._(
                    "Your organisation's rules block this sign-in. Ask the administrator of its %s account to allow MailDesk.",
                    name)
            case "scope":
                return self.env._(
                    "The permission to read and send mail was not given. Sign in again, and leave every box on %s's page ticked.",
                    name)
            case "grant":
                return self.env._("%s took too long or was asked twice, and the sign-in is no longer good. Start it again.", name)
        return self.env._("The answer from %s did not belong to this sign-in. Start it again from the mailbox.", name)

    def _refused_words(self, error, server):
        provider = OAUTH_PROVIDERS.get(server.server_type)
        if provider and isinstance(error, AuthError) and error.reason == "no_mailbox":
            return self.env._(
                "The sign-in at %(provider)s is good, but there is no mailbox %(mailbox)s that programs may open. Ask the "
                "administrator of the mail service whether it has a licence, whether it is in %(provider)s's cloud, and, where "
                "it is a shared one, whether you have the permission to open it; then press Fetch folders.",
                provider=PROVIDER_NAMES[provider], mailbox=self.email)
        if provider and isinstance(error, AuthError):
            return self.env._(
                "%(provider)s no longer accepts the sign-in of %(mailbox)s: it was revoked, has expired, or the account's "
                "settings do not allow mail programs. Press Reconnect and sign in again.",
                provider=PROVIDER_NAMES[provider], mailbox=self.email)
        if provider and isinstance(error, ClientRefused):
            return self._sign_in_words(error, provider)
        return super()._refused_words(error, server)

    def _unreachable_words(self, error, server):
        provider = OAUTH_PROVIDERS.get(server.server_type)
        if provider and isinstance(error, Unreachable) and error.reason == SIGN_IN:
            return self.env._(
                "%s's sign-in service does not answer right now. MailDesk tries again by itself.", PROVIDER_NAMES[provider])
        return super()._unreachable_words(error, server)
