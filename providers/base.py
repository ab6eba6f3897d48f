"""The contract every provider keeps, in five small protocols.

A provider is a context manager around one signed-in connection::

    with ImapProvider(endpoint, secret_getter) as provider:
        for folder in provider.list_folders():
            if provider.has_changed(folder, cursor): page = provider.fetch_changes(folder.remote_id, cursor, 2000, known)

``secret_getter`` is a callable without arguments that returns the password or access token; a provider calls it once
per sign-in and keeps nothing of it. Every method raises only members of :mod:`.errors`; any other exception is a bug.
Fetching never changes anything on the server (``EXAMINE``, ``BODY.PEEK``); only the methods of :class:`ChangeProvider` do.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from .values import (
    EVERYTHING,
    Capabilities,
    Envelope,
    History,
    MessageBody,
    RemoteFlags,
    RemoteFolder,
    RemotePart,
    Sent,
    SyncPage,
)

#: Answers the placement keys the cache holds for the folder being synchronised; called only by providers that cannot
#: learn from the server what vanished.
KnownIds = Callable[[], Iterable[str]]


class FolderProvider(Protocol):
    """Folders and what changed in them."""

    capabilities: Capabilities
    #: Commands, or requests, sent since the connection was made: what a visit costs the server.
    commands_sent: int

    def __enter__(self) -> "FolderProvider":
        """Connect and sign in.

        :raises Unreachable, CertificateError, AuthError, RateLimited, ProtocolError:
        """

    def __exit__(self, *exc_info) -> None:
        """Sign out; never raises."""

    def list_folders(self) -> list[RemoteFolder]:
        """All folders of the account, parents before children, with counts and states where they cost nothing."""

    def has_changed(self, folder: RemoteFolder, cursor: dict | None, history: History = EVERYTHING) -> bool:
        """Whether ``fetch_changes`` could bring anything. No network; True where the state cannot tell.

        A cursor whose history is not loaded as far as ``history`` goes counts as changed.
        """

    def fetch_changes(
        self, remote_id: str, cursor: dict | None, limit: int, known: KnownIds, history: History = EVERYTHING
    ) -> SyncPage:
        """The next page of a folder: first what changed since the cursor, then history, newest first.

        :param str remote_id: the folder's key.
        :param cursor: what the last page carried, None for a folder never read.
        :param int limit: at most so many messages in ``new``.
        :param History history: how far back. A wider one than before goes on where the narrower one ended.
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

    def fetch_header(self, folder_id: str, remote_id: str) -> bytes:
        """The header section of a message, as RFC 5322 octets."""


class ChangeProvider(Protocol):
    """What a person did, done on the server too. Every method may be repeated after a line was cut, whatever of it was done.

    A refusal of the server that concerns these messages alone is ProtocolError, FolderGone (source or target is not there),
    RateLimited (also: the mailbox is full) or Unsupported; the caller then tries them one by one.
    """

    def fetch_flags(self, folder_id: str, remote_ids: Collection[str]) -> list[RemoteFlags]:
        """The state of these messages as the server has it now; those that no longer lie there are missing."""

    def set_flags(self, folder_id: str, remote_ids: Collection[str], flag: str, value: bool) -> set[str]:
        """Set or clear one flag, leaving all others alone.

        :param str flag: a name of :data:`.values.FLAGS`.
        :return: those that lay there and now have it so; the missing ones are gone.
        """

    def mark(self, folder_id: str) -> dict:
        """Where a folder ends right now, as opaque JSON. Kept before ``move`` or ``append`` begins, and handed back as
        ``since`` where that may have been interrupted: what was done already is then found instead of done twice."""

    def move(
        self,
        folder_id: str,
        remote_ids: Collection[str],
        target_id: str,
        since: dict | None = None,
        fingerprints: Mapping[str, str] | None = None,
    ) -> dict[str, str | None]:
        """Move messages to another folder.

        :param since: a ``mark`` of the target, from before the first try.
        :param fingerprints: key → :attr:`.values.RemoteMessage.fingerprint`; with it, messages that a try before moved
            away from here are found in the target. Without it they are missing from the answer.
        :return: old key → new key, None where the server does not tell; the missing ones no longer lay there.
        """

    def delete(self, folder_id: str, remote_ids: Collection[str]) -> None:
        """Remove messages for good, and no others: neither what other clients marked as deleted. Gone ones are no error."""

    def append(
        self, folder_id: str, raw: bytes, flags: Sequence[str] = (), internal_date: datetime | None = None,
        since: dict | None = None,
    ) -> str | None:
        """Put a mail into a folder.

        :param bytes raw: RFC 5322 octets; has a Message-ID.
        :param flags: names of :data:`.values.FLAGS`.
        :param datetime internal_date: naive UTC; now where None.
        :param since: a ``mark`` of the folder, from before the first try.
        :return: its key, None where the server does not tell.
        """

    def stored_as(self, remote_id: str) -> tuple[str, tuple[RemotePart, ...]] | None:
        """What the server calls a mail that ``append`` put there: its :attr:`.values.RemoteMessage.fingerprint`, and its parts.
        None where both follow from its octets.

        :raises MessageGone: another client took it away.
        """

    def create_folder(self, name: str) -> str:
        """Make a folder at the top of the person's own namespace, subscribed; one that is there already is no error.

        :param str name: for people, Unicode, one level.
        :return: its key.
        """


class Watch(Protocol):
    """A line on guard. None of its methods waits for the server, so that one thread can hold many.

    It is registered with a selector for reading, pumped when there is something to read, and attended when it is time.
    """

    #: When ``attend`` is to be called at the latest, on :func:`time.monotonic`.
    due_at: float
    #: Whether it tells of every folder, or of the inbox only.
    hears_all_folders: bool

    def fileno(self) -> int:
        """What a selector needs."""

    def pump(self) -> bool:
        """Takes in what the server sent; answers whether something in the mailbox changed, never what.

        :raises Unreachable, RateLimited, AuthError: the line has ended and only needs closing.
        :raises Unsupported: so it has, and there is no use in another one.
        :raises ProtocolError:
        """

    def attend(self, now: float) -> None:
        """Keeps the line alive where that is due, and gives up a server that stopped answering.

        :param float now: on :func:`time.monotonic`.
        :raises Unreachable: the line has ended and only needs closing.
        """

    def close(self) -> None:
        """Signs out as far as that needs no waiting, and closes the line; never raises."""


class WatchProvider(FolderProvider, Protocol):
    """A server that calls; there where ``capabilities.push`` is."""

    def watch(self) -> Watch:
        """Turns the signed-in line into one on guard: the provider has none any more, and whoever calls this closes it.

        Nothing is told of what happened before.

        :raises Unsupported: this server does not call after all.
        :raises Unreachable, RateLimited, FolderGone, ProtocolError:
        """


class TransmissionProvider(Protocol):
    """Handing mail to the world."""

    #: Whether the recipients are read from the mail's fields: it is then handed over with its Bcc field, else without.
    reads_recipients: bool

    def send(self, envelope: Envelope, raw: bytes, before_final: Callable[[str], None]) -> Sent:
        """Send a mail.

        :param bytes raw: RFC 5322 octets with CRLF line ends.
        :param before_final: called once, right before what cannot be taken back, with the server's key of the mail or an empty
            text; if it raises, nothing was sent, and that is raised.
        :raises Unsupported, Refused, RateLimited, Unreachable, AuthError, ProtocolError: nothing was sent.
        :raises OutcomeUnknown: it may have been sent.
        """

    def __enter__(self) -> "TransmissionProvider":
        """Connect and sign in, as :meth:`FolderProvider.__enter__`."""

    def __exit__(self, *exc_info) -> None:
        """Sign out; never raises."""
