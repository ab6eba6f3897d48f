"""From the service's messages to :class:`.values.RemoteMessage`.

https://learn.microsoft.com/graph/api/resources/message; what it has no field for are properties of Exchange (MS-OXPROPS).
"""

import logging

from ..tools.filenames import safe_filename
from ..tools.headers import Address, clean_line, message_ids, reply_ids
from .errors import ProtocolError
from .graph_cursor import moment_of
from .graph_folders import extended_properties
from .mail_dates import arrival, sent
from .values import RemoteFlags, RemoteMessage, RemotePart

_logger = logging.getLogger(__name__)

#: Tags of PidTagMessageSize, PidTagLastVerbExecuted, PidTagIconIndex, PidTagInReplyToId, PidTagInternetReferences.
SIZE, LAST_VERB, ICON, IN_REPLY_TO, REFERENCES = 0x0E08, 0x1081, 0x1080, 0x1042, 0x1039
#: Values of PidTagLastVerbExecuted: answered to the sender, or to all.
ANSWERED = ("102", "103")

FLAG_FIELDS = "id,parentFolderId,isRead,isDraft,flag"
_FIELDS = (
    f"{FLAG_FIELDS},internetMessageId,conversationId,subject,bodyPreview,from,sender,toRecipients,ccRecipients,bccRecipients,"
    "replyTo,receivedDateTime,sentDateTime,hasAttachments"
)
_PART_FIELDS = "id,name,contentType,size,isInline,microsoft.graph.fileAttachment/contentId"
_FLAG_PROPERTIES = f"singleValueExtendedProperties($filter=id eq 'Integer 0x{LAST_VERB:04X}')"
_PROPERTIES = (
    f"singleValueExtendedProperties($filter=id eq 'Integer 0x{SIZE:04X}' or id eq 'Integer 0x{LAST_VERB:04X}'"
    f" or id eq 'String 0x{IN_REPLY_TO:04X}' or id eq 'String 0x{REFERENCES:04X}')"
)
#: What is asked of a message for its flags, for everything but its attachments, for everything, and of attachments.
FLAGS_QUERY = f"$select={FLAG_FIELDS}&$expand={_FLAG_PROPERTIES}"
BARE_QUERY = f"$select={_FIELDS}&$expand={_PROPERTIES}"
MESSAGE_QUERY = f"{BARE_QUERY},attachments($select={_PART_FIELDS})"
PARTS_QUERY = f"$select={_PART_FIELDS}"

_NEEDED = {"receivedDateTime", "isRead", "isDraft", "flag", "subject"}
_NOBODY = Address("", "")
_MESSAGE_TYPE = "message/rfc822"


def fingerprint_of(key: str) -> str:
    """What names a message wherever it lies: its id, which is immutable."""
    return f"graph:{key}"


def is_whole(item: dict) -> bool:
    """Whether everything is there; of a change, the service may tell no more than what changed."""
    return item.keys() >= _NEEDED


def read_flags(item: dict) -> RemoteFlags:
    flag = item.get("flag")
    return RemoteFlags(
        item["id"],
        is_read=item.get("isRead") is True,
        is_starred=isinstance(flag, dict) and flag.get("flagStatus") == "flagged",
        is_answered=extended_properties(item).get(LAST_VERB) in ANSWERED,
        is_draft=item.get("isDraft") is True,
    )


def read_message(item: dict) -> RemoteMessage:
    """What a list needs to know; of a message that makes no sense, what is known of it."""
    try:
        return _message(item)
    # Whatever a stranger's mail makes us stumble over, the other messages must come through.
    except Exception as error:
        _logger.warning("message %s is only partly readable: %s", item["id"], type(error).__name__)
        return _message({name: item[name] for name in ("id", "isRead", "isDraft", "receivedDateTime") if name in item})


def read_part(item: dict) -> RemotePart:
    """An attachment: a file, another message or item, or a link to where the file lies."""
    is_item = str(item.get("@odata.type", "")).endswith("itemAttachment")
    name, kind = safe_filename(_line(item.get("name")), ""), _line(item.get("contentType")).partition(";")[0].lower()
    if is_item:
        name, kind = name if name.lower().endswith(".eml") else f"{name or 'message'}.eml", _MESSAGE_TYPE
    size = item.get("size")
    return RemotePart(
        part_id=item["id"],
        name=name,
        # A multipart is no file: what the service calls so is the blob of a signed mail.
        mimetype=kind if "/" in kind and not kind.startswith("multipart/") else "application/octet-stream",
        size=size if isinstance(size, int) and size > 0 else 0,
        content_id=_line(item.get("contentId")).strip("<>"),
        inline=item.get("isInline") is True,
    )


def check_ids(items: list[dict]) -> list[dict]:
    """:raises ProtocolError: one has no id."""
    if not all(isinstance(item.get("id"), str) and item["id"] for item in items):
        raise ProtocolError("a message without an id")
    return items


def _message(item: dict) -> RemoteMessage:
    properties = extended_properties(item)
    date = moment_of(item.get("sentDateTime"))
    received = arrival(moment_of(item.get("receivedDateTime")), date)
    senders = _addresses([item.get("from") or item.get("sender") or {}])
    to, cc, bcc, reply_to = (_addresses(item.get(name)) for name in ("toRecipients", "ccRecipients", "bccRecipients", "replyTo"))
    people = [address.email for address in (*senders, *to, *cc, *bcc, *reply_to) if address.email]
    replies = reply_ids(properties.get(IN_REPLY_TO, ""), people)
    names = message_ids(_line(item.get("internetMessageId")))
    size = properties.get(SIZE, "")
    return RemoteMessage(
        flags=read_flags(item),
        fingerprint=fingerprint_of(item["id"]),
        message_id=names[0] if names else "",
        subject=_line(item.get("subject")),
        sender=senders[0] if senders else _NOBODY,
        date=sent(date, received),
        internal_date=received,
        size=int(size) if size.isdigit() else 0,
        to=to,
        cc=cc,
        bcc=bcc,
        reply_to=reply_to,
        in_reply_to=replies[0] if replies else "",
        references=reply_ids(properties.get(REFERENCES, ""), people),
        preview=" ".join(_line(item.get("bodyPreview")).split()),
        thread_key=_thread_key(item),
        attachments=tuple(read_part(part) for part in item.get("attachments") or ()),
        is_mutable=True,
    )


def _thread_key(item: dict) -> str:
    conversation = _line(item.get("conversationId"))[:255]
    return f"graph:{conversation}" if conversation else ""


def _addresses(entries: list | None) -> tuple[Address, ...]:
    found = []
    for entry in entries or ():
        address = entry.get("emailAddress") or {}
        name, email = _line(address.get("name")), _line(address.get("address"))
        if name or email:
            found.append(Address("" if name == email else name, email))
    return tuple(found)


def _line(value: object) -> str:
    return clean_line(value) if isinstance(value, str) else ""
