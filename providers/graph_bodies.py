"""Single messages: their text, their attachments, their source.

https://learn.microsoft.com/graph/api/message-get, attachment-get
"""

from collections.abc import Iterable
from dataclasses import replace

from ..tools.mime import part_content, read_mail
from ..tools.mime.body import has_words, read_body
from ..tools.mime.choice import choose
from ..tools.mime.containers import closed_containers, inner_content, open_containers
from ..tools.mime.parts import Part
from .errors import FolderGone, MessageGone, ProtocolError
from .graph_folders import extended_properties
from .graph_http import AnswerTooLarge, Call, GraphClient, items_of
from .graph_messages import PARTS_QUERY, SIZE, check_ids, read_part
from .graph_paths import folder_path, message_path, part_path
from .values import MessageBody, RemotePart

#: Octets of a source, and of an answer that holds a body, that are read for the words.
MAX_SOURCE = 32 * 1024 * 1024

#: The words, as a container of files that are written into them; all ids of the service are much longer.
_BODY_ID = "body"
_PARTS_PAGE = "odata.maxpagesize=100"
_BODY_QUERY = f"$select=id,parentFolderId,body&$expand=singleValueExtendedProperties($filter=id eq 'Integer 0x{SIZE:04X}')"


def fetch_body(client: GraphClient, folder_id: str, remote_id: str, kept: dict[tuple, bytes]) -> MessageBody:
    """See :meth:`.base.MessageProvider.fetch_body`. One request: the message, its parts, and whether its folder is there.

    The service keeps one form of the words; where that is HTML, the plain ones are made from it. Where it shows nothing, the
    source may hold more: a text beside an empty HTML, a signed mail. A huge one is told whole or not at all: of its source the
    beginning is read.

    :param dict kept: see :func:`fetch_part`.
    """
    try:
        folder, message, parts = client.batch([
            Call("GET", f"{folder_path(folder_id)}?$select=id", most=MAX_SOURCE),
            Call("GET", f"{message_path(remote_id)}?{_BODY_QUERY}", most=MAX_SOURCE),
            Call("GET", f"{message_path(remote_id)}/attachments?{PARTS_QUERY}", _PARTS_PAGE, most=MAX_SOURCE),
        ])
    except AnswerTooLarge:
        return _from_source(client, folder_id, remote_id, kept)
    client.check(folder, FolderGone)
    item = client.json(message)
    if item.get("parentFolderId") != folder_id:
        raise MessageGone("the message lies in another folder now")
    page = client.json(parts)
    attachments = _parts([*items_of(page), *client.pages(page.get("@odata.nextLink") or "", _PARTS_PAGE)])
    root = _tree(item.get("body"), attachments)
    for part in closed_containers(root):
        part.fill(_octets(client, folder_id, part_path(remote_id, part.part_id)))
    open_containers(root)
    body = read_body(choose(root))
    size = extended_properties(item).get(SIZE, "")
    if _is_enough(body) or not size.isdigit() or int(size) > MAX_SOURCE:
        return body
    source = _from_source(client, folder_id, remote_id, kept)
    return source if _is_enough(source) else body


def _from_source(client: GraphClient, folder_id: str, remote_id: str, kept: dict[tuple, bytes]) -> MessageBody:
    """The body as the message's source has it, of which a huge one is read in part."""
    content = _octets(client, folder_id, message_path(remote_id), MAX_SOURCE)
    is_whole = len(content) < MAX_SOURCE
    if is_whole:
        # Its pictures are asked for next.
        kept.clear()
        kept[folder_id, remote_id, ""] = content
    source = read_mail(content)
    # The numbers are those of the source, not the service's. Nobody reads a huge one on for a picture within the words.
    attachments = tuple(
        replace(part, part_id=f":{part.part_id}", inline=part.inline and is_whole) for part in source.attachments)
    return replace(source, attachments=attachments, is_truncated=source.is_truncated or not is_whole)


def fetch_parts(client: GraphClient, remote_id: str) -> tuple[RemotePart, ...]:
    """What is attached to a message; :raises MessageGone: it is not there."""
    return _parts(client.pages(f"{message_path(remote_id)}/attachments?{PARTS_QUERY}", _PARTS_PAGE))


def fetch_part(client: GraphClient, folder_id: str, remote_id: str, part_id: str, kept: dict[tuple, bytes]) -> bytes:
    """See :meth:`.base.MessageProvider.fetch_part`. Of an attached message, its source.

    :param dict kept: holds a container until another one is asked for: its parts are asked for one after the other.
    """
    outer, _colon, inner = part_id.partition(":")
    if not inner:
        return _octets(client, folder_id, part_path(remote_id, outer))
    place = (folder_id, remote_id, outer)
    if place not in kept:
        kept.clear()
        kept[place] = _container(client, *place)
    try:
        return inner_content(kept[place], inner) if outer else part_content(kept[place], inner)
    except LookupError:
        raise MessageGone("no such part") from None


def _container(client: GraphClient, folder_id: str, remote_id: str, part_id: str) -> bytes:
    if part_id == _BODY_ID:
        root = _tree(client.get(f"{message_path(remote_id)}?$select=id,body").get("body"), ())
        return root.children[0].content if root.children else b""
    return _octets(client, folder_id, part_path(remote_id, part_id)) if part_id else fetch_raw(client, folder_id, remote_id)


def fetch_raw(client: GraphClient, folder_id: str, remote_id: str) -> bytes:
    """See :meth:`.base.MessageProvider.fetch_raw`."""
    return _octets(client, folder_id, message_path(remote_id))


def fetch_header(client: GraphClient, folder_id: str, remote_id: str) -> bytes:
    """See :meth:`.base.MessageProvider.fetch_header`. The service has no part of a message's octets; drafts have them only."""
    return fetch_raw(client, folder_id, remote_id).partition(b"\r\n\r\n")[0]


def _tree(body: object, attachments: Iterable[RemotePart]) -> Part:
    """The message as a mail would have it: its words, and what is attached to them."""
    root = Part("", "multipart/mixed")
    if isinstance(body, dict) and isinstance(body.get("content"), str):
        kind = "text/html" if str(body.get("contentType")).lower() == "html" else "text/plain"
        words = Part(_BODY_ID, kind, {"charset": "utf-8"})
        words.fill(body["content"].encode("utf-8", "replace"))
        root.children.append(words)
    for part in attachments:
        root.children.append(Part(
            part.part_id, part.mimetype, disposition="attachment", filename=part.name, content_id=part.content_id,
            size=part.size))
    return root


def _is_enough(body: MessageBody) -> bool:
    return has_words(body) or body.is_encrypted or body.invitation is not None


def _parts(items: Iterable[dict]) -> tuple[RemotePart, ...]:
    return tuple(read_part(part) for part in check_ids(list(items)))


def _octets(client: GraphClient, folder_id: str, path: str, first: int | None = None) -> bytes:
    folder = folder_path(folder_id)
    answer = client.send(Call("GET", f"{folder}{path}/$value", first=first), again=True, is_raw=True)
    if answer.is_missing:
        client.get(f"{folder}?$select=id", gone=FolderGone)
    content = client.check(answer).body
    if not isinstance(content, bytes):
        raise ProtocolError("the content came as something else")
    return content
