"""Folders of a mailbox: all of them, their roles and states in one request.

https://learn.microsoft.com/graph/api/mailfolder-delta answers the whole tree as a flat list; which folder has which role only
its well-known name tells, for what people see is in their own language. How the content of a folder stands is told by two
properties of Exchange (MS-OXCFOLD §2.2.2.2): when something in it changed last, and how much was deleted ever.
"""

import time

from .errors import FolderGone, ProtocolError, Unsupported
from .folder_names import clean_folder_name
from .graph_errors import code_of, server_time
from .graph_http import Answer, Call, GraphClient, items_of
from .values import ROLES, RemoteFolder

#: Well-known name → role.
WELL_KNOWN = {
    "inbox": "inbox",
    "drafts": "drafts",
    "sentitems": "sent",
    "archive": "archive",
    "junkemail": "junk",
    "deleteditems": "trash",
}
#: Characters Exchange keeps of a folder's name.
MAX_NAME = 255

_PAGE = "odata.maxpagesize=250"
_SELECT = "$select=id,displayName,parentFolderId,totalItemCount,unreadItemCount,isHidden"
# PidTagLocalCommitTimeMax and PidTagDeletedCountTotal.
_CHANGED_AT, _DELETED = 0x670A, 0x670B
_EXPAND = (
    "&$expand=singleValueExtendedProperties($filter="
    f"id eq 'SystemTime 0x{_CHANGED_AT:04X}' or id eq 'Integer 0x{_DELETED:04X}')"
)
_LISTING = f"/mailFolders/delta?{_SELECT}"


def list_folders(client: GraphClient) -> list[RemoteFolder]:
    """See :meth:`.base.FolderProvider.list_folders`. One request, and one more for each 250 folders beyond the first."""
    listing, *named = client.batch([
        Call("GET", _LISTING + _EXPAND, _PAGE),
        *(Call("GET", f"/mailFolders/{name}?$select=id") for name in WELL_KNOWN),
    ])
    if listing.status == 400:
        # A service that does not tell of states here: every folder is asked instead.
        listing = client.batch([Call("GET", _LISTING, _PAGE)])[0]
    page = client.json(listing, None)
    roles = {}
    for role, answer in zip(WELL_KNOWN.values(), named, strict=True):
        # Of a shared mailbox some folders may be closed to this user.
        if not answer.is_missing and answer.status != 403:
            roles[str(client.json(answer, None).get("id"))] = role
    items = items_of(page)
    if link := page.get("@odata.nextLink"):
        items = [*items, *client.pages(link, _PAGE, None)]
    moment = _told_at(listing)
    folders = {str(item["id"]): _folder(item, roles, moment) for item in items if _is_shown(item)}
    return _in_order(folders)


def create_folder(client: GraphClient, name: str) -> str:
    """See :meth:`.base.ChangeProvider.create_folder`.

    :raises Unsupported: a name no folder at the top can have.
    """
    # Other clients of the mailbox, those over IMAP, would take a slash for two levels.
    name = clean_folder_name(name, "/")
    if len(name) > MAX_NAME:
        raise Unsupported("no folder can have a name as long as this")
    answer = client.send(Call("POST", "/mailFolders", body={"displayName": name}))
    if answer.status == 409 or code_of(answer.body)[0].lower() == "errorfolderexists":
        return _found(client, name)
    made = client.json(answer, FolderGone).get("id")
    if not isinstance(made, str):
        raise ProtocolError("the new folder has no id")
    return made


def extended_properties(item: dict) -> dict[int, str]:
    """Property tag → value, of what was expanded."""
    found = {}
    for entry in item.get("singleValueExtendedProperties") or ():
        _kind, _blank, tag = str(entry.get("id") or "").rpartition(" ")
        try:
            # The service writes tags its own way, without leading zeros.
            found[int(tag, 16)] = str(entry.get("value") or "")
        except ValueError:
            continue
    return found


def _found(client: GraphClient, name: str) -> str:
    same = (folder for folder in list_folders(client)
            if folder.parent_remote_id is None and folder.name.casefold() == name.casefold())
    folder = next(same, None)
    if folder is None:
        raise Unsupported("the server says that this folder exists, but does not show it")
    return folder.remote_id


def _is_shown(item: dict) -> bool:
    # Search folders repeat what lies elsewhere.
    is_search = "searchfolder" in str(item.get("@odata.type", "")).lower()
    return isinstance(item.get("id"), str) and not (is_search or item.get("isHidden") or "@removed" in item)


def _folder(item: dict, roles: dict[str, str], moment: int) -> RemoteFolder:
    total, unread = item.get("totalItemCount"), item.get("unreadItemCount")
    properties = extended_properties(item)
    state = None
    if properties.keys() >= {_CHANGED_AT, _DELETED}:
        state = {
            "at": moment, "changed": properties[_CHANGED_AT], "deleted": properties[_DELETED], "total": total, "unread": unread,
        }
    return RemoteFolder(
        remote_id=item["id"],
        name=str(item.get("displayName") or item["id"]),
        parent_remote_id=item.get("parentFolderId"),
        role=roles.get(item["id"]),
        total=total if isinstance(total, int) else None,
        unread=unread if isinstance(unread, int) else None,
        state=state,
    )


def _in_order(folders: dict[str, RemoteFolder]) -> list[RemoteFolder]:
    """Parents before children; beside each other by role, then by name. What lies below the unnamed root is at the top."""
    children: dict[str | None, list[RemoteFolder]] = {}
    for folder in folders.values():
        parent = folder.parent_remote_id if folder.parent_remote_id in folders else None
        children.setdefault(parent, []).append(folder)
    found: dict[str, RemoteFolder] = {}

    def rank(folder: RemoteFolder) -> tuple[int, str]:
        return ROLES.index(folder.role) if folder.role else len(ROLES), folder.name.casefold()

    level: list[str | None] = [None]
    while level:
        below = []
        for parent in level:
            for folder in sorted(children.get(parent, ()), key=rank):
                found[folder.remote_id] = _below(folder, parent)
                below.append(folder.remote_id)
        level = below
    # Folders that lie in each other's circle hang at the top.
    rest = [_below(folder, None) for key, folder in folders.items() if key not in found]
    return [*found.values(), *rest]


def _below(folder: RemoteFolder, parent: str | None) -> RemoteFolder:
    return RemoteFolder(folder.remote_id, folder.name, parent, folder.role, total=folder.total, unread=folder.unread,
                        state=folder.state)


def _told_at(answer: Answer) -> int:
    """When the service said so, by its own clock where it tells."""
    moment = server_time(answer.headers.get("date", ""))
    return int(moment.timestamp() if moment else time.time())
