"""Fetching mail, as the cron does it."""

import threading
import time

from ..stage import memory


def connect(env, port, users, password):
    """Mailboxes of the private mail server, which may be fetched from now on."""
    env["ir.config_parameter"].set_param("maildesk.allowed_hosts", "127.0.0.1")
    servers = env["maildesk.incoming.server"].create([
        {"name": user, "host": "127.0.0.1", "port": port, "encryption": "none", "username": user, "password": password}
        for user in users
    ])
    accounts = env["maildesk.account"].create([
        {"name": user, "email": user, "incoming_server_id": server.id, "state": "connected"}
        for user, server in zip(users, servers, strict=True)
    ])
    env.cr.commit()
    return accounts


def first(env, port, user, password):
    """The first synchronisation of one mailbox."""
    account = connect(env, port, [user], password)
    seconds = timed(env["maildesk.account"]._cron_sync)
    return {"seconds": seconds, "messages": cached(env, account)}


def first_with_memory(env, port, user, password):
    """The same, its memory being looked at ten times a second: pairs of seconds and megabytes."""
    account = connect(env, port, [user], password)
    looks, ended, begun = [], threading.Event(), time.perf_counter()

    def look():
        while not ended.wait(0.1):
            looks.append((time.perf_counter() - begun, memory("self")))

    watcher = threading.Thread(target=look)
    watcher.start()
    before = memory("self")
    seconds = timed(env["maildesk.account"]._cron_sync)
    ended.set()
    watcher.join()
    return {"seconds": seconds, "messages": cached(env, account), "before": before, "peak": memory("self", "VmHWM"), "looks": looks}


def prepare(env, port, users, password):
    """Mailboxes fetched until nothing is left to do."""
    accounts = connect(env, port, users, password)
    env["maildesk.account"]._cron_sync()
    return {"messages": cached(env, accounts)}


def passes(env, port, count=1):
    """Passes over mailboxes where nothing has changed, whose server is now at a certain port."""
    # not through the ORM: a server that is written to has to be given its password anew
    env.cr.execute("UPDATE maildesk_incoming_server SET port = %s", [port])
    env.cr.execute("UPDATE maildesk_sync_state SET started_at = NULL, next_try_at = NULL")
    env.cr.commit()
    env.invalidate_all()
    seconds = [timed(env["maildesk.account"]._cron_sync) for _pass in range(count)]
    env.invalidate_all()
    states = env["maildesk.account"].search([]).mapped("state")
    visited = env["maildesk.sync.state"].search_count([("started_at", "!=", False)])
    return {"seconds": seconds, "visited": visited, "connected": states.count("connected")}


def timed(work):
    """Seconds a call takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def cached(env, accounts):
    """How many messages lie in folders."""
    env.invalidate_all()
    return env["maildesk.message.placement"].search_count([("folder_id.account_id", "in", accounts.ids)])
