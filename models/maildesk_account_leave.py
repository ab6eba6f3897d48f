from markupsafe import Markup
from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime


class MaildeskAccount(models.Model):
    """Leaving a mailbox, and what its owner hears of those who come by themselves."""

    _inherit = "maildesk.account"

    def action_leave(self):
        """Take the calling person, and nobody else, off the list of these mailboxes. Ownership stays as it is.

        :raises UserError: they are not on it.
        :raises AccessError: they are not a Mailbox User.
        """
        self.browse().check_access("read")
        # a person may end their own access, without a right on the list; whose line it is, is decided here
        own = self.env["maildesk.access"].sudo().search([("account_id", "in", self.ids), ("user_id", "=", self.env.uid)])
        if not own:
            raise UserError(self.env._("You are not on the list of this mailbox: there is nothing to leave. Reload the page."))
        own._leave()
        return True

    def may_rejoin(self):
        """Whether the calling person, once they have left, could come back by Connect Mailbox.

        :raises AccessError: the mailbox is not theirs to read.
        """
        self.ensure_one()
        self.check_access("read")
        # a member may know this of the mailbox's settings, and no more
        account = self.sudo()
        return (
            account.allow_personal_connection and account.has_share_password and not account.share_password_expired
            and bool(self._allowing("allow_self_connect"))
        )

    def _tell_of_join(self, user):
        """Tell the owner who has joined with the share password, unless it is the owner.

        :param user: who joined.
        """
        owner = self.owner_id
        if not self._may_have(owner) or owner == user:
            return
        # in the reader's language and time zone
        account = self.with_context(lang=owner.lang, tz=owner.tz)
        text = account.env._(
            "%(person)s joined %(name)s (%(email)s) with the share password, %(time)s.", person=user.name, name=self.name,
            email=self.email, time=format_datetime(account.env, fields.Datetime.now()))
        body = Markup('<p>{}</p><p><a href="{}">{}</a></p>').format(
            text, account._people_url(owner), account.env._("See who has access"))
        account._notify_owner(account.env._("%(person)s joined %(email)s", person=user.name, email=self.email), body)

    def _people_url(self, user):
        """Where a person sees who has access; those who may not, see the mailbox."""
        url = self._own_url(user)
        return f"{url}/mailbox-people" if url.endswith(f"/{self.id}") else url
