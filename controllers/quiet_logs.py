"""What Odoo's own log lines would tell of people's secrets, at whatever level it is set to."""

import logging

#: Models of others into whose forms MailDesk's secrets are typed.
TYPED_INTO = ("res.company", "res.config.settings")
_CALLBACK = "/maildesk/oauth/callback"


def _blot_callback(record):
    """Keep codes and states out of the server's access log."""
    if _CALLBACK in f"{record.msg} {record.args}":
        record.msg, record.args = "GET /maildesk/oauth/callback (answer of a sign-in, not logged)", ()
    return True


def _blot_typed(record):
    """Keep the passwords that people type out of the log of calls: of ``call %s.%s(%s)``, what was given."""
    called = getattr(record.args[0], "_name", "") if isinstance(record.args, tuple) and len(record.args) == 3 else ""
    if called.startswith("maildesk.") or called in TYPED_INTO:
        record.args = (*record.args[:2], "not logged")
    return True


logging.getLogger("werkzeug").addFilter(_blot_callback)
logging.getLogger("odoo.service.model").addFilter(_blot_typed)
