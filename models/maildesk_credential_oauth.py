import contextlib
import json
from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from psycopg2.errors import LockNotAvailable, SerializationFailure

from ..const import IDLE_DAYS, PROVIDER_NAMES
from ..providers.errors import AuthError, Unreachable
from ..providers.oauth import SIGN_IN, Grant
from .maildesk_credential import SecretKeyLost

#: Seconds another worker's refresh is waited for: it may take two requests that time out.
LOCK_SECONDS = 45
LOCK_TRIES = 5


class MaildeskCredential(models.Model):
    """OAuth grants: JSON of the provider, whether it reaches shared mailboxes, and what ``providers.oauth.Grant`` holds."""

    _inherit = "maildesk.credential"

    @api.model
    def _store_grant(self, account, provider, grant, shared=False):
        """:param str provider: ``google`` or ``microsoft``."""
        self._store(account, "oauth", self._grant_text(provider, grant, shared))

    @api.model
    def _grant_text(self, provider, grant, shared):
        return json.dumps({"provider": provider, "shared": shared, **json.loads(grant.dump())})

    @api.model
    def _grant(self, account):
        """Who is signed in for a mailbox.

        :returns: ``(provider, grant, shared)``, or None where nobody is.
        :raises SecretKeyLost:
        """
        credential = self._of(account, "oauth")
        return self._opened(credential) if credential.secret else None

    @api.model
    def _opened(self, credential):
        text = self._unseal(credential.secret, credential.account_id.display_name)
        known = json.loads(text)
        return known["provider"], Grant.load(text), known["shared"]

    @api.model
    def _grant_ends_at(self, account):
        """When a mailbox's sign-in ends as far as that can be known: by what the provider said, or if it is not used.

        :returns: a datetime in UTC, or None where nobody is signed in or the key is lost.
        """
        credential = self._of(account, "oauth")
        if not credential.secret:
            return None
        try:
            provider, grant, _shared = self._opened(credential)
        except SecretKeyLost:
            return None
        if grant.ends_at:
            return datetime.fromtimestamp(grant.ends_at, timezone.utc).replace(tzinfo=None, microsecond=0)
        # every refresh writes it
        return fields.Datetime.add(credential.write_date, days=IDLE_DAYS[provider])

    @api.model
    def _is_used_elsewhere(self, provider, grant):
        """Whether another grant stands by the same person's consent: revoking one revokes all of them at Google."""
        # the grants of all companies: the provider knows no companies
        for credential in self.sudo().search([("kind", "=", "oauth")]):
            # one whose key is lost is used by nobody
            with contextlib.suppress(SecretKeyLost):
                known, other, _shared = self._opened(credential)
                is_same = other.refresh_token == grant.refresh_token
                if (known, other.email) == (provider, grant.email) and not is_same:
                    return True
        return False

    @api.model
    def _token_getter(self, account, provider):
        """What a provider of mail gets instead of the grant.

        It may be called when the caller's transaction is over: it uses none but its own. Who calls it again was refused with
        the token before, and gets another one.

        :param str provider: which one the server needs.
        :returns: ``(token_getter, grant, shared)``
        :raises UserError: the company or the person still has something to do, in words.
        """
        held = self._grant(account)
        shared = bool(held and held[2])
        # client id and secret are for nobody's eyes; what signs in needs them
        oauth = account.company_id.sudo()._maildesk_oauth(provider, shared)
        if not held or held[0] != provider:
            raise UserError(self.env._(
                "%(mailbox)s is not signed in at %(provider)s. Open the mailbox and press its Connect button.",
                mailbox=account.display_name, provider=PROVIDER_NAMES[provider]))
        apart, account_id, refused = self.env["maildesk.connect.attempt"], account.id, []

        def token_getter():
            with apart._own_transaction() as other:
                kept = other.env["maildesk.credential"]._grant(other.env["maildesk.account"].browse(account_id))
            is_good = kept and kept[0] == provider and kept[1].is_fresh and kept[1].access_token not in refused
            refused[:] = [kept[1].access_token if is_good else self._refreshed(apart, account_id, provider, oauth, refused)]
            return refused[0]

        return token_getter, held[1], shared

    @staticmethod
    def _refreshed(apart, account_id, provider, oauth, refused):
        """A new access token, fetched by one worker while the others wait for it.

        The provider is asked while the row is locked, in a transaction that holds this one lock and nothing else: two
        refreshes at once would each void the other's refresh token. It commits by itself, so that no rollback of the caller's
        loses a token that was rotated.

        :param refused: access tokens that a server did not take.
        :raises AuthError, Unreachable, RateLimited, ClientRefused, ProtocolError:
        """
        for left in reversed(range(LOCK_TRIES)):
            try:
                with apart._own_transaction() as other:
                    return other.env["maildesk.credential"]._refresh_locked(account_id, provider, oauth, refused)
            except SerializationFailure:
                # somebody else has just written it; a transaction that begins now sees what
                if not left:
                    raise Unreachable("the sign-in is being renewed", reason=SIGN_IN) from None
            except LockNotAvailable:
                raise Unreachable("the sign-in is being renewed", reason=SIGN_IN) from None
        return None

    @api.model
    def _refresh_locked(self, account_id, provider, oauth, refused):
        cr = self.env.cr
        # the wait is bounded by the transaction's own setting, which the ORM has no word for
        cr.execute(SQL("SET LOCAL lock_timeout = %s", f"{LOCK_SECONDS}s"))
        # the ORM locks only without waiting
        cr.execute(
            SQL("SELECT id FROM maildesk_credential WHERE account_id = %s AND kind = 'oauth' FOR UPDATE", account_id),
            log_exceptions=False)
        row = cr.fetchone()
        # nobody has a right on this model
        credential = self.sudo().browse(row and row[0])
        credential.invalidate_recordset(["secret"])
        if not row:
            raise AuthError("nobody is signed in any more")
        known, grant, shared = self._opened(credential)
        if known != provider:
            raise AuthError("somebody signed in at another provider")
        if not grant.is_fresh or grant.access_token in refused:
            grant = oauth.refresh(grant)
            credential.secret = self._seal(self._grant_text(provider, grant, shared))
            credential.flush_recordset(["secret"])
        return grant.access_token
