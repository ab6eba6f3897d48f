"""Mailboxes on Microsoft Graph (https://learn.microsoft.com/graph/api/resources/mail-api-overview)."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from . import graph_append, graph_bodies, graph_changes, graph_cursor, graph_folders
from .base import KnownIds
from .graph_http import GraphClient
from .graph_messages import fingerprint_of
from .graph_sync import GraphSync
from .values import EVERYTHING, Capabilities, History, MessageBody, RemoteFlags, RemoteFolder, RemotePart, SyncPage

BASE_URL = "https://graph.microsoft.com/v1.0"
#: Seconds for which the folders that signing in brought count as just listed.
LISTING_AGE = 5.0


class GraphProvider:
    """Folders and messages of one mailbox; see :mod:`.base` for the contract.

    Certificates are verified by the library's authorities, or by those of ``SSL_CERT_FILE`` or ``REQUESTS_CA_BUNDLE``.

    :param mailbox: address of a shared mailbox the signed-in person may open; None for the person's own.
    :param token_getter: answers an access token; called once per sign-in, and once more where it is refused meanwhile.
    :param str base_url: the service with its version; national clouds have their own.
    :param float timeout: seconds any single network wait may take.
    :param bool lists_first: whether signing in brings the folders and so shows that the token is good; without them the first
        request tells, which is quicker for whoever wants a single message.
    """

    capabilities = Capabilities(
        move=True, stable_ids=True, keeps_sent=True, changes_in_one_trip=True, folder_states_in_one_trip=True)

    def __init__(
        self, mailbox: str | None, token_getter: Callable[[], str], *, base_url: str = BASE_URL, timeout: float = 30.0,
        lists_first: bool = True,
    ):
        self._client, self._lists_first = GraphClient(mailbox, token_getter, base_url, timeout), lists_first
        self._sync = GraphSync(self._client)
        self._listing: list[RemoteFolder] | None = None
        self._listed_at = 0.0
        self._containers: dict[tuple, bytes] = {}

    def __enter__(self) -> "GraphProvider":
        """Signing in is asking for the folders: whether the token opens this mailbox only a request can tell, and this is the
        one that a pass begins with."""
        self._client.open()
        if not self._lists_first:
            return self
        try:
            self._listing, self._listed_at = graph_folders.list_folders(self._client), time.monotonic()
        except BaseException:
            # Whatever stopped us, no connection must stay open.
            self._client.close()
            raise
        return self

    def __exit__(self, *exc_info) -> None:
        self._client.close()

    @property
    def commands_sent(self) -> int:
        return self._client.commands_sent

    def list_folders(self) -> list[RemoteFolder]:
        folders, self._listing = self._listing, None
        if folders is None or time.monotonic() - self._listed_at > LISTING_AGE:
            folders = graph_folders.list_folders(self._client)
        self._sync.listed(folders)
        return folders

    def has_changed(self, folder: RemoteFolder, cursor: dict | None, history: History = EVERYTHING) -> bool:
        changed = graph_cursor.has_changed(folder, cursor, history)
        if changed and cursor and folder.selectable:
            self._sync.expect(cursor)
        return changed

    def fetch_changes(
        self, remote_id: str, cursor: dict | None, limit: int, known: KnownIds, history: History = EVERYTHING
    ) -> SyncPage:
        self._listing = None
        return self._sync.next_page(remote_id, cursor, limit, known, history)

    def fetch_body(self, folder_id: str, remote_id: str) -> MessageBody:
        return graph_bodies.fetch_body(self._client, folder_id, remote_id, self._containers)

    def fetch_part(self, folder_id: str, remote_id: str, part_id: str) -> bytes:
        return graph_bodies.fetch_part(self._client, folder_id, remote_id, part_id, self._containers)

    def fetch_raw(self, folder_id: str, remote_id: str) -> bytes:
        return graph_bodies.fetch_raw(self._client, folder_id, remote_id)

    def fetch_header(self, folder_id: str, remote_id: str) -> bytes:
        return graph_bodies.fetch_header(self._client, folder_id, remote_id)

    def fetch_flags(self, folder_id: str, remote_ids: Collection[str]) -> list[RemoteFlags]:
        return graph_changes.fetch_flags(self._client, folder_id, remote_ids)

    def set_flags(self, folder_id: str, remote_ids: Collection[str], flag: str, value: bool) -> set[str]:
        return graph_changes.set_flags(self._changing(), folder_id, remote_ids, flag, value)

    def mark(self, folder_id: str) -> dict:
        return graph_append.mark(self._client, folder_id)

    def move(
        self,
        folder_id: str,
        remote_ids: Collection[str],
        target_id: str,
        since: dict | None = None,
        fingerprints: Mapping[str, str] | None = None,
    ) -> dict[str, str | None]:
        return graph_changes.move(self._changing(), folder_id, remote_ids, target_id, fingerprints)

    def delete(self, folder_id: str, remote_ids: Collection[str]) -> None:
        graph_changes.delete(self._changing(), folder_id, remote_ids)

    def append(
        self,
        folder_id: str,
        raw: bytes,
        flags: Sequence[str] = (),
        internal_date: datetime | None = None,
        since: dict | None = None,
    ) -> str | None:
        return graph_append.append(self._changing(), folder_id, raw, flags, internal_date, since)

    def stored_as(self, remote_id: str) -> tuple[str, tuple[RemotePart, ...]] | None:
        return fingerprint_of(remote_id), graph_bodies.fetch_parts(self._client, remote_id)

    def create_folder(self, name: str) -> str:
        return graph_folders.create_folder(self._changing(), name)

    def _changing(self) -> GraphClient:
        """The client for a change: what was asked ahead would bring the state of before."""
        self._listing = None
        self._sync.forget()
        return self._client
