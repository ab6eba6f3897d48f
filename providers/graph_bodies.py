"""Single messages: their text, their attachments, their source.

https://learn.microsoft.com/graph/api/message-get, attachment-get
"""

from collections.abc import Iterable

from ..tools.html_text import html_to_text
from .errors import FolderGone, MessageGone, ProtocolError
from .graph_http import Call, GraphClient, items_of
from .graph_messages import PARTS_QUERY, check_ids, read_part
from .graph_paths import folder_path, message_path, part_path
from .values import MessageBody, RemotePart

_PARTS_PAGE = "odata.maxpagesize=100"


def fetch_body(client: GraphClient, folder_id: str, remote_id: str) -> MessageBody:
    """See :meth:`.base.MessageProvider.fetch_body`. One request: the message, its parts, and whether its folder is there.

    The service keeps one form of the words; where that is HTML, the plain ones are made from it.
    """
    folder, message, parts = client.batch([
        Call("GET", f"{folder_path(folder_id)}?$select=id"),
        Call("GET", f"{message_path(remote_id)}?$select=id,parentFolderId,body"),
        Call("GET", f"{message_path(remote_id)}/attachments?{PARTS_QUERY}", _PARTS_PAGE),
    ])
    client.check(folder, FolderGone)
    item = client.json(message)
    if item.get("parentFolderId") != folder_id:
        raise MessageGone("the message lies in another folder now")
    page = client.json(parts)
    attachments = _parts([*items_of(page), *client.pages(page.get("@odata.nextLink") or "", _PARTS_PAGE)])
    body = item.get("body")
    if not isinstance(body, dict) or not isinstance(body.get("content"), str):
        return MessageBody(None, None, attachments)
    content = body["content"]
    if str(body.get("contentType")).lower() == "html":
        return MessageBody(content, html_to_text(content), attachments)
    return MessageBody(None, content, attachments)


def fetch_parts(client: GraphClient, remote_id: str) -> tuple[RemotePart, ...]:
    """What is attached to a message; :raises MessageGone: it is not there."""
    return _parts(client.pages(f"{message_path(remote_id)}/attachments?{PARTS_QUERY}", _PARTS_PAGE))


def fetch_part(client: GraphClient, folder_id: str, remote_id: str, part_id: str) -> bytes:
    """See :meth:`.base.MessageProvider.fetch_part`. Of an attached message, its source."""
    return _octets(client, folder_id, part_path(remote_id, part_id))


def fetch_raw(client: GraphClient, folder_id: str, remote_id: str) -> bytes:
    """See :meth:`.base.MessageProvider.fetch_raw`."""
    return _octets(client, folder_id, message_path(remote_id))


def _parts(items: Iterable[dict]) -> tuple[RemotePart, ...]:
    return tuple(read_part(part) for part in check_ids(list(items)))


def _octets(client: GraphClient, folder_id: str, path: str) -> bytes:
    folder = folder_path(folder_id)
    answer = client.send(Call("GET", f"{folder}{path}/$value"), again=True, is_raw=True)
    if answer.is_missing:
        client.get(f"{folder}?$select=id", gone=FolderGone)
    content = client.check(answer).body
    if not isinstance(content, bytes):
        raise ProtocolError("the content came as something else")
    return content
