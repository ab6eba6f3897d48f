"""The large mailbox: mail is small in it, for it is their number that counts."""

import contextlib

from ..ground.base import say
from .mailbox import fill_mailbox
from .sizes import LARGE
from .stage import PASSWORD, USER, mail_server

AVERAGE = 2_000


@contextlib.contextmanager
def large_mailbox():
    """Its mail server, running."""
    with mail_server(f"large-{LARGE}") as dovecot:
        say(f"filling a mailbox with {LARGE} messages (kept for the next run)")
        fill_mailbox("127.0.0.1", dovecot.port, USER, PASSWORD, count=LARGE, average=AVERAGE)
        yield dovecot
