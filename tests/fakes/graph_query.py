"""The options of requests to Microsoft Graph that the fake understands (https://learn.microsoft.com/graph/query-parameters)."""

import re
from datetime import datetime

from .graph_mail import WRITABLE

FOLDER_FIELDS = {"id", "displayName", "parentFolderId", "childFolderCount", "totalItemCount", "unreadItemCount", "isHidden"}
MESSAGE_FIELDS = {
    *WRITABLE, "id", "parentFolderId", "isDraft", "bodyPreview", "hasAttachments", "conversationId", "changeKey",
    "createdDateTime", "lastModifiedDateTime", "receivedDateTime", "sentDateTime",
}
PART_FIELDS = {"id", "name", "contentType", "size", "isInline", "lastModifiedDateTime", "microsoft.graph.fileAttachment/contentId"}
_PROPERTY = re.compile(r"id eq '(Integer|String|SystemTime) 0x([0-9A-Fa-f]{4})'")
DATE_FILTER = re.compile(r"receivedDateTime (ge|gt|lt|le) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")
NAME_FILTER = re.compile(r"internetMessageId eq '((?:[^']|'')*)'")
# Mail comes in at fractions of a second, which nobody is shown.
_TESTS = {"ge": lambda a, b: a >= b, "gt": lambda a, b: a >= b, "lt": lambda a, b: a < b, "le": lambda a, b: a < b}


class Refusal(Exception):
    """An error as the service words it."""

    def __init__(self, status, code, message="No."):
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


class Unknown(Exception):
    """A request the documentation does not have: a mistake of the client."""


def only(query, *names):
    if query.keys() - set(names):
        raise Unknown(f"options {sorted(query.keys() - set(names))}")


def select_of(query, known):
    names = query["$select"].split(",") if "$select" in query else None
    if names and set(names) - known:
        raise Unknown(f"$select {sorted(set(names) - known)}")
    return names


def expand_of(query):
    """Properties and fields of attachments that are wanted besides."""
    properties, parts = (), None
    text = query.get("$expand", "")
    for entry in re.split(r",(?![^(]*\))", text) if text else ():
        name, _bracket, rest = entry.partition("(")
        if name == "attachments" and rest.startswith("$select=") and rest.endswith(")"):
            parts = select_of({"$select": rest[8:-1]}, PART_FIELDS)
        elif name == "singleValueExtendedProperties" and rest.startswith("$filter=") and rest.endswith(")"):
            found = [_PROPERTY.fullmatch(each) for each in rest[8:-1].split(" or ")]
            if not all(found):
                raise Unknown(f"$expand {entry}")
            properties = [(match[1], int(match[2], 16)) for match in found]
        else:
            raise Unknown(f"$expand {entry}")
    return properties, parts


def filter_of(query, *known):
    text = query.get("$filter")
    if not text:
        return lambda message: True
    if DATE_FILTER in known and (match := DATE_FILTER.fullmatch(text)):
        test, moment = _TESTS[match[1]], match[2]
        datetime.fromisoformat(moment.rstrip("Z"))
        return lambda message: test(message.fields["receivedDateTime"], moment)
    if NAME_FILTER in known and (match := NAME_FILTER.fullmatch(text)):
        name = match[1].replace("''", "'")
        return lambda message: message.fields["internetMessageId"] == name
    raise Unknown(f"$filter {text}")
