"""A stateful service that speaks the documented part of Microsoft Graph's mail over HTTPS, and fails loudly on all else.

    server = GraphServer(home).start()
    mailbox = server.add_mailbox("anna@example.com", token="secret")

What a client does against the documentation is answered with 501 and kept in :attr:`GraphServer.complaints`: a request nobody
documented, ids that change, more than four requests at once, more than twenty in a batch. Faults are ordered with
:meth:`GraphServer.order`. Needs nothing of Odoo.
"""

import collections
import contextlib
import dataclasses
import json
import os
import re
import socket
import threading
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from .certificates import Authority
from .graph_api import GraphApi
from .graph_fault import Fault
from .graph_mailbox import Mailbox
from .graph_query import Refusal, Unknown

VERSION, UPLOADS = "/v1.0", "/uploads"
#: Octets one request may have.
MAX_REQUEST = 4 * 1024 * 1024
_MAILBOX = re.compile(r"/(?:me|users/([^/]+))(/.*)")
_PREFERENCES = re.compile(r'IdType="ImmutableId"|odata\.maxpagesize=(\d+)')


@dataclasses.dataclass
class Request:
    """What a handler needs to know of a request beside its address."""

    root: str
    max_page: int | None
    body: object


class GraphServer:
    """The service.

    :param home: a directory for its certificate.
    :param who: function from a token nobody was given here to its owner's address, or None.
    :attr requests: ``METHOD /path?query`` of everything that came, batches as one.
    :attr parts: the same of what came in batches.
    :attr meddler: function called with each of them before it is obeyed, parts with ``PART `` before them; may answer a :class:`.graph_fault.Fault`.
    """

    def __init__(self, home, hosts=("127.0.0.1", "localhost"), who=lambda token: None):
        self.authority = Authority(home)
        self._context = self.authority.server("graph", *hosts)
        self.mailboxes, self._people, self._lines = {}, {}, {}
        self.page_cap, self.partial, self.replays, self.refuses_folder_expand = 1000, False, False, False
        self.refuses_part_expand = False
        self.clock_skew = 0.0
        self.requests, self.parts, self.complaints, self._faults = [], [], [], []
        self.at_once, self.most_at_once = collections.Counter(), 0
        self.meddler, self._who = lambda line: None, who
        self._lock = threading.Lock()
        self.api = GraphApi(self)

    def start(self):
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.graph = self
        self._http.socket = self._context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._http.server_address[1]
        self.base_url = f"https://127.0.0.1:{self.port}{VERSION}"
        # Elsewhere: by another name.
        self.upload_url = f"https://localhost:{self.port}{UPLOADS}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self):
        self._http.shutdown()
        self._http.server_close()

    @contextlib.contextmanager
    def trusted(self):
        """The environment in which clients trust its certificate."""
        name = "SSL_CERT_FILE"
        before = os.environ.get(name)
        os.environ[name] = str(self.authority.home / "ca.pem")
        try:
            yield self
        finally:
            os.environ.pop(name) if before is None else os.environ.update({name: before})

    def now(self):
        return datetime.now(timezone.utc) + timedelta(seconds=self.clock_skew)

    def add_mailbox(self, address, token=None, shared_with=()):
        """:param token: whoever shows it is this mailbox's owner; ``shared_with``: tokens that open it as ``/users/``."""
        mailbox = self.mailboxes[address] = Mailbox(address, self.now)
        if token:
            self._people[token] = address
        mailbox.guests = {token, *shared_with}
        return mailbox

    def replace_token(self, old, new):
        """The old one has run out."""
        self._people[new] = self._people.pop(old)
        for mailbox in self.mailboxes.values():
            mailbox.guests = {new if guest == old else guest for guest in mailbox.guests}

    def order(self, **fault):
        """The next requests that match go wrong; see :class:`Fault`."""
        self._faults.append(Fault(**fault))

    def add_line(self, token, address, fate):
        """Another token of a mailbox's owner, all of whose requests ``fate(line)`` decides about: ``before``, ``after`` or ``""``
        says where they are cut."""
        self._people[token] = address
        self.mailboxes[address].guests.add(token)
        self._lines[token] = fate

    def drop_line(self, token):
        del self._people[token], self._lines[token]

    def fate(self, token, line):
        """The fault that befalls a request."""
        cut = self._lines[token](line) if token in self._lines else ""
        return Fault(cut=cut) if cut else self.take_fault(line)

    def take_fault(self, line):
        fault = self.meddler(line)
        if fault:
            return fault
        with self._lock:
            for fault in self._faults:
                if fault.times > 0 and re.search(fault.match, line):
                    fault.times -= 1
                    return fault
        return None

    def clear(self):
        """Nothing is out of order any more, and nothing was counted yet."""
        self._faults.clear()
        self.clear_counts()

    def clear_counts(self):
        self.requests.clear()
        self.parts.clear()
        self.most_at_once = 0

    @contextlib.contextmanager
    def counted(self, line, token):
        with self._lock:
            self.requests.append(line)
            self.at_once[token] += 1
            self.most_at_once = max(self.most_at_once, self.at_once[token])
            if self.at_once[token] > 4:
                self.complaints.append(f"{self.at_once[token]} requests at once")
        try:
            yield
        finally:
            with self._lock:
                self.at_once[token] -= 1

    def obey(self, method, target, headers, body):
        """:return: status and body of one request, be it alone or in a batch."""
        try:
            return self._obey(method, target, headers, body)
        except Refusal as refusal:
            return refusal.status, {"error": {"code": refusal.code, "message": refusal.message}}
        except Unknown as unknown:
            self.complaints.append(str(unknown))
            return 501, {"error": {"code": "NotDocumented", "message": str(unknown)}}

    def _obey(self, method, target, headers, body):
        parts = urlsplit(target)
        if method == "PUT" and target.startswith(f"{UPLOADS}/"):
            if "authorization" in headers:
                raise Unknown("a token for an address that needs none")
            return self.api.take_piece(target.rpartition("/")[2], headers.get("content-range", ""), body)
        if body is not None and len(body) > MAX_REQUEST:
            raise Refusal(413, "RequestEntityTooLarge")
        person = self._person(headers)
        if parts.path == "/$batch":
            return 200, self._batch(method, body, headers.get("authorization", ""))
        match = _MAILBOX.fullmatch(parts.path)
        if not match:
            raise Unknown(f"{method} {parts.path}")
        max_page = _preferences(headers.get("prefer", ""))
        mailbox = self._mailbox(person, match[1], headers["authorization"].removeprefix("Bearer "))
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        if len(dict(pairs)) != len(pairs):
            raise Unknown(f"an option twice: {parts.query}")
        root = f"{self.base_url}{parts.path[:match.start(2)]}"
        kind = headers.get("content-type", "").partition(";")[0]
        if isinstance(body, bytes) and kind == "application/json":
            body = json.loads(body)
        elif isinstance(body, bytes) and kind != "text/plain":
            raise Unknown(f"a body of the type {kind}")
        return self.api.answer(mailbox, method, match[2], dict(pairs), Request(root, max_page, body))

    def _batch(self, method, body, authorization):
        calls = json.loads(body or b"{}").get("requests")
        if method != "POST" or not isinstance(calls, list) or not 1 <= len(calls) <= 20:
            raise Unknown("a batch of none or of too many")
        answers = []
        for call in calls:
            if not call["url"].startswith("/") or call.keys() - {"id", "method", "url", "headers", "body"}:
                raise Unknown(f"a part of a batch: {call}")
            line = f"{call['method']} {call['url']}"
            self.parts.append(line)
            headers = {name.lower(): value for name, value in call.get("headers", {}).items()}
            fault = self.take_fault(f"PART {line}")
            if fault and fault.status:
                status, answer = fault.status, {"error": {"code": fault.code, "message": "As ordered."}}
            else:
                status, answer = self.obey(call["method"], call["url"], {**headers, "authorization": authorization}, call.get("body"))
                answer = fault.rewrite(answer) if fault and fault.rewrite else answer
            sent = {"Date": format_datetime(self.now(), usegmt=True), **(fault.headers if fault else {})}
            if fault and fault.retry_after:
                sent["Retry-After"] = fault.retry_after
            answers.append({"id": call["id"], "status": status, "headers": sent, **({} if answer is None else {"body": answer})})
        # In whatever order they were done.
        return {"responses": answers[::-1]}

    def _person(self, headers):
        token = headers.get("authorization", "").removeprefix("Bearer ")
        person = self._people.get(token) or self._who(token)
        if not person:
            raise Refusal(401, "InvalidAuthenticationToken", f"Access token is wrong: {token}")
        return person

    def _mailbox(self, person, address, token):
        if not address:
            return self.mailboxes[person]
        if address not in self.mailboxes:
            raise Refusal(404, "ErrorInvalidUser", f"The requested user '{address}' is invalid.")
        if token not in self.mailboxes[address].guests:
            raise Refusal(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        return self.mailboxes[address]


def _preferences(text):
    """The page size asked for; ids that change with every move are a mistake."""
    wanted = [part.strip() for part in text.split(",")] if text else []
    found = [_PREFERENCES.fullmatch(part) for part in wanted]
    if not all(found) or 'IdType="ImmutableId"' not in wanted:
        raise Unknown(f"Prefer: {text}")
    return next((int(match[1]) for match in found if match[1]), None)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        """Lines are cut here all the time."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *args):
        """Nobody reads it."""

    def date_time_string(self, timestamp=None):
        return format_datetime(self.server.graph.now(), usegmt=True)

    def _serve(self):
        server, line = self.server.graph, f"{self.command} {self.path.removeprefix(VERSION)}"
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        if body is not None and len(body) < length:
            # whoever asked was gone before the request was whole
            self._cut()
            return
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        with server.counted(line, token):
            fault = server.fate(token, line) or Fault()
            if fault.cut == "before":
                self._cut()
                return
            extra = {**fault.headers, **({"Retry-After": fault.retry_after} if fault.retry_after else {})}
            if fault.status:
                status, answer = fault.status, {"error": {"code": fault.code, "message": "As ordered."}}
            else:
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, answer = server.obey(self.command, self.path.removeprefix(VERSION), headers, body)
            time.sleep(fault.slow)
            if fault.cut == "after":
                self._cut()
                return
            if fault.rewrite or fault.garbage is not None:
                answer = fault.garbage if fault.garbage is not None else fault.rewrite(answer)
                extra = {"Content-Type": "application/json", **extra}
            self._answer(status, answer, extra, is_half=fault.cut == "half")

    def do_GET(self):
        self._serve()

    def do_POST(self):
        self._serve()

    def do_PATCH(self):
        self._serve()

    def do_PUT(self):
        self._serve()

    def do_DELETE(self):
        self._serve()

    def _answer(self, status, body, headers, is_half):
        headers = {"Content-Type": "application/octet-stream" if isinstance(body, bytes) else "application/json", **dict(headers)}
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:len(content) // 2] if is_half else content)
        self.wfile.flush()
        if is_half:
            self._cut()

    def _cut(self):
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
