import contextlib
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, MissingError, UserError
from psycopg2.errors import UniqueViolation

from ..const import BUTTON_SECONDS, BUTTON_TIMEOUT
from ..providers.deadline import within
from ..providers.errors import ProviderError
from ..tools.headers import parse_addresses
from ..tools.html import sanitize_html
from ..tools.html_frame import data_uri
from ..tools.html_text import has_content, text_to_html
from ..tools.mime import part_content, read_mail
from ..tools.mime.body import has_words
from ..tools.mime.choice import may_be_picture
from ..tools.reply_fields import reply_fields
from .body_words import encrypted_words, invitation_html, invitation_words
from .time_limits import request_seconds

#: Octets of inline images one cached body may carry; the rest stay attachments.
EMBEDDED_LIMIT = 8_000_000


class MaildeskMessage(models.Model):
    """Opening a mail: body and parts come from the cache, else from the server, which is never told it was read."""

    _inherit = "maildesk.message"

    body_ids = fields.One2many("maildesk.message.body", "message_id")

    def _open(self, placement):
        """What the reading pane shows, the body being cached when this returns.

        :param placement: the ``maildesk.message.placement`` that was clicked.
        """
        self.ensure_one()
        self.check_access("read")
        error = ""
        try:
            self._cached_body()
        except UserError as problem:
            error = str(problem)
        body = self.body_ids
        return {
            "id": placement.id,
            "message_id": self.id,
            "account_id": self.account_id.id,
            "folder_id": placement.folder_id.id,
            "subject": self.subject or "",
            "from": {"name": self.from_name or "", "email": self.from_email or ""},
            **{
                name: [
                    {"name": address.name, "email": address.email}
                    for address in parse_addresses(self[f"{name}_addresses"] or "")
                ]
                for name in ("to", "cc", "bcc", "reply_to")
            },
            "date": fields.Datetime.to_string(self.date) or "",
            "size": self.size,
            "is_read": placement.is_read,
            "is_starred": placement.is_starred,
            "is_answered": placement.is_answered,
            "is_draft": placement.is_draft,
            "attachments": [part._as_shown() for part in self._files()],
            "frame_url": self._frame_url(),
            **self._export_urls(),
            "blocked_images": body.blocked_images,
            "image_policy": self._image_policy(),
            "blocked_trackers": body.blocked_trackers,
            "is_truncated": body.is_truncated,
            "error": error,
        }

    def _reply_fields(self):
        """Header fields that an answer needs, see :func:`~.tools.reply_fields.reply_fields`; read once and kept with the body.

        :raises UserError: the server could not be asked, in words.
        """
        body = self._cached_body()
        if not body.reply_fields:
            header = self._own_octets()
            if header is None:
                with self._at_server() as (provider, folder_id, remote_id):
                    header = provider.fetch_header(folder_id, remote_id)
            # the reader may read this mail; the cache itself is nobody's to write
            body.sudo().reply_fields = reply_fields(header.partition(b"\r\n\r\n")[0] + b"\r\n")
        return body.reply_fields

    def _frame_url(self):
        """Address of the document of the reading pane's frame."""
        return f"/maildesk/body/{self.id}"

    def _image_policy(self):
        """Whether the cached body's remote images are loaded: ``always``, ``never``, or when the person asks (``ask``)."""
        # a company's setting, which readers have no right on
        policy = self.account_id.sudo().company_id.maildesk_remote_images
        # unasked only without the trackers among them
        return "ask" if policy == "always" and not self.body_ids.blocks_tracking else policy

    def _cached_body(self):
        """The body, fetched and sanitised where it is not cached yet.

        :raises UserError: the server could not be asked, in words.
        """
        self.ensure_one()
        if not self.body_ids:
            self._fetch_body()
        return self.body_ids

    def _fetch_body(self):
        own = self._own_octets()
        if own:
            body = read_mail(own)
            images = self._inline_images(lambda part_id: part_content(own, part_id), body.attachments)
        else:
            with self._at_server() as (provider, folder_id, remote_id):
                body = provider.fetch_body(folder_id, remote_id)
                images = self._inline_images(
                    lambda part_id: provider.fetch_part(folder_id, remote_id, part_id), body.attachments)
        # the reader may read this mail; the cache itself is nobody's to write
        owner = self.sudo()
        owner._know_parts(body.attachments)
        try:
            owner.env["maildesk.message.body"].create({"message_id": self.id, **self._render(body, images)})
        except UniqueViolation as error:
            # somebody opened it at the same moment: a new transaction sees what they cached
            raise ConcurrencyError(str(error)) from error

    @api.model
    def _inline_images(self, fetch_part, parts):
        """Content-ID → ``data:`` address: a sandboxed frame sends no cookie, so its images have to come with it.

        :param fetch_part: gives the octets of a part by its id.
        """
        images, left = {}, EMBEDDED_LIMIT
        for part in parts:
            if part.inline and part.size <= left and may_be_picture(part):
                content = fetch_part(part.part_id)
                # what it is, its octets say: some senders call every picture octet-stream
                address = data_uri("image/*", content, limit=left)
                if address:
                    images[part.content_id] = address
                    left -= len(content)
        return images

    def _render(self, body, images):
        """Sanitise a body: once without remote images, and once with where it has any."""
        tracking = self.account_id.sudo().block_tracking  # a setting of the mailbox, not of the reader
        if body.invitation and not has_words(body):
            text = "\n".join(invitation_words(self.env, body.invitation))
            body = replace(body, html=invitation_html(self.env, body.invitation), text=text)
        html, with_images, blocked = None, None, None
        if body.html:
            blocked = sanitize_html(body.html, cid_url=images.get, block_tracking=tracking)
            html = blocked.html
            if blocked.blocked_images:
                with_images = sanitize_html(
                    body.html, cid_url=images.get, block_tracking=tracking, allow_remote_images=True).html
            elif not has_content(html):
                # all there was to see is what may not be shown
                html = None
        if html is None:
            html = text_to_html(body.text or "", body.flowed, body.delsp)
        notice = text_to_html(encrypted_words(self.env)) if body.is_encrypted else ""
        return {
            "html": notice + html,
            "html_with_images": notice + with_images if with_images is not None else False,
            "text": body.text or "",
            "blocked_images": blocked.blocked_images if blocked else 0,
            "blocked_trackers": blocked.blocked_trackers if blocked else 0,
            "is_truncated": body.is_truncated,
            "blocks_tracking": tracking,
            # a company's setting, which readers have no right on
            "expires_at": self.account_id.sudo().company_id._maildesk_body_end(),
        }

    def _keep_parts(self, parts):
        """Have a row for each part, as it is known now: the index guesses at what only the body and the whole mail reveal."""
        known = {part.part_id: part for part in self.attachment_ids}
        missing = []
        for part in parts:
            values = {
                "name": part.name, "mimetype": part.mimetype, "size": part.size, "content_id": part.content_id,
                "is_inline": part.inline,
            }
            row = known.get(part.part_id)
            if row is None:
                missing.append({"message_id": self.id, "part_id": part.part_id, **values})
            elif any((row[name] or False) != (value or False) for name, value in values.items()):
                row.write(values)
        self.env["maildesk.attachment"].create(missing)
        has_attachments = any(not part.is_inline for part in self.attachment_ids)
        if has_attachments != self.has_attachments:
            self.has_attachments = has_attachments

    def _was_rewritten(self, parts):
        """The server has other words of this mail now: what was read of it is void.

        :param parts: ``RemotePart`` of what is attached.
        """
        self.body_ids.unlink()
        self._know_parts(parts)

    def _fetch_raw(self):
        """The mail as RFC 5322 octets, from the server.

        :raises UserError: the server could not be asked, in words.
        """
        self.check_access("read")
        own = self._own_octets()
        if own:
            return own
        with self._at_server(self.size) as (provider, folder_id, remote_id):
            return provider.fetch_raw(folder_id, remote_id)

    def _server_address(self):
        """``(folder, key)`` the server knows the mail by; None where it has none."""
        placement = self.env["maildesk.message.placement"].search(
            [("message_id", "=", self.id), ("remote_id", "!=", False)], limit=1)
        if placement:
            return placement.folder_id.remote_id, placement.remote_id
        # being moved: it lies where it was until the server is told; the queue itself is the engine's
        owed = self.env["maildesk.operation"].sudo().search([
            ("message_id", "=", self.id), ("state", "=", "pending"), ("remote_id", "!=", False)], order="id", limit=1)
        return (owed.folder_id.remote_id, owed.remote_id) if owed.folder_id else None

    def _own_octets(self):
        """The source of a mail of ours that the server does not have yet; None where it has."""
        # who may read the mail may read its source; the queue itself is the engine's
        owed = self.env["maildesk.operation"].sudo().search([
            ("message_id", "=", self.id), ("kind", "=", "append"), ("state", "!=", "done"), ("raw_id", "!=", False)], limit=1)
        return owed.raw_id.raw if owed else None

    @contextlib.contextmanager
    def _at_server(self, octets=0):
        """A signed-in connection to the server the mail lies on, and the mail's place there; troubles come out as words.

        :param int octets: size of what is to be fetched, where a person asked for all of it: so much longer it may take.
        :returns: ``(provider, folder, key)``
        :raises UserError:
        """
        address = self._server_address()
        account = self.account_id.sudo()  # readers have no right on servers and secrets; the provider needs both
        self._check_can_be_asked(account, address)
        server = account.incoming_server_id
        # of one mail no folders need to be known
        provider = server._provider(BUTTON_TIMEOUT, lists_first=False)
        try:
            with within(request_seconds(BUTTON_SECONDS, octets)), provider:
                yield provider, *address
        except ProviderError as error:
            raise UserError(account._error_words(error, server)) from error

    def _check_can_be_asked(self, account, address):
        """:raises UserError: the mail cannot be asked for, in words."""
        if not address:
            raise MissingError(self.env._("This mail no longer lies in any folder of the mailbox."))
        if account._is_paused():
            raise UserError(self.env._("MailDesk is paused in this database: nothing is fetched from mail servers."))
        if account.state == "removed":
            raise UserError(self.env._("This mailbox was removed before all of this email could be fetched: it is not here."))
        if account.state not in ("connected", "error") or not account.incoming_server_id:
            raise UserError(self.env._(
                "The mailbox is not connected right now, and this mail has not been opened here before."))
