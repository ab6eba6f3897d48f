"""The folders of an IMAP account: names, tree, roles, counts and states."""

import itertools
from dataclasses import dataclass

from imapclient.imap_utf7 import decode as decode_utf7

from ..tools.headers import clean_line
from .errors import ProtocolError
from .imap_connection import ImapConnection
from .imap_reader import Node, Response, parse_tokens, to_int
from .imap_roles import role_of_name
from .values import ROLES, RemoteFolder

#: How many STATUS commands wait for their answers at once.
STATUS_AT_ONCE = 50
#: Octets of a name; servers allow far less, and every level of a hostile one would become a folder.
MAX_NAME = 1000

_STATES = {"MESSAGES": "messages", "UNSEEN": "unseen", "UIDNEXT": "uidnext", "UIDVALIDITY": "uidvalidity"}
_MODSEQ = {"HIGHESTMODSEQ": "modseq"}


@dataclass(slots=True)
class _Listed:
    """A line of LIST: name on the wire, attributes in lower case without their backslash, delimiter, STATUS."""

    wire: str
    flags: frozenset[str]
    delimiter: str
    state: dict | None = None


def list_folders(connection: ImapConnection) -> list[RemoteFolder]:
    """All folders, parents before children: one command where the server has LIST-STATUS (RFC 5819), else LIST, LSUB
    and a STATUS each, pipelined.

    :raises ProtocolError, Unreachable, RateLimited:
    """
    listed = _list_extended(connection) if connection.has("LIST-EXTENDED", "LIST-STATUS") else None
    if listed is None:
        listed = _list_plain(connection)
        _ask_states(connection, listed)
    return _build_tree(listed, connection.has("X-GM-EXT-1"))


def personal_namespace(connection: ImapConnection) -> tuple[str, str]:
    """What the names of the person's own folders begin with, such as ``INBOX.``, and the hierarchy delimiter (RFC 2342).

    Either may be empty. Where the server does not tell, the names of its folders do.
    """
    found: list[Node] = []

    def take(response: Response) -> None:
        if response[0][:12].upper() == b"* NAMESPACE ":
            found.extend(parse_tokens(response)[2:3])

    if connection.has("NAMESPACE"):
        connection.run(b"NAMESPACE", take, on_unreadable=found.clear)
    personal = found[0][0] if found and isinstance(found[0], list) and found[0] else None
    if isinstance(personal, list) and len(personal) >= 2 and isinstance(personal[0], bytes):
        delimiter = personal[1] or b""
        return personal[0].decode("utf-8", "replace"), delimiter.decode("utf-8", "replace")
    listed = _list_plain(connection)
    delimiters = [entry.delimiter for entry in listed.values() if entry.delimiter]
    return _personal_prefix(listed), delimiters[0] if delimiters else ""


def wire_name(remote_id: str) -> bytes:
    """A folder's key as the octets of its name."""
    return remote_id.encode("utf-8", "replace")


def folder_state(connection: ImapConnection, remote_id: str) -> dict[str, int]:
    """What STATUS tells of a folder, under the keys of :attr:`.values.RemoteFolder.state`; empty where it tells nothing."""
    collector = _Collector()
    command = connection.compose(b"STATUS ", connection.quote(wire_name(remote_id)), b" (UIDVALIDITY UIDNEXT)")
    connection.run(command, collector.take, on_unreadable=collector.miss)
    return next(iter(collector.states.values()), {})


def _status_items(connection: ImapConnection) -> dict[str, str]:
    return _STATES | (_MODSEQ if connection.has("CONDSTORE") or connection.has("QRESYNC") else {})


def _list_extended(connection: ImapConnection) -> dict[str, _Listed] | None:
    """RFC 5258, 5819, 6154; None where the server refuses the command it offers."""
    items = " ".join(_status_items(connection))
    special = "SPECIAL-USE " if connection.has("SPECIAL-USE") else ""
    collector = _Collector()
    status = connection.run(
        f'LIST "" "*" RETURN ({special}SUBSCRIBED STATUS ({items}))'.encode(), collector.take,
        on_unreadable=collector.miss)
    if status.kind != "OK":
        # One folder may be the reason (RFC 5819 §2); the plain commands tell of the others.
        return None
    return collector.merged()


def _list_plain(connection: ImapConnection) -> dict[str, _Listed]:
    collector, subscribed = _Collector(), _Collector(b"LSUB")
    listing, subscriptions = connection.run_all(
        [b'LIST "" "*"', b'LSUB "" "*"'], lambda response: (collector.take(response), subscribed.take(response)),
        on_unreadable=collector.miss,
    )
    connection.check(listing, "LIST", of_mailbox=True)
    collector.require_some()
    names = {wire for wire, entry in subscribed.folders.items() if "noselect" not in entry.flags}
    for wire, entry in collector.folders.items():
        # Whoever never subscribed to anything sees everything, as in other programs.
        if wire in names or not names or subscriptions.kind != "OK":
            entry.flags |= {"subscribed"}
    return collector.folders


def _ask_states(connection: ImapConnection, listed: dict[str, _Listed]) -> None:
    items = f" ({' '.join(_status_items(connection))})".encode()
    collector = _Collector()
    wires = [entry.wire for entry in listed.values() if _is_selectable(entry)]
    for start in range(0, len(wires), STATUS_AT_ONCE):
        commands = [
            connection.compose(b"STATUS ", connection.quote(wire_name(wire)), items)
            for wire in wires[start : start + STATUS_AT_ONCE]
        ]
        # A folder that cannot tell its state is still a folder: refusals here mean "unknown".
        connection.run_all(commands, collector.take, on_unreadable=collector.miss)
    for wire, state in collector.states.items():
        if wire in listed:
            listed[wire].state = state


class _Collector:
    """Gathers LIST (or LSUB) and STATUS responses."""

    def __init__(self, keyword: bytes = b"LIST"):
        self.folders: dict[str, _Listed] = {}
        self.states: dict[str, dict] = {}
        self._keyword, self._unreadable = keyword, 0

    def take(self, response: Response) -> None:
        word = response[0][2:8].upper()
        if word.startswith(self._keyword + b" "):
            self._take_folder(parse_tokens(response))
        elif word == b"STATUS":
            self._take_state(parse_tokens(response))

    def miss(self) -> None:
        """Notes a response that could not be read: its folder is left out, the others are there."""
        self._unreadable += 1

    def require_some(self) -> None:
        """:raises ProtocolError: nothing of the list could be read."""
        if self._unreadable and not self.folders:
            raise ProtocolError("a LIST answer that cannot be read")

    def merged(self) -> dict[str, _Listed]:
        self.require_some()
        for wire, state in self.states.items():
            if wire in self.folders:
                self.folders[wire].state = state
        return self.folders

    def _take_folder(self, tokens: list[Node]) -> None:
        if len(tokens) < 5 or not isinstance(tokens[2], list):
            raise ProtocolError("a LIST answer without its parts")
        wire = _wire(_name(tokens[4:]))
        if wire is None:
            return
        flags = {flag.decode("ascii", "replace").lstrip("\\").lower() for flag in tokens[2] if isinstance(flag, bytes)}
        delimiter = tokens[3].decode("ascii", "replace") if isinstance(tokens[3], bytes) else ""
        self.folders.setdefault(wire, _Listed(wire, frozenset(flags), delimiter[:1]))

    def _take_state(self, tokens: list[Node]) -> None:
        items = tokens[-1]
        wire = _wire(_name(tokens[2:-1]))
        if wire is None or not isinstance(items, list):
            return
        names = _STATES | _MODSEQ
        state = {}
        for name, value in zip(items[::2], items[1::2], strict=False):
            key = names.get(name.decode("ascii", "replace").upper()) if isinstance(name, bytes) else None
            if key:
                state[key] = to_int(value, -1)
        self.states[wire] = {key: value for key, value in state.items() if value >= 0}


def _name(tokens: list[Node]) -> bytes:
    """The folder's name at their beginning; some servers leave out the quotes of one with blanks."""
    return b" ".join(itertools.takewhile(lambda token: isinstance(token, bytes), tokens))


def _wire(token: bytes) -> str | None:
    """A folder's key; None for a name that could not be sent back as it came."""
    if not 0 < len(token) <= MAX_NAME or b"\0" in token:
        return None
    if token.upper() == b"INBOX":
        return "INBOX"
    try:
        return token.decode()
    except UnicodeDecodeError:
        return None


def _is_selectable(entry: _Listed) -> bool:
    return not entry.flags & {"noselect", "nonexistent"}


def _build_tree(listed: dict[str, _Listed], is_gmail: bool) -> list[RemoteFolder]:
    prefix = _personal_prefix(listed)
    parents = {wire: _parent(entry, prefix) for wire, entry in listed.items()}
    # Parents that the server does not list by themselves hold others all the same.
    waiting = [(parent, listed[wire].delimiter) for wire, parent in parents.items() if parent]
    while waiting:
        wire, delimiter = waiting.pop()
        if wire not in listed:
            listed[wire] = _Listed(wire, frozenset({"noselect", "subscribed"}), delimiter)
            parents[wire] = _parent(listed[wire], prefix)
            if parents[wire]:
                waiting.append((parents[wire], delimiter))
    names = {wire: _leaf_name(entry) for wire, entry in listed.items()}
    roles = _roles(listed, parents, names, is_gmail)
    return [
        _folder(listed[wire], names[wire], parents[wire], roles.get(wire)) for wire in _in_order(listed, parents, names)
    ]


def _folder(entry: _Listed, name: str, parent: str | None, role: str | None) -> RemoteFolder:
    state = entry.state or {}
    # Modification sequences of 0 mean the folder has none (RFC 7162 §3.1.2).
    kept = {key: value for key, value in state.items() if key != "modseq" or value}
    return RemoteFolder(
        remote_id=entry.wire,
        name=name,
        parent_remote_id=parent,
        role=role,
        selectable=_is_selectable(entry),
        subscribed="subscribed" in entry.flags or entry.wire == "INBOX",
        total=state.get("messages"),
        unread=state.get("unseen"),
        state=kept if "uidvalidity" in kept and "uidnext" in kept else None,
    )


def _personal_prefix(listed: dict[str, _Listed]) -> str:
    """``INBOX.`` on servers that keep every folder below the inbox: there it says nothing."""
    others = [entry for wire, entry in listed.items() if wire != "INBOX"]
    delimiters = {entry.delimiter for entry in others}
    if not others or len(delimiters) != 1 or delimiters == {""}:
        return ""
    prefix = "INBOX" + delimiters.pop()
    return prefix if all(entry.wire.upper().startswith(prefix) for entry in others) else ""


def _parent(entry: _Listed, prefix: str) -> str | None:
    wire = entry.wire.rstrip(entry.delimiter) if entry.delimiter else entry.wire
    if not entry.delimiter or entry.delimiter not in wire:
        return None
    parent = wire.rpartition(entry.delimiter)[0]
    if not parent or (prefix and (parent + entry.delimiter).upper() == prefix):
        return None
    return "INBOX" if parent.upper() == "INBOX" else parent


def _leaf_name(entry: _Listed) -> str:
    wire = entry.wire.rstrip(entry.delimiter) if entry.delimiter else entry.wire
    leaf = wire.rpartition(entry.delimiter)[2] if entry.delimiter else wire
    try:
        name = decode_utf7(leaf.encode("ascii"))
    # A name that is no modified UTF-7 is shown as it stands; how the library fails on one is not documented.
    except Exception:
        name = leaf
    return clean_line(name) or entry.wire


def _roles(
    listed: dict[str, _Listed], parents: dict[str, str | None], names: dict[str, str], is_gmail: bool
) -> dict[str, str]:
    """One folder a role: what the server says wins, then the most usual name, then the one nearer to the top.

    Gmail's All Mail is its archive: what leaves the inbox stays there, and most of a mailbox lies nowhere else.
    """
    best: dict[str, tuple] = {"inbox": ((0,), "INBOX")} if "INBOX" in listed else {}
    for wire, entry in sorted(listed.items()):
        if wire == "INBOX" or not _is_selectable(entry):
            continue
        special = next((role for role in ROLES[1:] if role in entry.flags), None)
        if special is None and "allmail" in entry.flags:
            special = "all"
        if special == "all" and is_gmail:
            special = "archive"
        parent = parents[wire]
        guess = role_of_name(names[wire]) if parent is None or parent == "INBOX" or parent.startswith("[") else None
        role, rank = (special, (0,)) if special else (guess[0], (1, parent is not None, guess[1])) if guess else (None, ())
        if role and (role not in best or rank < best[role][0]):
            best[role] = (rank, wire)
    taken: dict[str, str] = {}
    for role, (_rank, wire) in best.items():
        taken.setdefault(wire, role)
    return taken


def _in_order(listed: dict[str, _Listed], parents: dict[str, str | None], names: dict[str, str]) -> list[str]:
    """The inbox first, then by name, every parent before its children; names may nest as deep as a server likes."""
    children: dict[str | None, list[str]] = {}
    for wire in listed:
        children.setdefault(parents[wire], []).append(wire)
    for siblings in children.values():
        siblings.sort(key=lambda wire: (wire != "INBOX", names[wire].casefold(), wire), reverse=True)
    ordered, waiting = [], list(children.get(None, ()))
    while waiting:
        wire = waiting.pop()
        ordered.append(wire)
        waiting.extend(children.get(wire, ()))
    return ordered
