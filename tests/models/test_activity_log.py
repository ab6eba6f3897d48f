"""The Activity Log: what is told, and that nobody can make it tell anything else."""

from datetime import timedelta

from lxml import etree
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from ..common import PASSWORD, MaildeskCase, MailServerCase, mail


class LogCase(MaildeskCase):
    def lines(self, account=None, event=None):
        """The newest first."""
        account = account or self.account
        domain = [("account_id", "=", account.id)] + ([("event", "=", event)] if event else [])
        return self.env["maildesk.log"].search(domain)

    def told(self, act, account=None):
        """Events and details that an act adds, the oldest first."""
        before = self.lines(account)
        act()
        self.env.flush_all()
        return [(line.event, line.detail) for line in (self.lines(account) - before).sorted("id")]


@tagged("post_install", "-at_install")
class TestActivityLog(LogCase):
    def setUp(self):
        super().setUp()
        self.account = self.make_account().with_user(self.admin)

    def test_a_new_mailbox(self):
        events = {(line.event, line.detail) for line in self.lines()}
        self.assertLessEqual({
            ("created", ""),
            ("server_linked", "Incoming Mail Server: support@tidewheel.example incoming"),
            ("server_linked", "Outgoing SMTP Server: support@tidewheel.example outgoing"),
        }, events)

    def test_one_line_a_save(self):
        self.other.name = "Other Person"
        self.assertEqual(self.told(lambda: self.account.write({
            "name": "Help", "keep_attachments": False, "allow_personal_connection": True, "owner_id": self.other.id,
            "sender_name": False,
        })), [("settings", "Account Name: Support → Help, Keep Attachments off, Allow Personal Connection on, "
               "Owner: (empty) → Other Person")])
        line = self.lines()[0]
        self.assertEqual((line.actor_id, line.user_id.id, line.email, line.company_id), (self.admin, False, self.account.email, self.company))

    def test_a_save_that_changes_nothing_tells_nothing(self):
        self.assertEqual(self.told(lambda: self.account.write({"name": self.account.name, "active": True})), [])
        self.assertEqual(self.told(lambda: self.account.write({"incoming_server_id": self.account.incoming_server_id.id})), [])

    def test_every_setting_of_the_form_is_covered(self):
        names = self.account._audited_names()
        self.assertLessEqual({
            "name", "email", "sender_name", "owner_id", "company_id", "allow_personal_connection", "share_password_expires_on",
            "keep_attachments", "block_tracking"}, set(names))
        self.assertFalse({"state", "share_password", "error_message", "write_date", "create_uid", "active"} & set(names))
        self.assertLessEqual(
            {"host", "port", "encryption", "username", "server_type", "name"},
            set(self.account.incoming_server_id._audited_names()))

    def test_what_the_engine_writes_is_no_change_of_settings(self):
        self.assertEqual(self.told(lambda: self.account.sudo().write({"state": "error", "error_message": "x"})), [])

    def test_servers(self):
        server = self.account.incoming_server_id
        self.assertEqual(self.told(lambda: server.write({"host": "imap.example.com", "port": 993, "encryption": "ssl"})), [
            ("settings", f"Incoming Mail Server: {server.name}: Server: 127.0.0.1 → imap.example.com, Port: (empty) → 993, "
             "Connection Security: None → SSL/TLS")])
        self.assertEqual(
            self.told(lambda: server.write({"password": "new-secret-1"})), [("credentials", f"Incoming Mail Server: {server.name}")])
        outgoing = self.account.outgoing_server_id
        other = outgoing.copy({"name": "Relay"})
        self.assertEqual(self.told(lambda: self.account.write({"outgoing_server_id": other.id})), [
            ("server_unlinked", f"Outgoing SMTP Server: {outgoing.name}"), ("server_linked", "Outgoing SMTP Server: Relay")])
        outgoing.host = "elsewhere.example"
        line = self.env["maildesk.log"].search([], limit=1)
        self.assertEqual((line.event, line.account_id.id, line.company_id), ("settings", False, self.company))

    def test_no_secret_is_told(self):
        self.account.write({"allow_personal_connection": True, "share_password": "hush-hush-1"})
        self.account.incoming_server_id.write({"password": "hush-hush-2", "host": "imap.example.com"})
        text = " ".join(self.env["maildesk.log"].search([]).mapped(lambda line: line.detail or ""))
        self.assertNotIn("hush-hush", text)
        self.assertNotIn(PASSWORD, text)
        self.assertEqual(self.lines(event="share_password").mapped("detail"), [""])

    def test_a_company_s_client_secret(self):
        self.company.with_user(self.env.ref("base.user_admin")).maildesk_google_client_secret = "hush-hush-3"
        line = self.env["maildesk.log"].search([], limit=1)
        self.assertEqual(
            (line.event, line.detail, line.company_id, line.account_id.id),
            ("credentials", "Google Client Secret", self.company, False))

    def test_archiving(self):
        self.assertEqual(self.told(lambda: self.account.write({"active": False})), [("archived", "")])
        self.assertEqual(self.told(lambda: self.account.write({"active": True})), [("unarchived", "")])

    def test_people(self):
        self.account.user_ids = [Command.set([self.user.id, self.admin.id])]
        self.assertEqual(
            [(line.event, line.user_id) for line in self.lines()[:2].sorted("id")],
            [("granted", self.user), ("granted_self", self.admin)])
        self.account.user_ids = [Command.clear()]
        self.assertEqual(
            {(line.event, line.user_id) for line in self.lines()[:2]}, {("revoked", self.user), ("left", self.admin)})

    def test_a_line_handed_to_oneself_is_told_too(self):
        self.account.user_ids = [Command.link(self.user.id)]
        # nobody may, but another module might, as superuser
        self.account.access_ids.sudo().user_id = self.admin
        self.assertEqual(
            [(line.event, line.user_id) for line in self.lines()[:2]], [("granted_self", self.admin), ("revoked", self.user)])

    def test_the_smart_button(self):
        other = self.make_account("info@tidewheel.example").with_user(self.admin)
        self.assertEqual(self.account.log_count, len(self.lines()))
        action = self.account.action_open_log()
        found = self.env[action["res_model"]].with_user(self.admin).search(action["domain"])
        self.assertEqual(found, self.lines())
        self.assertNotIn(other, found.account_id)
        with self.assertRaises(AccessError):
            _ = self.account.with_user(self.user).log_count

    def test_the_line_outlives_the_mailbox(self):
        lines = self.lines()
        self.account.unlink()
        self.assertEqual(set(lines.mapped("email")), {"support@tidewheel.example"})
        removed = self.env["maildesk.log"].search([("event", "=", "removed")], limit=1)
        self.assertEqual((removed.email, removed.actor_id), ("support@tidewheel.example", self.admin))

    def test_the_filters_of_the_search_view(self):
        Log = self.env["maildesk.log"].with_user(self.admin)
        arch = self.env.ref("maildesk.maildesk_log_view_search")
        view = Log.get_view(arch.id, "search")["arch"]
        filters = {node.get("name"): node for node in etree.fromstring(view).iter("filter")}
        known = dict(Log._fields["event"].selection)
        in_filters = set()
        for name in ("access", "configuration", "connection", "exported"):
            (_field, operator, value), = safe_eval(filters[name].get("domain"))
            in_filters |= set(value) if operator == "in" else {value}
        self.assertEqual(in_filters, set(known), "every event is found by one of the filters")
        now = fields.Datetime.now()
        self.env.cr.execute("UPDATE maildesk_log SET create_date = %s WHERE account_id = %s", [now - timedelta(days=40), self.account.id])
        for name in ("this_week", "this_month"):
            domain = safe_eval(filters[name].get("domain"))
            self.assertFalse(Log.search([*domain, ("account_id", "=", self.account.id)]), name)
        self.account.name = "Today"
        for name in ("this_week", "this_month"):
            domain = safe_eval(filters[name].get("domain"))
            self.assertEqual(Log.search([*domain, ("account_id", "=", self.account.id)]).event, "settings", name)
        for name in ("group_by_event", "group_by_email", "group_by_user", "group_by_actor", "group_by_date"):
            group = safe_eval(filters[name].get("context"))["group_by"]
            self.assertTrue(Log.formatted_read_group([("account_id", "=", self.account.id)], [group], ["__count"]), name)


@tagged("post_install", "-at_install")
class TestConnectionsAreLogged(LogCase, MailServerCase):
    def test_tests_and_their_results_in_words(self):
        self.account = self.connected("tested@tidewheel.example")
        self.assertEqual(self.told(self.account.action_test_incoming), [("tested", "Incoming Mail Server: passed")])

        def fail():
            self.account.incoming_server_id.password = "not this one"
            with self.assertRaisesRegex(UserError, "password"):
                self.account.action_test_incoming()

        (_credentials, (event, detail)) = self.told(fail)
        self.assertEqual(event, "tested")
        self.assertRegex(detail, r"^Incoming Mail Server: failed\. 127\.0\.0\.1 does not accept user name and password")
        self.assertNotIn("not this one", detail)

        def unfit():
            self.env["maildesk.credential"]._forget(self.account.incoming_server_id, "password")
            with self.assertRaisesRegex(UserError, "password"):
                self.account.action_test_incoming()

        self.assertRegex(self.told(unfit)[0][1], r"^Incoming Mail Server: failed\. .* has no password yet")

    def test_connected_reset_disconnected(self):
        self.account = self.connected("life@tidewheel.example")
        self.assertEqual(self.lines()[0].event, "connected")
        self.assertEqual(self.told(self.account.action_reset_sync_state), [("reset", "")])
        self.assertEqual(self.told(self.account.action_disconnect), [("disconnected", "")])


@tagged("post_install", "-at_install")
class TestNobodyEditsTheLog(HttpCase, MailServerCase):
    """As a browser would try: through RPC, with every role."""

    def call(self, method, *args):
        return self.make_jsonrpc_request("/web/dataset/call_kw", {
            "model": "maildesk.log", "method": method, "args": list(args), "kwargs": {}})

    def test_create_write_unlink(self):
        account = self.make_account()
        line = self.env["maildesk.log"].search([("account_id", "=", account.id)], limit=1)
        before = line.read()
        system = self.env.ref("base.user_admin")
        system.password = "administrator"
        for login, password in (("mailbox_admin", "mailbox_admin"), (system.login, "administrator")):
            self.authenticate(login, password)
            self.assertTrue(self.call("read", line.ids, ["event"]))
            for method, *args in (
                ("create", [{"event": "removed"}]), ("write", line.ids, {"detail": "x"}), ("unlink", line.ids),
                ("web_save", line.ids, {"detail": "x"}, {}), ("copy", line.ids), ("load", ["event"], [["removed"]]),
            ):
                count = self.env["maildesk.log"].search_count([])
                with self.subTest(login=login, method=method), mute_logger("odoo.http"):
                    if method == "load":
                        self.assertFalse(self.call(method, *args)["ids"])
                    else:
                        with self.assertRaises(JsonRpcException) as refused:
                            self.call(method, *args)
                        self.assertIn("AccessError", str(refused.exception))
                    self.assertEqual(self.env["maildesk.log"].search_count([]), count)
        self.env.invalidate_all()
        self.assertEqual(line.read(), before)
        self.authenticate("mailbox_user", "mailbox_user")
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.call("read", line.ids, ["event"])

    def test_exporting_it_is_allowed(self):
        account = self.make_account()
        self.admin.group_ids += self.env.ref("base.group_allow_export")
        lines = self.env["maildesk.log"].with_user(self.admin).search([("account_id", "=", account.id)])
        rows = lines.export_data(["create_date", "event", "email", "actor_id", "user_id", "detail"])["datas"]
        self.assertEqual(len(rows), len(lines))

    def test_a_downloaded_source_is_logged(self):
        self.client("source@tidewheel.example").append("INBOX", mail("For the lawyer"))
        account = self.connected("source@tidewheel.example", users=[self.user])
        self.sync()
        message = self.env["maildesk.message"].search([("account_id", "=", account.id)])
        self.authenticate("mailbox_other", "mailbox_other")
        self.url_open(f"/maildesk/source/{message.id}")
        self.assertNotIn("exported", self.env["maildesk.log"].search([("account_id", "=", account.id)]).mapped("event"))
        self.authenticate("mailbox_user", "mailbox_user")
        self.assertEqual(self.url_open(f"/maildesk/source/{message.id}").status_code, 200)
        line = self.env["maildesk.log"].search([("account_id", "=", account.id)], limit=1)
        self.assertEqual((line.event, line.actor_id, line.detail), ("exported", self.user, f"source of mail {message.id}"))
        self.user.group_ids += self.env.ref("base.group_allow_export")
        message.with_user(self.user).export_data(["subject", "placement_ids/is_read"])
        lines = self.env["maildesk.log"].search([("account_id", "=", account.id), ("id", ">", line.id)])
        self.assertEqual(lines.mapped("detail"), ["List: Email"])
