"""What changed in a folder, page by page, by delta queries.

A folder begins with an enumeration, newest first, whose last page carries the address that from then on tells what changed::

    begin ─ history ─ history ─ … ─ changes ─ changes ─ …
      └───────── under a wider limit: once more, the old address telling what changed meanwhile ─┘

The enumeration of a large folder takes its time and tells of nothing that comes in meanwhile: each of its pages is asked for
together with what is newer than the newest seen. https://learn.microsoft.com/graph/api/message-delta
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from .base import KnownIds
from .errors import CursorExpired, FolderGone, ProtocolError, Refused, Unsupported
from .graph_cursor import Cursor, moment_of, text_of, trusted
from .graph_http import PER_BATCH, Answer, Call, GraphClient, items_of
from .graph_messages import (
    BARE_QUERY,
    FLAGS_QUERY,
    MESSAGE_QUERY,
    PARTS_QUERY,
    check_ids,
    is_whole,
    read_flags,
    read_message,
)
from .graph_paths import folder_path, is_id, message_path
from .values import EVERYTHING, History, RemoteFlags, RemoteFolder, RemoteMessage, SyncPage

#: Messages one answer is asked to hold: of a folder, of each of several folders at once, and new ones during an enumeration.
PAGE, AHEAD, FRESH = 250, 50, 50
#: A delta query with a filter tells of no more messages than this.
FILTER_LIMIT = 5000
#: Pages without anything in them that are passed over at once.
EMPTY_PAGES = 20
#: Placements looked at one by one when a folder is begun that should hold none yet.
STRAYS = 1000

_NEWEST_FIRST = "$orderby=receivedDateTime desc"


@dataclass(frozen=True, slots=True)
class _Limits:
    """Which messages of a folder are wanted: how many they are (None: all), since when, whether the service sifts them."""

    total: int | None = None
    floor: str = ""
    is_filtered: bool = False


class GraphSync:
    """The folders of one mailbox; remembers what the folder list said, and what was asked ahead."""

    def __init__(self, client: GraphClient):
        self._client = client
        self._folders: dict[str, RemoteFolder] = {}
        self._expected: dict[str, None] = {}
        self._ahead: dict[str, Answer] = {}
        self._expired: set[str] = set()

    def listed(self, folders: Iterable[RemoteFolder]) -> None:
        """The folder list as the service just gave it."""
        self._folders = {folder.remote_id: folder for folder in folders}
        self._expected.clear()
        self.forget()

    def expect(self, cursor: dict) -> None:
        """This folder will be asked for soon: with the first one, others are asked for in the same request."""
        try:
            position = self._position(cursor)
        except CursorExpired:
            return
        if position.is_delta and not position.is_open and not position.old:
            self._expected[position.link] = None

    def forget(self) -> None:
        """What was asked ahead is void: something was changed since."""
        self._ahead.clear()

    def next_page(self, remote_id: str, cursor: dict | None, limit: int, known: KnownIds, history: History) -> SyncPage:
        """See :meth:`.base.FolderProvider.fetch_changes`."""
        try:
            if cursor is None:
                return self._begin(remote_id, limit, history, known)
            position = self._position(cursor)
            if position.old:
                return self._catch_up(remote_id, position, limit, known)
            if not position.covers(history):
                return self._begin(remote_id, limit, history, None, position)
            if position.is_delta:
                return self._changes(remote_id, position, limit, known)
            return self._history(remote_id, position, limit)
        except CursorExpired:
            self._expired.add(remote_id)
            raise

    def _begin(
        self, remote_id: str, limit: int, history: History, known: KnownIds | None, before: Cursor | None = None
    ) -> SyncPage:
        limits = self._limits(remote_id, history)
        path = folder_path(remote_id)
        since = f"&$filter=receivedDateTime ge {limits.floor}" if limits.is_filtered else ""
        queries = [f"{path}/messages/delta?{fields}&{_NEWEST_FIRST}{since}" for fields in (MESSAGE_QUERY, BARE_QUERY)]
        folder, first = self._client.batch(
            [Call("GET", f"{path}?$select=totalItemCount"), Call("GET", queries[0], _page_size(limit))])
        if first.status == 400 and folder.is_good:
            # A service that does not tell of attachments here is asked for them apart.
            first = self._client.batch([Call("GET", queries[1], _page_size(limit))])[0]
        total = self._client.json(folder, FolderGone).get("totalItemCount")
        page = self._client.json(first, FolderGone)
        items = _messages(page)
        position = Cursor(
            *self._link(page), total=limits.total if limits.total is not None else total or 0, read=len(items),
            fresh=_newest(items), floor="" if limits.is_filtered else limits.floor, days=history.days, messages=history.messages,
        )
        if position.is_delta:
            # The list told how the folder stood before this began.
            position = replace(position, state=self._state(remote_id))
        if before:
            # What vanishes between the old enumeration and the new one only the old address tells.
            position = replace(position, old=before.link, old_is_delta=before.is_delta and not before.is_open)
        gone = _gone(page) + (self._strays(remote_id, known) if known else [])
        return _page(position, new=self._wanted(items, position), vanished=gone, more=bool(before) or not position.is_delta)

    def _history(self, remote_id: str, position: Cursor, limit: int) -> SyncPage:
        calls = [Call("GET", position.link, _page_size(limit))]
        if position.fresh:
            newer = f"$filter=receivedDateTime gt {position.fresh}&{_NEWEST_FIRST}&$top={min(limit, FRESH)}"
            calls.append(Call("GET", f"{folder_path(remote_id)}/messages?{MESSAGE_QUERY}&{newer}"))
        further, *newer = self._client.batch(calls)
        # New mail does not wait for old; the page of history it came with is asked for once more.
        items = _messages(self._client.json(newer[0], FolderGone)) if newer else []
        # The service counts fractions of a second, and does not show them: what is not newer by the second is no news.
        if items := [item for item in items if _received(item) > position.fresh]:
            return _page(replace(position, fresh=_newest(items)), new=self._read(items), more=True)
        page = self._linked(remote_id, further)
        items = _messages(page)
        link, is_delta = self._link(page)
        position = replace(position, link=link, is_delta=is_delta, read=position.read + len(items))
        return _page(position, new=self._wanted(items, position), vanished=_gone(page), more=not is_delta)

    def _changes(self, remote_id: str, position: Cursor, limit: int, known: KnownIds) -> SyncPage:
        state = position.state if position.is_open else self._state(remote_id)
        page = self._linked(remote_id, self._told(position.link, limit))
        page = self._past_empty(page, limit)
        link, is_told = self._link(page)
        told = self._sorted_out(remote_id, _items(page), known)
        if is_told:
            told["vanished"] += self._ghosts(remote_id, known, told["vanished"])
        position = replace(position, link=link, is_open=not is_told, state=state, fresh="", total=0, read=0)
        return _page(position, **told, more=not is_told)

    def _catch_up(self, remote_id: str, position: Cursor, limit: int, known: KnownIds) -> SyncPage:
        """What changed under the narrower limit, up to after the new enumeration began."""
        page = self._linked(remote_id, self._client.send(Call("GET", position.old, _page_size(limit)), again=True))
        link, is_told = self._link(page)
        is_over = is_told and position.old_is_delta
        position = replace(position, old="" if is_over else link, old_is_delta=position.old_is_delta or is_told)
        return _page(position, **self._sorted_out(remote_id, _items(page), known), more=True)

    def _linked(self, remote_id: str, answer: Answer) -> dict:
        """The page that a cursor's address brings.

        :raises CursorExpired: the service no longer takes the address, which it need not say by 410.
        :raises FolderGone: because the folder is gone.
        """
        if answer.is_stale:
            self._client.get(f"{folder_path(remote_id)}?$select=id", gone=FolderGone)
            raise CursorExpired(f"the service answers {answer.status} to an address of its own")
        return self._client.json(answer, FolderGone)

    def _told(self, link: str, limit: int) -> Answer:
        """The answer of a folder's address, asked together with those of the folders that come next."""
        if link in self._ahead:
            return self._ahead.pop(link)
        self._expected.pop(link, None)
        others = list(self._expected)[:PER_BATCH - 1]
        if not others:
            return self._client.send(Call("GET", link, _page_size(limit)), again=True)
        for other in others:
            del self._expected[other]
        answers = self._client.batch([Call("GET", each, _page_size(min(limit, AHEAD))) for each in (link, *others)])
        self._ahead.update(zip(others, answers[1:], strict=True))
        return answers[0]

    def _past_empty(self, page: dict, limit: int) -> dict:
        for _time in range(EMPTY_PAGES):
            if items_of(page) or "@odata.nextLink" not in page:
                break
            page = self._client.get(self._link(page)[0], _page_size(limit), FolderGone)
        return page

    def _sorted_out(self, remote_id: str, items: list[dict], known: KnownIds) -> dict:
        """New, changed and vanished; of a message told several times the last word counts."""
        last: dict[str, dict | None] = {}
        for item in items:
            last.pop(item["id"], None)
            last[item["id"]] = None if "@removed" in item else item
        here = set(known()) if any(last.values()) else set()
        torn = [key for key, item in last.items() if item is not None and not is_whole(item)]
        whole = self._whole(remote_id, torn, set())
        last = {key: whole.get(key, item) for key, item in last.items() if key in whole or key not in torn}
        there = [item for item in last.values() if item is not None]
        # Of a mail only the marks change; a draft may be another one now.
        marked = [item for item in there if item["id"] in here and not item.get("isDraft")]
        return {
            "new": self._read([item for item in there if item not in marked]),
            "changed": [read_flags(item) for item in marked],
            "vanished": [key for key, item in last.items() if item is None],
        }

    def _whole(self, remote_id: str, keys: list[str], here: set[str]) -> dict[str, dict | None]:
        """The rest of messages of which only what changed was told; None for those no longer there. Refused ones are missing."""
        answers = self._of_each(
            [Call("GET", f"{message_path(key)}?{FLAGS_QUERY if key in here else MESSAGE_QUERY}") for key in keys])
        found: dict[str, dict | None] = {}
        for key, answer in zip(keys, answers, strict=True):
            if answer:
                item = None if answer.is_missing else self._client.json(answer)
                found[key] = {**item, "id": key} if item and item.get("parentFolderId") in (remote_id, None) else None
        return found

    def _of_each(self, calls: list[Call]) -> list[Answer | None]:
        """Answers about single messages. None for one that the service refuses twice: its message alone does without."""
        answers: list[Answer | None] = list(self._client.batch(calls))
        refused = [number for number, answer in enumerate(answers) if not (answer.is_good or answer.is_missing)]
        for number, answer in zip(refused, self._client.batch([calls[number] for number in refused]), strict=True):
            answers[number] = answer
            try:
                answers[number] = answer if answer.is_missing else self._client.check(answer)
            except (Refused, Unsupported, ProtocolError) as error:
                if getattr(error, "asks_for_pause", False):
                    raise
                answers[number] = None
        return answers

    def _strays(self, remote_id: str, known: KnownIds) -> list[str]:
        """What the cache took for granted in a folder never read (a move of our own), and does not lie there any more."""
        if remote_id in self._expired:
            # The folder is read anew, everything it held is void.
            self._expired.discard(remote_id)
            return []
        keys = list(known())[:STRAYS]
        return self._absent(remote_id, keys, set(keys))

    def _ghosts(self, remote_id: str, known: KnownIds, gone: list[str]) -> list[str]:
        """What the cache holds and the folder does not: a message that came by a move of our own and left again before the
        service was asked, of which it never tells. Looked for only where the cache holds more than the folder."""
        folder, keys = self._folders.get(remote_id), set(known()) - set(gone)
        if folder is None or folder.total is None or len(keys) <= folder.total:
            return []
        there = {item.get("id") for item in self._client.pages(f"{folder_path(remote_id)}/messages?$select=id&$top=1000")}
        # What is moved between two pages may be missing from both.
        return self._absent(remote_id, sorted(keys - there)[:STRAYS], keys)

    def _absent(self, remote_id: str, doubtful: list[str], here: set[str]) -> list[str]:
        found = self._whole(remote_id, [key for key in doubtful if is_id(key)], here)
        return [key for key in doubtful if not is_id(key) or found.get(key, True) is None]

    def _limits(self, remote_id: str, history: History) -> _Limits:
        if history == EVERYTHING:
            return _Limits()
        messages, floors = f"{folder_path(remote_id)}/messages", []
        if history.days:
            floors.append(datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(days=history.days))
        if history.messages:
            query = f"$select=id,receivedDateTime&{_NEWEST_FIRST}&$top=1&$skip={history.messages - 1}"
            oldest = items_of(self._client.get(f"{messages}?{query}", gone=FolderGone))
            floors += [moment for item in oldest if (moment := moment_of(item.get("receivedDateTime")))]
        if not floors:
            return _Limits()
        floor = text_of(max(floors))
        query = f"$select=id&$filter=receivedDateTime ge {floor}&$count=true&$top=1"
        total = self._client.get(f"{messages}?{query}", gone=FolderGone).get("@odata.count")
        return _Limits(total, floor, isinstance(total, int) and total <= FILTER_LIMIT)

    def _wanted(self, items: list[dict], position: Cursor) -> list[RemoteMessage]:
        return self._read([item for item in items if not position.floor or _received(item) >= position.floor])

    def _read(self, items: list[dict]) -> list[RemoteMessage]:
        """Newest first, with the attachments of those that came without."""
        bare = [item for item in items if item.get("hasAttachments") and "attachments" not in item]
        answers = self._of_each([Call("GET", f"{message_path(item['id'])}/attachments?{PARTS_QUERY}") for item in bare])
        for item, answer in zip(bare, answers, strict=True):
            # Gone meanwhile: the next page tells so.
            is_there = answer is not None and not answer.is_missing
            item["attachments"] = check_ids(items_of(self._client.json(answer))) if is_there else []
        return [read_message(item) for item in sorted(items, key=_received, reverse=True)]

    def _link(self, page: dict) -> tuple[str, bool]:
        """Where to ask next, and whether everything has been told until now.

        :raises CursorExpired: the service leaves us without either.
        :raises ProtocolError: it sends us elsewhere; kept, that address would be asked for ever.
        """
        link = page.get("@odata.nextLink") or page.get("@odata.deltaLink")
        if not isinstance(link, str):
            raise CursorExpired("the answer names no next address")
        if not self._client.is_own(link):
            raise ProtocolError("the answer leads to another host")
        return link, "@odata.nextLink" not in page

    def _position(self, cursor: dict) -> Cursor:
        """:raises CursorExpired: it cannot be read, or is of a service the mailbox was with before."""
        position = Cursor.from_json(cursor)
        if not all(self._client.is_own(link) for link in (position.link, position.old) if link):
            raise CursorExpired("cursor of another service")
        return position

    def _state(self, remote_id: str) -> dict | None:
        folder = self._folders.get(remote_id)
        return trusted(folder.state if folder else None)


def _page(
    position: Cursor, new: Iterable[RemoteMessage] = (), changed: Iterable[RemoteFlags] = (), vanished: Iterable[str] = (),
    more: bool = False,
) -> SyncPage:
    return SyncPage(position.to_json(), list(new), list(changed), list(vanished), more=more, remaining=position.remaining)


def _items(page: dict) -> list[dict]:
    return check_ids(items_of(page))


def _messages(page: dict) -> list[dict]:
    """The messages of an enumeration, each once."""
    return [item for item in {item["id"]: item for item in _items(page)}.values() if "@removed" not in item]


def _gone(page: dict) -> list[str]:
    """Of messages an enumeration told of before."""
    return [key for key, item in {item["id"]: item for item in _items(page)}.items() if "@removed" in item]


def _newest(items: list[dict]) -> str:
    return max(map(_received, items), default="")


def _received(item: dict) -> str:
    """Moments of one form sort as text."""
    moment = moment_of(item.get("receivedDateTime"))
    return text_of(moment) if moment else ""


def _page_size(limit: int) -> str:
    return f"odata.maxpagesize={max(1, min(limit, PAGE))}"
