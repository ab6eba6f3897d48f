"""A record of every model, of two companies, and people of every role."""

from odoo import Command, fields
from odoo.service.model import call_kw
from odoo.tests import new_test_user

from ..common import MaildeskCase

#: In the names and addresses of everything that belongs to the other company.
HIDDEN = "concealed"
#: How much mail is in its folders.
HIDDEN_COUNT = 777_777


class EveryModelCase(MaildeskCase):
    """``rows`` and ``far_rows``: one record of every model, of our company's mailbox and of another company's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.far_company = cls.env["res.company"].create({"name": f"{HIDDEN} company"})
        far = {"company_id": cls.far_company.id, "company_ids": [Command.set(cls.far_company.ids)]}
        cls.far_admin, cls.far_user = (
            new_test_user(cls.env, login=f"{HIDDEN}_{role}", groups=f"base.group_user,maildesk.group_maildesk_{role}", **far)
            for role in ("admin", "user")
        )
        cls.system = new_test_user(cls.env, login="system_admin", groups="base.group_user,base.group_system")
        cls.account = cls.make_account(users=[cls.user, cls.admin], share_password="open sesame", allow_personal_connection=True)
        cls.far_account = cls.make_account(
            f"{HIDDEN}@far.example", users=[cls.far_user], name=f"{HIDDEN} mailbox", company_id=cls.far_company.id,
            owner_id=cls.far_user.id)
        cls.rows = cls._fill(cls.account, cls.admin, "seen")
        cls.far_rows = cls._fill(cls.far_account, cls.far_admin, HIDDEN)

    @classmethod
    def _fill(cls, account, admin, word):
        """Model → one record of it that hangs on a mailbox."""
        env = cls.env
        account.incoming_server_id.name = f"{word} incoming"
        account.outgoing_server_id.name = f"{word} outgoing"
        folder = env["maildesk.folder"].create({
            "account_id": account.id, "name": f"{word} folder", "remote_id": word, "role": "inbox", "total_count": HIDDEN_COUNT})
        thread = env["maildesk.thread"].create({"account_id": account.id})
        message = env["maildesk.message"].create({
            "account_id": account.id, "fingerprint": word, "subject": f"{word} subject", "thread_id": thread.id, "preview": f"{word} text",
            "from_email": f"{word}@pedalia.example", "date": "2026-03-01 12:00:00"})
        place = env["maildesk.message.placement"].create(
            {"message_id": message.id, "folder_id": folder.id, "remote_id": "1:1", "date": "2026-03-01 12:00:00"})
        env.flush_all()
        # what only the server makes, for whom it makes it
        removal = env["maildesk.account.removal"].with_user(admin).sudo().create(
            {"account_id": account.id, "choice": "delete", "trouble": f"{word} trouble"})
        user = account.access_ids.user_id[:1]
        return {
            "maildesk.account": account,
            "maildesk.access": account.access_ids[:1],
            "maildesk.incoming.server": account.incoming_server_id,
            "maildesk.outgoing.server": account.outgoing_server_id,
            "maildesk.sync.state": account.sync_state_ids,
            "maildesk.folder": folder,
            "maildesk.folder.setting": env["maildesk.folder.setting"].browse(folder.id),
            "maildesk.thread": thread,
            "maildesk.message": message,
            "maildesk.message.placement": place,
            "maildesk.message.search": env["maildesk.message.search"].browse(place.id),
            "maildesk.message.body": env["maildesk.message.body"].create({"message_id": message.id, "html": f"<p>{word}</p>"}),
            "maildesk.attachment": env["maildesk.attachment"].create(
                {"message_id": message.id, "name": f"{word}.txt", "part_id": "2"}),
            "maildesk.operation": env["maildesk.operation"].create({
                "account_id": account.id, "message_id": message.id, "kind": "flag", "flag": "is_read", "folder_id": folder.id}),
            "maildesk.link": env["maildesk.link"].create(
                {"message_id": message.id, "res_model": "res.partner", "res_id": cls.company.partner_id.id}),
            "maildesk.log": env["maildesk.log"].search([("account_id", "=", account.id)], limit=1),
            "maildesk.user.actions": env["maildesk.user.actions"].search([("user_id", "=", user.id)]),
            "maildesk.credential": env["maildesk.credential"].search([("account_id", "=", account.id)], limit=1)
            or env["maildesk.credential"].search([("incoming_server_id", "=", account.incoming_server_id.id)], limit=1),
            "maildesk.oauth.state": env["maildesk.oauth.state"].create({
                "digest": word, "session_digest": word, "kept": word, "user_id": admin.id, "account_id": account.id,
                "provider": "google", "step": "answer"}),
            "maildesk.sync.request": env["maildesk.sync.request"].create({"account_id": account.id}),
            "maildesk.request.key": env["maildesk.request.key"].create(
                {"user_id": admin.id, "key": word, "served_at": "2026-03-01 12:00:00"}),
            **cls._fill_sending(account, admin, message, word),
            "maildesk.connect.attempt": env["maildesk.connect.attempt"].create({"subject": word}),
            "maildesk.thread.reference": env["maildesk.thread.reference"].create(
                {"account_id": account.id, "thread_id": thread.id, "reference": word}),
            "maildesk.account.removal": removal.with_env(env),
            "maildesk.settings": env["maildesk.settings"].with_user(admin).create({}).with_env(env),
            "maildesk.server.copy": env["maildesk.server.copy"].with_user(cls.system).create({"kind": "incoming"}).with_env(env),
        }

    @classmethod
    def _fill_sending(cls, account, admin, message, word):
        """A draft of the mailbox, and a mail on its way out."""
        draft = cls.env["maildesk.draft"].create({
            "account_id": account.id, "author_id": admin.id, "subject": f"{word} draft", "origin_id": message.id})
        submission = cls.env["maildesk.submission"].create({
            "account_id": account.id, "author_id": admin.id, "draft_id": draft.id, "message_id_header": f"<{word}@x.example>",
            "subject": f"{word} letter", "sender": account.email, "release_at": "2031-03-01 12:00:00"})
        return {
            "maildesk.draft": draft, "maildesk.submission": submission,
            "maildesk.submission.recipient": cls.env["maildesk.submission.recipient"].create(
                {"submission_id": submission.id, "email": f"{word}@pedalia.example"}),
            "maildesk.recipient.hidden": cls.env["maildesk.recipient.hidden"].create(
                {"account_id": account.id, "user_id": admin.id, "email": f"{word}@pedalia.example"}),
        }

    def call(self, user, model, method, *args, **kwargs):
        """A public call as a client makes it."""
        return call_kw(self.env(user=user, context={})[model], method, list(args), kwargs)

    def other_value(self, record, field):
        """A value for a field that it does not have yet, as a client sends it."""
        now = record[field.name]
        match field.type:
            case "boolean":
                return not now
            case "integer" | "float" | "many2one_reference":
                return (now or 0) + 7
            case "selection":
                return next(value for value, _label in field._description_selection(self.env) if value != now)
            case "date":
                return "2031-01-01"
            case "datetime":
                return "2031-01-01 01:00:00"
            case "json":
                return {"maildesk": 1}
            case "many2one":
                others = self.env[field.comodel_name].sudo().with_context(active_test=False)
                return others.search([("id", "not in", now.ids)], limit=1).id or others.search([], limit=1).id
            case "one2many" | "many2many":
                return [Command.clear()]
            case "reference":
                return f"res.partner,{self.company.partner_id.id}"
        return "changed@tidewheel.example"

    def state_of(self, records, name):
        """A field's value as it is in the database, told apart from any cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        value = records.sudo().with_context(active_test=False)[name]
        return value.ids if hasattr(value, "ids") else fields.Datetime.to_string(value) if hasattr(value, "year") else value
