"""A large mailbox, new: from the button `Fetch folders` to its newest mail on the screen of somebody who has the app open."""

import time

from ..ground import postgres
from .app import SCRIPT
from .chromium import Chromium
from .large_mailbox import large_mailbox
from .sizes import LARGE
from .stage import PASSWORD, USER, Row, Server, fresh_database, in_odoo

ROWS = 50


def measure():
    """Rows of the table."""
    with large_mailbox() as dovecot, fresh_database() as database:
        answer, _done = in_odoo(database, "people", "mailbox", port=dovecot.port, user=USER, password=PASSWORD)
        with Server(database, crons=2) as server:
            session = server.sign_in("admin", "admin")
            with Chromium(server.url, session) as browser:
                browser.on_every_page(SCRIPT)
                browser.open("/odoo/maildesk")
                browser.wait_for("document.querySelector('.o_maildesk_list .o_maildesk_empty') !== null")
                browser.evaluate("window.benchFilled = maildeskBench.filled(); null")
                begun = time.time()
                server.call(session, "/web/dataset/call_kw", model="maildesk.account", method="action_fetch_folders",
                            args=[[answer["account_id"]]], kwargs={})
                answered = time.time() - begun
                stored = _stored(database, begun)
                page = server.call(session, "/maildesk/messages", limit=ROWS)
                listed = time.time() - begun
                seen = browser.evaluate("benchFilled") / 1000 - begun
    assert len(page["rows"]) == ROWS
    return [Row(
        f"newest {ROWS} of {LARGE:,} messages on screen after the first Fetch folders", "≤ 5 s", f"{seen:.1f} s",
        f"the button answered after {answered:.1f} s, {ROWS} rows were cached after {stored:.1f} s, a page of them was there after "
        f"{listed:.1f} s")]


def _stored(database, begun):
    """Seconds until so many rows are committed."""
    while int(postgres.psql(f"SELECT count(*) FROM (SELECT FROM maildesk_message_placement LIMIT {ROWS}) found", database)) < ROWS:
        time.sleep(0.05)
    return time.time() - begun
