"""A mail as the fields the service makes a message of.

https://learn.microsoft.com/graph/api/resources/message, fileattachment; properties of Exchange by MS-OXCMSG and MS-OXOMSG.
"""

from base64 import b64encode
from collections.abc import Collection
from datetime import datetime

from ..tools.headers import Address
from ..tools.mime.values import MailPart, ParsedMail
from .graph_changes import flag_body
from .graph_cursor import text_of
from .graph_messages import IN_REPLY_TO, REFERENCES

# PidTagMessageFlags, PidTagMessageDeliveryTime, PidTagClientSubmitTime.
_MESSAGE_FLAGS, _DELIVERED, _SUBMITTED = 0x0E07, 0x0E06, 0x0039
_READ = 1


def fields_of(mail: ParsedMail, flags: Collection[str], internal_date: datetime | None = None) -> dict:
    """Everything but the Message-ID and the attachments; a draft where ``flags`` say so.

    :param internal_date: naive UTC; drafts have none but that of their making.
    """
    html = mail.html is not None
    fields = {
        "subject": mail.header.subject,
        "body": {"contentType": "html" if html else "text", "content": (mail.html if html else mail.text) or ""},
        "toRecipients": [_recipient(address) for address in mail.header.to],
        "ccRecipients": [_recipient(address) for address in mail.header.cc],
        "bccRecipients": [_recipient(address) for address in mail.header.bcc],
        "replyTo": [_recipient(address) for address in mail.header.reply_to],
        "singleValueExtendedProperties": _properties(mail, flags, internal_date),
        "isRead": "is_read" in flags,
    }
    if mail.header.sender:
        fields["from"] = fields["sender"] = _recipient(mail.header.sender)
    if "is_starred" in flags:
        fields.update(flag_body("is_starred", True))
    return fields


def attachment_fields(part: MailPart, content: bytes) -> dict:
    return {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": part.name or "attachment",
        "contentType": part.mimetype,
        "isInline": part.inline,
        "contentId": part.content_id or None,
        "contentBytes": b64encode(content).decode(),
    }


def _properties(mail: ParsedMail, flags: Collection[str], internal_date: datetime | None) -> list[dict]:
    found = []
    if "is_draft" not in flags:
        found.append({"id": f"Integer 0x{_MESSAGE_FLAGS:04X}", "value": str(_READ if "is_read" in flags else 0)})
        for tag, moment in ((_DELIVERED, internal_date), (_SUBMITTED, mail.header.date or internal_date)):
            if moment:
                found.append({"id": f"SystemTime 0x{tag:04X}", "value": text_of(moment)})
    for tag, text in ((IN_REPLY_TO, mail.header.in_reply_to), (REFERENCES, " ".join(mail.header.references))):
        if text:
            found.append({"id": f"String 0x{tag:04X}", "value": text})
    if "is_answered" in flags:
        found += flag_body("is_answered", True)["singleValueExtendedProperties"]
    return found


def _recipient(address: Address) -> dict:
    return {"emailAddress": {"name": address.name, "address": address.email}}
