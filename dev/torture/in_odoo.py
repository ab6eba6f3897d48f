"""Odoo's side of the torture runs, fed to `odoo shell`: does what the driver asks, with real commits.

A request is a line of JSON on one of the sockets whose numbers are in MAILDESK_TORTURE_FDS: ``{"do": name, …arguments}``;
each socket has a thread of its own, so that a person can act while a pass is under way. So is the answer: ``value`` or ``failed`` (a traceback), ``errors`` (what Odoo logged as an error meanwhile), ``memory`` (kB in use)
and ``peak`` (kB at most so far).
"""

import base64
import json
import logging
import os
import resource
import socket
import threading
import time
import traceback
from pathlib import Path

from odoo import SUPERUSER_ID, Command, api, sql_db
from odoo.addons.maildesk.const import SYNC_TIMEOUT
from odoo.addons.maildesk.models import sync_pass
from odoo.addons.maildesk.providers.oauth import Grant
from odoo.exceptions import UserError
from odoo.service.model import retrying

registry, this_process = env.registry, os.getpid()
lines = [socket.socket(fileno=int(number)) for number in os.environ["MAILDESK_TORTURE_FDS"].split(",")]
LOGIN = "torture"


class Errors(logging.Handler):
    """Keeps what was logged as an error; a statement that failed is one only where nobody tried again."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.texts = []

    def emit(self, record):
        if record.name != "odoo.sql_db":
            self.texts.append(self.format(record))


errors = Errors()
logging.getLogger().addHandler(errors)


def prepare(env, parameters, company):
    """A person who may use mailboxes, and what leads to the mail server: system parameters and values of the company."""
    for name, value in parameters.items():
        env["ir.config_parameter"].set_param(name, value)
    env.company.write(company)
    env["res.users"].with_context(no_reset_password=True).create({
        "name": "Torture", "login": LOGIN, "group_ids": [Command.link(env.ref("maildesk.group_maildesk_user").id)]})


def person(env):
    """The environment of the person who acts."""
    return env(user=env["res.users"].search([("login", "=", LOGIN)]).id)


def add_mailbox(env, email, server, grant=None):
    """A connected mailbox that the person may use; answers its id.

    :param dict server: values of its server.
    :param str grant: of whom is signed in at Microsoft, as ``Grant.dump`` writes it.
    """
    server = env["maildesk.incoming.server"].create({"name": email, **server})
    account = env["maildesk.account"].create({
        "name": email, "email": email, "incoming_server_id": server.id, "state": "connected", "keep_attachments": True,
        "user_ids": [Command.set([person(env).uid])]})
    if grant:
        env["maildesk.credential"]._store_grant(account, "microsoft", Grant.load(grant))
    return account.id


def drop_mailbox(env, account_id):
    """Forget a mailbox and its server."""
    account = env["maildesk.account"].browse(account_id)
    server = account.incoming_server_id
    account.unlink()
    server.unlink()


def time_passes(env):
    """The rests that follow failures are over: nobody waits for minutes here."""
    env.cr.execute("UPDATE maildesk_sync_state SET next_try_at = NULL, pause_ends_at = NULL WHERE next_try_at IS NOT NULL")
    env.cr.execute("UPDATE maildesk_operation SET next_try_at = NULL WHERE next_try_at IS NOT NULL")


def sync(env):
    """One run of the cron; answers the seconds it took."""
    begun = time.monotonic()
    time_passes(env)
    env.cr.commit()
    env["maildesk.account"]._cron_sync()
    return time.monotonic() - begun


def act(env, placement_ids, action, folder_id=None):
    """What a person does in MailDesk; answers the refusal's words, empty where there is none."""
    def work():
        person(env)["maildesk.message.placement"].browse(placement_ids)._act(action, folder_id)
    try:
        retrying(work, env)
    except UserError as refusal:
        env.cr.rollback()
        return str(refusal)
    return ""


def append(env, folder_id, raw, flags=()):
    """A mail stored by MailDesk itself; answers as :func:`act`."""
    def work():
        person(env)["maildesk.folder"].browse(folder_id)._append(base64.b64decode(raw), flags=tuple(flags))
    try:
        retrying(work, env)
    except UserError as refusal:
        env.cr.rollback()
        return str(refusal)
    return ""


def dismiss(env, account_id):
    """The person reads what could not be done; answers the reasons."""
    failed = person(env)["maildesk.operation"]._failed_of([account_id])
    reasons = [operation._as_shown()["error"] for operation in failed]
    failed._dismiss()
    return reasons


def sign_in_again(env, account_id):
    """The person presses Reconnect and signs in."""
    env["maildesk.account"].browse(account_id)._resume("torture")


def reset(env, account_id):
    """An administrator has the cached view rebuilt."""
    retrying(env["maildesk.account"].browse(account_id).action_reset_sync_state, env)


def switch(env, folder_ids, on):
    """An administrator has folders synchronised or not."""
    retrying(lambda: env["maildesk.folder.setting"].browse(folder_ids).write({"sync_enabled": on}), env)


def open_mail(env, placement_id):
    """Open a mail and each of its attachments; answers ``[error shown, [octets of each attachment or the refusal]]``."""
    placement = person(env)["maildesk.message.placement"].browse(placement_id)
    shown, parts = placement.message_id._open(placement), []
    for part in placement.message_id.attachment_ids:
        try:
            parts.append(len(part._content()))
        except UserError as refusal:
            parts.append(str(refusal))
    return [shown["error"], parts]


def fill_disk(env, megabytes):
    """Fill Odoo's file system to the last octet, or free it again with 0."""
    filler = Path(env["ir.attachment"]._filestore()) / "filler"
    filler.unlink(missing_ok=True)
    if megabytes:
        try:
            with filler.open("wb") as handle:
                for _times in range(megabytes * 256):
                    handle.write(bytes(4096))
                    handle.flush()
        except OSError as full:
            return str(full)
    return ""


def spawn():
    """A process that runs the cron over and over until it is killed; answers its id."""
    sql_db.close_all()
    pid = os.fork()
    if pid:
        return pid
    for line in lines:
        line.close()
    logging.getLogger().removeHandler(errors)
    while os.getppid() == this_process:
        try:
            with registry.cursor() as cr:
                sync(api.Environment(cr, SUPERUSER_ID, {}))
        # whatever it is, a worker of Odoo's would go on too; what remains wrong is found by the comparison
        except Exception:
            traceback.print_exc()
        time.sleep(0.005)
    os._exit(0)


def reap(pid):
    """Take note of a killed process; answers the signal that ended it, 0 where it ended by itself."""
    status = os.waitpid(pid, 0)[1]
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def be_patient(patience):
    """Wait so many seconds for an answer of the mail server; None is as long as ever."""
    sync_pass.SYNC_TIMEOUT = patience or SYNC_TIMEOUT


def hang_up():
    """Close the database connections of this process: Odoo's pool trips over each one that died, once."""
    sql_db.close_all()


WITHOUT_DATABASE = {work.__name__: work for work in (spawn, reap, hang_up, be_patient)}
WITH_DATABASE = {
    work.__name__: work
    for work in (prepare, add_mailbox, drop_mailbox, sync, act, append, dismiss, sign_in_again, reset, switch, open_mail, fill_disk)
}


def answer(request):
    """Do one thing, in a transaction of its own."""
    name = request.pop("do")
    if name in WITHOUT_DATABASE:
        return WITHOUT_DATABASE[name](**request)
    with registry.cursor() as cr:
        return WITH_DATABASE[name](api.Environment(cr, SUPERUSER_ID, {}), **request)


def memory():
    """kB in use right now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


def serve(line):
    """Answer request after request until the driver hangs up."""
    threading.current_thread().dbname = registry.db_name
    for text in line.makefile("r"):
        try:
            reply = {"value": answer(json.loads(text))}
        # whatever it is, the driver is to see it
        except Exception:
            reply = {"failed": traceback.format_exc()}
        usage = {"errors": errors.texts[:], "memory": memory(), "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}
        errors.texts.clear()
        line.sendall(json.dumps({**reply, **usage}).encode() + b"\n")


env.cr.commit()
threading.Thread(target=serve, args=(lines[1],), daemon=True).start()
serve(lines[0])
# the shell would tidy up a cursor whose connection was closed before a fork
os._exit(0)
