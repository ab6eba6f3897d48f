from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import OAUTH_PROVIDERS

#: How Odoo calls the security of a connection, and what that is here. Clear text is left behind: MailDesk would not send a
#: password that way, and whoever wants it all the same chooses it.
ENCRYPTION = {
    "ssl": "ssl", "ssl_strict": "ssl", "starttls": "starttls", "starttls_strict": "starttls", "none": "starttls",
}


class MaildeskServerCopy(models.TransientModel):
    """Copying the settings of one of Odoo's own mail servers.

    For system administrators only: Odoo's servers, with their passwords, are theirs alone to read. The password goes from
    record to record and never through a browser, nor does this model hold it.
    """

    _name = "maildesk.server.copy"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Copy Settings from an Odoo Mail Server"
    _writable = frozenset({"fetchmail_server_id", "mail_server_id", "with_password"})
    _set_once = frozenset({"kind", "incoming_server_id", "outgoing_server_id"})

    kind = fields.Selection([("incoming", "Incoming"), ("outgoing", "Outgoing")], required=True, readonly=True)
    incoming_server_id = fields.Many2one(
        "maildesk.incoming.server", readonly=True, ondelete="cascade", help="Empty: a new one is made.")
    outgoing_server_id = fields.Many2one("maildesk.outgoing.server", readonly=True, ondelete="cascade")
    fetchmail_server_id = fields.Many2one(
        "fetchmail.server", "Odoo's Incoming Mail Server", ondelete="cascade", context={"active_test": False})
    mail_server_id = fields.Many2one(
        "ir.mail_server", "Odoo's Outgoing Mail Server", ondelete="cascade", context={"active_test": False})
    with_password = fields.Boolean("Copy the Password", default=True)

    @api.model
    def _open(self, server):
        """The dialog.

        :param server: where the settings go; empty for a new server.
        :raises AccessError: only a system administrator may read Odoo's servers.
        """
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only a system administrator may read the settings of Odoo's own mail servers."))
        kind = "incoming" if server._name == "maildesk.incoming.server" else "outgoing"
        return {
            "type": "ir.actions.act_window",
            "name": self._description,
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {"default_kind": kind, f"default_{kind}_server_id": server.id},
        }

    def action_copy(self):
        """Copy, and show the server.

        :raises UserError: that server is none MailDesk could use, in words.
        """
        self.ensure_one()
        incoming = self.kind == "incoming"
        source = self.fetchmail_server_id if incoming else self.mail_server_id
        if not source:
            raise UserError(self.env._("Choose the server whose settings are to be copied."))
        servers = self.incoming_server_id if incoming else self.outgoing_server_id
        values = self._incoming_values(source) if incoming else self._outgoing_values(source)
        if servers:
            servers.write(values)
        else:
            servers = servers.create(values)
        secret = source.password if incoming else source.smtp_pass
        if self.with_password and secret and values["server_type"] not in OAUTH_PROVIDERS:
            servers.password = secret
        return {
            "type": "ir.actions.act_window", "res_model": servers._name, "res_id": servers.id, "views": [(False, "form")],
            "target": "current",
        }

    def _incoming_values(self, source):
        """What ``maildesk.incoming.server`` calls the settings of a ``fetchmail.server``."""
        if source.server_type == "pop":
            domain = (source.server or "").partition(".")[2] or "example.com"
            raise UserError(self.env["maildesk.incoming.server"]._no_pop_words(domain))
        if source.server_type not in ("imap", *OAUTH_PROVIDERS):
            raise UserError(self.env._(
                "%s is fed by a script on the server and leads to no mailbox. Choose an IMAP server.", source.name))
        return {
            "name": source.name, "server_type": source.server_type, "host": source.server, "port": source.port,
            "encryption": ENCRYPTION["ssl" if source.is_ssl else "none"], "username": source.user,
        }

    def _outgoing_values(self, source):
        """What ``maildesk.outgoing.server`` calls the settings of an ``ir.mail_server``."""
        signing_in = source.smtp_authentication
        if signing_in not in ("login", *OAUTH_PROVIDERS):
            raise UserError(self.env._(
                "%s signs in with a certificate, or as Odoo's configuration file says, which MailDesk cannot do. Choose a server "
                "that signs in with user name and password.", source.name))
        return {
            "name": source.name, "server_type": signing_in if signing_in in OAUTH_PROVIDERS else "smtp", "host": source.smtp_host,
            "port": source.smtp_port, "encryption": ENCRYPTION[source.smtp_encryption], "username": source.smtp_user,
        }
