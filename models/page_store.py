"""Writes one page of a folder's synchronisation into PostgreSQL: set-wise, replay-safe, counters included.

No model: it runs inside the caller's transaction, on behalf of the engine, and knows the tables of messages, placements and
attachments. The ORM is flushed before and its cache dropped after. What people did and the server was not told yet lies over
what a page brings, see :mod:`.page_overlay`.
"""

from odoo import fields
from odoo.tools import SQL

from ..providers.values import FLAGS
from .page_overlay import PageOverlay
from .page_stage import columns_sql, stage

#: A server may claim any size; the column holds this much.
MAX_INT = 2**31 - 1

#: What a mail says, as far as a list shows it.
WORD_COLUMNS = {
    "from_name": "text", "from_email": "text", "to_addresses": "text", "cc_addresses": "text", "bcc_addresses": "text",
    "reply_to_addresses": "text", "subject": "text", "date": "timestamp", "preview": "text", "size": "int8",
    "has_attachments": "bool",
}
MESSAGE_COLUMNS = {"fingerprint": "text", "message_id": "text", "in_reply_to": "text", "thread_id": "int4", **WORD_COLUMNS}
PLACEMENT_COLUMNS = {"remote_id": "text", "message_id": "int4", "date": "timestamp", **dict.fromkeys(FLAGS, "bool")}
ATTACHMENT_COLUMNS = {
    "message_id": "int4", "name": "text", "mimetype": "text", "size": "int8", "content_id": "text", "part_id": "text",
    "is_inline": "bool",
}


def format_addresses(addresses):
    """``Name <address>`` joined by commas, names quoted where they hold one, for people and for search."""
    shown = []
    for address in addresses:
        name = address.name.replace('"', "'")
        if set(name) & set(',;<>@:()[]'):
            name = f'"{name}"'
        shown.append(f"{name} <{address.email}>" if name else address.email)
    return ", ".join(shown)


def _words(message):
    """Values of :data:`WORD_COLUMNS`."""
    return (
        message.sender.name, message.sender.email, format_addresses(message.to), format_addresses(message.cc),
        format_addresses(message.bcc), format_addresses(message.reply_to), message.subject, message.date, message.preview,
        min(message.size, MAX_INT), any(not part.inline for part in message.attachments),
    )


class PageStore:
    """Applies pages to one folder.

    :param env: environment of the working transaction, superuser: the engine acts for no person.
    :param folder: the ``maildesk.folder``.
    """

    def __init__(self, env, folder):
        self.env, self.folder = env, folder
        self.account_id = folder.account_id.id
        self.overlay = PageOverlay(env, folder)

    def apply(self, page):
        """Store a page and its cursor.

        :param SyncPage page: as the provider gave it.
        :returns: whether anything a reader sees has changed.
        """
        self.env.flush_all()
        placements = self.env["maildesk.message.placement"]
        dropped = placements._drop(SQL("folder_id = %s AND remote_id IS NOT NULL", self.folder.id)) if page.reset else 0
        if page.vanished:
            dropped += placements._drop(SQL("folder_id = %s AND remote_id = ANY(%s)", self.folder.id, list(page.vanished)))
        rewritten = self._rewrite([message for message in page.new if message.is_mutable])
        added, here = self._add(page.new) if page.new else (0, [])
        changed = self.change(here + page.changed)
        self.env.invalidate_all()
        recovered = bool(self.folder.error_message)
        self.folder.write({
            "cursor": page.cursor, "remaining_count": page.remaining or 0, "error_message": False,
            "last_pass_at": fields.Datetime.now(),
        })
        return bool(recovered or dropped or rewritten or added or changed)

    def change(self, flags):
        """Set flags that differ, except those an operation owes to the server.

        :param list flags: ``RemoteFlags``; unknown ones are ignored.
        :returns: how many differed.
        """
        rows = {flag.remote_id: (flag.remote_id, *(getattr(flag, name) for name in FLAGS)) for flag in flags}
        if not rows:
            return 0
        with stage(self.env.cr, {"remote_id": "text", **dict.fromkeys(FLAGS, "bool")}, list(rows.values())) as source:
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
                RETURNING placement.id, old.was_read, old.now_read""",
                source=source, folder=self.folder.id,
            ))
        self.env["maildesk.folder"]._add_counts(self.folder.id, 0, sum(was - now for _id, was, now in changed))
        self.overlay.keep_flags([row[0] for row in changed])
        return len(changed)

    def add_own(self, message):
        """A mail of ours that the server does not have yet.

        :param RemoteMessage message: made from its octets; its key in the folder is not known.
        :returns: the ``maildesk.message.placement``.
        """
        self.env.flush_all()
        message_id = self._message_ids([message])[message.fingerprint]
        place = self.env["maildesk.message.placement"].create({
            "folder_id": self.folder.id, "message_id": message_id, "date": message.internal_date,
            **{name: getattr(message.flags, name) for name in FLAGS},
        })
        self.env.flush_all()
        self._has_place([message_id])
        self.env["maildesk.folder"]._add_counts(self.folder.id, 1, int(not place.is_read))
        self.env.invalidate_all()
        return place

    def _add(self, messages):
        """Store new messages and where they lie.

        :returns: how many placements are new, and ``RemoteFlags`` of those that were here already.
        """
        fresh, here = self.overlay.sort_out(messages)
        if here:
            self._name(messages)
        if not fresh:
            return 0, here
        known = self._message_ids(fresh)
        adopted = self.overlay.adopt(fresh, known)
        here += [message.flags for message in fresh if message.flags.remote_id in adopted]
        rows = {
            message.flags.remote_id: (
                message.flags.remote_id, known[message.fingerprint], message.internal_date,
                *(getattr(message.flags, name) for name in FLAGS),
            )
            for message in fresh if message.flags.remote_id not in adopted
        }
        inserted = self._insert_placements(list(rows.values())) if rows else []
        self._has_place(list(known.values()))
        self.env["maildesk.folder"]._add_counts(self.folder.id, len(inserted), sum(not read for (read,) in inserted))
        return len(inserted), here

    def _insert_placements(self, rows):
        with stage(self.env.cr, PLACEMENT_COLUMNS, rows) as source:
            return self.env.execute_query(SQL(
                """INSERT INTO maildesk_message_placement (folder_id, %(columns)s)
                        SELECT %(folder)s, %(columns)s FROM %(source)s
                   ON CONFLICT (folder_id, remote_id) DO NOTHING
                     RETURNING is_read""",
                columns=columns_sql(PLACEMENT_COLUMNS), folder=self.folder.id, source=source,
            ))

    def _has_place(self, message_ids):
        """A mail that had no place for a while (moved by another client) has one again."""
        # set-wise: a page has thousands. What a person deleted while it was on its way here got no place
        self.env.cr.execute(SQL(
            "UPDATE maildesk_message SET orphaned_at = NULL WHERE id = ANY(%s) AND orphaned_at IS NOT NULL AND EXISTS ("
            "SELECT FROM maildesk_message_placement placement WHERE placement.message_id = maildesk_message.id)", message_ids))

    def _message_ids(self, messages):
        """Fingerprint → id of the mail itself, stored where it is new."""
        by_fingerprint = {message.fingerprint: message for message in messages}
        known = self._known(by_fingerprint)
        missing = [message for fingerprint, message in by_fingerprint.items() if fingerprint not in known]
        if missing:
            known.update(self.overlay.recognise(missing))
            missing = [message for message in missing if message.fingerprint not in known]
        if missing:
            known.update(self._insert_messages(missing))
        return known

    def _known(self, fingerprints):
        # by the unique index; the ORM would make records of thousands
        return dict(self.env.execute_query(SQL(
            "SELECT fingerprint, id FROM maildesk_message WHERE account_id = %s AND fingerprint = ANY(%s)",
            self.account_id, list(fingerprints))))

    def _name(self, messages):
        """Mails that lie here already bear their server's names: one of ours was called otherwise before it was stored."""
        rows = [(message.flags.remote_id, message.fingerprint) for message in messages]
        with stage(self.env.cr, {"remote_id": "text", "fingerprint": "text"}, rows) as source:
            # set-wise, as all of a page; a name another row bears stays with it
            self.env.cr.execute(SQL(
                """UPDATE maildesk_message message SET fingerprint = source.fingerprint
                     FROM %(source)s JOIN maildesk_message_placement place ON place.remote_id = source.remote_id
                    WHERE place.folder_id = %(folder)s AND message.id = place.message_id
                      AND message.fingerprint <> source.fingerprint AND NOT EXISTS (
                          SELECT FROM maildesk_message other
                           WHERE other.account_id = %(account)s AND other.fingerprint = source.fingerprint)""",
                source=source, folder=self.folder.id, account=self.account_id))

    def _rewrite(self, messages):
        """Have mails that are here say what their server has of them now; one whose source is kept stays as it was.

        :param list messages: ``RemoteMessage`` that may have changed; those that are new here are passed over.
        :returns: how many said something else.
        """
        known = self._known(message.fingerprint for message in messages) if messages else {}
        by_id = {known[message.fingerprint]: message for message in messages if message.fingerprint in known}
        if not by_id:
            return 0
        own, theirs = (
            SQL(", ").join(SQL("%s.%s", SQL.identifier(table), SQL.identifier(name)) for name in WORD_COLUMNS)
            for table in ("message", "source"))
        rows = [(id_, *_words(message)) for id_, message in by_id.items()]
        with stage(self.env.cr, {"id": "int4", **WORD_COLUMNS}, rows) as source:
            # set-wise, and no row that says the same already
            changed = self.env.execute_query(SQL(
                """UPDATE maildesk_message message SET (%(columns)s) = ROW(%(theirs)s) FROM %(source)s
                    WHERE message.id = source.id AND message.source_id IS NULL AND (%(own)s) IS DISTINCT FROM (%(theirs)s)
                RETURNING message.id""",
                columns=columns_sql(WORD_COLUMNS), own=own, theirs=theirs, source=source,
            ))
        self.env.invalidate_all()
        for message in self.env["maildesk.message"].browse(row[0] for row in changed):
            message._was_rewritten(by_id[message.id].attachments)
        self.env.flush_all()
        return len(changed)

    def _insert_messages(self, messages):
        thread_of = self.env["maildesk.thread.reference"]._assign(self.account_id, messages)
        self.env.flush_all()
        rows = [
            (
                message.fingerprint, message.message_id, message.in_reply_to, thread_of[message.fingerprint], *_words(message),
            )
            for message in messages
        ]
        with stage(self.env.cr, MESSAGE_COLUMNS, rows) as source:
            ids = dict(self.env.execute_query(SQL(
                """INSERT INTO maildesk_message (account_id, %(columns)s)
                        SELECT %(account)s, %(columns)s FROM %(source)s
                   ON CONFLICT (account_id, fingerprint) DO NOTHING
                     RETURNING fingerprint, id""",
                columns=columns_sql(MESSAGE_COLUMNS), account=self.account_id, source=source,
            )))
        parts = [
            (ids[message.fingerprint], part.name, part.mimetype, min(part.size, MAX_INT), part.content_id, part.part_id,
             part.inline)
            for message in messages for part in message.attachments
        ]
        if parts:
            with stage(self.env.cr, ATTACHMENT_COLUMNS, parts) as source:
                self.env.cr.execute(SQL(
                    "INSERT INTO maildesk_attachment (%(columns)s) SELECT %(columns)s FROM %(source)s",
                    columns=columns_sql(ATTACHMENT_COLUMNS), source=source,
                ))
        return ids
