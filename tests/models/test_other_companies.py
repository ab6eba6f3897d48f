"""What people learn of mailboxes of other companies, and of each other's dialogs: nothing."""

import json

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .every_model_case import HIDDEN, HIDDEN_COUNT, EveryModelCase

RULES = "odoo.addons.base.models.ir_rule"


@tagged("post_install", "-at_install")
class TestOtherCompanies(EveryModelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(cls.env, login="second_admin", groups="base.group_user,maildesk.group_maildesk_admin")
        cls.roles = {"user": cls.user, "admin": cls.admin, "system": cls.system}

    def assert_tells_nothing(self, action, label):
        """What a call answers, or why it does not, holds nothing of the other company's."""
        try:
            with mute_logger(RULES, "odoo.addons.base.models.ir_model"):
                told = action()
        except (UserError, AccessError) as refusal:
            told = str(refusal)
        told = json.dumps(told, default=str)
        self.assertNotIn(HIDDEN, told, label)
        self.assertNotIn(str(HIDDEN_COUNT), told, label)

    def visible(self, user, model):
        """Fields of a model a person may read, as a form asks for them."""
        return {name: {} for name in self.env[model].with_user(user).fields_get(attributes=["type"])}

    def spec(self, user, model):
        spec = self.visible(user, model)
        for name in spec:
            field = self.env[model]._fields[name]
            if field.relational:
                spec[name] = {"fields": self.visible(user, field.comodel_name) if field.comodel_name.startswith("maildesk.") else {}}
        return spec

    # -------------------------------------------------------------------------
    # Forms
    # -------------------------------------------------------------------------

    def test_forms_cannot_be_pointed_at_other_companies(self):
        """Every field that leads from a model of ours to another one, described in every way a form can."""
        walked = 0
        for model in self.rows:
            for field in self.env[model]._fields.values():
                if not field.relational or field.comodel_name not in self.far_rows:
                    continue
                far = self.far_rows[field.comodel_name]
                pointers = [
                    {name: self.far_rows[sub.comodel_name].id}
                    for name, sub in far._fields.items() if sub.type == "many2one" and sub.comodel_name in self.far_rows]
                if field.type == "many2one":
                    values = [far.id, {"id": far.id}, *({"id": False, **pointer} for pointer in pointers)]
                else:
                    values = [
                        [Command.link(far.id)], [Command.update(far.id, {})], [Command.set(far.ids)],
                        *([[Command.CREATE, "virtual_1", pointer]] for pointer in pointers)]
                for role, user in self.roles.items():
                    own = self.rows[model]
                    spec = self.spec(user, model)
                    for value in values:
                        for ids in ([], own.ids):
                            label = (model, field.name, role, value, ids)
                            self.assert_tells_nothing(
                                lambda u=user, m=model, i=ids, f=field.name, v=value, s=spec: self.call(u, m, "onchange", i, {f: v}, [f], s),
                                label)
                            self.env.invalidate_all()
                            walked += 1
        self.assertGreater(walked, 1000)

    def test_nothing_can_be_stored_that_points_at_other_companies(self):
        """Constraints run as superuser, and before Odoo asks whether the record may be had: their words tell nothing either."""
        stranger = self.portal.id
        for model, values in (
            ("maildesk.access", {"account_id": self.far_account.id, "user_id": stranger}),
            ("maildesk.access", {"account_id": self.far_account.id, "user_id": self.far_user.id}),
            ("maildesk.account", {"name": "x", "email": "x@y.example", "company_id": self.far_company.id, "owner_id": stranger}),
            ("maildesk.account", {"name": "x", "email": "x@y.example", "incoming_server_id": self.far_account.incoming_server_id.id}),
            ("maildesk.incoming.server", {"name": "x", "company_id": self.far_company.id}),
            ("maildesk.link", {"message_id": self.far_rows["maildesk.message"].id, "res_model": "res.partner", "res_id": 1}),
        ):
            for user in (self.user, self.admin):
                with self.subTest(model=model, values=values, user=user.login):
                    count = self.env[model].search_count([])
                    with self.assertRaises(UserError) as caught, mute_logger(RULES), self.cr.savepoint():
                        self.call(user, model, "create", values)
                    self.assertNotIn(HIDDEN, str(caught.exception))
                    self.assertEqual(self.env[model].search_count([]), count)

    # -------------------------------------------------------------------------
    # Dialogs
    # -------------------------------------------------------------------------

    def test_dialogs_belong_to_who_opened_them(self):
        transient = [model for model in self.rows if self.env[model]._transient]
        self.assertTrue(transient)
        second_system = new_test_user(self.env, login="second_system", groups="base.group_system,maildesk.group_maildesk_admin")
        for model in transient:
            for rows in (self.rows, self.far_rows):
                record = rows[model]
                for user in (self.colleague, self.far_admin if rows is self.rows else self.admin, second_system):
                    with self.subTest(model=model, user=user.login), mute_logger(RULES):
                        if self.env[model].with_user(user).has_access("read"):
                            self.assertNotIn(record, self.env[model].with_user(user).search([]))
                        for way in (
                            lambda own: own.read(), lambda own: own.web_read({"display_name": {}}), lambda own: own.write({}), lambda own: own.copy(), lambda own: own.unlink(),
                        ):
                            # what the superuser has read is in the transaction's cache, for whoever asks
                            self.env.invalidate_all()
                            with self.assertRaises(AccessError):
                                way(record.with_user(user))
        removal = self.rows["maildesk.account.removal"].with_user(self.admin)
        self.env.invalidate_all()
        self.assertEqual(removal.read(["name"])[0]["name"], self.account.name)

    def test_a_dialog_is_judged_again_when_it_is_used(self):
        removal = self.rows["maildesk.account.removal"].with_user(self.admin)
        self.account.access_ids.unlink()
        servers = {"incoming_server_id": False, "outgoing_server_id": False}
        self.account.write({**servers, "owner_id": False, "company_id": self.far_company.id, "name": f"{HIDDEN} now"})
        self.env.invalidate_all()
        spec = self.spec(self.admin, "maildesk.account.removal")
        self.assert_tells_nothing(lambda: removal.web_read(spec), "web_read")
        with self.assertRaises(AccessError), mute_logger(RULES):
            removal.read(["email"])
        with self.assertRaises(AccessError), mute_logger(RULES):
            removal.action_confirm()
        self.assertTrue(self.account.exists())

    def test_settings_of_a_company_one_left(self):
        self.admin.company_ids += self.far_company
        self.admin.company_id = self.far_company
        saved = self.env["maildesk.settings"].with_user(self.admin).create({"maildesk_history": "days"})
        self.assertEqual(saved.company_id, self.far_company)
        self.admin.company_id = self.company
        self.admin.company_ids -= self.far_company
        self.env.invalidate_all()
        for name in ("maildesk_history", "google_is_configured"):
            with self.subTest(name), self.assertRaises(AccessError), mute_logger(RULES):
                saved.read([name])

    # -------------------------------------------------------------------------
    # Words
    # -------------------------------------------------------------------------

    def test_the_guard_of_servers_names_no_foreign_one(self):
        words = {
            field: rf"^{label} server company must match the mailbox account company\.$"
            for field, label in (("incoming_server_id", "Incoming"), ("outgoing_server_id", "Outgoing"))}
        for field, message in words.items():
            taken = self.far_account[field]
            free = taken.copy()
            for server in (taken, free):
                for way in (
                    lambda values: self.call(self.admin, "maildesk.account", "write", self.account.ids, values),
                    lambda values: self.call(self.admin, "maildesk.account", "create", {
                        "name": "New", "email": "new@tidewheel.example", "company_id": self.far_company.id, **values}),
                ):
                    with self.subTest(server=server.name), self.assertRaisesRegex(ValidationError, message), self.cr.savepoint():
                        way({field: server.id})

    def test_people_of_other_companies_are_not_named(self):
        far_portal = new_test_user(
            self.env, login=f"{HIDDEN}_portal", groups="base.group_portal", company_id=self.far_company.id,
            company_ids=[Command.set(self.far_company.ids)])
        for values in ({"owner_id": far_portal.id}, {"user_ids": [Command.link(far_portal.id)]}):
            with self.subTest(values), self.assertRaisesRegex(ValidationError, "the one you have chosen") as caught, mute_logger(RULES):
                self.call(self.admin, "maildesk.account", "write", self.account.ids, values)
            self.assertNotIn(HIDDEN, str(caught.exception))


@tagged("post_install", "-at_install")
class TestRefusalsInDeveloperMode(HttpCase, EveryModelCase):
    """Odoo's own refusals name the records, to everybody who switches its developer mode on."""

    @mute_logger("odoo.http", RULES, "odoo.addons.base.models.ir_model")
    def test_refusals_name_nothing(self):
        for user in (self.user, self.admin):
            self.authenticate(user.login, user.login)
            self.url_open("/odoo?debug=1")
            seen = 0
            for model, record in self.far_rows.items():
                for method, args in (("read", [["id"]]), ("write", [{}]), ("unlink", []), ("web_read", [{"display_name": {}}])):
                    params = {"model": model, "method": method, "args": [record.ids, *args], "kwargs": {}}
                    answer = self.url_open(
                        f"/web/dataset/call_kw/{model}/{method}", json={"jsonrpc": "2.0", "method": "call", "params": params})
                    with self.subTest(user=user.login, model=model, method=method):
                        self.assertNotIn(HIDDEN, answer.text)
                        self.assertTrue(answer.json().get("error") or answer.json()["result"] == [])
                        seen += "You have no access to this record" in answer.text
            self.assertGreater(seen, 10)
