from . import controllers, models, wizard


def uninstall_hook(env):
    """Take along what Odoo would leave behind: files stored for mail, to-dos, our system parameters and functions."""
    env["maildesk.account"].with_context(active_test=False).search([])._close_todo()
    env["ir.attachment"].search([("res_model", "=like", "maildesk.%")]).unlink()
    env["ir.config_parameter"].search([("key", "=like", "maildesk.%")]).unlink()
    env.cr.execute("DROP FUNCTION IF EXISTS maildesk_search_follow, maildesk_search_index, maildesk_search_words CASCADE")
