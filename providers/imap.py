"""Mailboxes on IMAP servers (RFC 3501 and what extends it)."""

import ssl
from collections.abc import Callable

from . import imap_cursor, imap_folders
from .base import KnownIds
from .errors import ProtocolError, Unreachable
from .imap_bodies import MessageReader, read_whole
from .imap_connection import ImapConnection
from .imap_signin import sign_in
from .imap_sync import Pending, next_page
from .network import AllowAddress
from .values import Capabilities, Endpoint, MessageBody, RemoteFolder, SyncPage


class ImapProvider:
    """Folders and messages of one account; see :mod:`.base` for the contract.

    :param Endpoint endpoint: where to and as whom.
    :param secret_getter: answers the password, or the access token; called once per sign-in.
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
        connection = ImapConnection(self.endpoint, self._ssl_context, self._allow_address)
        try:
            sign_in(connection, self.endpoint.username, self._secret_getter(), self._auth)
        except BaseException:
            # Whatever stopped us, the line must not stay open.
            connection.close()
            raise
        self._connection, self._reader, self._pending = connection, MessageReader(connection), Pending()
        self.capabilities = _capabilities(connection)
        return self

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

    def list_folders(self) -> list[RemoteFolder]:
        # What servers tell of the folder that is open may be as old as its opening (RFC 3501 §6.3.10).
        self._messages.forget()
        self.connection.unselect()
        return imap_folders.list_folders(self.connection)

    def has_changed(self, folder: RemoteFolder, cursor: dict | None) -> bool:
        return imap_cursor.has_changed(folder, cursor)

    def fetch_changes(self, remote_id: str, cursor: dict | None, limit: int, known: KnownIds) -> SyncPage:
        self._messages.forget()
        return next_page(self.connection, remote_id, cursor, limit, known=known, pending=self._pending)

    def fetch_body(self, folder_id: str, remote_id: str) -> MessageBody:
        try:
            structure = self._messages.structure(folder_id, remote_id)
        except ProtocolError:
            return read_whole(self.fetch_raw(folder_id, remote_id))
        return self._messages.body(folder_id, remote_id, structure)

    def fetch_part(self, folder_id: str, remote_id: str, part_id: str) -> bytes:
        return self._messages.part(folder_id, remote_id, part_id)

    def fetch_raw(self, folder_id: str, remote_id: str) -> bytes:
        return self._messages.raw(folder_id, remote_id)

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
