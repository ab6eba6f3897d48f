"""Requests to Microsoft Graph: one mailbox, few at once, retried within bounds, many small ones in one.

Every request asks for immutable ids; the token goes to the service's own origin only, and redirects are not followed.
https://learn.microsoft.com/graph/json-batching, https://learn.microsoft.com/graph/throttling
"""

import json
import os
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

import requests

from .deadline import at_most
from .errors import AuthError, MessageGone, ProtocolError, ProviderError, Unreachable
from .graph_errors import failure, is_missing, is_stale, line_failure, retry_after
from .graph_pace import Gate, Waiting, gate_of

#: Requests one batch may hold.
PER_BATCH = 20
#: Octets of one answer: no attachment the service keeps is larger.
MAX_ANSWER = 160 * 1024 * 1024
#: How many times the time-out a whole answer may take, however steadily it drips.
SLOWEST = 10
IMMUTABLE_IDS = 'IdType="ImmutableId"'

# RFC 6750 §2.1, and what providers use beyond it.
_TOKEN = re.compile(r"[\x21-\x7e]+")
_CHUNK = 256 * 1024
_RETRIED = (429, 503)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to be sent.

    :param str path: behind the mailbox, such as ``/mailFolders``; or a whole address the service gave us.
    :param str prefer: preferences beside the one for immutable ids.
    :param body: JSON, or None.
    :param int most: octets of the answer that are read; a longer one fails.
    :param first: octets of a raw answer that are enough, None for all of it: what follows is not read.
    """

    method: str
    path: str
    prefer: str = ""
    body: dict | None = None
    most: int = MAX_ANSWER
    first: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        prefer = f"{IMMUTABLE_IDS}, {self.prefer}" if self.prefer else IMMUTABLE_IDS
        return {"Prefer": prefer, **({"Content-Type": "application/json"} if self.body is not None else {})}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    :param dict headers: names in lower case.
    :param body: of JSON what it says, else octets.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_stale(self) -> bool:
        """Whether the service no longer takes the address, which it gave out itself."""
        return is_stale(self.status, self.body)

    @property
    def is_missing(self) -> bool:
        """Whether the service says that what was asked for is not there."""
        return is_missing(self.status, self.body)


class AnswerTooLarge(ProtocolError):
    """More octets than were to be read."""


class GraphClient:
    """One mailbox of the service.

    :param mailbox: address of a shared mailbox, None for the signed-in person's own.
    :param token_getter: answers an access token; called when opened, and once more for a request that was refused with 401.
    :param str base_url: the service with its version.
    :param float timeout: seconds any single network wait may take.
    """

    def __init__(self, mailbox: str | None, token_getter: Callable[[], str], base_url: str, timeout: float):
        self.base_url, self.timeout = base_url.rstrip("/"), timeout
        self.root = f"/users/{quote(mailbox, safe='@')}" if mailbox else "/me"
        self.commands_sent = 0
        self._token_getter, self._token = token_getter, ""
        self._session: requests.Session | None = None
        self._mailbox, self._gate = mailbox, Gate()

    def open(self) -> None:
        self._token = self._token_getter()
        # Whose mailbox /me is only the token knows.
        self._gate = gate_of(self.base_url, self._mailbox or self._token)
        session = requests.Session()
        # Else a proxy's or a machine's settings could lay other people's credentials over ours.
        session.trust_env = False
        session.verify = os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE") or True
        session.proxies = requests.utils.get_environ_proxies(self.base_url)
        self._session = session

    def close(self) -> None:
        session, self._session, self._token = self._session, None, ""
        if session is not None:
            session.close()

    def get(self, path: str, prefer: str = "", gone: type[ProviderError] | None = MessageGone) -> dict:
        """The JSON object that lies there.

        :param gone: raised where nothing lies there; None: the request names no folder and no message.
        """
        return self.json(self.send(Call("GET", path, prefer), again=True), gone)

    def json(self, answer: Answer, gone: type[ProviderError] | None = MessageGone) -> dict:
        """The JSON object of an answer.

        :raises ProviderError: the answer is none of success, or holds something else.
        """
        self.check(answer, gone)
        if not isinstance(answer.body, dict):
            raise ProtocolError("something else than a JSON object was answered")
        return answer.body

    def check(self, answer: Answer, gone: type[ProviderError] | None = MessageGone) -> Answer:
        """
        :param gone: raised where nothing lies there; None: the request names no folder and no message.
        :raises ProviderError: the answer is none of success.
        """
        if answer.is_good:
            return answer
        problem = failure(answer.status, answer.headers, answer.body, self._token, of_mailbox=gone is None)
        raise gone(problem.detail) if gone and answer.is_missing else problem

    def send(self, call: Call, data: bytes | None = None, kind: str = "", again: bool = False, is_raw: bool = False) -> Answer:
        """One request, retried where the service asks for it.

        :param bytes data: a body that is no JSON, of the media type ``kind``.
        :param bool again: the request may be repeated where the line was cut, whatever became of the first.
        :param bool is_raw: the answer is octets, even where they happen to be JSON.
        """
        headers = {**call.headers, **({"Content-Type": kind} if kind else {})}
        if call.body is not None:
            data = json.dumps(call.body).encode()
        waiting, is_renewed, is_first = Waiting(at_most(self.timeout)), False, True
        while True:
            try:
                answer = self._exchange(
                    call.method, self._address(call.path), {**self._credentials(), **headers}, data, is_raw, call.most,
                    call.first)
            except Unreachable as error:
                # A connection kept open may have been closed by the other side since.
                if not (again and is_first) or error.reason != "closed":
                    raise
                is_first = False
                continue
            if answer.status == 401 and not is_renewed:
                is_renewed = True
                self._renew(answer)
            # 429 says that nothing was done; of a 503 nobody knows.
            elif answer.status not in (_RETRIED if again else _RETRIED[:1]) or not waiting.wait(answer.headers):
                return answer

    def upload(self, address: str, content: bytes, start: int, total: int) -> None:
        """A piece of an upload session, to where the service said: another host, which must not see the token.

        :param int start: of the piece within the whole, ``total`` octets long.
        """
        if urlsplit(address).scheme != "https":
            raise ProtocolError("the upload's address is no HTTPS")
        headers = {"Content-Type": "application/octet-stream",
                   "Content-Range": f"bytes {start}-{start + len(content) - 1}/{total}"}
        waiting = Waiting(at_most(self.timeout))
        while True:
            answer = self._exchange("PUT", address, headers, content)
            if answer.status not in _RETRIED or not waiting.wait(answer.headers):
                break
        self.check(answer)

    def batch(self, calls: Sequence[Call]) -> list[Answer]:
        """Many requests in few, each answered for itself, in their order.

        A batch that holds a POST is not repeated where the line was cut; parts the service did not get to are.
        """
        answers: list[Answer] = []
        for start in range(0, len(calls), PER_BATCH):
            answers += self._one_batch(calls[start : start + PER_BATCH])
        return answers

    def pages(self, path: str, prefer: str = "", gone: type[ProviderError] | None = MessageGone) -> Iterable[dict]:
        """The items of a collection, page by page (``@odata.nextLink``)."""
        seen = set()
        while path:
            if path in seen:
                raise ProtocolError("the pages of the answer never end")
            seen.add(path)
            page = self.get(path, prefer, gone)
            yield from items_of(page)
            path = page.get("@odata.nextLink") or ""

    def _one_batch(self, calls: Sequence[Call]) -> list[Answer]:
        answers: dict[int, Answer] = {}
        waiting, is_renewed = Waiting(at_most(self.timeout)), False
        while left := [number for number in range(len(calls)) if number not in answers]:
            came = self._send_batch({number: calls[number] for number in left})
            refused = [answer for answer in came.values() if answer.status == 401]
            if refused and not is_renewed:
                is_renewed = True
                self._renew(refused[0])
                came = {number: answer for number, answer in came.items() if answer.status != 401}
            # Of those that are to come again, the one that has to wait longest decides.
            pressed = [answer for answer in came.values() if answer.status in _RETRIED]
            slowest = max(pressed, key=lambda answer: retry_after(answer.headers) or 0.0, default=None)
            if slowest and waiting.wait(slowest.headers):
                came = {number: answer for number, answer in came.items() if answer.status not in _RETRIED}
            answers.update(came)
        return [answers[number] for number in range(len(calls))]

    def _send_batch(self, calls: dict[int, Call]) -> dict[int, Answer]:
        body = {"requests": [
            {"id": str(number), "method": call.method, "url": self._relative(call.path), "headers": call.headers,
             **({} if call.body is None else {"body": call.body})}
            for number, call in calls.items()
        ]}
        again = all(call.method != "POST" for call in calls.values())
        most = max(call.most for call in calls.values())
        whole = self.json(self.send(Call("POST", f"{self.base_url}/$batch", body=body, most=most), again=again), None)
        came = {}
        for part in items_of(whole, "responses"):
            name, status, headers = part.get("id"), part.get("status"), part.get("headers") or {}
            if not isinstance(status, int) or not isinstance(headers, dict) or not str(name).isdigit():
                raise ProtocolError("an answer of the batch makes no sense")
            came[int(name)] = Answer(status, {str(key).lower(): str(value) for key, value in headers.items()}, part.get("body"))
        if came.keys() != calls.keys():
            raise ProtocolError("the batch was not answered in full")
        return came

    def _renew(self, answer: Answer) -> None:
        token = self._token_getter()
        if not token:
            raise AuthError(failure(answer.status, answer.headers, answer.body, self._token).detail)
        self._token = token

    def _address(self, path: str) -> str:
        """The whole address; :raises ProtocolError: the service sent us elsewhere, where our token must not go."""
        # Filters hold blanks; what the service gave us is quoted already and stays as it is.
        path = requests.utils.requote_uri(path)
        if path.startswith("/") and not path.startswith("//"):
            return f"{self.base_url}{self.root}{path}"
        if not self.is_own(path):
            raise ProtocolError("the answer leads to another host")
        return path

    def is_own(self, address: str) -> bool:
        """Whether a whole address is the service's, so that our token may go there."""
        own, other = urlsplit(self.base_url), urlsplit(address)
        same = (other.scheme, other.netloc.lower()) == (own.scheme, own.netloc.lower())
        return same and address.startswith(f"{self.base_url}/")

    def _relative(self, path: str) -> str:
        return self._address(path)[len(self.base_url):]

    def _credentials(self) -> dict[str, str]:
        # The library's words about a header it cannot send would quote the token.
        if self._session is not None and not _TOKEN.fullmatch(self._token):
            raise AuthError("unusable access token")
        return {"Authorization": f"Bearer {self._token}"}

    def _exchange(
        self, method: str, url: str, headers: dict[str, str], data: bytes | None, is_raw: bool = False,
        most: int = MAX_ANSWER, first: int | None = None,
    ) -> Answer:
        if self._session is None:
            raise Unreachable("not connected", reason="closed")
        headers = {"Accept": "application/json", **headers}
        with self._gate.slots:
            self.commands_sent += 1
            try:
                with self._session.request(
                    method, url, headers=headers, data=data, timeout=at_most(self.timeout), allow_redirects=False, stream=True,
                ) as response:
                    return self._read(response, is_raw, most, first)
            except OSError as error:
                raise line_failure(error) from None

    def _read(self, response: requests.Response, is_raw: bool, most: int, first: int | None) -> Answer:
        content, deadline = bytearray(), time.monotonic() + at_most(self.timeout * SLOWEST)
        is_raw = is_raw and response.status_code < 300
        for chunk in response.iter_content(_CHUNK):
            content += chunk
            if is_raw and first is not None and len(content) >= first:
                del content[first:]
                break
            if len(content) > most:
                raise AnswerTooLarge("the answer is too large")
            if time.monotonic() > deadline:
                raise Unreachable("the answer takes too long", reason="timeout")
        headers = {name.lower(): value for name, value in response.headers.items()}
        if 300 <= response.status_code < 400:
            raise ProtocolError(f"{response.status_code}: redirected, which is not followed")
        is_json = "json" in headers.get("content-type", "") and bool(content) and not is_raw
        return Answer(response.status_code, headers, _parsed(content, response.status_code) if is_json else bytes(content))


def items_of(page: dict, name: str = "value") -> list[dict]:
    """:raises ProtocolError: the answer is no collection."""
    items = page.get(name)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ProtocolError("the answer is no collection")
    return items


def _parsed(content: bytearray, status: int) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        # What an error says in no JSON is still an error of that number.
        if status >= 400:
            return None
        raise ProtocolError("the answer is no JSON") from None
