"""Who may not see junk reaches it through no door, whichever of the two levels closes it."""

import itertools
import json

from odoo import fields
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import MaildeskCase

SECRET = "lottery"
SPAM_OFF = "Your administrator has turned off Spam and quarantine for you."
OF_MAILS = (
    "maildesk.folder", "maildesk.message", "maildesk.message.placement", "maildesk.message.body", "maildesk.attachment",
    "maildesk.thread", "maildesk.operation", "maildesk.link",
)


@tagged("post_install", "-at_install")
class TestJunk(HttpCase, MaildeskCase):
    def setUp(self):
        super().setUp()
        self.user.group_ids += self.env.ref("base.group_allow_export")
        self.account = self.make_account(users=[self.user, self.other])
        self.account.state = "connected"
        self.inbox, self.junk = self.env["maildesk.folder"].create([
            {"account_id": self.account.id, "name": role, "remote_id": role, "role": role, "total_count": 1, "unread_count": 1}
            for role in ("inbox", "junk")])
        # a conversation of both, and one of junk only
        shared, lonely = self.env["maildesk.thread"].create([{"account_id": self.account.id}] * 2)
        self.clean = {"maildesk.folder": self.inbox, "maildesk.thread": shared, **self.fill(self.inbox, shared, "invoice")}
        self.secret = {"maildesk.folder": self.junk, "maildesk.thread": lonely, **self.fill(self.junk, shared, SECRET)}
        self.fill(self.junk, lonely, f"second {SECRET}")
        self.line = self.account.access_ids.filtered(lambda line: line.user_id == self.user)
        self.row = self.user.maildesk_action_ids
        self.keys = itertools.count()
        self.authenticate(self.user.login, self.user.login)

    def fill(self, folder, thread, word):
        """A mail with all that hangs on it."""
        now = fields.Datetime.now()
        message = self.env["maildesk.message"].create({
            "account_id": self.account.id, "fingerprint": word, "subject": f"Your {word}", "preview": f"the {word} is here",
            "thread_id": thread.id, "from_name": word, "from_email": f"{word}@pedalia.example", "date": now,
            "to_addresses": f"{word}@tidewheel.example", "has_attachments": True,
        })
        stored = self.env["ir.attachment"].create({"name": f"{word}.txt", "raw": word.encode(), "mimetype": "text/plain"})
        parts = self.env["maildesk.attachment"].create([
            {"message_id": message.id, "name": f"{word}{part}.txt", "mimetype": "text/plain", "part_id": str(part),
             "attachment_id": stored.id} for part in (2, 3)])
        stored.write({"res_model": "maildesk.attachment", "res_id": parts[0].id})
        place = self.env["maildesk.message.placement"].create(
            {"message_id": message.id, "folder_id": folder.id, "remote_id": word, "date": now})
        return {
            "maildesk.message": message,
            "maildesk.message.placement": place,
            "maildesk.message.body": self.env["maildesk.message.body"].create(
                {"message_id": message.id, "html": f"<p>{word}</p>", "text": word,
                 "expires_at": fields.Datetime.add(now, days=1)}),
            "maildesk.attachment": parts,
            "maildesk.operation": self.env["maildesk.operation"].create({
                "account_id": self.account.id, "message_id": message.id, "placement_id": place.id, "kind": "flag",
                "flag": "is_read", "value": True, "folder_id": folder.id, "remote_id": word, "state": "failed",
                "error_message": word}),
            "maildesk.link": self.env["maildesk.link"].create({
                "message_id": message.id, "res_model": "res.partner", "res_id": self.user.partner_id.id}),
            "ir.attachment": stored,
        }

    def both_levels(self):
        """Closed by one level, then by the other."""
        for record, other in ((self.line, self.row), (self.row, self.line)):
            record.allow_spam, other.allow_spam = False, True
            self.env.flush_all()
            self.env.invalidate_all()
            yield

    def post(self, route, params):
        self.env.flush_all()
        answer = self.url_open(route, json={"jsonrpc": "2.0", "method": "call", "params": params}).json()
        self.env.invalidate_all()
        return answer

    def app(self, route, **params):
        return self.post(f"/maildesk/{route}", params)

    def call(self, model, method, *args, **options):
        return self.post("/web/dataset/call_kw", {"model": model, "method": method, "args": args, "kwargs": options})

    def assert_silent(self, answer, words=""):
        """Not a word of junk in an answer, be it one or a refusal."""
        self.assertNotIn(SECRET, json.dumps(answer).lower(), words)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_it_is_there_for_those_who_may(self):
        """The test can fail: with both levels open, the same doors lead in."""
        for model in OF_MAILS:
            found = self.call(model, "search", [["id", "in", self.secret[model].ids]])["result"]
            self.assertEqual(found, self.secret[model].ids, model)
        self.assertIn(SECRET, json.dumps(self.app("messages", folder_id=self.junk.id)))
        self.assertIn(SECRET, json.dumps(self.app("open", placement_id=self.secret["maildesk.message.placement"].id)))
        for url in self.urls():
            answer = self.url_open(url)
            self.assertEqual(answer.status_code, 200, url)
        [thread] = self.call("maildesk.thread", "read", self.clean["maildesk.thread"].ids, ["message_ids"])["result"]
        self.assertEqual(len(thread["message_ids"]), 2)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_every_model(self):
        for _level in self.both_levels():
            for model in OF_MAILS:
                ids = self.secret[model].ids
                domain = [["id", "in", ids]]
                with self.subTest(model=model):
                    self.assertEqual(self.call(model, "search", domain)["result"], [])
                    self.assertEqual(self.call(model, "search_count", domain)["result"], 0)
                    self.assertEqual(self.call(model, "search_read", domain)["result"], [])
                    self.assertEqual(self.call(model, "web_search_read", domain, {"display_name": {}})["result"]["length"], 0)
                    self.assertEqual(self.call(model, "name_search", "", domain)["result"], [])
                    groups = self.call(model, "formatted_read_group", domain, [], ["__count"])["result"]
                    self.assertEqual([group["__count"] for group in groups], [0])
                    groups = self.call(model, "formatted_read_group", [], [], ["id:array_agg"])["result"]
                    self.assertFalse(set(groups[0]["id:array_agg"]) & set(ids))
                    for method, args in (
                        ("read", ([],)), ("web_read", ({"display_name": {}},)), ("export_data", (["id", "display_name"],)),
                        ("copy", ()), ("copy_data", ()), ("write", ({},)), ("unlink", ()),
                    ):
                        answer = self.call(model, method, ids, *args)
                        self.assert_silent(answer, method)
                        self.assertIn("error", answer, method)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_domains_that_ask_through_what_is_readable(self):
        probes = {
            "maildesk.account": ["folder_ids.role = junk"],
            "maildesk.folder": ["account_id.folder_ids.role = junk"],
            "maildesk.thread": [
                f"message_ids.subject ilike {SECRET}", "message_ids.placement_ids.folder_id.role = junk",
                f"message_ids.attachment_ids.name ilike {SECRET}",
            ],
            "maildesk.message": [
                f"thread_id.message_ids.subject ilike {SECRET}", f"thread_id.message_ids.body_ids.text ilike {SECRET}",
                f"subject ilike {SECRET}", f"preview ilike {SECRET}", "placement_ids.folder_id.role = junk",
                "account_id.folder_ids.role = junk",
            ],
            "maildesk.message.placement": [
                f"message_id.thread_id.message_ids.subject ilike {SECRET}", "folder_id.account_id.folder_ids.role = junk",
            ],
            "maildesk.attachment": [f"message_id.thread_id.message_ids.subject ilike {SECRET}"],
            "maildesk.operation": [f"message_id.thread_id.message_ids.subject ilike {SECRET}", f"error_message ilike {SECRET}"],
            "ir.attachment": [f"name ilike {SECRET}"],
        }
        for _level in self.both_levels():
            for model, domains in probes.items():
                for probe in domains:
                    path, operator, value = probe.split()
                    domain = [[path, operator, value]]
                    if model == "ir.attachment":
                        domain.append(["res_model", "=", "maildesk.attachment"])
                    with self.subTest(model=model, probe=probe):
                        self.assertEqual(self.call(model, "search", domain).get("result", []), [])

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_what_is_readable_tells_nothing_of_it(self):
        for _level in self.both_levels():
            for model in (*OF_MAILS, "maildesk.account"):
                records = self.call(model, "search", [])["result"]
                names = [
                    name for name, field in self.env[model]._fields.items()
                    if not field.groups or field.groups == "base.group_user"]
                answer = self.call(model, "read", records, names)
                self.assertTrue(answer["result"], model)
                self.assert_silent(answer, model)
                self.assertNotIn('"junk"', json.dumps(answer), model)
                if model == "maildesk.thread":
                    [thread] = answer["result"]
                    self.assertEqual((thread["message_count"], len(thread["message_ids"])), (1, 1))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_the_app(self):
        place = self.secret["maildesk.message.placement"]
        for _level in self.both_levels():
            tree = self.app("tree")["result"]
            [account] = tree["accounts"]
            self.assertEqual([folder["role"] for folder in account["folders"]], ["inbox"])
            self.assertEqual((account["may_junk"], account["failed"], account["loaded"]), (False, 1, 1))
            for params in (
                {"folder_id": self.junk.id}, {}, {"search": SECRET}, {"folder_id": self.junk.id, "search": SECRET},
                *({"quick_filter": name} for name in ("unread", "starred", "attachments", "incoming", "outgoing")),
            ):
                answer = self.app("messages", **params)
                self.assertIn("result", answer)
                self.assert_silent(answer, params)
            self.assertEqual(len(self.app("messages")["result"]["rows"]), 1)
            for route, params in (
                ("open", {"placement_id": place.id}), ("operations", {"account_id": self.account.id}),
                ("sync", {"account_id": self.account.id}),
            ):
                self.assert_silent(self.app(route, **params), route)

    def act(self, action, places, folder=None):
        """What became of one act."""
        act = {
            "key": f"key {next(self.keys)}", "action": action, "placement_ids": places.ids, "folder_id": folder and folder.id}
        [outcome] = self.app("act", user_id=self.session.uid, acts=[act])["result"]
        return outcome

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_acts(self):
        hidden, seen = (mail["maildesk.message.placement"] for mail in (self.secret, self.clean))
        for _level in self.both_levels():
            for action in ("read", "star", "archive", "junk", "not_junk", "delete", "move"):
                self.assertIn("no longer there", self.act(action, hidden, self.inbox)["error"])
                self.assertEqual(self.act("unread", hidden | seen), {"missing": hidden.ids})
            self.assertEqual((hidden.folder_id, hidden.is_read, hidden.is_starred), (self.junk, False, False))
            # nor do they put away what they could never get back
            self.assertEqual(self.act("junk", seen)["error"], SPAM_OFF)
            self.assertIn("Choose a folder", self.act("move", seen, self.junk)["error"])
            self.assertEqual(seen.folder_id, self.inbox)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_refused_changes(self):
        hidden = self.secret["maildesk.operation"]
        moved = self.env["maildesk.operation"].create({
            "account_id": self.account.id, "message_id": self.clean["maildesk.message"].id, "kind": "move",
            "placement_id": self.clean["maildesk.message.placement"].id, "folder_id": self.inbox.id, "remote_id": "1:1",
            "target_id": self.junk.id, "state": "failed"})
        for _level in self.both_levels():
            for step in ("retry", "dismiss"):
                self.app(f"operations/{step}", operation_ids=hidden.ids)
                self.assertEqual(hidden.state, "failed")
            # what a colleague wanted to put there is told without naming the place
            shown = self.app("operations", account_id=self.account.id)["result"]
            self.assertEqual([each["what"] for each in shown if each["id"] == moved.id], ["Move to another folder"])
            answer = self.app("operations/retry", operation_ids=moved.ids)
            self.assertEqual(answer["error"]["data"]["message"], SPAM_OFF)
            self.assertEqual(moved.state, "failed")

    def urls(self, kind="secret"):
        mail = getattr(self, kind)
        message, part, stored = mail["maildesk.message"], mail["maildesk.attachment"][0], mail["ir.attachment"]
        return (
            f"/maildesk/body/{message.id}", f"/maildesk/body/{message.id}?print=1&images=1",
            f"/maildesk/attachment/{part.id}", f"/maildesk/attachment/{part.id}?inline=1", f"/maildesk/attachments/{message.id}",
            f"/web/content/{stored.id}", f"/web/content/ir.attachment/{stored.id}/raw",
        )

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_binary")
    def test_files(self):
        for _level in self.both_levels():
            self.env.flush_all()
            for url in (*self.urls(), f"/maildesk/source/{self.secret['maildesk.message'].id}"):
                answer = self.url_open(url)
                self.assertIn(answer.status_code, (403, 404), url)
                self.assertNotIn(SECRET, answer.text.lower(), url)
            for url in self.urls("clean"):
                self.assertEqual(self.url_open(url).status_code, 200, url)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.web.controllers.export")
    def test_odoos_export(self):
        for _level in self.both_levels():
            for model in ("maildesk.message", "maildesk.message.placement", "maildesk.thread"):
                for ids in (False, self.secret[model].ids):
                    data = {
                        "model": model, "ids": ids, "domain": [], "groupby": [], "import_compat": False, "context": {},
                        "fields": [{"name": "display_name", "label": "Name", "type": "char"},
                                   {"name": "account_id/folder_ids/role", "label": "Role", "type": "char"}],
                    }
                    self.env.flush_all()
                    answer = self.url_open("/web/export/csv", data={"data": json.dumps(data), "csrf_token": Request.csrf_token(self)})
                    with self.subTest(model=model, ids=ids):
                        self.assertNotIn(SECRET, answer.text.lower())
                        self.assertNotIn("junk", answer.text.lower())
