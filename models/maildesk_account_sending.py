from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..const import ADMIN
from ..providers.errors import AuthError, OutcomeUnknown, RateLimited, Refused, Unsupported
from ..tools.compose_fields import UnfitHeader, addr_spec
from ..tools.headers import parse_addresses
from .maildesk_submission import PENDING


class MaildeskAccount(models.Model):
    """Sending from a mailbox: from which addresses, by whom, how much, and what a refusal means."""

    _inherit = "maildesk.account"

    alias_addresses = fields.Text(
        "Aliases", groups=ADMIN,
        help="Further addresses people may write from here, one a line, with a name if they have one: "
        "Orders <orders@example.com>. The outgoing server has to allow them.",
    )
    ask_before_outside = fields.Boolean(
        "Ask Before Mail Leaves the Organisation", help="Whoever sends to another domain than the mailbox's is asked first.")
    submission_ids = fields.One2many("maildesk.submission", "account_id", "Outbox")
    outbox_count = fields.Integer("In the Outbox", compute="_compute_outbox_count", compute_sudo=True)

    def _compute_outbox_count(self):
        counts = dict(self.env["maildesk.submission"]._read_group(
            [("account_id", "in", self.ids), ("state", "in", PENDING)],
            ["account_id"], ["__count"]))
        for account in self:
            account.outbox_count = counts.get(account._origin, 0)

    @api.constrains("alias_addresses")
    def _check_alias_addresses(self):
        for account in self:
            for text in (account.alias_addresses or "").splitlines():
                entries = parse_addresses(text)
                try:
                    for entry in entries:
                        addr_spec("From", entry.email, smtputf8=True)
                except UnfitHeader:
                    entries = ()
                if text.strip() and len(entries) != 1:
                    raise ValidationError(self.env._(
                        "%s is not one email address. Enter each alias on a line of its own, like Orders <orders@example.com>.",
                        text))

    # -------------------------------------------------------------------------
    # Who sends, and from where
    # -------------------------------------------------------------------------

    def _identities(self):
        """``[{"email", "name", "account_id", "account_name", "kind"}]``: the mailbox's address and its aliases."""
        self.ensure_one()
        # aliases are an administrator's to list, and everybody's to write from who may send
        aliases = self.sudo().alias_addresses or ""
        found = [{"email": self.email, "name": self.sender_name or "", "kind": "mailbox"}]
        for text in aliases.splitlines():
            for one in parse_addresses(text):
                found.append({"email": one.email, "name": one.name or self.sender_name or "", "kind": "alias"})
        return [{**one, "account_id": self.id, "account_name": self.name} for one in found]

    def _identity_addresses(self):
        return [one["email"] for one in self._identities()]

    @api.model
    def _sendable(self):
        """The mailboxes the person may send from."""
        accounts = self.search([("is_accessible", "=", True), ("state", "in", ("connected", "error", "needs_sign_in"))])
        return accounts._allowing("allow_outgoing").filtered(lambda account: account._has_outgoing_server())

    def _has_outgoing_server(self):
        # servers are administrators' to read; whether there is one is for who sends
        return bool(self.sudo().outgoing_server_id)

    def _check_may_transmit(self, user):
        """Whether a person's mail may leave this mailbox now; asked when it is sent, and again when it is released.

        :param user: the one who wrote it.
        :raises AccessError: the person may not, or not any more.
        :raises UserError: nothing leaves this mailbox right now, in words.
        """
        if self._is_paused():
            raise UserError(self.env._(
                "MailDesk is paused in this database (system parameter maildesk.paused): nothing is fetched or sent."))
        if self.state in ("removed", "disconnected", "draft"):
            raise UserError(self.env._("%s is not connected: nothing can be sent from it. Reconnect it first.", self.name))
        if not self._has_outgoing_server():
            raise UserError(self.env._(
                "%s has no Outgoing SMTP Server. A Mailbox Admin enters it on the mailbox's form.", self.name))
        own = self.with_user(user)
        if not user.active or self not in own.search([("id", "in", self.ids), ("is_accessible", "=", True)]):
            raise AccessError(self.env._(
                "%(person)s has no access to %(mailbox)s any more.", person=user.name, mailbox=self.name))
        own._check_action("allow_outgoing")

    def _check_sending_limits(self, recipients):
        """:raises UserError: more recipients, or more mail in an hour, than the company allows."""
        company = self.sudo().company_id  # its settings bind people who have no right on companies
        most = company.maildesk_max_recipients
        if most and recipients > most:
            raise UserError(self.env._(
                "This email has %(count)s recipients, your company allows %(most)s. Split it, or ask a Mailbox Admin.",
                count=recipients, most=most))
        hour = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        recent = [("create_date", ">", hour), ("parent_id", "=", False), ("state", "!=", "canceled")]
        for limit, domain in (
            (company.maildesk_hourly_mails, [("account_id", "=", self.id)]),
            (company.maildesk_hourly_mails_person, [("author_id", "=", self.env.uid)]),
        ):
            # a person's mail from mailboxes they may no longer read counts, too
            if limit and self.env["maildesk.submission"].sudo().search_count([*recent, *domain], limit=limit) >= limit:
                raise UserError(self.env._(
                    "%s emails were sent within the last hour, which is as many as your company allows. Send this one later.",
                    limit))

    # -------------------------------------------------------------------------
    # The end of a mailbox
    # -------------------------------------------------------------------------

    def _unsent(self):
        """Mail that has not left these mailboxes, or may not have."""
        # how much there is concerns whoever removes the mailbox, who may not read it
        return self.env["maildesk.submission"].sudo().search([("account_id", "in", self.ids), ("state", "in", PENDING)])

    def _check_nothing_unsent(self):
        """:raises UserError: mail is still to leave."""
        for account in self:
            count = len(account._unsent())
            if count:
                raise UserError(self.env._(
                    "%(count)s email(s) of %(name)s (%(email)s) have not been sent yet. Use Remove Mailbox on its form: it "
                    "deletes them once you have confirmed it.", count=count, name=account.name, email=account.email))

    def _drop_writing(self):
        """Delete what was being written and sent, with the files stored for it."""
        # an administrator has no right on mail, only to delete all of it
        submissions = self.env["maildesk.submission"].sudo().search([("account_id", "in", self.ids)])
        submissions._delete(submissions)
        self.env["maildesk.draft"].sudo().search([("account_id", "in", self.ids)]).unlink()

    # -------------------------------------------------------------------------
    # What the outgoing server said
    # -------------------------------------------------------------------------

    def _send_error_text(self, error):
        """Why a mail did not leave, and what to do.

        :param ProviderError error: what the provider raised.
        """
        server = self.outgoing_server_id
        match error:
            case OutcomeUnknown():
                return self.env._(
                    "The connection to %s broke off while it was taking this email: it may have been sent. MailDesk looks for it "
                    "among the sent mail before it asks you.", server.host or server.name)
            case Unsupported():
                return self.env._(
                    "%s cannot send to addresses with letters like ü before the @. Use another address of the recipient.",
                    server.host or server.name)
            case Refused():
                text = self._send_refused_text(error, server)
            case RateLimited():
                text = self.env._("%s does not take it now and is asked again.", server.host or server.name)
            case AuthError():
                return self._error_words(error, server)
            case _:
                return self._error_words(error, server)
        return f"{text} {self.env._('The server said: %s', error.detail)}" if error.detail else text

    def _send_refused_text(self, error, server):
        host = server.host or server.name
        match error.reason:
            case "sender":
                return self.env._(
                    "%s does not let this mailbox send from that address. Choose another one, or have the provider allow it.",
                    host)
            case "recipients":
                return self.env._("%s takes none of the recipients. Check their addresses.", host)
            case "too_large" if error.limit:
                return self.env._(
                    "This email is too large: %(host)s takes %(limit).0f MB. Send fewer or smaller files.",
                    host=host, limit=error.limit / 10**6)
            case "too_large":
                return self.env._("This email is too large for %s. Send fewer or smaller files.", host)
            case "address":
                return self.env._("An address of this email cannot be written as it is. Correct it.")
        return self.env._("%s refused this email, often because it takes it for spam.", host)

    def _needs_sign_in_to_send(self, text):
        """The outgoing server took no sign-in: the mailbox says so."""
        if self.state in ("connected", "error"):
            self.write({"state": "needs_sign_in", "error_message": text.replace("\n\n", " ")})

    def _sent_witness(self, timeout):
        """What can look for a sent mail, not connected yet; None where the server keeps none by itself.

        :param float timeout: seconds any single network wait may take.
        """
        server = self.outgoing_server_id
        return server._provider(timeout) if server.server_type == "outlook" else None
