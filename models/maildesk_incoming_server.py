from odoo import fields, models
from odoo.exceptions import UserError

from ..const import IMAP_PORTS, SERVER_TYPES
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

    server_type = fields.Selection(SERVER_TYPES, default="imap", required=True)

    def _provider(self, timeout):
        """A provider for this server, not yet connected.

        :param float timeout: seconds any single network wait may take.
        :raises UserError: it cannot be used as it is set up, in words.
        """
        self.ensure_one()
        if self.server_type != "imap":
            raise UserError(self.env._("OAuth not configured: %s has no company credentials to sign in with.", self.name))
        secret = self._secret()
        endpoint, allow_address = self._endpoint(timeout)
        return ImapProvider(endpoint, lambda: secret, allow_address=allow_address)
