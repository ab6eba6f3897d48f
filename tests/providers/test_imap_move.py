"""Moves and appends on servers that tell too little, too much, or lies."""

import time
import unittest
from datetime import datetime

from maildesk.providers.errors import FolderGone, ProtocolError, Refused, Unsupported
from maildesk.tests.fakes.imap_scripted import scripted

KEYS = ["7:1", "7:2", "7:3"]
THERE = b"".join(b"* %d FETCH (UID %d FLAGS ())\r\n" % (uid, uid) for uid in (1, 2, 3))
GONE = b"* SEARCH\r\n"
RAW = b"Message-ID: <a@example.org>\r\nSubject: x\r\n\r\nHello\r\n"
SIZE = len(RAW)
TARGET = b"* %d EXISTS\r\n* OK [UIDVALIDITY 9] \r\n* OK [UIDNEXT %d] \r\n"


def named(uid, message_id=b"<a@example.org>", size=SIZE, **items):
    """What a server says of a message when asked for its name."""
    header = b"Message-ID: " + message_id + b"\r\n\r\n"
    more = b"".join(b" %s %s" % (name.encode(), value) for name, value in items.items())
    return (b'* 1 FETCH (UID %d RFC822.SIZE %d INTERNALDATE " 2-Mar-2026 09:00:00 +0000"%s '
            b'BODY[HEADER.FIELDS (DATE FROM SUBJECT MESSAGE-ID)] {%d}\r\n%s)\r\n' % (uid, size, more, len(header), header))


class MoveTests(unittest.TestCase):
    def move(self, capabilities="MOVE UIDPLUS UNSELECT", keys=KEYS, since=None, fingerprints=None, **answers):
        defaults = {"UID_FETCH": THERE, "UNSELECT": b"", "UID_SEARCH": GONE, "UID_STORE": b"", "UID_EXPUNGE": b"", "EXPUNGE": b""}
        with scripted(capabilities, **{**defaults, **answers}) as (provider, server):
            try:
                return provider.move("X", keys, "Y", since, fingerprints)
            finally:
                self.sent = server.sent(b"UID", b"EXPUNGE", b"STATUS", b"CLOSE")
                self.assertEqual(server.unknown, [])

    def copied(self, *codes, **more):
        """New keys of three moved messages where the server tells these COPYUID."""
        return self.move(UID_MOVE=b"".join(b"* OK [COPYUID %s] moved\r\n" % code for code in codes), **more)


class TestCopyUid(MoveTests):
    def test_in_the_order_it_is_written(self):
        self.assertEqual(self.copied(b"9 3,1:2 20,31:30"), {"7:3": "9:20", "7:1": "9:30", "7:2": "9:31"})
        self.assertEqual(self.copied(b"9 1:3 4:6"), {"7:1": "9:4", "7:2": "9:5", "7:3": "9:6"})

    def test_in_the_completion(self):
        self.assertEqual(self.move(UID_MOVE=b"{tag} OK [COPYUID 9 1:3 4:6] moved\r\n"), {"7:1": "9:4", "7:2": "9:5", "7:3": "9:6"})

    def test_in_pieces_and_twice(self):
        new = {"7:1": "9:4", "7:2": "9:5", "7:3": "9:6"}
        self.assertEqual(self.copied(b"9 1 4", b"9 2:3 5:6"), new)
        self.assertEqual(self.copied(b"9 1:3 4:6", b"9 1:3 4:6"), new)

    def test_lies(self):
        for code in (b"9 1:3 4:7", b"9 1:3 4", b"9 1:2 4:6", b"9 1:4 4:7", b"9 5:7 4:6", b"9 1,1,2 4:6", b"9 1:3 4,4,5", b"9 1:3",
                     b"", b"x 1:3 4:6", b"9 1:3 a", b"9 1:* 4:*", b"9 0:2 4:6", b"9 1:3 0:2", b"9 1:3 4:4294967296",
                     b"9 1:4294967295 1:4294967295", b"9 1:3 4294967295:4294967297", b"9 1,,3 4:6"):
            began = time.monotonic()
            with self.subTest(code=code):
                self.assertEqual(self.copied(code), dict.fromkeys(KEYS))
            self.assertLess(time.monotonic() - began, 30, "made up what was claimed")
        self.assertEqual(self.copied(b"9 1:3 4:6", b"9 1:3 5:7"), dict.fromkeys(KEYS))
        self.assertEqual(self.copied(b"9 1:3 4:6", b"9 1:3 4"), dict.fromkeys(KEYS))

    def test_none(self):
        self.assertEqual(self.copied(), dict.fromkeys(KEYS))
        self.assertEqual(self.copied(b"9 1:3 4:6", capabilities="MOVE UNSELECT"), dict.fromkeys(KEYS))

    def test_what_it_leaves_out_was_gone(self):
        self.assertEqual(self.copied(b"9 1:2 4:5"), {"7:1": "9:4", "7:2": "9:5"})
        self.assertEqual(self.sent[-1], b"UID SEARCH UID 3")

    def test_what_stays_was_not_moved(self):
        for codes in ((b"9 1:2 4:5",), ()):
            with self.subTest(codes=codes), self.assertRaises(ProtocolError):
                self.copied(*codes, UID_SEARCH=b"* SEARCH 3\r\n")

    def test_only_what_was_copied_is_removed(self):
        with self.assertRaises(ProtocolError):
            self.move("UIDPLUS UNSELECT", UID_COPY=b"{tag} OK [COPYUID 9 1:2 4:5]\r\n", UID_SEARCH=b"* SEARCH 3\r\n")
        self.assertEqual(self.sent[2:4], [b"UID STORE 1:2 +FLAGS.SILENT (\\Deleted)", b"UID EXPUNGE 1:2"])


class TestMoves(MoveTests):
    def test_by_copies(self):
        moved = self.move("UIDPLUS UNSELECT", UID_COPY=b"{tag} OK [COPYUID 9 1:3 4:6]\r\n")
        self.assertEqual(moved, {"7:1": "9:4", "7:2": "9:5", "7:3": "9:6"})
        self.assertEqual(self.sent, [b"UID FETCH 1:3 (UID FLAGS)", b'UID COPY 1:3 "Y"', b"UID STORE 1:3 +FLAGS.SILENT (\\Deleted)",
                                     b"UID EXPUNGE 1:3"])

    def test_refusals(self):
        for verb, capabilities in (("UID_MOVE", "MOVE UIDPLUS UNSELECT"), ("UID_COPY", "UNSELECT")):
            for answer, expected in ((b"NO [TRYCREATE] x", FolderGone), (b"NO [NONEXISTENT] x", FolderGone), (b"NO x", FolderGone),
                                     (b"NO [OVERQUOTA] full", Refused), (b"NO [NOPERM] x", Unsupported), (b"BAD x", ProtocolError)):
                with self.subTest(verb=verb, answer=answer), self.assertRaises(expected):
                    self.move(capabilities, LIST=b"", **{verb: b"{tag} " + answer + b"\r\n"})
                self.assertFalse([line for line in self.sent if b"EXPUNGE" in line or b"Deleted" in line])
            for words, reason in ((b"x", "other"), (b"Quota exceeded", "full"), (b"Mailbox is full", "full")):
                with self.subTest(verb=verb, words=words), self.assertRaises(Refused) as caught:
                    self.move(capabilities, **{verb: b"{tag} NO " + words + b"\r\n"})
                self.assertEqual(caught.exception.reason, reason)

    def test_a_batch_that_is_partly_refused(self):
        """What was copied is moved; then the failure is told."""
        keys = [f"7:{uid}" for uid in range(1, 151)]
        there = b"".join(b"* %d FETCH (UID %d FLAGS ())\r\n" % (uid, uid) for uid in range(1, 151))
        with self.assertRaises(Refused):
            self.move("UIDPLUS UNSELECT", keys, UID_FETCH=there, UID_COPY=[
                b"{tag} OK [COPYUID 9 1:50 1:50]\r\n", b"{tag} NO [OVERQUOTA] full\r\n"])
        self.assertEqual(self.sent[-4:], [b'UID COPY 1:50 "Y"', b'UID COPY 51:150 "Y"',
                                          b"UID STORE 1:50 +FLAGS.SILENT (\\Deleted)", b"UID EXPUNGE 1:50"])

    def test_nothing_is_copied_that_cannot_be_removed(self):
        opened = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n* OK [PERMANENTFLAGS (\\Seen)] \r\n"
        for opening in (opened, opened + b"{tag} OK [READ-ONLY] x\r\n"):
            with self.assertRaises(Unsupported):
                self.move("UIDPLUS UNSELECT", SELECT=opening)
            self.assertFalse([line for line in self.sent if b"COPY" in line])

    def test_a_mark_left_from_an_earlier_try(self):
        marked = b"* 1 FETCH (UID 1 FLAGS (\\Deleted \\Seen))\r\n* 2 FETCH (UID 2 FLAGS ())\r\n"
        self.move("UIDPLUS UNSELECT", KEYS[:2], UID_FETCH=marked, UID_COPY=b"{tag} OK [COPYUID 9 1:2 4:5]\r\n")
        self.assertEqual(self.sent[1:3], [b"UID STORE 1 -FLAGS.SILENT (\\Deleted)", b'UID COPY 1:2 "Y"'])

    def test_another_life_of_the_folder(self):
        opened = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 8] \r\n{tag} OK [READ-WRITE]\r\n"
        self.assertEqual(self.move(SELECT=opened), {})
        self.assertEqual(self.sent, [])


class TestInterruptedMoves(MoveTests):
    SINCE = {"uidvalidity": 9, "uidnext": 5}

    def again(self, arrived, source, **more):
        """The second try, where these came into the target and those lie in the source."""
        flags = b"".join(b"* 1 FETCH (UID %d FLAGS ())\r\n" % uid for uid in source)
        names = b"".join(source.values())
        fetched = [b"".join(arrived.values()), flags, names] if arrived else [flags]
        searched = b"* SEARCH %s\r\n" % b" ".join(b"%d" % uid for uid in arrived)
        options = {"capabilities": "UIDPLUS UNSELECT", "since": self.SINCE, "EXAMINE": TARGET % (9, 9), "UID_COPY": b"",
                   "UID_FETCH": fetched, "UID_SEARCH": [searched, GONE], **more}
        return self.move(**options)

    def test_a_copy_is_there(self):
        moved = self.again({6: named(6)}, {1: named(1)})
        self.assertEqual(moved, {"7:1": "9:6"})
        self.assertEqual(self.sent[-2:], [b"UID STORE 1 +FLAGS.SILENT (\\Deleted)", b"UID EXPUNGE 1"])
        self.assertEqual(self.sent[0], b"UID SEARCH UID 5:8")

    def test_something_else_is_there(self):
        for other in (named(6, b"<b@example.org>"), named(6, size=9)):
            with self.subTest(other=other):
                self.assertEqual(self.again({6: other}, {1: named(1)}), {"7:1": None})
                self.assertIn(b'UID COPY 1 "Y"', self.sent)

    def test_stable_ids_decide(self):
        one, other = {"EMAILID": b"(M1)"}, {"EMAILID": b"(M2)"}
        known = {"capabilities": "UIDPLUS UNSELECT OBJECTID"}
        self.assertEqual(self.again({6: named(6, **one)}, {1: named(1, **one)}, **known), {"7:1": "9:6"})
        self.assertEqual(self.again({6: named(6, **other)}, {1: named(1, **one)}, **known), {"7:1": None})
        self.assertIn(b" EMAILID", self.sent[1])

    def test_gone_and_named(self):
        known = {"capabilities": "UIDPLUS UNSELECT X-GM-EXT-1", "fingerprints": {"7:2": "x-gm-msgid:77", "7:3": "x-gm-msgid:78"}}
        answer = self.again({6: named(6, **{"X-GM-MSGID": b"77"})}, {}, **known)
        self.assertEqual(answer, {"7:2": "9:6"})
        self.assertEqual(self.sent[-1], b"UID FETCH 1:3 (UID FLAGS)")

    def test_nothing_came_in(self):
        self.again({}, {1: b""}, EXAMINE=TARGET % (4, 5))
        self.assertEqual(self.sent[:2], [b"UID FETCH 1:3 (UID FLAGS)", b'UID COPY 1 "Y"'])

    def test_target_made_anew(self):
        self.again({1: named(1)}, {1: named(1)}, since={"uidvalidity": 8, "uidnext": 5})
        self.assertEqual(self.sent[0], b"UID SEARCH UID 1:8")

    def test_uidnext_is_not_told(self):
        opened = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 9] \r\n"
        with scripted(EXAMINE=opened, STATUS=b"* STATUS Y (UIDVALIDITY 9)\r\n", FETCH=b"* 3 FETCH (UID 8)\r\n") as (provider, server):
            self.assertEqual(provider.mark("Y"), {"uidvalidity": 9, "uidnext": 9})
        with scripted(EXAMINE=opened.replace(b"3", b"0"), STATUS=b"{tag} NO x\r\n") as (provider, server):
            self.assertEqual(provider.mark("Y"), {"uidvalidity": 9, "uidnext": 1})
            self.assertEqual(server.unknown, [])


class TestAppends(unittest.TestCase):
    def append(self, capabilities="UIDPLUS", raw=RAW, flags=(), internal_date=None, since=None, **answers):
        with scripted(capabilities, **{"APPEND": b"{tag} OK [APPENDUID 9 6] done\r\n", **answers}) as (provider, server):
            try:
                return provider.append("Y", raw, flags, internal_date, since)
            finally:
                self.sent = server.sent()[2:]

    def test_the_command(self):
        self.assertEqual(self.append(flags=["is_read", "is_draft"], internal_date=datetime(2026, 3, 2, 9, 8, 7)), "9:6")
        self.assertEqual(self.sent[0], b'APPEND "Y" (\\Seen \\Draft) "02-Mar-2026 09:08:07 +0000" {%d+}\r\n%s' % (len(RAW), RAW.rstrip()))

    def test_keys_that_make_no_sense(self):
        for code in (b"", b"[APPENDUID 9]", b"[APPENDUID 0 6]", b"[APPENDUID 9 0]", b"[APPENDUID 9 6:7]", b"[APPENDUID 9 99999999999]",
                     b"[COPYUID 9 6]"):
            with self.subTest(code=code):
                self.assertIsNone(self.append(APPEND=b"{tag} OK " + code + b" done\r\n"))

    def test_refusals(self):
        for answer, expected in (
            (b"NO [OVERQUOTA] full", Refused), (b"NO over quota", Refused), (b"NO [TRYCREATE] x", FolderGone),
            (b"NO x", FolderGone), (b"NO [TOOBIG] x", Refused), (b"NO [NOPERM] x", Unsupported), (b"BAD x", ProtocolError),
            (b"NO [LIMIT] x", Refused),
        ):
            with self.subTest(answer=answer), self.assertRaises(expected):
                self.append(APPEND=b"{tag} " + answer + b"\r\n", LIST=b"")

    def test_a_large_one_is_offered_first(self):
        raw = RAW + b"x" * 300_000 + b"\r\n"
        with self.assertRaises(Refused):
            self.append(raw=raw, APPEND=b"{tag} NO [OVERQUOTA] full\r\n")
        self.assertEqual(self.sent, [b'APPEND "Y" {%d}' % len(raw)])

    def test_limits(self):
        for capabilities, answers in (
            ("UIDPLUS APPENDLIMIT=20", {}), ("UIDPLUS APPENDLIMIT", {"STATUS": b"* STATUS Y (APPENDLIMIT 20)\r\n"}),
        ):
            with self.subTest(capabilities=capabilities), self.assertRaises(Refused) as caught:
                self.append(capabilities, **answers)
            self.assertEqual((caught.exception.reason, caught.exception.limit), ("too_large", 20))
            self.assertFalse([line for line in self.sent if line.startswith(b"APPEND")])
        for capabilities, answer in (("UIDPLUS APPENDLIMIT=999", b""), ("UIDPLUS APPENDLIMIT", b"* STATUS Y (APPENDLIMIT NIL)\r\n"),
                                     ("UIDPLUS APPENDLIMIT", b"{tag} NO x\r\n"), ("UIDPLUS APPENDLIMIT", b"* STATUS Y ()\r\n")):
            self.assertEqual(self.append(capabilities, STATUS=answer), "9:6")

    def test_octets_that_few_servers_take(self):
        raw = RAW + b"a\0b\r\n"
        with self.assertRaises(Unsupported):
            self.append(raw=raw)
        self.assertEqual(self.sent, [])
        self.append("UIDPLUS BINARY", raw)
        self.assertEqual(self.sent[0], b'APPEND "Y" ~{%d+}\r\n%s' % (len(raw), raw.rstrip()))
        with self.assertRaises(Unsupported):
            self.append("UIDPLUS BINARY", raw, APPEND=b"{tag} NO [UNKNOWN-CTE] x\r\n")

    def test_found_by_its_name(self):
        """Without UIDPLUS: from where the folder ended before."""
        names, status = named(5, b"<other@example.org>") + named(6), b"* STATUS Y (UIDNEXT 5 UIDVALIDITY 9)\r\n"
        self.assertEqual(
            self.append("", STATUS=status, EXAMINE=TARGET % (5, 7), UID_SEARCH=b"* SEARCH 5 6\r\n", UID_FETCH=names), "9:6")
        self.assertEqual([command.split()[0] for command in self.sent], [b"STATUS", b"APPEND", b"EXAMINE", b"UID", b"UID"])
        self.assertEqual(self.sent[3], b"UID SEARCH UID 5:6")
        for names in (named(5, size=3), b""):
            self.assertIsNone(
                self.append("", STATUS=status, EXAMINE=TARGET % (4, 6), UID_SEARCH=b"* SEARCH 5\r\n", UID_FETCH=names))

    def test_done_already(self):
        since = {"uidvalidity": 9, "uidnext": 5}
        found = {"EXAMINE": TARGET % (4, 6), "UID_SEARCH": b"* SEARCH 5\r\n"}
        self.assertEqual(self.append(since=since, UID_FETCH=named(5), **found), "9:5")
        self.assertFalse([line for line in self.sent if line.startswith(b"APPEND")])
        for name in (named(5, size=3), named(5, b"<b@example.org>")):
            self.assertEqual(self.append(since=since, UID_FETCH=name, **found), "9:6")
        self.assertEqual(self.append(since=since, EXAMINE=TARGET % (3, 5)), "9:6")


class TestAppendsOnCourier(unittest.TestCase):
    """Courier refuses to append to the folder that is open for reading ("Current box is selected READ-ONLY")."""

    SINCE = {"uidvalidity": 9, "uidnext": 5}

    def before_append(self, capabilities="", folder="Y", since=None, **answers):
        """What is asked from the sign-in to the append."""
        with scripted(capabilities, APPEND=b"", UNSELECT=b"", EXAMINE=TARGET % (0, 5), **answers) as (provider, server):
            provider.append(folder, RAW, since=since)
            sent = server.sent(b"EXAMINE", b"SELECT", b"UNSELECT", b"CLOSE", b"STATUS", b"APPEND")
            return sent[:next(number for number, command in enumerate(sent) if command.startswith(b"APPEND"))]

    def test_the_watermark_is_taken_without_opening(self):
        status = b"* STATUS Y (UIDVALIDITY 9 UIDNEXT 5)\r\n"
        self.assertEqual(self.before_append(STATUS=status), [b'STATUS "Y" (UIDVALIDITY UIDNEXT)'])

    def test_what_was_opened_is_left(self):
        """After the search for an earlier try, and where STATUS tells too little."""
        for capabilities, folder, leaving in (
            ("UIDPLUS UNSELECT", "Y", b"UNSELECT"), ("UIDPLUS", "Y", b'EXAMINE "INBOX"'), ("UIDPLUS", "INBOX", b'SELECT "INBOX"'),
        ):
            with self.subTest(capabilities=capabilities, folder=folder):
                opening = b'EXAMINE "%s"' % folder.encode()
                self.assertEqual(self.before_append(capabilities, folder, self.SINCE), [opening, leaving])
        for answer in (b"* STATUS Y (UIDVALIDITY 9)\r\n", b"* STATUS Y ()\r\n", b"{tag} NO x\r\n", b"{tag} BAD x\r\n"):
            with self.subTest(answer=answer):
                self.assertEqual(self.before_append(STATUS=answer), [
                    b'STATUS "Y" (UIDVALIDITY UIDNEXT)', b'EXAMINE "Y"', b'EXAMINE "INBOX"'])

    def test_an_inbox_that_does_not_open(self):
        opened = [TARGET % (0, 5), b"{tag} NO [SERVERBUG] x\r\n", TARGET % (0, 5)]
        with scripted("UIDPLUS", APPEND=b"{tag} OK [APPENDUID 9 6] done\r\n", EXAMINE=opened) as (provider, _server):
            self.assertEqual(provider.append("Y", RAW, since=self.SINCE), "9:6")

    def test_the_open_folder_is_asked_by_opening_it(self):
        with scripted(EXAMINE=TARGET % (3, 8), STATUS=b"* STATUS Y (UIDVALIDITY 9 UIDNEXT 5)\r\n") as (provider, server):
            provider.fetch_flags("Y", [])
            self.assertEqual(provider.mark("Y"), {"uidvalidity": 9, "uidnext": 8})
            self.assertEqual(server.sent(b"STATUS"), [])
            self.assertEqual(provider.mark("Z"), {"uidvalidity": 9, "uidnext": 5})
