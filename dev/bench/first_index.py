"""The first index of a mailbox: MailDesk, which stores, threads and makes searchable, beside programs that do less or more."""

from statistics import median

from ..ground.base import GroundError, say
from . import peers
from .mailbox import fill_mailbox
from .sizes import MESSAGES
from .stage import PASSWORD, USER, Row, fresh_database, in_odoo, mail_server

#: The fast ones take turns so many times, so that what else the machine does hits all alike.
ROUNDS = 3


def measure():
    """Rows of the table."""
    with mail_server(f"first-{MESSAGES}") as dovecot:
        say(f"filling a mailbox with {MESSAGES} messages (kept for the next run)")
        fill_mailbox("127.0.0.1", dovecot.port, USER, PASSWORD, count=MESSAGES)
        runs = {"maildesk": [], "header": [], "envelope": []}
        for _round in range(ROUNDS):
            runs["header"].append(peers.imapclient(dovecot.port, "header"))
            runs["maildesk"].append(_maildesk(dovecot.port))
            runs["envelope"].append(peers.imapclient(dovecot.port, "envelope"))
        say("mbsync and offlineimap copy the mailbox")
        runs |= {"mbsync": [peers.mbsync(dovecot.port)], "offlineimap": [peers.offlineimap(dovecot.port)]}
    names = {
        "maildesk": f"first index of {MESSAGES:,} messages: MailDesk, stored, threaded, searchable",
        "header": "… bare `imapclient`, the same header fields and structure, nothing stored",
        "envelope": "… bare `imapclient`, `ENVELOPE` and structure, nothing stored",
        "mbsync": "… `mbsync`, whole messages into a Maildir, no fsync",
        "offlineimap": "… `offlineimap3`, whole messages into a Maildir, no fsync",
    }
    yardstick = _rate(runs["header"])
    return [
        Row(name, "≥ 1.0×" if key == "maildesk" else "", f"{_rate(runs[key]):,.0f} messages/s", _remark(runs[key], yardstick))
        for key, name in names.items()
    ]


def _maildesk(port):
    with fresh_database() as database:
        answer, done = in_odoo(database, "fetch", "first", port=port, user=USER, password=PASSWORD)
    if answer["messages"] != MESSAGES:
        raise GroundError(f"{answer['messages']} of {MESSAGES} messages arrived: the figures would be worth nothing.")
    return peers.Figure(answer["messages"], answer["seconds"], done.peak)


def _rate(figures):
    return median(figure.rate for figure in figures)


def _remark(figures, yardstick):
    spread = f", best {max(figure.rate for figure in figures):,.0f}" if len(figures) > 1 else ""
    return f"{_rate(figures) / yardstick:.2f}×{spread}; {max(figure.peak for figure in figures):.0f} MB"
