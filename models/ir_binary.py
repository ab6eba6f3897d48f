from odoo import models
from odoo.http import Stream

from ..tools.filenames import GUARDS, OPAQUE, content_disposition


class IrBinary(models.AbstractModel):
    """Files of mails at Odoo's own addresses (``/web/content``, ``/web/image``): they are saved, whatever is asked for.

    Any of these addresses may say by which type a file is to be shown, and a mail may hold a link to one.
    """

    _inherit = "ir.binary"

    def _get_stream_from(self, record, *args, **options):
        stream = super()._get_stream_from(record, *args, **options)
        # whoever may read the file need not know what it hangs on
        if record._name == "ir.attachment" and (record.sudo().res_model or "").startswith("maildesk."):
            return MailFile(**{**vars(stream), "mimetype": OPAQUE})
        return stream


class MailFile(Stream):
    """A stranger's file on its way to a browser."""

    def get_response(self, as_attachment=None, immutable=None, content_security_policy=None, **options):
        """The response: a download that stays in no cache, whatever the caller wants it to be."""
        response = super().get_response(as_attachment=True, immutable=False, **{**options, "mimetype": OPAQUE, "max_age": None})
        response.headers.update(GUARDS)
        response.headers["Content-Disposition"] = content_disposition(self.download_name or "attachment")
        return response
