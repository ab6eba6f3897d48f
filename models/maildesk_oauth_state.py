import hashlib
import json
import secrets

from odoo import api, fields, models
from odoo.http import request
from odoo.tools import SQL

from ..const import SIGN_IN_MINUTES

#: Under which name a browser session keeps the secret that its sign-ins are bound to.
SESSION_KEY = "maildesk_sign_in"


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


class MaildeskOauthState(models.Model):
    """A sign-in under way (RFC 9700 §2.1): begun by one person, in one browser session, for one mailbox; good for ten minutes
    and for one answer.

    What the database keeps opens nothing: of the state and of the session's secret only digests, the code verifier sealed.
    """

    _name = "maildesk.oauth.state"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Sign-in Under Way"

    digest = fields.Char(required=True, groups=fields.NO_ACCESS)
    session_digest = fields.Char(required=True, groups=fields.NO_ACCESS)
    kept = fields.Text(required=True, groups=fields.NO_ACCESS, copy=False, exportable=False)
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade", index=True)
    account_id = fields.Many2one("maildesk.account", ondelete="cascade", index=True)
    #: of a mailbox that is set up by this very sign-in, and is not there before it: ``maildesk.account._setup_values``
    setup = fields.Json(groups=fields.NO_ACCESS)
    provider = fields.Char(required=True)
    step = fields.Selection([("answer", "Waiting for the provider"), ("choice", "Waiting for the person")], required=True)
    shared = fields.Boolean()
    #: the address a person has chosen to sign in with although the mailbox's is another one
    expected_email = fields.Char()
    is_used = fields.Boolean()

    _digest_uniq = models.UniqueIndex("(digest)")

    @api.model
    def _new_state(self):
        """Random; 256 bits."""
        return secrets.token_urlsafe(32)

    @api.model
    def _session_secret(self):
        """What binds to the browser session. It outlives a rotated session id, and ends with the log-out.

        Without a request there is no session, and no answer will fit.
        """
        if not request:
            return self._new_state()
        if not request.session.get(SESSION_KEY):
            request.session[SESSION_KEY] = self._new_state()
        return request.session[SESSION_KEY]

    @api.model
    def _remember(self, state, account, provider, step, kept, **values):
        """Keep what the next step of a sign-in needs.

        :param str state: of :meth:`_new_state`; the person's browser carries it.
        :param dict kept: JSON, encrypted here.
        """
        # nobody has a right on this model: only the methods here reach it
        self.sudo().create({
            "digest": _digest(state), "session_digest": _digest(self._session_secret()), "user_id": self.env.uid,
            "account_id": account.id or False, "setup": False if account.id else account._setup_values(), "provider": provider,
            "step": step,
            "kept": self.env["maildesk.credential"]._seal(json.dumps(kept)), **values,
        })

    @api.model
    def _take(self, state, provider, step):
        """Use up a state, whoever brings it: one that turned up in the wrong place is good for nothing any more.

        :returns: ``(row, reason)``: the row of a sign-in that may go on, or an empty one and why not: ``unknown``, ``used``,
            ``late`` or ``foreign``.
        """
        digest = _digest(state or "")
        with self.env["maildesk.connect.attempt"]._own_transaction() as other:
            # at once and by itself: of two that come at the same moment one finds it used, and no rollback gives it back
            other.env.cr.execute(SQL(
                "UPDATE maildesk_oauth_state SET is_used = TRUE WHERE digest = %s AND is_used IS NOT TRUE RETURNING id", digest))
            taken = bool(other.env.cr.rowcount)
        # the row is the module's own; whose it is is checked below
        row = self.sudo().search([("digest", "=", digest)])
        row.invalidate_recordset()
        session = request.session.get(SESSION_KEY, "") if request else ""
        is_same_browser = bool(row) and secrets.compare_digest(_digest(session), row.session_digest)
        reason = ""
        if not row:
            reason = "unknown"
        elif not taken:
            reason = "used"
        elif row.create_date < fields.Datetime.subtract(fields.Datetime.now(), minutes=SIGN_IN_MINUTES):
            reason = "late"
        elif (row.user_id.id, row.provider, row.step) != (self.env.uid, provider, step) or not is_same_browser:
            reason = "foreign"
        return (row.browse() if reason else row), reason

    def _account(self):
        """The mailbox being signed in; one that is set up by it is not stored yet."""
        return self.account_id or self.env["maildesk.account"]._setup_draft(self.setup)

    def _kept(self):
        """What :meth:`_remember` was given."""
        return json.loads(self.env["maildesk.credential"]._unseal(self.kept, self.account_id.display_name))

    @api.autovacuum
    def _gc_old(self):
        """Used or not, after a day nobody needs to be told any more why it is not good."""
        # the vacuum's user is the superuser already; stated for callers by hand
        self.sudo().search([("create_date", "<", fields.Datetime.subtract(fields.Datetime.now(), days=1))]).unlink()
