"""Lines on guard: what a real server tells, and every way in which one can end."""

import select
import shutil
import tempfile
import threading
import time
import tracemalloc
import unittest
from pathlib import Path

from imapclient import DELETED, FLAGGED, IMAPClient
from maildesk.dev.servers.dovecot import Dovecot
from maildesk.providers.errors import ProtocolError, RateLimited, Unreachable, Unsupported
from maildesk.providers.imap import ImapProvider
from maildesk.providers.imap_idle import REFRESH_SECONDS
from maildesk.providers.values import Endpoint
from maildesk.tests.fakes.certificates import Authority
from maildesk.tests.fakes.imap_scripted import CUT, SILENCE, ScriptedServer

USER, PASSWORD = "anna@tidewheel.example", "secret-of-the-server"
MAIL = b"Subject: News\r\n\r\nNews\r\n"
#: Dovecot gathers what happens for half a second.
QUIET = 1.2
TIMEOUT = 5.0


def watch_on(host, port, encryption="none", context=None):
    provider = ImapProvider(Endpoint(host, port, encryption, USER, TIMEOUT), lambda: PASSWORD, context)
    with provider:
        return provider.watch()


def hears(watch, seconds=3.0):
    """Whether the line tells of something within so many seconds; waits as a selector does."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([watch], [], [], left)[0] and watch.pump():
            return True
    return False


class TestWithDovecot(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = Path(tempfile.mkdtemp(prefix="maildesk-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.home, ignore_errors=True)
        cls.home.chmod(0o711)
        cls.authority = Authority(cls.home)
        chain, key = cls.authority.files("good", "localhost")
        cls.full, cls.modest, cls.bare = (
            Dovecot(cls.home / name, cert=chain, key=key, password=PASSWORD, hidden_capabilities=hidden)
            for name, hidden in (("full", ()), ("modest", ("NOTIFY", "QRESYNC", "CONDSTORE")), ("bare", ("IDLE",)))
        )
        for server in (cls.full, cls.modest, cls.bare):
            server.start()
            cls.addClassCleanup(server.stop)

    def watch(self, server, encryption="none"):
        port = server.ssl_port if encryption == "ssl" else server.port
        watch = watch_on("localhost", port, encryption, self.authority.client)
        self.addCleanup(watch.close)
        return watch

    def other(self, server):
        client = IMAPClient(server.host, server.port, ssl=False)
        client.login(USER, PASSWORD)
        self.addCleanup(client.shutdown)
        return client

    def test_what_happens_in_the_inbox(self):
        for server in (self.full, self.modest):
            with self.subTest(server=server.root.name):
                other = self.other(server)
                other.append("INBOX", MAIL)
                watch = self.watch(server)
                self.assertFalse(hears(watch, QUIET), "what was there before is no news")
                other.append("INBOX", MAIL)
                self.assertTrue(hears(watch), "new mail")
                other.select_folder("INBOX")
                other.add_flags(other.search(), [FLAGGED])
                self.assertTrue(hears(watch), "a flag")
                self.assertFalse(hears(watch, QUIET), "all has been told")
                other.add_flags(other.search()[:1], [DELETED])
                other.expunge()
                self.assertTrue(hears(watch), "an expunge")
                self.assertEqual(other.search("UNSEEN"), other.search(), "watching marks nothing as read")

    def test_other_folders_where_the_server_has_notify(self):
        for server, tells in ((self.full, True), (self.modest, False)):
            with self.subTest(server=server.root.name):
                watch, other = self.watch(server), self.other(server)
                self.assertEqual(watch.hears_all_folders, tells)
                other.append("Sent", MAIL)
                self.assertEqual(hears(watch, 2), tells, "mail elsewhere")
                other.create_folder("New")
                self.assertEqual(hears(watch, 2), tells, "a new folder")
                other.append("INBOX", MAIL)
                self.assertTrue(hears(watch), "the inbox is told all the same")

    def test_every_encryption(self):
        other = self.other(self.full)
        for encryption in ("none", "starttls", "ssl"):
            with self.subTest(encryption=encryption):
                watch = self.watch(self.full, encryption)
                other.append("INBOX", MAIL)
                self.assertTrue(hears(watch))

    def test_idle_is_begun_again_in_time(self):
        for server, encryption in ((self.full, "ssl"), (self.modest, "none")):
            with self.subTest(server=server.root.name):
                watch, other = self.watch(server, encryption), self.other(server)
                self.assertFalse(hears(watch, 0.5))
                self.assertLess(watch.due_at, time.monotonic() + 29 * 60, "RFC 2177 allows no more")
                watch.attend(time.monotonic())
                self.assertGreater(watch.due_at, time.monotonic() + REFRESH_SECONDS[0] - 60, "not yet")
                for _again in range(2):
                    watch.attend(watch.due_at)
                    self.assertLess(watch.due_at, time.monotonic() + TIMEOUT + 1, "now an answer is waited for")
                    self.assertFalse(hears(watch, 0.5))
                    self.assertGreater(watch.due_at, time.monotonic() + REFRESH_SECONDS[0] - 60)
                other.append("INBOX", MAIL)
                self.assertTrue(hears(watch))

    def test_the_provider_gives_its_line_away(self):
        provider = ImapProvider(Endpoint(self.full.host, self.full.port, "none", USER, TIMEOUT), lambda: PASSWORD)
        with provider:
            watch = provider.watch()
            with self.assertRaises(Unreachable):
                provider.list_folders()
        self.assertFalse(hears(watch, 0.3))
        self.assertIn(USER, self.full.doveadm("who"), "the line outlives its provider")
        watch.close()
        end = time.monotonic() + 30
        while USER in self.full.doveadm("who"):
            self.assertLess(time.monotonic(), end, "closing ends it")
            time.sleep(0.05)

    def test_a_server_without_idle(self):
        provider = ImapProvider(Endpoint(self.bare.host, self.bare.port, "none", USER, TIMEOUT), lambda: PASSWORD)
        with provider:
            self.assertFalse(provider.capabilities.push)
            with self.assertRaises(Unsupported):
                provider.watch()
            self.assertTrue(provider.list_folders(), "the line is as good as before")

    def test_the_server_ends(self):
        watch = self.watch(self.full)
        self.assertFalse(hears(watch, 0.3))
        self.full.doveadm("kick", USER)
        with self.assertRaises(Unreachable) as caught:
            hears(watch)
        self.assertEqual(caught.exception.reason, "closed")


class TestAnswers(unittest.TestCase):
    """A server that says strange things."""

    OFFER = b"{tag} OK [CAPABILITY IMAP4rev1 LITERAL+ IDLE%s] signed in\r\n"

    def server(self, idle=b"+ idling\r\n", done=b"i1 OK done\r\n", notify=None, tls=None, **more):
        # a line without a tag, such as DONE, counts as the empty word
        answers = {b"AUTHENTICATE": self.OFFER % (b" NOTIFY" if notify else b""), b"IDLE": idle, b"": done, b"NOTIFY": notify or b""}
        answers |= {word.encode(): answer for word, answer in more.items()}
        server = ScriptedServer(answers=answers, tls=tls)
        self.addCleanup(server.__exit__)
        return server.__enter__()

    def watch(self, server, context=None):
        watch = watch_on("localhost" if context else server.host, server.port, "ssl" if context else "none", context)
        self.addCleanup(watch.close)
        return watch

    def idling(self, server):
        """A watch whose IDLE the server has begun: what is pushed comes after its answer to that."""
        watch = self.watch(server)
        ends = time.monotonic() + 10
        while watch._state != "idling" and time.monotonic() < ends:
            hears(watch, 0.05)
        return watch

    @staticmethod
    def push(server, data):
        """The server says something unasked."""
        server._open[-1].sendall(data)

    def ends(self, expected, pushed, **answers):
        server = self.server(**answers)
        with self.assertRaises(expected) as caught:
            watch = self.watch(server)
            self.assertFalse(hears(watch, 0.2))
            self.push(server, pushed)
            hears(watch, 1)
        self.assertNotIn(PASSWORD, caught.exception.detail)
        return caught.exception

    def test_what_is_news_and_what_is_not(self):
        server = self.server()
        watch = self.idling(server)
        for line, is_news in (
            (b"* 4 EXISTS", True), (b"* 4 exists", True), (b"* 3 EXPUNGE", True), (b"* VANISHED 1:5,9", True),
            (b"* 1 FETCH (FLAGS (\\Seen))", True), (b"* STATUS Sent (MESSAGES 3)", True), (b'* LIST () "/" New', True),
            (b"* OK Still here", False), (b"* OK [HIGHESTMODSEQ 7] x", False), (b"* 0 RECENT", False), (b"* NO a warning", False),
            (b"* FLAGS (\\Seen)", False), (b"*", False), (b"* ", False), (b"* 7", False), (b"* \xff\0", False),
        ):
            with self.subTest(line=line):
                if line != b"*":
                    self.push(server, line + b"\r\n")
                    self.assertEqual(hears(watch, 0.15), is_news)

    def test_told_together_with_the_answer(self):
        watch = self.watch(self.server(idle=b"* 9 EXISTS\r\n+ idling\r\n* 10 EXISTS\r\n"))
        hears(watch, 0.3)
        self.assertGreater(watch.due_at, time.monotonic() + 600, "it is idling")

    def test_an_answer_that_began_before(self):
        opened = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n{tag} OK opened\r\n* 4 EXI"
        watch = self.watch(self.server(EXAMINE=opened, idle=b"STS\r\n+ idling\r\n"))
        hears(watch, 0.3)
        self.assertGreater(watch.due_at, time.monotonic() + 600, "it is idling")

    def test_closing_is_polite(self):
        server = self.server()
        watch = self.idling(server)
        self.assertFalse(hears(watch, 0.1))
        watch.close()
        watch.close()
        end = time.monotonic() + 30
        while not any(line.endswith(b"LOGOUT\r\n") for line in server.lines):
            self.assertLess(time.monotonic(), end, server.lines)
            time.sleep(0.02)
        self.assertIn(b"DONE\r\n", server.lines)

    def test_pieces(self):
        server = self.server()
        watch = self.idling(server)
        for octet in b"* OK Still here\r\n* 4 EXISTS\r":
            self.push(server, bytes([octet]))
            self.assertFalse(hears(watch, 0.002))
        self.push(server, b"\n")
        self.assertTrue(hears(watch, 1))

    def test_literals_are_no_answers(self):
        server = self.server()
        watch = self.idling(server)
        content = b"* BYE this is what somebody wrote\r\nz OK\r\n"
        whole = b'* LIST () "/" {%d}\r\n%s\r\n* OK Still here\r\n' % (len(content), content)
        for cut in range(1, len(whole), 7):
            with self.subTest(cut=cut):
                self.push(server, whole[:cut])
                first = hears(watch, 0.01)
                self.push(server, whole[cut:])
                self.assertTrue(hears(watch, 1) or first)
                hears(watch, 0.01)

    def test_lines_beyond_all_measure(self):
        server = self.server()
        watch = self.idling(server)
        self.push(server, b"* OK " + b"x" * 1_000_000 + b"\r\n* 4 EXISTS\r\n")
        self.assertTrue(hears(watch))

        def talk():
            try:
                while True:
                    self.push(server, b"x" * 1_000_000)
            except OSError:
                return

        talker = threading.Thread(target=talk, daemon=True)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        talker.start()
        with self.assertRaises(ProtocolError):
            hears(watch, 30)
        self.assertLess(tracemalloc.get_traced_memory()[1], 5_000_000, "nothing of it is kept")
        watch.close()
        talker.join(5)
        self.ends(ProtocolError, b"* LIST () {4000000000}\r\n")

    def test_much_at_once_over_tls(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        authority = Authority(home.name)
        server = self.server(tls=authority.server("good", "localhost"))
        watch = self.watch(server, authority.client)
        self.assertFalse(hears(watch, 0.2))
        # the last record's end lies in memory of the TLS library, where no selector sees it
        for size in (15_000, 16_384, 40_000, 3_000_000):
            self.push(server, b"* OK " + b"x" * size + b"\r\n* 4 EXISTS\r\n")
            self.assertTrue(hears(watch, 3), size)

    def test_the_server_hangs_up(self):
        self.assertEqual(self.ends(Unreachable, b"* BYE shutting down\r\n").reason, "closed")
        self.assertEqual(self.ends(Unreachable, b"", idle=CUT).reason, "closed")
        self.ends(RateLimited, b"* BYE [ALERT] Too many simultaneous connections\r\n")
        self.ends(Unreachable, b"* BYE [UNAVAILABLE] maintenance\r\n")
        self.ends(Unreachable, b"* BYE bye %s\r\n" % PASSWORD.encode())
        self.ends(Unreachable, b"* OK [NOTIFICATIONOVERFLOW] too much\r\n", notify=b"{tag} OK\r\n")

    def test_rubbish(self):
        for rubbish in (b"rubbish\r\n", b"z9 OK not asked\r\n", b"i2 OK not asked\r\n", b"\r\n", b"+ go on\r\n", b"i1 WHAT\r\n"):
            with self.subTest(rubbish=rubbish):
                self.ends(ProtocolError, rubbish)

    def test_idle_is_refused(self):
        self.ends(Unsupported, b"", idle=b"{tag} BAD unknown\r\n")
        self.ends(Unsupported, b"", idle=b"{tag} NO not for you\r\n")
        self.ends(RateLimited, b"", idle=b"{tag} NO [LIMIT] enough\r\n")
        self.ends(Unsupported, b"", idle=b"+ idling\r\n{tag} OK that was it\r\n")

    def test_notify_is_refused(self):
        for answer in (b"{tag} NO not now\r\n", b"{tag} BAD events\r\n", b"{tag} NO [BADEVENT (FlagChange)] x\r\n"):
            with self.subTest(answer=answer):
                watch = self.watch(self.server(notify=answer))
                self.assertFalse(watch.hears_all_folders)

    def test_no_answer_to_idle(self):
        watch = self.watch(self.server(idle=SILENCE))
        self.assertFalse(hears(watch, 0.1))
        watch.attend(time.monotonic())
        with self.assertRaises(Unreachable) as caught:
            watch.attend(watch.due_at)
        self.assertEqual(caught.exception.reason, "timeout")

    def test_a_half_dead_line(self):
        server = self.server(done=SILENCE)
        watch = self.idling(server)
        self.assertFalse(hears(watch, 0.1))
        watch.attend(watch.due_at)
        self.assertFalse(hears(watch, 0.1))
        self.assertIn(b"DONE\r\n", server.lines)
        with self.assertRaises(Unreachable) as caught:
            watch.attend(watch.due_at)
        self.assertEqual(caught.exception.reason, "timeout")

    def test_news_while_idle_is_begun_again(self):
        server = self.server(done=b"* 5 EXISTS\r\ni1 OK done\r\n")
        watch = self.idling(server)
        self.assertFalse(hears(watch, 0.1))
        watch.attend(watch.due_at)
        self.assertTrue(hears(watch, 1))
        self.assertFalse(hears(watch, 0.2))
        self.assertIn(b"i2 IDLE\r\n", server.lines)
