"""Making folders in the person's own namespace (RFC 3501 §6.3.3; NAMESPACE, RFC 2342)."""

from imapclient.imap_utf7 import encode as encode_utf7

from .errors import Unsupported
from .folder_names import clean_folder_name
from .imap_connection import ImapConnection
from .imap_folders import MAX_NAME, personal_namespace, wire_name
from .imap_mailbox import exists
from .imap_refusals import change_refusal


def create_folder(connection: ImapConnection, name: str) -> str:
    """See :meth:`.base.ChangeProvider.create_folder`.

    :raises Unsupported: a name no folder at the top can have.
    """
    if name.strip().upper() == "INBOX":
        return "INBOX"
    prefix, delimiter = personal_namespace(connection)
    name = clean_folder_name(name, delimiter)
    remote_id = prefix + encode_utf7(name).decode("ascii")
    if len(remote_id) > MAX_NAME:
        raise Unsupported("no folder can have a name as long as this")
    quoted = connection.quote(wire_name(remote_id))
    status = connection.run(connection.compose(b"CREATE ", quoted))
    if status.kind != "OK" and status.code != "ALREADYEXISTS" and not exists(connection, remote_id):
        raise change_refusal(status, connection.detail(status, "CREATE"))
    # Servers that keep no subscriptions show every folder.
    connection.run(connection.compose(b"SUBSCRIBE ", quoted))
    return remote_id
