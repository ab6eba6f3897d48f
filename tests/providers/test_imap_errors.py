"""Every way a connection can fail ends in its own member of the closed set, over real sockets."""

import os
import shutil
import socket
import ssl
import tempfile
import time
import unittest
from base64 import b64encode
from pathlib import Path
from unittest import mock

from maildesk.dev.servers.dovecot import Dovecot
from maildesk.providers.errors import (
    AuthError,
    CertificateError,
    FolderGone,
    ProtocolError,
    RateLimited,
    Unreachable,
)
from maildesk.providers.imap import ImapProvider
from maildesk.providers.values import Endpoint
from maildesk.tests.fakes.certificates import Authority
from maildesk.tests.fakes.imap_scripted import CUT, SILENCE, ScriptedServer

PASSWORD = "pässwörd 🔑\"\\"
USER = "someone@example.org"


def provider(host, port, encryption="none", context=None, *, timeout=3.0, password=PASSWORD, user=USER, **options):
    return ImapProvider(Endpoint(host, port, encryption, user, timeout), lambda: password, context, **options)


class ErrorTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = Path(tempfile.mkdtemp(prefix="maildesk-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.home, ignore_errors=True)
        cls.home.chmod(0o711)
        cls.authority = Authority(cls.home)
        chain, key = cls.authority.files("good", "localhost", "127.0.0.1")
        cls.dovecot = Dovecot(cls.home / "dovecot", cert=chain, key=key, password="geheim-ä").start()
        cls.addClassCleanup(cls.dovecot.stop)

    def failure(self, expected, *args, reason=None, action=None, **kwargs):
        """The exception of one attempt; its text never holds the secrets."""
        with self.assertRaises(expected) as caught, provider(*args, **kwargs) as opened:
            if action:
                action(opened)
        error = caught.exception
        for secret in (PASSWORD, b64encode(PASSWORD.encode()).decode(), USER):
            self.assertNotIn(secret, str(error) + error.detail)
        if reason:
            self.assertEqual(error.reason, reason)
        return error


class TestReachability(ErrorTests):
    def test_name_not_found(self):
        for host in ("does-not-exist.invalid", "a..b", "x" * 80 + ".example", "\udcff"):
            with self.subTest(host=host):
                self.failure(Unreachable, host, 143, reason="name")

    def test_refused(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            self.failure(Unreachable, "127.0.0.1", closed.getsockname()[1], reason="refused")

    def test_blocked_address(self):
        asked = []
        self.failure(Unreachable, "localhost", self.dovecot.port, reason="blocked",
                     allow_address=asked.append)
        self.assertIn("127.0.0.1", asked)

    def test_silent_server(self):
        with ScriptedServer(greeting=SILENCE) as server:
            begun = time.monotonic()
            self.failure(Unreachable, server.host, server.port, reason="timeout", timeout=0.3)
            self.assertLess(time.monotonic() - begun, 30, "waited for more than its time-out")

    def test_server_that_falls_silent(self):
        with ScriptedServer(answers={b"EXAMINE": SILENCE}) as server:
            self.failure(Unreachable, server.host, server.port, reason="timeout", timeout=0.3,
                         action=lambda opened: opened.fetch_changes("INBOX", None, 10, list))

    def test_line_cut(self):
        for answers in ({b"CAPABILITY": CUT}, {b"AUTHENTICATE": CUT}, {b"EXAMINE": CUT},
                        {b"UID FETCH": b"* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 3 BODY[HEADER] {500}\r\nFrom"},
                        {b"UID FETCH": CUT}):
            with self.subTest(answers=answers), ScriptedServer(answers=answers) as server:
                self.failure(Unreachable, server.host, server.port, timeout=0.5,
                             action=lambda opened: opened.fetch_changes("INBOX", None, 10, list))
        with ScriptedServer(greeting=CUT) as server:
            self.failure(Unreachable, server.host, server.port, reason="closed")

    def test_a_broken_line_stays_broken(self):
        with ScriptedServer(answers={b"EXAMINE": CUT}) as server, provider(server.host, server.port) as opened:
            for _attempt in range(2):
                with self.assertRaises(Unreachable) as caught:
                    opened.fetch_changes("INBOX", None, 10, list)
                self.assertEqual(caught.exception.reason, "closed")
        with self.assertRaises(Unreachable):
            opened.list_folders()

    def test_not_a_mail_server(self):
        greetings = {
            b"220 mx.example.org ESMTP\r\n": "smtp", b"+OK POP3 ready\r\n": "pop3", b"220 FTP\r\n": "protocol",
            b"HTTP/1.1 400 Bad Request\r\n\r\n": "http", b"SSH-2.0-x\r\n": "protocol", b"\0\xff\r\n": "protocol"}
        for greeting, reason in greetings.items():
            with self.subTest(greeting=greeting), ScriptedServer(greeting=greeting) as server:
                self.failure(Unreachable, server.host, server.port, reason=reason)

    def test_tls_and_plain_mixed_up(self):
        context = self.authority.client
        self.failure(Unreachable, "localhost", self.dovecot.port, "ssl", context, reason="plain")
        for encryption in ("none", "starttls"):
            self.failure(Unreachable, "localhost", self.dovecot.ssl_port, encryption, context, timeout=0.5, reason="tls")

    def test_bye_for_a_greeting(self):
        with ScriptedServer(greeting=b"* BYE going down\r\n") as server:
            self.failure(Unreachable, server.host, server.port, reason="closed")
        with ScriptedServer(greeting=b"* BYE Too many connections\r\n") as server:
            self.failure(RateLimited, server.host, server.port)


class TestCertificates(ErrorTests):
    def test_good_ones(self):
        for encryption, port in (("ssl", self.dovecot.ssl_port), ("starttls", self.dovecot.port)):
            opened = provider("localhost", port, encryption, self.authority.client, password="geheim-ä")
            with self.subTest(encryption=encryption), opened:
                self.assertEqual(opened.list_folders()[0].role, "inbox")

    def test_the_environment_adds_authorities(self):
        opened = provider("localhost", self.dovecot.ssl_port, "ssl", password="geheim-ä")
        with mock.patch.dict(os.environ, {"SSL_CERT_FILE": str(self.home / "ca.pem")}), opened:
            self.assertTrue(opened.list_folders())

    def test_refused_ones(self):
        kinds = (
            ("expired", ("localhost",), {"expired": True}, "expired"),
            ("name", ("other.example",), {}, "name"),
            ("foreign", ("localhost",), {"foreign": True}, "untrusted"),
        )
        for name, hosts, kind, reason in kinds:
            with self.subTest(name=name), ScriptedServer(tls=self.authority.server(name, *hosts, **kind)) as server:
                error = self.failure(CertificateError, "localhost", server.port, "ssl", self.authority.client, reason=reason)
                self.assertTrue(error.detail)
                # Nothing may be said to a server that is not who it should be.
                self.assertEqual(server.lines, [])

    def test_refused_by_starttls_too(self):
        self.failure(CertificateError, "localhost", self.dovecot.port, "starttls", ssl.create_default_context(),
                     reason="untrusted")
        self.failure(CertificateError, "localhost", self.dovecot.ssl_port, "ssl", reason="untrusted")

    def test_starttls_is_never_left_out(self):
        with ScriptedServer() as server:
            self.failure(Unreachable, server.host, server.port, "starttls", reason="starttls")
            self.assertFalse([line for line in server.lines if b"AUTH" in line or b"LOGIN" in line])
        offers = b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done\r\n"
        for answer in (b"{tag} NO not now\r\n", b"{tag} BAD what\r\n"):
            with ScriptedServer(answers={b"CAPABILITY": offers, b"STARTTLS": answer}) as server:
                self.failure(Unreachable, server.host, server.port, "starttls", reason="starttls")
        with ScriptedServer(greeting=b"* PREAUTH hello\r\n", answers={b"CAPABILITY": offers}) as server:
            self.failure(Unreachable, server.host, server.port, "starttls", reason="starttls")

    def test_what_came_before_tls_counts_for_nothing(self):
        """Somebody in the middle adds plain text behind the answer to STARTTLS."""
        offers = b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done\r\n"
        injected = b"{tag} OK go\r\n* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nz1 OK injected\r\nz2 OK injected\r\n"
        with ScriptedServer(answers={b"CAPABILITY": offers, b"STARTTLS": injected}) as server:
            self.failure(Unreachable, server.host, server.port, "starttls", self.authority.client, timeout=0.5)
            self.assertFalse([line for line in server.lines if b"AUTH" in line or b"LOGIN" in line])


class TestSignIn(ErrorTests):
    def test_wrong_password(self):
        error = self.failure(AuthError, "127.0.0.1", self.dovecot.port)
        self.assertIn("AUTHENTICATIONFAILED", error.detail)

    def test_every_character_gets_through(self):
        with provider("127.0.0.1", self.dovecot.port, password="geheim-ä") as opened:
            self.assertTrue(opened.list_folders())
        for capability in (b"IMAP4rev1", b"IMAP4rev1 LITERAL+"):
            offers = b"* CAPABILITY %s\r\n{tag} OK done\r\n" % capability
            with ScriptedServer(answers={b"CAPABILITY": offers}) as server, provider(server.host, server.port, password='a"b\\c'):
                self.assertTrue(any(rb'LOGIN "someone@example.org" "a\"b\\c"' in line for line in server.lines))

    def test_server_that_quotes_secrets(self):
        echo = b"{tag} NO [AUTHENTICATIONFAILED] no such %s / %s / %s\r\n" % (
            USER.encode(), PASSWORD.encode(), b64encode(f"\0{USER}\0{PASSWORD}".encode()))
        with ScriptedServer(answers={b"AUTHENTICATE": echo}) as server:
            error = self.failure(AuthError, server.host, server.port)
            self.assertEqual(error.detail, "[AUTHENTICATIONFAILED] no such […] / […] / […]")

    def test_refusals_by_their_meaning(self):
        cases = (
            (b"{tag} NO nope", AuthError),
            (b"{tag} BAD unknown", AuthError),
            (b"{tag} NO [ALERT] Application-specific password required", AuthError),
            (b"{tag} NO [UNAVAILABLE] try later", Unreachable),
            (b"{tag} NO [LIMIT] enough", RateLimited),
            (b"{tag} NO [ALERT] Too many simultaneous connections. (Failure)", RateLimited),
            (b"* BYE [UNAVAILABLE] maintenance", Unreachable),
        )
        for answer, expected in cases:
            with self.subTest(answer=answer), ScriptedServer(answers={b"AUTHENTICATE": answer + b"\r\n"}) as server:
                self.failure(expected, server.host, server.port)

    def test_no_way_to_sign_in(self):
        offers = b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n{tag} OK done\r\n"
        with ScriptedServer(answers={b"CAPABILITY": offers}) as server:
            self.failure(AuthError, server.host, server.port)
            self.failure(AuthError, server.host, server.port, auth="xoauth2")
            self.assertFalse([line for line in server.lines if b"LOGIN" in line.split()[1:2]])

    def test_xoauth2(self):
        offers = b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR\r\n{tag} OK done\r\n"
        with (
            ScriptedServer(answers={b"CAPABILITY": offers}) as server,
            provider(server.host, server.port, auth="xoauth2", password="token"),
        ):
            expected = b64encode(f"user={USER}\1auth=Bearer token\1\1".encode())
            self.assertTrue(any(expected in line for line in server.lines))

    def test_endless_questions(self):
        with ScriptedServer(answers={b"AUTHENTICATE": b"+ \r\n" * 50}) as server:
            self.failure(ProtocolError, server.host, server.port)


class TestAnswers(ErrorTests):
    def sync(self, expected, **answers):
        answers = {name.replace("_", " ").encode(): answer for name, answer in answers.items()}
        with ScriptedServer(answers=answers) as server:
            return self.failure(expected, server.host, server.port, timeout=1.0,
                                action=lambda opened: opened.fetch_changes("INBOX", None, 10, list))

    def test_folder_that_cannot_be_opened(self):
        self.sync(FolderGone, EXAMINE=b"{tag} NO no such mailbox\r\n", LIST=b"{tag} OK done\r\n")
        self.sync(FolderGone, EXAMINE=b"{tag} NO no such mailbox\r\n", LIST=b'* LIST (\\Noselect) "/" INBOX\r\n{tag} OK done\r\n')
        self.sync(FolderGone, EXAMINE=b"{tag} NO [NONEXISTENT] gone\r\n")
        self.sync(ProtocolError, EXAMINE=b"{tag} OK done\r\n", SELECT=b"{tag} OK done\r\n")
        self.sync(ProtocolError, EXAMINE=b"{tag} BAD syntax\r\n")

    def test_answers_that_are_no_imap(self):
        self.sync(ProtocolError, EXAMINE=b"rubbish\r\n")
        self.sync(ProtocolError, EXAMINE=b"* OK [UIDVALIDITY 7]\r\nz9 OK not asked\r\n")
        self.sync(ProtocolError, EXAMINE=b"* OK [UIDVALIDITY x]\r\n{tag} OK\r\n", SELECT=b"{tag} OK done\r\n")
        self.sync(ProtocolError, UID_FETCH=b"* 1 FETCH (UID 1 FLAGS () {4000000000}\r\n")
        self.sync(ProtocolError, UID_FETCH=b"{tag} BAD I do not know these items\r\n")

    def test_bye_in_the_middle(self):
        error = self.sync(Unreachable, UID_FETCH=b"* BYE shutting down\r\n")
        self.assertEqual(error.reason, "closed")

    def test_injection_through_names(self):
        with ScriptedServer(answers={b"FETCH": b"{tag} OK\r\n"}) as server, provider(server.host, server.port) as opened:
            name = 'a" (\r\nz9 DELETE INBOX'
            opened.fetch_changes(name, {"v": 1, "uidvalidity": 7, "uidnext": 4, "modseq": 0, "messages": 3, "todo": []}, 10, list)
            command = next(line for line in server.lines if b"EXAMINE" in line)
            self.assertTrue(command.endswith(b"EXAMINE {21+}\r\n" + name.encode() + b"\r\n"), command)
            self.assertFalse(any(line.startswith(b"z9 DELETE") for line in server.lines))


del ErrorTests
