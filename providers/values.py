"""Frozen values that travel between providers and models. No behaviour beyond small derivations."""

from dataclasses import dataclass, field
from datetime import datetime

from ..tools.headers import Address
from ..tools.mime.values import MailPart as RemotePart
from ..tools.mime.values import MessageBody

__all__ = [
    "EVERYTHING",
    "FLAGS",
    "ROLES",
    "Address",
    "Capabilities",
    "Endpoint",
    "Envelope",
    "History",
    "MessageBody",
    "RecipientRefusal",
    "RemoteFlags",
    "RemoteFolder",
    "RemoteMessage",
    "RemotePart",
    "Sent",
    "SyncPage",
]

#: Folder roles (RFC 6154 special-use attributes, in lower case, plus the inbox).
ROLES = ("inbox", "drafts", "sent", "archive", "junk", "trash", "all", "flagged", "important")

#: What is kept of a message's state, as the fields of :class:`RemoteFlags` are called.
FLAGS = ("is_read", "is_starred", "is_answered", "is_draft")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and how a server is reached.

    :param str host: host name or address as the administrator typed it; also the name the certificate must carry.
    :param int port: TCP port, never 0.
    :param str encryption: ``ssl`` (TLS from the first byte), ``starttls`` or ``none``.
    :param str username: sign-in name.
    :param float timeout: seconds any single network wait may take.
    """

    host: str
    port: int
    encryption: str
    username: str
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A folder as the server lists it.

    :param str remote_id: the server's own key (IMAP: the mailbox name exactly as it is on the wire).
    :param str name: the leaf name, decoded, for people.
    :param parent_remote_id: key of the folder above, None at the top.
    :param role: one of :data:`ROLES`, or None.
    :param bool selectable: False for a name that only holds other folders (``\\Noselect``).
    :param bool subscribed: the person's clients show it.
    :param total: messages in it, None where the server did not tell.
    :param unread: messages without ``\\Seen``, None where the server did not tell.
    :param state: opaque JSON; together with a stored cursor it answers ``has_changed`` without opening the folder.
    """

    remote_id: str
    name: str
    parent_remote_id: str | None = None
    role: str | None = None
    selectable: bool = True
    subscribed: bool = True
    total: int | None = None
    unread: int | None = None
    state: dict | None = None


@dataclass(frozen=True, slots=True)
class RemoteFlags:
    """State of one message in one folder.

    :param str remote_id: key of the placement within its folder (IMAP: ``UIDVALIDITY:UID``).
    """

    remote_id: str
    is_read: bool = False
    is_starred: bool = False
    is_answered: bool = False
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class RemoteMessage:
    """What a list needs to know of one message in one folder.

    :param RemoteFlags flags: its key in the folder and its state.
    :param str fingerprint: names the mail itself wherever it lies in the account: the server's stable id (RFC 8474
        EMAILID, X-GM-MSGID, Graph's immutable id), else a digest of Message-ID, INTERNALDATE and size.
    :param str message_id: RFC 5322 Message-ID with its angle brackets, may be empty.
    :param str in_reply_to: the same for In-Reply-To (its first id).
    :param tuple references: ids of References, oldest first.
    :param datetime date: when it was sent by its own Date field, the server's date where that is missing or absurd;
        naive UTC.
    :param datetime internal_date: when the server received it; naive UTC.
    :param int size: octets.
    :param str preview: first words as plain text, may be empty.
    :param str thread_key: the server's conversation id (X-GM-THRID, conversationId, RFC 8474 THREADID), may be empty.
    :param tuple attachments: :class:`RemotePart` of everything that is not the body's text.
    :param bool is_mutable: the server may give the mail other words under the same fingerprint: a draft of Exchange's, until
        it is sent.
    """

    flags: RemoteFlags
    fingerprint: str
    message_id: str
    subject: str
    sender: Address
    date: datetime
    internal_date: datetime
    size: int
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    preview: str = ""
    thread_key: str = ""
    attachments: tuple[RemotePart, ...] = ()
    is_mutable: bool = False


@dataclass(frozen=True, slots=True)
class SyncPage:
    """One step of a folder's synchronisation. Applying a page twice must leave the same state as applying it once.

    :param list new: :class:`RemoteMessage`, newest first. Some may be known already (replays happen).
    :param list changed: :class:`RemoteFlags` of messages known before; unknown ids are to be ignored.
    :param list vanished: ids that no longer lie in this folder; unknown ids are to be ignored.
    :param dict cursor: opaque JSON to hand back next time; stored in the same transaction as the page.
    :param bool more: call again at once, there is more to fetch.
    :param bool reset: everything the folder held before this page is void (UIDVALIDITY changed, delta token expired);
        applied before ``new``.
    :param remaining: messages of the folder still to be fetched after this page, None where unknown.
    :param bool repeats: the folder only shows what lies in other folders; told with the first messages it has.
    """

    cursor: dict
    new: list[RemoteMessage] = field(default_factory=list)
    changed: list[RemoteFlags] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    more: bool = False
    reset: bool = False
    remaining: int | None = None
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """How much of a folder's past is fetched; new mail always is.

    :param int days: received within so many days, 0 for any.
    :param int messages: the newest so many of the folder, 0 for any number.
    """

    days: int = 0
    messages: int = 0

    @property
    def name(self) -> str:
        """For cursors: under which limit a folder is complete. Empty without a limit."""
        return f"{self.days}d{self.messages}" if self.days or self.messages else ""


#: Without a limit.
EVERYTHING = History()


@dataclass(frozen=True, slots=True)
class Envelope:
    """Whom a mail is handed over for (RFC 5321 §2.3.1), whatever its header fields say.

    :param str sender: the reverse-path: where bounces go.
    :param tuple recipients: addresses, domains as A-labels.
    """

    sender: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecipientRefusal:
    """Why a server did not take one recipient.

    :param int code: of its reply.
    :param str text: the reply.
    :param bool for_good: a later try is of no use (5xx).
    """

    code: int
    text: str
    for_good: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail that was taken.

    :param dict refused: address → :class:`RecipientRefusal` of those it was not taken for.
    :param str answer: what the server said; some name the mail by an id of their own there.
    :param str key: of the sent copy, where the server keeps one and tells.
    """

    refused: dict[str, RecipientRefusal] = field(default_factory=dict)
    answer: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connected server can do, so that no caller asks which product it is."""

    push: bool = False
    move: bool = False
    stable_ids: bool = False
    keeps_sent: bool = False
    changes_in_one_trip: bool = False
    folder_states_in_one_trip: bool = False
