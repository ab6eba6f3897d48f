"""Where a folder ended at some moment, and what came in since: how an interrupted move or append finds its own work."""

from .imap_connection import ImapConnection
from .imap_folders import folder_state, wire_name
from .imap_mailbox import Mailbox, examine, highest_uid, search
from .imap_messages import Identity, fetch_identities, remote_id
from .imap_uids import MAX_UID, in_commands, normalise

#: Messages; more would be named faster than the answers are read.
FETCHED_AT_ONCE = 5000


def mark(connection: ImapConnection, folder: str) -> dict:
    """See :meth:`.base.ChangeProvider.mark`.

    The folder is not opened for it where the server answers STATUS in full: some servers refuse to append to one that is open for
    reading. Of the open folder STATUS need not tell what came in since (RFC 3501 §6.3.10).

    :return: UIDVALIDITY and UIDNEXT, the first UID that was not given to a message yet (RFC 3501 §2.3.1.1).
    """
    found = _status(connection, folder) if connection.open_folder != wire_name(folder) else None
    if found:
        return found
    mailbox = examine(connection, folder)
    return {"uidvalidity": mailbox.uidvalidity, "uidnext": _uidnext(connection, mailbox)}


def arrived_since(connection: ImapConnection, folder: str, since: dict) -> dict[str, Identity]:
    """Key → what names the message, for all that came into the folder since a mark, oldest first.

    A folder that was made anew meanwhile holds nothing else.
    """
    mailbox = examine(connection, folder)
    first = since["uidnext"] if since["uidvalidity"] == mailbox.uidvalidity else 1
    added = normalise([(first, _uidnext(connection, mailbox) - 1)])
    if not added or not mailbox.exists:
        return {}
    found: dict[int, Identity] = {}
    for part in in_commands(search(connection, added), FETCHED_AT_ONCE):
        found |= fetch_identities(connection, part)
    return {remote_id(mailbox.uidvalidity, uid): found[uid] for uid in sorted(found)}


def _status(connection: ImapConnection, folder: str) -> dict | None:
    """The watermark by STATUS; None where the server tells only a part of it, or refuses: opening the folder tells why."""
    state = folder_state(connection, folder)
    if not (state.get("uidvalidity") and state.get("uidnext")):
        return None
    return {"uidvalidity": state["uidvalidity"], "uidnext": min(state["uidnext"], MAX_UID)}


def _uidnext(connection: ImapConnection, mailbox: Mailbox) -> int:
    return mailbox.uidnext or highest_uid(connection, mailbox.exists) + 1
