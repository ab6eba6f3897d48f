"""A run through everything that handles a secret; afterwards none of them is in a log line, a column, a file or an answer."""

import logging
import time
from base64 import b64encode
from urllib.parse import urlencode

from lxml import html
from odoo.tests import HttpCase, tagged

from ..dev.servers.smtp_sink import SmtpSink
from .common import mail
from .fakes.smtp_oauth import TokenSmtp
from .models.test_gmail import GmailCase
from .models.test_outlook import OutlookCase
from .secret_hunt import EverythingLogged, SecretHunt

IMAP_PASSWORD = "imap-p&ss+word/=41-Qx7"
SMTP_PASSWORD = 'smtp "quoted\\ p&ss+word/=%41'
SHARE_PASSWORD = "share 'quoted\\ p<ss>+wörd/="
WRONG_SHARE_PASSWORD = "not-the-share-password-xQ7"
CLIENT_SECRETS = {"google": "GOCSPX-of-this-very-company", "microsoft": "8Q~of-this.very~company"}
#: What a person's browser carries from and to the provider.
CARRIED = ("states",)
SIGN_IN = ("action_connect_google", "action_connect_microsoft", "action_reconnect", "setup_connect", "/maildesk/oauth/")
#: Loggers of the servers this test plays itself.
PLAYED = ("mail.", "asyncio", "odoo.tests", "odoo.addons.maildesk.tests", "odoo.addons.maildesk.dev")
#: Where secrets are typed in beside MailDesk's own models, or could have ended up.
BESIDE = ("res.company", "res.config.settings", "ir.config_parameter", "ir.logging")


class SecretsCase(OutlookCase, GmailCase, HttpCase):
    """Both providers, a mail server with passwords, and somebody who writes down all that is said."""

    imap_password = IMAP_PASSWORD

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name, secret in CLIENT_SECRETS.items():
            getattr(cls, name).client_secret = secret
        cls.token_smtp = TokenSmtp(cls.google)
        cls.token_smtp.start()
        cls.addClassCleanup(cls.token_smtp.stop)
        cls.env["ir.config_parameter"].set_param("maildesk.google_smtp_host", f"127.0.0.1:{cls.token_smtp.port}")
        cls.smtp = SmtpSink(SMTP_PASSWORD).start()
        cls.addClassCleanup(cls.smtp.stop)
        (cls.user + cls.other + cls.admin).group_ids += cls.env.ref("base.group_allow_export")

    def setUp(self):
        super().setUp()
        self.hunt = SecretHunt(self.env)
        self.hunt.know(imap_password=IMAP_PASSWORD, smtp_password=SMTP_PASSWORD, share_password=SHARE_PASSWORD)
        self.hunt.know(**{f"{name}_client_secret": secret for name, secret in CLIENT_SECRETS.items()})
        self.hunt.know(key=self.env["maildesk.credential"]._key_file())

    def authenticate(self, *args, **kwargs):
        session = super().authenticate(*args, **kwargs)
        self.opener.hooks["response"].append(self.note)
        return session

    def note(self, response, **_kwargs):
        """Write down an answer, with all its headers."""
        where = response.request.path_url.partition("?")[0]
        but = CARRIED if any(mark in where for mark in SIGN_IN) else ()
        self.hunt.answers.append((where, f"{response.status_code} {response.headers} {response.text}", but))

    def is_ours(self, name, text):
        """What this test's browser says of the addresses it asks for, and the servers it plays."""
        return name.startswith(PLAYED) or (name.startswith("urllib3") and f"http://127.0.0.1:{self.http_port()} " in text)

    def rpc(self, model, method, *args, **kwargs):
        """As a browser asks.

        :returns: the answer, or None where it was refused.
        """
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        answer = self.opener.post(
            f"{self.base_url()}/web/dataset/call_kw/{model}/{method}", json={"jsonrpc": "2.0", "method": "call", "params": params})
        return answer.json().get("result")

    def route(self, path, **params):
        """As MailDesk's own pages ask."""
        return self.opener.post(f"{self.base_url()}/maildesk/{path}", json={"jsonrpc": "2.0", "method": "call", "params": params})

    def press(self, account, button):
        """:returns: what the button answers, or None where it was refused, in words."""
        return self.rpc("maildesk.account", button, account.ids)

    def sync(self):
        """A pass over every mailbox, also over those that rest after a failure."""
        self.env["maildesk.sync.state"].search([])._rest_is_over()
        self.env["maildesk.account"]._cron_sync()

    def found(self, log):
        """Every place a secret was found in."""
        for fake in (self.google, self.microsoft):
            self.hunt.know(tokens=fake.secrets, states=fake.states)
        return {"log": self.hunt.in_log(log), "database": self.hunt.in_database(), "files": self.hunt.in_files(),
                "answers": self.hunt.in_answers()}


@tagged("post_install", "-at_install")
class TestSecrets(SecretsCase):
    def test_none_is_anywhere(self):
        with EverythingLogged(self.is_ours) as log:
            self.set_up()
            self.set_up_in_one_go()
            self.use_passwords()
            self.share()
            self.sign_in_well()
            self.sign_in_badly()
            self.renew()
            self.read_everything()
            self.end()
            logging.getLogger("odoo.addons.maildesk").debug("the last line")
        self.assertIn("the last line", log.lines[-1][1])
        self.assertGreater(len(self.google.secrets), 10)
        self.assertGreater(len(self.hunt.answers), 500)
        self.assertEqual(self.found(log), {"log": [], "database": [], "files": [], "answers": []})

    # --- the run ------------------------------------------------------------------------------------------------------

    def set_up(self):
        """Everything is typed in by people, in their forms."""
        self.authenticate("admin", "admin")
        typed = {f"maildesk_{name}_client_secret": secret for name, secret in CLIENT_SECRETS.items()}
        self.rpc("res.config.settings", "onchange", [], typed, list(typed), {name: {} for name in typed})
        settings = self.rpc("res.config.settings", "web_save", [], typed, {name: {} for name in typed})
        self.assertTrue(self.rpc("res.config.settings", "execute", [settings[0]["id"]]))
        self.authenticate("mailbox_admin", "mailbox_admin")
        self.accounts = {kind: self.make_by_form(kind) for kind in ("imap", "gmail", "outlook")}

    def make_by_form(self, kind):
        ids = {}
        ports = {"incoming": self.dovecot.port, "outgoing": self.smtp.port}
        for side, password in (("incoming", IMAP_PASSWORD), ("outgoing", SMTP_PASSWORD)):
            model = f"maildesk.{side}.server"
            password_type = "imap" if side == "incoming" else "smtp"
            vals = {"name": f"{kind} {side}", "server_type": password_type if kind == "imap" else kind}
            if kind == "imap":
                vals |= {"host": "127.0.0.1", "port": ports[side], "encryption": "none", "username": "secret@example.com",
                         "password": password}
            self.rpc(model, "onchange", [], vals, list(vals), {name: {} for name in self.env[model]._fields})
            ids[f"{side}_server_id"] = self.rpc(model, "web_save", [], vals, {"name": {}, "password": {}, "has_password": {}})[0]["id"]
        email = "secret@example.com" if kind == "imap" else "anna@example.com"
        vals = {"name": kind, "email": email, "allow_personal_connection": True, "share_password": SHARE_PASSWORD, **ids,
                "user_ids": [[4, self.admin.id]]}
        self.rpc("maildesk.account", "onchange", [], vals, ["share_password"], {name: {} for name in vals})
        return self.env["maildesk.account"].browse(
            self.rpc("maildesk.account", "web_save", [], vals, {name: {} for name in vals})[0]["id"])

    def set_up_in_one_go(self):
        """In the set-up dialog, with a wrong password and with the right ones."""
        wrong = "wrong-one-in-the-dialog"
        self.hunt.know(wrong_password=wrong)
        for password, has_worked in ((wrong, False), (IMAP_PASSWORD, True)):
            typed = {
                way: {"host": f"127.0.0.1:{port}", "username": "dialog@example.com", "encryption": "none", "password": secret}
                for way, port, secret in (
                    ("incoming", self.dovecot.port, password), ("outgoing", self.smtp.port, SMTP_PASSWORD))
            }
            values = {"email": "dialog@example.com", "kind": "imap", **typed}
            self.assertEqual(bool(self.rpc("maildesk.account", "setup_connect", values)), has_worked)

    def use_passwords(self):
        account = self.accounts["imap"]
        self.client("secret@example.com").append("INBOX", mail("A mail", "Words", attachments=[("a.txt", b"text", "text/plain")]))
        for button in ("action_test_incoming", "action_test_outgoing", "action_fetch_folders"):
            self.assertTrue(self.press(account, button), button)
        self.sync()
        self.assertEqual(account.state, "connected")
        for side, button in (("incoming", "action_test_incoming"), ("outgoing", "action_test_outgoing")):
            server = account[f"{side}_server_id"]
            wrong, right = f"wrong one of {side} mail", IMAP_PASSWORD if side == "incoming" else SMTP_PASSWORD
            self.hunt.know(wrong_password=wrong)
            self.rpc(server._name, "web_save", server.ids, {"password": wrong}, {"password": {}})
            self.assertIsNone(self.press(account, button))
            self.sync()
            self.rpc(server._name, "web_save", server.ids, {"password": right}, {"password": {}})
        self.press(account, "action_fetch_folders")

    def share(self):
        self.authenticate("mailbox_user", "mailbox_user")
        for email, password in (("secret@example.com", WRONG_SHARE_PASSWORD), ("nobody@example.com", SHARE_PASSWORD)):
            self.assertIsNone(self.rpc("maildesk.account", "connect_mailbox", email, password))
        self.assertTrue(self.rpc("maildesk.account", "connect_mailbox", "secret@example.com", SHARE_PASSWORD))
        self.hunt.know(wrong_share_password=WRONG_SHARE_PASSWORD)

    def come_back(self, provider, answer):
        return self.url_open(f"/maildesk/oauth/callback/{provider}?{urlencode(answer)}")

    def begin(self, kind, button=None):
        provider = {"gmail": "google", "outlook": "microsoft"}[kind]
        action = self.press(self.accounts[kind], button or f"action_connect_{provider}")
        return provider, getattr(self, provider), action["params"]["url"]

    def sign_in_well(self):
        self.authenticate("mailbox_admin", "mailbox_admin")
        self.client().append("INBOX", mail("In Gmail"))
        self.lay(self.graph.add_mailbox("anna@example.com"), "In Outlook")
        for kind in ("gmail", "outlook"):
            provider, fake, url = self.begin(kind)
            self.assertIn("is connected", self.come_back(provider, fake.sign_in(url)).text)
            for button in ("action_test_incoming", "action_test_outgoing", "action_fetch_folders"):
                self.assertTrue(self.press(self.accounts[kind], button), f"{kind} {button}")
        self.sync()
        for kind, account in self.accounts.items():
            self.assertEqual((kind, account.state, account.error_message), (kind, "connected", False))

    def sign_in_badly(self):
        for kind in ("gmail", "outlook"):
            provider, fake, url = self.begin(kind, "action_reconnect")
            answer = fake.sign_in(url)
            for fault in ((503, {}), (400, {"error": "invalid_grant"}), (401, {"error": "invalid_client"}), (200, {"nothing": True})):
                fake.faults = [fault]
                self.come_back(provider, fake.sign_in(self.begin(kind, "action_reconnect")[2]))
            # good once, and then no more
            self.come_back(provider, answer)
            self.come_back(provider, answer)
            self.come_back(provider, fake.sign_in(self.begin(kind, "action_reconnect")[2], error="access_denied"))
            self.choose(provider, fake, kind)
            # when the session is over, and in the next one
            answer = fake.sign_in(self.begin(kind, "action_reconnect")[2])
            self.authenticate(None, None)
            self.come_back(provider, answer)
            self.authenticate("mailbox_admin", "mailbox_admin")
            self.come_back(provider, answer)

    def choose(self, provider, fake, kind):
        """Signed in as somebody else, and thought better of it."""
        for choice in ("again", "cancel"):
            page = self.come_back(provider, fake.sign_in(self.begin(kind, "action_reconnect")[2], "olaf@example.com"))
            inputs = {field.get("name"): field.get("value") for field in html.fromstring(page.text).iter("input")}
            self.hunt.know(states=inputs["state"])
            self.url_open("/maildesk/oauth/choice", data={**inputs, "choice": choice}, allow_redirects=False)

    def renew(self):
        """Tokens that have run out, are refused, or cannot be had any more; then everything is signed in again."""
        for kind in ("gmail", "outlook"):
            fake, account = {"gmail": self.google, "outlook": self.microsoft}[kind], self.accounts[kind]
            self.grant(account, expires_at=time.time() - 1)
            self.sync()
            fake.access_tokens.clear()
            self.press(account, "action_test_incoming")
            self.grant(account, expires_at=0.0)
            fake.faults = [(503, {})]
            self.sync()
            fake.refresh_tokens.clear()
            self.grant(account, refresh_token="not-known-at-all-any-more", expires_at=0.0)
            self.press(account, "action_fetch_folders")
            account.state = "connected"
            self.sync()
            self.assertEqual(account.state, "needs_sign_in")
            provider, _fake, url = self.begin(kind, "action_reconnect")
            self.assertIn("is connected", self.come_back(provider, fake.sign_in(url)).text)
        self.hunt.know(tokens="not-known-at-all-any-more")
        self.sync()

    def read_everything(self):
        """Whoever may ask asks for all there is, in every way there is."""
        models = [name for name, model in self.registry.items() if name.startswith("maildesk.") and not model._abstract]
        for login in ("admin", "mailbox_admin", "mailbox_user", "plain_employee", "portal_person"):
            self.authenticate(login, login)
            for model in (*models, *BESIDE):
                self.read_model(model)
            self.route("tree")
            for row in self.route("messages").json().get("result", {}).get("rows", []):
                self.route("open", placement_id=row["id"])

    def read_model(self, model):
        names = list(self.rpc(model, "fields_get") or self.env[model]._fields)
        every, everyone = {name: {} for name in names}, {"context": {"active_test": False}}
        self.rpc(model, "get_views", [[False, "form"], [False, "list"], [False, "search"]])
        self.rpc(model, "default_get", names)
        self.rpc(model, "onchange", [], {}, [], every)
        # a field that is refused refuses all of them
        if self.rpc(model, "search_read", [], names, limit=80, **everyone) is None:
            for name in names:
                self.rpc(model, "search_read", [], [name], limit=80, **everyone)
        ids = self.rpc(model, "search", [], limit=80, **everyone) or self.env[model].sudo().search([], limit=20).ids
        self.rpc(model, "read", ids)
        self.rpc(model, "web_read", ids, every)
        self.rpc(model, "onchange", ids[:1], {}, [], every)
        self.rpc(model, "export_data", ids, names)
        self.rpc(model, "copy_data", ids[:1])
        self.rpc(model, "web_search_read", [], every, limit=80)
        self.rpc(model, "name_search", "")

    def end(self):
        self.authenticate("mailbox_admin", "mailbox_admin")
        for account in self.accounts.values():
            self.press(account, "action_reset_sync_state")
            self.rpc("maildesk.account", "copy", account.ids)
            self.sync()
            self.press(account, "action_disconnect")


@tagged("post_install", "-at_install")
class TestSecretHunt(SecretsCase):
    """A secret that was put there is found."""

    def test_planted_ones_are_found(self):
        secret = SMTP_PASSWORD
        with EverythingLogged(self.is_ours) as log:
            logging.getLogger("maildesk.planted").debug("said %r", {"password": secret})
            logging.getLogger("odoo.sql_db").debug("an innocent line")
            self.env["ir.config_parameter"].set_param("maildesk.planted", secret)
            partner = self.env["res.partner"].create({"name": "Planted", "comment": f"<p>{secret}</p>"})
            self.env["ir.attachment"].create({"name": "planted", "raw": f"user=anna\1auth={secret}".encode()})
            self.authenticate("admin", "admin")
            self.rpc("res.partner", "read", partner.ids, ["comment"])
            self.rpc("res.partner", "read", partner.ids, ["name"])
        found = self.found(log)
        self.assertIn("maildesk.planted", {logger for logger, _line, _name in found["log"]})
        # the statements' values are lines too
        self.assertIn("odoo.sql_db", {logger for logger, _line, _name in found["log"]})
        self.assertNotIn("an innocent line", str(found))
        self.assertLessEqual(
            {("ir_config_parameter", "value", "smtp_password"), ("res_partner", "comment", "smtp_password")}, set(found["database"]))
        self.assertEqual([name for _file, name in found["files"]], ["smtp_password"])
        self.assertEqual(found["answers"], [("/web/dataset/call_kw/res.partner/read", "smtp_password")])

    def test_however_it_is_written(self):
        for text in ('{"x": "share \'quoted\\\\ p<ss>+w\\u00f6rd/="}', "share+%27quoted%5C+p%3Css%3E%2Bw%C3%B6rd%2F%3D",
                     "share &#x27;quoted\\ p&lt;ss&gt;+wörd/=", SHARE_PASSWORD.encode().hex(),
                     *(b64encode(f"{before}auth={SHARE_PASSWORD}{after}".encode()).decode()
                       for before in ("", "x", "xx") for after in ("", "y", "yy"))):
            self.assertEqual(self.hunt.found_in(text), ["share_password"], text)
