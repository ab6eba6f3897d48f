from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..common import MaildeskCase

SECRET = "secret of Odoo's server"


@tagged("post_install", "-at_install")
class TestServerCopy(MaildeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system = cls.env.ref("base.user_admin")
        cls.incoming, cls.outgoing = (
            cls.env[f"maildesk.{kind}.server"].with_user(cls.system).create({"name": "Mine", "host": "old.example.com", "password": "old"})
            for kind in ("incoming", "outgoing"))

    def fetchmail(self, **values):
        return self.env["fetchmail.server"].create({
            "name": "Odoo in", "server_type": "imap", "server": "imap.example.com", "port": 993, "is_ssl": True,
            "user": "office@example.com", "password": SECRET, **values})

    def mail_server(self, **values):
        return self.env["ir.mail_server"].create({
            "name": "Odoo out", "smtp_host": "smtp.example.com", "smtp_port": 587, "smtp_encryption": "starttls_strict",
            "smtp_user": "office@example.com", "smtp_pass": SECRET, **values})

    def copy(self, server, source, with_password=True):
        """As the dialog does it; the server it leads to."""
        action = server.action_copy_from_odoo()
        with Form(self.env[action["res_model"]].with_user(self.system).with_context(**action["context"])) as form:
            form[{"fetchmail.server": "fetchmail_server_id", "ir.mail_server": "mail_server_id"}[source._name]] = source
            form.with_password = with_password
        shown = form.record.action_copy()
        return self.env[shown["res_model"]].browse(shown["res_id"])

    def secret(self, server):
        return self.env["maildesk.credential"]._reveal(server, "password")

    def assert_values(self, server, **values):
        self.assertEqual({name: server[name] for name in values}, values)

    def test_incoming(self):
        self.assertEqual(self.copy(self.incoming, self.fetchmail()), self.incoming)
        self.assert_values(
            self.incoming, name="Odoo in", server_type="imap", host="imap.example.com", port=993, encryption="ssl",
            username="office@example.com")
        self.assertEqual(self.secret(self.incoming), SECRET)

    def test_outgoing(self):
        self.copy(self.outgoing, self.mail_server())
        self.assert_values(
            self.outgoing, name="Odoo out", server_type="smtp", host="smtp.example.com", port=587, encryption="starttls",
            username="office@example.com")
        self.assertEqual(self.secret(self.outgoing), SECRET)

    def test_from_the_list_into_a_new_one(self):
        for empty, source in ((self.incoming.browse(), self.fetchmail()), (self.outgoing.browse(), self.mail_server())):
            server = self.copy(empty, source)
            self.assertNotIn(server, self.incoming + self.incoming if server._name == self.incoming._name else self.outgoing)
            self.assertEqual((server.name, server.company_id), (source.name, self.company))

    def test_without_the_password(self):
        self.copy(self.incoming, self.fetchmail(), with_password=False)
        # the old one went with the old host: it would be sent to another one
        self.assertFalse(self.incoming.has_password)
        self.copy(self.outgoing, self.mail_server(smtp_pass=False))
        self.assertFalse(self.outgoing.has_password)

    def test_clear_text_is_left_behind(self):
        self.copy(self.incoming, self.fetchmail(is_ssl=False, port=143))
        self.assert_values(self.incoming, encryption="starttls", port=143)
        for theirs, ours in (("none", "starttls"), ("starttls", "starttls"), ("ssl", "ssl"), ("ssl_strict", "ssl")):
            self.copy(self.outgoing, self.mail_server(smtp_encryption=theirs))
            self.assertEqual(self.outgoing.encryption, ours)

    def test_pop_gets_the_answer_pop_always_gets(self):
        source = self.fetchmail(server_type="pop", server="mail.example.com", port=995)
        with self.assertRaisesRegex(UserError, r"^POP3 is not supported.*imap\.example\.com"):
            self.copy(self.incoming, source)
        # an IMAP server that is none
        with self.assertRaisesRegex(ValidationError, "POP3 is not supported"):
            self.copy(self.incoming, self.fetchmail(server="pop.example.com"))
        self.env.invalidate_all()

    def test_what_leads_to_no_mailbox(self):
        with self.assertRaisesRegex(UserError, "is fed by a script"):
            self.copy(self.incoming, self.fetchmail(server_type="local"))
        with self.assertRaisesRegex(UserError, "signs in with a certificate"):
            self.copy(self.outgoing, self.mail_server(smtp_authentication="cli", smtp_user=False, smtp_pass=False))

    def test_google_and_microsoft_set_the_type(self):
        wizard = self.env["maildesk.server.copy"]
        for name, host in (("gmail", "imap.gmail.com"), ("outlook", "graph.microsoft.com")):
            source = self.env["fetchmail.server"].new({
                "name": name, "server_type": name, "server": "outlook.office365.com", "port": 993, "is_ssl": True,
                "user": "office@example.com"})
            self.incoming.write(wizard._incoming_values(source))
            self.assert_values(self.incoming, server_type=name, host=host, port=0, username="office@example.com")
            source = self.env["ir.mail_server"].new({
                "name": name, "smtp_authentication": name, "smtp_host": "x.example", "smtp_port": 587,
                "smtp_encryption": "starttls", "smtp_user": "office@example.com"})
            self.outgoing.write(wizard._outgoing_values(source))
            self.assertEqual(self.outgoing.server_type, name)

    def test_only_who_may_read_odoos_servers(self):
        with self.assertRaisesRegex(AccessError, "Only a system administrator"):
            self.incoming.with_user(self.admin).action_copy_from_odoo()
        with self.assertRaises(AccessError):
            self.env["maildesk.server.copy"].with_user(self.admin).create({"kind": "incoming"})
        for user in (self.user, self.employee):
            with self.assertRaises(AccessError):
                self.incoming.with_user(user).action_copy_from_odoo()

    def test_the_dialog_holds_no_password_and_the_log_tells_of_the_new_one(self):
        self.copy(self.incoming, self.fetchmail())
        self.env.flush_all()
        self.env.cr.execute("SELECT count(*) FROM maildesk_server_copy row WHERE row::text LIKE %s", [f"%{SECRET}%"])
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        lines = self.env["maildesk.log"].search([], limit=2)
        self.assertEqual(lines.mapped("event"), ["credentials", "settings"])
        self.assertNotIn(SECRET, " ".join(lines.mapped("detail")))
        self.assertFalse(self.incoming.password)
