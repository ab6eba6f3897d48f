"""Test Incoming Server, Test Outgoing Server: what each trouble is called, with real sockets in all of them."""

import contextlib
import http.server
import os
import re
import socket
import ssl
import tempfile
import threading
import time
import warnings
from base64 import b64encode
from pathlib import Path
from unittest import mock

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...dev.servers.smtp_sink import SmtpSink
from ...models import maildesk_account_actions
from ...providers.errors import AuthError
from ..common import PASSWORD, MailServerCase
from ..fakes.certificates import Authority
from ..fakes.imap_scripted import SILENCE, ScriptedServer
from ..fakes.smtp_scripted import SmtpScript

USER = "support@tidewheel.example"
KINDS = ("incoming", "outgoing")
OFFERS = b"* CAPABILITY IMAP4rev1 %s\r\n{tag} OK done\r\n"


class Echo:
    """Mixed into a scripted server: refuses a sign-in by quoting it."""

    def _answer(self, line, command):
        words = command.split()
        if words[1:2] in ([b"AUTHENTICATE"], [b"LOGIN"]):
            line.sendall(words[0] + b" NO I do not like " + command.strip() + b"\r\n")
        elif words[:1] == [b"AUTH"]:
            line.sendall(b"535 5.7.8 I do not like " + command.strip() + b"\r\n")
        else:
            super()._answer(line, command)


class EchoImap(Echo, ScriptedServer):
    pass


class EchoSmtp(Echo, SmtpScript):
    pass


class Drip(ScriptedServer):
    """Keeps every single wait by sending an octet now and then, until somebody hangs up."""

    def _serve(self, line):
        with contextlib.suppress(OSError):
            for _turn in range(600):
                line.sendall(b"*")
                time.sleep(0.05)


class ConnectionCase(MailServerCase):
    """A mailbox whose servers are what a test makes of them; one authority the machine trusts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        home = tempfile.TemporaryDirectory()
        cls.addClassCleanup(home.cleanup)
        cls.authority = Authority(home.name)
        # the SMTP server reports at length every handshake that is broken off
        cls.enterClassContext(mute_logger("mail.log"))
        cls.enterClassContext(mock.patch.dict(os.environ, {"SSL_CERT_FILE": str(Path(home.name) / "ca.pem")}))
        cls.account = cls.make_account(USER)

    def budget(self, wait, in_all=20.0):
        """For servers that are waited for: how long, instead of what people wait."""
        self.enterContext(mock.patch.multiple(maildesk_account_actions, TEST_TIMEOUT=wait, TEST_SECONDS=in_all))

    def press(self, kind, port, encryption="none", host="127.0.0.1", **values):
        server = self.account[f"{kind}_server_id"]
        server.write({"host": host, "port": port, "encryption": encryption, "username": USER, **values})
        server.password = values.get("password", PASSWORD)
        return getattr(self.account, f"action_test_{kind}")()

    def told(self, kind, port, *args, **values):
        """The words of a test that fails."""
        with self.assertRaises(UserError) as caught, self.cr.savepoint():
            self.press(kind, port, *args, **values)
        words = str(caught.exception)
        for form in (PASSWORD, b64encode(PASSWORD.encode()).decode().rstrip("=")[:-1]):
            self.assertNotIn(form, words)
        happened, _blank, advice = words.partition("\n\n")
        self.assertTrue(happened.endswith(".") and advice, f"what happened, then what to do: {words}")
        return words

    def assert_told(self, pattern, kind, port, *args, **values):
        words = self.told(kind, port, *args, **values)
        self.assertRegex(words, pattern)
        return words

    def scripted(self, kind, **options):
        return self.enterContext((ScriptedServer if kind == "incoming" else SmtpScript)(**options)).port

    def sink(self, encryption="none", **certificate):
        files = self.authority.files("sink", *certificate.pop("names", ("127.0.0.1",)), **certificate)
        sink = SmtpSink(PASSWORD, certificate=files, encryption=encryption).start()
        self.addCleanup(sink.stop)
        return sink.port

    def web(self, tls=None):
        class Quiet(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *args):
                """Nobody reads it."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
        server.handle_error = lambda *args: None
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_port

    def over_tls(self, kind, **certificate):
        """A server with TLS from the first byte."""
        if kind == "outgoing":
            return self.sink("ssl", **certificate)
        names = certificate.pop("names", ("127.0.0.1",))
        return self.enterContext(ScriptedServer(tls=self.authority.server("imap", *names, **certificate))).port


@tagged("post_install", "-at_install")
class TestServerPasses(ConnectionCase):
    def test_the_green_notice(self):
        for kind, port, encryption in (
            ("incoming", self.dovecot.port, "none"), ("outgoing", self.sink(), "none"),
            ("incoming", self.over_tls("incoming"), "ssl"), ("outgoing", self.sink("ssl"), "ssl"),
            ("outgoing", self.sink("starttls"), "starttls"),
        ):
            with self.subTest(kind=kind, encryption=encryption):
                notice = self.press(kind, port, encryption)["params"]
                self.assertEqual((notice["type"], notice["message"]), ("success", "Connection Test Successful!"))

    def test_a_relay_without_sign_in(self):
        port = self.scripted("outgoing", answers={b"EHLO": b"250 relay.lan\r\n"})
        self.assertTrue(self.press("outgoing", port, username=""))


@tagged("post_install", "-at_install")
class TestServerLine(ConnectionCase):
    def test_name(self):
        for kind in KINDS:
            self.assert_told("^The name mail.no-such-name.invalid was not found", kind, 0, "ssl", "mail.no-such-name.invalid")

    def test_refused(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
            self.assert_told(rf"refuses connections on port {port}\.\n\n.*IMAP usually has port 993", "incoming", port)
            self.assert_told(rf"refuses connections on port {port}\.\n\n.*SMTP usually has port 465", "outgoing", port)

    def test_silence(self):
        self.budget(0.3)
        for kind in KINDS:
            for encryption in ("none", "ssl", "starttls"):
                with self.subTest(kind=kind, encryption=encryption), socket.create_server(("127.0.0.1", 0)) as silent:
                    self.assert_told("did not answer on port .* in time", kind, silent.getsockname()[1], encryption)

    def test_not_a_mail_server(self):
        self.budget(0.5)
        tls = self.authority.server("web", "127.0.0.1")
        for kind in KINDS:
            for port, encryption in ((self.web(), "none"), (self.web(), "ssl"), (self.web(tls), "ssl")):
                with self.subTest(kind=kind, encryption=encryption):
                    self.assert_told("is a web server, not a mail server", kind, port, encryption)
            port = self.enterContext(ScriptedServer(greeting=b"SSH-2.0-OpenSSH_9.2\r\n")).port
            self.assert_told("is not a mail server, or does not speak as expected", kind, port)

    def test_certificates(self):
        for kind in KINDS:
            for certificate, pattern in (
                ({"expired": True}, "certificate of 127.0.0.1 has expired"),
                ({"names": ("mail.tidewheel.example",)}, r"was made for another name.*\n\n.*\n\nIn detail: mail.tidewheel.example$"),
                ({"foreign": True}, "signed by nobody this machine trusts"),
            ):
                with self.subTest(kind=kind, certificate=certificate):
                    self.assert_told(pattern, kind, self.over_tls(kind, **certificate), "ssl")
        self.assert_told("has expired", "outgoing", self.sink("starttls", expired=True), "starttls")

    def test_starttls_missing(self):
        for kind in KINDS:
            self.assert_told("does not offer STARTTLS on port", kind, self.scripted(kind), "starttls")

    def test_ssl_and_plain_mixed_up(self):
        self.budget(0.5)
        for kind, plain in (("incoming", self.dovecot.port), ("outgoing", self.sink())):
            self.assert_told("does not speak SSL/TLS from the first byte", kind, plain, "ssl")
            for encryption in ("none", "starttls"):
                with self.subTest(kind=kind, encryption=encryption):
                    self.assert_told("expects SSL/TLS from the first byte", kind, self.over_tls(kind), encryption)

    def test_old_tls(self):
        for kind in KINDS:
            tls = self.authority.server("old", "127.0.0.1")
            tls.set_ciphers("DEFAULT:@SECLEVEL=0")
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_1
            with ScriptedServer(tls=tls) as server:
                self.assert_told("no kind of SSL/TLS that is safe", kind, server.port, "ssl")

    def test_the_other_kind_of_server(self):
        self.budget(0.5)
        self.assert_told(r"incoming mail \(IMAP\)(.|\n)*465", "outgoing", self.dovecot.port)
        self.assert_told(r"outgoing mail \(SMTP\)(.|\n)*993", "incoming", self.sink())
        self.assert_told(r"incoming mail \(IMAP\)", "outgoing", self.over_tls("incoming"), "ssl")
        self.assert_told(r"outgoing mail \(SMTP\)", "incoming", self.sink("ssl"), "ssl")

    def test_pop(self):
        for kind in KINDS:
            for tls, encryption in ((None, "none"), (self.authority.server("pop", "127.0.0.1"), "ssl")):
                with self.subTest(kind=kind, encryption=encryption), ScriptedServer(b"+OK POP3 ready <1@x>\r\n", tls=tls) as server:
                    self.assert_told(r"is a POP3 server.\n\nPOP3 is not supported", kind, server.port, encryption)
            for port in (110, 995):
                with self.assertRaisesRegex(ValidationError, "^POP3 is not supported"), self.cr.savepoint():
                    self.account[f"{kind}_server_id"].port = port
        with self.assertRaisesRegex(ValidationError, "sends no mail.*smtp.example.com"), self.cr.savepoint():
            self.account.outgoing_server_id.host = "pop.example.com"

    def test_turned_away(self):
        self.assert_told("asks for a pause", "incoming", self.scripted("incoming", greeting=b"* BYE Too many connections\r\n"))
        self.assert_told("asks for a pause", "outgoing", self.scripted("outgoing", greeting=b"421 4.7.0 try again\r\n"))
        self.assert_told("turns this machine away", "outgoing", self.scripted("outgoing", greeting=b"554 5.7.1 blocked by rbl\r\n"))

    def test_inner_network_and_clear_text(self):
        self.env["ir.config_parameter"].set_param("maildesk.allowed_hosts", "")
        for kind in KINDS:
            with self.subTest(kind=kind):
                self.assertRaisesRegex(UserError, "inner network.*maildesk.allowed_hosts", self.press, kind, 993, "ssl")
                self.assertRaisesRegex(UserError, "in clear text", self.press, kind, 143, "none", "93.184.216.34")
                self.assertRaisesRegex(UserError, "not a port of mail servers", self.press, kind, 22, "ssl", "93.184.216.34")

    def test_paused(self):
        self.env["ir.config_parameter"].set_param("maildesk.paused", "1")
        for kind in KINDS:
            self.assertRaisesRegex(UserError, "MailDesk is paused", self.press, kind, self.dovecot.port)


@tagged("post_install", "-at_install")
class TestServerSignIn(ConnectionCase):
    def test_wrong_password(self):
        for kind, port in (("incoming", self.dovecot.port), ("outgoing", self.sink())):
            words = self.assert_told(f"does not accept user name and password of {USER}", kind, port, password="not-this-one")
            self.assertNotIn("not-this-one", words)
            self.assertRegex(words, "blocked sign-in(.|\n)*For Gmail with a password, use an app password")

    def test_what_providers_say(self):
        app, browser, none = "an app password from", "signs in with a web browser", "Outlook OAuth Authentication"
        for kind, answer, pattern in (
            ("incoming", b"NO [ALERT] Application-specific password required: https://support.google.com/x (Failure)", app),
            ("outgoing", b"534-5.7.9 Application-specific password required. Learn more at\r\n534 5.7.9 https://x/?p=InvalidSecondFactor", app),
            ("incoming", b"NO [AUTHENTICATIONFAILED] LOGIN Invalid credentials, use an app password", app),
            ("incoming", b"* NO [WEBALERT https://accounts.google.com/x] Web login required.\r\n{tag} NO [ALERT] Please log in via your web browser", browser),
            ("incoming", b"NO [WEBALERT https://accounts.google.com/x] go there", browser),
            ("outgoing", b"534-5.7.14 <https://accounts.google.com/x> Please log in\r\n534 5.7.14 via your web browser", browser),
            ("outgoing", b"534 5.7.9 Please log in with your web browser and then try again. p=WebLoginRequired", browser),
            ("incoming", b"NO LOGIN failed.", none),
            ("incoming", b"NO AUTHENTICATE failed.", none),
            ("outgoing", b"535 5.7.139 Authentication unsuccessful, basic authentication is disabled. [x]", none),
            ("outgoing", b"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.", none),
            ("outgoing", b"550 5.7.30 Basic authentication is not supported for Client Submission.", none),
            ("outgoing", b"535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.", "user name and password"),
            ("incoming", b"NO [ALERT] Your account is not enabled for IMAP use.", "allow IMAP in the settings"),
            ("incoming", b"NO [UNAVAILABLE] LOGIN Server error", "(?s)cannot take the sign-in just now.*blocked sign-in"),
            ("incoming", b"NO [INUSE] in use", "cannot take the sign-in just now"),
            ("outgoing", b"454 4.7.0 Too many login attempts", "asks for a pause"),
            ("outgoing", b"421 4.7.0 later", "asks for a pause"),
            ("incoming", b"NO [EXPIRED] change it", "password of .* has expired"),
            ("incoming", b"NO [AUTHORIZATIONFAILED] not yours", "does not open this mailbox"),
            ("incoming", b"NO [PRIVACYREQUIRED] Plaintext authentication disallowed", "over an unencrypted connection"),
            ("outgoing", b"538 5.7.11 Encryption required", "over an unencrypted connection"),
            ("outgoing", b"530 5.7.0 Must issue a STARTTLS command first", "over an unencrypted connection"),
        ):
            with self.subTest(answer=answer):
                if kind == "incoming":
                    answers = {b"AUTHENTICATE": (b"" if answer.startswith(b"*") else b"{tag} ") + answer + b"\r\n"}
                else:
                    answers = {b"AUTH": answer + b"\r\n"}
                self.assert_told(pattern, kind, self.scripted(kind, answers=answers))

    def test_what_the_name_of_a_server_tells(self):
        """No provider can be asked here; what it is called is known all the same."""
        for host, pattern in (
            ("imap.gmail.com", "(?s)Google lets mail programs in with an app password only.*myaccount.google.com/apppasswords"),
            ("imap.mail.me.com", "Apple"), ("smtp.mail.yahoo.com", "Yahoo"), ("imap.fastmail.com", "Fastmail"),
            ("outlook.office365.com", "Connect Microsoft Graph"), ("smtp-mail.outlook.com.", "Connect Microsoft Graph"),
            ("imap.gmx.net", "allowed first"), ("notgmail.com.example", "Enter them again"), ("mygmail.com", "Enter them again"),
        ):
            server = self.account.incoming_server_id
            server.write({"host": host, "username": USER})
            with self.subTest(host=host):
                self.assertRegex(self.account._error_words(AuthError("no"), server), pattern)

    def test_no_way_to_sign_in(self):
        self.assert_told(
            "over an unencrypted connection", "incoming", self.scripted("incoming", answers={b"CAPABILITY": OFFERS % b"LOGINDISABLED"}))
        tls = self.authority.server("nologin", "127.0.0.1")
        with ScriptedServer(answers={b"CAPABILITY": OFFERS % b"LOGINDISABLED AUTH=GSSAPI"}, tls=tls) as server:
            self.assert_told("(?s)no way to sign in with a password.*GSSAPI", "incoming", server.port, "ssl")
        for hello, pattern in (
            (b"250 mx\r\n", "offers no sign-in on port .*\n\n.*user name to be empty"),
            (b"250-mx\r\n250 STARTTLS\r\n", "over an unencrypted connection"),
            (b"250-mx\r\n250 AUTH NTLM GSSAPI\r\n", "(?s)no way to sign in with a password.*NTLM GSSAPI"),
        ):
            with self.subTest(hello=hello):
                self.assert_told(pattern, "outgoing", self.scripted("outgoing", answers={b"EHLO": hello}))

    def test_a_server_that_quotes_what_it_heard(self):
        for password in (PASSWORD, 'a"b\\c', "pässwörd", "x=1", "ab"):
            for kind, server in (
                ("incoming", EchoImap()), ("incoming", EchoImap(answers={b"CAPABILITY": OFFERS % b""})),
                ("outgoing", EchoSmtp()),
            ):
                with self.subTest(password=password, kind=kind), server:
                    words = self.told(kind, server.port, password=password)
                    quoted = re.search(r"I do not like (.*)", words)[1]
                    plain = b64encode(f"\0{USER}\0{password}".encode()).decode()
                    for form in (password, plain, plain.rstrip("=")[-6:], re.sub(r'(["\\])', r"\\\1", password)):
                        self.assertNotIn(form, quoted)


@tagged("post_install", "-at_install")
class TestServerPatience(ConnectionCase):
    def test_it_ends_within_15_seconds(self):
        """What these tests shorten is what bounds it."""
        self.assertLess(maildesk_account_actions.TEST_TIMEOUT, maildesk_account_actions.TEST_SECONDS)
        self.assertLess(maildesk_account_actions.TEST_SECONDS, 15)

    def test_a_server_that_goes_on_and_on(self):
        """It would do so for 30 seconds, and never keeps anybody waiting for long."""
        self.budget(5.0, in_all=0.7)
        for kind in KINDS:
            with self.subTest(kind=kind), Drip() as server:
                begun = time.monotonic()
                self.assert_told("so slowly that MailDesk stopped waiting", kind, server.port)
                self.assertLess(time.monotonic() - begun, 15)

    def test_silence_costs_no_more_than_is_left(self):
        self.budget(5.0, in_all=0.7)
        for encryption in ("none", "ssl"):
            with self.subTest(encryption=encryption), ScriptedServer(SILENCE) as server:
                begun = time.monotonic()
                self.assert_told("did not answer|so slowly", "incoming", server.port, encryption)
                self.assertLess(time.monotonic() - begun, 15)

    def test_name_servers_that_hang(self):
        asked, over = [], threading.Event()
        self.addCleanup(over.set)
        real = socket.getaddrinfo

        def hang(name, *args, **kwargs):
            if kwargs.get("flags") or name != "mail.tidewheel.example":
                return real(name, *args, **kwargs)
            asked.append(name)
            over.wait(60)
            raise socket.gaierror("at last")

        # name servers cannot be made to hang from here; what asks them can
        self.enterContext(mock.patch("socket.getaddrinfo", hang))
        self.enterContext(mock.patch("odoo.addons.maildesk.tools.lookup.LOOKUP_SECONDS", 0.2))
        for kind in KINDS:
            self.assert_told("No name server told in time where mail.tidewheel.example is", kind, 0, "ssl", "mail.tidewheel.example")
        self.assertEqual(len(asked), 2)
