from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..const import PAGE
from ..providers.values import History

#: Messages a page may have at least and at most.
MIN_PAGE, MAX_PAGE = 50, 10_000
MAX_BODY_DAYS = 3650


class ResCompany(models.Model):
    _inherit = "res.company"

    maildesk_history = fields.Selection(
        [("all", "Everything"), ("days", "The last days"), ("messages", "The newest messages of each folder")],
        "Mail History", default="all", required=True,
        help="How much of a mailbox's past is loaded. New mail always is. What is here already stays where the limit gets "
        "narrower.",
    )
    maildesk_history_days = fields.Integer("Days of Mail History", default=365)
    maildesk_history_messages = fields.Integer("Messages of Mail History", default=5000)
    maildesk_allow_personal_mailboxes = fields.Boolean(
        "Personal Mailboxes",
        help="Mailbox Users may set up one mailbox of their own, for the email address on their user record.",
    )

    maildesk_page_size = fields.Integer(
        "Messages a Page", default=PAGE,
        help="How many messages are fetched and stored at a time while a mailbox fills. Less memory and shorter waits for others "
        "with small pages, more speed with large ones.",
    )
    maildesk_body_days = fields.Integer(
        "Days Bodies Stay", default=30,
        help="How long the text of an email that was opened stays in Odoo before it is fetched again. 0: as long as the email.",
    )
    maildesk_remote_images = fields.Selection(
        [("ask", "Ask each time"), ("always", "Always load"), ("never", "Never")], "Remote Images", default="ask", required=True,
        help="Images an email loads from elsewhere tell its sender that it is being read. Known trackers are never loaded: a "
        "mailbox that does not block them asks.",
    )

    maildesk_max_recipients = fields.Integer(
        "Recipients of an Email", default=500, help="How many an email may have at most. 0: as many as the mail server takes.")
    maildesk_hourly_mails = fields.Integer(
        "Emails an Hour from a Mailbox", default=500, help="0: no limit. An account that was taken over sends no more than this.")
    maildesk_hourly_mails_person = fields.Integer(
        "Emails an Hour by a Person", default=200, help="From all mailboxes together. 0: no limit.")

    @api.constrains("maildesk_max_recipients", "maildesk_hourly_mails", "maildesk_hourly_mails_person")
    def _check_maildesk_sending(self):
        for company in self:
            if min(company.maildesk_max_recipients, company.maildesk_hourly_mails, company.maildesk_hourly_mails_person) < 0:
                raise ValidationError(self.env._("A limit of sending is a number of emails or recipients, or 0 for none."))

    @api.constrains("maildesk_history_days", "maildesk_history_messages", "maildesk_page_size", "maildesk_body_days")
    def _check_maildesk_numbers(self):
        for company in self:
            if min(company.maildesk_history_days, company.maildesk_history_messages) < 1:
                raise ValidationError(self.env._("The limit of the mail history has to be at least 1."))
            if not MIN_PAGE <= company.maildesk_page_size <= MAX_PAGE:
                raise ValidationError(self.env._(
                    "Between %(least)s and %(most)s messages can be fetched at a time.", least=MIN_PAGE, most=MAX_PAGE))
            if not 0 <= company.maildesk_body_days <= MAX_BODY_DAYS:
                raise ValidationError(self.env._(
                    "The text of an email can stay for up to %s days, or for as long as the email with 0.", MAX_BODY_DAYS))

    def write(self, vals):
        days = vals.get("maildesk_body_days")
        changed = self.filtered(lambda company: days is not None and company.maildesk_body_days != days)
        result = super().write(vals)
        for company in changed:
            company._keep_maildesk_bodies()
        return result

    def _keep_maildesk_bodies(self):
        """What is cached already lasts as long as is now said."""
        self.env["maildesk.message.body"].flush_model()
        # set-wise: everything anybody opened in the last weeks
        self.env.cr.execute(SQL(
            """UPDATE maildesk_message_body body
                  SET expires_at = CASE WHEN %(days)s > 0 THEN body.create_date + make_interval(days => %(days)s) END
                 FROM maildesk_message message
                 JOIN maildesk_account account ON account.id = message.account_id
                WHERE message.id = body.message_id AND account.company_id = %(company)s""",
            days=self.maildesk_body_days, company=self.id,
        ))
        self.env["maildesk.message.body"].invalidate_model(["expires_at"])

    def _maildesk_body_end(self):
        """When a body that is cached now expires; False where it does not."""
        return self.maildesk_body_days and fields.Datetime.add(fields.Datetime.now(), days=self.maildesk_body_days)

    def _maildesk_history(self):
        """The limit as providers take it."""
        days = self.maildesk_history_days if self.maildesk_history == "days" else 0
        messages = self.maildesk_history_messages if self.maildesk_history == "messages" else 0
        return History(days, messages)
