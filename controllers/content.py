import io

from markupsafe import Markup
from odoo.addons.mail.controllers.attachment import AttachmentController
from odoo.exceptions import UserError
from odoo.http import Controller, request, route
from odoo.tools import format_datetime
from werkzeug.wsgi import FileWrapper

from ..tools.charsets import guess_text
from ..tools.filenames import GUARDS, OPAQUE, bare_type, content_disposition, is_safe_inline
from ..tools.html_frame import frame_document, frame_headers
from ..tools.html_text import text_to_html


class MaildeskContent(Controller):
    """Bodies, attachments and sources, each behind the access check of the record it belongs to."""

    @route("/maildesk/body/<int:message_id>", type="http", auth="user", methods=["GET"])
    def body(self, message_id, images=None, **kwargs):
        """A mail's body as the document of the reading pane's sandboxed frame; with ``print``, headed by its headers."""
        message = request.env["maildesk.message"].browse(message_id)
        message.check_access("read")
        try:
            body = message._cached_body()
        except UserError as problem:
            # the frame is to show words, not a page of Odoo's
            return request.make_response(frame_document(text_to_html(str(problem))), headers=list(frame_headers().items()))
        policy = message._image_policy()
        allowed = bool(body.html_with_images) and (policy == "always" or (policy == "ask" and bool(images)))
        html = body.html_with_images if allowed else body.html
        head = self._printed_head(message, body) if kwargs.get("print") else ""
        document = frame_document(head + (html or ""), allow_remote_images=allowed)
        return request.make_response(document, headers=list(frame_headers(allow_remote_images=allowed).items()))

    def _printed_head(self, message, body):
        """Who wrote to whom and when, for paper; every word of it is a stranger's and is escaped."""
        sender = f"{message.from_name} <{message.from_email}>" if message.from_name else message.from_email
        date = format_datetime(request.env, message.date) if message.date else ""
        head = Markup('<h2 style="margin:0 0 8px">{}</h2><div>{}</div><div>{} {}</div><div>{}</div><hr>')
        head = head.format(message.subject or "", sender or "", request.env._("To:"), message.to_addresses or "", date)
        notice = request.env._("This email is too large to be shown in full") if body.is_truncated else ""
        return str(head) + (text_to_html(notice) if notice else "")

    @route("/maildesk/attachment/<int:attachment_id>", type="http", auth="user", methods=["GET"])
    def attachment(self, attachment_id, inline=None, **_kwargs):
        """A part of a mail, as a download unless its type is harmless and it is asked for in place."""
        part = request.env["maildesk.attachment"].browse(attachment_id)
        content = part._content()
        in_place = bool(inline) and is_safe_inline(part.mimetype or "")
        kind = bare_type(part.mimetype) if in_place else OPAQUE
        if kind.startswith("text/"):
            # a browser would guess at the charset; what the octets say is known here
            content, kind = guess_text(content).encode(), f"{kind}; charset=utf-8"
        headers = {
            **GUARDS, "Content-Type": kind, "Content-Length": str(len(content)),
            "Content-Disposition": content_disposition(part.name or "attachment", inline=in_place),
        }
        if in_place and kind == "application/pdf":
            # the browser's own viewer does not start inside a sandbox
            headers["Content-Security-Policy"] = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"
        return request.make_response(content, headers=list(headers.items()))

    @route("/maildesk/source/<int:message_id>", type="http", auth="user", methods=["GET"])
    def source(self, message_id, **_kwargs):
        """The whole mail as it lies on the server, as a download, for who may export."""
        message = request.env["maildesk.message"].browse(message_id)
        content = message._export_source()
        name = f"{message.subject or 'mail'}.eml"
        headers = {**GUARDS, "Content-Type": OPAQUE, "Content-Disposition": content_disposition(name)}
        return request.make_response(content, headers=list(headers.items()))

    @route("/maildesk/attachments/<int:message_id>", type="http", auth="user", methods=["GET"])
    def attachments(self, message_id, **_kwargs):
        """All attachments of a mail in one ZIP file, for who may export."""
        message = request.env["maildesk.message"].browse(message_id)
        archive = message._export_attachments()
        name = f"{message.subject or 'mail'}.zip"
        headers = {
            **GUARDS, "Content-Type": "application/zip", "Content-Length": str(archive.seek(0, io.SEEK_END)),
            "Content-Disposition": content_disposition(name),
        }
        archive.seek(0)
        response = request.make_response(FileWrapper(archive), headers=list(headers.items()))
        response.call_on_close(archive.close)
        return response


class MaildeskAttachmentZip(AttachmentController):
    """Odoo's own way to download several files at once takes mails' attachments, too."""

    def _make_zip(self, name, attachments):
        of_mails = attachments.filtered(lambda attachment: attachment.res_model == "maildesk.attachment")
        parts = request.env["maildesk.attachment"].browse(of_mails.mapped("res_id"))
        parts.message_id.account_id._check_action("allow_export")
        parts.message_id._log_export(request.env._("attachments"))
        return super()._make_zip(name, attachments)
