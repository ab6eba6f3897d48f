"""The contract every provider keeps, in three small protocols.

A provider is a context manager around one signed-in connection::

    with ImapProvider(endpoint, secret_getter) as provider:
        for folder in provider.list_folders():
            if provider.has_changed(folder, cursor): page = provider.fetch_changes(folder.remote_id, cursor, 2000, known)

``secret_getter`` is a callable without arguments that returns the password or access token; a provider calls it once
per sign-in and keeps nothing of it. Every method raises only members of :mod:`.errors`; any other exception is a bug.
Fetching never changes anything on the server (``EXAMINE``, ``BODY.PEEK``).
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from .values import Capabilities, MessageBody, RemoteFolder, SyncPage

#: Answers the placement keys the cache holds for the folder being synchronised; called only by providers that cannot
#: learn from the server what vanished.
KnownIds = Callable[[], Iterable[str]]


class FolderProvider(Protocol):
    """Folders and what changed in them."""

    capabilities: Capabilities

    def __enter__(self) -> "FolderProvider":
        """Connect and sign in.

        :raises Unreachable, CertificateError, AuthError, RateLimited, ProtocolError:
        """

    def __exit__(self, *exc_info) -> None:
        """Sign out; never raises."""

    def list_folders(self) -> list[RemoteFolder]:
        """All folders of the account, parents before children, with counts and states where they cost nothing."""

    def has_changed(self, folder: RemoteFolder, cursor: dict | None) -> bool:
        """Whether ``fetch_changes`` could bring anything. No network; True where the state cannot tell.

        A cursor whose history is not loaded to the end counts as changed.
        """

    def fetch_changes(self, remote_id: str, cursor: dict | None, limit: int, known: KnownIds) -> SyncPage:
        """The next page of a folder: first what changed since the cursor, then history, newest first.

        :param str remote_id: the folder's key.
        :param cursor: what the last page carried, None for a folder never read.
        :param int limit: at most so many messages in ``new``.
        :raises FolderGone: the folder is no longer there.
        :raises CursorExpired: call again with ``cursor=None``; the page that follows has ``reset`` set by the caller.
        """


class MessageProvider(Protocol):
    """Single messages. Every method raises MessageGone where the message no longer lies there."""

    def fetch_body(self, folder_id: str, remote_id: str) -> MessageBody:
        """Text and HTML of a message, without its attachments' content; nothing is marked as read."""

    def fetch_part(self, folder_id: str, remote_id: str, part_id: str) -> bytes:
        """The decoded content of one part."""

    def fetch_raw(self, folder_id: str, remote_id: str) -> bytes:
        """The whole message as RFC 5322 octets."""


class TransmissionProvider(Protocol):
    """Handing mail to the world."""

    def __enter__(self) -> "TransmissionProvider":
        """Connect and sign in, as :meth:`FolderProvider.__enter__`."""

    def __exit__(self, *exc_info) -> None:
        """Sign out; never raises."""
