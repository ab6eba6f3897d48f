"""The driver's end of an Odoo process that runs :mod:`dev.torture.in_odoo`."""

import json
import os
import signal
import socket
import subprocess
from pathlib import Path

from dev.ground.base import GroundError

from .difference import Difference

SCRIPT = Path(__file__).with_name("in_odoo.py")
#: Seconds Odoo may take to start, and any single request.
START_SECONDS = 120
ANSWER_SECONDS = 180


class OdooProcess:
    """One Odoo shell, told what to do line by line.

    :param tuple prepared: of :func:`dev.ground.odoo.prepare`.
    :param str database: its database.
    :param Path log: where its output goes.
    :param list prefix: what the command begins with, such as a namespace of its own.
    """

    def __init__(self, prepared, database, log, prefix=()):
        command, environment = prepared
        self.log, self.memory, self.peak = log, 0, 0
        pairs = [socket.socketpair() for _line in range(2)]
        numbers = [theirs.fileno() for _ours, theirs in pairs]
        with SCRIPT.open() as script, log.open("w") as output:
            self._process = subprocess.Popen(
                [*prefix, *command, "shell", "-d", database, "--no-http", "--max-cron-threads=0", "--log-level=warn"],
                env={**environment, "MAILDESK_TORTURE_FDS": ",".join(map(str, numbers))}, pass_fds=numbers,
                stdin=script, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        for _ours, theirs in pairs:
            theirs.close()
        self._lines = [(ours, ours.makefile("r")) for ours, _theirs in pairs]

    def call(self, name, *, seconds=ANSWER_SECONDS, tolerant=False, aside=False, **arguments):
        """Have something of ``in_odoo`` done.

        :param bool aside: by Odoo's other thread, while the first is busy with another call.
        :param float seconds: it may take.
        :param bool tolerant: errors it logs, and its failure, are expected; a failure is answered as None.
        :raises Difference: it failed, logged an error or did not come back.
        """
        line, reader = self._lines[aside]
        line.settimeout(seconds)
        try:
            line.sendall(json.dumps({"do": name, **arguments}).encode() + b"\n")
            text = reader.readline()
        except TimeoutError:
            raise Difference([f"`{name}` hangs: no answer within {seconds:.0f} s"]) from None
        except OSError as error:
            raise Difference([f"`{name}`: Odoo is gone ({error})", self.tail()]) from None
        if not text:
            raise Difference([f"`{name}`: Odoo is gone", self.tail()])
        reply = json.loads(text)
        self.memory, self.peak = reply["memory"], reply["peak"]
        if not tolerant and (reply["errors"] or "failed" in reply):
            raise Difference([f"`{name}` failed", *reply["errors"], reply.get("failed", "")])
        return reply.get("value")

    def start(self, **settings):
        """Wait until it is there.

        :param settings: of ``prepare`` in ``in_odoo``.
        :raises GroundError: it does not start.
        """
        try:
            self.call("prepare", seconds=START_SECONDS, **settings)
        except Difference as difference:
            raise GroundError(f"Odoo did not start:\n{difference}") from difference

    def kill(self, pid):
        """Kill a process it spawned and have it reaped; answers the signal that ended it."""
        os.kill(pid, signal.SIGKILL)
        return self.call("reap", pid=pid)

    def stop(self):
        """End it and everything it spawned."""
        for line, reader in self._lines:
            reader.close()
            line.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            # it leads a session of its own, so this reaches nothing else
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def tail(self, lines=40):
        """What it said last."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
