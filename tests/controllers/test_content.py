"""What strangers attach, at every address that serves it, as an administrator who may read the mailbox sees it."""

import io

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from PIL import Image

from ...tools.filenames import OPAQUE
from ..common import MailServerCase, mail

SCRIPT = "<script>alert(document.domain)</script>"
HTML = f"<!DOCTYPE html><html><body>{SCRIPT}</body></html>".encode()
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{SCRIPT}</svg>'.encode()
XML = f'<?xml version="1.0"?><x:html xmlns:x="http://www.w3.org/1999/xhtml"><x:body>{SCRIPT}</x:body></x:html>'.encode()
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj\ntrailer<</Root 1 0 R>>"
#: Name, octets, what the sender calls them, whether the reading pane shows them.
FILES = (
    ("page.html", HTML, "text/html", False),
    ("drawing.svg", SVG, "image/svg+xml", False),
    ("data.xml", XML, "text/xml", False),
    ("page.xhtml", XML, "application/xhtml+xml", False),
    ("page.mht", b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + HTML, "application/x-mimearchive", False),
    ("code.js", b"alert(1)", "text/javascript", False),
    ("page", HTML, "application/octet-stream", False),
    ("unknown.html", HTML, "application/x-unknown", False),
    ("false.png", HTML, "image/png", True),
    ("false.txt", HTML, "text/plain", True),
    ("false.pdf", SVG, "application/pdf", True),
    ("true.pdf", PDF, "application/pdf", True),
)


@tagged("post_install", "-at_install")
class TestContent(MailServerCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls.env.ref("base.user_admin")
        cls.email = "content@tidewheel.example"
        cls.account = cls.make_account(cls.email, [cls.boss], cls.dovecot.port, keep_attachments=True)
        drawn = io.BytesIO()
        Image.new("RGB", (300, 200), "red").save(drawn, "PNG")
        cls.files = (*FILES, ("true.png", drawn.getvalue(), "image/png", True))

    def setUp(self):
        super().setUp()
        client = self.client(self.email)
        client.append("INBOX", mail("Files", attachments=[file[:3] for file in self.files]))
        self.account.action_fetch_folders()
        self.sync()
        self.message = self.env["maildesk.message"].search([("account_id", "=", self.account.id)], limit=1)
        self.parts = self.message.attachment_ids
        self.assertEqual(len(self.parts), len(self.files))
        self.authenticate("admin", "admin")

    def opened(self):
        """The parts with their stored files, opened in the reading pane by an administrator, and what was attached."""
        for part, file in zip(self.parts, self.files, strict=True):
            url = part._as_shown()["url"]
            answer = self.url_open(url)
            self.assertEqual(answer.content, file[1], file[0])
            self.assert_download(answer, url)
            self.env.invalidate_all()
            self.assertTrue(part.attachment_id)
            yield part, part.attachment_id, file

    def assert_download(self, answer, words=""):
        """An answer a browser saves and does not show, whatever it holds."""
        headers = answer.headers
        self.assertEqual(answer.status_code, 200, words)
        self.assertEqual(headers["Content-Type"], OPAQUE, words)
        self.assertTrue(headers["Content-Disposition"].startswith("attachment;"), words)
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff", words)
        self.assertIn("sandbox", headers["Content-Security-Policy"], words)
        self.assertNotIn("script", headers["Content-Security-Policy"], words)
        self.assertEqual(headers["Cache-Control"], "no-store", words)

    def addresses(self, stored):
        """Odoo's ways to a file."""
        name = stored.name
        content, image = f"/web/content/{stored.id}", f"/web/image/{stored.id}"
        return (
            content, f"{content}/{name}", f"{content}?download=0", f"{content}?unique=1", f"{content}?mimetype=text/html",
            f"{content}?mimetype=image/svg%2Bxml&filename=a.svg", f"/web/content?id={stored.id}&mimetype=text/html",
            f"/web/content/ir.attachment/{stored.id}/raw", f"/web/content/ir.attachment/{stored.id}/datas?mimetype=text/html",
            image, f"{image}/{name}", f"{image}?mimetype=image/svg%2Bxml", f"{image}?unique=1",
            f"/web/image/ir.attachment/{stored.id}/raw?mimetype=text/html",
        )

    def test_stored_without_a_type(self):
        for part, stored, (name, content, mimetype, _shown) in self.opened():
            with self.subTest(name):
                self.assertEqual((stored.mimetype, stored.raw, stored.public), (OPAQUE, content, False))
                self.assertFalse(stored.index_content, "nor are its words taken out")
                self.assertEqual(part.mimetype, mimetype, "the sender's word is known where it does no harm")

    def test_odoos_own_addresses(self):
        for _part, stored, (name, content, *_rest) in self.opened():
            for url in self.addresses(stored):
                with self.subTest(name=name, url=url):
                    answer = self.url_open(url)
                    self.assert_download(answer)
                    self.assertEqual(answer.content, content)

    def test_files_that_were_stored_with_a_type(self):
        """As every opened attachment was, before."""
        for _part, stored, (name, content, *_rest) in self.opened():
            # written past Odoo, which would judge it once more
            self.env.cr.execute("UPDATE ir_attachment SET mimetype = %s WHERE id = %s", ["text/html", stored.id])
            self.env.invalidate_all()
            for url in self.addresses(stored):
                with self.subTest(name=name, url=url):
                    answer = self.url_open(url)
                    self.assert_download(answer)
                    self.assertEqual(answer.content, content)

    def test_images_made_smaller(self):
        """Odoo's picture widgets still get theirs, as octets an ``img`` takes and a window does not."""
        *_others, (_part, stored, _file) = self.opened()
        for size in ("/64x64", "?width=64&height=64"):
            answer = self.url_open(f"/web/image/{stored.id}{size}")
            self.assert_download(answer)
            self.assertEqual(Image.open(io.BytesIO(answer.content)).format, "PNG")

    @mute_logger("odoo.http")
    def test_fields_that_are_no_files(self):
        self.message._cached_body()
        part = next(self.opened())[0]
        body = self.message.body_ids
        for url in (
            f"/web/content/maildesk.attachment/{part.id}/attachment_id", f"/web/content/maildesk.attachment/{part.id}/name",
            f"/web/content/maildesk.message/{self.message.id}/source_id", f"/web/content/maildesk.message/{self.message.id}/raw",
            f"/web/content/maildesk.message.body/{body.id}/html?mimetype=text/html",
            f"/web/content/maildesk.message.body/{body.id}/html_with_images?mimetype=text/html",
        ):
            with self.subTest(url):
                self.assertEqual(self.url_open(url).status_code, 404)
                picture = self.url_open(url.replace("/web/content", "/web/image"))
                self.assertEqual(picture.headers["Content-Type"], "image/png")
                self.assertNotIn(b"script", picture.content)

    def test_whole_mails(self):
        """The source that is kept of a linked mail, and a mail on its way to the server."""
        self.message._keep()
        place = self.account.folder_ids.filtered(lambda folder: folder.role == "inbox")._append(mail("Mine", html=HTML.decode()))
        operation = self.env["maildesk.operation"].search([("message_id", "=", place.message_id.id)])
        for stored in (self.message.source_id, operation.raw_id):
            self.assertEqual((stored.mimetype, bool(stored.index_content)), (OPAQUE, False))
            for url in self.addresses(stored):
                with self.subTest(url):
                    self.assert_download(self.url_open(url))
        self.assert_download(self.url_open(f"/maildesk/source/{self.message.id}"))

    def test_the_reading_pane_shows_what_is_harmless(self):
        for part, _stored, (name, content, mimetype, shown) in self.opened():
            with self.subTest(name):
                url = part._as_shown()["inline_url"]
                self.assertEqual(bool(url), shown)
                answer = self.url_open(f"/maildesk/attachment/{part.id}?inline=1")
                if not shown:
                    self.assert_download(answer)
                    continue
                headers = answer.headers
                self.assertEqual(headers["Content-Type"].partition(";")[0], mimetype)
                self.assertTrue(headers["Content-Disposition"].startswith("inline;"))
                self.assertEqual((headers["X-Content-Type-Options"], headers["Cache-Control"]), ("nosniff", "no-store"))
                self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
                self.assertEqual("sandbox" in headers["Content-Security-Policy"], mimetype != "application/pdf")
                self.assertEqual(answer.content, content)

    def test_types_are_told_by_their_names_alone(self):
        part = self.parts[0]
        for written, told in (
            ("IMAGE/PNG; name=x", "image/png"), (" Application/PDF;a=b", "application/pdf"),
            ("text/PLAIN; charset=utf-7", "text/plain; charset=utf-8"), ("text/html; x=image/png", OPAQUE),
            ("image/png,text/html", OPAQUE), ("text/plain\ttext/html", OPAQUE),
        ):
            part.mimetype = written
            self.env.flush_all()
            with self.subTest(written):
                answer = self.url_open(f"/maildesk/attachment/{part.id}?inline=1")
                self.assertEqual(answer.headers["Content-Type"], told)
                self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
