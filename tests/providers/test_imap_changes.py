"""Flags, removal and new folders on servers that answer as no real one here does."""

import time
import unittest

from maildesk.providers.errors import FolderGone, ProtocolError, Refused, Unreachable, Unsupported
from maildesk.tests.fakes.imap_scripted import scripted

KEYS = ["7:1", "7:2", "7:3"]
OPENED = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n* OK [UIDNEXT 4] \r\n"
SEEN = b"".join(b"* %d FETCH (UID %d FLAGS (\\Seen))\r\n" % (uid, uid) for uid in (1, 2, 3))


class TestFlags(unittest.TestCase):
    def set_flags(self, capabilities="UNSELECT", keys=KEYS, flag="is_read", value=True, **answers):
        with scripted(capabilities, **{"UNSELECT": b"", "UID_STORE": b"", "UID_FETCH": b"", **answers}) as (provider, server):
            try:
                return provider.set_flags("X", keys, flag, value), server
            finally:
                self.sent = server.sent()[2:]
                self.assertEqual(server.unknown, [])

    def test_told_by_the_answers(self):
        done, server = self.set_flags(UID_STORE=SEEN)
        self.assertEqual(done, set(KEYS))
        self.assertEqual(server.sent(b"SELECT", b"UID", b"UNSELECT"),
                         [b'SELECT "X"', b"UID STORE 1:3 +FLAGS (\\Seen)", b"UNSELECT"])

    def test_answers_that_do_not_say_whose_they_are(self):
        done, server = self.set_flags(UID_STORE=b"* 1 FETCH (FLAGS (\\Seen))\r\n* 3 FETCH (UID 3 FLAGS (\\Seen))\r\n",
                                      UID_FETCH=b"* 1 FETCH (FLAGS (\\seen) UID 1)\r\n")
        self.assertEqual(done, {"7:1", "7:3"})
        self.assertEqual(server.sent(b"UID FETCH"), [b"UID FETCH 1:2 (UID FLAGS)"])

    def test_another_clients_change_is_not_ours(self):
        stale = b"* 1 FETCH (UID 1 FLAGS (\\Answered))\r\n* 9 FETCH (UID 9 FLAGS (\\Seen))\r\n"
        done, _server = self.set_flags(UID_STORE=stale, UID_FETCH=SEEN)
        self.assertEqual(done, set(KEYS))

    def test_a_server_that_does_nothing_of_it(self):
        with self.assertRaises(ProtocolError):
            self.set_flags(UID_FETCH=b"* 1 FETCH (UID 1 FLAGS ())\r\n")
        with self.assertRaises(ProtocolError):
            self.set_flags(UID_STORE=SEEN, UID_FETCH=SEEN, value=False)
        self.assertEqual(self.sent[-1], b"UNSELECT")

    def test_refusals(self):
        for answer, expected in (
            (b"NO cannot", Refused), (b"NO [NOPERM] no right", Unsupported), (b"NO [CANNOT] x", Unsupported),
            (b"NO [READ-ONLY] x", Unsupported), (b"NO [OVERQUOTA] full", Refused), (b"NO [UNAVAILABLE] x", Refused),
            (b"NO [INUSE] locked", Refused), (b"BAD what", ProtocolError), (b"NO [NONEXISTENT] x", FolderGone),
        ):
            with self.subTest(answer=answer), self.assertRaises(expected):
                self.set_flags(UID_STORE=b"{tag} " + answer + b"\r\n")
            self.assertEqual(self.sent[-1], b"UNSELECT")

    def test_some_were_expunged_meanwhile(self):
        done, _server = self.set_flags(UID_STORE=b"{tag} NO [EXPUNGEISSUED] some\r\n", UID_FETCH=SEEN[:SEEN.index(b"* 2")])
        self.assertEqual(done, {"7:1"})

    def test_folders_that_can_be_read_only(self):
        for opened in (OPENED + b"{tag} OK [READ-ONLY] x\r\n", OPENED + b"* OK [READ-ONLY] x\r\n{tag} OK x\r\n"):
            with self.subTest(opened=opened), self.assertRaises(Unsupported) as caught:
                self.set_flags(SELECT=opened)
            self.assertIn("read-only", caught.exception.detail)
            self.assertEqual(self.sent, [b'SELECT "X"', b"UNSELECT"])

    def test_flags_the_folder_does_not_keep(self):
        opened = OPENED + b"* OK [PERMANENTFLAGS (\\SEEN \\Flagged)] \r\n"
        self.assertEqual(self.set_flags(SELECT=opened, UID_STORE=SEEN)[0], set(KEYS))
        with self.assertRaises(Unsupported) as caught:
            self.set_flags(SELECT=opened, flag="is_draft")
        self.assertIn("\\Draft", caught.exception.detail)
        self.assertEqual(self.sent, [b'SELECT "X"', b"UNSELECT"])

    def test_another_life_of_the_folder(self):
        for uidvalidity in (b"8", b"77"):
            opened = OPENED.replace(b"7]", uidvalidity + b"]") + b"{tag} OK [READ-WRITE]\r\n"
            self.assertEqual(self.set_flags(SELECT=opened)[0], set())
            self.assertEqual(self.sent, [b'SELECT "X"', b"UNSELECT"])

    def test_no_uidvalidity_and_yet_closed(self):
        with self.assertRaises(ProtocolError):
            self.set_flags(SELECT=b"* 3 EXISTS\r\n", STATUS=b"{tag} NO not of an open folder\r\n")
        self.assertEqual(self.sent, [b'SELECT "X"', b'STATUS "X" (UIDVALIDITY UIDNEXT)', b"UNSELECT"])

    def test_folder_that_cannot_be_opened(self):
        with self.assertRaises(FolderGone):
            self.set_flags(SELECT=b"{tag} NO nothing here\r\n", LIST=b"")
        self.assertEqual(self.sent, [b'SELECT "X"', b'LIST "" "X"'])
        with self.assertRaises(Refused):
            self.set_flags(SELECT=b"{tag} NO nothing here\r\n")
        self.assertEqual(self.sent, [b'SELECT "X"', b'LIST "" "X"'])


class TestClosing(unittest.TestCase):
    """CLOSE expunges what other clients marked as deleted: where a folder is open for writing, and on hoodiecrow everywhere."""

    def closing(self, capabilities="", **answers):
        with scripted(capabilities, UID_STORE=SEEN, **answers) as (provider, server):
            provider.set_flags("X", KEYS, "is_read", True)
            return server.sent(b"EXAMINE", b"CLOSE", b"UNSELECT")

    def test_ways(self):
        self.assertEqual(self.closing(), [b'EXAMINE "X"'])
        self.assertEqual(self.closing(EXAMINE=b"{tag} NO gone\r\n"), [b'EXAMINE "X"'])
        self.assertEqual(self.closing("UNSELECT", UNSELECT=b""), [b"UNSELECT"])
        self.assertEqual(self.closing("UNSELECT", UNSELECT=b"{tag} BAD what\r\n"), [b"UNSELECT", b'EXAMINE "X"'])

    def test_states_are_told_as_of_now(self):
        """Of the open folder STATUS may tell what was when it was opened (RFC 3501 §6.3.10)."""
        with scripted(LSUB=b"", STATUS=b"* STATUS INBOX (MESSAGES 3)\r\n") as (provider, server):
            provider.fetch_flags("X", [])
            provider.list_folders()
            self.assertEqual(server.sent(b"EXAMINE", b"CLOSE"), [b'EXAMINE "X"'] * 2)
            self.assertEqual(server.sent(b"EXAMINE", b"LIST")[1:], [b'EXAMINE "X"', b'LIST "" "*"'])

    def test_what_was_done_is_done(self):
        with scripted("UNSELECT", UID_STORE=SEEN, UNSELECT=None) as (provider, _server):
            self.assertEqual(provider.set_flags("X", KEYS, "is_read", True), set(KEYS))
            with self.assertRaises(Unreachable):
                provider.set_flags("X", KEYS, "is_read", True)


class TestRemoval(unittest.TestCase):
    def delete(self, capabilities="", keys=("7:1",), **answers):
        with scripted(capabilities, **{"UID_STORE": b"", "EXPUNGE": b"", "UID_EXPUNGE": b"", **answers}) as (provider, server):
            try:
                provider.delete("X", keys)
            finally:
                self.sent = server.sent(b"UID", b"EXPUNGE")

    def test_by_uid(self):
        self.delete("UIDPLUS", UID_SEARCH=b"* SEARCH 1\r\n")
        self.assertEqual(self.sent, [b"UID SEARCH UID 1", b"UID STORE 1 +FLAGS.SILENT (\\Deleted)", b"UID EXPUNGE 1"])

    def test_others_keep_their_marks(self):
        self.delete(UID_SEARCH=[b"* SEARCH 1\r\n", b"* SEARCH 1\r\n* SEARCH 3\r\n", b"* SEARCH 2 1\r\n", b"* SEARCH 1\r\n"])
        self.assertEqual(self.sent, [
            b"UID SEARCH UID 1", b"UID STORE 1 +FLAGS.SILENT (\\Deleted)",
            b"UID SEARCH DELETED", b"UID STORE 3 -FLAGS.SILENT (\\Deleted)",
            b"UID SEARCH DELETED", b"UID STORE 2 -FLAGS.SILENT (\\Deleted)",
            b"UID SEARCH DELETED", b"EXPUNGE", b"UID STORE 2:3 +FLAGS.SILENT (\\Deleted)"])

    def test_others_never_end(self):
        with self.assertRaises(ProtocolError):
            self.delete(UID_SEARCH=[b"* SEARCH 1\r\n", b"* SEARCH 1 3\r\n"])
        self.assertNotIn(b"EXPUNGE", self.sent)
        self.assertEqual(self.sent[-1], b"UID STORE 3 +FLAGS.SILENT (\\Deleted)")

    def test_refused(self):
        for code, expected in ((b"", Refused), (b"[NOPERM] ", Unsupported)):
            answers = [b"* SEARCH 1\r\n", b"* SEARCH 1 3\r\n", b"* SEARCH 1\r\n"]
            with self.assertRaises(expected):
                self.delete(UID_SEARCH=answers, EXPUNGE=b"{tag} NO " + code + b"x\r\n")
            self.assertEqual(self.sent[-2:], [b"EXPUNGE", b"UID STORE 3 +FLAGS.SILENT (\\Deleted)"])

    def test_an_unmarking_that_is_refused_ends_it(self):
        with self.assertRaises(Refused):
            self.delete(UID_SEARCH=[b"* SEARCH 1\r\n", b"* SEARCH 1 3\r\n"], UID_STORE=[b"", b"{tag} NO x\r\n", b""])
        self.assertNotIn(b"EXPUNGE", self.sent)

    def test_a_folder_without_marks(self):
        with self.assertRaises(Unsupported):
            self.delete(SELECT=OPENED + b"* OK [PERMANENTFLAGS (\\Seen)] \r\n", UID_SEARCH=b"* SEARCH 1\r\n")
        self.assertEqual(self.sent, [b"UID SEARCH UID 1"])

    def test_gone_already(self):
        self.delete(UID_SEARCH=b"* SEARCH\r\n")
        self.delete(keys=["6:1", "", "7:0", "7:4294967296", "7:1 (x", "7:\u0661"])
        self.assertEqual(self.sent, [])


class TestNewFolders(unittest.TestCase):
    def create(self, name, capabilities="NAMESPACE", **answers):
        with scripted(capabilities, **{"SUBSCRIBE": b"", "CREATE": b"", "LSUB": b"", **answers}) as (provider, server):
            try:
                return provider.create_folder(name)
            finally:
                self.sent = server.sent(b"CREATE", b"SUBSCRIBE", b"STATUS")

    def test_namespaces(self):
        for namespace, expected in (
            (b'(("INBOX." ".")) NIL NIL', "INBOX.A&AOQ-"), (b'(("" "/")) (("~" "/")) NIL', "A&AOQ-"), (b'(("" NIL)) NIL NIL', "A&AOQ-"),
            (b'(({6}\r\nINBOX. "." "X-PARAM" ("a"))("" "/")) NIL NIL', "INBOX.A&AOQ-"), (b"NIL NIL NIL", "INBOX.A&AOQ-"), (b"x", "INBOX.A&AOQ-"),
        ):
            with self.subTest(namespace=namespace):
                listing = b'* LIST () "." INBOX\r\n* LIST () "." INBOX.Sent\r\n'
                self.assertEqual(self.create("Aä", NAMESPACE=b"* NAMESPACE " + namespace + b"\r\n", LIST=listing), expected)
                self.assertEqual(self.sent, [b'%s "%s"' % (verb, expected.encode()) for verb in (b"CREATE", b"SUBSCRIBE")])

    def test_without_namespaces(self):
        below = b'* LIST () "." INBOX\r\n* LIST () "." INBOX.Sent\r\n'
        self.assertEqual(self.create("A/b", "", LIST=below), "INBOX.A/b")
        self.assertEqual(self.create("A.b", "", LIST=b'* LIST () "/" INBOX\r\n'), "A.b")
        self.assertEqual(self.create("A.b", "", LIST=b'* LIST () NIL INBOX\r\n'), "A.b")
        with self.assertRaises(Unsupported):
            self.create("A.b", "", LIST=below)
        self.assertEqual(self.create("A", NAMESPACE=b"{tag} BAD what\r\n", LIST=below), "INBOX.A")

    def test_there_already(self):
        answers = {"NAMESPACE": b'* NAMESPACE (("" "/")) NIL NIL\r\n'}
        self.assertEqual(self.create("A", CREATE=b"{tag} NO [ALREADYEXISTS] x\r\n", **answers), "A")
        self.assertEqual(self.sent, [b'CREATE "A"', b'SUBSCRIBE "A"'])
        self.assertEqual(self.create("A", CREATE=b"{tag} NO x\r\n", **answers), "A")
        self.assertEqual(self.create("A", SUBSCRIBE=b"{tag} NO x\r\n", **answers), "A")

    def test_refused(self):
        for answer, expected in ((b"NO x", Refused), (b"NO [NOPERM] x", Unsupported), (b"NO [OVERQUOTA] x", Refused),
                                 (b"NO [CANNOT] x", Unsupported), (b"BAD x", ProtocolError)):
            with self.subTest(answer=answer), self.assertRaises(expected):
                self.create("A", NAMESPACE=b'* NAMESPACE (("" "/")) NIL NIL\r\n', LIST=b"",
                            CREATE=b"{tag} " + answer + b"\r\n")


class TestInjection(unittest.TestCase):
    def test_through_names_and_flags(self):
        name = 'a" (\r\nz9 DELETE INBOX'
        answers = {"UID_FETCH": b"* 1 FETCH (UID 1 FLAGS ())\r\n", "UID_MOVE": b"", "UID_SEARCH": b"* SEARCH\r\n", "APPEND": b"",
                   "UID_STORE": b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n"}
        with scripted("MOVE UIDPLUS", **answers) as (provider, server):
            provider.move("X", ["7:1"], name)
            provider.append(name, b"Subject: x\r\n\r\nz9 DELETE INBOX\r\n")
            provider.set_flags(name, ["7:1", "7:1\r\nz9 DELETE INBOX", "7:*"], "is_read", True)
            with self.assertRaises(KeyError):
                provider.set_flags("X", ["7:1"], "is_read) (x", True)
            self.assertFalse([line for line in server.lines if line.startswith(b"z9 DELETE")])
            self.assertEqual(server.unknown, [])
            literal = b"{%d+}\r\n%s" % (len(name), name.encode())
            self.assertEqual([literal in line for line in server.sent(b"UID MOVE", b"APPEND", b"SELECT {")], [True] * 3)


class TestSlowLine(unittest.TestCase):
    def test_a_large_mail_may_take_longer_than_an_answer(self):
        """The time-out is for each step of a conversation, not for the whole of a mail."""
        raw = b"Message-ID: <a@b>\r\n\r\n" + b"x" * 20_000_000 + b"\r\n"
        with scripted("UIDPLUS", pace=0.04, APPEND=b"{tag} OK [APPENDUID 7 9] done\r\n") as (provider, _server):
            provider.connection._client.socket().settimeout(0.9)
            began = time.monotonic()
            self.assertEqual(provider.append("X", raw), "7:9")
            self.assertGreater(time.monotonic() - began, 1)
