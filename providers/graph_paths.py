"""Addresses of folders and messages behind a mailbox. What cannot be an id of the service is not there."""

import re
from urllib.parse import quote

from .errors import FolderGone, MessageGone

# Base64, in either alphabet.
_ID = re.compile(r"[A-Za-z0-9+/=_-]{1,1000}")


def is_id(identifier: str) -> bool:
    """Whether this can be an id of the service at all."""
    return bool(_ID.fullmatch(identifier))


def folder_path(folder_id: str) -> str:
    """:raises FolderGone: no folder can have this id."""
    if not is_id(folder_id):
        raise FolderGone("not a key of a folder")
    return f"/mailFolders/{quote(folder_id, safe='')}"


def message_path(remote_id: str) -> str:
    """:raises MessageGone: no message can have this id."""
    if not is_id(remote_id):
        raise MessageGone("not a key of a message")
    return f"/messages/{quote(remote_id, safe='')}"


def part_path(remote_id: str, part_id: str) -> str:
    """:raises MessageGone: no message, or no part of one, can have this id."""
    if not is_id(part_id):
        raise MessageGone("not a key of a part")
    return f"{message_path(remote_id)}/attachments/{quote(part_id, safe='')}"
