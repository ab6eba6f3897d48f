"""Folders that show what lies in other folders, on servers that do not say so by a special use.

Dovecot's virtual plugin makes such folders (https://doc.dovecot.org/2.3/configuration_manual/virtual_plugin/). Dovecot tells for
each message, by a FETCH item of its own, in which folder it really lies.
"""

from .imap_connection import ImapConnection
from .imap_folders import wire_name
from .imap_mailbox import exists
from .imap_reader import Response, parse_fetch


def is_virtual(connection: ImapConnection, folder: str, uid: int) -> bool:
    """Whether the open folder shows what lies in others.

    :param int uid: of one of its messages; Dovecot cannot tell of an empty folder. Other servers are not asked.
    """
    if folder == "INBOX" or b'"dovecot' not in connection.identification.lower():
        return False
    names: list[bytes] = []

    def take(response: Response) -> None:
        name = (parse_fetch(response) or {}).get(b"X-MAILBOX")
        if isinstance(name, bytes):
            names.append(name)

    status = connection.run(b"UID FETCH %d (UID X-MAILBOX)" % uid, take)
    if status.kind != "OK" or not names or names[-1] == wire_name(folder):
        return False
    # What is no name of a folder is not understood.
    return exists(connection, names[-1].decode("utf-8", "replace"))
