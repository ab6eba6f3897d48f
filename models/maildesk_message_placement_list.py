from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import LABELLED

PAGE_LIMIT = 200
#: Folders `All Mailboxes` leaves out: junk and trash are unwanted, drafts are unfinished, the others repeat mail.
LEFT_OUT = ("junk", "trash", "drafts", "all", "flagged", "important")
#: Mails a search looks at, newest first, before it asks the full-text index: enough to fill a page with any word that is
#: frequent there, and hardly dearer than asking the index for a rare one.
PROBE = 2000


class MaildeskMessagePlacement(models.Model):
    """Pages of the app's list, under the reader's own rights."""

    _inherit = "maildesk.message.placement"

    @api.model
    def _page(self, folder_id=None, quick_filter="", search="", after=None, limit=50):
        """A page of the list, newest first.

        :param int folder_id: the folder, or None for all mailboxes.
        :param str quick_filter: ``unread``, ``starred``, ``attachments``, ``incoming``, ``outgoing`` or nothing.
        :param str search: words that have to begin a word of sender, recipients, subject or preview.
        :param list after: ``[date, id]`` of the last row seen: a page goes on by key, never by offset.
        :returns: ``{"rows": [...], "next": [date, id] or None}``
        """
        limit = max(1, min(int(limit), PAGE_LIMIT))
        self.env.flush_all()
        folders = self._folders_of(folder_id, quick_filter)
        listed = self._listed if folder_id else self._listed_once
        placements = self.browse(listed(folders, quick_filter, search, after, limit + 1))
        more = len(placements) > limit
        placements = placements[:limit]
        rows = placements._rows()
        last = placements[-1:]
        return {"rows": rows, "next": [fields.Datetime.to_string(last.date), last.id] if more else None}

    @api.model
    def _folders_of(self, folder_id, quick_filter):
        """The folders a page is drawn from, as far as the reader may see them."""
        if folder_id:
            domain = Domain("id", "=", int(folder_id))
        else:
            domain = Domain("role", "=", False) | Domain("role", "not in", LEFT_OUT)
            domain &= Domain("selectable", "=", True) & Domain("account_id.active", "=", True)
        if quick_filter == "outgoing":
            domain &= Domain("role", "=", "sent")
        elif quick_filter == "incoming":
            domain &= Domain("role", "=", False) | Domain("role", "!=", "sent")
        return self.env["maildesk.folder"].search(domain)

    @api.model
    def _conditions(self, quick_filter, after):
        """What a row has to fulfil beside its folder, each of them served by an index that is in the order of the list."""
        conditions = [SQL("TRUE")]
        if quick_filter == "unread":
            conditions.append(SQL("place.is_read IS NOT TRUE"))
        elif quick_filter == "starred":
            conditions.append(SQL("place.is_starred"))
        elif quick_filter == "attachments":
            conditions.append(SQL("place.has_attachments"))
        if after:
            date, last_id = fields.Datetime.to_datetime(after[0]), int(after[1])
            conditions.append(SQL("(place.date, place.id) < (%s, %s)", date, last_id))
        return SQL(" AND ").join(conditions)

    @api.model
    def _listed(self, folders, quick_filter, search, after, limit):
        """Ids of the newest rows that fulfil it all."""
        conditions = self._conditions(quick_filter, after)
        if not (search and search.strip()):
            return self._newest(folders.ids, quick_filter, conditions, limit)
        queries = self.env["maildesk.message.search"]._queries(search, folders.ids)
        return self._found(folders.ids, quick_filter, conditions, queries, limit) if queries[0] else []

    @api.model
    def _listed_once(self, folders, quick_filter, search, after, limit):
        """The same, with what lies in several folders shown once.

        Told apart page by page: asked of each row as it is found, whoever never archives would have all of Gmail's All Mail
        looked through for nothing.
        """
        found, more = [], True
        while more and len(found) < limit:
            ids = self._listed(folders, quick_filter, search, after, 2 * limit)
            found += self._shown_once(ids, folders)
            more = len(ids) == 2 * limit
            last = self.browse(ids[-1:])
            after = [last.date, last.id]
        return found[:limit]

    @api.model
    def _shown_once(self, ids, folders):
        """Where folders are labels, those of these rows that stand for their mail: in the folder that comes first in the tree,
        the archive last, for it keeps all that has a label, and for a moment what has just been thrown away.
        """
        # which of a mail's rows it is, is beyond the ORM
        repeated = {row[0] for row in self.env.execute_query(SQL(
            """SELECT place.id FROM maildesk_message_placement place
                 JOIN maildesk_folder own ON own.id = place.folder_id
                 JOIN maildesk_message mail ON mail.id = place.message_id AND starts_with(mail.fingerprint, %(labelled)s)
                WHERE place.id = ANY(%(ids)s) AND EXISTS (
                    SELECT FROM maildesk_message_placement other JOIN maildesk_folder there ON there.id = other.folder_id
                     WHERE other.message_id = place.message_id AND there.id <> own.id
                       AND (there.id = ANY(%(folders)s)
                            AND (there.role IS NOT DISTINCT FROM 'archive', there.sequence, there.id)
                              < (own.role IS NOT DISTINCT FROM 'archive', own.sequence, own.id)
                            OR own.role = 'archive' AND there.role IN ('trash', 'junk') AND there.active))""",
            labelled=LABELLED, ids=ids, folders=folders.ids))}
        return [row_id for row_id in ids if row_id not in repeated]

    @api.model
    def _walked(self, quick_filter):
        """Where rows are walked through, called ``place``: folder, date and id are in both tables."""
        name = "maildesk_message_search" if quick_filter == "attachments" else "maildesk_message_placement"
        return SQL("%s place", SQL.identifier(name))

    @api.model
    def _searched(self, quick_filter):
        """Where the full-text index leads to; marks are with the placements only."""
        if quick_filter in ("unread", "starred"):
            return SQL("maildesk_message_search found JOIN maildesk_message_placement place ON place.id = found.id")
        return SQL("maildesk_message_search place")

    @api.model
    def _newest_sql(self, folder_ids, quick_filter, conditions, limit, since=None):
        """The newest rows of some folders: each folder's by its index, which stops at the limit, and merged.

        The plain rule would cost a sort of the whole mailbox; the reader's rights were asked about the folders.
        """
        return SQL(
            """SELECT newest.id, newest.date FROM unnest(%(folders)s::int[]) AS folder(id)
                CROSS JOIN LATERAL (
                    SELECT place.id, place.date FROM %(table)s
                     WHERE place.folder_id = folder.id AND %(conditions)s AND %(since)s
                  ORDER BY place.date DESC, place.id DESC LIMIT %(limit)s) newest
             ORDER BY newest.date DESC, newest.id DESC LIMIT %(limit)s""",
            folders=folder_ids, table=self._walked(quick_filter), conditions=conditions, since=since or SQL("TRUE"), limit=limit,
        )

    @api.model
    def _newest(self, folder_ids, quick_filter, conditions, limit):
        # a merge of index scans is beyond the ORM
        return [row[0] for row in self.env.execute_query(self._newest_sql(folder_ids, quick_filter, conditions, limit))]

    @api.model
    def _found(self, folder_ids, quick_filter, conditions, queries, limit):
        """The newest rows that hold the words of a query.

        A frequent word is met soon by looking at one mail after the other, and the index would bring hundreds of thousands of
        them to sort; a rare one is told by the index, and looking would go through the whole folder. Which it is, a bounded
        look shows: where it does not fill the page, the index is asked.
        """
        # where the folder with the densest news has so many newer rows, the newest of all folders are newer, too
        horizon = SQL(
            """place.date >= coalesce((
                SELECT max(oldest.date) FROM unnest(%(folders)s::int[]) AS folder(id)
                 CROSS JOIN LATERAL (
                    SELECT place.date FROM %(table)s WHERE place.folder_id = folder.id AND %(conditions)s
                  ORDER BY place.date DESC, place.id DESC OFFSET %(last)s LIMIT 1) oldest), '-infinity')""",
            folders=folder_ids, table=self._walked(quick_filter), conditions=conditions, last=PROBE - 1,
        )
        # statements the ORM cannot say: rows in the order of an index, full text
        [[looked_at, ids]] = self.env.execute_query(SQL(
            """WITH newest AS MATERIALIZED (%(newest)s)
             SELECT (SELECT count(*) FROM newest), ARRAY(
                SELECT newest.id
                  FROM newest
                 CROSS JOIN LATERAL (SELECT words FROM maildesk_message_search WHERE id = newest.id OFFSET 0) search
                 WHERE ts_match_vq(words, %(query)s::tsquery)
              ORDER BY newest.date DESC, newest.id DESC LIMIT %(limit)s)""",
            newest=self._newest_sql(folder_ids, quick_filter, conditions, PROBE, horizon), query=queries[0], limit=limit,
        ))
        if len(ids) == limit or looked_at < PROBE:
            return ids
        rows = self.env.execute_query(SQL(
            """SELECT place.id FROM %(table)s
                WHERE words @@ %(asked)s::tsquery AND ts_match_vq(words, %(query)s::tsquery)
                  AND place.folder_id = ANY(%(folders)s) AND %(conditions)s
             ORDER BY place.date DESC, place.id DESC LIMIT %(limit)s""",
            table=self._searched(quick_filter), query=queries[0], asked=queries[1], folders=folder_ids, conditions=conditions,
            limit=limit,
        ))
        return [row[0] for row in rows]

    def _rows(self):
        """What the list shows of these placements."""
        self.fetch(["message_id", "folder_id", "is_read", "is_starred", "is_answered", "is_draft", "date"])
        # a mail may be read where one of its placements may, and these were read just now under the reader's own rights; asked
        # once more, the rules would take longer than all the rest
        mails = self.message_id.sudo()
        mails.fetch(["account_id", "from_name", "from_email", "to_addresses", "subject", "preview", "has_attachments"])
        # only whether a body is there, of the same mails
        cached = {row[0] for row in self.env.execute_query(SQL(
            "SELECT message_id FROM maildesk_message_body WHERE message_id = ANY(%s)", mails.ids))}
        return [
            {
                "id": placement.id,
                "message_id": message.id,
                "folder_id": placement.folder_id.id,
                "account_id": message.account_id.id,
                "from_name": message.from_name or message.from_email or "",
                "from_email": message.from_email or "",
                "to": message.to_addresses or "",
                "subject": message.subject or "",
                "preview": message.preview or "",
                "date": fields.Datetime.to_string(placement.date),
                "is_read": placement.is_read,
                "is_starred": placement.is_starred,
                "is_answered": placement.is_answered,
                "is_draft": placement.is_draft,
                "has_attachments": message.has_attachments,
                # a body that is here already can be on its way while the rest is asked for
                "frame_url": message._frame_url() if message.id in cached else False,
            }
            for placement in self.with_env(mails.env) for message in placement.message_id
        ]
