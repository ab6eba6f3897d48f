from odoo import fields, models
from odoo.exceptions import UserError

from ..const import OUTGOING_TYPES, SMTP_PORTS
from ..providers.smtp import SmtpTransmission


class MaildeskOutgoingServer(models.Model):
    """What a mailbox's mail is sent through; not ``ir.mail_server``, which Odoo picks for its other mail."""

    _name = "maildesk.outgoing.server"
    _inherit = ["maildesk.server.mixin"]
    _description = "Outgoing SMTP Server"
    _order = "name, id"

    _usual_ports = SMTP_PORTS
    _account_field = "outgoing_server_id"

    server_type = fields.Selection(OUTGOING_TYPES, default="smtp", required=True)

    def _transmission(self, timeout):
        """A connection to send through, not yet opened.

        :param float timeout: seconds any single network wait may take.
        :raises UserError: it cannot be used as it is set up, in words.
        """
        self.ensure_one()
        if self.server_type != "smtp":
            raise UserError(self.env._("OAuth not configured: %s has no company credentials to sign in with.", self.name))
        # a relay on the own network may ask for no sign-in at all
        secret = self._secret() if self.username else ""
        endpoint, allow_address = self._endpoint(timeout)
        return SmtpTransmission(endpoint, lambda: secret, allow_address=allow_address)
