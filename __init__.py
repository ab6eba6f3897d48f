from . import controllers, models


def uninstall_hook(env):
    """Take along what Odoo would leave behind: files stored for mail, and our system parameters."""
    env["ir.attachment"].search([("res_model", "=like", "maildesk.%")]).unlink()
    env["ir.config_parameter"].search([("key", "=like", "maildesk.%")]).unlink()
