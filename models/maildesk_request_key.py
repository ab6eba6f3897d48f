from odoo import api, fields, models
from odoo.tools import SQL

#: Days a key is remembered: longer than a browser goes on sending what it could not send (SEND_DAYS of act_storage.js).
KEY_DAYS = 8
KEY_LENGTH = 64
VACUUM = 10_000


class MaildeskRequestKey(models.Model):
    """Idempotency keys: a request that reaches the server twice under one key is served once.

    A browser sends what people do once more where it has no answer: while a page is being left, after a connection was lost,
    or when it is opened again. The key is written in the transaction that serves the request, so that one exists with the other.
    """

    _name = "maildesk.request.key"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Key of a Served Request"
    _log_access = False

    user_id = fields.Many2one("res.users", required=True, readonly=True, ondelete="cascade")
    key = fields.Char(required=True, readonly=True)
    served_at = fields.Datetime(required=True, readonly=True, index=True)

    _user_key_uniq = models.UniqueIndex("(user_id, key)")

    @api.model
    def _take(self, key):
        """Take a key of the current user's.

        :param str key: chosen by the client, at most ``KEY_LENGTH`` characters.
        :return: False where a request has had this key already.
        :raises psycopg2.errors.SerializationFailure: another transaction takes it at this moment; Odoo tries again by itself.
        """
        # a search and a create would let two requests pass that come at the same moment
        return bool(self.env.execute_query(SQL(
            """INSERT INTO maildesk_request_key (user_id, key, served_at) VALUES (%s, %s, now() AT TIME ZONE 'UTC')
               ON CONFLICT DO NOTHING RETURNING id""", self.env.uid, key[:KEY_LENGTH])))

    @api.autovacuum
    def _gc_old(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEY_DAYS)
        old = self.search([("served_at", "<", limit)], limit=VACUUM)
        old.unlink()
        return len(old), self.search_count([("served_at", "<", limit)], limit=1)
