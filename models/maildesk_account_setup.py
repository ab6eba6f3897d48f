from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ..const import ADMIN, OAUTH_PROVIDERS, PROVIDER_NAMES, TEST_SECONDS, TEST_TIMEOUT
from ..providers.deadline import within
from ..providers.errors import AuthError, ProviderError
from ..tools.hosts import split_address

#: Field and model of a mailbox's servers, by what the dialog calls them.
WAYS = {
    "incoming": ("incoming_server_id", "maildesk.incoming.server"),
    "outgoing": ("outgoing_server_id", "maildesk.outgoing.server"),
}
#: Mailbox Action by the server's type.
PROTOCOLS = {"imap": "allow_imap", "gmail": "allow_gmail", "outlook": "allow_outlook"}


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """A mailbox the acting person may set up.

    :param account: theirs of this address that is taken up again; usually none.
    :param replaced: their personal mailbox of another address, which makes room.
    """

    email: str
    is_personal: bool
    account: models.Model
    replaced: models.Model


class MaildeskAccount(models.Model):
    """Setting a mailbox up in one go: servers, account and access line, or nothing at all."""

    _inherit = "maildesk.account"

    @api.model
    def setup_connect(self, values):
        """Sign in, and if that works make the mailbox; the acting person owns it and is on its list.

        :param dict values: ``email``; ``personal`` (it is to be their own); ``kind``: ``google`` and ``microsoft`` need nothing
            more, for ``imap`` ``incoming`` and ``outgoing``, each with ``host`` (or ``HOST:PORT``), ``username``, ``password``,
            ``encryption``.
        :returns: ``account_id``; for Google and Microsoft ``url`` of the sign-in instead, with which the mailbox is made.
        :raises UserError: what failed and what to do about it; nothing was stored.
        """
        plan = self._setup_plan(values.get("email"), values.get("personal"))
        kind = values.get("kind")
        if kind in PROVIDER_NAMES:
            self._check_protocol(next(name for name, provider in OAUTH_PROVIDERS.items() if provider == kind))
            return {"account_id": False, "url": self._setup_sign_in(plan, kind)}
        self._check_protocol("imap")
        return self._setup_with_passwords(plan, {way: self._typed_server(way, values.get(way) or {}) for way in WAYS})

    def _setup_again(self, password):
        """:meth:`setup_connect` with the servers there are, for a mailbox that was disconnected."""
        # the acting person's own, as the caller made sure; its servers are not theirs to read
        account = self.sudo()
        servers = {
            way: {
                **{name: account[field][name] for name in ("host", "port", "encryption", "username")}, "password": password,
            } for way, (field, _model) in WAYS.items()
        }
        return self._setup_with_passwords(SetupPlan(self.email, self.is_personal, account, account.browse()), servers)

    def _setup_with_passwords(self, plan, servers):
        folders = self._sign_in_to_both(plan, servers)
        account = self._setup_store(plan, servers)
        # folders are the mailbox's, not the person's to write; what its server lists is what was just asked for
        self.env["maildesk.folder"].sudo()._apply_listing(account.sudo(), folders)
        account._resume(servers["incoming"]["host"])
        return {"account_id": account.id}

    # -------------------------------------------------------------------------
    # Who may
    # -------------------------------------------------------------------------

    @api.model
    def _setup_plan(self, email, personal=False):
        """What setting up this address would come to.

        :raises UserError: it is not the acting person's to set up, in words.
        """
        self.browse().check_access("read")
        if self._is_paused():
            raise UserError(self.env._(
                "MailDesk is paused in this database (system parameter maildesk.paused): nobody is signed in."))
        email = str(email or "").strip()
        self.new({"email": email})._check_email()
        is_admin = self.env.user.has_group(ADMIN)
        if not is_admin:
            self._check_own_address(email)
        is_personal = bool(personal) or not is_admin
        return self._personal_plan(email) if is_personal else SetupPlan(email, False, self.browse(), self.browse())

    @api.model
    def _check_own_address(self, email):
        if not self._may_set_up():
            raise UserError(self.env._(
                "Your company does not let people set up mailboxes of their own. Ask a Mailbox Admin to set it up for you."))
        own = email_normalize(self.env.user.email or "")
        if not own:
            raise UserError(self.env._(
                "Your user record has no email address, and a personal mailbox has to have yours. Enter it in your "
                "preferences first, or ask a Mailbox Admin."))
        if email_normalize(email) != own:
            raise UserError(self.env._(
                "A personal mailbox has to have your own email address, %s. A Mailbox Admin can set up other addresses.", own))

    @api.model
    def _personal_plan(self, email):
        # the engine's way to a mailbox that may be disconnected or archived: whose it is decides
        current = self._own_personal().sudo()
        if current and email_normalize(current.email) == email_normalize(email):
            account, replaced = current, current.browse()
        else:
            replaced = current
            # as for the current one: whose it is decides
            account = self.sudo().with_context(active_test=False).search([
                ("owner_id", "=", self.env.uid), ("is_personal", "=", True), ("state", "!=", "removed"), ("active", "=", False),
                ("company_id", "in", self.env.user.company_ids.ids),
            ], order="id desc").filtered(lambda old: email_normalize(old.email) == email_normalize(email))[:1]
        if current.state in ("connected", "error"):
            raise UserError(self.env._(
                "You have a personal mailbox already: %s. Disconnect it first, in MailDesk's Email options.", current.email))
        if account and self.env.user not in account.access_ids.user_id:
            raise UserError(self.env._(
                "An administrator has ended your access to %s. Ask them to put you on its list again.", account.email))
        return SetupPlan(email, True, account, replaced)

    @api.model
    def _check_protocol(self, server_type):
        """Nobody sets up what they would not be let into."""
        if self.env["maildesk.user.actions"]._is_off(PROTOCOLS[server_type]):
            raise UserError(self.env._(
                "Your Mailbox Actions do not let you use mailboxes of this kind. Ask a Mailbox Admin."))

    # -------------------------------------------------------------------------
    # With passwords
    # -------------------------------------------------------------------------

    @api.model
    def _typed_server(self, way, typed):
        """What a person entered about a server, as the model's values.

        :raises UserError: something is missing, or cannot be.
        """
        labels = {"incoming": self.env._("Incoming e-mail server"), "outgoing": self.env._("Outgoing e-mail server")}
        host, port = split_address(str(typed.get("host") or ""))
        values = {
            "host": host, "port": port, "encryption": typed.get("encryption") or "ssl",
            "username": str(typed.get("username") or "").strip(), "password": str(typed.get("password") or ""),
        }
        missing = next((name for name in ("host", "username", "password") if not values[name]), None)
        if missing:
            label = {"host": labels[way], "username": self.env._("User name"), "password": self.env._("Password")}[missing]
            raise UserError(self.env._("%(server)s: %(field)s is missing.", server=labels[way], field=label))
        server = self._unsaved_server(way, values)
        if values["encryption"] not in dict(server._fields["encryption"].selection):
            raise UserError(self.env._("%s: choose SSL/TLS or STARTTLS.", labels[way]))
        server._check_no_pop()
        server._check_port()
        return values

    @api.model
    def _unsaved_server(self, way, values):
        """A server that is only tried; its password stays out of it."""
        # people have no right on servers; this one is nowhere
        return self.env[WAYS[way][1]].sudo().new({name: value for name, value in values.items() if name != "password"})

    @api.model
    def _sign_in_to_both(self, plan, servers):
        """Sign in to both servers, before anything is written.

        :returns: the mailbox's folders.
        :raises UserError: in the words of the Test buttons.
        """
        attempts, tries = self.env["maildesk.connect.attempt"], []
        if not self.env.user.has_group(ADMIN):
            # whoever is bound to their own address shall not try out the passwords of others by its user name
            tries, minutes = attempts._reserve(f"setup {plan.email.lower()}")
            if minutes:
                raise UserError(self.env._("Too many attempts. Please try again in %s minutes.", minutes))
        folders = []
        for way, values in servers.items():
            server = self._unsaved_server(way, values)
            try:
                with within(TEST_SECONDS), server._password_provider(values["password"], TEST_TIMEOUT) as provider:
                    folders = provider.list_folders() if way == "incoming" else folders
            except UserError:
                attempts._take_back(tries)
                raise
            except ProviderError as error:
                # said before anything is written: what is only in memory does not outlive that
                words = self.new({"email": plan.email})._error_words(error, server)
                if not isinstance(error, AuthError):
                    attempts._take_back(tries)
                self._log_setup_failure(plan.email, f"{way}: {type(error).__name__}")
                raise UserError(words) from error
        attempts._take_back(tries)
        return folders

    @api.model
    def _log_setup_failure(self, email, detail):
        """As ``_log_apart``, for a mailbox that is not there."""
        with self.env["maildesk.connect.attempt"]._own_transaction() as other:
            self.browse().with_env(other.env)._log("tested", detail=detail, email=email)

    # -------------------------------------------------------------------------
    # In one go
    # -------------------------------------------------------------------------

    def _setup_store(self, plan, servers):
        """Make what :meth:`_setup_plan` allowed, or take it up again.

        :param dict servers: values by ``incoming`` and ``outgoing``.
        :returns: the account, not connected yet.
        """
        # people have no right on accounts, servers and lists: the plan says that they may have this one
        env = self.sudo().env
        if plan.replaced:
            plan.replaced.active = False
            # the index that lets everybody have one looks at the table
            plan.replaced.flush_recordset(["active"])
        account = plan.account.with_env(env)
        company = account.company_id or self.env.company
        linked = {}
        for way, (field, model) in WAYS.items():
            server = account[field]
            values = {"server_type": env[model]._password_type, **servers[way]}
            if server:
                server.write(values)
            else:
                linked[field] = env[model].create({"name": plan.email, "company_id": company.id, **values}).id
        if account:
            env["maildesk.credential"]._forget(account, "oauth")
            account.write({"active": True, **linked})
            return account.with_env(self.env)
        account = env["maildesk.account"].create({
            "name": plan.email, "email": plan.email, "company_id": company.id, "owner_id": self.env.uid,
            "is_personal": plan.is_personal, "sender_name": self.env.user.name if plan.is_personal else False, **linked,
        })
        env["maildesk.access"].create({"account_id": account.id, "user_id": self.env.uid, "origin": "setup"})
        return account.with_env(self.env)
