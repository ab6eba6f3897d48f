import contextlib
import hashlib
import math

from odoo import api, fields, models, modules

from ..const import JOIN_MINUTES, JOIN_TRIES


class MaildeskConnectAttempt(models.Model):
    """Tries to join with a wrong share password, counted per person and per address.

    A row is written and committed *before* the password is looked at, and taken back when it was right: tries made at the
    same moment are counted too. No foreign keys and a cursor of its own: nothing the caller holds is locked, and no
    rollback of the caller's undoes the count.
    """

    _name = "maildesk.connect.attempt"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Attempt to Join a Mailbox"

    subject = fields.Char(required=True, index=True, help="Keyed digest of a person or of an address.")

    @api.model
    def _subjects(self, email):
        key = self.env["ir.config_parameter"].sudo().get_param("database.secret")  # so that the table tells no addresses
        return [
            hashlib.blake2b(f"{kind}:{value}".encode(), key=key.encode()[:64], digest_size=16).hexdigest()
            for kind, value in (("user", self.env.uid), ("email", email))
        ]

    @contextlib.contextmanager
    def _own_transaction(self):
        if modules.module.current_test:
            # a test may not commit; its own cursor stands for ours
            yield self.sudo()
            return
        with self.env.registry.cursor() as cr:
            # nobody has a right on this model: only the methods here reach it
            yield self.with_env(self.env(cr=cr)).sudo()

    @api.model
    def _reserve(self, email):
        """Count a try that is about to be made.

        :param str email: the address, normalised.
        :returns: ``(ids, minutes)``: the rows to take back if the password is right, and 0, or no rows and the minutes to
            wait before the next try.
        """
        subjects = self._subjects(email)
        with self._own_transaction() as attempts:
            ids = attempts.create([{"subject": subject} for subject in subjects]).ids
        # counted in a transaction that begins after ours is committed: of tries made at once, the k-th to commit sees k
        with self._own_transaction() as attempts:
            since = fields.Datetime.subtract(fields.Datetime.now(), minutes=JOIN_MINUTES)
            for subject in subjects:
                recent = [("subject", "=", subject), ("create_date", ">", since)]
                tries = attempts.search(recent, order="id").mapped("create_date")
                if len(tries) > JOIN_TRIES:
                    wait = (tries[len(tries) - 1 - JOIN_TRIES] - since).total_seconds() / 60
                    attempts.browse(ids).unlink()
                    return [], min(JOIN_MINUTES, max(1, math.ceil(wait)))
            return ids, 0

    @api.model
    def _take_back(self, ids):
        """The try was no wrong password after all."""
        with self._own_transaction() as attempts:
            attempts.browse(ids).exists().unlink()

    @api.autovacuum
    def _gc_old(self):
        since = fields.Datetime.subtract(fields.Datetime.now(), minutes=JOIN_MINUTES)
        # the vacuum's user is the superuser already; stated for callers by hand
        self.sudo().search([("create_date", "<=", since)]).unlink()
