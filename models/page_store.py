"""Writes one page of a folder's synchronisation into PostgreSQL: set-wise, replay-safe, counters included.

No model: it runs inside the caller's transaction, on behalf of the engine, and knows the tables of messages, placements and
attachments. The ORM is flushed before and its cache dropped after.
"""

import contextlib
import io
import itertools

from odoo.tools import SQL

#: From so many rows on, COPY into a temporary table is cheaper than arrays in the statement.
COPY_FROM = 200
#: A server may claim any size; the column holds this much.
MAX_INT = 2**31 - 1

MESSAGE_COLUMNS = {
    "fingerprint": "text", "message_id": "text", "in_reply_to": "text", "thread_id": "int4", "from_name": "text",
    "from_email": "text", "to_addresses": "text", "cc_addresses": "text", "bcc_addresses": "text", "reply_to_addresses": "text",
    "subject": "text", "date": "timestamp", "preview": "text", "size": "int8", "has_attachments": "bool",
}
PLACEMENT_COLUMNS = {
    "remote_id": "text", "message_id": "int4", "date": "timestamp", "is_read": "bool", "is_starred": "bool",
    "is_answered": "bool", "is_draft": "bool",
}
ATTACHMENT_COLUMNS = {
    "message_id": "int4", "name": "text", "mimetype": "text", "size": "int8", "content_id": "text", "part_id": "text",
    "is_inline": "bool",
}
FLAGS = ("is_read", "is_starred", "is_answered", "is_draft")

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_names = itertools.count()


def format_addresses(addresses):
    """``Name <address>`` joined by commas, names quoted where they hold one, for people and for search."""
    shown = []
    for address in addresses:
        name = address.name.replace('"', "'")
        if set(name) & set(',;<>@:()[]'):
            name = f'"{name}"'
        shown.append(f"{name} <{address.email}>" if name else address.email)
    return ", ".join(shown)


def _copy_value(value):
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value).translate(_ESCAPES)


class PageStore:
    """Applies pages to one folder.

    :param env: environment of the working transaction, superuser: the engine acts for no person.
    :param folder: the ``maildesk.folder``.
    """

    def __init__(self, env, folder):
        self.env, self.folder = env, folder
        self.account_id = folder.account_id.id

    def apply(self, page):
        """Store a page and its cursor.

        :param SyncPage page: as the provider gave it.
        :returns: whether anything a reader sees has changed.
        """
        self.env.flush_all()
        placements = self.env["maildesk.message.placement"]
        dropped = placements._drop(SQL("folder_id = %s", self.folder.id)) if page.reset else 0
        if page.vanished:
            dropped += placements._drop(SQL("folder_id = %s AND remote_id = ANY(%s)", self.folder.id, list(page.vanished)))
        added = self._add(page.new) if page.new else 0
        replayed = [message.flags for message in page.new] if added < len(page.new) else []
        changed = self._change(replayed + page.changed) if replayed or page.changed else 0
        self.env.invalidate_all()
        self.folder.write({
            "cursor": page.cursor, "remaining_count": page.remaining or 0, "error_message": False,
        })
        return bool(dropped or added or changed)

    def _add(self, messages):
        """Store new messages and where they lie; answers how many placements are new."""
        by_fingerprint = {message.fingerprint: message for message in messages}
        known = dict(self.env.execute_query(SQL(
            "SELECT fingerprint, id FROM maildesk_message WHERE account_id = %s AND fingerprint = ANY(%s)",
            self.account_id, list(by_fingerprint),
        )))
        fresh = [message for fingerprint, message in by_fingerprint.items() if fingerprint not in known]
        if fresh:
            known.update(self._insert_messages(fresh))
        rows = {
            message.flags.remote_id: (
                message.flags.remote_id, known[message.fingerprint], message.internal_date,
                message.flags.is_read, message.flags.is_starred, message.flags.is_answered, message.flags.is_draft,
            )
            for message in messages
        }
        with self._stage(PLACEMENT_COLUMNS, list(rows.values())) as source:
            inserted = self.env.execute_query(SQL(
                """INSERT INTO maildesk_message_placement (folder_id, %(columns)s)
                        SELECT %(folder)s, %(columns)s FROM %(source)s
                   ON CONFLICT (folder_id, remote_id) DO NOTHING
                     RETURNING is_read""",
                columns=self._columns(PLACEMENT_COLUMNS), folder=self.folder.id, source=source,
            ))
        # a mail that had no place for a while (moved by another client) has one again
        self.env.cr.execute(SQL(
            "UPDATE maildesk_message SET orphaned_at = NULL WHERE id = ANY(%s) AND orphaned_at IS NOT NULL", list(known.values()),
        ))
        self.env["maildesk.folder"]._add_counts(self.folder.id, len(inserted), sum(not read for (read,) in inserted))
        return len(inserted)

    def _insert_messages(self, messages):
        thread_of = self.env["maildesk.thread.reference"]._assign(self.account_id, messages)
        self.env.flush_all()
        rows = [
            (
                message.fingerprint, message.message_id, message.in_reply_to, thread_of[message.fingerprint],
                message.sender.name, message.sender.email, format_addresses(message.to), format_addresses(message.cc),
                format_addresses(message.bcc), format_addresses(message.reply_to), message.subject, message.date,
                message.preview, min(message.size, MAX_INT), any(not part.inline for part in message.attachments),
            )
            for message in messages
        ]
        with self._stage(MESSAGE_COLUMNS, rows) as source:
            ids = dict(self.env.execute_query(SQL(
                """INSERT INTO maildesk_message (account_id, create_date, %(columns)s)
                        SELECT %(account)s, now() AT TIME ZONE 'UTC', %(columns)s FROM %(source)s
                   ON CONFLICT (account_id, fingerprint) DO NOTHING
                     RETURNING fingerprint, id""",
                columns=self._columns(MESSAGE_COLUMNS), account=self.account_id, source=source,
            )))
        parts = [
            (ids[message.fingerprint], part.name, part.mimetype, min(part.size, MAX_INT), part.content_id, part.part_id,
             part.inline)
            for message in messages for part in message.attachments
        ]
        if parts:
            with self._stage(ATTACHMENT_COLUMNS, parts) as source:
                self.env.cr.execute(SQL(
                    "INSERT INTO maildesk_attachment (%(columns)s) SELECT %(columns)s FROM %(source)s",
                    columns=self._columns(ATTACHMENT_COLUMNS), source=source,
                ))
        return ids

    def _change(self, flags):
        """Set flags that differ; answers how many did."""
        rows = {flag.remote_id: (flag.remote_id, *(getattr(flag, name) for name in FLAGS)) for flag in flags}
        with self._stage({"remote_id": "text", **dict.fromkeys(FLAGS, "bool")}, list(rows.values())) as source:
            changed = self.env.execute_query(SQL(
                """UPDATE maildesk_message_placement placement
                      SET is_read = old.now_read, is_starred = old.is_starred, is_answered = old.is_answered,
                          is_draft = old.is_draft
                     FROM (SELECT here.id, here.is_read AS was_read, source.is_read AS now_read, source.is_starred,
                                  source.is_answered, source.is_draft
                             FROM maildesk_message_placement here
                             JOIN %(source)s ON source.remote_id = here.remote_id
                            WHERE here.folder_id = %(folder)s
                              AND (here.is_read, here.is_starred, here.is_answered, here.is_draft) IS DISTINCT FROM
                                  (source.is_read, source.is_starred, source.is_answered, source.is_draft)) old
                    WHERE placement.id = old.id
                RETURNING old.was_read, old.now_read""",
                source=source, folder=self.folder.id,
            ))
        self.env["maildesk.folder"]._add_counts(self.folder.id, 0, sum(was - now for was, now in changed))
        return len(changed)

    @staticmethod
    def _columns(columns):
        return SQL(", ").join(SQL.identifier(name) for name in columns)

    @contextlib.contextmanager
    def _stage(self, columns, rows):
        """Rows as something to select FROM, called ``source``: arrays for a few, COPY for many.

        :param dict columns: name → PostgreSQL type.
        :param list rows: tuples in the order of ``columns``.
        """
        if len(rows) < COPY_FROM:
            arrays = SQL(", ").join(
                SQL("%s::%s[]", list(values), SQL(kind))
                for kind, values in zip(columns.values(), zip(*rows, strict=True), strict=True)
            )
            yield SQL("unnest(%s) AS source(%s)", arrays, self._columns(columns))
            return
        name = f"maildesk_page_{next(_names)}"
        described = SQL(", ").join(SQL("%s %s", SQL.identifier(column), SQL(kind)) for column, kind in columns.items())
        self.env.cr.execute(SQL("CREATE TEMPORARY TABLE %s (%s) ON COMMIT DROP", SQL.identifier(name), described))
        text = io.StringIO("".join("\t".join(map(_copy_value, row)) + "\n" for row in rows))
        # nothing in the ORM copies; the table's name is ours, and the values are escaped by COPY's own rules
        self.env.cr.copy_expert(f'COPY "{name}" FROM STDIN', text)
        yield SQL("%s AS source", SQL.identifier(name))
        self.env.cr.execute(SQL("DROP TABLE %s", SQL.identifier(name)))
