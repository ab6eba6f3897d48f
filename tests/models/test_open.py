import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ..common import MailServerCase, mail

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
HOSTILE = (
    '<p onclick="alert(1)">Hello <script>alert(2)</script><img src="https://images.example/a.png" width="300" height="200">'
    '<a href="javascript:alert(3)">link</a></p>'
)


@tagged("post_install", "-at_install")
class TestOpen(MailServerCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account("open@tidewheel.example", [cls.user], cls.dovecot.port)

    def setUp(self):
        super().setUp()
        client = self.client("open@tidewheel.example")
        client.select_folder("INBOX")
        client.delete_messages(client.search())
        client.expunge()
        client.append("INBOX", mail(
            "Hostile", "Hello in text", html=HOSTILE, sender='"<b>Rosa</b>" <rosa@pedalia.example>',
            attachments=[("../../rüde.html", b"<script>alert(4)</script>", "text/html"), ("ok.png", PIXEL, "image/png"),
                         ("grüß.txt", "Grüße".encode("latin-1"), "text/plain")],
        ))
        self.account.action_fetch_folders()
        self.sync()
        self.placement = self.env["maildesk.message.placement"].with_user(self.user).search(
            [("folder_id.account_id", "=", self.account.id)])
        self.message = self.placement.message_id

    def test_opening(self):
        shown = self.message._open(self.placement)
        self.assertEqual((shown["subject"], shown["error"], shown["blocked_images"]), ("Hostile", "", 1))
        self.assertEqual([part["name"].rpartition("/")[2] for part in shown["attachments"]], ["rüde.html", "ok.png", "grüß.txt"])
        body = self.message.body_ids
        self.assertIn("Hello", body.html)
        for trace in ("script", "onclick", "javascript", "images.example"):
            self.assertNotIn(trace, body.html)
        self.assertIn("https://images.example/a.png", body.html_with_images)
        self.assertNotIn("script", body.html_with_images)

    def test_a_cached_body_needs_no_server(self):
        self.message._open(self.placement)
        self.account.incoming_server_id.write({"port": 1, "password": "x"})
        self.assertEqual(self.message._open(self.placement)["error"], "")
        self.assertIn("refuses connections", self.message.attachment_ids[:1]._content and self._error_of(self.message._fetch_raw))

    def _error_of(self, call):
        with self.assertRaises(UserError) as caught:
            call()
        return str(caught.exception)

    def test_an_unreachable_server_is_told(self):
        self.account.incoming_server_id.write({"port": 1, "password": "x"})
        shown = self.message._open(self.placement)
        self.assertIn("refuses connections", shown["error"])
        self.assertEqual(shown["subject"], "Hostile")

    def test_addresses_of_content(self):
        shown = self.message._open(self.placement)
        page, picture, plain = (part["url"] for part in shown["attachments"])
        self.authenticate("mailbox_user", "mailbox_user")
        text = self.url_open(f"{plain}?inline=1")
        self.assertEqual((text.headers["Content-Type"], text.text), ("text/plain; charset=utf-8", "Grüße"))
        routes = [shown["frame_url"], page, picture, shown["source_url"]]
        frame = self.url_open(shown["frame_url"])
        policy = frame.headers["Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertIn("sandbox allow-popups allow-popups-to-escape-sandbox", policy)
        self.assertNotIn("https:", policy)
        self.assertIn("https:", self.url_open(f"{shown['frame_url']}?images=1").headers["Content-Security-Policy"])
        printed = self.url_open(f"{shown['frame_url']}?print=1").text
        self.assertIn("&lt;b&gt;Rosa&lt;/b&gt; &lt;rosa@pedalia.example&gt;", printed)
        self.assertIn("<p>Hello", printed)
        html = self.url_open(f"{page}?inline=1")
        self.assertIn("attachment", html.headers["Content-Disposition"])
        self.assertEqual(html.headers["Content-Type"], "application/octet-stream")
        self.assertEqual(html.content, b"<script>alert(4)</script>")
        image = self.url_open(f"{picture}?inline=1")
        self.assertEqual((image.headers["Content-Type"], image.content), ("image/png", PIXEL))
        self.assertIn(b"Subject: Hostile", self.url_open(shown["source_url"]).content)
        for url in routes:
            answer = self.url_open(url)
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff", url)
            self.assertIn("no-store", answer.headers["Cache-Control"], url)
            self.assertIn("sandbox", answer.headers["Content-Security-Policy"], url)

        for login in ("mailbox_other", "mailbox_admin", "plain_employee", "portal_person"):
            self.authenticate(login, login)
            for url in [*routes, f"/web/content/{self.message.sudo().attachment_ids.attachment_id[:1].id}"]:
                with self.subTest(login=login, url=url):
                    self.assertIn(self.url_open(url, allow_redirects=False).status_code, (303, 403, 404))

        # revoked: the very next request is refused
        self.authenticate("mailbox_user", "mailbox_user")
        stored = f"/web/content/{self.message.sudo().attachment_ids.attachment_id[:1].id}"
        self.assertEqual(self.url_open(stored).status_code, 200)
        self.account.access_ids.unlink()
        for url in [*routes, stored]:
            with self.subTest("revoked", url=url):
                self.assertIn(self.url_open(url, allow_redirects=False).status_code, (303, 403, 404))

    def test_app_routes(self):
        self.authenticate("mailbox_user", "mailbox_user")
        tree = self.make_jsonrpc_request("/maildesk/tree")
        mine = [account for account in tree["accounts"] if account["id"] == self.account.id]
        self.assertEqual(len(mine), 1)
        self.assertFalse(tree["can_configure"])
        inbox = next(folder for folder in mine[0]["folders"] if folder["role"] == "inbox")
        self.assertEqual(inbox["unread"], 1)
        page = self.make_jsonrpc_request("/maildesk/messages", {"folder_id": inbox["id"]})
        self.assertEqual([row["subject"] for row in page["rows"]], ["Hostile"])
        self.assertTrue(page["rows"][0]["has_attachments"])
        for search, found in (("rosa", 1), ("pedal", 1), ("hostile", 1), ("nothing", 0), ("'; DROP", 0), ("host & | !", 1)):
            rows = self.make_jsonrpc_request("/maildesk/messages", {"search": search})["rows"]
            self.assertEqual(len(rows), found, search)
        self.assertFalse(page["rows"][0]["frame_url"])
        shown = self.make_jsonrpc_request("/maildesk/open", {"placement_id": page["rows"][0]["id"]})
        self.assertEqual((shown["account_id"], shown["folder_id"]), (self.account.id, inbox["id"]))
        page = self.make_jsonrpc_request("/maildesk/messages", {"folder_id": inbox["id"]})
        self.assertEqual(page["rows"][0]["frame_url"], shown["frame_url"])
        self.assertEqual(shown["from"]["email"], "rosa@pedalia.example")

        self.authenticate("mailbox_other", "mailbox_other")
        self.assertFalse(self.make_jsonrpc_request("/maildesk/tree")["accounts"])
        self.assertFalse(self.make_jsonrpc_request("/maildesk/messages", {"folder_id": inbox["id"]})["rows"])
        self.assertFalse(self.make_jsonrpc_request("/maildesk/messages", {})["rows"])

    def test_pages_by_key(self):
        client = self.client("open@tidewheel.example")
        for number in range(7):
            client.append("INBOX", mail(f"Page {number}"))
        self.sync()
        seen, after = [], None
        while True:
            page = self.env["maildesk.message.placement"].with_user(self.user)._page(None, after=after, limit=3)
            seen += [row["subject"] for row in page["rows"]]
            after = page["next"]
            if not after:
                break
        self.assertEqual(len(seen), 8)
        self.assertEqual(len(set(seen)), 8)

    def test_attachments_stay_on_the_server_where_told_so(self):
        self.account.keep_attachments = False
        part = self.message.attachment_ids.filtered(lambda part: part.name == "ok.png")
        self.assertEqual(part._content(), PIXEL)
        self.assertFalse(part.sudo().attachment_id)

    def test_others_may_not_open(self):
        for user in (self.other, self.admin):
            with self.assertRaises(AccessError):
                self.message.with_user(user)._open(self.placement.with_user(user))
