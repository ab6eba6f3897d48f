from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...dev.servers.smtp_sink import SmtpSink
from ...tools.mime import parse_message, read_mail
from ..common import PASSWORD, MailServerCase, mail

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf500f00030101005f4d1d3e0000000049454e44ae"
    "426082")


@tagged("post_install", "-at_install")
class TestCompose(MailServerCase, HttpCase):
    """What the composer asks for, as its browser does."""

    def setUp(self):
        super().setUp()
        self.sink = self.enterContext(SmtpSink(PASSWORD))
        self.email = f"compose.{self._testMethodName}@tidewheel.example"
        self.account = self.connected(self.email, [self.user], signature="<p>Support of Tidewheel</p>")
        self.account.outgoing_server_id.write({"port": self.sink.port, "password": PASSWORD})
        self.user.maildesk_undo_seconds = 0
        self.authenticate("mailbox_user", "mailbox_user")

    def ask(self, route, **params):
        """The answer of a jsonrpc route.

        :raises AssertionError: it is an error; its message is the words a person sees.
        """
        answer = self.url_open(f"/maildesk/{route}", json={"jsonrpc": "2.0", "method": "call", "params": params}).json()
        self.env.invalidate_all()
        if "error" in answer:
            raise AssertionError(answer["error"]["data"]["message"])
        return answer.get("result")

    def upload(self, draft, name, content):
        """A file as a browser uploads it."""
        return self.url_open(
            "/maildesk/draft/upload", {"draft_id": draft["id"], "csrf_token": Request.csrf_token(self)},
            files={"ufile": (name, content)}).json()

    def arrived(self, *raws):
        for raw in raws:
            self.client(self.email).append("INBOX", raw)
        self.sync()
        return self.env["maildesk.message"].search([("account_id", "=", self.account.id)])

    def sent(self):
        self.env["maildesk.submission"]._cron_send()
        return [received.raw for received in self.sink.messages]

    def test_written_saved_sent(self):
        draft = self.ask("draft/begin", kind="new", account_id=self.account.id, to=["rosa@pedalia.example"])
        self.assertEqual((draft["to"], draft["identity"]), ([{"name": "", "email": "rosa@pedalia.example"}], self.email))
        saved = self.ask("draft/save", draft_id=draft["id"], rev=draft["rev"], values={
            "subject": "Offer", "body": '<p>Hello <script>alert(1)</script><img src="https://spy.example/x.png" onerror="x()"></p>'})
        self.assertGreater(saved["rev"], draft["rev"])
        stored = self.ask("draft/open", draft_id=draft["id"])
        self.assertIn("Hello", stored["body"])
        for wrong in ("script", "onerror", "spy.example"):
            self.assertNotIn(wrong, stored["body"])
        answer = self.ask("draft/send", draft_id=draft["id"], rev=saved["rev"])
        self.assertEqual(answer["submission"]["state"], "held")
        [raw] = self.sent()
        body = read_mail(raw)
        self.assertIn("Support of Tidewheel", body.html)
        self.assertIn("Hello", body.text)

    def test_two_people_write_at_once(self):
        draft = self.ask("draft/begin", kind="new", account_id=self.account.id)
        self.ask("draft/save", draft_id=draft["id"], rev=draft["rev"], values={"body": "<p>first</p>"})
        other = self.ask("draft/save", draft_id=draft["id"], rev=draft["rev"], values={"subject": "Kept", "body": "<p>second</p>"})
        self.assertEqual(other["conflict"]["body"], "<p>first</p>")
        stored = self.ask("draft/open", draft_id=draft["id"])
        self.assertEqual((stored["body"], stored["subject"]), ("<p>first</p>", "Kept"))
        self.ask("draft/save", draft_id=draft["id"], rev=other["rev"], values={"body": "<p>both</p>"})
        self.assertEqual(self.ask("draft/open", draft_id=draft["id"])["body"], "<p>both</p>")

    def test_who_writes(self):
        draft = self.ask("draft/begin", kind="new", account_id=self.account.id)
        self.account.user_ids += self.other
        self.assertTrue(self.ask("draft/lock", draft_id=draft["id"])["is_me"])
        self.authenticate("mailbox_other", "mailbox_other")
        self.assertEqual(self.ask("draft/lock", draft_id=draft["id"])["name"], self.user.name)
        self.assertTrue(self.ask("draft/lock", draft_id=draft["id"], take_over=True)["is_me"])
        self.ask("draft/close", draft_id=draft["id"])
        self.assertIsNone(self.ask("draft/open", draft_id=draft["id"])["lock"])

    def test_canned_responses(self):
        response = self.env["mail.canned.response"].with_user(self.user).create({"source": "hours", "substitution": "We open <at> 9."})
        draft = self.ask("draft/begin", kind="new", account_id=self.account.id)
        [found] = self.ask("blocks", account_id=self.account.id, words="hou")
        self.assertEqual((found["id"], found["kind"]), (response.id, "canned"))
        html = self.ask("blocks/render", draft_id=draft["id"], block_id=found["id"], kind="canned")["html"]
        self.assertIn("We open &lt;at&gt; 9.", html)

    def test_what_is_asked_first(self):
        draft = self.ask("draft/begin", kind="new", account_id=self.account.id, to=["rosa@pedalia.example"])
        saved = self.ask("draft/save", draft_id=draft["id"], rev=draft["rev"], values={"body": "<p>Please find attached our offer.</p>"})
        asked = self.ask("draft/send", draft_id=draft["id"], rev=saved["rev"])
        self.assertEqual([one["kind"] for one in asked["warnings"]], ["no_subject", "forgotten_attachment"])
        self.assertEqual(self.sent(), [])
        answer = self.ask("draft/send", draft_id=draft["id"], rev=saved["rev"], acknowledged=["no_subject", "forgotten_attachment"])
        self.assertIn("submission", answer)

    @mute_logger("odoo.http")
    def test_without_a_recipient_nothing_is_sent(self):
        draft = self.ask("draft/begin", kind="new", account_id=self.account.id)
        with self.assertRaisesRegex(AssertionError, "no recipient yet"):
            self.ask("draft/send", draft_id=draft["id"], rev=draft["rev"])
        self.ask("draft/save", draft_id=draft["id"], rev=draft["rev"], values={"to": "nonsense"})
        with self.assertRaisesRegex(AssertionError, "nonsense is not an email address"):
            self.ask("draft/send", draft_id=draft["id"], rev=draft["rev"])

    def test_an_answer_quotes_with_its_pictures(self):
        html = '<p style="color: red">Their words <img src="cid:pic@x"></p>'
        raw = mail("Wheels", html=html, message_id="<first@pedalia.example>")
        [message] = self.arrived(raw)
        draft = self.ask("draft/begin", kind="reply", message_id=message.id)
        self.assertEqual((draft["subject"], draft["quote"]["mode"]), ("Re: Wheels", "reference"))
        frame = self.url_open(draft["quote"]["url"])
        self.assertIn("Their words", frame.text)
        self.assertIn("default-src 'none'", frame.headers["Content-Security-Policy"])
        self.ask("draft/save", draft_id=draft["id"], rev=draft["rev"], values={"body": "<p>My words</p>"})
        self.ask("draft/send", draft_id=draft["id"], rev=draft["rev"])
        [raw] = self.sent()
        body = read_mail(raw)
        self.assertLess(body.html.index("My words"), body.html.index("Support of Tidewheel"))
        self.assertLess(body.html.index("Support of Tidewheel"), body.html.index("Their words"))
        self.assertIn("Rosa Delgado wrote:", body.text)
        self.assertEqual(parse_message(raw).header.in_reply_to, "<first@pedalia.example>")

    def test_a_forward_takes_the_files_along(self):
        [message] = self.arrived(mail("Plan", attachments=[("plan.pdf", b"%PDF-1.4", "application/pdf")]))
        draft = self.ask("draft/begin", kind="forward", message_id=message.id)
        self.assertEqual([(file["name"], file["is_forwarded"]) for file in draft["files"]], [("plan.pdf", True)])
        self.ask("draft/save", draft_id=draft["id"], rev=draft["rev"], values={"to": "tom@pedalia.example"})
        self.ask("draft/send", draft_id=draft["id"], rev=draft["rev"])
        [raw] = self.sent()
        self.assertEqual([part.name for part in read_mail(raw).attachments], ["plan.pdf"])
        self.assertIn("Forwarded message", read_mail(raw).text)

    def test_files_and_pictures(self):
        draft = self.ask("draft/begin", kind="new", account_id=self.account.id, to=["rosa@pedalia.example"])
        picture, page = self.upload(draft, "wheel.png", PIXEL), self.upload(draft, "page.html", b"<script>alert(1)</script>")
        stored = self.env["ir.attachment"].browse([picture["id"], page["id"]])
        self.assertEqual((set(stored.mapped("mimetype")), set(stored.mapped("public"))), ({"application/octet-stream"}, {False}))
        served = self.url_open(page["url"])
        self.assertEqual(served.headers["Content-Type"], "application/octet-stream")
        self.assertIn("attachment", served.headers["Content-Disposition"])
        self.assertEqual(self.url_open(f"{page['url']}?inline=1").headers["Content-Type"], "application/octet-stream")
        self.assertEqual(self.url_open(picture["inline_url"]).headers["Content-Type"], "image/png")
        body = f'<p>Look: <img src="cid:{picture["content_id"]}"></p>'
        self.ask("draft/save", draft_id=draft["id"], rev=draft["rev"], values={"subject": "Pictures", "body": body})
        shown = self.ask("draft/open", draft_id=draft["id"])
        self.assertEqual(([one["name"] for one in shown["files"]], [one["id"] for one in shown["pictures"]]), (["page.html"], [picture["id"]]))
        self.ask("draft/send", draft_id=draft["id"], rev=draft["rev"])
        [raw] = self.sent()
        parts = {part.name: part.inline for part in read_mail(raw).attachments}
        self.assertEqual(parts, {"wheel.png": True, "page.html": False})
        self.assertFalse(stored.exists())

    def test_what_is_not_ours_is_refused(self):
        draft = self.ask("draft/begin", kind="new", account_id=self.account.id)
        [message] = self.arrived(mail("Wheels"))
        self.authenticate("mailbox_other", "mailbox_other")
        with mute_logger("odoo.http"):
            self._refuses(draft, message)

    def _refuses(self, draft, message):
        for route, params in (
            ("draft/open", {"draft_id": draft["id"]}), ("draft/save", {"draft_id": draft["id"], "rev": 1, "values": {"subject": "x"}}),
            ("draft/send", {"draft_id": draft["id"], "rev": 1}), ("draft/discard", {"draft_id": draft["id"]}),
            ("draft/begin", {"kind": "reply", "message_id": message.id}), ("draft/begin", {"kind": "new", "account_id": self.account.id}),
            ("draft/lock", {"draft_id": draft["id"]}), ("recipients", {"account_id": self.account.id, "words": "r"}),
        ):
            with self.subTest(route=route), self.assertRaises(AssertionError):
                self.ask(route, **params)
        self.assertEqual(self.url_open(f"/maildesk/draft/{draft['id']}/quote").status_code, 403)
        self.assertEqual(self.ask("submission/list"), [])

    def test_people_are_suggested(self):
        self.arrived(mail("Wheels"))
        self.client(self.email).append("Sent", mail("Offer", to="Rosa Delgado <rosa@pedalia.example>"))
        self.sync()
        partners = self.env["res.partner"].search_count([])
        found = self.ask("recipients", account_id=self.account.id, words="ros")
        self.assertIn(("rosa@pedalia.example", "written"), [(one["email"], one["kind"]) for one in found])
        self.ask("recipients/forget", account_id=self.account.id, email="Rosa@pedalia.example")
        self.assertNotIn("rosa@pedalia.example", [one["email"] for one in self.ask("recipients", account_id=self.account.id, words="ros")])
        self.assertEqual(self.env["res.partner"].search_count([]), partners)

    def test_a_draft_begun_elsewhere_opens_with_its_files(self):
        self.client(self.email).append("Drafts", mail(
            "Half written", to="tom@pedalia.example", attachments=[("plan.pdf", b"%PDF-1.4", "application/pdf")]), ("\\Draft",))
        self.sync()
        message = self.env["maildesk.message"].search([("account_id", "=", self.account.id), ("subject", "=", "Half written")])
        draft = self.ask("draft/open", message_id=message.id)
        self.assertEqual((draft["subject"], [file["name"] for file in draft["files"]]), ("Half written", ["plan.pdf"]))
        self.assertEqual(self.ask("draft/open", message_id=message.id)["id"], draft["id"])
        self.ask("draft/send", draft_id=draft["id"], rev=draft["rev"])
        self.assertEqual(len(self.sent()), 1)
        self.assertFalse(message.placement_ids.filtered(lambda place: place.folder_id.role == "drafts"))

    def test_writing_leaves_nothing_behind(self):
        count = {name: self.env[name].search_count([]) for name in ("mail.mail", "mail.message", "mail.followers", "res.partner")}
        self.test_written_saved_sent()
        self.assertEqual({name: self.env[name].search_count([]) for name in count}, count)
        self.assertFalse(self.env["ir.attachment"].search([("res_model", "=", "maildesk.draft"), ("public", "=", True)]))
