"""A pass over a mailbox where nothing changed: seconds, and what is said to the server."""

import re
from statistics import median

from imapclient import IMAPClient

from ..servers.proxy import Proxy
from .mailbox import fill_mailbox
from .stage import PASSWORD, Row, fresh_database, in_odoo, mail_server

#: A tag of any client, and the command.
_COMMAND = re.compile(rb"^[A-Za-z]+\d+ ((?:UID )?[A-Z]+)", re.MULTILINE)
MESSAGES = 10
PASSES = 5


def measure():
    """Rows of the table."""
    with mail_server("no-change", special={}) as dovecot:
        return [_row(dovecot, folders) for folders in (1, 100)]


def _row(dovecot, folders):
    user = f"folders-{folders}@tidewheel.example"
    fill_mailbox("127.0.0.1", dovecot.port, user, PASSWORD, count=MESSAGES)
    with IMAPClient("127.0.0.1", dovecot.port, ssl=False) as client:
        client.login(user, PASSWORD)
        there = {name for _flags, _separator, name in client.list_folders()}
        for number in range(folders - 1):
            name = f"Customer {number}"
            if name not in there:
                client.create_folder(name)
                client.append(name, b"Subject: Hello\r\n\r\nHello\r\n")
                client.subscribe_folder(name)
    with fresh_database() as database:
        in_odoo(database, "fetch", "prepare", port=dovecot.port, users=[user], password=PASSWORD)
        plain, _done = in_odoo(database, "fetch", "passes", port=dovecot.port, count=PASSES)
        with Proxy("127.0.0.1", dovecot.port, record=True) as proxy:
            in_odoo(database, "fetch", "passes", port=proxy.port)
            said = [command.decode() for passed in proxy.connections for command in _COMMAND.findall(bytes(passed.up))]
    signed_in = max(place for place, command in enumerate(said) if command in ("LOGIN", "AUTHENTICATE"))
    commands = said[signed_in + 1 :]
    plural = "s" if folders > 1 else ""
    return Row(
        f"a pass over {folders} folder{plural} where nothing changed", "≤ 4 commands after sign-in", f"{len(commands)} commands",
        f"{', '.join(commands)}; {median(plain['seconds']) * 1000:.0f} ms")
