from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import ENCRYPTIONS, GOOGLE_HOSTS, GRAPH_HOST, OAUTH_PROVIDERS, POP_PORTS
from ..providers.values import Endpoint
from ..tools.hosts import HostRefused, check_host, is_listed, parse_allowed
from .server_words import UNREACHABLE, say


class MaildeskServerMixin(models.AbstractModel):
    """What a server mail is fetched from and one it is sent through have in common."""

    _name = "maildesk.server.mixin"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Mail Server of a Mailbox"
    _check_company_auto = True
    _writable = frozenset({
        "name", "active", "company_id", "server_type", "host", "port", "encryption", "username", "password",
    })

    #: What a secret's address consists of: a change forgets the password, or it could be sent to a host of someone's choosing.
    _secret_goes_to = ("server_type", "host", "port", "encryption", "username")
    #: Usual port by encryption; set by the models.
    _usual_ports = {}
    #: Field of ``maildesk.account`` that links this kind of server.
    _account_field = None
    #: The ``server_type`` that signs in with a password, which is also the protocol's name, and the class of ``providers`` that
    #: speaks to it.
    _password_type = _provider_class = None
    #: The class that does the same over Microsoft Graph.
    _graph_class = None
    #: Whether a server may take us without a sign-in.
    _may_be_anonymous = False

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    account_id = fields.Many2one("maildesk.account", "Mailbox Account", compute="_compute_account_id")
    host = fields.Char("Server", help="Name of the mail server, as its certificate carries it.")
    port = fields.Integer(help="Leave 0 for the usual port of the encryption chosen.")
    encryption = fields.Selection(
        ENCRYPTIONS, "Connection Security", default="ssl", required=True,
        help="SSL/TLS encrypts from the first byte, STARTTLS after a greeting. None sends the password in clear text and "
        "is only possible for hosts an administrator has allowed.",
    )
    username = fields.Char("User Name", help="Usually the whole email address.")
    password = fields.Char(
        compute="_compute_password", inverse="_inverse_password", store=False, copy=False, exportable=False,
        help="Stored encrypted. It can be replaced but never read again.",
    )
    has_password = fields.Boolean(compute="_compute_password", string="Password Stored")

    def _compute_account_id(self):
        accounts = self.env["maildesk.account"].with_context(active_test=False).search([(self._account_field, "in", self.ids)])
        by_server = {account[self._account_field].id: account for account in accounts}
        for server in self:
            server.account_id = by_server.get(server._origin.id)

    def _compute_password(self):
        stored = self.env["maildesk.credential"]._holders(self)
        for server in self:
            server.password = False
            server.has_password = server._origin.id in stored

    def _inverse_password(self):
        for server in self.filtered("password"):
            self.env["maildesk.credential"]._store(server, "password", server.password)
        self.invalidate_recordset(["password", "has_password"])

    @api.constrains("host", "port")
    def _check_no_pop(self):
        for server in self:
            host = (server.host or "").strip().lower()
            if server.port in POP_PORTS or host.startswith(("pop.", "pop3.")):
                raise ValidationError(server._no_pop_words(host.partition(".")[2] or "example.com"))

    def _no_pop_words(self, domain):
        """:param str domain: of the provider."""
        return self.env._(
            "POP3 is not supported. MailDesk reads mail with IMAP: ask your provider for its IMAP server (often "
            "imap.%(domain)s, port 993 with SSL/TLS).", domain=domain)

    @api.constrains("port")
    def _check_port(self):
        for server in self:
            if not 0 <= server.port <= 65535:
                raise ValidationError(self.env._("The port has to be between 1 and 65535, or 0 for the usual one."))

    @api.constrains("company_id")
    def _check_account_company(self):
        self.env["maildesk.account"].with_context(active_test=False).search(
            [(self._account_field, "in", self.ids)]
        )._check_server_company()

    def _prepare_create_values(self, vals_list):
        return [self._tidy(vals) for vals in super()._prepare_create_values(vals_list)]

    def write(self, vals):
        vals = self._tidy(vals)
        changed = [name for name in self._secret_goes_to if name in vals]
        if changed:
            moved = self.filtered(lambda server: any((server[name] or "") != (vals[name] or "") for name in changed))
            self.env["maildesk.credential"]._forget(moved, "password")
        return super().write(vals)

    @api.model
    def _tidy(self, vals):
        """People paste hosts and user names with blanks around them; where Gmail and Outlook are, they need not say."""
        tidy = {
            name: value.strip() if name in ("host", "username", "name") and isinstance(value, str) else value
            for name, value in vals.items()
        }
        if isinstance(tidy.get("server_type"), str) and tidy["server_type"] in OAUTH_PROVIDERS:
            host = GOOGLE_HOSTS[self._password_type][0] if tidy["server_type"] == "gmail" else GRAPH_HOST
            tidy |= {"host": host, "port": 0, "encryption": "ssl"}
        return tidy

    def action_copy_from_odoo(self):
        """Ask which of Odoo's own mail servers to copy the settings of; from the list, into a new server.

        :raises AccessError: only a system administrator may read Odoo's servers.
        """
        self.check_access("write")
        return self.env["maildesk.server.copy"]._open(self)

    def _provider(self, timeout, **options):
        """What speaks to this server, not yet connected.

        :param float timeout: seconds any single network wait may take.
        :param options: of ``providers.graph.GraphProvider``, where it is Graph.
        :raises UserError: it cannot be used as it is set up, in words.
        """
        self.ensure_one()
        if self.server_type in OAUTH_PROVIDERS:
            return self._signed_in_provider(timeout, options)
        return self._password_provider("" if self._may_be_anonymous and not self.username else self._secret(), timeout)

    def _password_provider(self, secret, timeout):
        """What speaks to this server with a password that may not be stored (yet).

        :param str secret: the password.
        :param float timeout: seconds any single network wait may take.
        :raises UserError: the server cannot be used as it is set up, in words.
        """
        if not self.host:
            raise UserError(self.env._("%s has no server name. Enter it on the server's form.", self.name))
        port = self.port or self._usual_ports[self.encryption]
        endpoint = Endpoint(self.host, port, self.encryption, self.username or "", timeout)
        return self._provider_class(endpoint, lambda: secret, allow_address=self._check_endpoint(endpoint))

    def _signed_in_provider(self, timeout, options):
        """The same where a person's sign-in takes the password's place.

        :raises UserError: somebody still has to sign in, or to configure that, in words.
        """
        account, provider = self.account_id, OAUTH_PROVIDERS[self.server_type]
        if not account:
            raise UserError(self.env._(
                "%s serves no mailbox yet: choose it on the mailbox's form, then sign in there.", self.name))
        token_getter, grant, shared = self.env["maildesk.credential"]._token_getter(account, provider)
        if provider == "microsoft":
            mailbox, base_url = account.email if shared else None, account.company_id._maildesk_graph_url()
            return self._graph_class(mailbox, token_getter, base_url=base_url, timeout=timeout, **options)
        endpoint = Endpoint(*self._google_address(), "ssl", grant.email, timeout)
        return self._provider_class(endpoint, token_getter, auth="xoauth2", allow_address=self._check_endpoint(endpoint))

    def _google_address(self):
        """Host and port. Not the form's: a token must not be sent to a host of an administrator's choosing."""
        name, port = GOOGLE_HOSTS[self._password_type]
        # system parameters are not readable by Mailbox Admins, which is the point
        elsewhere = self.env["ir.config_parameter"].sudo().get_param(f"maildesk.google_{self._password_type}_host") or ""
        host, _colon, own_port = elsewhere.partition(":")
        return host or name, int(own_port or port)

    def _check_endpoint(self, endpoint):
        """The judge of the addresses a provider may connect to.

        :returns: ``allow_address``
        :raises UserError: the host may not be reached, in words.
        """
        host, port = endpoint.host, endpoint.port
        allowed = parse_allowed(self.env["ir.config_parameter"]._maildesk_value("maildesk.allowed_hosts"))
        try:
            addresses = check_host(host, port, allowed=allowed)
            in_the_clear = endpoint.encryption != "none" or is_listed(host, addresses, port, allowed=allowed)
        except HostRefused as refused:
            raise UserError(self._refusal_words(refused, host)) from refused
        if not in_the_clear:
            raise UserError(self.env._(
                "%s is set to send the password in clear text. Choose SSL/TLS or STARTTLS, or have a system administrator "
                "add the host to the system parameter maildesk.allowed_hosts.", host,
            ))
        return frozenset(addresses).__contains__

    def _refusal_words(self, refused, host):
        """:param HostRefused refused: why the host guard said no."""
        match refused.reason:
            case "name" | "resolver":
                return say(self.env, UNREACHABLE[refused.reason], host=host)
            case "port":
                return self.env._(
                    "Port %(port)s is not a port of mail servers. Use the usual one (leave 0), or have a system administrator "
                    "add %(host)s to the system parameter maildesk.allowed_hosts.", port=refused.detail, host=host)
        return self.env._(
            "%s leads into an inner network, where MailDesk does not connect to on its own. A system administrator can allow it "
            "in the system parameter maildesk.allowed_hosts.", host,
        )

    def _secret(self):
        """The stored password, for a provider's ``secret_getter``.

        :raises UserError: none is stored, or the key that opens it is lost.
        """
        self.ensure_one()
        return self.env["maildesk.credential"]._reveal(self, "password")
