"""Begins a draft: a new mail, an answer, a forward, or a draft that was begun elsewhere."""

from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.headers import Address, parse_addresses
from ..tools.reply import Original, address_reply
from ..tools.threads import normalize_subject

ANSWERS = ("reply", "reply_all", "reply_list")


class Drafting:
    """Drafts of one person.

    :param env: the person's.
    """

    def __init__(self, env):
        self.env = env

    def begin(self, kind, account=None, origin=None, to=(), subject=""):
        """Make a draft.

        :param str kind: ``new reply reply_all reply_list forward redirect``.
        :param account: the mailbox to write from; the origin's, else the one the person wrote from last.
        :param origin: the ``maildesk.message`` that is answered.
        :param to: addresses.
        :raises UserError: the person may send from no mailbox, or nothing can be answered.
        """
        if kind != "new" and not origin:
            raise UserError(self.env._("Choose an email to answer."))
        account = account or self._account_for(origin)
        values = {"kind": "reply" if kind == "reply_list" else kind, "account_id": account.id}
        if origin:
            origin.check_access("read")
            values |= self._of_origin(kind, account, origin)
        else:
            values |= {"to": self._written([Address("", email) for email in to]), "subject": subject}
        draft = self.env["maildesk.draft"].create(values)
        if kind == "forward":
            # the engine's list: files are read under the person's right when the letter leaves
            draft.sudo().forwarded_ids = origin._files()
        return draft

    def _account_for(self, origin):
        accounts = self.env["maildesk.account"]._sendable()
        if origin and origin.account_id in accounts:
            return origin.account_id
        if not accounts:
            raise UserError(self.env._(
                "You have no mailbox to send from. Connect one, or ask a Mailbox Admin to turn on Outgoing emails for you."))
        last = self.env["maildesk.draft"].search([("author_id", "=", self.env.uid), ("account_id", "in", accounts.ids)], limit=1)
        return last.account_id or accounts[:1]

    def _of_origin(self, kind, account, origin):
        mail = self._original(origin)
        addressed = address_reply(kind, mail, account._identity_addresses())
        bare = normalize_subject(origin.subject or "")
        prefix = {"forward": "Fwd: ", "redirect": ""}.get(kind, "Re: ")
        return {
            "origin_id": origin.id, "identity": addressed.identity,
            "to": self._written(addressed.to), "cc": self._written(addressed.cc),
            "subject": (origin.subject or "") if kind == "redirect" else f"{prefix}{bare}",
            "quote_mode": "none" if kind == "redirect" else "reference", "has_signature": kind != "redirect",
        }

    def of_message(self, message):
        """A draft that lies on the mail server, begun here or in another program, with all its parts.

        :param message: the ``maildesk.message``.
        :raises UserError: it is no draft.
        """
        message.check_access("read")
        place = message.placement_ids.filtered(lambda place: place.is_draft or place.folder_id.role == "drafts")[:1]
        if not place:
            raise UserError(self.env._("This email is not a draft."))
        known = self.env["maildesk.draft"].search([("source_id", "=", message.id)], limit=1)
        if known:
            return known
        body = message._cached_body()
        draft = self.env["maildesk.draft"].create({
            "account_id": message.account_id.id, "to": message.to_addresses, "cc": message.cc_addresses,
            "bcc": message.bcc_addresses, "subject": message.subject, "body": body.html_with_images or body.html,
            "has_signature": False,
        })
        # the engine's links: whose draft it is, and its files, which are read when it is sent
        draft.sudo().write({"source_id": message.id, "forwarded_ids": [Command.set(message._files().ids)]})
        return draft

    def was_blind(self, draft):
        """Whether an answer to all would tell the others that the mailbox got a blind copy."""
        if draft.kind != "reply_all" or not draft.origin_id:
            return False
        return address_reply(draft.kind, self._original(draft.origin_id), draft.account_id._identity_addresses()).was_blind

    @staticmethod
    def _original(origin):
        known = origin._reply_fields()
        return Original(
            author=(Address(origin.from_name or "", origin.from_email or ""),),
            reply_to=parse_addresses(origin.reply_to_addresses or ""), to=parse_addresses(origin.to_addresses or ""),
            cc=parse_addresses(origin.cc_addresses or ""), list_post=known["list_post"],
            mail_followup_to=parse_addresses(known["mail_followup_to"]), delivered_to=tuple(known["delivered_to"]))

    @staticmethod
    def _written(entries):
        """Addresses as a header has them."""
        quoted = [(entry.name.replace("\\", r"\\").replace('"', r"\""), entry.email) for entry in entries]
        return ", ".join(f'"{name}" <{email}>' if name else email for name, email in quoted)
