"""A service that answers badly over HTTP: what may be done to one request or to one part of a batch."""

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from dev.unit_tests import register

register()

from maildesk.tests.fakes.graph_fault import Fault  # noqa: E402

#: Seconds a late answer takes, and seconds anybody waits for one then.
LATE, PATIENCE = 1.6, 1.0
#: Which requests hold messages, folders, a batch; which are anything but a part of one.
_MESSAGES, _FOLDERS, _BATCH, _ALONE = "/messages/delta|/messages\\?", "/mailFolders/delta", r"^POST /\$batch", "^(?!PART )"
_NEVER = "AAkALgM999999999999-_EAA="


@dataclass(frozen=True, slots=True)
class Spoiler:
    """One way to answer badly.

    :param str name: for people.
    :param make: function from the side, the random numbers and the request to the fault.
    :param str fits: a regular expression searched in a request it can be done to.
    :param int times: how many requests in a row are answered so.
    :param bool lies: the service says something that is not so: what a person did may be lost by it.
    :param bool needs_person: somebody has to sign in again afterwards.
    :param bool slow: takes seconds.
    """

    name: str
    make: Callable
    fits: str = ""
    times: int = 1
    lies: bool = False
    needs_person: bool = False
    slow: bool = False


class Plan:
    """A line on which a request goes wrong.

    :param GraphSide side: the service.
    :param Spoiler spoiler: how.
    :param int at: number of the request from which on it is done to the first it fits; a part of a batch counts as one.
    """

    def __init__(self, side, spoiler, at, rng):
        self.side, self.spoiler, self.at, self.rng = side, spoiler, at, rng
        self.asked, self.left = 0, spoiler.times
        #: What it was done to.
        self.spoilt = []

    def __call__(self, line):
        number, self.asked = self.asked, self.asked + 1
        if number < self.at or not self.left or not re.search(self.spoiler.fits, line):
            return None
        self.left -= 1
        self.spoilt.append(line)
        return self.spoiler.make(self.side, self.rng, line)

    def __str__(self):
        return f"{self.spoiler.name} at {self.at}: {self.spoilt}"


def _status(status, code="Ordered", retry_after=None, **headers):
    return lambda side, rng, line: Fault(status=status, code=code, retry_after=retry_after, headers=headers)


def _answered(octets):
    return lambda side, rng, line: Fault(garbage=octets)


def _rewritten(change):
    """The answer's JSON, changed where it is an object."""
    def make(side, rng, line):
        address = f"{side.graph.base_url}{line.rpartition(' ')[2]}"
        return Fault(rewrite=lambda answer: change(rng, copy.deepcopy(answer), address) if isinstance(answer, dict) else answer)
    return make


def _paged(change):
    """The same of a page's items."""
    def on_page(rng, answer, address):
        if isinstance(answer.get("value"), list):
            answer["value"] = change(rng, answer["value"])
        return answer
    return _rewritten(on_page)


def _batched(change):
    def on_batch(rng, answer, address):
        return answer | {"responses": change(rng, answer["responses"])} if "responses" in answer else answer
    return _rewritten(on_batch)


def _end_tokens(side, rng, line):
    side.end_tokens()


def _close_door(side, rng, line):
    side.end_tokens()
    side.authority.faults += [(503, {"error": "temporarily_unavailable"})] * 2


def _again(rng, answer, address):
    """The page leads to itself, once."""
    return _linked(answer, address)


def _first_empty(rng, answer, address):
    return _linked(answer, address) | {"value": []}


def _linked(answer, address):
    if not {"@odata.nextLink", "@odata.deltaLink"} & answer.keys():
        return answer
    return {name: value for name, value in answer.items() if "Link" not in name} | {"@odata.nextLink": address}


def _unlinked(rng, answer, address):
    return {name: value for name, value in answer.items() if "Link" not in name}


def _led_away(rng, answer, address):
    return {name: "https://elsewhere.example/v1.0/me" if "Link" in name else value for name, value in answer.items()}


def _stale_first(rng, items):
    """Something of before, and then what is so now."""
    return [item | {"isRead": not item["isRead"]} for item in items if "isRead" in item] + items


def _without_words(rng, items):
    names = {"from", "sender", "bodyPreview", "toRecipients", "ccRecipients", "conversationId", "attachments"}
    return [{name: None if name in names else value for name, value in item.items()} for item in items]


def _truncated(rng):
    def cut(answer):
        octets = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return octets[:rng.randrange(len(octets))]
    return cut


def _removed(key):
    return {"id": key, "@removed": {"reason": "deleted"}}


#: The ways, in the order they are drawn from.
SPOILERS = (
    Spoiler("token refused once", _status(401, "InvalidAuthenticationToken")),
    Spoiler("token run out", _end_tokens, _ALONE),
    Spoiler("token run out, sign-in service away", _close_door, _ALONE),
    Spoiler("access denied", _status(403, "ErrorAccessDenied"), needs_person=True),
    Spoiler("too many", _status(429, "TooManyRequests", "0")),
    Spoiler("too many, wait", _status(429, "TooManyRequests", "1"), slow=True),
    Spoiler("too many, does not say for how long", _status(429, "TooManyRequests"), slow=True),
    Spoiler("too many for long", _status(429, "TooManyRequests", "0"), times=9),
    Spoiler("too many, wait for an hour", _status(429, "ApplicationThrottled", "3600"), times=2),
    Spoiler("unavailable", _status(503, "serviceNotAvailable", "0")),
    Spoiler("unavailable for long", _status(503, "serviceNotAvailable", "0"), times=9),
    Spoiler("server error", _status(500, "InternalServerError")),
    Spoiler("bad gateway", _status(502, "UnknownError")),
    Spoiler("gateway time-out", _status(504, "timeout"), times=3),
    Spoiler("sync state not found", _status(410, "SyncStateNotFound")),
    Spoiler("resync required", _status(410, "resyncRequired", Location="https://elsewhere.example/")),
    Spoiler("not understood", _status(400, "ErrorInvalidRequest")),
    Spoiler("conflict", _status(409, "ErrorIrresolvableConflict")),
    Spoiler("changed meanwhile", _status(412, "ErrorIrresolvableConflict")),
    Spoiler("locked", _status(423, "ErrorMailboxStoreUnavailable")),
    Spoiler("not supported", _status(501, "NotImplemented")),
    Spoiler("over quota", _status(507, "ErrorQuotaExceeded")),
    Spoiler("redirected", _status(302, "Moved", Location="https://elsewhere.example/")),
    Spoiler("not found", _status(404, "ErrorItemNotFound"), lies=True),
    Spoiler("cut before", lambda side, rng, line: Fault(cut="before"), _ALONE),
    Spoiler("cut after", lambda side, rng, line: Fault(cut="after"), _ALONE),
    Spoiler("cut twice", lambda side, rng, line: Fault(cut=rng.choice(("before", "after"))), _ALONE, times=2),
    Spoiler("cut half-way", lambda side, rng, line: Fault(cut="half"), _ALONE),
    Spoiler("late", lambda side, rng, line: Fault(slow=LATE), _ALONE, slow=True),
    Spoiler("a page of HTML", _answered(b"<html><title>Sign in</title></html>"), _ALONE),
    Spoiler("nothing", _answered(b""), _ALONE),
    Spoiler("null", _answered(b"null"), _ALONE),
    Spoiler("a list", _answered(b"[]"), _ALONE),
    Spoiler("an object without anything", _answered(b"{}"), _ALONE),
    Spoiler("no items", _answered(b'{"value": null, "responses": null}'), _ALONE),
    Spoiler("brackets", _answered(b"[" * 100_000), _ALONE),
    Spoiler("broken text", _answered(b'{"value": ["\xff\xfe"]}'), _ALONE),
    Spoiler("truncated", lambda side, rng, line: Fault(rewrite=_truncated(rng)), _ALONE),
    Spoiler("told twice", _paged(lambda rng, items: items * 2), _MESSAGES),
    Spoiler("told backwards", _paged(lambda rng, items: items[::-1]), _MESSAGES),
    Spoiler("told as it was, then as it is", _paged(_stale_first), _MESSAGES),
    Spoiler("removed before it is told", _paged(lambda rng, items: [_removed(item["id"]) for item in items] + items), _MESSAGES),
    Spoiler("removed and never seen", _paged(lambda rng, items: [_removed(_NEVER), *items, _removed("?")]), _MESSAGES),
    Spoiler("without an id", _paged(lambda rng, items: [*items, {"subject": "?"}]), _MESSAGES),
    Spoiler("something else than items", _paged(lambda rng, items: [*items, 7]), f"{_MESSAGES}|{_FOLDERS}"),
    Spoiler("without words", _paged(_without_words), _MESSAGES),
    Spoiler("the page again", _rewritten(_again), _MESSAGES),
    Spoiler("first an empty page", _rewritten(_first_empty), _MESSAGES),
    Spoiler("no next page", _rewritten(_unlinked), _MESSAGES),
    Spoiler("the next page elsewhere", _rewritten(_led_away), _MESSAGES),
    Spoiler("a folder twice", _paged(lambda rng, items: items * 2), _FOLDERS),
    Spoiler("folders backwards", _paged(lambda rng, items: items[::-1]), _FOLDERS),
    Spoiler("a folder left out", _paged(lambda rng, items: items[:-1]), _FOLDERS, lies=True),
    Spoiler("a part left out", _batched(lambda rng, parts: parts[:-1]), _BATCH),
    Spoiler("a part twice", _batched(lambda rng, parts: [*parts, parts[0]]), _BATCH),
    Spoiler("parts in another order", _batched(lambda rng, parts: rng.sample(parts, len(parts))), _BATCH),
    Spoiler("a part too many", _batched(lambda rng, parts: [*parts, {"id": "99", "status": 200}]), _BATCH),
    Spoiler("a part without a number", _batched(lambda rng, parts: [part | {"status": "200"} for part in parts]), _BATCH),
)
#: Those for passes between random steps: nobody has to come, nobody waits, and nothing a person did is lost.
STEPPED = tuple(spoiler for spoiler in SPOILERS if not (spoiler.needs_person or spoiler.slow or spoiler.lies))
