"""Every model, every role, every way in: before a grant, with it, and right after it is taken back."""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import MaildeskCase

#: Who may read (r), write (w), create (c), unlink (u) by the model's rights: Mailbox User, Mailbox Admin.
#: `list` says that rows are seen only by those on the mailbox's list, administrators included.
MATRIX = {
    "maildesk.access": ("", "rwcu", "company"),
    "maildesk.account": ("r", "rwcu", "account"),
    "maildesk.account.removal": ("", "rw", "own"),
    "maildesk.attachment": ("r", "r", "list"),
    "maildesk.connect.attempt": ("", "", "nobody"),
    "maildesk.credential": ("", "", "nobody"),
    "maildesk.draft": ("rwcu", "rwcu", "mailbox"),
    "maildesk.folder": ("r", "r", "list"),
    "maildesk.folder.setting": ("", "rw", "company"),
    "maildesk.incoming.server": ("", "rwcu", "company"),
    "maildesk.link": ("rcu", "rcu", "list"),
    "maildesk.log": ("", "r", "company"),
    "maildesk.message": ("r", "r", "list"),
    "maildesk.message.body": ("r", "r", "list"),
    "maildesk.message.search": ("", "", "nobody"),
    "maildesk.message.placement": ("r", "r", "list"),
    "maildesk.oauth.state": ("", "", "nobody"),
    "maildesk.operation": ("r", "r", "list"),
    "maildesk.outgoing.server": ("", "rwcu", "company"),
    "maildesk.recipient.hidden": ("", "", "nobody"),
    "maildesk.settings": ("", "rc", "own"),
    "maildesk.submission": ("r", "r", "mailbox"),
    "maildesk.submission.recipient": ("r", "r", "mailbox"),
    "maildesk.request.key": ("", "", "nobody"),
    # Odoo's own administrators only
    "maildesk.server.copy": ("", "", "nobody"),
    "maildesk.sync.request": ("", "", "nobody"),
    "maildesk.sync.state": ("", "r", "company"),
    "maildesk.thread": ("r", "r", "list"),
    "maildesk.thread.reference": ("", "", "nobody"),
    "maildesk.user.actions": ("", "rw", "people"),
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


class AccessMatrixCase(MaildeskCase):
    """A mailbox with a row of every model in its inbox and in its junk, and every way to them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # exporting is one of the ways in
        for user in cls.user + cls.other + cls.admin:
            user.group_ids += cls.env.ref("base.group_allow_export")
        cls.account = cls.make_account(share_password="open sesame", allow_personal_connection=True)
        cls.inbox, cls.junk = (
            cls.env["maildesk.folder"].create({
                "account_id": cls.account.id, "name": role, "remote_id": role, "role": role, "total_count": 1, "unread_count": 1})
            for role in ("inbox", "junk")
        )
        cls.in_inbox, cls.in_junk = (cls._fill(folder) for folder in (cls.inbox, cls.junk))

    @classmethod
    def _fill(cls, folder):
        """One row of every model that hangs on a folder."""
        thread = cls.env["maildesk.thread"].create({"account_id": cls.account.id})
        message = cls.env["maildesk.message"].create({
            "account_id": cls.account.id, "fingerprint": folder.role, "subject": f"Subject in {folder.role}", "thread_id": thread.id,
            "from_email": "rosa@pedalia.example", "date": "2026-03-01 12:00:00",
        })
        stored = cls.env["ir.attachment"].create({"name": "file", "raw": b"content"})
        attachment = cls.env["maildesk.attachment"].create({
            "message_id": message.id, "name": f"{folder.role}.txt", "part_id": "2", "attachment_id": stored.id})
        stored.write({"res_model": "maildesk.attachment", "res_id": attachment.id})
        return {
            "maildesk.folder": folder,
            "maildesk.thread": thread,
            "maildesk.message": message,
            "maildesk.message.placement": cls.env["maildesk.message.placement"].create(
                {"message_id": message.id, "folder_id": folder.id, "remote_id": "1:1", "date": "2026-03-01 12:00:00"}),
            "maildesk.message.body": cls.env["maildesk.message.body"].create({"message_id": message.id, "html": "<p>Body</p>"}),
            "maildesk.attachment": attachment,
            "maildesk.operation": cls.env["maildesk.operation"].create({
                "account_id": cls.account.id, "message_id": message.id, "kind": "flag", "flag": "is_read", "folder_id": folder.id}),
            "maildesk.link": cls.env["maildesk.link"].create(
                {"message_id": message.id, "res_model": "res.partner", "res_id": cls.company.partner_id.id}),
            "ir.attachment": stored,
        }

    def grant(self, user, **actions):
        return self.env["maildesk.access"].create({"account_id": self.account.id, "user_id": user.id, **actions})

    def assert_reach(self, user, rows, reachable):
        """Every way to a row: search, count, group, name, read, export, through relations."""
        for model, record in rows.items():
            own = record.with_user(user)
            domain = [("id", "in", record.ids)]
            if model == "ir.attachment":
                domain += [("res_model", "=", "maildesk.attachment")]
            with self.subTest(user=user.login, model=model, reachable=reachable):
                Model = self.env[model].with_user(user)
                self.assertEqual(bool(Model.search(domain)), reachable, "search")
                self.assertEqual(bool(Model.search_count(domain)), reachable, "search_count")
                self.assertEqual(sum(count for (count,) in Model._read_group(domain, [], ["__count"])), int(reachable), "_read_group")
                found = {id_ for id_, _name in Model.name_search(domain=domain, limit=None)}
                self.assertEqual(record.id in found, reachable, "name_search")
                self.assertEqual(own.has_access("read"), reachable, "has_access")
                names = ["name"] if model == "ir.attachment" else None
                ways = {
                    "read": lambda own=own, names=names: own.read(names),
                    "export": lambda own=own: own.export_data(["display_name"]),
                    "web_read": lambda own=own: own.web_read({"display_name": {}}),
                }
                for name, way in ways.items():
                    self.env.invalidate_all()
                    if reachable:
                        way()
                    else:
                        with self.assertRaises(AccessError, msg=name), mute_logger("odoo.addons.base.models.ir_rule"):
                            way()


@tagged("post_install", "-at_install")
class TestAccessMatrix(AccessMatrixCase):
    def test_every_model_has_its_line(self):
        models = {name for name, model in self.registry.items() if name.startswith("maildesk.") and not model._abstract}
        self.assertEqual(models, set(MATRIX))

    def test_rights_by_role(self):
        for model, (for_user, for_admin, _rows) in MATRIX.items():
            for user, allowed in (
                (self.user, for_user), (self.admin, for_admin), (self.employee, ""), (self.portal, ""),
                (self.env.ref("base.public_user"), ""),
            ):
                for letter, operation in OPERATIONS.items():
                    with self.subTest(model=model, user=user.login, operation=operation):
                        self.assertEqual(self.env[model].with_user(user).has_access(operation), letter in allowed)

    def test_rows_before_with_and_after_a_grant(self):
        for user in (self.user, self.admin, self.env.ref("base.user_admin")):
            self.assert_reach(user, self.in_inbox, False)
            self.assert_reach(user, self.in_junk, False)
            line = self.grant(user)
            self.assert_reach(user, self.in_inbox, True)
            self.assert_reach(user, self.in_junk, True)
            self.assert_reach(self.other, self.in_inbox, False)
            line.unlink()
            self.assert_reach(user, self.in_inbox, False)
            self.assert_reach(user, self.in_junk, False)

    def test_rows_stay_closed_to_who_is_no_mailbox_user(self):
        self.grant(self.employee)
        for group in ("base.group_user", "base.group_portal"):
            self.employee.group_ids = [Command.set(self.env.ref(group).ids)]
            for model in self.in_inbox:
                if model != "ir.attachment":
                    with self.subTest(group=group, model=model), self.assertRaises(AccessError):
                        self.env[model].with_user(self.employee).search([])

    def test_who_becomes_somebody_else_reads_no_more(self):
        """On the list as an internal user of the company; then turned into a portal user, archived, moved to another company."""
        self.grant(self.user)
        other = self.env["res.company"].create({"name": "Other"})
        changes = {
            "portal": ({"group_ids": [Command.set(self.env.ref("base.group_portal").ids)]}, {"group_ids": [Command.set(self.user.group_ids.ids)]}),
            "archived": ({"active": False}, {"active": True}),
            "company": (
                {"company_ids": [Command.set(other.ids)], "company_id": other.id},
                {"company_ids": [Command.set(self.company.ids)], "company_id": self.company.id}),
        }
        for name, (change, back) in changes.items():
            self.assertTrue(self.inbox.with_user(self.user).sudo().is_accessible)
            self.assertIn(self.user, self.account._readers())
            self.user.write(change)
            with self.subTest(name):
                # by the list alone, whatever rights on models there are besides
                self.assertFalse(self.inbox.with_user(self.user).sudo().is_accessible)
                self.assertFalse(self.account.with_user(self.user).sudo().is_accessible)
                self.assertNotIn(self.user, self.account._readers())
            self.user.write(back)

    def test_mailbox_actions(self):
        line = self.grant(self.user)
        self.assert_reach(self.user, self.in_junk, True)
        line.allow_spam = False
        self.assert_reach(self.user, self.in_junk, False)
        self.assert_reach(self.user, self.in_inbox, True)
        line.allow_spam = True
        for action in ("allow_incoming", "allow_imap"):
            line[action] = False
            self.assert_reach(self.user, self.in_inbox, False)
            line[action] = True
        self.assert_reach(self.user, self.in_inbox, True)
        line.allow_gmail = line.allow_outlook = False
        self.assert_reach(self.user, self.in_inbox, True)
        self.account.incoming_server_id.server_type = "gmail"
        self.assert_reach(self.user, self.in_inbox, False)

    def test_junk_does_not_leak_through_its_conversation(self):
        self.in_junk["maildesk.message"].thread_id = self.in_inbox["maildesk.thread"]
        self.grant(self.user, allow_spam=False)
        self.env.invalidate_all()  # what the superuser put into this transaction's cache is no reader's
        thread = self.in_inbox["maildesk.thread"].with_user(self.user)
        self.assertEqual((thread.message_count, thread.subject), (1, "Subject in inbox"))
        self.assertEqual(len(thread.message_ids), 1)
        self.assertEqual(len(self.env["maildesk.message"].with_user(self.user).search([])), 1)
        self.grant(self.other)
        self.assertEqual(thread.with_user(self.other).message_count, 2)

    def test_one_person_is_not_served_anothers_answer(self):
        self.grant(self.user)
        self.assertTrue(self.inbox.with_user(self.user).is_accessible)
        self.assertFalse(self.inbox.with_user(self.other).is_accessible)
        self.assertFalse(self.inbox.with_user(self.other).sudo().is_accessible, "by the person, not by the superuser's flag")
        self.assertTrue(self.inbox.with_user(self.user).sudo().is_accessible)
        self.account.access_ids.unlink()
        self.assertFalse(self.inbox.with_user(self.user).is_accessible)

    def test_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.grant(self.user)
        self.user.company_ids += other
        self.user.company_id = other
        # whichever company is active …
        elsewhere = self.user.with_context(allowed_company_ids=other.ids)
        self.assertTrue(self.env["maildesk.message"].with_user(elsewhere).with_context(allowed_company_ids=other.ids).search([]))
        self.assertTrue(self.env["maildesk.account"].with_user(self.user).with_context(allowed_company_ids=other.ids).search([]))
        # … but not without a right to the mailbox's
        self.user.company_ids = [Command.set(other.ids)]
        self.assert_reach(self.user, self.in_inbox, False)
        self.assertFalse(self.env["maildesk.account"].with_user(self.user).search([]))

    def test_administrators_configure_their_companies_only(self):
        other = self.env["res.company"].create({"name": "Other"})
        far = self.make_account("far@tidewheel.example", company_id=other.id)
        for model, (_user, _admin, rows) in MATRIX.items():
            if rows == "company" and model != "maildesk.log":
                domain = [("company_id", "=", other.id)] if "company_id" in self.env[model] else [("account_id", "=", far.id)]
                self.assertFalse(self.env[model].with_user(self.admin).search(Domain(domain)), model)
        self.assertNotIn(far, self.env["maildesk.account"].with_user(self.admin).search([]))
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            far.with_user(self.admin).name = "mine"

    def test_users_see_of_an_account_what_they_need_and_no_more(self):
        self.grant(self.user)
        account = self.account.with_user(self.user)
        self.assertTrue(account.name and account.email)
        for field in ("incoming_server_id", "access_ids", "user_ids", "share_password", "folder_setting_ids", "sync_state_ids"):
            with self.subTest(field), self.assertRaises(AccessError):
                account[field]
        with self.assertRaises(AccessError):
            account.name = "renamed"

    def test_nobody_edits_the_log(self):
        line = self.env["maildesk.log"].search([], limit=1) or self.grant(self.user) and self.env["maildesk.log"].search([], limit=1)
        for user in (self.admin, self.env.ref("base.user_admin")):
            for change in (lambda own: own.write({"detail": "x"}), lambda own: own.unlink(), lambda own: own.copy()):
                with self.assertRaises(AccessError):
                    change(line.with_user(user))

    def test_domains_over_relations_tell_nothing(self):
        for user in (self.user, self.admin):
            Account = self.env["maildesk.account"].with_user(user)
            for domain in (
                [("folder_ids.name", "=", "junk")], [("folder_ids.total_count", ">", 0)],
            ):
                with self.subTest(user=user.login, domain=domain):
                    self.assertFalse(Account.search(domain))


@tagged("post_install", "-at_install")
class TestUnplacedMatrix(AccessMatrixCase, HttpCase):
    """Mail in no folder: deleted, or kept because it is linked to a record that everybody here may read."""

    def setUp(self):
        super().setUp()
        far = self.env["res.company"].create({"name": "Far"})
        self.far = new_test_user(
            self.env, login="mailbox_far", groups="base.group_user,maildesk.group_maildesk_user,base.group_allow_export",
            company_id=far.id, company_ids=[Command.set((far + self.company).ids)])
        self.revoked = new_test_user(
            self.env, login="mailbox_revoked", groups="base.group_user,maildesk.group_maildesk_user,base.group_allow_export")
        # gone for as long as anything was ever waited for, while the mailbox was gone through again and again
        self.kept, self.spam = (self.unplaced(rows) for rows in (self.in_inbox, self.in_junk))
        self.account.sync_state_ids.last_sync_at = fields.Datetime.now()
        self.grant(self.user)
        self.grant(self.revoked).unlink()
        # on the list, without a right to the mailbox's company
        self.grant(self.far)
        self.far.company_ids = far
        self.record = self.company.partner_id
        self.strangers = {
            "may read the record": self.other, "of another company": self.far, "revoked": self.revoked,
            "Mailbox Admin": self.admin, "Odoo's administrator": self.env.ref("base.user_admin")}

    def unplaced(self, rows):
        rows["maildesk.message.placement"]._drop_these()
        rows["maildesk.message"].orphaned_at = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        return {model: record for model, record in rows.items() if model not in ("maildesk.folder", "maildesk.message.placement")}

    def test_rows(self):
        for rows in (self.kept, self.spam):
            self.assert_reach(self.user, rows, True)
            for user in self.strangers.values():
                self.assert_reach(user, rows, False)
            # a right to the record's company or mailbox is none to its mail
            self.assertTrue(self.record.with_user(self.other).has_access("read"))

    def test_rows_of_who_is_no_mailbox_user(self):
        for user in (self.employee, self.portal, self.env.ref("base.public_user")):
            # portal and public users cannot be put on a list
            if not user.share:
                self.grant(user)
            for model, record in self.kept.items():
                with self.subTest(user=user.login, model=model), mute_logger("odoo.addons.base.models.ir_rule"):
                    self.assertFalse(record.with_user(user).has_access("read"))
                    if model != "ir.attachment":
                        with self.assertRaises(AccessError):
                            self.env[model].with_user(user).search([])

    def test_rows_follow_mailbox_actions(self):
        line, everywhere = self.account.access_ids.filtered(lambda line: line.user_id == self.user), self.user.maildesk_action_ids
        for switches in (line, everywhere):
            for name in ("allow_incoming", "allow_imap"):
                switches[name] = False
                self.assert_reach(self.user, self.kept, False)
                switches[name] = True
            switches.allow_spam = False
            self.assert_reach(self.user, self.kept, True)
            self.assert_reach(self.user, self.spam, False)
            # of what lost its last folder before that was noted, nobody knows where it was
            self.kept["maildesk.message"].was_outside_junk = False
            self.assert_reach(self.user, self.kept, False)
            switches.allow_spam = self.kept["maildesk.message"].was_outside_junk = True
        self.assert_reach(self.user, self.kept, True)
        line.unlink()
        self.assert_reach(self.user, self.kept, False)

    def test_rows_of_a_removed_mailbox(self):
        self.account._remove_keeping_archive()
        for rows in (self.kept, self.spam):
            # what its server was not told yet, it never will be
            self.assertFalse(rows.pop("maildesk.operation").exists())
            self.assert_reach(self.user, rows, True)
            for user in self.strangers.values():
                self.assert_reach(user, rows, False)
        self.account.access_ids.filtered(lambda line: line.user_id == self.user).allow_spam = False
        self.assert_reach(self.user, self.kept, True)
        self.assert_reach(self.user, self.spam, False)

    def test_relations_lead_nowhere(self):
        message = self.kept["maildesk.message"]
        probes = {
            "maildesk.link": ["message_id.subject ilike subject", "subject ilike subject", f"account_id = {self.account.id}"],
            "maildesk.attachment": ["message_id.subject ilike subject", "message_id.link_ids.res_model = res.partner"],
            "maildesk.message.body": ["message_id.subject ilike subject", "text ilike body", "html ilike body"],
            "maildesk.thread": ["message_ids.subject ilike subject", "message_ids.link_ids.res_model = res.partner"],
            "maildesk.operation": ["message_id.subject ilike subject"],
            "maildesk.message": ["subject ilike subject", "link_ids.res_model = res.partner", "was_outside_junk = True"],
        }
        for words, user in self.strangers.items():
            for model, domains in probes.items():
                for probe in domains:
                    path, operator, value = probe.split()
                    value = {"True": True}.get(value, int(value) if value.isdigit() else value)
                    with self.subTest(user=words, model=model, probe=probe):
                        self.assertFalse(self.env[model].with_user(user).search([(path, operator, value)]))
            with self.subTest(user=words), self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                message.with_user(user).thread_id.mapped("subject")

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.sql_db")
    def test_no_way_of_linking_opens_it(self):
        message, own = self.kept["maildesk.message"], {"res_model": "res.partner", "res_id": self.env.user.partner_id.id}
        everything = {"message_id": message.id, **own}
        # deleted, and about to be linked for the first time
        self.kept.pop("maildesk.link").unlink()

        def by_default(**values):
            return {f"default_{name}": value for name, value in values.items()}

        ways = {
            "values": lambda links: links.create(everything),
            "several": lambda links: links.create([everything, {**everything, "res_id": self.record.id}]),
            "the mail by context": lambda links: links.with_context(**by_default(message_id=message.id)).create(own),
            "record by context": lambda links: links.with_context(**by_default(**own)).create({"message_id": message.id}),
            "all by context": lambda links: links.with_context(**by_default(**everything)).create({}),
            "name_create": lambda links: links.with_context(**by_default(**everything)).name_create("x"),
            "web_save": lambda links: links.with_context(**by_default(message_id=message.id)).web_save(own, {}),
            "import": lambda links: links.with_context(**by_default(message_id=message.id)).load(
                ["res_model", "res_id"], [["res.partner", str(own["res_id"])]]),
            "another mailbox": lambda links: links.with_context(**by_default(message_id=message.id)).create(
                {**own, "account_id": self.make_account("own@tidewheel.example", [links.env.user]).id}),
            "a copy": lambda links: self.spam["maildesk.link"].with_user(links.env.user).copy(everything),
            "the button": lambda links: message.with_user(links.env.user)._link_to(**own),
            "its other side": lambda links: message.with_user(links.env.user).write({"link_ids": [Command.create(own)]}),
            "a default of their own": self._create_with_own_default,
        }
        before = self.env["maildesk.link"].search([])
        for words, user in {**self.strangers, "employee": self.employee, "portal": self.portal}.items():
            for way, create in ways.items():
                with self.subTest(user=words, way=way):
                    links = self.env["maildesk.link"].with_user(user)
                    refused = False
                    with self.env.cr.savepoint() as undone:
                        try:
                            answer = create(links)
                            refused = way == "import" and not answer["ids"]
                        except (AccessError, UserError):
                            refused = True
                        # what a caller that goes on after the refusal would see
                        self.env.invalidate_all()
                        self.assertFalse(message.with_user(user).has_access("read"))
                        undone.rollback()
                    self.env.invalidate_all()
                    self.assertTrue(refused)
                    self.assertEqual(self.env["maildesk.link"].search([]), before)

    def _create_with_own_default(self, links):
        self.env["ir.default"].set("maildesk.link", "message_id", self.kept["maildesk.message"].id, user_id=links.env.uid)
        return links.create({"res_model": "res.partner", "res_id": self.env.user.partner_id.id})

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_links_are_judged_as_they_were_made(self):
        """Of the people on the list: the record has to be one they may read, and one that mail can be linked to."""
        closed = self.env["res.partner"].create({"name": "Closed", "company_id": self.far.company_id.id})
        message = self.kept["maildesk.message"]
        links = self.env["maildesk.link"].with_user(self.user)
        for model, res_id, error in (
            ("res.partner", closed.id, AccessError), ("res.partner", 2**30, UserError), ("maildesk.account", self.account.id, UserError),
            ("mail.thread", 1, UserError), ("no.such.model", 1, UserError),
        ):
            with self.subTest(model=model, res_id=res_id), self.assertRaises(error), self.env.cr.savepoint():
                links.with_context(default_res_model=model, default_res_id=res_id).create({"message_id": message.id})
            with self.subTest(model=model, res_id=res_id), self.assertRaises(error), self.env.cr.savepoint():
                links.create({"message_id": message.id, "res_model": model, "res_id": res_id})
        # which mailbox it is of is its mail's, and not theirs to say
        elsewhere = self.make_account("elsewhere@tidewheel.example")
        for values, context in (({"account_id": elsewhere.id}, {}), ({}, {"default_account_id": elsewhere.id})):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                links.with_context(**context).create(
                    {"message_id": message.id, "res_model": "res.partner", "res_id": self.user.partner_id.id, **values})
        link = links.create(
            {"message_id": message.id, "res_model": "res.partner", "res_id": self.user.partner_id.id})
        self.assertEqual(link.account_id, self.account)

    def test_addresses(self):
        def urls(rows):
            message, part, stored = rows["maildesk.message"], rows["maildesk.attachment"], rows["ir.attachment"]
            return (
                f"/maildesk/body/{message.id}", f"/maildesk/body/{message.id}?print=1&images=1",
                f"/maildesk/attachment/{part.id}", f"/maildesk/attachment/{part.id}?inline=1",
                f"/maildesk/attachments/{message.id}", f"/web/content/{stored.id}", f"/web/content/ir.attachment/{stored.id}/raw",
                f"/web/image/{stored.id}?download=1")

        self.authenticate("mailbox_user", "mailbox_user")
        for url in (*urls(self.kept), *urls(self.spam)):
            self.assertEqual(self.url_open(url).status_code, 200, url)
        message = self.kept["maildesk.message"]
        for login in ("mailbox_other", "mailbox_far", "mailbox_revoked", "mailbox_admin", "admin", "plain_employee", "portal_person"):
            self.authenticate(login, login)
            with mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_binary"):
                # the attack as it was seen: the mail by the context of a call
                answer = self.url_open("/web/dataset/call_kw", json={"params": {
                    "model": "maildesk.link", "method": "create",
                    "args": [{"res_model": "res.partner", "res_id": self.record.id}],
                    "kwargs": {"context": {"default_message_id": message.id}}}}).json()
                self.assertIn("error", answer, login)
                for url in (*urls(self.kept), *urls(self.spam), f"/maildesk/source/{message.id}"):
                    with self.subTest(login=login, url=url):
                        answer = self.url_open(url, allow_redirects=False)
                        self.assertIn(answer.status_code, (303, 403, 404))
                        self.assertNotIn("Body", answer.text)
