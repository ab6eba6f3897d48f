from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import ENCRYPTIONS, POP_PORTS
from ..providers.values import Endpoint
from ..tools.hosts import HostRefused, check_host, is_listed, parse_allowed


class MaildeskServerMixin(models.AbstractModel):
    """What a server mail is fetched from and one it is sent through have in common."""

    _name = "maildesk.server.mixin"
    _description = "Mail Server of a Mailbox"
    _check_company_auto = True

    #: What a secret's address consists of: a change forgets the password, or it could be sent to a host of someone's choosing.
    _secret_goes_to = ("server_type", "host", "port", "encryption", "username")
    #: Usual port by encryption; set by the models.
    _usual_ports = {}
    #: Field of ``maildesk.account`` that links this kind of server.
    _account_field = None
    #: The ``server_type`` that signs in with a password, and the class of ``providers`` that speaks to it.
    _password_type = _provider_class = None
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
                raise ValidationError(self.env._(
                    "POP3 is not supported. MailDesk reads mail with IMAP: ask your provider for its IMAP server "
                    "(often imap.%(domain)s, port 993 with SSL/TLS).", domain=host.partition(".")[2] or "example.com",
                ))

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

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._tidy(vals) for vals in vals_list])

    def write(self, vals):
        vals = self._tidy(vals)
        changed = [name for name in self._secret_goes_to if name in vals]
        if changed:
            moved = self.filtered(lambda server: any((server[name] or "") != (vals[name] or "") for name in changed))
            self.env["maildesk.credential"]._forget(moved, "password")
        return super().write(vals)

    @api.model
    def _tidy(self, vals):
        """People paste hosts and user names with blanks around them."""
        return {
            name: value.strip() if name in ("host", "username", "name") and isinstance(value, str) else value
            for name, value in vals.items()
        }

    def _provider(self, timeout):
        """What speaks to this server, not yet connected.

        :param float timeout: seconds any single network wait may take.
        :raises UserError: it cannot be used as it is set up, in words.
        """
        self.ensure_one()
        if self.server_type != self._password_type:
            raise UserError(self.env._("OAuth not configured: %s has no company credentials to sign in with.", self.name))
        secret = "" if self._may_be_anonymous and not self.username else self._secret()
        endpoint, allow_address = self._endpoint(timeout)
        return self._provider_class(endpoint, lambda: secret, allow_address=allow_address)

    def _endpoint(self, timeout):
        """Where a provider connects to, and the judge of the addresses it may take.

        :param float timeout: seconds any single network wait may take.
        :returns: ``(Endpoint, allow_address)``
        :raises UserError: the host may not be reached, in words.
        """
        self.ensure_one()
        if not self.host:
            raise UserError(self.env._("%s has no server name. Enter it on the server's form.", self.name))
        # system parameters are not readable by Mailbox Admins; only the verdict reaches them
        allowed = parse_allowed(self.env["ir.config_parameter"].sudo().get_param("maildesk.allowed_hosts") or "")
        port = self.port or self._usual_ports[self.encryption]
        try:
            addresses = check_host(self.host, port, allowed=allowed)
            in_the_clear = self.encryption != "none" or is_listed(self.host, addresses, port, allowed=allowed)
        except HostRefused as refused:
            raise UserError(self._refusal_words(refused)) from refused
        if not in_the_clear:
            raise UserError(self.env._(
                "%s is set to send the password in clear text. Choose SSL/TLS or STARTTLS, or have a system administrator "
                "add the host to the system parameter maildesk.allowed_hosts.", self.host,
            ))
        return Endpoint(self.host, port, self.encryption, self.username or "", timeout), frozenset(addresses).__contains__

    def _refusal_words(self, refused):
        """:param HostRefused refused: why the host guard said no."""
        match refused.reason:
            case "name":
                return self.env._("The name %s was not found. Check how the server is spelled.", self.host)
            case "port":
                return self.env._(
                    "Port %(port)s is not a port of mail servers. Use the usual one (leave 0), or have a system administrator "
                    "add %(host)s to the system parameter maildesk.allowed_hosts.", port=refused.detail, host=self.host)
        return self.env._(
            "%s leads into an inner network, where MailDesk does not connect to on its own. A system administrator can allow it "
            "in the system parameter maildesk.allowed_hosts.", self.host,
        )

    def _secret(self):
        """The stored password, for a provider's ``secret_getter``.

        :raises UserError: none is stored, or the key that opens it is lost.
        """
        self.ensure_one()
        return self.env["maildesk.credential"]._reveal(self, "password")
