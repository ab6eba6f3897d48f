"""Sets the demo company up inside Odoo; fed to `odoo shell`, any number of times.

Reads MAILDESK_IMAP_PORT, MAILDESK_SMTP_PORT and MAILDESK_MAIL_PASSWORD from the environment.
"""

import os

from odoo import Command

imap_port, smtp_port = int(os.environ["MAILDESK_IMAP_PORT"]), int(os.environ["MAILDESK_SMTP_PORT"])
password = os.environ["MAILDESK_MAIL_PASSWORD"]

env = env(context={**env.context, "no_reset_password": True, "tracking_disable": True})
env["ir.config_parameter"].set_param("maildesk.allowed_hosts", "127.0.0.1, localhost")
env.company.name = "Tidewheel Cycles"


def person(login, name):
    """A colleague who is a Mailbox User and signs in with their login as password."""
    user = env["res.users"].with_context(active_test=False).search([("login", "=", login)])
    if not user:
        user = env["res.users"].create({
            "login": login, "name": name, "password": login, "email": f"{login}@tidewheel.example",
            "group_ids": [Command.link(env.ref("base.group_user").id), Command.link(env.ref("maildesk.group_maildesk_user").id)],
        })
    return user


def server(model, name, address, port):
    """A server on the loopback, in clear text: it never leaves this machine."""
    values = {"host": "127.0.0.1", "port": port, "encryption": "none", "username": address, "company_id": env.company.id}
    record = env[model].search([("name", "=", name)])
    if not record:
        return env[model].create({"name": name, "password": password, **values})
    if any(record[field] != values[field] for field in ("port", "username")):
        record.write({**values, "password": password})
    return record


def mailbox(name, address, users, **values):
    """A mailbox of the demo company."""
    incoming = server("maildesk.incoming.server", f"{name} (incoming)", address, imap_port)
    outgoing = server("maildesk.outgoing.server", f"{name} (outgoing)", address, smtp_port)
    account = env["maildesk.account"].with_context(active_test=False).search([("email", "=", address)])
    if not account:
        account = env["maildesk.account"].create({
            "name": name, "email": address, "incoming_server_id": incoming.id, "outgoing_server_id": outgoing.id,
            "user_ids": [Command.set([user.id for user in users])], **values,
        })
        account.action_fetch_folders()
    return account


admin = env.ref("base.user_admin")
anna, tom = person("anna", "Anna Keller"), person("tom", "Tom Okafor")
mailbox("Support", "support@tidewheel.example", [admin, tom], owner_id=admin.id, sender_name="Tidewheel Support",
        allow_personal_connection=True, share_password="tidewheel")
mailbox("Info", "info@tidewheel.example", [admin], owner_id=admin.id, sender_name="Tidewheel Cycles",
        allow_personal_connection=True, share_password="tidewheel")
mailbox("Anna Keller", "anna.keller@tidewheel.example", [anna], sender_name="Anna Keller", owner_id=anna.id)
# begins empty: what colleagues write to Tom comes in here
mailbox("Tom Okafor", "tom.okafor@tidewheel.example", [tom], sender_name="Tom Okafor", owner_id=tom.id)
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
