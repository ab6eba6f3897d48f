"""One mailbox and somebody who reads it: the administrator, who may press its buttons, too."""


def mailbox(env, port, user, password, fetched=False):
    """A mailbox of the private mail server, open to the administrator.

    :param bool fetched: its mail is here when this returns; else nothing was asked of the server yet.
    """
    env["ir.config_parameter"].set_param("maildesk.allowed_hosts", "127.0.0.1")
    server = env["maildesk.incoming.server"].create({
        "name": user, "host": "127.0.0.1", "port": port, "encryption": "none", "username": user, "password": password})
    account = env["maildesk.account"].create({
        "name": user, "email": user, "incoming_server_id": server.id, "user_ids": [(4, env.ref("base.user_admin").id)]})
    if fetched:
        account.action_fetch_folders()
        env.cr.commit()
        env["maildesk.account"]._cron_sync()
    # the first visitor would wait until the browser's files are put together
    env["ir.qweb"]._pregenerate_assets_bundles()
    env.cr.commit()
    return {"account_id": account.id}


def inbox(env, login):
    """The largest inbox somebody may read, the browser's files being put together."""
    env["ir.qweb"]._pregenerate_assets_bundles()
    env.cr.commit()
    folders = env["maildesk.folder"].with_user(env["res.users"].search([("login", "=", login)]))
    return {"folder_id": folders.search([("role", "=", "inbox")], order="total_count desc", limit=1).id}
