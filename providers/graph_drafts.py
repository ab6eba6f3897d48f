"""Drafts larger than one request: first the words, then the attachments one by one, large ones piece by piece.

https://learn.microsoft.com/graph/outlook-large-attachments
"""

from collections.abc import Collection
from contextlib import suppress

from ..tools.mime import part_content
from ..tools.mime.values import MailPart, ParsedMail
from .errors import FolderGone, ProtocolError, ProviderError
from .graph_fields import attachment_fields, fields_of
from .graph_http import Call, GraphClient
from .graph_paths import message_path

#: Octets of an attachment that go in one request; of one that is sent in pieces, those of a piece (a multiple of 320 KiB).
MAX_ATTACHMENT = 3_000_000
PIECE = 10 * 320 * 1024


def make_draft(client: GraphClient, path: str, mail: ParsedMail, raw: bytes, flags: Collection[str]) -> str:
    """A draft with the mail's fields and attachments, but not its octets.

    :param str path: of the messages it goes to.
    :param bytes raw: what ``mail`` was read from.
    :return: its key.
    """
    fields = fields_of(mail, {*flags, "is_draft"})
    key = key_of(client.json(client.send(Call("POST", path, body=fields)), FolderGone))
    try:
        for part in mail.attachments:
            _attach(client, key, part, part_content(raw, part.part_id))
        if mail.header.message_id:
            # Last: a draft that bears the mail's name is complete, and an interrupted one is not taken for it.
            body = {"internetMessageId": mail.header.message_id}
            client.check(client.send(Call("PATCH", message_path(key), body=body), again=True))
    except ProviderError:
        discard(client, key)
        raise
    return key


def discard(client: GraphClient, key: str) -> None:
    """Take away a draft that nobody needs, as far as that can be done."""
    # What went wrong before is what counts.
    with suppress(ProviderError):
        client.send(Call("POST", f"{message_path(key)}/permanentDelete"))


def key_of(item: dict) -> str:
    """:raises ProtocolError: the service tells no id of what it made."""
    if not isinstance(item.get("id"), str):
        raise ProtocolError("the new message has no id")
    return item["id"]


def _attach(client: GraphClient, key: str, part: MailPart, content: bytes) -> None:
    path = f"{message_path(key)}/attachments"
    fields = attachment_fields(part, content if len(content) <= MAX_ATTACHMENT else b"")
    if len(content) <= MAX_ATTACHMENT:
        client.check(client.send(Call("POST", path, body=fields)))
        return
    item = {
        "attachmentType": "file", "size": len(content),
        **{name: fields[name] for name in ("name", "contentType", "isInline", "contentId") if fields[name] is not None},
    }
    session = client.json(client.send(Call("POST", f"{path}/createUploadSession", body={"AttachmentItem": item})))
    for start in range(0, len(content), PIECE):
        client.upload(str(session.get("uploadUrl")), content[start : start + PIECE], start, len(content))
