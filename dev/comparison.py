"""Compares a mailbox as it is cached with what its server has: folders, placements one by one, flags, counters, identity."""

import re
from dataclasses import dataclass, replace

import psycopg2

from dev.ground import postgres

#: IMAP flag → field of ``maildesk.message.placement``.
FLAGS = {b"\\seen": "read", b"\\flagged": "starred", b"\\answered": "answered", b"\\draft": "draft"}
# Some servers put the field's name in quotes.
_ID_FIELD = b"BODY[HEADER.FIELDS"
_ID = re.compile(rb"<[^>]*>")
#: UIDs in one command: its line has an end.
UIDS = 500
#: Differences told at most.
TOLD = 12

_FOLDERS = """
    SELECT folder.remote_id, folder.selectable, folder.sync_enabled, folder.error_message, folder.remaining_count,
           folder.total_count, folder.unread_count, count(place.id), count(place.id) FILTER (WHERE place.is_read IS NOT TRUE)
      FROM maildesk_folder folder
      LEFT JOIN maildesk_message_placement place ON place.folder_id = folder.id
     WHERE folder.account_id = %s
     GROUP BY folder.id"""
_PLACEMENTS = """
    SELECT folder.remote_id, place.remote_id, message.message_id, message.size, message.subject,
           place.is_read, place.is_starred, place.is_answered, place.is_draft
      FROM maildesk_message_placement place
      JOIN maildesk_folder folder ON folder.id = place.folder_id
      JOIN maildesk_message message ON message.id = place.message_id
     WHERE folder.account_id = %s"""
_TREE = """
    SELECT folder.remote_id, folder.name, above.remote_id
      FROM maildesk_folder folder LEFT JOIN maildesk_folder above ON above.id = folder.parent_id
     WHERE folder.account_id = %s"""
_TWICE = """
    SELECT message_id, count(*) FROM maildesk_message
     WHERE account_id = %s AND message_id <> '' AND NOT message_id = ANY(%s) GROUP BY message_id HAVING count(*) > 1"""
_ORPHANS = """
    SELECT message.message_id FROM maildesk_message message
     WHERE message.account_id = %s AND (message.orphaned_at IS NULL) <> EXISTS (
           SELECT FROM maildesk_message_placement place WHERE place.message_id = message.id)"""


@dataclass(frozen=True, slots=True)
class Lying:
    """A mail in a folder.

    :param str message_id: with its angle brackets.
    :param int size: octets; None where the server makes others of a mail than it was given.
    :param frozenset flags: values of :data:`FLAGS`.
    :param str subject: None where nobody can change it.
    """

    message_id: str
    size: int | None
    flags: frozenset
    subject: str | None = None


def connect(database):
    """A connection to a database of the private cluster that sees what was committed until each statement."""
    connection = psycopg2.connect(dbname=database, host=str(postgres.FOLDER), port=postgres.PORT, user=postgres.USER)
    connection.autocommit = True
    return connection


def on_server(client):
    """What the server has.

    :param IMAPClient client: signed in, no folder open afterwards counts on.
    :return: folder name as on the wire → None where it cannot be opened, else key (``UIDVALIDITY:UID``) → :class:`Lying`.
    """
    client.folder_encode = False
    found = {}
    for attributes, _separator, name in client.list_folders():
        closed = {b"\\noselect", b"\\nonexistent"} & {attribute.lower() for attribute in attributes}
        found[name.decode()] = None if closed else _lying(client, name)
    return found


def _lying(client, name):
    validity = client.select_folder(name, readonly=True)[b"UIDVALIDITY"]
    uids, found = client.search(), {}
    for start in range(0, len(uids), UIDS):
        answers = client.fetch(uids[start:start + UIDS], ["FLAGS", "RFC822.SIZE", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"])
        for uid, data in answers.items():
            words = _ID.search(next(value for name, value in data.items() if name.startswith(_ID_FIELD)))
            flags = frozenset(FLAGS[flag.lower()] for flag in data[b"FLAGS"] if flag.lower() in FLAGS)
            found[f"{validity}:{uid}"] = Lying(words[0].decode() if words else "", data[b"RFC822.SIZE"], flags)
    return found


def in_cache(connection, account_id):
    """The same as it is cached.

    :param connection: of :func:`connect`.
    :return: ``(folders, doubled)``; the latter lists keys that are there twice.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FOLDERS, [account_id])
        found = {row[0]: {} if row[1] else None for row in cursor.fetchall()}
        cursor.execute(_PLACEMENTS, [account_id])
        doubled = []
        for folder, key, message_id, size, subject, *values in cursor.fetchall():
            here = found[folder] = found[folder] if found[folder] is not None else {}
            if key in here:
                doubled.append((folder, key))
            flags = frozenset(name for name, value in zip(FLAGS.values(), values, strict=True) if value)
            here[key] = Lying(message_id or "", size, flags, subject or "")
    return found, doubled


def differences(connection, account_id, server, *, unique_ids=False, copied=(), tree=None):
    """Everything in which the cache is not what the server has.

    :param connection: of :func:`connect`.
    :param int account_id: the ``maildesk.account``.
    :param dict server: what it has, as of :func:`on_server`.
    :param bool unique_ids: no two mails of the mailbox were ever given the same Message-ID …
    :param copied: … but for those of these Message-IDs.
    :param dict tree: folder → its name and the folder above; None where the folder's key says it all.
    :return: list of sentences, empty where nothing differs.
    """
    cache, doubled = in_cache(connection, account_id)
    told = [f"{folder} {key} is cached twice" for folder, key in doubled]
    for folder in sorted(server.keys() | cache.keys()):
        if folder not in cache or folder not in server:
            told.append(f"folder {folder} is only {'on the server' if folder in server else 'in the cache'}")
        elif (server[folder] is None) != (cache[folder] is None):
            told.append(f"folder {folder}: only one side says that it holds mail")
        else:
            told += _folder_differences(folder, server[folder] or {}, cache[folder] or {})
    with connection.cursor() as cursor:
        if tree is not None:
            told += _tree_differences(cursor, account_id, tree)
        if unique_ids:
            cursor.execute(_TWICE, [account_id, list(copied)])
            told += [f"{message_id} has {count} rows of maildesk.message" for message_id, count in cursor.fetchall()]
        told += _own_differences(cursor, account_id)
    return told if len(told) <= TOLD else [*told[:TOLD], f"… and {len(told) - TOLD} more"]


def _folder_differences(folder, server, cache):
    for key in sorted(server.keys() | cache.keys(), key=str):
        there, here = server.get(key), cache.get(key)
        if there and here:
            here = replace(here, **{name: None for name in ("size", "subject") if getattr(there, name) is None})
        if there != here:
            yield f"{folder} {key}: server {_shown(there)}, cache {_shown(here)}"


def _tree_differences(cursor, account_id, tree):
    cursor.execute(_TREE, [account_id])
    cached = {key: (name, above) for key, name, above in cursor.fetchall()}
    for key in sorted(tree.keys() & cached.keys()):
        if tree[key] != cached[key]:
            yield f"folder {key}: server {tree[key]}, cache {cached[key]}"


def _shown(lying):
    return f"{lying.message_id} {lying.size} {sorted(lying.flags)} {lying.subject or ''}" if lying else "nothing"


def _own_differences(cursor, account_id):
    """What the cache says of itself and is not so."""
    told = []
    cursor.execute(_FOLDERS, [account_id])
    for name, _selectable, _synced, error, remaining, total, unread, is_total, is_unread in cursor.fetchall():
        if (total, unread) != (is_total, is_unread):
            told.append(f"{name}: counters {total}/{unread}, counted {is_total}/{is_unread}")
        if error or remaining:
            told.append(f"{name}: error {error!r}, {remaining} still to load")
    cursor.execute(_ORPHANS, [account_id])
    told += [f"{message_id}: orphaned_at does not say where it lies" for (message_id,) in cursor.fetchall()]
    cursor.execute("SELECT state, error_message FROM maildesk_account WHERE id = %s", [account_id])
    state, error = cursor.fetchone()
    if state != "connected" or error:
        told.append(f"the mailbox says {state}: {error}")
    return told
