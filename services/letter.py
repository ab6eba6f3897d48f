"""A draft as the letter that is sent: own words, signature, quote, pictures and files put together, once, when it is sent."""

import uuid
from datetime import datetime, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import idna
from markupsafe import Markup, escape
from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ..tools.compose import Enclosure, Letter, compose, new_message_id, references_of
from ..tools.compose_fields import UnfitHeader, addr_spec, needs_smtputf8
from ..tools.headers import Address
from ..tools.html_text import text_to_html
from ..tools.letter_html import Pictures, plain_text, with_inline_styles
from ..tools.thread_index import answer_index
from .draft_files import mimetype_of, picture_id

#: Header field by which a draft of ours on the mail server is told from others'.
DRAFT_FIELD = "X-MailDesk-Draft"
ADDRESS_FIELDS = ("to", "cc", "bcc")


class LetterWriter:
    """Writes one draft's letter.

    :param draft: one ``maildesk.draft``, in the environment of the person who sends.
    """

    def __init__(self, draft):
        self.draft, self.env, self.account = draft, draft.env, draft.account_id

    # -------------------------------------------------------------------------
    # Leaving
    # -------------------------------------------------------------------------

    def submit(self):
        """Freeze the letter and hand it to the Outbox.

        :return: the ``maildesk.submission``.
        :raises UserError: it cannot be written or stored, in words.
        """
        draft, now = self.draft, fields.Datetime.now()
        letter = self.letter()
        raw = self._composed(letter)
        release_at = draft.send_at or fields.Datetime.add(now, seconds=self.env.user.maildesk_undo_seconds)
        # the queue is the engine's; the person's right to send was checked, and is again when it leaves
        submission = self.env["maildesk.submission"].sudo().create({
            "account_id": self.account.id, "author_id": self.env.uid, "draft_id": draft.id, "kind": draft.kind,
            "origin_id": draft.origin_id.id, "message_id_header": letter.message_id, "subject": draft.subject,
            "sender": addr_spec("From", draft.identity), "release_at": max(release_at, now),
            "recipient_ids": [(0, 0, values) for values in self._recipients()],
        })
        submission._freeze(raw)
        submission._trigger(at=submission.release_at)
        submission._tell()
        return submission.with_env(self.env)

    def _recipients(self):
        """Each address once, in the first of To, Cc and Bcc that names it."""
        seen = set()
        for kind in ADDRESS_FIELDS:
            for entry in self.draft._addresses(kind):
                email = addr_spec(kind.capitalize(), entry.email, smtputf8=True)
                if email.lower() not in seen:
                    seen.add(email.lower())
                    yield {"email": email, "name": entry.name, "kind": kind}

    def _composed(self, letter):
        everybody = [*letter.to, *letter.cc, *letter.bcc, letter.author]
        try:
            return compose(letter, with_bcc=True, smtputf8=any(needs_smtputf8(one.email) for one in everybody))
        except UnfitHeader as error:
            raise UserError(self._unfit_text(error)) from error

    def _unfit_text(self, error):
        match error.reason:
            case "address":
                return self.env._("%s is not an email address: it has to look like name@example.com.", error.value)
            case "domain":
                return self.env._("%s cannot be reached: what follows the @ is no valid name of a mail domain.", error.value)
            case "control":
                return self.env._(
                    "%s holds a line break or another character that no email may have there. Type it again.", error.field)
        return self.env._("%s cannot be written into an email. Shorten it, or type it again.", error.field)

    # -------------------------------------------------------------------------
    # The letter
    # -------------------------------------------------------------------------

    def letter(self):
        """The draft as a :class:`~maildesk.tools.compose.Letter`, files and pictures read."""
        draft = self.draft
        html, text, pictures = self._content()
        return Letter(
            author=Address(self._author_name(), draft.identity or self.account.email),
            date=self._now(), message_id=draft.message_id_header,
            to=draft._addresses("to"), cc=draft._addresses("cc"), bcc=draft._addresses("bcc"),
            subject=draft.subject or "", text=text, html=html, pictures=pictures, files=tuple(self._files()),
            fields=self._fields(), **self._conversation(),
        )

    def new_message_id(self):
        """A Message-ID under the mailbox's own domain."""
        domain = (self.draft.identity or self.account.email).rpartition("@")[2]
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            domain = "localhost"
        return new_message_id(uuid.uuid4().hex, domain)

    def _author_name(self):
        identity = next((one for one in self.account._identities() if one["email"] == self.draft.identity), None)
        return (identity or {}).get("name") or ""

    def _now(self):
        try:
            zone = ZoneInfo(self.env.user.tz or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            zone = timezone.utc
        return datetime.now(zone).replace(microsecond=0)

    def _fields(self):
        wanted = [("Disposition-Notification-To", self.draft.identity)] if self.draft.wants_receipt else []
        return tuple(wanted)

    def _conversation(self):
        """Fields that keep the letter in its conversation, in the recipients' programs too (RFC 5322 §3.6.4)."""
        origin = self.draft.origin_id
        if not origin or self.draft.kind in ("new", "redirect"):
            return {}
        known = origin._reply_fields()
        if self.draft.kind == "forward":
            return {"references": references_of(known["references"], origin.message_id or "")}
        index = answer_index(known["thread_index"], datetime.now(timezone.utc)) if known["thread_index"] else ""
        return {
            "in_reply_to": (origin.message_id,) if origin.message_id else (),
            "references": references_of(known["references"], origin.message_id or ""),
            "thread_index": index, "thread_topic": known["thread_topic"] if index else "",
        }

    # -------------------------------------------------------------------------
    # Words
    # -------------------------------------------------------------------------

    def _content(self):
        """``(html, text, pictures)``; no HTML for a letter in plain text."""
        draft = self.draft
        own, signature, quote = draft.body or "", self.signature() if draft.has_signature else "", self.quote()
        if draft.is_plain:
            words = plain_text(own)
            if signature:
                words += f"\n-- \n{plain_text(signature)}"
            parts = [words, plain_text(quote)] if quote else [words]
            return "", "\n\n".join(part.strip("\n") for part in parts) + "\n", ()
        pictures = Pictures((draft.identity or self.account.email).rpartition("@")[2], self._stored_picture)
        dressed = with_inline_styles(own + (f"<div>-- </div><div>{signature}</div>" if signature else ""))
        html = pictures.take(dressed + (f"<br>{quote}" if quote else ""))
        return f"<html><body>{html}</body></html>", plain_text(html), tuple(pictures.found)

    def _stored_picture(self, content_id):
        """A picture the writer put into the text, by the name the text has for it."""
        files = self.draft.attachment_ids.filtered(lambda file: picture_id(file) == content_id)
        return (files.name, mimetype_of(files), files.raw) if files else None

    def signature(self):
        """The mailbox's signature as HTML."""
        return self.account.signature or ""

    def quote(self):
        """The mail that is answered or forwarded, as HTML; empty where none is quoted, or where it is part of the text."""
        draft, origin = self.draft, self.draft.origin_id
        if draft.quote_mode != "reference" or not origin:
            return ""
        body = origin._cached_body()
        words = body.html_with_images or body.html or text_to_html(body.text or "")
        if draft.kind == "forward":
            return f"<div>{self.forward_head()}</div><br>{words}"
        return f"<div>{escape(self.intro())}</div><blockquote>{words}</blockquote>"

    def intro(self):
        """``On 28 November 2026 at 9:30, Rosa Delgado wrote:`` in the writer's language and time zone."""
        origin = self.draft.origin_id
        date = format_datetime(self.env, origin.date, tz=self.env.user.tz, dt_format="long") if origin.date else ""
        return self.env._("On %(date)s, %(name)s wrote:", date=date, name=origin.from_name or origin.from_email or "")

    def forward_head(self):
        """Who wrote the forwarded mail to whom and when."""
        origin = self.draft.origin_id
        sender = f"{origin.from_name} <{origin.from_email}>" if origin.from_name else origin.from_email or ""
        date = format_datetime(self.env, origin.date, tz=self.env.user.tz, dt_format="long") if origin.date else ""
        rows = [
            (self.env._("From:"), sender), (self.env._("Date:"), date), (self.env._("Subject:"), origin.subject or ""),
            (self.env._("To:"), origin.to_addresses or ""), (self.env._("Cc:"), origin.cc_addresses or ""),
        ]
        lines = Markup("<br>").join(Markup("<b>{}</b> {}").format(label, value) for label, value in rows if value)
        return Markup("<p>{}</p><p>{}</p>").format(self.env._("---------- Forwarded message ----------"), lines)

    def quote_shown(self):
        """What the composer shows of the quote."""
        draft = self.draft
        if draft.quote_mode == "none" or not draft.origin_id:
            return None
        intro = self.forward_head() if draft.kind == "forward" else escape(self.intro())
        return {"mode": draft.quote_mode, "url": f"/maildesk/draft/{draft.id}/quote", "intro": str(intro)}

    # -------------------------------------------------------------------------
    # Files
    # -------------------------------------------------------------------------

    def _files(self):
        used = self.draft.body or ""
        for file in self.draft.attachment_ids:
            if f"cid:{picture_id(file)}" not in used:
                yield Enclosure(file.name, mimetype_of(file), file.raw or b"")
        parts = self.draft.forwarded_ids._filtered_access("read")
        for part, content in zip(parts, parts._contents(), strict=True):
            yield Enclosure(part.name or "attachment", part.mimetype or "application/octet-stream", content)

