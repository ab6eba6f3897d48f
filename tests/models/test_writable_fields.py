"""Which fields people may set: every model, every role, every field, every public way to write."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ...models.maildesk_actions_mixin import ACTIONS
from .every_model_case import EveryModelCase

SERVER = {"name", "active", "company_id", "server_type", "host", "port", "encryption", "username", "password"}
#: Model → fields that can be set at any time, and fields that can be set once; every other field of MailDesk is the server's.
SETTABLE = {
    "maildesk.account": ({
        "name", "email", "sender_name", "company_id", "owner_id", "active", "incoming_server_id", "outgoing_server_id", "user_ids",
        "access_ids", "folder_setting_ids", "allow_personal_connection", "share_password", "share_password_expires_on",
        "keep_attachments", "block_tracking", "attachment_link_mb", "append_sent", "append_sent_choice", "signature", "alias_addresses",
        "ask_before_outside"}, set()),
    "maildesk.access": (set(ACTIONS), {"account_id", "user_id"}),
    "maildesk.user.actions": (set(ACTIONS), set()),
    "maildesk.incoming.server": (SERVER, set()),
    "maildesk.outgoing.server": (SERVER, set()),
    "maildesk.folder.setting": ({"role", "sync_enabled"}, set()),
    "maildesk.link": (set(), {"message_id", "res_model", "res_id"}),
    "maildesk.draft": ({
        "identity", "to", "cc", "bcc", "subject", "body", "is_plain", "quote_mode", "has_signature", "wants_receipt", "attachment_ids",
        "send_at"}, {"account_id", "kind", "origin_id"}),
    "maildesk.account.removal": ({"choice", "typed_email"}, set()),
    "maildesk.server.copy": (
        {"fetchmail_server_id", "mail_server_id", "with_password"}, {"kind", "incoming_server_id", "outgoing_server_id"}),
    "maildesk.settings": ({
        "maildesk_history", "maildesk_history_days", "maildesk_history_messages", "maildesk_page_size", "maildesk_body_days",
        "maildesk_remote_images", "maildesk_allow_personal_mailboxes", "maildesk_max_recipients", "maildesk_hourly_mails",
        "maildesk_hourly_mails_person"}, set()),
}
#: Role → models in which it may write a record of our company at all; creating, see tests of the access matrix.
WRITERS = {
    "user": {"maildesk.draft"},
    "admin": {
        "maildesk.draft",
        "maildesk.account", "maildesk.access", "maildesk.user.actions", "maildesk.incoming.server", "maildesk.outgoing.server",
        "maildesk.folder.setting", "maildesk.account.removal"},
    "system": {"maildesk.user.actions", "maildesk.server.copy"},
    "all_rights": set(SETTABLE) - {"maildesk.account.removal", "maildesk.settings", "maildesk.server.copy", "maildesk.link"},
}
#: What the server fills in by itself when a person creates a record: it must not be what they asked for.
FILLED = {("maildesk.draft", "author_id"), ("maildesk.draft", "message_id_header")}
#: What MailDesk adds to other models, by the role that may write it.
ELSEWHERE = {
    "res.users": {"maildesk_undo_seconds", *(f"maildesk_{name}" for name in ACTIONS)},
    "res.company": {
        "maildesk_history", "maildesk_history_days", "maildesk_history_messages", "maildesk_page_size", "maildesk_body_days",
        "maildesk_remote_images", "maildesk_allow_personal_mailboxes", "maildesk_google_client_id", "maildesk_google_client_secret",
        "maildesk_microsoft_client_id", "maildesk_microsoft_client_secret", "maildesk_microsoft_tenant",
        "maildesk_max_recipients", "maildesk_hourly_mails", "maildesk_hourly_mails_person"},
}
#: What a person may set of themselves.
OF_ONESELF = {"maildesk_undo_seconds"}


@tagged("post_install", "-at_install")
class TestWritableFields(EveryModelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.all_rights = new_test_user(cls.env, login="all_rights", groups="base.group_user,maildesk.group_maildesk_admin")
        cls.account.user_ids += cls.all_rights
        cls.second = cls.make_account("second@tidewheel.example", users=[cls.user])
        # somebody has opened all models: the fields are closed all the same
        group = cls.env["res.groups"].create({"name": "Everything", "user_ids": [Command.link(cls.all_rights.id)]})
        cls.env["ir.model.access"].create([
            {"name": model, "model_id": cls.env["ir.model"]._get_id(model), "group_id": group.id, "perm_read": True, "perm_write": True,
             "perm_create": True, "perm_unlink": True}
            for model in cls.rows])
        cls.roles = {
            "user": cls.user, "stranger": cls.other, "admin": cls.admin, "far_admin": cls.far_admin, "system": cls.system,
            "portal": cls.portal, "public": cls.env.ref("base.public_user"), "all_rights": cls.all_rights,
        }
        cls.minimal = {
            "maildesk.account": {"name": "New", "email": "new@tidewheel.example"},
            "maildesk.access": {"account_id": cls.account.id, "user_id": cls.other.id},
            "maildesk.incoming.server": {"name": "New", "host": "imap.example.com"},
            "maildesk.outgoing.server": {"name": "New", "host": "smtp.example.com"},
            "maildesk.link": {
                "message_id": cls.rows["maildesk.message"].id, "res_model": "res.partner", "res_id": cls.user.partner_id.id},
            "maildesk.server.copy": {"kind": "incoming"},
            "maildesk.draft": {"account_id": cls.account.id},
        }

    def own_fields(self, model):
        return [field for field in self.env[model]._fields.values() if "maildesk" in field._modules and field.name not in MAGIC_COLUMNS]

    def setUp(self):
        super().setUp()
        # one for the whole walk: opening one for each of thousands of calls takes most of the time
        self.ground = self.enterContext(self.cr.savepoint())

    def undone(self, action, is_open=True):
        """Call something and take back what it did.

        :param bool is_open: the person has a right on the model; else it is refused before anything is done, and there is nothing to
            take back.
        :returns: ``refused``, ``judged`` (may be set, but not to that) or its result.
        """
        try:
            with mute_logger("odoo.models", "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule", "odoo.sql_db"):
                result = action()
                self.env.flush_all()
        except AccessError:
            result = "refused"
            if not is_open:
                return result
        except (UserError, IntegrityError):
            # Odoo tells of the latter in words, too
            result = "judged"
        self.ground.rollback()
        return result

    # -------------------------------------------------------------------------
    # Writing
    # -------------------------------------------------------------------------

    def test_every_model_is_walked(self):
        models = {name for name, model in self.registry.items() if name.startswith("maildesk.") and not model._abstract}
        self.assertEqual(models, set(self.rows))
        for model in models:
            self.assertIsInstance(self.env[model], self.registry["maildesk.writable.mixin"])
            self.assertTrue(self.rows[model].exists(), model)

    def test_write(self):
        wrong = []
        for model, record in self.rows.items():
            always, _once = SETTABLE.get(model, (set(), set()))
            whole = {field.name: self.state_of(record, field.name) for field in self.own_fields(model)}
            for field in self.own_fields(model):
                value, before = self.other_value(record, field), whole[field.name]
                if field.name == "folder_setting_ids":
                    value = [Command.update(self.rows["maildesk.folder.setting"].id, {"sync_enabled": False})]
                for role, user in self.roles.items():
                    changed = []

                    def action(user=user, model=model, record=record, field=field, value=value, before=before, changed=changed):
                        result = self.call(user, model, "write", record.ids, {field.name: value})
                        changed.append(field.name not in ("password", "share_password") and self.state_of(record, field.name) != before)
                        return result
                    outcome = self.undone(action, self.env[model].with_user(user).has_access("write"))
                    if field.name in always and model in WRITERS.get(role, ()):
                        good = outcome != "refused"
                    else:
                        good = outcome == "refused" or (outcome is True and changed == [False] and role == "all_rights")
                    if not good:
                        wrong.append((model, field.name, role, outcome, changed))
            self.assertEqual({name: self.state_of(record, name) for name in whole}, whole, model)
            self.ground.rollback()
        self.assertEqual(wrong, [])

    def test_fields_of_other_models(self):
        records = {"res.users": self.other, "res.company": self.company}
        for model, record in records.items():
            for field in self.own_fields(model):
                value = self.other_value(record, field)
                if field.type == "one2many":
                    value = [Command.update(self.other.maildesk_action_ids.id, {"user_id": self.employee.id})]
                for role, user in self.roles.items():
                    outcome = self.undone(lambda u=user, m=model, r=record, n=field.name, v=value: self.call(u, m, "write", r.ids, {n: v}))
                    may = role == "system" and field.name in ELSEWHERE[model] or user == record and field.name in OF_ONESELF
                    with self.subTest(model=model, field=field.name, role=role):
                        self.assertEqual(outcome, True) if may or not field.inverse and not field.store and role == "system" else (
                            self.assertEqual(outcome, "refused"))

    # -------------------------------------------------------------------------
    # Creating
    # -------------------------------------------------------------------------

    def test_create(self):
        wrong = []
        for model, record in self.rows.items():
            if not self.env[model]._auto:
                # tables of other models, which nobody creates rows of
                continue
            always, once = SETTABLE.get(model, (set(), set()))
            minimal = self.minimal.get(model, {})
            count = self.env[model].sudo().with_context(active_test=False).search_count([])
            for role, user in self.roles.items():
                plain = {}

                def baseline(user=user, model=model, minimal=minimal, plain=plain):
                    made = self.env[model].browse(self.call(user, model, "create", minimal))
                    plain.update({field.name: self.state_of(made, field.name) for field in self.own_fields(model)})
                    return True
                may = model in SETTABLE and self.undone(baseline) is True
                for field in self.own_fields(model):
                    if field.name in always | once and (may or role == "all_rights"):
                        continue
                    value = self.other_value(record, field)
                    found = []

                    def action(user=user, model=model, field=field, value=value, minimal=minimal, found=found):
                        made = self.env[model].browse(self.call(user, model, "create", {**minimal, field.name: value}))
                        found.append(self.state_of(made, field.name))
                        return True
                    outcome = self.undone(action, self.env[model].with_user(user).has_access("create"))
                    if outcome != "refused" and (not may or found != [plain[field.name]]):
                        wrong.append((model, field.name, role, outcome, found))
            self.assertEqual(self.env[model].sudo().with_context(active_test=False).search_count([]), count, model)
            self.ground.rollback()
        self.assertEqual(wrong, [])

    def test_other_ways_to_create(self):
        """What the context and the person's own defaults say, imports, duplicates and commands within another record."""
        wrong = []
        for user, models in ((self.admin, self.minimal.keys() - {"maildesk.server.copy"}), (self.system, ["maildesk.server.copy"])):
            for model in models:
                always, once = SETTABLE[model]
                record, minimal = self.rows[model], self.minimal[model]
                for field in self.own_fields(model):
                    if field.name in always | once:
                        continue
                    value = self.other_value(record, field)
                    for way, action in self.ways(user, model, field, value, minimal).items():
                        effects = []

                        def watched(action=action, effects=effects, field=field, model=model, value=value):
                            known = self.env[model].sudo().with_context(active_test=False).search([])
                            result = action()
                            made = self.env[model].sudo().with_context(active_test=False).search([]) - known
                            plain = self.env[model].sudo().default_get([field.name]).get(field.name, False)
                            effects.extend(
                                self.state_of(one, field.name) for one in made if field.store and field.column_type and not field.compute
                                and (self.state_of(one, field.name) or False) not in (plain or False, plain and [plain])
                                and ((model, field.name) not in FILLED or self.state_of(one, field.name) in (value, [value])))
                            return result
                        outcome = self.undone(watched)
                        if effects or (way in ("context", "web_save") and outcome != "refused" and (field.store or field.inverse)):
                            wrong.append((model, field.name, way, outcome, effects))
        self.assertEqual(wrong, [])

    def ways(self, user, model, field, value, minimal):
        def imported():
            names = [*minimal, field.name]
            row = [str(part) for part in (*minimal.values(), value)]
            names = [f"{name}/.id" if self.env[model]._fields[name].type == "many2one" else name for name in names]
            return self.call(user, model, "load", names, [row])

        def by_own_default():
            self.call(user, "ir.default", "set", model, field.name, value, user_id=True)
            return self.call(user, model, "create", minimal)

        ways = {
            "context": lambda: self.call(user, model, "create", minimal, context={f"default_{field.name}": value}),
            "web_save": lambda: self.call(user, model, "web_save", [], {**minimal, field.name: value}, {}),
            "load": imported,
        }
        if field.column_type and field.type != "json":
            ways["ir.default"] = by_own_default
        if model == "maildesk.account":
            ways["copy"] = lambda: self.call(user, model, "copy", self.account.ids, {field.name: value})
        if model == "maildesk.access":
            line = {"user_id": self.other.id, field.name: value}
            ways["nested"] = lambda: self.call(user, "maildesk.account", "write", self.account.ids, {"access_ids": [Command.create(line)]})
        return ways

    def test_commands_within_other_records(self):
        """Rows cannot be taken from where they belong."""
        strange = self.far_account.access_ids[:1]
        own = self.rows["maildesk.access"]
        for role in ("admin", "all_rights"):
            for command in (
                Command.update(own.id, {"origin": "self"}), Command.update(own.id, {"user_id": self.other.id}),
                Command.link(self.second.access_ids.id), Command.link(strange.id), Command.update(strange.id, {"allow_export": False}),
                Command.delete(strange.id),
            ):
                with self.subTest(role=role, command=command):
                    self.assertEqual(self.undone(lambda c=command, r=role: self.call(
                        self.roles[r], "maildesk.account", "write", self.account.ids, {"access_ids": [c]})), "refused")
            for name in ("folder_ids", "sync_state_ids"):
                for command in (Command.clear(), Command.create({}), Command.delete(self.account[name].id)):
                    with self.subTest(role=role, field=name, command=command):
                        self.assertEqual(self.undone(lambda c=command, r=role, n=name: self.call(
                            self.roles[r], "maildesk.account", "write", self.account.ids, {n: [c]})), "refused")
        row = self.other.maildesk_action_ids
        for command in (
            Command.update(row.id, {"user_id": self.employee.id}), Command.link(self.user.maildesk_action_ids.id), Command.delete(row.id),
            Command.unlink(row.id), Command.clear(), Command.create({}),
        ):
            with self.subTest(command=command):
                self.assertEqual(self.undone(lambda c=command: self.call(
                    self.system, "res.users", "write", self.other.ids, {"maildesk_action_ids": [c]})), "refused")

    # -------------------------------------------------------------------------
    # What the engine writes for a person
    # -------------------------------------------------------------------------

    def test_the_context_of_a_caller_writes_nothing_through_the_engine(self):
        context = {
            f"default_{field.name}": self.other_value(self.rows[model], field)
            for model in ("maildesk.access", "maildesk.log") for field in self.own_fields(model)
            if field.store and field.name != "account_id"
        }
        self.call(self.other, "ir.default", "set", "maildesk.access", "allow_export", False, user_id=True)
        self.call(self.other, "maildesk.account", "connect_mailbox", self.account.email, "open sesame", context=context)
        line = self.account.access_ids.filtered(lambda line: line.user_id == self.other)
        self.assertEqual((line.origin, line.active, line.turned_off), ("self", True, ""))
        logged = self.env["maildesk.log"].search([], limit=1)
        self.assertEqual(
            (logged.event, logged.user_id, logged.actor_id, logged.detail), ("joined", self.other, self.other, ""))
        caller = self.env["maildesk.account"].with_user(self.other).with_context(
            default_state="connected", default_is_being_deleted=True, default_allow_personal_connection=True,
            default_owner_id=self.user.id, default_incoming_server_id=self.account.incoming_server_id.id)
        made = caller.sudo().create({"name": "Set up", "email": "set.up@tidewheel.example", "owner_id": self.other.id})
        self.assertEqual((made.state, made.is_being_deleted, made.allow_personal_connection), ("draft", False, False))
        self.assertFalse(made.incoming_server_id)

    def test_what_is_stored_is_judged_not_what_was_sent(self):
        Account = self.env["maildesk.account"].with_user(self.admin)
        values = {"name": "New", "email": "new@tidewheel.example"}
        taken = {"incoming_server_id": self.account.incoming_server_id.id}
        name = self.account.incoming_server_id.name
        for way, values_given, context, default in (
            ("values", taken, {}, {}), ("context", {}, {"default_incoming_server_id": taken["incoming_server_id"]}, {}),
            ("ir.default", {}, {}, taken),
        ):
            with self.subTest(way), self.assertRaisesRegex(UserError, f"^Incoming mail server {name} is already linked"), self.cr.savepoint():
                for field, value in default.items():
                    self.call(self.admin, "ir.default", "set", "maildesk.account", field, value, user_id=True)
                Account.with_context(context).create({**values, **values_given})
        free = self.env["maildesk.incoming.server"].create({"name": "Free", "host": "imap.example.com"})
        made = Account.with_context(default_incoming_server_id=free.id, default_email=" new@tidewheel.example ").create({"name": "New"})
        self.assertEqual(made.email, "new@tidewheel.example")
        self.assertIn("server_linked", self.env["maildesk.log"].search([("account_id", "=", made.id)]).mapped("event"))
        gmail = self.env["maildesk.incoming.server"].with_user(self.admin).with_context(
            default_server_type="gmail", default_host="imap.elsewhere.example").create({"name": "Gmail"})
        self.assertEqual(gmail.host, "imap.gmail.com")

    def test_who_comes_back_is_recognised_by_what_is_stored(self):
        line = self.account.access_ids.filtered(lambda line: line.user_id == self.user)
        line.allow_export = False
        self.account.with_user(self.user).action_leave()
        context = {"default_account_id": self.account.id, "default_user_id": self.user.id}
        self.env["maildesk.access"].with_user(self.admin).with_context(context).create({})
        lines = self.env["maildesk.access"].with_context(active_test=False).search([
            ("account_id", "=", self.account.id), ("user_id", "=", self.user.id)])
        self.assertEqual((len(lines), lines.turned_off), (1, ""))

    def test_refusals_have_words(self):
        with self.assertRaisesRegex(AccessError, "^Mailbox Access: Joined is set by MailDesk itself and cannot be written.$"):
            self.call(self.admin, "maildesk.access", "write", self.rows["maildesk.access"].ids, {"origin": "self"})
        with self.assertRaisesRegex(AccessError, "^Mailbox Access: User is chosen once and cannot be changed."):
            self.call(self.admin, "maildesk.access", "write", self.rows["maildesk.access"].ids, {"user_id": self.other.id})

    def test_forms_show_what_cannot_be_set(self):
        described = self.env["maildesk.account"].with_user(self.admin).fields_get(attributes=["readonly"])
        always, _once = SETTABLE["maildesk.account"]
        self.assertEqual({name for name, field in described.items() if not field["readonly"] and name in always}, always)
        self.assertFalse([name for name, field in described.items() if not field["readonly"] and name not in always | {"x_cost_centre"}])

    def test_fields_of_others_are_theirs_to_guard(self):
        self.env["ir.model.fields"].create({
            "name": "x_cost_centre", "model_id": self.env["ir.model"]._get_id("maildesk.account"), "ttype": "char"})
        self.call(self.admin, "maildesk.account", "write", self.account.ids, {"x_cost_centre": "K 17"})
        self.assertEqual(self.account.x_cost_centre, "K 17")
