import secrets

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..const import ADMIN, SHARE_MIN_LENGTH

#: What passwords are made of: nothing that is taken for something else when it is read out or copied by hand.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
#: Groups of letters, and letters in each: 79 bits.
GROUPS, GROUP_SIZE = 4, 4


class MaildeskAccount(models.Model):
    """The share password: who knows it joins a mailbox alone, while that is allowed and the password has not expired."""

    _inherit = "maildesk.account"

    allow_personal_connection = fields.Boolean(
        copy=False, groups=ADMIN, help="Colleagues who know the share password add themselves through Connect Mailbox.",
    )
    share_password = fields.Char(
        compute="_compute_share_password", inverse="_inverse_share_password", store=False, copy=False, exportable=False,
        groups=ADMIN, help="At least 8 characters. Kept only as a hash: it can be replaced but never read again.",
    )
    has_share_password = fields.Boolean("Share Password Stored", compute="_compute_share_password", groups=ADMIN)
    share_password_expires_on = fields.Date(
        "Good Until", copy=False, groups=ADMIN,
        help="The last day on which the share password lets somebody join. Who has joined by then stays. Empty: it does not "
        "expire.",
    )
    share_password_expired = fields.Boolean(compute="_compute_share_password_expired", groups=ADMIN)

    def _compute_share_password(self):
        stored = self.env["maildesk.credential"]._holders(self, "share")
        for account in self:
            account.share_password = False
            account.has_share_password = account._origin.id in stored

    def _inverse_share_password(self):
        for account in self.filtered("share_password"):
            account._check_share_password(account.share_password)
            account._store_share_password(account.share_password)
        self.invalidate_recordset(["share_password", "has_share_password"])

    @api.depends("share_password_expires_on")
    @api.depends_context("uid")
    def _compute_share_password_expired(self):
        # the day where the person is, by their own setting: the context's time zone is of the caller's choosing
        today = fields.Date.context_today(self.with_context(tz=self.env.user.tz))
        for account in self:
            account.share_password_expired = bool(
                account.share_password_expires_on and account.share_password_expires_on < today)

    def action_regenerate_share_password(self):
        """Replace the share password by a strong one, which is shown this once.

        :returns: the client action that shows it. It is in nothing but this answer: only its hash is kept.
        :raises AccessError: the person may not edit the mailbox.
        """
        self.ensure_one()
        self.check_access("write")
        password = "-".join(
            "".join(secrets.choice(LETTERS) for _letter in range(GROUP_SIZE)) for _group in range(GROUPS))
        self._store_share_password(password)
        self.invalidate_recordset(["has_share_password"])
        return {
            "type": "ir.actions.client",
            "tag": "maildesk.share_password",
            "params": {"email": self.email, "password": password, "note": self._share_password_note()},
        }

    def _share_password_note(self):
        """What else decides whether it opens, in words."""
        day = format_date(self.env, self.share_password_expires_on) if self.share_password_expires_on else ""
        if not self.allow_personal_connection:
            return self.env._("Nobody can join until Allow Personal Connection is switched on.")
        if self.share_password_expired:
            return self.env._("Nobody can join: it was good until %s. Choose a later day, or none.", day)
        return self.env._("It is good until %s.", day) if day else ""

    def _check_share_password(self, password):
        """:raises ValidationError: it would be guessed."""
        if len(password.strip()) < SHARE_MIN_LENGTH:
            raise ValidationError(self.env._(
                "This share password is too short. Use at least %s characters, or press Regenerate for a strong one.",
                SHARE_MIN_LENGTH))
        known = (self.email, (self.email or "").partition("@")[0], self.name, self.sender_name)
        if password.strip().casefold() in [(name or "").strip().casefold() for name in known]:
            raise ValidationError(self.env._(
                "The mailbox's own name or address would be the first guess at its share password. Choose another one, or press "
                "Regenerate for a strong one."))

    def _store_share_password(self, password):
        # Odoo's own password context: salted, slow, and kept up to date with the platform
        hashed = self.env["res.users"]._crypt_context().hash(password)
        self.env["maildesk.credential"]._store(self, "share", hashed)
        self._log("share_password")
