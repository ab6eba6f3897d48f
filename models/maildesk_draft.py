from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..services.draft_files import DraftFiles
from ..services.drafting import Drafting
from ..services.letter import LetterWriter
from ..services.sending_checks import SendingChecks
from ..tools.headers import parse_addresses
from ..tools.html import sanitize_html

#: Seconds a person's lock on a draft lasts after they were last heard of.
LOCK_SECONDS = 60
#: What two people may change at once: each field has a revision of its own.
MERGED = (
    "identity", "to", "cc", "bcc", "subject", "body", "is_plain", "quote_mode", "has_signature", "wants_receipt",
)
KINDS = [
    ("new", "New"), ("reply", "Reply"), ("reply_all", "Reply to All"), ("forward", "Forward"), ("redirect", "Redirect"),
]


class MaildeskDraft(models.Model):
    """A mail being written. The row is the truth; the server's Drafts folder holds a copy of it.

    On a shared mailbox everybody who may send from it sees its drafts. Whole fields are saved with the revision they were read
    at: two people's changes to different fields are both kept, and a second body never overwrites a first one (:meth:`_save`).
    """

    _name = "maildesk.draft"
    _inherit = ["maildesk.readable.mixin", "maildesk.writable.mixin"]
    _description = "Draft of an Email"
    _order = "write_date desc, id desc"
    _rec_name = "subject"
    _accessible_path = "account_id.is_accessible"
    _set_once = frozenset({"account_id", "kind", "origin_id"})
    _writable = frozenset({*MERGED, "attachment_ids", "send_at"})

    account_id = fields.Many2one("maildesk.account", "Mailbox", required=True, ondelete="cascade", index=True)
    author_id = fields.Many2one(
        "res.users", "Written by", required=True, readonly=True, ondelete="cascade", default=lambda self: self.env.user)
    kind = fields.Selection(KINDS, required=True, default="new")
    origin_id = fields.Many2one("maildesk.message", "Answers", ondelete="set null", index="btree_not_null")
    source_id = fields.Many2one(
        "maildesk.message", "Draft on the Mail Server", readonly=True, ondelete="set null", index="btree_not_null", copy=False)
    identity = fields.Char("From", compute="_compute_identity", store=True, readonly=False, help="Address it is written from.")
    to = fields.Text()
    cc = fields.Text()
    bcc = fields.Text()
    subject = fields.Char()
    body = fields.Html(sanitize=False, help="The writer's own words; sanitised as other people's mail is.")
    is_plain = fields.Boolean("Plain Text")
    quote_mode = fields.Selection(
        [("none", "No quote"), ("reference", "Quote the email"), ("edited", "The quote is part of the text")],
        required=True, default="none",
    )
    has_signature = fields.Boolean("With Signature", default=True)
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    forwarded_ids = fields.Many2many("maildesk.attachment", string="Forwarded Files", readonly=True)
    send_at = fields.Datetime("Send Later")
    wants_receipt = fields.Boolean("Ask for a Read Receipt")
    message_id_header = fields.Char("Message-ID", readonly=True, copy=False)
    rev = fields.Integer(readonly=True, default=1, copy=False)
    field_revs = fields.Json(readonly=True, copy=False, groups=fields.NO_ACCESS)
    lock_user_id = fields.Many2one("res.users", "Being Written by", readonly=True, ondelete="set null", copy=False)
    lock_at = fields.Datetime(readonly=True, copy=False)
    submission_ids = fields.One2many("maildesk.submission", "draft_id", readonly=True)

    @api.depends("account_id")
    def _compute_identity(self):
        for draft in self:
            draft.identity = draft.identity or draft.account_id.email

    # -------------------------------------------------------------------------
    # Made and changed
    # -------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        drafts = super().create([self._cleaned(vals) for vals in vals_list])
        for draft in drafts:
            # the server's own name of the draft from its birth on: an answer may come before it is known as sent
            draft.sudo().message_id_header = LetterWriter(draft).new_message_id()
        drafts._check_made()
        return drafts

    def write(self, vals):
        result = super().write(self._cleaned(vals))
        if set(vals) & self._writable:
            self._check_made()
        return result

    @api.model
    def _cleaned(self, vals):
        """Own words go through the wall that strangers' mail goes through, before they are stored."""
        if not vals.get("body"):
            return vals
        return {**vals, "body": sanitize_html(vals["body"], block_tracking=False).html}

    def _check_made(self):
        """Judge the records that were made, whatever values came in.

        :raises AccessError: the person may not send from this mailbox, or not read what the draft holds.
        :raises ValidationError: it cannot be written from this address.
        """
        if self.env.su:
            return
        for draft in self:
            draft.account_id.check_access("read")
            draft.account_id._check_action("allow_outgoing")
            draft.origin_id.check_access("read")
            draft.attachment_ids.check_access("read")
            if draft.identity and draft.identity not in draft.account_id._identity_addresses():
                raise ValidationError(self.env._(
                    "%(address)s is no address of the mailbox %(mailbox)s. A Mailbox Admin can list it there as an alias.",
                    address=draft.identity, mailbox=draft.account_id.name))

    def _save(self, rev, values):
        """Store what a person changed, as whole fields.

        :param int rev: the revision the fields were read at.
        :param dict values: the changed ones of :data:`MERGED`.
        :return: ``{"rev", "saved_at"}``; with ``conflict``, the body that somebody else has stored since, which stays as it is.
        """
        self.ensure_one()
        self.check_access("write")
        # one writer at a time: the other one waits, then sees this one's revision
        self.lock_for_update()
        unknown = set(values) - set(MERGED)
        if unknown:
            raise UserError(self.env._("This request was not sent as it should be. Reload the page and try again."))
        # the engine's own book of who changed what when
        own = self.sudo()
        revs = dict(own.field_revs or {})
        conflict = None
        if "body" in values and revs.get("body", 0) > rev and (self.body or "") != (values["body"] or ""):
            conflict = {"body": self.body or "", "by": self.write_uid.name, "at": fields.Datetime.to_string(self.write_date)}
            values = {name: value for name, value in values.items() if name != "body"}
        if values:
            self.write(values)
            own.write({"rev": self.rev + 1, "field_revs": {**revs, **dict.fromkeys(values, self.rev + 1)}})
            self._tell()
        answer = {"rev": self.rev, "saved_at": fields.Datetime.to_string(self.write_date)}
        return {**answer, "conflict": conflict} if conflict else answer

    def _tell(self):
        for draft in self:
            for user in draft.account_id._readers() - self.env.user:
                user._bus_send("maildesk/draft", {"draft_id": draft.id, "account_id": draft.account_id.id, "rev": draft.rev})

    # -------------------------------------------------------------------------
    # Who writes
    # -------------------------------------------------------------------------

    def _lock(self, take_over=False):
        """Say that the person writes here, or learn who does.

        :return: ``{"user_id", "name", "is_me", "since"}``
        """
        self.ensure_one()
        self.check_access("write")
        now = fields.Datetime.now()
        is_held = self.lock_at and self.lock_at > fields.Datetime.subtract(now, seconds=LOCK_SECONDS)
        if take_over or not is_held or self.lock_user_id == self.env.user:
            # the engine's column: who writes is not for people to set of others
            self.sudo().write({"lock_user_id": self.env.uid, "lock_at": now})
        return self._lock_shown()

    def _unlock(self):
        """The person writes here no more."""
        self.ensure_one()
        self.check_access("write")
        if self.lock_user_id == self.env.user:
            # the engine's column, as for locking
            self.sudo().write({"lock_user_id": False, "lock_at": False})

    def _lock_shown(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), seconds=LOCK_SECONDS)
        if not self.lock_user_id or not self.lock_at or self.lock_at < limit:
            return None
        return {
            "user_id": self.lock_user_id.id, "name": self.lock_user_id.name, "is_me": self.lock_user_id == self.env.user,
            "since": fields.Datetime.to_string(self.lock_at),
        }

    # -------------------------------------------------------------------------
    # Sending
    # -------------------------------------------------------------------------

    def action_send(self):
        """Send it: the person can take it back for as long as they have chosen, or until ``send_at``.

        :return: the ``maildesk.submission``.
        :raises UserError: it cannot be sent, in words.
        """
        return self._send(SendingChecks.ALL)

    def _send(self, acknowledged=()):
        """Send it unless there is something to be asked first.

        :param acknowledged: kinds of warnings the person has seen.
        :return: the ``maildesk.submission``.
        :raises SendingWarnings: what to ask first.
        """
        self.ensure_one()
        self.check_access("write")
        self._check_made()
        SendingChecks(self).run(acknowledged)
        return LetterWriter(self).submit()

    def _was_sent(self):
        """The letter has left: the draft has done its work, here and on the server."""
        for draft in self.exists():
            # what was begun in another program has done its work, too
            draft.source_id.placement_ids.with_user(draft.author_id)._act_delete()
            draft._discard()

    def _addresses(self, name):
        """The entries of ``to``, ``cc`` or ``bcc``."""
        return parse_addresses(self[name] or "")

    # -------------------------------------------------------------------------
    # What the app shows
    # -------------------------------------------------------------------------

    def _as_shown(self):
        """A draft as JSON."""
        self.ensure_one()
        origin = self.origin_id._filtered_access("read")
        return {
            "id": self.id, "rev": self.rev, "account_id": self.account_id.id, "kind": self.kind, "identity": self.identity or "",
            "identities": self.account_id._identities(),
            **{name: [{"name": one.name, "email": one.email} for one in self._addresses(name)] for name in ("to", "cc", "bcc")},
            "subject": self.subject or "", "body": self.body or "", "is_plain": self.is_plain,
            "quote": LetterWriter(self).quote_shown(), "has_signature": self.has_signature,
            "files": self._files_shown(), "pictures": self._pictures_shown(), "was_blind": Drafting(self.env).was_blind(self),
            "origin": origin and {
                "message_id": origin.id, "subject": origin.subject or "",
                "from": {"name": origin.from_name or "", "email": origin.from_email or ""},
                "date": fields.Datetime.to_string(origin.date) or "",
            } or None,
            "send_at": fields.Datetime.to_string(self.send_at) or None, "wants_receipt": self.wants_receipt,
            "saved_at": fields.Datetime.to_string(self.write_date), "lock": self._lock_shown(),
        }

    def _files_shown(self):
        used, files = self.body or "", DraftFiles(self)
        stored = [files.shown(file) for file in self.attachment_ids]
        forwarded = [{**part._as_shown(), "is_forwarded": True} for part in self.forwarded_ids._filtered_access("read")]
        return [file for file in stored if f"cid:{file['content_id']}" not in used] + forwarded

    def _pictures_shown(self):
        """Files that stand within the text."""
        used, files = self.body or "", DraftFiles(self)
        shown = [files.shown(file) for file in self.attachment_ids]
        return [
            {"id": file["id"], "content_id": file["content_id"], "url": file["inline_url"]} for file in shown
            if f"cid:{file['content_id']}" in used
        ]

    def _as_listed(self):
        """A draft as one line of a list."""
        return {
            "id": self.id, "account_id": self.account_id.id, "subject": self.subject or "", "writer": self.author_id.name,
            "to": [{"name": one.name, "email": one.email} for one in self._addresses("to")],
            "saved_at": fields.Datetime.to_string(self.write_date),
        }

    def _discard(self):
        """Delete it; the files that were stored for it go with it."""
        self.unlink()
