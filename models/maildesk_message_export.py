import tempfile
import zipfile

from odoo import models

from ..tools.filenames import unique_filenames

#: Octets of an archive that are kept in memory; a larger one goes through a file.
ARCHIVE_MEMORY = 8_000_000


class MaildeskMessage(models.Model):
    """Taking mail along, which Mailbox Actions call `Export`: the source, and all attachments at once.

    A single attachment belongs to reading.
    """

    _inherit = "maildesk.message"

    def _export_urls(self):
        """The addresses of what may be taken along, for the reading pane; empty where it may not."""
        if not self.account_id._allowing("allow_export"):
            return {"source_url": "", "archive_url": ""}
        several = len(self._files()) > 1
        return {
            "source_url": f"/maildesk/source/{self.id}", "archive_url": f"/maildesk/attachments/{self.id}" if several else ""}

    def _files(self):
        """The parts a person would call attachments."""
        return self.attachment_ids.filtered(lambda part: not part.is_inline)

    def _check_export(self):
        """Refuse who may not read this mail, or may not take it along.

        :raises AccessError: in words.
        """
        self.check_access("read")
        self.account_id._check_action("allow_export")

    def _export_source(self):
        """The mail as RFC 5322 octets.

        :raises AccessError: it may not be exported.
        :raises UserError: the server could not be asked, in words.
        """
        self._check_export()
        raw = self._fetch_raw()
        self._log_export(self.env._("source"))
        return raw

    def _log_export(self, what):
        """Write in the Activity Log who took what along, a line a mail; of the mail only its number.

        The log is for administrators, who need not be on the mailbox's list.
        """
        for mail in self:
            mail.account_id._log("exported", detail=self.env._("%(what)s of mail %(number)s", what=what, number=mail.id))

    def _export_attachments(self):
        """All attachments in one ZIP file.

        :returns: a binary file, at its start.
        :raises AccessError: they may not be exported.
        :raises UserError: the server could not be asked, in words.
        """
        self._check_export()
        parts = self._files()
        names = unique_filenames([part.name or "" for part in parts])
        # closed by who sends it, long after this returned
        file = tempfile.SpooledTemporaryFile(max_size=ARCHIVE_MEMORY)  # noqa: SIM115
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in zip(names, parts._contents(), strict=True):
                archive.writestr(name, content)
        file.seek(0)
        self._log_export(self.env._("attachments"))
        return file
