from odoo import fields, models

from ..const import IMAP_PORTS, SERVER_TYPES
from ..providers.graph import GraphProvider
from ..providers.imap import ImapProvider


class MaildeskIncomingServer(models.Model):
    """Where a mailbox's mail is fetched from.

    A model of its own, not ``fetchmail.server``: that one feeds Odoo's mail gateway, and would start eating people's mail
    the day this module is uninstalled.
    """

    _name = "maildesk.incoming.server"
    _inherit = ["maildesk.server.mixin"]
    _description = "Incoming Mail Server"
    _order = "name, id"

    _usual_ports = IMAP_PORTS
    _account_field = "incoming_server_id"
    _password_type, _provider_class, _graph_class = "imap", ImapProvider, GraphProvider

    server_type = fields.Selection(SERVER_TYPES, default="imap", required=True)

    def write(self, vals):
        result = super().write(vals)
        if {"password", *self._secret_goes_to} & vals.keys():
            # whoever mends a server expects the mailbox to notice
            self.account_id._try_again()
        return result
