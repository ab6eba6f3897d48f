import hashlib
import io
import shutil
import tempfile
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import config
from PIL import Image

from ..common import MailServerCase, mail


@tagged("post_install", "-at_install")
class TestStoredFile(MailServerCase):
    """What is kept in Odoo's file store, which may be full, is what came."""

    def setUp(self):
        super().setUp()
        self.email = f"{self._testMethodName}@tidewheel.example".replace("_", "-")
        drawn = io.BytesIO()
        Image.effect_noise((2400, 2000), 90).save(drawn, "PNG", compress_level=0)
        # unlike the octets of any other test
        self.content = drawn.getvalue() + self.email.encode()
        self.client(self.email).append("INBOX", mail("A drawing", attachments=[("frame.png", self.content, "image/png")]))
        self.account = self.connected(self.email, users=[self.user], keep_attachments=True)
        self.sync()
        placement = self.env["maildesk.message.placement"].with_user(self.user).search(
            [("folder_id.account_id", "=", self.account.id)])
        self.part = placement.message_id.attachment_ids

    def without_a_store(self):
        """Odoo's files can be written nowhere from now on."""
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        key = "maildesk_secret_key"
        Path(folder, key).symlink_to(Path(config["data_dir"], key))
        Path(folder, "filestore").touch()
        self.addCleanup(config.__setitem__, "data_dir", config["data_dir"])
        config["data_dir"] = folder

    def test_large_images_stay_as_they_are(self):
        self.assertEqual(self.part._content(), self.content)
        self.assertTrue(self.part.sudo().attachment_id)
        self.assertEqual(self.part._content(), self.content)

    def test_reading_where_nothing_can_be_stored(self):
        self.without_a_store()
        with self.assertLogs("odoo.addons.maildesk.models.maildesk_attachment", "WARNING"):
            self.assertEqual(self.part._content(), self.content)
        self.assertFalse(self.part.sudo().attachment_id)

    def test_a_piece_left_by_a_full_disk(self):
        checksum = hashlib.sha1(self.content).hexdigest()
        piece = Path(self.env["ir.attachment"]._full_path(f"{checksum[:2]}/{checksum}"))
        piece.parent.mkdir(parents=True, exist_ok=True)
        piece.write_bytes(self.content[:1000])
        self.addCleanup(piece.unlink)
        with self.assertLogs("odoo.addons.maildesk.models.stored_file", "WARNING"):
            self.assertEqual(self.part._content(), self.content)
        self.assertEqual(self.part.sudo().attachment_id.raw, self.content)

    def test_a_mail_that_cannot_be_kept_is_refused_in_words(self):
        folder = self.folder(self.account, "sent").with_user(self.user)
        self.without_a_store()
        with self.assertRaisesRegex(UserError, "make room"):
            folder._append(mail("Kept nowhere"))
