"""From a mail's delivery to its row in an open app, where the mail server calls (IDLE)."""

import time
from datetime import datetime, timezone
from statistics import median

from imapclient import IMAPClient

from .app import SCRIPT
from .chromium import Chromium
from .mailbox import fill_mailbox
from .stage import PASSWORD, USER, Row, Server, fresh_database, in_odoo, mail_server

MESSAGES = 100
TIMES = 5
#: Seconds between two deliveries, uneven so that nothing that happens each second can hide.
PAUSE = 2.3


def measure():
    """Rows of the table."""
    with mail_server("push") as dovecot, fresh_database() as database:
        fill_mailbox("127.0.0.1", dovecot.port, USER, PASSWORD, count=MESSAGES)
        in_odoo(database, "people", "mailbox", port=dovecot.port, user=USER, password=PASSWORD, fetched=True)
        with Server(database, crons=2) as server, IMAPClient("127.0.0.1", dovecot.port, ssl=False) as client:
            client.login(USER, PASSWORD)
            server.watch()
            with Chromium(server.url, server.sign_in("admin", "admin")) as browser:
                browser.on_every_page(SCRIPT)
                browser.open("/odoo/maildesk")
                browser.wait_for("window.maildeskBench?.rowsPainted")
                # until the watcher holds its line and everything is quiet
                time.sleep(8)
                times = [_deliver(client, browser, f"delivery-{time.time_ns()}") for _time in range(TIMES)]
    return [Row(
        "delivered to seen in an open MailDesk, the server having IDLE", "≤ 3 s", f"{median(times):.2f} s",
        f"{min(times):.2f} to {max(times):.2f} s of {TIMES}")]


def _deliver(client, browser, subject):
    """Seconds until it is seen."""
    browser.evaluate(f"window.benchSeen = maildeskBench.seen({subject!r}); null")
    now = datetime.now(timezone.utc)
    begun = time.time()
    client.append("INBOX", f"Subject: {subject}\r\nFrom: rosa@pedalia.example\r\nMessage-ID: <{subject}@x.example>\r\n\r\nHello\r\n".encode(),
                  (), now)
    seen = browser.evaluate("benchSeen") / 1000 - begun
    time.sleep(PAUSE)
    return seen
