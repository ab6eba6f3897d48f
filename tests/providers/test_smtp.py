"""Connecting and signing in to SMTP servers: a real one, and one that says what it is told."""

import logging
import shutil
import socket
import ssl
import tempfile
import unittest
from base64 import b64encode
from pathlib import Path

from maildesk.dev.servers.smtp_sink import SmtpSink
from maildesk.providers.errors import AuthError, CertificateError, ProtocolError, RateLimited, Unreachable
from maildesk.providers.smtp import SmtpTransmission
from maildesk.providers.values import Endpoint
from maildesk.tests.fakes.certificates import Authority
from maildesk.tests.fakes.smtp_scripted import SmtpScript

USER, PASSWORD = "someone@example.org", "pässwörd 🔑"


class TestSmtp(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = Path(tempfile.mkdtemp(prefix="maildesk-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.home, ignore_errors=True)
        # The server reports at length every handshake we break off.
        logger = logging.getLogger("mail.log")
        cls.addClassCleanup(logger.setLevel, logger.level)
        logger.setLevel(logging.CRITICAL)
        cls.authority = Authority(cls.home)
        cls.certificate = cls.authority.files("good", "localhost", "127.0.0.1")

    def sink(self, encryption="none"):
        sink = SmtpSink(PASSWORD, certificate=self.certificate, encryption=encryption)
        sink.start()
        self.addCleanup(sink.stop)
        return sink

    def transmission(self, server, encryption="none", *, user=USER, password=PASSWORD, context=None, timeout=3.0, **options):
        endpoint = Endpoint("localhost", server.port, encryption, user, timeout)
        return SmtpTransmission(endpoint, lambda: password, context, **options)

    def failure(self, expected, server, *args, reason=None, **kwargs):
        with self.assertRaises(expected) as caught, self.transmission(server, *args, **kwargs):
            self.fail("the connection was accepted")
        error = caught.exception
        for secret in (USER, PASSWORD, b64encode(PASSWORD.encode()).decode()):
            self.assertNotIn(secret, error.detail)
        if reason:
            self.assertEqual(error.reason, reason)
        return error

    def test_signs_in_over_every_encryption(self):
        for encryption in ("none", "starttls", "ssl"):
            transmission = self.transmission(self.sink(encryption), encryption, context=self.authority.client)
            with self.subTest(encryption=encryption), transmission:
                pass

    def test_wrong_password(self):
        self.failure(AuthError, self.sink(), password="wrong")

    def test_nobody_signs_in_without_a_name(self):
        with SmtpScript() as server, self.transmission(server, user=""):
            self.assertEqual(server.said(b"AUTH"), [])
            self.assertTrue(server.said(b"NOOP"))

    def test_login_and_xoauth2(self):
        answers = {b"EHLO": b"250-x\r\n250 AUTH XOAUTH2 LOGIN\r\n", b"AUTH": b"334 VXNlcm5hbWU6\r\n",
                   b64encode(USER.encode()).upper(): b"334 UGFzc3dvcmQ6\r\n", b64encode(b"secret").upper(): b"235 yes\r\n"}
        with SmtpScript(answers=answers) as server, self.transmission(server, password="secret"):
            self.assertEqual(len(server.said(b"AUTH")), 1)
        with (
            SmtpScript(answers={b"EHLO": answers[b"EHLO"]}) as server,
            self.transmission(server, password="token", auth="xoauth2"),
        ):
            expected = b64encode(f"user={USER}\1auth=Bearer token\1\1".encode())
            self.assertIn(expected, server.said(b"AUTH")[0])

    def test_refused_certificates(self):
        self.failure(CertificateError, self.sink("ssl"), "ssl", reason="untrusted")
        self.failure(CertificateError, self.sink("starttls"), "starttls", context=ssl.create_default_context(), reason="untrusted")
        for name, hosts, kind, reason in (("old", ("localhost",), {"expired": True}, "expired"), ("other", ("x.example",), {}, "name")):
            sink = SmtpSink(PASSWORD, certificate=self.authority.files(name, *hosts, **kind), encryption="ssl")
            sink.start()
            self.addCleanup(sink.stop)
            self.failure(CertificateError, sink, "ssl", context=self.authority.client, reason=reason)

    def test_starttls_is_never_left_out(self):
        with SmtpScript() as server:
            self.failure(Unreachable, server, "starttls", reason="starttls")
            self.assertEqual(server.said(b"AUTH"), [])
        offers = b"250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"
        for answer in (b"454 not now\r\n", b"220 go\r\n250 injected\r\n"):
            with self.subTest(answer=answer), SmtpScript(answers={b"EHLO": offers, b"STARTTLS": answer}) as server:
                self.failure(Unreachable, server, "starttls", context=self.authority.client, timeout=0.5)
                self.assertEqual(server.said(b"AUTH"), [])

    def test_other_failures(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            endpoint = Endpoint("127.0.0.1", closed.getsockname()[1], "none", USER, 2.0)
            with self.assertRaises(Unreachable) as caught, SmtpTransmission(endpoint, lambda: PASSWORD):
                pass
            self.assertEqual(caught.exception.reason, "refused")
        cases = (
            (b"* OK IMAP ready\r\n", Unreachable, "imap"),
            (b"+OK POP3 ready\r\n", Unreachable, "pop3"),
            (b"SSH-2.0-x\r\n", Unreachable, "protocol"),
            (b"421 too busy\r\n", RateLimited, None),
            (b"554 no service for you\r\n", Unreachable, "rejected"),
            (None, Unreachable, "closed"),
            (b"", Unreachable, "timeout"),
        )
        for greeting, expected, reason in cases:
            with self.subTest(greeting=greeting), SmtpScript(greeting) as server:
                self.failure(expected, server, timeout=0.4, reason=reason)
        self.failure(Unreachable, self.sink("ssl"), timeout=0.5, reason="tls")
        self.failure(Unreachable, self.sink(), "ssl", context=self.authority.client, reason="plain")

    def test_refusals_by_their_meaning(self):
        cases = (
            ({b"AUTH": b"535 5.7.8 bad " + USER.encode() + b"\r\n"}, AuthError),
            ({b"AUTH": b"454 temporary\r\n"}, RateLimited),
            ({b"EHLO": b"250 mx.example.org\r\n"}, AuthError),
            ({b"NOOP": b"500 what\r\n"}, ProtocolError),
            ({b"AUTH": None}, Unreachable),
            ({b"AUTH": b"\xff\xfe\r\n"}, (AuthError, Unreachable)),
        )
        for answers, expected in cases:
            with self.subTest(answers=answers), SmtpScript(answers=answers) as server:
                self.failure(expected, server)

    def test_blocked_address(self):
        self.failure(Unreachable, self.sink(), allow_address=lambda address: False, reason="blocked")

    def test_leaving_never_fails(self):
        with SmtpScript(answers={b"QUIT": None}) as server, self.transmission(server):
            pass
