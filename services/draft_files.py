"""Files of a draft: uploaded, taken from Odoo, or mails as files. None is ever public."""

import mimetypes

from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.stored_file import store_file
from ..tools.filenames import safe_filename

#: Pictures that may be shown within the text: a browser can do nothing else with them.
PICTURES = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp"))
#: Octets of one file, and of all files of a draft.
MAX_FILE = 64 * 2**20
MAX_FILES = 200 * 2**20


class DraftFiles:
    """The files of one draft.

    :param draft: one ``maildesk.draft``, in the environment of a person who may write it.
    """

    def __init__(self, draft):
        self.draft, self.env = draft, draft.env

    def add(self, name, stream):
        """Store an uploaded file.

        :param str name: as the browser gave it.
        :param stream: readable; no more of it is read than a file may have.
        :return: the file as JSON.
        :raises UserError: it is too large, or cannot be stored.
        """
        self.draft.check_access("write")
        content = stream.read(MAX_FILE + 1)
        self._check_room(len(content))
        stored = self._store(name, content)
        return self.shown(stored)

    def add_stored(self, attachments):
        """Add copies of files the person may read in Odoo.

        :raises AccessError: not this one.
        """
        attachments.check_access("read")
        for attachment in attachments:
            content = attachment.raw or b""
            self._check_room(len(content))
            self._store(attachment.name, content)

    def add_mails(self, messages):
        """Add mails as files, octet by octet."""
        messages.check_access("read")
        for message in messages:
            raw = message._fetch_raw()
            self._check_room(len(raw))
            self._store(f"{message.subject or 'mail'}.eml", raw)

    def remove(self, file_id, is_forwarded):
        """Take a file out."""
        self.draft.check_access("write")
        if is_forwarded:
            # the engine's list; whoever may write the draft may shorten it
            self.draft.sudo().forwarded_ids = [Command.unlink(file_id)]
            return
        file = self.draft.attachment_ids.filtered(lambda one: one.id == file_id)
        self.draft.attachment_ids = [Command.unlink(one.id) for one in file]
        # stored with this draft and used nowhere else
        file.sudo().filtered(lambda one: (one.res_model, one.res_id) == (self.draft._name, self.draft.id)).unlink()

    def shown(self, file):
        """A file as JSON."""
        kind = mimetype_of(file)
        url = f"/maildesk/draft/file/{self.draft.id}/{file.id}"
        return {
            "id": file.id, "name": file.name, "mimetype": kind, "size": file.file_size, "url": url,
            "inline_url": f"{url}?inline=1" if kind in PICTURES else False, "content_id": picture_id(file), "is_forwarded": False,
        }

    def _store(self, name, content):
        try:
            # stored for the draft, under whose access it is read; the person may write the draft
            stored = store_file(self.env(su=True), {
                "name": safe_filename(name or "", "file"), "raw": content, "res_model": self.draft._name,
                "res_id": self.draft.id})
        except OSError as error:
            raise UserError(self.env._(
                "The file was not stored, because Odoo cannot write files: %s. An administrator has to make room on the disk of "
                "Odoo's files; then try again.", error.strerror or error)) from error
        self.draft.sudo().attachment_ids = [Command.link(stored.id)]
        return stored.with_env(self.env)

    def _check_room(self, size):
        if size > MAX_FILE:
            raise UserError(self.env._("A file may have up to %s MB. Send a link to it instead.", MAX_FILE // 2**20))
        # file sizes are no secret of a draft the person may read
        if size + sum(self.draft.sudo().attachment_ids.mapped("file_size")) > MAX_FILES:
            raise UserError(self.env._("The files of an email may have up to %s MB in all.", MAX_FILES // 2**20))


def mimetype_of(file):
    """The true type of a file whose stored type is made harmless, by its name."""
    return mimetypes.guess_type(file.name or "")[0] or "application/octet-stream"


def picture_id(file):
    """What a draft's text names a file by that is shown within it."""
    return f"file{file.id}@draft"
