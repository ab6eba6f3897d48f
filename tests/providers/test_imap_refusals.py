"""What a refusal concerns: one folder or message, or the whole mailbox; told by servers that refuse with every code there is."""

import contextlib
import unittest

from maildesk.providers.errors import (
    ITEM_ERRORS,
    AuthError,
    FolderGone,
    ProtocolError,
    RateLimited,
    Refused,
    Unreachable,
    Unsupported,
)
from maildesk.tests.fakes.imap_scripted import scripted

KEYS = ["7:1"]
RAW = b"Message-ID: <a@example.org>\r\n\r\nHello\r\n"
FETCHED = b"* 1 FETCH (UID 1 FLAGS ())\r\n"
#: RFC 5530 §3, RFC 9051 §7.1, RFC 4469 §3, RFC 7889, and what is in use without having been written down.
CODES = (
    "UNAVAILABLE", "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN", "NOPERM", "INUSE",
    "EXPUNGEISSUED", "CORRUPTION", "SERVERBUG", "CLIENTBUG", "CANNOT", "LIMIT", "OVERQUOTA", "ALREADYEXISTS", "NONEXISTENT",
    "HASCHILDREN", "UNKNOWN-CTE", "NOTSAVED", "TRYCREATE", "TOOBIG", "READ-ONLY", "THROTTLED", "WEBALERT", "ALERT", "X-ANYTHING", "",
)
#: Command → the work that sends it, and what the server says before.
WORKS = {
    "EXAMINE": (lambda provider: provider.fetch_changes("X", None, 10, list), {}),
    "UID_SEARCH": (lambda provider: provider.delete("X", KEYS), {}),
    "UID_FETCH": (lambda provider: provider.fetch_flags("X", KEYS), {}),
    "SELECT": (lambda provider: provider.set_flags("X", KEYS, "is_read", True), {}),
    "UID_STORE": (lambda provider: provider.set_flags("X", KEYS, "is_read", True), {"UID_FETCH": FETCHED}),
    "UID_EXPUNGE": (lambda provider: provider.delete("X", KEYS), {"UID_SEARCH": b"* SEARCH 1\r\n", "UID_STORE": b""}),
    "UID_MOVE": (lambda provider: provider.move("X", KEYS, "Y"), {"UID_FETCH": FETCHED}),
    "UID_COPY": (lambda provider: provider.move("X", KEYS, "Y"), {"UID_FETCH": FETCHED}),
    "APPEND": (lambda provider: provider.append("Y", RAW), {}),
    "CREATE": (lambda provider: provider.create_folder("Z"), {"NAMESPACE": b'* NAMESPACE (("" "/")) NIL NIL\r\n', "LIST": b""}),
}


def refused(command, answer, **options):
    """What is raised where the server gives this answer to a command; the connection serves the next one."""
    work, before = WORKS[command]
    capabilities = "UNSELECT UIDPLUS NAMESPACE" + (" MOVE" if command == "UID_MOVE" else "")
    answers = {"UNSELECT": b"", **before, **options, command: b"{tag} " + answer + b"\r\n"}
    with scripted(capabilities, **answers) as (provider, server):
        try:
            work(provider)
        except Exception as error:
            provider.connection.run(b"CAPABILITY")
            if server.unknown:
                raise AssertionError(server.unknown) from error
            return error
    return None


class TestWhatIsConcerned(unittest.TestCase):
    def test_one_folder_or_message_whatever_the_code(self):
        for command in WORKS:
            for code in CODES:
                for kind in (b"NO", b"BAD"):
                    answer = kind + (b" [%s]" % code.encode() if code else b"") + b" words"
                    with self.subTest(command=command, answer=answer):
                        error = refused(command, answer)
                        # what was expunged meanwhile, and a folder that is there already, are no failures
                        self.assertTrue(isinstance(error, ITEM_ERRORS) or (error is None and code in ("EXPUNGEISSUED", "ALREADYEXISTS")),
                                        repr(error))

    def test_the_mailbox(self):
        for answer, expected in (
            (b"* BYE", Unreachable), (b"* BYE [UNAVAILABLE] x", Unreachable), (b"* BYE [SERVERBUG] x", Unreachable),
            (b"* BYE Too many commands", RateLimited), (b"* BYE [AUTHENTICATIONFAILED] x", AuthError), (None, Unreachable),
        ):
            for command, (work, before) in WORKS.items():
                answers = {**before, command: answer if answer is None else answer + b"\r\n{tag} OK\r\n"}
                capabilities = "UNSELECT UIDPLUS NAMESPACE" + (" MOVE" if command == "UID_MOVE" else "")
                with self.subTest(command=command, answer=answer), scripted(capabilities, **answers) as (provider, _server):
                    self.assertRaises(expected, work, provider)

    def test_a_listing_concerns_the_mailbox(self):
        for answer, expected in (
            (b"NO [UNAVAILABLE] x", Unreachable), (b"NO [SERVERBUG] x", Unreachable), (b"NO [THROTTLED] x", RateLimited),
            (b"NO [AUTHORIZATIONFAILED] x", AuthError), (b"NO x", ProtocolError), (b"BAD x", ProtocolError),
        ):
            with self.subTest(answer=answer), scripted(LIST=b"{tag} " + answer + b"\r\n", LSUB=b"") as (provider, _server):
                with self.assertRaises(expected) as caught:
                    provider.list_folders()
                self.assertIn(getattr(caught.exception, "reason", "unavailable"), ("unavailable", "not_allowed"))

    def test_a_listing_that_fails_for_one_folder(self):
        """The extended form may be refused as a whole for one folder's sake; the plain one tells of the others."""
        answers = {"LIST": [b"{tag} NO [SERVERBUG] x\r\n", b'* LIST () "/" INBOX\r\n* LIST () "/" Broken\r\n'], "LSUB": b"",
                   "STATUS": [b"* STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7 UNSEEN 1)\r\n", b"{tag} NO [SERVERBUG] x\r\n"]}
        with scripted("LIST-EXTENDED LIST-STATUS", **answers) as (provider, _server):
            self.assertEqual([(folder.name, folder.total) for folder in provider.list_folders()], [("INBOX", 3), ("Broken", None)])

    def test_exchange_without_a_mailbox(self):
        """Whatever is asked, it is the mailbox that is not there."""
        answer = b"BAD User is authenticated but not connected."
        for command in WORKS:
            with self.subTest(command=command):
                error = refused(command, answer)
                self.assertEqual((type(error), error.reason), (Unreachable, "no_mailbox"))
        with (scripted(LIST=b"{tag} " + answer + b"\r\n", LSUB=b"") as (provider, _server),
              self.assertRaises(Unreachable) as caught):
            provider.list_folders()
        self.assertEqual(caught.exception.reason, "no_mailbox")


class TestReasons(unittest.TestCase):
    def assert_reason(self, reason, answer, command="EXAMINE", **options):
        error = refused(command, answer, **options)
        self.assertEqual((type(error), getattr(error, "reason", None)), (Refused, reason))
        return error

    def test_by_code(self):
        for code, reason in (
            ("INUSE", "busy"), ("UNAVAILABLE", "busy"), ("SERVERBUG", "damaged"), ("CORRUPTION", "damaged"), ("CONTACTADMIN", "damaged"),
            ("NOPERM", "forbidden"), ("CANNOT", "forbidden"), ("AUTHORIZATIONFAILED", "forbidden"), ("OVERQUOTA", "full"),
            ("THROTTLED", "throttled"), ("TOOBIG", "too_large"), ("LIMIT", "limit"), ("ALERT", "other"),
        ):
            with self.subTest(code=code):
                self.assert_reason(reason, b"NO [%s] words" % code.encode())

    def test_by_words(self):
        for words, reason in (
            (b"Mailbox is locked by another session", "busy"), (b"Temporary failure", "busy"), (b"Request is throttled.", "throttled"),
            (b"[LIMIT] Mail size is larger than the maximum size allowed by server configuration", "too_large"),
            (b"Message too large", "too_large"), (b"[LIMIT] Rate limit hit", "throttled"), (b"[LIMIT] At most 32 flags", "limit"),
            (b"[SERVERBUG] try again", "damaged"), (b"You have exceeded your quota", "full"), (b"no", "other"),
        ):
            with self.subTest(words=words):
                self.assert_reason(reason, b"NO " + words, "APPEND")

    def test_how_long(self):
        error = self.assert_reason("throttled", b"BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds")
        self.assertEqual(error.retry_after, 92.415)
        with (scripted(LIST=b"{tag} BAD Request is throttled. Suggested Backoff Time: 2000 milliseconds\r\n", LSUB=b"") as (provider, _server),
              self.assertRaises(RateLimited) as caught):
            provider.list_folders()
        self.assertEqual(caught.exception.retry_after, 2)

    def test_no_use_in_asking_again(self):
        for answer, is_final in ((b"NO [LIMIT] x", True), (b"NO [TOOBIG] x", True), (b"NO [OVERQUOTA] x", False), (b"NO x", False)):
            self.assertIs(refused("APPEND", answer).is_final, is_final)
        for command in ("UID_STORE", "UID_MOVE", "APPEND", "CREATE"):
            self.assertIsInstance(refused(command, b"NO [NOPERM] x"), Unsupported)

    def test_no_reason_and_no_folder(self):
        for command in ("EXAMINE", "SELECT", "UID_MOVE", "UID_COPY", "APPEND"):
            with self.subTest(command=command):
                self.assertIsInstance(refused(command, b"NO x", LIST=b""), FolderGone)
                self.assertIsInstance(refused(command, b"NO x"), Refused)

    def test_a_message_that_cannot_be_read(self):
        for answer, expected in ((b"NO [SERVERBUG] x", Refused), (b"NO x", Refused), (b"BAD x", ProtocolError)):
            with (self.subTest(answer=answer), scripted(UID_FETCH=b"{tag} " + answer + b"\r\n") as (provider, _server),
                  contextlib.suppress(expected)):
                provider.fetch_raw("X", "7:1")
                self.fail("it was read")
