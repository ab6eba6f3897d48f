"""A headless Chromium, driven through its DevTools protocol: opens pages, waits for what scripts answer."""

import contextlib
import itertools
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import websocket

from ..ground.base import GroundError

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--disable-dev-shm-usage", "--no-proxy-server", "--window-size=1400,900", "--hide-scrollbars",
    "--remote-debugging-port=0", "--remote-allow-origins=*", "--disable-background-timer-throttling",
)
START_SECONDS = 30
ANSWER_SECONDS = 120


class Chromium:
    """One page of one browser: a context manager.

    :param str url: of the Odoo it looks at.
    :param str session: value of the session's cookie.
    """

    def __init__(self, url, session):
        self.url, self.session = url, session
        self._ids = itertools.count(1)

    def __enter__(self):
        self._home = tempfile.mkdtemp(prefix="maildesk-bench-")
        self._process = subprocess.Popen(
            [_program(), *FLAGS, f"--user-data-dir={self._home}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._socket = websocket.create_connection(self._page(), timeout=ANSWER_SECONDS, suppress_origin=True)
            self.send("Page.enable")
            self.send("Network.setCookie", name="session_id", value=self.session, url=self.url)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exc_info):
        with contextlib.suppress(AttributeError):
            self._socket.close()
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self._home, ignore_errors=True)

    def open(self, path):
        """Go to a page of Odoo; its load is not waited for."""
        self.send("Page.navigate", url=self.url + path)

    def on_every_page(self, script):
        """Have a script run before a page's own."""
        self.send("Page.addScriptToEvaluateOnNewDocument", source=script)

    def evaluate(self, expression):
        """What an expression answers, promises being waited for.

        :raises GroundError: it threw.
        """
        answer = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise GroundError(f"the page: {answer['exceptionDetails'].get('exception', {}).get('description', answer)}")
        return answer["result"].get("value")

    def wait_for(self, expression, seconds=60):
        """Ask again until an expression is true, over any change of page; answers what it was."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            # a page that is just being left has no answer
            with contextlib.suppress(GroundError):
                value = self.evaluate(expression)
                if value:
                    return value
            time.sleep(0.02)
        raise GroundError(f"the page never had: {expression}")

    def send(self, method, **params):
        """A command of the protocol."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == number:
                if "error" in answer:
                    raise GroundError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def _page(self):
        """Where the page's socket is."""
        told = Path(self._home) / "DevToolsActivePort"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, IndexError):
                port = told.read_text().splitlines()[0]
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=5) as response:
                    pages = [page for page in json.load(response) if page["type"] == "page"]
                return pages[0]["webSocketDebuggerUrl"]
            time.sleep(0.05)
        raise GroundError("Chromium did not start")


def _program():
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not program:
        raise GroundError("Chromium is missing: apt-get install chromium")
    return program
