"""Mails as Exchange keeps them for Microsoft Graph: fields and properties instead of octets."""

import base64
import email
import email.policy
import itertools
import re
from datetime import datetime, timezone
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime

SIZE, IN_REPLY_TO, REFERENCES, LAST_VERB, MESSAGE_FLAGS, DELIVERED, SUBMITTED = 0x0E08, 0x1042, 0x1039, 0x1081, 0x0E07, 0x0E06, 0x0039
#: Fields a client may write, as they come.
WRITABLE = ("subject", "body", "from", "sender", "toRecipients", "ccRecipients", "bccRecipients", "replyTo", "internetMessageId",
            "isRead", "flag", "categories")
_numbers = itertools.count(1)


def new_id(kind):
    """An id of the service: unlike anything a person would type, later ones after earlier ones."""
    return f"AAkALg{kind}{next(_numbers):012d}-_EAA="


def stamp(moment):
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Message:
    """One mail.

    :param dict fields: those of the service's resource that are kept as they are.
    :param dict properties: tag → value.
    :param list attachments: dicts with a ``content`` beside the service's own fields.
    """

    def __init__(self, fields, properties, attachments, raw, moment):
        self.id, self.raw = new_id("M"), raw
        self.fields = {
            "subject": "", "body": {"contentType": "text", "content": ""}, "from": None, "sender": None, "toRecipients": [],
            "ccRecipients": [], "bccRecipients": [], "replyTo": [], "internetMessageId": f"<{self.id}@exchange.example>",
            "isRead": False, "isDraft": False, "flag": {"flagStatus": "notFlagged"}, "categories": [],
            "conversationId": f"AAQkconversation{next(_numbers)}=", "createdDateTime": stamp(moment),
            "lastModifiedDateTime": stamp(moment), "receivedDateTime": stamp(moment), "sentDateTime": stamp(moment), **fields,
        }
        self.properties, self.attachments = dict(properties), attachments
        self.version = next(_numbers)

    def json(self, select, properties=(), parts=None):
        """The resource.

        :param select: names of fields, None for all.
        :param properties: tags that were expanded.
        :param parts: fields of attachments that were expanded.
        """
        whole = {
            **self.fields, "id": self.id, "parentFolderId": self.folder.id, "changeKey": f"CQ{self.version}",
            "bodyPreview": self.preview(), "hasAttachments": any(not part["isInline"] for part in self.attachments),
        }
        found = {"@odata.etag": f'W/"CQ{self.version}"', "id": self.id, **{name: whole[name] for name in (select or whole)}}
        values = [(kind, tag, self.properties[tag]) for kind, tag in properties if tag in self.properties]
        if values:
            found["singleValueExtendedProperties"] = [
                # Without leading zeros, in small letters, as the service does.
                {"id": f"{kind} 0x{tag:x}", "value": str(value)} for kind, tag, value in values]
        if parts is not None:
            found["attachments"] = [part_json(part, parts) for part in self.attachments]
        return found

    def preview(self):
        text = self.fields["body"]["content"]
        if self.fields["body"]["contentType"] == "html":
            text = re.sub(r"<[^>]*>", " ", text)
        return " ".join(self.plain.split() if self.plain else text.split())[:255]

    plain = ""
    folder = None

    def octets(self):
        """The mail as RFC 5322 octets: what it came in, or made anew of its fields."""
        if self.raw is not None:
            return self.raw
        mail = EmailMessage(policy=email.policy.SMTPUTF8)
        fields = self.fields
        for header, name in (("From", "from"), ("To", "toRecipients"), ("Cc", "ccRecipients"), ("Bcc", "bccRecipients"),
                             ("Reply-To", "replyTo")):
            entries = fields[name] if isinstance(fields[name], list) else [fields[name]]
            written = ", ".join(_written(entry["emailAddress"]) for entry in entries if entry)
            if written:
                mail[header] = written
        mail["Subject"], mail["Message-ID"] = fields["subject"], fields["internetMessageId"]
        mail["Date"] = datetime.fromisoformat(fields["sentDateTime"].replace("Z", "+00:00"))
        for header, tag in (("In-Reply-To", IN_REPLY_TO), ("References", REFERENCES)):
            if tag in self.properties:
                mail[header] = self.properties[tag]
        mail.set_content(fields["body"]["content"], subtype="html" if fields["body"]["contentType"] == "html" else "plain")
        for part in self.attachments:
            kind, _slash, subtype = part["contentType"].partition("/")
            cid = f"<{part['contentId']}>" if part["contentId"] else None
            mail.add_attachment(part["content"], "application" if kind in ("message", "multipart") else kind, subtype,
                                filename=part["name"], disposition="inline" if part["isInline"] else "attachment", cid=cid)
        return mail.as_bytes()


def from_mime(raw, moment, **fields):
    """A mail from its octets; ``fields`` lie over what it says itself."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    body = mail.get_body(("html", "plain"))
    plain = mail.get_body(("plain",))
    found = {
        "subject": str(mail["subject"] or ""),
        "body": {"contentType": "html" if body is not None and body.get_content_subtype() == "html" else "text",
                 "content": _text(body) if body is not None else ""},
        **{name: [_recipient(*pair) for pair in getaddresses(map(str, mail.get_all(header, [])))]
           for name, header in (("toRecipients", "to"), ("ccRecipients", "cc"), ("bccRecipients", "bcc"), ("replyTo", "reply-to"))},
    }
    senders = [_recipient(*pair) for pair in getaddresses(map(str, mail.get_all("from", [])))]
    found["from"] = found["sender"] = senders[0] if senders else None
    if mail["message-id"]:
        found["internetMessageId"] = str(mail["message-id"]).strip()
    if mail["date"]:
        found["sentDateTime"] = stamp(parsedate_to_datetime(str(mail["date"])))
    properties = {SIZE: len(raw)}
    for header, tag in (("in-reply-to", IN_REPLY_TO), ("references", REFERENCES)):
        if mail[header]:
            properties[tag] = str(mail[header])
    message = Message({**found, **fields}, properties, _attachments(mail, body, plain), raw, moment)
    message.plain = _text(plain) if plain is not None else ""
    return message


def from_fields(given, moment):
    """A mail from the JSON of a client.

    :raises ValueError: it holds what the service does not take.
    """
    unknown = given.keys() - {*WRITABLE, "attachments", "singleValueExtendedProperties"}
    if unknown:
        raise ValueError(f"fields {unknown}")
    properties = read_properties(given.get("singleValueExtendedProperties", ()))
    attachments = [given_part(part) for part in given.get("attachments", ())]
    fields = {name: given[name] for name in WRITABLE if name in given}
    # Without a word about it, MSGFLAG_UNSENT: a draft.
    flags = int(properties.pop(MESSAGE_FLAGS, 8))
    fields["isDraft"] = bool(flags & 8)
    for tag, name in ((DELIVERED, "receivedDateTime"), (SUBMITTED, "sentDateTime")):
        if tag in properties:
            fields[name] = properties.pop(tag)
    properties[SIZE] = len(str(given))
    return Message(fields, properties, attachments, None, moment)


def read_properties(entries):
    """:raises ValueError: something else than the documented form, or a tag of the message's nature set too late."""
    found = {}
    for entry in entries:
        match = re.fullmatch(r"(Integer|String|SystemTime) 0x([0-9A-Fa-f]{1,4})", entry["id"])
        if not match or not isinstance(entry["value"], str) or entry.keys() != {"id", "value"}:
            raise ValueError(f"property {entry}")
        found[int(match[2], 16)] = entry["value"]
    return found


def part_json(part, select):
    names = {name.rpartition("/")[2] for name in select}
    kind = "itemAttachment" if part["isItem"] else "fileAttachment"
    shown = {"@odata.type": f"#microsoft.graph.{kind}", "id": part["id"]}
    return shown | {name: part[name] for name in names if name in part and (name != "contentId" or kind == "fileAttachment")}


def _attachments(mail, *bodies):
    found = []
    leaves = [mail] if not mail.is_multipart() else list(_leaves(mail))
    for part in leaves:
        if any(part is body for body in bodies) or (part.get_content_maintype() == "text" and not part.get_filename()
                                                    and part.get_content_disposition() != "attachment"):
            continue
        is_item = part.get_content_type() == "message/rfc822"
        content = part.get_payload(0).as_bytes(policy=email.policy.SMTP) if is_item else part.get_payload(decode=True) or b""
        cid = str(part["content-id"] or "").strip("<> ")
        found.append(file_part(part.get_filename() or ("" if not is_item else str(part.get_payload(0)["subject"])),
                               part.get_content_type(), content, bool(cid) and part.get_content_disposition() != "attachment", cid, is_item))
    return found


def _leaves(mail):
    for part in mail.iter_parts():
        if part.get_content_maintype() == "multipart":
            yield from _leaves(part)
        else:
            yield part


def file_part(name, kind, content, inline, cid, is_item):
    return {"id": new_id("P"), "name": name, "contentType": None if is_item else kind, "size": len(content), "isInline": inline,
            "contentId": cid or None, "content": content, "isItem": is_item, "lastModifiedDateTime": None}


def given_part(given):
    """:raises ValueError: something else than a file."""
    if given["@odata.type"] != "#microsoft.graph.fileAttachment" or given.keys() - {
            "@odata.type", "name", "contentType", "isInline", "contentId", "contentBytes"}:
        raise ValueError(f"attachment {given.keys()}")
    return file_part(given["name"], given["contentType"], base64.b64decode(given["contentBytes"], validate=True), given["isInline"],
                 given["contentId"], False)


def _text(part):
    return part.get_content().removesuffix("\n") if part is not None else ""


def _recipient(name, address):
    return {"emailAddress": {"name": name or address, "address": address}}


def _written(address):
    return f'"{address["name"]}" <{address["address"]}>'
