import re

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

PAGE_LIMIT = 200
#: Folders `All Mailboxes` leaves out: junk and trash are unwanted, drafts are unfinished, the others repeat mail.
LEFT_OUT = ("junk", "trash", "drafts", "all", "flagged", "important")


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
        folders = self._folders_of(folder_id, quick_filter)
        placements = self._newest(folders, self._conditions(quick_filter, search, after), limit + 1)
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
    def _conditions(self, quick_filter, search, after):
        conditions = [SQL("TRUE")]
        if quick_filter == "unread":
            conditions.append(SQL("placement.is_read IS NOT TRUE"))
        elif quick_filter == "starred":
            conditions.append(SQL("placement.is_starred"))
        elif quick_filter == "attachments":
            conditions.append(SQL(
                "EXISTS (SELECT FROM maildesk_message mail WHERE mail.id = placement.message_id AND mail.has_attachments)"))
        words = re.findall(r"\w+", search or "")[:12]
        if words:
            conditions.append(SQL(
                """EXISTS (SELECT FROM maildesk_message mail
                            WHERE mail.id = placement.message_id AND mail.search_vector @@ to_tsquery('simple', %s))""",
                " & ".join(f"{word}:*" for word in words),
            ))
        if after:
            date, last_id = fields.Datetime.to_datetime(after[0]), int(after[1])
            conditions.append(SQL("(placement.date, placement.id) < (%s, %s)", date, last_id))
        return SQL(" AND ").join(conditions)

    @api.model
    def _newest(self, folders, conditions, limit):
        """The newest placements of some folders: each folder's by its index, merged; the reader's rights decide in the end."""
        self.env.flush_all()
        # one index scan a folder, each stopping at the limit: the plain rule costs a sort of the whole mailbox
        rows = self.env.execute_query(SQL(
            """SELECT newest.id FROM unnest(%(folders)s::int[]) AS folder(id)
                CROSS JOIN LATERAL (
                    SELECT placement.id, placement.date FROM maildesk_message_placement placement
                     WHERE placement.folder_id = folder.id AND %(conditions)s
                  ORDER BY placement.date DESC, placement.id DESC LIMIT %(limit)s) newest
             ORDER BY newest.date DESC, newest.id DESC LIMIT %(limit)s""",
            folders=folders.ids, conditions=conditions, limit=limit,
        ))
        return self.browse([row[0] for row in rows])

    def _rows(self):
        """What the list shows of these placements."""
        self.fetch(["message_id", "folder_id", "is_read", "is_starred", "is_answered", "is_draft", "date"])
        cached = self.env["maildesk.message.body"].search([("message_id", "in", self.message_id.ids)]).message_id
        self.message_id.fetch(["account_id", "from_name", "from_email", "to_addresses", "subject", "preview", "has_attachments"])
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
                "frame_url": message._frame_url() if message in cached else False,
            }
            for placement in self for message in placement.message_id
        ]
