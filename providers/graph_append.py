"""Putting a mail into a folder: drafts as MIME, everything else field by field.

What is posted as MIME becomes a draft, and stays one (https://learn.microsoft.com/graph/api/user-post-messages). A mail that is
none has to be made of its fields, with PidTagMessageFlags (MS-OXCMSG §2.2.1.6) saying that it was sent: that property can only
be set while a message is made. Its octets are then Exchange's own, as those of all mail it keeps.
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from ..tools.mime import parse_message, part_content
from .errors import FolderGone, Refused
from .graph_changes import flag_body
from .graph_drafts import key_of, make_draft
from .graph_fields import attachment_fields, fields_of
from .graph_http import Call, GraphClient
from .graph_paths import folder_path, message_path
from .rfc822 import with_crlf

#: Octets one request can carry of a mail: four megabytes of base64.
MAX_OCTETS = 3_000_000

_MARK_PAGE = 50


def mark(client: GraphClient, folder_id: str) -> dict:
    """See :meth:`.base.ChangeProvider.mark`: when the newest message of the folder was made, and which ones were, then."""
    query = f"$select=id,createdDateTime&$orderby=createdDateTime desc&$top={_MARK_PAGE}"
    newest, ids = "", []
    for item in client.pages(f"{folder_path(folder_id)}/messages?{query}", gone=FolderGone):
        newest = newest or str(item.get("createdDateTime") or "")
        if item.get("createdDateTime") != newest:
            break
        ids.append(str(item.get("id")))
    return {"created": newest, "ids": sorted(ids)}


def append(
    client: GraphClient, folder_id: str, raw: bytes, flags: Sequence[str], internal_date: datetime | None, since: dict | None,
) -> str | None:
    """See :meth:`.base.ChangeProvider.append`. A draft of up to :data:`MAX_OCTETS` keeps its octets; it has the date of its
    making.

    :raises Refused: a mail of more octets that is no draft; nothing of it was sent. Upload sessions take attachments of
        messages that are there already, no MIME, and what is added to one that is no draft is refused.
    """
    raw = with_crlf(raw)
    mail = parse_message(raw)
    message_id = mail.header.message_id
    if since and message_id and (found := _find(client, folder_id, message_id, since)):
        return found
    path, is_large = f"{folder_path(folder_id)}/messages", len(raw) > MAX_OCTETS
    if "is_draft" in flags:
        return make_draft(client, path, mail, raw, flags) if is_large else _post_mime(client, path, raw, flags)
    if is_large:
        raise Refused(reason="too_large", limit=MAX_OCTETS)
    fields = {
        **fields_of(mail, flags, internal_date),
        "attachments": [attachment_fields(part, part_content(raw, part.part_id)) for part in mail.attachments],
        **({"internetMessageId": message_id} if message_id else {}),
    }
    return key_of(client.json(client.send(Call("POST", path, body=fields)), FolderGone))


def _post_mime(client: GraphClient, path: str, raw: bytes, flags: Sequence[str]) -> str:
    answer = client.send(Call("POST", path), data=b64encode(raw), kind="text/plain")
    key, changes = key_of(client.json(answer, FolderGone)), {}
    for flag in flags:
        if flag != "is_draft":
            changes.update(flag_body(flag, True))
    if changes:
        client.check(client.send(Call("PATCH", message_path(key), body=changes), again=True))
    return key


def _find(client: GraphClient, folder_id: str, message_id: str, since: dict) -> str | None:
    """The key of the mail of this name that was made since the mark."""
    name = quote(message_id.replace("'", "''"), safe="")
    query = f"$select=id,createdDateTime&$filter=internetMessageId%20eq%20'{name}'"
    for item in client.pages(f"{folder_path(folder_id)}/messages?{query}", gone=FolderGone):
        is_later = str(item.get("createdDateTime") or "") >= str(since.get("created") or "")
        if is_later and item.get("id") not in (since.get("ids") or ()):
            return key_of(item)
    return None
