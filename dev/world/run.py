"""`make run`: from nothing to MailDesk in a browser, with a mail server full of lively mail; Ctrl+C ends all of it."""

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from dev.ground import postgres
from dev.ground.base import CHECKOUT, GroundError, checkout_key, say
from dev.ground.odoo import HERE, prepare
from dev.ground.system import SERVERS, install
from dev.servers.dovecot import Dovecot, DovecotError

MAIL_PASSWORD = "demo"
DATABASE = f"maildesk_{checkout_key()}"
START_SECONDS = 300


def port_of(variable, usual):
    """The port to serve on.

    :raises GroundError: it is taken, or no number.
    """
    text = os.environ.get(variable, str(usual))
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise GroundError(f"{variable}={text} is no port.")
    with socket.socket() as probe:
        # as the servers themselves do: a port whose last connections are still fading is free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as error:
            raise GroundError(
                f"port {text} is taken by another program. Stop it, or choose another:  {variable}=… make run") from error
    return int(text)


def source_signature():
    """Changes when anything does that Odoo keeps in the database or in its bundles."""
    digest = hashlib.sha256()
    for path in sorted(CHECKOUT.rglob("*")):
        parts = path.relative_to(CHECKOUT).parts
        if path.suffix in {".py", ".xml", ".csv", ".js", ".scss"} and parts[0] not in ("dev", "tests", ".git"):
            digest.update(f"{parts}{path.stat().st_mtime_ns}".encode())
    return digest.hexdigest()


class World:
    """Everything `make run` starts, and how it is stopped again."""

    def __init__(self):
        self.http, self.imap, self.smtp = (
            port_of("MAILDESK_PORT", 8069), port_of("MAILDESK_IMAP_PORT", 1143), port_of("MAILDESK_SMTP_PORT", 1025))
        self.odoo, self.environment = prepare()
        install({"dovecot-imapd": SERVERS["dovecot-imapd"]})
        self.python = self.odoo[0]
        self.processes = []
        self.logs = HERE / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)

    def start(self, name, command, environment=None):
        """Start a program that runs until the end; its output goes to a log of its own."""
        with (self.logs / f"{name}.log").open("w") as log:
            process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        self.processes.append(process)
        return process

    def do(self, name, command, environment=None, stdin=None):
        """Run a program to its end.

        :raises GroundError: it failed; names its log.
        """
        log = self.logs / f"{name}.log"
        with log.open("w") as handle:
            done = subprocess.run(command, cwd=CHECKOUT, env=environment, input=stdin, text=True, check=False,
                                  stdout=handle, stderr=subprocess.STDOUT)
        if done.returncode or (stdin and "Traceback" in log.read_text()):
            raise GroundError(f"{name} failed, its log is {log}")

    def mail(self):
        """Fill the mail server and keep it lively."""
        say("filling the demo mailboxes")
        address = ["127.0.0.1", str(self.imap), MAIL_PASSWORD]
        self.do("fill", [self.python, "-m", "dev.demo.fill", *address])
        self.start("trickle", [self.python, "-m", "dev.demo.trickle", *address, "40"])
        boxes = [part for name in ("support", "info", "anna.keller", "tom.okafor") for part in ("--mailbox", f"{name}@tidewheel.example")]
        self.start("smtp", [self.python, "-m", "dev.servers.smtp_sink", str(self.smtp), MAIL_PASSWORD,
                            "--imap-port", str(self.imap), *boxes])

    def database(self):
        """Install MailDesk, or upgrade it where its source changed, and set the demo company up."""
        signature, stamp = source_signature(), HERE / f"{DATABASE}.signature"
        known = stamp.read_text() if stamp.exists() and postgres.exists(DATABASE) else ""
        quiet = ["-d", DATABASE, "--no-http", "--max-cron-threads=0"]
        if known != signature:
            say("upgrading MailDesk in the demo database" if known else "installing Odoo and MailDesk (about a minute, once)")
            if not known:
                postgres.drop(DATABASE)
            self.do("install", [*self.odoo, *quiet, "-u" if known else "-i", "maildesk", "--stop-after-init"], self.environment)
            stamp.write_text(signature)
        values = {"MAILDESK_IMAP_PORT": str(self.imap), "MAILDESK_SMTP_PORT": str(self.smtp), "MAILDESK_MAIL_PASSWORD": MAIL_PASSWORD}
        script = (CHECKOUT / "dev/world/in_odoo.py").read_text()
        self.do("setup", [*self.odoo, "shell", *quiet], {**self.environment, **values}, stdin=script)

    def serve(self):
        """Start Odoo and wait until it answers.

        :returns: its process and its address.
        """
        odoo = self.start("odoo", [*self.odoo, "-d", DATABASE, f"--db-filter=^{DATABASE}$", f"--http-port={self.http}",
                                   "--max-cron-threads=2", "--no-database-list"], self.environment)
        url = f"http://127.0.0.1:{self.http}"
        for _second in range(START_SECONDS):
            with contextlib.suppress(OSError, urllib.error.URLError):
                urllib.request.urlopen(f"{url}/web/login", timeout=60).close()
                return odoo, url
            if odoo.poll() is not None:
                break
            time.sleep(0.5)
        raise GroundError(f"Odoo did not start, its log is {self.logs / 'odoo.log'}")

    def watch(self):
        """Start what has new mail fetched at once."""
        self.start("idle", [*self.odoo, "maildesk_idle", "-d", DATABASE], self.environment)

    def stop(self):
        """End what was started, last first."""
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def main():
    """Run the demonstration until it is interrupted."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    began = time.monotonic()
    try:
        world = World()
        with Dovecot(HERE / "dovecot", port=world.imap, password=MAIL_PASSWORD), contextlib.ExitStack() as stack:
            stack.callback(world.stop)
            world.mail()
            world.database()
            odoo, url = world.serve()
            world.watch()
            print(
                f"\nMailDesk is ready after {time.monotonic() - began:.0f} s:  {url}/odoo/maildesk\n"
                "  administrator   admin / admin\n"
                "  colleagues      anna / anna   tom / tom\n"
                "  to join         info@tidewheel.example with the share password tidewheel\n"
                f"  IMAP 127.0.0.1:{world.imap}, SMTP 127.0.0.1:{world.smtp}, every password {MAIL_PASSWORD}; logs in {world.logs}\n"
                "Ctrl+C ends it.", flush=True,
            )
            odoo.wait()
            raise GroundError(f"Odoo ended, its log is {world.logs / 'odoo.log'}")
    except (GroundError, DovecotError) as error:
        sys.exit(f"maildesk: {error}")
    except KeyboardInterrupt:
        say("stopped")


if __name__ == "__main__":
    main()
