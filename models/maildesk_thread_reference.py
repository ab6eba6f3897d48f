from dataclasses import replace

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import threads


class MaildeskThreadReference(models.Model):
    """Which conversation a Message-ID belongs to, whether that message is here or only referred to.

    Answers come before the mails they answer (history is loaded newest first), so the missing link has to be remembered.
    """

    _name = "maildesk.thread.reference"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Message-ID of a Conversation"
    _log_access = False

    account_id = fields.Many2one("maildesk.account", required=True, ondelete="cascade")
    thread_id = fields.Many2one("maildesk.thread", required=True, ondelete="cascade", index=True)
    reference = fields.Char(required=True)

    _account_reference_uniq = models.UniqueIndex("(account_id, reference)")

    @api.model
    def _assign(self, account_id, messages):
        """Find or make the conversations of new messages, joining conversations a message connects.

        :param list messages: ``RemoteMessage``.
        :returns: fingerprint → thread id.
        """
        items = [
            threads.ThreadItem(
                message.fingerprint, message.message_id, message.in_reply_to, message.references, message.thread_key)
            for message in messages
        ]
        by_subject = self._by_subject(messages)
        wanted = {reference for item in items for reference in threads.refs_of(item)}
        wanted.update(reference for refs in by_subject.values() for reference in refs.counterparts)
        # one look-up a page, by the unique index
        known = dict(self.env.execute_query(SQL(
            "SELECT reference, thread_id FROM maildesk_thread_reference WHERE account_id = %s AND reference = ANY(%s)",
            account_id, sorted(wanted),
        )))
        items = self._with_subjects(items, by_subject, known)
        groups = threads.resolve(items, known, self._named_by_server(items, known))
        fresh = iter(self.env["maildesk.thread"]._make(account_id, sum(group.thread_id is None for group in groups)))
        result, rows = {}, []
        for group in groups:
            thread_id = group.thread_id or next(fresh)
            result.update(dict.fromkeys(group.items, thread_id))
            rows += [(reference, thread_id) for reference in group.refs if reference not in known]
            self._fold(group.absorbed, thread_id)
        # remembered apart: mails of one subject are no conversation unless one answers another
        rows += [(refs.own, result[fingerprint]) for fingerprint, refs in by_subject.items()]
        if rows:
            self.env.cr.execute(SQL(
                """INSERT INTO maildesk_thread_reference (account_id, reference, thread_id)
                        SELECT %s, * FROM unnest(%s::text[], %s::int[]) ON CONFLICT DO NOTHING""",
                account_id, [reference for reference, _thread in rows], [thread for _reference, thread in rows],
            ))
        return result

    @staticmethod
    def _by_subject(messages):
        """Fingerprint → ``SubjectRefs`` of the mails that name no other."""
        found = {
            message.fingerprint: threads.subject_refs(
                message.subject, [message.sender.email, *(address.email for address in message.to[:1])], message.date)
            for message in messages if not (message.in_reply_to or message.references or message.thread_key)
        }
        return {fingerprint: refs for fingerprint, refs in found.items() if refs}

    @staticmethod
    def _with_subjects(items, by_subject, known):
        """Join mails that name no other with their counterpart by subject, on this page or stored before."""
        here = {by_subject[item.key].own: item.message_id for item in items if item.key in by_subject and item.message_id}
        result = []
        for item in items:
            refs = by_subject.get(item.key)
            extra = [here.get(ref, ref) for ref in refs.counterparts if ref in here or ref in known][:1] if refs else ()
            result.append(replace(item, references=(*item.references, *extra)) if extra else item)
        return result

    @api.model
    def _named_by_server(self, items, known):
        """Those of the known conversations the server itself has named; asked only where it names any."""
        if not known or not any(item.thread_key for item in items):
            return ()
        keyed = self.search([("thread_id", "in", list(set(known.values()))), ("reference", "=like", "key:%")])
        return keyed.thread_id.ids

    @api.model
    def _fold(self, absorbed, thread_id):
        """Let conversations become part of another."""
        if not absorbed:
            return
        for table in ("maildesk_message", "maildesk_thread_reference"):
            # set-wise: a conversation may have thousands of messages
            self.env.cr.execute(SQL(
                "UPDATE %s SET thread_id = %s WHERE thread_id = ANY(%s)", SQL.identifier(table), thread_id, list(absorbed),
            ))
        self.env["maildesk.thread"].browse(absorbed).unlink()
