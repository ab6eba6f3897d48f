import contextlib
import time
import uuid

from odoo import SUPERUSER_ID, api, fields, models, modules
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import LEASE_SECONDS, SEND_BACK_OFF, SEND_GIVE_UP_HOURS, WITNESS_MINUTES
from ..engine.outbox import Outbox
from ..engine.outbox_threads import serve
from ..providers.values import Envelope
from ..tools.compose import without_field
from .stored_file import store_file
from .time_limits import cron_seconds

#: Days after which the octets of what was sent are forgotten, and what became of its recipients, too.
OCTETS_DAYS, SUBMISSION_DAYS = 7, 365
VACUUM = 1000

#: From here an Undo is exact: the mark before the final dot would see it.
CAN_UNDO = "state IN ('held', 'queued') OR (state = 'sending' AND stage = 'open')"
STATES = [
    ("held", "Can be undone"),
    ("queued", "Waiting"),
    ("sending", "Being sent"),
    ("sent", "Sent"),
    ("refused", "Refused"),
    ("unknown", "Being clarified"),
    ("asked", "Needs an answer"),
    ("canceled", "Canceled"),
]
#: What is listed in the Outbox.
PENDING = ("held", "queued", "sending", "refused", "unknown", "asked")


class MaildeskSubmission(models.Model):
    """A mail on its way out: its octets are frozen, and it is sent once, or a person is asked (RFC 6409, RFC 8621 §7).

    What may have been accepted is told from what was never accepted by a mark that is committed right before the final dot of
    SMTP, or before Graph's ``send``::

        held ─_release─> queued ─_claim─> sending/open ─_mark─> sending/final ─_accepted─> sent
         │ action_undo      │ ^               │ crash, cut, 4xx        │ 4xx: queued, 5xx: refused
         v                  v └───────────────┘                        └ no answer: unknown ─ witness: sent
        canceled            canceled                                                      └ no witness: asked

    Every step is one statement with the state it starts from in its WHERE: of two that race, one finds no row.
    """

    _name = "maildesk.submission"
    _inherit = ["maildesk.readable.mixin"]
    _description = "Email on Its Way Out"
    _order = "id desc"
    _rec_name = "subject"
    _accessible_path = "account_id.is_accessible"

    #: The cron that serves what is due.
    _cron = "maildesk.ir_cron_maildesk_send"

    account_id = fields.Many2one("maildesk.account", "Mailbox", required=True, readonly=True, ondelete="cascade", index=True)
    author_id = fields.Many2one("res.users", "Written by", required=True, readonly=True, ondelete="restrict")
    draft_id = fields.Many2one("maildesk.draft", readonly=True, ondelete="set null", index="btree_not_null")
    parent_id = fields.Many2one(
        "maildesk.submission", "Part of", readonly=True, ondelete="set null", index="btree_not_null",
        help="The same email for recipients the server did not take with the others.",
    )
    kind = fields.Selection(
        [("new", "New"), ("reply", "Reply"), ("reply_all", "Reply to All"), ("forward", "Forward"), ("redirect", "Redirect")],
        required=True, readonly=True, default="new",
    )
    origin_id = fields.Many2one("maildesk.message", "Answers", readonly=True, ondelete="set null", index="btree_not_null")
    message_id_header = fields.Char("Message-ID", required=True, readonly=True, index=True)
    subject = fields.Char(readonly=True)
    sender = fields.Char("From", required=True, readonly=True)
    recipient_ids = fields.One2many("maildesk.submission.recipient", "submission_id", "Recipients", readonly=True)
    raw_id = fields.Many2one("ir.attachment", "Octets", readonly=True, ondelete="restrict", groups=fields.NO_ACCESS)
    archive_origin = fields.Boolean(readonly=True, help="The email that is answered is archived once this one is sent.")
    state = fields.Selection(STATES, required=True, readonly=True, default="held", index=True)
    stage = fields.Selection([("open", "Open"), ("final", "Final")], readonly=True)
    was_asked = fields.Boolean(readonly=True, help="It may have been sent once already, and a person chose to send it again.")
    release_at = fields.Datetime("Leaves at", required=True, readonly=True)
    next_try_at = fields.Datetime("Next Try", readonly=True)
    attempts = fields.Integer(readonly=True)
    first_try_at = fields.Datetime(readonly=True)
    lease_token = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    lease_until = fields.Datetime(readonly=True, groups=fields.NO_ACCESS)
    marked_at = fields.Datetime("Handed over at", readonly=True)
    remote_key = fields.Char(readonly=True, groups=fields.NO_ACCESS, help="The server's key of what is sent, where it has one.")
    witness_tries = fields.Integer(readonly=True)
    looked_at = fields.Datetime("Looked for at", readonly=True)
    sent_at = fields.Datetime("Sent at", readonly=True)
    answer = fields.Char("Server's Answer", readonly=True)
    error_message = fields.Char("Reason", readonly=True)

    _due_idx = models.Index("(state, release_at) WHERE state IN ('held', 'queued', 'sending', 'unknown')")

    # -------------------------------------------------------------------------
    # What a person may do
    # -------------------------------------------------------------------------

    def action_undo(self):
        """Take the mail back before it leaves.

        :return: id of the draft it is again; 0 where a person is asked again whether an earlier try was sent.
        :raises UserError: too late.
        """
        self._check_may_send()
        states = self._moved(
            CAN_UNDO, "state = CASE WHEN was_asked THEN 'asked' ELSE 'canceled' END, lease_token = NULL", "state")
        if not states:
            raise UserError(self.env._("It is too late: the mail server has this email already."))
        self._tell()
        return self.draft_id.id if states[0] == "canceled" else 0

    def action_retry(self):
        """Try again now what waits or was refused.

        :raises UserError: it is in no state for that.
        """
        self._check_may_send()
        if not self._moved("state = 'refused' OR (state = 'queued' AND next_try_at IS NOT NULL)",
                           "state = 'queued', next_try_at = NULL, first_try_at = NULL, attempts = 0, error_message = NULL"):
            raise UserError(self.env._("This email is not waiting for another try any more."))
        self._trigger()
        self._tell()

    def action_confirm_sent(self):
        """A person found out that it was sent.

        :raises UserError: nobody is asked any more.
        """
        self._check_may_send()
        if not self._moved("state = 'asked'", "state = 'sent', sent_at = marked_at, error_message = NULL"):
            raise UserError(self.env._("This question has been answered already."))
        # what follows is the engine's to write, as if the server had answered
        self.sudo()._was_sent()

    def action_send_again(self):
        """A person decided to send it again, although the recipients may get it twice.

        :raises UserError: nobody is asked any more.
        """
        self._check_may_send()
        if not self._moved(
                "state = 'asked'",
                "state = 'held', stage = NULL, was_asked = TRUE, first_try_at = NULL, attempts = 0, next_try_at = NULL, "
                "release_at = clock_timestamp() AT TIME ZONE 'UTC'"):
            raise UserError(self.env._("This question has been answered already."))
        self._release()

    def action_edit(self):
        """Make it a draft again, to be changed and sent as another mail.

        :return: id of the draft.
        :raises UserError: it has left, or may have.
        """
        self._check_may_send()
        if not self._moved(f"(NOT was_asked AND ({CAN_UNDO})) OR state = 'refused'", "state = 'canceled', lease_token = NULL"):
            raise UserError(self.env._("It is too late: the mail server has this email already."))
        self._tell()
        return self.draft_id.id

    def action_discard(self):
        """Delete a mail that has not left.

        :raises UserError: it has left, or may have.
        """
        draft = self.draft_id
        self.action_edit()
        draft._discard()

    def action_release(self):
        """The time to undo is over: let it leave now, without waiting for the cron."""
        self._check_may_send()
        self._release()

    def _check_may_send(self):
        """:raises AccessError: the person may not send from this mailbox, or not read it."""
        self.ensure_one()
        self.check_access("read")
        self.account_id._check_action("allow_outgoing")

    # -------------------------------------------------------------------------
    # Steps of the engine
    # -------------------------------------------------------------------------

    def _moved(self, where, values, returning="id"):
        """Change these submissions where they are in the right state, in one statement.

        :param str where: SQL condition; a constant of this module's.
        :param str values: SQL assignments, the same.
        :return: the value of ``returning`` for each row that was changed.
        """
        self.env.flush_all()
        # compare and set: the ORM would write whatever the state has become meanwhile; all parts are constants of this module
        rows = self.env.execute_query(SQL(
            f"UPDATE maildesk_submission SET {values}, write_date = clock_timestamp() AT TIME ZONE 'UTC' "
            f"WHERE id = ANY(%s) AND ({where}) RETURNING {returning}", self.ids))
        self.invalidate_recordset()
        return [row[0] for row in rows]

    def _trigger(self, at=None):
        # people have no right on crons
        self.env.ref(self._cron).sudo()._trigger(at=at)

    def _release(self):
        """Let those whose time has come leave."""
        # a browser's countdown may end a moment early
        if self._moved(
                "state = 'held' AND release_at <= clock_timestamp() AT TIME ZONE 'UTC' + interval '1 second'",
                "state = 'queued'"):
            self._trigger()

    @api.model
    def _due(self):
        """Recover what a dead worker left, release what was held, and answer what can be served now.

        :return: tuples of submission and account, oldest first.
        """
        self.env.flush_all()
        # a lease that ended before the mark was never accepted; one that ended after it may have been
        self.env.cr.execute(SQL(
            """UPDATE maildesk_submission
                  SET state = CASE stage WHEN 'final' THEN 'unknown' ELSE 'queued' END, lease_token = NULL, lease_until = NULL,
                      next_try_at = CASE stage WHEN 'final' THEN clock_timestamp() AT TIME ZONE 'UTC' END, witness_tries = 0
                WHERE state = 'sending' AND lease_until < clock_timestamp() AT TIME ZONE 'UTC'"""))
        # letters whose time has come; a person's browser releases most of them itself
        self.env.cr.execute(SQL(
            """UPDATE maildesk_submission SET state = 'queued'
                WHERE state = 'held' AND release_at <= clock_timestamp() AT TIME ZONE 'UTC'"""))
        self.env.invalidate_all()
        # the ORM cannot say "now" as the database says it, which is what leases go by
        return self.env.execute_query(SQL(
            """SELECT id, account_id FROM maildesk_submission
                WHERE state IN ('queued', 'unknown')
                  AND (next_try_at IS NULL OR next_try_at <= clock_timestamp() AT TIME ZONE 'UTC')
             ORDER BY id"""))

    def _claim(self):
        """Take one for sending, or for looking for a witness.

        :return: ``(token, state)`` with the state it was in, or None where another worker has it or nothing is to be done.
        """
        token = uuid.uuid4().hex
        # of two workers, one finds no row
        rows = self.env.execute_query(SQL(
            """UPDATE maildesk_submission submission
                  SET lease_token = %(token)s,
                      lease_until = (clock_timestamp() + make_interval(secs => %(seconds)s)) AT TIME ZONE 'UTC',
                      state = CASE old.state WHEN 'queued' THEN 'sending' ELSE old.state END,
                      stage = CASE old.state WHEN 'queued' THEN 'open' ELSE submission.stage END,
                      first_try_at = coalesce(submission.first_try_at, clock_timestamp() AT TIME ZONE 'UTC')
                 FROM (SELECT id, state FROM maildesk_submission
                        WHERE id = %(id)s AND state IN ('queued', 'unknown')
                          AND (next_try_at IS NULL OR next_try_at <= clock_timestamp() AT TIME ZONE 'UTC')
                          AND (lease_until IS NULL OR lease_until < clock_timestamp() AT TIME ZONE 'UTC')
                          FOR UPDATE SKIP LOCKED) old
                WHERE submission.id = old.id
            RETURNING old.state""", id=self.id, token=token, seconds=LEASE_SECONDS))
        self.invalidate_recordset()
        return (token, rows[0][0]) if rows else None

    def _renew(self, token):
        """Prolong the lease.

        :return: whether it is still this worker's.
        """
        # past the cache of this transaction, which may have begun long ago
        return bool(self.env.execute_query(SQL(
            """UPDATE maildesk_submission SET lease_until = (clock_timestamp() + make_interval(secs => %s)) AT TIME ZONE 'UTC'
                WHERE id = %s AND lease_token = %s RETURNING id""", LEASE_SECONDS, self.id, token)))

    def _mark(self, token, key):
        """Right before the final dot: from here on it may have been sent.

        :param str key: the server's key of what is about to be sent, or empty.
        :return: whether it may be sent: a person may have undone it, or another worker taken it over.
        """
        # the one statement on which "exactly once" rests: Undo and recovery ask for the stage this sets
        return bool(self.env.execute_query(SQL(
            """UPDATE maildesk_submission
                  SET stage = 'final', marked_at = clock_timestamp() AT TIME ZONE 'UTC', remote_key = nullif(%s, '')
                WHERE id = %s AND lease_token = %s AND state = 'sending' AND stage = 'open' RETURNING id""",
            key, self.id, token)))

    def _accepted(self, token, sent, with_consequences=True):
        """The server took it: write what follows in this very transaction.

        :param sent: ``providers.values.Sent``.
        :param bool with_consequences: False where they could not be written: that it was sent is what must not be lost.
        """
        if not self._finished(token, "state = 'sent', sent_at = clock_timestamp() AT TIME ZONE 'UTC', error_message = NULL"):
            return
        self.write({"answer": sent.answer, "remote_key": sent.key or self.remote_key})
        if with_consequences:
            self._note_recipients(sent.refused)
            self._was_sent()

    def _finished(self, token, values):
        """End a worker's turn; False where it is no longer this worker's."""
        self.env.flush_all()
        # compare and set by the token; the assignments are constants of this module
        rows = self.env.execute_query(SQL(
            f"UPDATE maildesk_submission SET {values}, lease_token = NULL, lease_until = NULL, "
            "write_date = clock_timestamp() AT TIME ZONE 'UTC' WHERE id = %s AND lease_token = %s RETURNING id", self.id, token))
        self.invalidate_recordset()
        return bool(rows)

    def _put_off(self, token, text, seconds=0.0, counts=True):
        """Nothing was accepted: try again later, or give up after a day.

        :param str text: why, for people.
        :param float seconds: what the server asked for, 0 where it asked for nothing.
        :param bool counts: False where it is no fault of the mail's: paused, no sign-in.
        """
        if not self._finished(token, "state = 'queued', stage = NULL"):
            return
        minutes = SEND_BACK_OFF[min(self.attempts, len(SEND_BACK_OFF) - 1)]
        wait = max(seconds, 60.0 * minutes)
        now = fields.Datetime.now()
        if counts and now >= fields.Datetime.add(self.first_try_at or now, hours=SEND_GIVE_UP_HOURS):
            self.write({"state": "refused", "error_message": text})
        else:
            at = fields.Datetime.add(now, seconds=wait)
            self.write({"attempts": self.attempts + counts, "next_try_at": at, "error_message": text})
            self._trigger(at=at)
        self._tell()

    def _refuse(self, token, text, recipients=None):
        """The server, or MailDesk, refuses it for good; nothing was sent.

        :param str text: why, for people.
        :param dict recipients: address → ``providers.values.RecipientRefusal``.
        """
        if self._finished(token, "state = 'refused', stage = NULL"):
            self.write({"error_message": text})
            self._note_recipients(recipients or {}, others=None)
            self._tell()

    def _abandon(self, token):
        """MailDesk itself failed: what was handed over already is looked for, all else is tried again later."""
        at = fields.Datetime.add(fields.Datetime.now(), minutes=SEND_BACK_OFF[-1])
        if self._finished(token, "state = CASE stage WHEN 'final' THEN 'unknown' ELSE 'queued' END, witness_tries = 0"):
            text = self.env._("MailDesk met an error it did not expect; the server's log tells more.")
            self.write({"error_message": text, "next_try_at": at})
            self._tell()

    def _lost(self, token, text):
        """No answer came to the final dot."""
        if self._finished(token, "state = 'unknown', next_try_at = NULL, witness_tries = 0"):
            self.write({"error_message": text})
            self._trigger()
            self._tell()

    def _witnessed(self, token, found, key=""):
        """The mail server was looked at for what became of it.

        :param found: True where it was found among the sent mail. Anything else proves nothing: it is looked for again, and
            in the end a person is asked.
        """
        if found:
            if self._finished(token, "state = 'sent', sent_at = marked_at, error_message = NULL"):
                self.write({"remote_key": key or self.remote_key, "looked_at": fields.Datetime.now()})
                self._note_recipients({})
                self._was_sent()
            return
        if not self._finished(token, "witness_tries = witness_tries + 1, looked_at = clock_timestamp() AT TIME ZONE 'UTC'"):
            return
        if self.witness_tries >= len(WITNESS_MINUTES):
            self.write({"state": "asked", "next_try_at": False})
        else:
            at = fields.Datetime.add(self.marked_at or fields.Datetime.now(), minutes=WITNESS_MINUTES[self.witness_tries])
            self.write({"next_try_at": at})
            self._trigger(at=at)
        self._tell()

    def _note_recipients(self, refused, others="sent"):
        """Write down what became of each recipient; those that can be tried again go on as a mail of their own.

        :param dict refused: address → ``providers.values.RecipientRefusal``.
        :param others: state of all that are not refused, or None to leave them.
        """
        again = self.env["maildesk.submission.recipient"]
        for recipient in self.recipient_ids:
            refusal = refused.get(recipient.email)
            if refusal:
                recipient.write({"state": "refused" if refusal.for_good else "waiting", "reply": refusal.text})
                again |= recipient.filtered(lambda one, refusal=refusal: not refusal.for_good)
            elif others:
                recipient.write({"state": others, "reply": False})
        if again and others:
            self._split(again)

    def _split(self, recipients):
        """The same mail, under the same Message-ID, for recipients the server did not take with the others."""
        at = fields.Datetime.add(fields.Datetime.now(), minutes=SEND_BACK_OFF[0])
        child = self.create({
            "account_id": self.account_id.id, "author_id": self.author_id.id, "parent_id": (self.parent_id or self).id,
            "kind": self.kind, "message_id_header": self.message_id_header, "subject": self.subject, "sender": self.sender,
            "state": "queued", "release_at": self.release_at, "next_try_at": at, "error_message": recipients[:1].reply,
            "recipient_ids": [(0, 0, {"email": one.email, "name": one.name, "kind": one.kind}) for one in recipients],
        })
        child._freeze(self.raw_id.raw)
        child._trigger(at=at)
        return child

    def _tell(self):
        """Let the browsers of those who may send from these mailboxes know."""
        for submission in self:
            for user in submission.account_id._readers():
                user._bus_send("maildesk/outbox", {"account_id": submission.account_id.id, "submission_id": submission.id})

    # -------------------------------------------------------------------------
    # The cron
    # -------------------------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Send what is due, mailboxes side by side; never raises for one mail's trouble."""
        if self.env["maildesk.account"]._is_paused():
            return
        due = {}
        for submission_id, account_id in self._due():
            due.setdefault(account_id, []).append(submission_id)
        if modules.module.current_test:
            for submission_ids in due.values():
                Outbox(self._savepoint, submission_ids, renews=False).run()
            return
        began = time.monotonic()
        # what was released and recovered is committed here, for the threads to see; only the cron's own cursor is
        self.env["ir.cron"]._commit_progress(0, remaining=len(due))
        left = serve(self.env.registry, due, began + cron_seconds()) if due else 0
        self.env["ir.cron"]._commit_progress(len(due) - left, remaining=0)

    @contextlib.contextmanager
    def _savepoint(self):
        """Stands for a transaction within a test, which may not commit."""
        with self.env.cr.savepoint():
            yield self.env(user=SUPERUSER_ID, context={})

    # -------------------------------------------------------------------------
    # What follows once it is sent
    # -------------------------------------------------------------------------

    def _was_sent(self):
        """Write the consequences as operations of the mailbox, in the transaction that records that it was sent.

        They run on the incoming server and may take their time: a mail whose copy cannot be stored has been sent all the same.
        """
        for submission in self:
            if not submission.parent_id:
                submission._copy_to_sent()
                submission._mark_origin()
            submission.draft_id._was_sent()
            submission._tell()

    def _copy_to_sent(self):
        """Store the mailbox's own copy, where the server does not keep one itself."""
        account = self.account_id
        if not account.append_sent or account.state in ("removed", "disconnected"):
            return
        sent = self.env["maildesk.folder"]._of_role(account, "sent")
        sent._append_own(self.raw_id.raw, ["is_read"])

    def _mark_origin(self):
        """The mail this one answers or forwards says so, here and on the server."""
        places = self.origin_id.placement_ids
        if not places:
            return
        by_author = places.with_user(self.author_id)
        if self.kind in ("reply", "reply_all"):
            by_author._act_flag("is_answered", True)
        if self.archive_origin:
            by_author._act("archive")

    # -------------------------------------------------------------------------
    # The octets
    # -------------------------------------------------------------------------

    def _freeze(self, raw):
        """Keep the octets; from here on nothing changes them.

        :param bytes raw: with the Bcc field, as the mailbox's own copy has it.
        :raises UserError: they cannot be stored.
        """
        try:
            # a field nobody may read: the source of a mail is had by downloading its copy in Sent
            kept = store_file(self.env, {
                "name": "mail.eml", "raw": raw, "res_model": self._name, "res_id": self.id, "res_field": "raw_id"})
        except OSError as error:
            raise UserError(self.env._(
                "The email was not sent, because Odoo cannot write files: %s. An administrator has to make room on the disk of "
                "Odoo's files; then send it again.", error.strerror or error)) from error
        self.raw_id = kept

    def _letter(self, with_bcc=False):
        """``(Envelope, octets)`` as they are handed over.

        :param bool with_bcc: the server reads the recipients from the fields; else the Bcc field stays here (RFC 5322 §3.6.3).
        """
        waiting = self.recipient_ids.filtered(lambda one: one.state in ("waiting", "refused"))
        raw = self.raw_id.raw
        return Envelope(self.sender, tuple(waiting.mapped("email"))), raw if with_bcc else without_field(raw, "Bcc")

    @api.autovacuum
    def _gc_finished(self):
        """Forget what was sent or canceled a while ago, with its octets; what became of its recipients is kept longer."""
        now = fields.Datetime.now()
        done = [("state", "in", ("sent", "canceled"))]
        for days, forget in ((OCTETS_DAYS, self._forget_octets), (SUBMISSION_DAYS, self._delete)):
            old = [*done, ("write_date", "<", fields.Datetime.subtract(now, days=days))]
            if forget == self._forget_octets:
                # the superuser's vacuum reads what nobody else may
                old.append(("raw_id", "!=", False))
            forget(self.search(old, limit=VACUUM))

    @api.model
    def _forget_octets(self, submissions):
        octets = submissions.raw_id
        submissions.raw_id = False
        octets.unlink()

    @api.model
    def _delete(self, submissions):
        self._forget_octets(submissions)
        submissions.unlink()

    # -------------------------------------------------------------------------
    # What the app shows
    # -------------------------------------------------------------------------

    @api.model
    def _outbox(self, account_ids):
        """What has not left these mailboxes, or needs an answer, as far as the person may read it."""
        return self.search([("account_id", "in", list(account_ids)), ("state", "in", PENDING)])

    def _as_shown(self):
        """A submission as JSON."""
        self.ensure_one()
        date, recipients = fields.Datetime.to_string, self.recipient_ids
        left = (self.release_at - fields.Datetime.now()).total_seconds() if self.state == "held" else 0.0
        asked = {"broke_off_at": date(self.marked_at), "looked_at": date(self.looked_at) or ""}
        return {
            "id": self.id, "state": self.state, "account_id": self.account_id.id, "subject": self.subject or "",
            "author": self.author_id.name, "to": [{"name": one.name or "", "email": one.email} for one in recipients],
            "release_at": date(self.release_at), "seconds_left": max(0.0, left),
            "reason": self.error_message or "", "next_try_at": date(self.next_try_at) or "",
            "recipients": [
                {"email": one.email, "kind": one.kind, "state": one.state, "reply": one.reply or ""} for one in recipients],
            "can_undo": self.state in ("held", "queued") or (self.state == "sending" and self.stage == "open"),
            "can_retry": self.state == "refused" or (self.state == "queued" and bool(self.next_try_at)),
            "can_edit": self.state == "refused" or (not self.was_asked and self.state in ("held", "queued")),
            "asked": asked if self.state == "asked" else None, "message_id": self.origin_id.id,
        }
