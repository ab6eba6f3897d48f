from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import ADMIN


class MaildeskAccount(models.Model):
    """The mailbox a person has for themselves, and what they may do with it in the app's Email options."""

    _inherit = "maildesk.account"

    is_personal = fields.Boolean(
        "Personal Mailbox", readonly=True, copy=False,
        help="The owner's own: they disconnect, reconnect and replace it under Email options. Everybody has one at most.",
    )

    _one_personal = models.UniqueIndex(
        "(owner_id) WHERE is_personal AND active AND state != 'removed'",
        "This person has a personal mailbox already.",
    )

    @api.model
    def _own_personal(self):
        """The acting person's personal mailbox, or none."""
        own = [("owner_id", "=", self.env.uid), ("is_personal", "=", True), ("state", "!=", "removed")]
        # whose it is decides, not whether its list or its company lets it be read just now
        return self.sudo().search(own, limit=1).with_env(self.env)

    @api.model
    def _may_set_up(self):
        """Whether the acting person may connect mailboxes, if only their own address."""
        user = self.env.user
        return user.has_group(ADMIN) or (
            user.has_group("maildesk.group_maildesk_user") and self.env.company.maildesk_allow_personal_mailboxes)

    @api.model
    def setup_options(self):
        """What the app offers the acting person about a mailbox of their own.

        :returns: ``may_set_up``; ``email``, their address; ``account`` (``id name email state error_message`` and ``provider``:
            ``google``, ``microsoft`` or empty for a password), or False.
        """
        self.browse().check_access("read")
        # its own person may know how it is doing
        account = self._own_personal().sudo()
        return {
            "may_set_up": self._may_set_up(),
            "email": self.env.user.email or "",
            "account": bool(account) and {
                **{name: account[name] or "" for name in ("id", "name", "email", "state", "error_message")},
                "provider": account._oauth_provider() or "",
            },
        }

    @api.model
    def _personal_offer(self):
        """Whether the company lets the acting person have a personal mailbox, of which address, and whether there is one."""
        return {
            "allowed": self.env.company.maildesk_allow_personal_mailboxes, "exists": bool(self._own_personal()),
            "email": self.env.user.email or "",
        }

    @api.model
    def setup_disconnect(self):
        """Forget the sign-in of the acting person's personal mailbox and stop its synchronisation.

        :raises UserError: there is none.
        """
        return self._required_personal().action_disconnect()

    @api.model
    def setup_reconnect(self, password=""):
        """Pick up where the acting person's personal mailbox stopped.

        :param str password: for one that is not signed in at Google or Microsoft.
        :returns: as :meth:`setup_connect`.
        :raises UserError: it does not work, in words.
        """
        account = self._required_personal()
        account._check_may_sign_in()
        if account._oauth_provider():
            params = account.action_reconnect()["params"]
            return {"account_id": account.id, "url": params["url"]}
        if not password:
            raise UserError(self.env._("Enter the password of %s.", account.email))
        return account._setup_again(password)

    def action_leave(self):
        if self._own_personal() in self:
            raise UserError(self.env._(
                "This is your personal mailbox: disconnect or replace it in MailDesk's Email options."))
        return super().action_leave()

    @api.model
    def _required_personal(self):
        account = self._own_personal()
        if not account:
            raise UserError(self.env._("You have no personal mailbox. Set one up first."))
        return account
