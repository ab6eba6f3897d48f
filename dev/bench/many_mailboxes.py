"""Many mailboxes behind a long line, nothing changed: one pass over all of them, by one worker."""

import os
import shutil
from pathlib import Path

from ..ground.base import GroundError, say
from ..servers.proxy import ProxyProcess
from .mailbox import fill_mailbox
from .sizes import MAILBOXES
from .stage import PASSWORD, Row, in_odoo, kept_database, mail_server

MESSAGES = 5
ROUND_TRIP_MS = 100


def measure():
    """Rows of the table."""
    users = [f"box{number}@tidewheel.example" for number in range(MAILBOXES)]
    with mail_server(f"many-{MAILBOXES}") as dovecot:
        _fill(dovecot, users)
        database = kept_database("many", f"{MAILBOXES}", lambda name: _connect(name, dovecot.port, users))
        # what was left over, such as folders looked at for the first time after an upgrade
        in_odoo(database, "fetch", "passes", port=dovecot.port)
        near, _done = in_odoo(database, "fetch", "passes", port=dovecot.port)
        with ProxyProcess("127.0.0.1", dovecot.port, ROUND_TRIP_MS / 2) as proxy:
            far, done = in_odoo(database, "fetch", "passes", port=proxy.port)
    if (far["visited"], far["connected"]) != (MAILBOXES, MAILBOXES):
        raise GroundError(f"{far['visited']} of {MAILBOXES} mailboxes were visited, {far['connected']} answered")
    return [Row(
        f"{MAILBOXES:,} mailboxes at {ROUND_TRIP_MS} ms round trip, nothing changed: one pass", "≤ 60 s on 2 cores",
        f"{far['seconds'][0]:.1f} s", f"{near['seconds'][0]:.1f} s without the delay; {done.peak:.0f} MB")]


def _fill(dovecot, users):
    """The first mailbox through IMAP, the others as copies of its files."""
    fill_mailbox("127.0.0.1", dovecot.port, users[0], PASSWORD, count=MESSAGES)
    mail = dovecot.root / "mail"
    for user in users[1:]:
        if not (mail / user).exists():
            # under another name until it is whole
            copy = Path(shutil.copytree(mail / users[0], mail / f"{user}.new"))
            if os.geteuid() == 0:
                # Dovecot runs as another user then
                for path in (copy, *copy.rglob("*")):
                    shutil.chown(path, mail.stat().st_uid, mail.stat().st_gid)
            copy.rename(mail / user)


def _connect(database, port, users):
    say(f"fetching {len(users)} mailboxes for the first time (kept for the next run)")
    in_odoo(database, "fetch", "prepare", port=port, users=users, password=PASSWORD)
