from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import email_normalize


class MaildeskAccount(models.Model):
    _inherit = "maildesk.account"

    @api.model
    def connect_mailbox(self, email, password):
        """Put the calling person on the list of a shared mailbox, given its share password.

        :param str email: address of the mailbox.
        :param str password: its share password.
        :returns: the account's id.
        :raises UserError: one of the three answers of SPEC §4, or the slow-down.
        :raises AccessError: the person is not a Mailbox User, or `Self-connect` is turned off for them.
        """
        self.browse().check_access("read")
        address = email_normalize(email or "") or (email or "").strip().lower()
        shared = self._connectable_accounts(address)
        context = self.env["res.users"]._crypt_context()
        # the caller has no right on the accounts yet; only the answer leaves this method
        listed = shared.sudo().filtered(lambda account: self.env.user in account.access_ids.user_id)
        if not shared:
            # the same work as for an address that exists
            context.hash(password or "")
            self._log_failure(shared, address, self.env._("no shared mailbox"))
            raise UserError(self.env._("No shared mailbox found with this email."))
        if listed == shared:
            raise UserError(self.env._("You already have access to this mailbox."))
        reserved, minutes = self.env["maildesk.connect.attempt"]._reserve(address)
        if minutes:
            self._log_failure(shared, address, self.env._("too many attempts"))
            raise UserError(self.env._("Too many attempts. Please try again in %s minutes.", minutes))
        account = self._verify(shared - listed, password or "")
        if not account and listed and self._verify(listed, password or ""):
            self.env["maildesk.connect.attempt"]._take_back(reserved)
            raise UserError(self.env._("You already have access to this mailbox."))
        if account and account.share_password_expired:
            # a stranger is not told that it was right once
            self._log_failure(account, address, self.env._("the share password has expired"))
            raise UserError(self.env._("Incorrect password."))
        if not account:
            self._log_failure(shared, address, self.env._("wrong password"))
            raise UserError(self.env._("Incorrect password."))
        self.env["maildesk.connect.attempt"]._take_back(reserved)
        # the share password was right: that is the permission to add oneself, and nothing else
        self.env["maildesk.access"].sudo().create({"account_id": account.id, "user_id": self.env.uid, "origin": "self"})
        account._tell_of_join(self.env.user)
        return account.id

    @api.model
    def connect_refusal(self):
        """Why the calling person cannot join any mailbox, in words; empty where they can.

        :raises AccessError: the person is not a Mailbox User.
        """
        self.browse().check_access("read")
        try:
            self.browse()._check_action("allow_self_connect")
        except AccessError as refusal:
            return str(refusal)
        return ""

    @api.model
    def _connectable_accounts(self, address):
        """Of the shared mailboxes of an address, those the person may join.

        :raises AccessError: `Self-connect` is turned off for them, in all mailboxes or in each of these.
        """
        if self.env["maildesk.user.actions"]._is_off("allow_self_connect"):
            self._log_failure(self.browse(), address, "Self-connect is turned off")
        # before anything is told about the mailbox
        self.browse()._check_action("allow_self_connect")
        shared = self._shared_accounts(address)
        barred = shared - shared._allowing("allow_self_connect")
        if barred and barred == shared:
            self._log_failure(shared, address, "Self-connect is turned off")
            shared._check_action("allow_self_connect")
        return shared - barred

    @api.model
    def _shared_accounts(self, address):
        """Active mailboxes of an address that allow personal connection, of companies the person belongs to."""
        # the person is not on these mailboxes' lists yet
        return self.sudo().search([
            ("email", "=ilike", address.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")),
            ("allow_personal_connection", "=", True),
            ("company_id", "in", self.env.user.company_ids.ids),
            ("state", "!=", "removed"),
        ])

    def _verify(self, accounts, password):
        """The first of ``accounts`` this share password fits; every one is compared, whatever came before.

        One whose share password has expired is only found where no other fits.
        """
        context, found = self.env["res.users"]._crypt_context(), self.browse()
        stored = self.env["maildesk.credential"]._holders(accounts, "share")
        for account in accounts.sorted("share_password_expired"):
            if account.id not in stored:
                context.hash(password)
            elif context.verify(password, self.env["maildesk.credential"]._reveal(account, "share")):
                found = found or account
        return found

    def _log_failure(self, accounts, address, reason):
        """Log a refused join through a transaction of its own: the refusal rolls the caller's back."""
        account = accounts[:1] if len(accounts) == 1 else accounts.browse()
        with self.env["maildesk.connect.attempt"]._own_transaction() as attempts:
            account.with_env(attempts.env)._log("join_failed", user=self.env.user, detail=reason, email=address[:254])
