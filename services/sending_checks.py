"""What is looked at before a letter is sent: what refuses it, and what is asked first."""

import re

from odoo.exceptions import UserError

from ..tools.compose_fields import UnfitHeader, addr_spec
from ..tools.letter_html import plain_text

#: From so many recipients on it is asked whether all of them are meant.
MANY_RECIPIENTS = 20

# Words that announce a file, in the languages most of our users write; the writer's own words only are looked at.
_ANNOUNCES_FILE = re.compile(
    r"\b(?:attach(?:ed|ment|ments|ing)?|enclosed|anbei|angehängt|anhang|anhänge|beigefügt|anlagen?|ci-joints?|pièces? jointes?"
    r"|en annexe|adjunt[oa]s?|allegat[oi]|in bijlage|bijgevoegd|bifogad|vedhæftet|vedlagt|załącz\w+|příloh\w+|(?:em )?anexo)\b",
    re.IGNORECASE)


class SendingWarnings(Exception):
    """What a person is asked before the letter leaves.

    :param list warnings: ``{"kind", "text"}``.
    """

    def __init__(self, warnings):
        super().__init__(", ".join(warning["kind"] for warning in warnings))
        self.warnings = warnings


class SendingChecks:
    """Looks at one draft before it is sent.

    :param draft: one ``maildesk.draft``, in the environment of the person who sends.
    """

    #: Asks nothing: for whoever sends without a screen.
    ALL = ("forgotten_attachment", "no_subject", "many_recipients", "outside_recipients", "newer_answer", "blind_reply_all")

    def __init__(self, draft):
        self.draft, self.env = draft, draft.env

    def run(self, acknowledged):
        """Look at everything.

        :param acknowledged: kinds of warnings the person has seen.
        :raises UserError: it cannot be sent as it is.
        :raises SendingWarnings: there is something to ask first.
        """
        self._refuse()
        warnings = [{"kind": kind, "text": text} for kind, text in self._warnings() if kind not in acknowledged]
        if warnings:
            raise SendingWarnings(warnings)

    def _refuse(self):
        draft, account = self.draft, self.draft.account_id
        account._check_may_transmit(self.env.user)
        entries = [(name, entry) for name in ("to", "cc", "bcc") for entry in draft._addresses(name)]
        if not entries:
            raise UserError(self.env._("This email has no recipient yet. Enter at least one address under To, Cc or Bcc."))
        for _name, entry in entries:
            try:
                addr_spec("To", entry.email, smtputf8=True)
            except UnfitHeader:
                raise UserError(self.env._(
                    "%s is not an email address: it has to look like name@example.com.", entry.email or entry.name)) from None
        account._check_sending_limits(len(entries))

    def _warnings(self):
        draft = self.draft
        entries = [entry for name in ("to", "cc", "bcc") for entry in draft._addresses(name)]
        if not (draft.subject or "").strip():
            yield "no_subject", self.env._("This email has no subject. Send it all the same?")
        if not draft.attachment_ids and not draft.forwarded_ids and _ANNOUNCES_FILE.search(plain_text(draft.body or "")[:20_000]):
            yield "forgotten_attachment", self.env._("You write of an attachment, and there is none. Send it all the same?")
        if len(entries) >= MANY_RECIPIENTS:
            yield "many_recipients", self.env._("This email goes to %s recipients. Send it to all of them?", len(entries))
        outside = self._outside(entries)
        if outside:
            yield "outside_recipients", self.env._(
                "This email leaves your organisation, to: %s. Send it?", ", ".join(outside[:5]))
        newer = self._newer()
        if newer:
            yield "newer_answer", self.env._(
                "%s has written in this conversation since you began. Read it first, or send all the same?",
                newer.from_name or newer.from_email)

    def _outside(self, entries):
        """Addresses of other domains, where the mailbox wants to be asked."""
        if not self.draft.account_id.ask_before_outside:
            return []
        own = {address.rpartition("@")[2].lower() for address in self.draft.account_id._identity_addresses()}
        return [entry.email for entry in entries if entry.email.rpartition("@")[2].lower() not in own]

    def _newer(self):
        """A mail of the conversation that came after the one that is answered, and after the draft was begun."""
        draft = self.draft
        if not draft.origin_id.thread_id:
            return draft.origin_id
        newer = [("thread_id", "=", draft.origin_id.thread_id.id), ("date", ">", draft.create_date)]
        return self.env["maildesk.message"].search([*newer, ("id", "!=", draft.origin_id.id)], order="date desc", limit=1)
