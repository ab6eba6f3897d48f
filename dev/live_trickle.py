"""Mail servers that trickle beside good ones, under a real Odoo: its crons, its limits, its processes. Run by :mod:`dev.live`."""

import re
import subprocess
import tempfile
import time
from pathlib import Path

from imapclient import IMAPClient

from dev.ground import postgres
from dev.live import DATABASE, PASSWORD, LiveCase
from dev.unit_tests import register

register()

from maildesk.tests.fakes.trickle import TrickleServer  # noqa: E402

#: Seconds Odoo allows a cron. Far more than it takes, and short enough for a test to outlast it.
LIMIT = 20
#: Seconds a round of the cron may take before the test gives up.
PATIENCE = 90.0
GOOD = 3
MAIL = b"Subject: Round %d\r\nMessage-ID: <round-%d@pedalia.example>\r\n\r\nNews\r\n"
#: What Odoo says when it kills a worker, or restarts itself.
ENDED = re.compile(r"time limit|limit reached|Initiating server reload|timeout after|Traceback")
ONLY_OURS = """
UPDATE ir_cron SET active = id IN (SELECT res_id FROM ir_model_data WHERE module = 'maildesk' AND name = 'ir_cron_maildesk_sync');
DELETE FROM ir_cron_trigger
"""
DUE = """
UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' - interval '1 second' WHERE active;
UPDATE maildesk_sync_state SET next_try_at = NULL
"""


class TestTrickle(LiveCase):
    """One server trickles its greeting, one its list of folders; three mailboxes are on a good one."""

    def setUp(self):
        super().setUp()
        tricklers = [self.enterContext(TrickleServer(word, pace=1.0)) for word in (b"", b"LIST")]
        names = [f"good{number}" for number in range(GOOD)]
        self.good = self.prepare_boxes(*names, elsewhere=[server.port for server in tricklers], messages=2)[:GOOD]
        postgres.psql(ONLY_OURS, DATABASE)

    def odoo(self, *options):
        """A server that runs crons alone; ``said()`` is its log."""
        log = tempfile.NamedTemporaryFile("w+", suffix=".log")  # noqa: SIM115 (closed with the test)
        self.addCleanup(log.close)
        process = subprocess.Popen(
            [*self.command, "-d", DATABASE, "--no-http", "--max-cron-threads=1", f"--limit-time-real-cron={LIMIT}", *options],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        process.said = Path(log.name).read_text
        self.addCleanup(self.end_gently, process)
        return process

    def end_gently(self, process):
        """With its workers."""
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            self.end(process)

    @staticmethod
    def call():
        """Have Odoo look what is due."""
        postgres.psql(DUE, DATABASE)
        postgres.psql(f"NOTIFY cron_trigger, '{DATABASE}'", "postgres")

    def deliver(self, number):
        for email in self.good:
            with IMAPClient("127.0.0.1", self.dovecot.port, ssl=False) as client:
                client.login(email, PASSWORD)
                client.append("INBOX", MAIL % (number, number))

    def cached(self, number):
        query = f"SELECT count(*) FROM maildesk_message WHERE subject = 'Round {number}'"
        return int(postgres.psql(query, DATABASE))

    def rounds(self, odoo):
        """Mail comes in and the cron is due, again and again, for longer than Odoo lets a cron run."""
        begun, number = time.monotonic(), 0
        while time.monotonic() < begun + 1.25 * LIMIT:
            number += 1
            self.deliver(number)
            asked = time.monotonic()
            while self.cached(number) < GOOD:
                self.call()
                self.assertLess(time.monotonic() - asked, PATIENCE, f"round {number}: {odoo.said()}")
                self.assertIsNone(odoo.poll(), odoo.said())
                time.sleep(0.5)
        self.assertGreater(number, 2, "the cron comes too seldom to be measured")
        print(f"  {number} rounds in {time.monotonic() - begun:.0f} s")
        self.assertNotRegex(odoo.said(), ENDED)
        self.assertIsNone(odoo.poll())
        states = postgres.psql("SELECT DISTINCT state FROM maildesk_account WHERE email LIKE '%good%'", DATABASE)
        self.assertEqual(states.split(), ["connected"])

    def test_in_threads(self):
        odoo = self.odoo()
        self.rounds(odoo)
        # the cron's, ours, and what Odoo has by itself; not more with every round
        threads = len(list(Path(f"/proc/{odoo.pid}/task").iterdir()))
        self.assertLess(threads, 30)
        self.assert_left_threads_end(odoo)

    def assert_left_threads_end(self, odoo):
        """What was left to its thread is given up in the end: the mailbox says why, its lease is over."""
        begun = time.monotonic()
        error = "SELECT count(*) FROM maildesk_account WHERE state = 'error' AND error_message LIKE '%so slowly%'"
        while int(postgres.psql(error, DATABASE)) < 2:
            self.assertLess(time.monotonic() - begun, PATIENCE, odoo.said())
            time.sleep(1)
        postgres.psql("UPDATE ir_cron SET active = false", DATABASE)
        leases = "SELECT count(*) FROM maildesk_sync_state WHERE lease_until IS NOT NULL"
        while int(postgres.psql(leases, DATABASE)):
            self.assertLess(time.monotonic() - begun, 2 * PATIENCE, odoo.said())
            time.sleep(1)

    def test_in_workers(self):
        odoo = self.odoo("--workers=2")
        self.rounds(odoo)
        said = odoo.said()
        workers = set(re.findall(r"Worker WorkerCron \((\d+)\) alive", said))
        self.assertEqual(len(workers), 1, said)
