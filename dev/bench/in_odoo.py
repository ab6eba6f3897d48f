"""MailDesk's side of the table, fed to `odoo shell`: prints one JSON line.

Reads MAILDESK_IMAP_PORT, MAILDESK_MAIL_USER, MAILDESK_MAIL_PASSWORD from the environment.
"""

import json
import os
import resource
import time

env["ir.config_parameter"].set_param("maildesk.allowed_hosts", "127.0.0.1")
user = os.environ["MAILDESK_MAIL_USER"]
server = env["maildesk.incoming.server"].create({
    "name": "bench", "host": "127.0.0.1", "port": int(os.environ["MAILDESK_IMAP_PORT"]), "encryption": "none",
    "username": user, "password": os.environ["MAILDESK_MAIL_PASSWORD"],
})
account = env["maildesk.account"].create({"name": "bench", "email": user, "incoming_server_id": server.id})
account.action_fetch_folders()
env.cr.commit()


def timed(work):
    """Seconds a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


first = timed(env["maildesk.account"]._cron_sync)
env.invalidate_all()
messages = env["maildesk.message"].search_count([("account_id", "=", account.id)])
again = timed(env["maildesk.account"]._cron_sync)
env.cr.execute("ANALYZE")
inbox = account.folder_ids.filtered(lambda folder: folder.role == "inbox")
account.user_ids = env.user
env.cr.commit()
Placement = env["maildesk.message.placement"]
Placement._page(inbox.id)
page = min(timed(lambda: (env.invalidate_all(), Placement._page(inbox.id))) for _time in range(5))
everything = min(timed(lambda: (env.invalidate_all(), Placement._page(None))) for _time in range(5))
search = min(timed(lambda: (env.invalidate_all(), Placement._page(inbox.id, search="order invoice"))) for _time in range(5))
print("BENCH " + json.dumps({
    "messages": messages, "first": first, "again": again, "page": page, "everything": everything, "search": search,
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "placements": inbox.total_count,
}), flush=True)
