"""What a person did, done in the mailbox: flags, moves, removal. Ids stay when a message moves, so nothing is done twice.

https://learn.microsoft.com/graph/api/message-update, message-move, message-permanentdelete
"""

from collections.abc import Collection, Iterable, Mapping

from .errors import FolderGone, Unsupported
from .graph_http import Answer, Call, GraphClient
from .graph_messages import FLAGS_QUERY, ICON, LAST_VERB, read_flags
from .graph_paths import folder_path, is_id, message_path
from .values import FLAGS, RemoteFlags

# PidTagLastVerbExecuted and the picture that goes with it (PidTagIconIndex): answered, and nothing of the kind.
_VERBS = {True: ("102", "261"), False: ("0", "-1")}


def fetch_flags(client: GraphClient, folder_id: str, remote_ids: Collection[str]) -> list[RemoteFlags]:
    """See :meth:`.base.ChangeProvider.fetch_flags`."""
    found = _look(client, remote_ids, FLAGS_QUERY)
    _check_folder(client, folder_id, remote_ids, found)
    return [read_flags({**item, "id": key}) for key, item in found.items() if item.get("parentFolderId") == folder_id]


def set_flags(client: GraphClient, folder_id: str, remote_ids: Collection[str], flag: str, value: bool) -> set[str]:
    """See :meth:`.base.ChangeProvider.set_flags`. One request for twenty messages.

    A message another client moved meanwhile gets its flag where it lies now, but counts as gone from here: to look first would
    double the requests, and the person meant the mail.

    :raises Unsupported: ``is_draft``, which the service decides.
    """
    body = flag_body(flag, value)
    keys = _ids(remote_ids)
    answers = client.batch([Call("PATCH", message_path(key), body=body) for key in keys])
    done = {key: client.json(answer) for key, answer in zip(keys, answers, strict=True) if not answer.is_missing}
    there = {key for key, item in done.items() if item.get("parentFolderId") in (folder_id, None)}
    _check_folder(client, folder_id, remote_ids, there)
    return there


def move(
    client: GraphClient, folder_id: str, remote_ids: Collection[str], target_id: str, fingerprints: Mapping[str, str] | None,
) -> dict[str, str | None]:
    """See :meth:`.base.ChangeProvider.move`. A try before needs no mark: what it moved bears the same id in the target."""
    keys = _ids(remote_ids)
    source, target, *answers = client.batch([
        *(Call("GET", f"{folder_path(each)}?$select=id") for each in (folder_id, target_id)),
        *(Call("GET", f"{message_path(key)}?$select=id,parentFolderId") for key in keys),
    ])
    for answer in (source, target):
        client.check(answer, FolderGone)
    lies = _items(client, keys, answers)
    here = [key for key, item in lies.items() if item.get("parentFolderId") == folder_id]
    if folder_id == target_id:
        return dict(zip(here, here, strict=True))
    moved: dict[str, str | None] = {
        key: key for key, item in lies.items() if item.get("parentFolderId") == target_id and key in (fingerprints or ())}
    answers = client.batch([Call("POST", f"{message_path(key)}/move", body={"destinationId": target_id}) for key in here])
    for key, item in _items(client, here, answers).items():
        moved[key] = item["id"] if isinstance(item.get("id"), str) else None
    return moved


def delete(client: GraphClient, folder_id: str, remote_ids: Collection[str]) -> None:
    """See :meth:`.base.ChangeProvider.delete`.

    ``permanentDelete`` and not ``DELETE``: that one only puts the message where its owner can fetch it back from. Those that
    another client moved elsewhere stay.
    """
    found = _look(client, remote_ids, "$select=id,parentFolderId")
    _check_folder(client, folder_id, remote_ids, found)
    here = [key for key, item in found.items() if item.get("parentFolderId") == folder_id]
    for answer in client.batch([Call("POST", f"{message_path(key)}/permanentDelete") for key in here]):
        if not answer.is_missing:
            client.check(answer)


def _look(client: GraphClient, remote_ids: Collection[str], query: str) -> dict[str, dict]:
    keys = _ids(remote_ids)
    return _items(client, keys, client.batch([Call("GET", f"{message_path(key)}?{query}") for key in keys]))


def _items(client: GraphClient, keys: Iterable[str], answers: Iterable[Answer]) -> dict[str, dict]:
    return {key: client.json(answer) for key, answer in zip(keys, answers, strict=True) if not answer.is_missing}


def _check_folder(client: GraphClient, folder_id: str, asked: Collection[str], there: Collection[str]) -> None:
    """:raises FolderGone: messages are missing, because their folder is."""
    if asked and not there:
        client.get(f"{folder_path(folder_id)}?$select=id", gone=FolderGone)


def flag_body(flag: str, value: bool) -> dict:
    """What changes a message so.

    :raises Unsupported: nobody but the service sets this flag.
    """
    if flag == "is_read":
        return {"isRead": value}
    if flag == "is_starred":
        return {"flag": {"flagStatus": "flagged" if value else "notFlagged"}}
    if flag == "is_answered":
        return {"singleValueExtendedProperties": [
            {"id": f"Integer 0x{tag:04X}", "value": number}
            for tag, number in zip((LAST_VERB, ICON), _VERBS[value], strict=True)
        ]}
    raise Unsupported(f"the service does not let anybody set {flag}" if flag in FLAGS else "no such flag")


def _ids(remote_ids: Collection[str]) -> list[str]:
    """What can be an id at all, each once."""
    return [key for key in dict.fromkeys(remote_ids) if is_id(key)]
