"""Mailboxes on IMAP servers (RFC 3501 and what extends it)."""

import ssl
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from . import imap_changes, imap_cursor, imap_folders, imap_gmail, imap_marks
from .base import KnownIds
from .errors import AuthError, Unreachable
from .imap_append import append
from .imap_bodies import MessageReader
from .imap_connection import ImapConnection
from .imap_create import create_folder
from .imap_idle import ImapWatch
from .imap_mailbox import leave
from .imap_move import move
from .imap_signin import sign_in
from .imap_sync import Pending, next_page
from .network import AllowAddress
from .values import EVERYTHING, Capabilities, Endpoint, History, MessageBody, RemoteFlags, RemoteFolder, RemotePart, SyncPage


class ImapProvider:
    """Folders and messages of one account; see :mod:`.base` for the contract.

    :param Endpoint endpoint: where to and as whom.
    :param secret_getter: answers the password, or the access token; called once per sign-in, and once more where a token was
        refused.
    :param ssl_context: None for one that verifies certificates by the system's authorities and ``SSL_CERT_FILE``.
    :param str auth: ``password`` or ``xoauth2``.
    :param allow_address: asked about every address the host resolves to before it is connected to; None allows all.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        secret_getter: Callable[[], str],
        ssl_context: ssl.SSLContext | None = None,
        *,
        auth: str = "password",
        allow_address: AllowAddress | None = None,
    ):
        self.endpoint = endpoint
        self.capabilities = Capabilities()
        self._secret_getter, self._auth = secret_getter, auth
        self._ssl_context, self._allow_address = ssl_context, allow_address
        self._connection: ImapConnection | None = None
        self._reader: MessageReader | None = None
        self._pending = Pending()

    def __enter__(self) -> "ImapProvider":
        secret = self._secret_getter()
        try:
            connection = self._signed_in(secret)
        except AuthError:
            # A token may be voided before its time: asked again, its getter brings another one.
            again = self._secret_getter() if self._auth == "xoauth2" else secret
            if again == secret:
                raise
            connection = self._signed_in(again)
        self._connection, self._reader, self._pending = connection, MessageReader(connection), Pending()
        self.capabilities = _capabilities(connection)
        return self

    def _signed_in(self, secret: str) -> ImapConnection:
        connection = ImapConnection(self.endpoint, self._ssl_context, self._allow_address)
        try:
            sign_in(connection, self.endpoint.username, secret, self._auth)
        except BaseException:
            # Whatever stopped us, the line must not stay open.
            connection.close()
            raise
        return connection

    def __exit__(self, *exc_info) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @property
    def connection(self) -> ImapConnection:
        """The open line.

        :raises Unreachable: there is none.
        """
        if self._connection is None:
            raise Unreachable("not connected", reason="closed")
        return self._connection

    @property
    def commands_sent(self) -> int:
        return self._connection.commands_sent if self._connection else 0

    def list_folders(self) -> list[RemoteFolder]:
        # What servers tell of the folder that is open may be as old as its opening (RFC 3501 §6.3.10).
        self._messages.forget()
        leave(self.connection)
        return imap_folders.list_folders(self.connection)

    def has_changed(self, folder: RemoteFolder, cursor: dict | None, history: History = EVERYTHING) -> bool:
        return imap_cursor.has_changed(folder, cursor, history)

    def fetch_changes(
        self, remote_id: str, cursor: dict | None, limit: int, known: KnownIds, history: History = EVERYTHING
    ) -> SyncPage:
        self._messages.forget()
        return next_page(self.connection, remote_id, cursor, limit, known=known, pending=self._pending, history=history)

    def fetch_body(self, folder_id: str, remote_id: str) -> MessageBody:
        return self._messages.body(folder_id, remote_id)

    def fetch_part(self, folder_id: str, remote_id: str, part_id: str) -> bytes:
        return self._messages.part(folder_id, remote_id, part_id)

    def fetch_raw(self, folder_id: str, remote_id: str) -> bytes:
        return self._messages.raw(folder_id, remote_id)

    def fetch_header(self, folder_id: str, remote_id: str) -> bytes:
        return self._messages.header(folder_id, remote_id)

    def fetch_flags(self, folder_id: str, remote_ids: Collection[str]) -> list[RemoteFlags]:
        return imap_changes.fetch_flags(self._line(), folder_id, remote_ids)

    def set_flags(self, folder_id: str, remote_ids: Collection[str], flag: str, value: bool) -> set[str]:
        return imap_changes.set_flags(self._line(), folder_id, remote_ids, flag, value)

    def mark(self, folder_id: str) -> dict:
        return imap_marks.mark(self._line(), folder_id)

    def move(
        self,
        folder_id: str,
        remote_ids: Collection[str],
        target_id: str,
        since: dict | None = None,
        fingerprints: Mapping[str, str] | None = None,
    ) -> dict[str, str | None]:
        return move(self._line(), folder_id, remote_ids, target_id, since, fingerprints)

    def delete(self, folder_id: str, remote_ids: Collection[str]) -> None:
        line = self._line()
        delete = imap_gmail.delete if line.has("X-GM-EXT-1") else imap_changes.delete
        delete(line, folder_id, remote_ids)

    def append(
        self,
        folder_id: str,
        raw: bytes,
        flags: Sequence[str] = (),
        internal_date: datetime | None = None,
        since: dict | None = None,
    ) -> str | None:
        return append(self._line(), folder_id, raw, flags, internal_date, since)

    def stored_as(self, remote_id: str) -> tuple[str, tuple[RemotePart, ...]] | None:
        return None

    def create_folder(self, name: str) -> str:
        return create_folder(self._line(), name)

    def _line(self) -> ImapConnection:
        """The connection for a change: what the reading side remembers of folders is void afterwards."""
        self._messages.forget()
        self._pending = Pending()
        return self.connection

    def watch(self) -> ImapWatch:
        watch = ImapWatch(self.connection)
        self._connection = self._reader = None
        return watch

    @property
    def _messages(self) -> MessageReader:
        if self._connection is None or self._reader is None:
            raise Unreachable("not connected", reason="closed")
        return self._reader


def _capabilities(connection: ImapConnection) -> Capabilities:
    is_gmail = connection.has("X-GM-EXT-1")
    return Capabilities(
        push=connection.has("IDLE"),
        move=connection.has("MOVE"),
        stable_ids=is_gmail or connection.has("OBJECTID"),
        keeps_sent=is_gmail,
        changes_in_one_trip=connection.has("ENABLE", "QRESYNC"),
        folder_states_in_one_trip=connection.has("LIST-EXTENDED", "LIST-STATUS"),
    )
