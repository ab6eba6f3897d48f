"""`make bench`: MailDesk beside its peers, over the same mailbox, in one run.

`MAILDESK_BENCH_MESSAGES` sets how many messages (20,000 unless told otherwise).
"""

import json
import os
import shutil
import subprocess
import sys

from dev.checks.steps import TEMPLATE, template
from dev.ground import postgres
from dev.ground.base import CHECKOUT, STATE, GroundError, checkout_key, run, say
from dev.ground.system import BENCH_TOOLS, SERVERS, install
from dev.servers.dovecot import Dovecot, DovecotError

PASSWORD = "bench"
USER = "bench@tidewheel.example"
DATABASE = f"maildesk_bench_{checkout_key()}"
MESSAGES = int(os.environ.get("MAILDESK_BENCH_MESSAGES", "20000"))

#: Fills the mailbox and measures the peers; run by the environment's own Python, which has their libraries.
PEERS = """
import json, sys
from dev.bench.mailbox import fill_mailbox
from dev.bench.peers import ENVELOPE_ITEMS, HEADER_ITEMS, bare_fetch, mbsync
port, user, password, count = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
filled = fill_mailbox("127.0.0.1", port, user, password, count=count)
figures = {"octets": filled.octets, "messages": filled.messages}
for name, work in (
    ("headers", lambda: bare_fetch("127.0.0.1", port, user, password, items=HEADER_ITEMS)),
    ("envelope", lambda: bare_fetch("127.0.0.1", port, user, password, items=ENVELOPE_ITEMS)),
    ("mbsync", lambda: mbsync("127.0.0.1", port, user, password)),
):
    figures[name] = work().rate
print("BENCH " + json.dumps(figures))
"""


def _figures(output):
    """The JSON of the line a measurement prints."""
    for line in output.splitlines():
        if line.startswith("BENCH "):
            return json.loads(line[6:])
    raise GroundError(f"a measurement printed no figures:\n{output[-3000:]}")


def _maildesk(command, environment, dovecot):
    postgres.copy(TEMPLATE, DATABASE)
    quiet = ["-d", DATABASE, "--no-http", "--max-cron-threads=0", "--log-level=warn"]
    run([*command, *quiet, "-i", "maildesk", "--stop-after-init"], what="installing maildesk", env=environment)
    values = {"MAILDESK_IMAP_PORT": str(dovecot.port), "MAILDESK_MAIL_USER": USER, "MAILDESK_MAIL_PASSWORD": PASSWORD}
    done = subprocess.run(
        [*command, "shell", *quiet], input=(CHECKOUT / "dev/bench/in_odoo.py").read_text(), text=True, check=False,
        env={**environment, **values}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    return _figures(done.stdout)


def main():
    """Measure and print the table."""
    try:
        install({"dovecot-imapd": SERVERS["dovecot-imapd"], **BENCH_TOOLS})
        command, environment = template(TEMPLATE, "mail")
        root = STATE / "bench-dovecot"
        shutil.rmtree(root, ignore_errors=True)
        with Dovecot(root, password=PASSWORD) as dovecot:
            say(f"filling a mailbox with {MESSAGES} messages and measuring the peers")
            program = [command[0], "-c", PEERS, dovecot.port, USER, PASSWORD, MESSAGES]
            peers = _figures(run(program, what="measuring the peers", cwd=CHECKOUT))
            say("measuring MailDesk")
            own = _maildesk(command, environment, dovecot)
        shutil.rmtree(root, ignore_errors=True)
        postgres.drop(DATABASE)
    except (GroundError, DovecotError) as error:
        sys.exit(f"maildesk: {error}")
    if own["placements"] != MESSAGES:
        sys.exit(f"maildesk: {own['placements']} of {MESSAGES} messages arrived: the figures would be worth nothing.")
    rate = own["placements"] / own["first"]
    print(
        f"\n{MESSAGES} messages, {peers['octets'] / 1e6:.0f} MB, {os.cpu_count()} cores\n\n"
        "| first index | messages/s | ratio |\n|---|---|---|\n"
        f"| MailDesk, stored and threaded | {rate:,.0f} | 1.00 |\n"
        f"| imapclient, header fields, nothing stored | {peers['headers']:,.0f} | {rate / peers['headers']:.2f} |\n"
        f"| imapclient, ENVELOPE, nothing stored | {peers['envelope']:,.0f} | {rate / peers['envelope']:.2f} |\n"
        f"| mbsync, whole mails | {peers['mbsync']:,.0f} | {rate / peers['mbsync']:.2f} |\n\n"
        "| MailDesk | |\n|---|---|\n"
        f"| a pass where nothing changed | {own['again']:.3f} s |\n"
        f"| a page of a folder's list | {own['page'] * 1000:.1f} ms |\n"
        f"| a page of All Mailboxes | {own['everything'] * 1000:.1f} ms |\n"
        f"| a search in a folder | {own['search'] * 1000:.1f} ms |\n"
        f"| memory of the process at its peak | {own['peak_mb']:.0f} MB |"
    )


if __name__ == "__main__":
    main()
