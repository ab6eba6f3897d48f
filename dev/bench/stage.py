"""Where it is measured: databases of its own, Odoo as a shell or as a server, mail servers that keep their mail for the next run."""

import contextlib
import json
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from ..checks.steps import DATABASE as INSTALLED
from ..checks.steps import with_maildesk
from ..ground import postgres
from ..ground.base import GroundError, checkout_key, run
from ..ground.odoo import HERE, prepare
from ..servers.dovecot import Dovecot
from ..world.run import source_signature

PASSWORD = "bench"
USER = "bench@tidewheel.example"
LOGS = HERE / "bench"
START_SECONDS = 180
_INSIDE = """
import json
from odoo.addons.maildesk.dev.bench.inside import {module}
print("BENCH " + json.dumps({module}.{function}(env, **json.loads({values!r}))), flush=True)
"""


@dataclass(frozen=True)
class Row:
    """A line of the table.

    :param str what: was measured.
    :param str goal: of the design; empty where it is there for comparison.
    :param str figure: with its unit.
    :param str remark: a ratio, the spread, or what the figure is made of.
    """

    what: str
    goal: str
    figure: str
    remark: str = ""


@dataclass(frozen=True)
class Done:
    """A program that ran to its end.

    :param float peak: megabytes it had in memory at most.
    """

    output: str
    seconds: float
    peak: float


def measured(command, *, what, stdin="", environment=None, cwd=None):
    """Run a program and watch what it takes.

    :raises GroundError: it failed.
    """
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{what.split()[0]}.log"
    begun = time.perf_counter()
    with log.open("w+") as output, subprocess.Popen(
        list(map(str, command)), stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, text=True, env=environment, cwd=cwd,
    ) as process:
        process.stdin.write(stdin)
        process.stdin.close()
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, memory(process.pid, "VmHWM"))
            time.sleep(0.02)
    seconds, text = time.perf_counter() - begun, log.read_text(errors="replace")
    if process.returncode:
        raise GroundError(f"{what} failed:\n{text[-2000:]}")
    return Done(text, seconds, peak)


def memory(pid, name="VmRSS"):
    """Megabytes of a process as Linux counts them, 0 where it has ended. What waiting for it would tell counts in our own."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) / 1024
    return 0.0


def in_odoo(database, module, function="measure", **values):
    """Have a function of :mod:`.inside` run in an Odoo shell.

    :param values: arguments beside the environment, as JSON carries them.
    :returns: ``(answer, Done)``.
    """
    command, environment = prepare()
    script = _INSIDE.format(module=module, function=function, values=json.dumps(values))
    done = measured(
        [*command, "shell", "-d", database, "--no-http", "--max-cron-threads=0", "--log-level=warn"], what=f"{module}.{function}",
        stdin=script, environment=environment)
    for line in done.output.splitlines():
        if line.startswith("BENCH "):
            return json.loads(line[6:]), done
    raise GroundError(f"{module}.{function} answered nothing:\n{done.output[-2000:]}")


@contextlib.contextmanager
def fresh_database():
    """The name of a database with MailDesk and nothing else; gone afterwards."""
    with_maildesk()
    name = f"maildesk_bench_{checkout_key()}"
    postgres.copy(INSTALLED, name)
    try:
        yield name
    finally:
        postgres.drop(name)


def kept_database(name, content, fill):
    """A database that is kept for the next run, and upgraded where MailDesk changed since.

    :param str content: changes where it has to be made anew.
    :param fill: called with the database's name, to fill it.
    :returns: its name.
    """
    name = f"maildesk_bench_{name}_{checkout_key()}"
    source = source_signature()
    known, _blank, built = postgres.note(name).partition(" ") if postgres.exists(name) else ("", "", "")
    if known != content:
        with_maildesk()
        postgres.copy(INSTALLED, name)
        fill(name)
        postgres.psql("VACUUM ANALYZE", name)
    elif built != source:
        command, environment = prepare()
        run([*command, "-d", name, "-u", "maildesk", "--stop-after-init", "--no-http", "--max-cron-threads=0"],
            what="upgrading a kept database", env=environment)
    postgres.set_note(name, f"{content} {source}")
    return name


def mail_server(name, **options):
    """A mail server whose mailboxes are kept for the next run.

    :param options: of :class:`Dovecot`.
    """
    return Dovecot(HERE / "bench" / name, password=PASSWORD, **options)


class Server:
    """Odoo as people use it: a context manager.

    :param str database: the only one it serves.
    :param int crons: threads that fetch mail.
    """

    def __init__(self, database, crons=0):
        self.database, self.crons, self.url, self._processes = database, crons, "", []

    def __enter__(self):
        command, environment = prepare()
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._start("odoo", [*command, "-d", self.database, f"--db-filter=^{self.database}$", f"--http-port={port}",
                             f"--gevent-port={_free_port()}", f"--max-cron-threads={self.crons}", "--log-level=warn"], environment)
        for _try in range(START_SECONDS * 2):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/web/login", timeout=60).close()
                return self
            if self._processes[0].poll() is not None:
                break
            time.sleep(0.5)
        self.__exit__()
        raise GroundError(f"Odoo did not start, its log is {LOGS / 'odoo.log'}")

    def __exit__(self, *_exc_info):
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def watch(self):
        """Start what has new mail fetched when a mail server calls."""
        command, environment = prepare()
        self._start("idle", [*command, "maildesk_idle", "-d", self.database, "--every", "1"], environment)

    def sign_in(self, login, password):
        """The session of a person, as the value of its cookie."""
        body = json.dumps({"params": {"db": self.database, "login": login, "password": password}}).encode()
        request = urllib.request.Request(f"{self.url}/web/session/authenticate", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            cookies = response.headers.get_all("Set-Cookie") or []
        for cookie in cookies:
            if cookie.startswith("session_id="):
                return cookie.partition(";")[0].partition("=")[2]
        raise GroundError(f"Odoo did not let {login} in")

    def call(self, session, route, **params):
        """What a jsonrpc route answers."""
        headers = {"Content-Type": "application/json", "Cookie": f"session_id={session}"}
        request = urllib.request.Request(self.url + route, json.dumps({"params": params}).encode(), headers)
        with urllib.request.urlopen(request, timeout=120) as response:
            answer = json.load(response)
        if "error" in answer:
            raise GroundError(f"{route}: {answer['error']['data']['message']}")
        return answer["result"]

    def _start(self, name, command, environment):
        LOGS.mkdir(parents=True, exist_ok=True)
        with (LOGS / f"{name}.log").open("w") as log:
            self._processes.append(subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=Path("/")))


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
