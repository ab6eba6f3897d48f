"""The IDLE watcher for real: its own process, PostgreSQL, Dovecot, and mail that arrives. Run by :mod:`dev.live`."""

import contextlib
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from imapclient import IMAPClient

from dev.ground import postgres
from dev.live import DATABASE, PASSWORD, LiveCase
from dev.servers.dovecot import Dovecot

MAIL = b"Subject: News\r\nMessage-ID: <news@pedalia.example>\r\n\r\nNews\r\n"
#: Seconds until mail that arrived has to be known: far less than the cron's two minutes, however busy the machine. How long it
#: took is printed; `dev.bench` measures it.
AT_ONCE = 30.0
#: Seconds until something else has to have happened, likewise.
SOON = 30.0
ARCHIVE = 'env["maildesk.account"].search([]).active = False\nenv.cr.commit()\n'
PARAMETER = 'env["ir.config_parameter"].set_param("maildesk.paused", "{value}")\nenv.cr.commit()\n'
NEW_PASSWORD = """
env["maildesk.incoming.server"].search([("username", "=", "{email}")]).password = "{password}"
env.cr.commit()
"""


class TestIdle(LiveCase):
    """One watcher, sometimes two."""

    def setUp(self):
        super().setUp()
        [self.email] = self.prepare_boxes("box", messages=2)
        # crons are none of the matter here: what is asked for stays visible
        postgres.psql("DELETE FROM ir_cron_trigger", DATABASE)

    def watcher(self, *options):
        """A watcher that tries and reads again quickly; ``said()`` is its log."""
        log = tempfile.NamedTemporaryFile("w+", suffix=".log")  # noqa: SIM115 (closed with the test)
        self.addCleanup(log.close)
        process = subprocess.Popen(
            [*self.command, "maildesk_idle", "-d", DATABASE, "--retry", "0.3", "--every", "1", *options],
            env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        process.said = Path(log.name).read_text
        self.addCleanup(self.end, process)
        return process

    def wait_for(self, condition, seconds, what):
        """Answers how long it took."""
        begun = time.monotonic()
        while not condition():
            self.assertLess(time.monotonic() - begun, seconds, what() if callable(what) else what)
            time.sleep(0.02)
        return time.monotonic() - begun

    def wait_for_words(self, watcher, words, seconds=SOON, times=1):
        self.wait_for(lambda: watcher.said().count(words) >= times, seconds, lambda: f"{words!r} is missing in {watcher.said()}")

    def watched(self, *options):
        """A watcher that holds its line, what it asked for at its beginning being done with."""
        watcher = self.watcher(*options)
        self.wait_for_words(watcher, ": watched, ")
        self.wait_for(self.requests, SOON, "nothing was asked for at the beginning")
        self.forget()
        return watcher

    def requests(self):
        return int(postgres.psql("SELECT count(*) FROM maildesk_sync_request", DATABASE))

    def forget(self):
        # what a pass does; the next request is again the first
        postgres.psql("DELETE FROM maildesk_sync_request", DATABASE)
        postgres.psql("DELETE FROM ir_cron_trigger", DATABASE)
        time.sleep(1.1)  # requests keep that distance

    def deliver(self, folder="INBOX"):
        with IMAPClient("127.0.0.1", self.dovecot.port, ssl=False) as client:
            client.login(self.email, PASSWORD)
            client.append(folder, MAIL)

    def lines(self):
        """Signed-in connections of the mailbox."""
        return len(re.findall(rf"^{re.escape(self.email)}\s", self.dovecot.doveadm("who", "-1"), re.MULTILINE))

    def test_mail_is_asked_for_at_once(self):
        watcher = self.watched()
        for folder in ("INBOX", "Archive"):
            self.deliver(folder)
            took = self.wait_for(self.requests, AT_ONCE, f"mail in {folder} was not noticed")
            print(f"  mail in {folder}: asked for after {took:.2f} s")
            self.assertEqual(self.requests(), 1)
            self.assertEqual(postgres.psql("SELECT count(*) FROM ir_cron_trigger", DATABASE).strip(), "1")
            self.forget()
        watcher.send_signal(signal.SIGTERM)
        took = self.wait_for(lambda: watcher.poll() is not None, SOON, "SIGTERM did not end it")
        self.assertEqual(watcher.returncode, 0, watcher.said())
        self.assertIn("stopped, 1 lines closed", watcher.said())
        self.assertNotIn("Traceback", watcher.said())
        self.assertNotIn(PASSWORD, watcher.said().replace(DATABASE, ""))
        self.wait_for(lambda: not self.lines(), SOON, "the line stayed open")
        # Dovecot tells this from a line that was merely cut, or closed by the end of a process
        self.assertRegex(self._mail_log(), r"Logged out[^\n]*\n[^\n]*\Z")

    def test_what_cannot_be_written_is_not_lost(self):
        watcher = self.watched()
        postgres.psql("ALTER TABLE maildesk_sync_request RENAME TO maildesk_sync_request_away", DATABASE)
        self.deliver()
        self.wait_for_words(watcher, "met an error it did not expect")
        postgres.psql("ALTER TABLE maildesk_sync_request_away RENAME TO maildesk_sync_request", DATABASE)
        self.wait_for(self.requests, SOON, "what was told is lost")
        self.assertEqual(watcher.said().count(": watched, "), 1, "the line had no reason to be made anew")

    def test_delivered_to_cached(self):
        self.watched()
        odoo = subprocess.Popen(
            [*self.command, "-d", DATABASE, "--no-http", "--max-cron-threads=1", "--log-level=warn"], env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, odoo)
        # the box has been looked at once its mails are here; then all is quiet
        self.wait_for(self._cached_after_a_call, 60, "Odoo fetched nothing")
        time.sleep(2)
        times = []
        for number in range(3, 8):
            self.deliver()
            times.append(self.wait_for(lambda number=number: self.cached() == number, AT_ONCE, "mail was not cached in time"))
        print("  delivered to cached:", *(f"{seconds:.2f}" for seconds in times), "s")

    def _cached_after_a_call(self):
        # a cron thread looks by itself only a minute after its start
        postgres.psql(f"NOTIFY cron_trigger, '{DATABASE}'", "postgres")
        time.sleep(0.5)
        return self.cached() == 2

    def cached(self):
        return int(postgres.psql("SELECT count(*) FROM maildesk_message_placement", DATABASE))

    def test_two_watchers_and_a_death(self):
        first = self.watched()
        second = self.watcher()
        self.wait_for_words(second, "standing by")
        self.deliver()
        self.wait_for(self.requests, AT_ONCE, "mail was not noticed")
        self.assertEqual(self.lines(), 1)
        self.assertNotIn(": watched, ", second.said())
        first.kill()
        self.wait_for_words(second, ": watched, ")
        self.wait_for(lambda: self.lines() == 1, SOON, "the dead one's line stayed")
        self.forget()
        self.deliver()
        self.wait_for(self.requests, AT_ONCE, "mail was not noticed by the second watcher")

    def test_the_mail_server_goes_and_comes(self):
        watcher = self.watched()
        root, port = self.dovecot.root, self.dovecot.port
        self.dovecot.stop()
        self.wait_for_words(watcher, "not watched: Unreachable")
        type(self).dovecot = Dovecot(root, port=port, password="another")
        self.addCleanup(self._original_server, root, port)
        self.dovecot.start()
        self.wait_for_words(watcher, "not watched: AuthError")
        self.forget()
        refused = self._refusals()
        time.sleep(2)
        self.assertEqual(self._refusals(), refused, "a refused password was tried again")
        self.output(self.shell(NEW_PASSWORD.format(email=self.email, password="another")))
        self.wait_for_words(watcher, ": watched, ", times=2)
        self.wait_for(self.requests, SOON, "nothing was asked for after the reconnect")
        self.assertNotIn("Traceback", watcher.said())

    def _refusals(self):
        return self._mail_log().count("auth failed")

    def _mail_log(self):
        return (self.dovecot.root / "dovecot.log").read_text()

    def _original_server(self, root, port):
        self.dovecot.stop()
        type(self).dovecot = Dovecot(root, port=port, password=PASSWORD).start()
        self.addClassCleanup(self.dovecot.stop)

    def test_paused_and_disconnected(self):
        watcher = self.watched()
        self.output(self.shell(PARAMETER.format(value="1")))
        self.wait_for_words(watcher, "no longer watched")
        self.wait_for(lambda: not self.lines(), SOON, "the line stayed open")
        self.output(self.shell(PARAMETER.format(value="0")))
        self.wait_for_words(watcher, ": watched, ", times=2)
        postgres.psql("UPDATE maildesk_account SET state = 'disconnected'; NOTIFY maildesk_idle", DATABASE)
        self.wait_for_words(watcher, "no longer watched", times=2)
        self.wait_for(lambda: not self.lines(), SOON, "the line stayed open")

    def test_the_database_goes_and_comes(self):
        watcher = self.watched("--every", "60")
        with self._no_database():
            self.wait_for_words(watcher, "the database does not answer")
            self.deliver()
            time.sleep(2)
        self.wait_for(self.requests, SOON, "what was told while the database was away is lost")
        self.assertEqual(watcher.said().count(": watched, "), 1, "the line had no reason to be made anew")
        self.forget()
        self.deliver()
        self.wait_for(self.requests, AT_ONCE, "mail was not noticed")
        self.output(self.shell(ARCHIVE))
        self.wait_for_words(watcher, "no longer watched")
        self.assertNotIn("Traceback", watcher.said())

    @contextlib.contextmanager
    def _no_database(self):
        """As long as PostgreSQL is being restarted; other databases go on."""
        postgres.psql(f'ALTER DATABASE "{DATABASE}" WITH ALLOW_CONNECTIONS false')
        postgres.psql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{DATABASE}'")
        try:
            yield
        finally:
            postgres.psql(f'ALTER DATABASE "{DATABASE}" WITH ALLOW_CONNECTIONS true')
