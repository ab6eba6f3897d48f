"""What deleting means on Gmail, where folders are labels: Google's page "Gmail IMAP extensions"."""

from collections.abc import Collection

from . import imap_changes
from .errors import ProtocolError, Unsupported
from .imap_connection import ImapConnection
from .imap_folders import list_folders
from .imap_move import move


def delete(connection: ImapConnection, folder: str, keys: Collection[str]) -> None:
    """See :meth:`.base.ChangeProvider.delete`.

    Elsewhere EXPUNGE only takes a label off, or does what the person's settings say; it deletes in Trash and Spam alone. What
    lies elsewhere goes through Trash: cut in between, it stays there, and Google clears it away after 30 days.

    :raises Unsupported: the person hides Trash from mail programs.
    """
    by_role = {remote.role: remote.remote_id for remote in list_folders(connection)}
    if folder not in (by_role.get("trash"), by_role.get("junk")):
        trash = by_role.get("trash")
        if not trash:
            raise Unsupported("Trash is not shown in IMAP, by the settings of this Gmail account")
        moved = move(connection, folder, keys, trash)
        if None in moved.values():
            raise ProtocolError("the server does not tell where in Trash the messages are")
        folder, keys = trash, [key for key in moved.values() if key]
    imap_changes.delete(connection, folder, keys)
