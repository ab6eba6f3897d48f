"""What only real commits show: workers that race, die and wait for each other. Plain unittest around real Odoo processes.

    python -m dev.live [dotted name …]        (from the root of the checkout, in the environment's Python)
"""

import contextlib
import shutil
import subprocess
import sys
import time
import unittest

from imapclient import IMAPClient

from dev.bench.mailbox import fill_mailbox
from dev.checks.steps import DATABASE as INSTALLED
from dev.comparison import connect, differences, on_server
from dev.ground import postgres
from dev.ground.base import STATE, checkout_key
from dev.ground.odoo import prepare
from dev.servers.dovecot import Dovecot

DATABASE = f"maildesk_live_{checkout_key()}"
PASSWORD = "live"
MESSAGES = 3000

SETUP = """
env["ir.config_parameter"].set_param("maildesk.allowed_hosts", "127.0.0.1")
env["res.users"].with_context(no_reset_password=True).create({{
    "name": "Colleague", "login": "colleague", "group_ids": [(4, env.ref("maildesk.group_maildesk_user").id)]}})
for email, port in {boxes}:
    server = env["maildesk.incoming.server"].create({{
        "name": email, "host": "127.0.0.1", "port": port, "encryption": "none", "username": email, "password": "{password}"}})
    account = env["maildesk.account"].create({{
        "name": email, "email": email, "incoming_server_id": server.id, "state": "connected",
        "allow_personal_connection": True, "share_password": "open sesame"}})
env.cr.commit()
"""
WORK = """
for _round in range(3):
    env["maildesk.account"]._cron_sync()
    env.cr.rollback()
print("WORKER DONE")
"""
MEANWHILE = """
import time
def running():
    env.cr.rollback()
    env.invalidate_all()
    return bool(env["maildesk.sync.state"].search([("account_id.email", "=", "{email}")]).lease_until)
while not env["maildesk.message"].search_count([("account_id.email", "=", "{email}")]):
    env.cr.rollback(); env.invalidate_all(); time.sleep(0.02)
account = env["maildesk.account"].search([("email", "=", "{email}")])
account.write({{"sender_name": "Saved meanwhile", "name": "Renamed meanwhile"}})
env.cr.commit()
colleague = env["res.users"].search([("login", "=", "colleague")])
from odoo.exceptions import UserError
for address, password in (("nobody@tidewheel.example", "x"), ("{email}", "wrong")):
    try:
        account.with_user(colleague).connect_mailbox(address, password)
    except UserError as refusal:
        env.cr.rollback()
        print(refusal)
account.with_user(colleague).connect_mailbox("{email}", "open sesame")
env.cr.commit()
print("STILL RUNNING" if running() else "PASS WAS OVER")
"""
GUESSES = """
from concurrent.futures import ThreadPoolExecutor
from odoo.exceptions import UserError
colleague = env["res.users"].search([("login", "=", "colleague")])
registry, uid = env.registry, colleague.id
def guess(number):
    with registry.cursor() as cr:
        try:
            return api.Environment(cr, uid, {{}})["maildesk.account"].connect_mailbox("{email}", f"guess {{number}}")
        except UserError as refusal:
            cr.rollback()
            return str(refusal)
from odoo import api
with ThreadPoolExecutor(12) as pool:
    for answer in pool.map(guess, range(24)):
        print(answer)
"""


class LiveCase(unittest.TestCase):
    """Odoo processes on one database, and a mail server."""

    @classmethod
    def setUpClass(cls):
        cls.command, cls.environment = prepare()
        root = STATE / f"live-{checkout_key()}"
        shutil.rmtree(root, ignore_errors=True)
        cls.addClassCleanup(shutil.rmtree, root, True)
        cls.dovecot = Dovecot(root, password=PASSWORD).start()
        cls.addClassCleanup(cls.dovecot.stop)

    def setUp(self):
        postgres.copy(INSTALLED, DATABASE)
        self.addCleanup(postgres.drop, DATABASE)

    def shell(self, script):
        """Start an Odoo shell that runs a script."""
        process = subprocess.Popen(
            [*self.command, "shell", "-d", DATABASE, "--no-http", "--max-cron-threads=0", "--log-level=warn"],
            env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        process.stdin.write(script)
        process.stdin.close()
        process.stdin = None
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def output(self, process):
        """What a shell said, once it ended without a traceback."""
        text = process.communicate(timeout=90)[0]
        self.assertNotIn("Traceback", text)
        self.assertNotRegex(text, r" (ERROR|CRITICAL) ")
        return text

    def prepare_boxes(self, *names, dead=(), elsewhere=(), messages=MESSAGES):
        """Mailboxes, each with its account.

        :param names: of those on the Dovecot.
        :param dead: of those on a port where nobody listens.
        :param elsewhere: ports of other servers.
        :return: their addresses.
        """
        boxes = []
        for number, name in enumerate(names):
            email = f"{self._testMethodName}-{name}@tidewheel.example"
            fill_mailbox("127.0.0.1", self.dovecot.port, email, PASSWORD, count=messages, average=1500, seed=number)
            boxes.append((email, self.dovecot.port))
        for name, port in (*((name, 1) for name in dead), *((f"port{port}", port) for port in elsewhere)):
            boxes.append((f"{self._testMethodName}-{name}@tidewheel.example", port))
        self.output(self.shell(SETUP.format(boxes=boxes, password=PASSWORD)))
        return [email for email, _port in boxes]

    def assert_same(self, email):
        """The cache is what the server has."""
        number = int(postgres.psql(f"SELECT id FROM maildesk_account WHERE email = '{email}'", DATABASE))
        with contextlib.closing(connect(DATABASE)) as database, IMAPClient("127.0.0.1", self.dovecot.port, ssl=False) as client:
            client.login(email, PASSWORD)
            self.assertEqual(differences(database, number, on_server(client), unique_ids=True), [])


class TestLive(LiveCase):
    """Several workers."""

    def test_two_workers_and_a_dead_server(self):
        one, two, three, dead = self.prepare_boxes("one", "two", "three", dead=["dead"])
        workers = [self.shell(WORK), self.shell(WORK)]
        for worker in workers:
            self.assertIn("WORKER DONE", self.output(worker))
        for email in (one, two, three):
            self.assert_same(email)
        states = postgres.psql("SELECT email, state, error_message FROM maildesk_account ORDER BY id", DATABASE)
        self.assertEqual(states.count("|connected|"), 3)
        self.assertIn(f"{dead}|error|127.0.0.1 refuses connections on port 1", states)

    def test_saving_and_joining_during_a_long_pass(self):
        [email] = self.prepare_boxes("long", messages=5 * MESSAGES)
        meanwhile = self.shell(MEANWHILE.format(email=email))
        time.sleep(4)  # until it is looking
        worker = self.shell(WORK)
        said = self.output(meanwhile)
        for words in ("No shared mailbox found with this email.", "Incorrect password.", "STILL RUNNING"):
            self.assertIn(words, said)
        # a refusal is rolled back; what was counted and logged stays
        failures = "SELECT count(*) FROM maildesk_log WHERE event = 'join_failed'"
        self.assertEqual(postgres.psql(failures, DATABASE).strip(), "2")
        self.assertIn("WORKER DONE", self.output(worker))
        self.assert_same(email)
        saved = postgres.psql("SELECT name FROM maildesk_account", DATABASE).strip()
        self.assertEqual(saved, "Renamed meanwhile")

    def test_guessing_many_passwords_at_once(self):
        [email] = self.prepare_boxes(dead=["guessed"])
        said = self.output(self.shell(GUESSES.format(email=email)))
        self.assertLessEqual(said.count("Incorrect password."), 5)
        self.assertEqual(said.count("Incorrect password.") + said.count("Too many attempts."), 24, said)

    def test_a_killed_worker_is_replaced(self):
        [email] = self.prepare_boxes("killed", messages=3 * MESSAGES)
        first = self.shell(WORK)
        count = "SELECT count(*) FROM maildesk_message_placement"
        while int(postgres.psql(count, DATABASE)) < 100:
            time.sleep(0.02)
        first.kill()
        first.wait()
        self.assertLess(int(postgres.psql(count, DATABASE)), 3 * MESSAGES)
        # the lease of the dead ends by itself; not to wait for it here
        postgres.psql("UPDATE maildesk_sync_state SET lease_until = now() AT TIME ZONE 'UTC' - interval '1 second'", DATABASE)
        self.assertIn("WORKER DONE", self.output(self.shell(WORK)))
        self.assert_same(email)


def main(names):
    """Run, and end with the line `make test` counts.

    :param list names: of classes or tests, or none for all.
    """
    suite = unittest.defaultTestLoader.loadTestsFromNames(names or [
        "dev.live.TestLive", "dev.live_idle.TestIdle", "dev.live_sign_in.TestLiveSignIn", "dev.live_trickle.TestTrickle"])
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"live: {result.testsRun - failed} passed, {failed} failed", flush=True)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main(sys.argv[1:])
