"""A TCP proxy that is a bad line: it delays, cuts, dribbles, garbles and injects, octet by octet and per direction.

    python -m dev.servers.proxy --to 127.0.0.1:1143 --delay 50      (prints `port N`, runs until its input ends)

One event loop serves a thousand connections, in a thread of its own (:class:`Proxy`) or, so that it shares no
interpreter with what is measured, in a process of its own (:class:`ProxyProcess`).
"""

import argparse
import asyncio
import resource
import subprocess
import sys
import threading
from pathlib import Path

from .line_faults import Line, round_trip
from .proxy_link import End, Link, Passed

#: Connections that may wait to be accepted.
BACKLOG = 4096


class Proxy:
    """Listens on a free port of the loopback and leads to a server; a thread of its own.

    :param str host: of the server.
    :param int port: of the server.
    :param Line line: what becomes of connections; may be set anew at any time, for those to come.
    :param plan: function from a connection's number, counted from 0, to its :class:`Line`; goes before ``line``.
    :param bool record: keep the octets of both directions in :attr:`connections`.
    """

    def __init__(self, host, port, line=None, *, plan=None, record=False):
        self.target = (host, port)
        self.line, self.plan, self.record = line or Line(), plan, record
        self.host, self.port = "127.0.0.1", 0
        #: :class:`Passed` of every connection, in the order they were accepted.
        self.connections = []
        self._links, self._waiting = set(), set()
        self._loop = self._server = self._thread = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exc_info):
        self.stop()

    def start(self):
        """Have it listen when this returns; answers itself."""
        _raise_file_limit()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._call(self._listen())
        return self

    def stop(self):
        """Close everything that is open."""
        if self._thread:
            self._call(self._end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._thread = None

    def cut_all(self):
        """Break every connection there is now."""
        self._call(self._cut_all())

    def _call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self):
        self._server = await self._loop.create_server(lambda: End(self._accepted), self.host, 0, backlog=BACKLOG)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _cut_all(self):
        for link in self._links:
            if not link.is_over:
                link.cut(abrupt=False)

    async def _end(self):
        self._server.close()
        await self._cut_all()
        for task in list(self._waiting):
            task.cancel()
        await asyncio.sleep(0)

    def _accepted(self, client):
        line = self.plan(len(self.connections)) if self.plan else self.line
        passed = Passed()
        self.connections.append(passed)
        client.transport.pause_reading()
        task = self._loop.create_task(self._connect(line, client, passed))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _connect(self, line, client, passed):
        # the three packets that open a connection are under way as long as any other
        await asyncio.sleep(line.up.delay * 2 + line.down.delay)
        try:
            _transport, server = await self._loop.create_connection(lambda: End(lambda end: end.transport.pause_reading()), *self.target)
        except OSError:
            client.transport.abort()
            return
        if client.transport.is_closing():
            server.transport.abort()
            return
        self._links = {link for link in self._links if not link.is_over}
        self._links.add(Link(line, client, server, passed, self.record))
        for end in (client, server):
            if not end.transport.is_closing():
                end.transport.resume_reading()


class ProxyProcess:
    """The same as a process of its own, for a line that is only long.

    :param str host: of the server.
    :param int port: of the server.
    :param float delay: milliseconds an octet is under way, in each direction.
    """

    def __init__(self, host, port, delay):
        self.command = [sys.executable, "-m", "dev.servers.proxy", "--to", f"{host}:{port}", "--delay", str(delay)]
        self.host, self.port, self._process = "127.0.0.1", 0, None

    def __enter__(self):
        root = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(self.command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._process.stdout.readline().split()[1])
        return self

    def __exit__(self, *_exc_info):
        self._process.terminate()
        self._process.communicate()


def _raise_file_limit():
    """Two sockets a connection: take what may be had."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main():
    """Run until standard input ends or the process is stopped."""
    parser = argparse.ArgumentParser(prog="python -m dev.servers.proxy", description="A long line to a server.")
    parser.add_argument("--to", required=True, metavar="HOST:PORT")
    parser.add_argument("--delay", type=float, default=50, metavar="MS", help="milliseconds in each direction")
    options = parser.parse_args()
    host, _colon, port = options.to.rpartition(":")
    with Proxy(host, int(port), round_trip(options.delay / 500)) as proxy:
        print(f"port {proxy.port}", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
