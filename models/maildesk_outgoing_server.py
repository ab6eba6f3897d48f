from odoo import fields, models

from ..const import OUTGOING_TYPES, SMTP_PORTS
from ..providers.graph_transmission import GraphTransmission
from ..providers.smtp import SmtpTransmission


class MaildeskOutgoingServer(models.Model):
    """What a mailbox's mail is sent through; not ``ir.mail_server``, which Odoo picks for its other mail."""

    _name = "maildesk.outgoing.server"
    _inherit = ["maildesk.server.mixin"]
    _description = "Outgoing SMTP Server"
    _order = "name, id"

    _usual_ports = SMTP_PORTS
    _account_field = "outgoing_server_id"
    _password_type, _provider_class, _graph_class = "smtp", SmtpTransmission, GraphTransmission
    # a relay on the own network may ask for no sign-in at all
    _may_be_anonymous = True

    server_type = fields.Selection(OUTGOING_TYPES, default="smtp", required=True)

    def _no_pop_words(self, domain):
        return self.env._(
            "POP3 is not supported, and sends no mail. Ask your provider for its SMTP server (often smtp.%(domain)s, port 465 "
            "with SSL/TLS).", domain=domain)
