"""Reading what servers answer, malformed and hostile answers included."""

import contextlib
import io
import random
import time
import unittest

from maildesk.providers import imap_uids
from maildesk.providers.errors import ProtocolError, ProviderError, Unreachable
from maildesk.providers.imap import ImapProvider
from maildesk.providers.imap_reader import parse_fetch, parse_status, parse_tokens, read_response
from maildesk.providers.imap_structure import read_structure
from maildesk.providers.values import Endpoint, RemoteFolder
from maildesk.tests.fakes.imap_scripted import ScriptedServer


def response(octets):
    stream = io.BytesIO(octets)
    return read_response(stream.readline, stream.read)


def structure(text):
    return read_structure(parse_tokens([text])[0])


def names(parts):
    return [(part.part_id, part.mimetype) for part in parts]


def texts(found):
    """The parts to show where plain text is wanted; where a segment has none, its HTML serves for it."""
    return names(part for segment in found.choice.segments for part in segment.plain or segment.rich)


def documents(found):
    """The same where HTML is wanted."""
    return names(part for segment in found.choice.segments for part in segment.rich or segment.plain)


def provider(server):
    return ImapProvider(Endpoint(server.host, server.port, "none", "someone", 2.0), lambda: "secret")


class TestResponses(unittest.TestCase):
    def test_literals_and_strings(self):
        items = parse_fetch(response(
            b'* 3 FETCH (UID 9 FLAGS (\\Seen $Label) INTERNALDATE " 1-Jan-2026 10:00:00 +0000" '
            b'BODY[HEADER.FIELDS ("DATE" FROM)] {7}\r\nA: "(\r\n BODYSTRUCTURE ("text" {5}\r\npl"ai NIL "q\\"\\\\") preview NIL)\r\n'))
        self.assertEqual(items[b"UID"], b"9")
        self.assertEqual(items[b"FLAGS"], [b"\\Seen", b"$Label"])
        self.assertEqual(items[b'BODY[HEADER.FIELDS ("DATE" FROM)]'], b'A: "(\r\n')
        self.assertEqual(items[b"BODYSTRUCTURE"], [b"text", b'pl"ai', None, b'q"\\'])
        self.assertIsNone(items[b"PREVIEW"])

    def test_other_literal_forms(self):
        self.assertEqual(parse_tokens(response(b"* X ~{3+}\r\nab\0 {0}\r\n y\r\n")), [b"*", b"X", b"ab\0", b"", b"y"])

    def test_lies_about_length(self):
        with self.assertRaises(Unreachable):
            response(b"* 1 FETCH (UID 1 BODY[] {10}\r\nabc")
        with self.assertRaises(Unreachable):
            response(b"* OK no end")
        for size in (b"99999999999", b"18446744073709551616"):
            with self.subTest(size=size), self.assertRaises(ProtocolError):
                response(b"* 1 FETCH (BODY[] {%s}\r\n" % size)

    def test_brackets(self):
        for text in (b"* 1 FETCH (UID 1", b"* 1 FETCH UID 1)", b"(" * 300 + b")" * 300):
            with self.subTest(text=text[:20]), self.assertRaises(ProtocolError):
                parse_tokens([text])

    def test_fetch_without_sense(self):
        for text in (b"* 1 FETCH (UID)", b"* 1 FETCH ((A) B)", b"* 1 FETCH (NIL 3)", b"* 1 FETCH NIL"):
            with self.subTest(text=text), self.assertRaises(ProtocolError):
                parse_fetch([text])
        for text in (b"* 1 EXISTS", b"* FLAGS (FETCH)", b"* LIST () NIL FETCH", b"* FETCH"):
            self.assertIsNone(parse_fetch([text]))

    def test_status(self):
        status = parse_status(b"NO [BADCHARSET (A B)] no such thing")
        self.assertEqual((status.kind, status.code, status.argument, status.text),
                         ("NO", "BADCHARSET", b"(A B)", b"no such thing"))
        self.assertEqual(parse_status(b"OK").kind, "OK")
        self.assertEqual(parse_status(b"ok [UIDNEXT 5]").argument, b"5")
        self.assertIsNone(parse_status(b"OKAY then"))

    def test_fuzz(self):
        """Any octets end in tokens or in a ProviderError, and soon."""
        rng = random.Random(5)
        seeds = [
            b'* 3 FETCH (UID 9 FLAGS (\\Seen) BODYSTRUCTURE (("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 5 1 NIL NIL)'
            b'("image" "png" NIL NIL NIL "base64" 9 NIL ("inline" ("filename" "a.png"))) "mixed"))\r\n',
            b'* LIST (\\HasNoChildren) "/" {3}\r\na"b\r\n',
            b"* SEARCH 1 2 3\r\n",
            b"z1 OK [HIGHESTMODSEQ 12] done\r\n",
        ]
        spice = [b"(", b")", b'"', b"\\", b"{5}\r\n", b"{99999999}\r\n", b"NIL", b"\0", b"\xff", b"\r\n", b" ", b"[", b"]", b"~"]
        begun = time.monotonic()
        for _round in range(6000):
            octets = bytearray(rng.choice(seeds))
            for _change in range(rng.randint(1, 6)):
                place = rng.randrange(len(octets) + 1)
                octets[place : place + rng.choice((0, 0, 1, 5))] = rng.choice(spice)
            try:
                found = response(bytes(octets))
                parse_status(found[0])
                items = parse_fetch(found)
                if items and b"BODYSTRUCTURE" in items:
                    read_structure(items[b"BODYSTRUCTURE"]).remote_parts()
            except ProviderError:
                continue
        self.assertLess(time.monotonic() - begun, 120, "some octets take for ever")


    def test_time_is_linear(self):
        """Quotes without their end, sections without theirs: what follows is not searched again from each of them."""
        for piece in (b'"a', b'"a "b', b'"', b'" ', b'"\\', b'"x"y ', b"BODY[ ", b"BODY[a] ", b'\\"', b"()", b'"a\\" '):
            spent = []
            for size in (100_000, 400_000):
                text = piece * (size // len(piece))
                begun = time.process_time()
                for _times in range(3):
                    with contextlib.suppress(ProtocolError):
                        parse_tokens([text])
                spent.append(time.process_time() - begun)
            with self.subTest(piece=piece):
                self.assertLess(spent[1], 12 * spent[0] + 0.1)


class TestStructure(unittest.TestCase):
    TEXT = b'("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 10 1 NIL NIL NIL NIL)'
    HTML = b'("TEXT" "HTML" ("CHARSET" "utf-8") NIL NIL "7BIT" 10 1 NIL NIL NIL NIL)'
    IMAGE = b'("image" "png" ("name" "a.png") "<cid@x>" NIL "base64" 99 NIL NIL NIL NIL)'
    FILE = b'("application" "pdf" NIL NIL NIL "base64" 99 NIL ("attachment" ("filename*" "utf-8\'\'%C3%9C.pdf")) NIL NIL)'

    def test_single_text(self):
        found = structure(self.TEXT)
        self.assertEqual((texts(found), documents(found), found.choice.attachments),
                         ([("1", "text/plain")], [("1", "text/plain")], []))

    def test_single_attachment(self):
        self.assertEqual(structure(self.FILE).remote_parts()[0].name, "Ü.pdf")

    def test_alternative(self):
        found = structure(b"(" + self.TEXT + self.HTML + b' "alternative")')
        self.assertEqual((texts(found), documents(found)), ([("1", "text/plain")], [("2", "text/html")]))
        found = structure(b"(" + self.HTML + b' "alternative")')
        self.assertEqual(texts(found), [("1", "text/html")])

    def test_alternative_around_related(self):
        related = b"(" + self.HTML + self.IMAGE + b' "related" ("type" "text/html") NIL NIL NIL)'
        found = structure(b"((" + self.TEXT + related + b' "alternative")' + self.FILE + b' "mixed" ("boundary" "b"))')
        self.assertEqual((texts(found), documents(found)), ([("1.1", "text/plain")], [("1.2.1", "text/html")]))
        picture, paper = found.remote_parts()
        self.assertEqual((picture.part_id, picture.inline, picture.content_id), ("1.2.2", True, "cid@x"))
        self.assertEqual((paper.part_id, paper.inline), ("2", False))

    def test_texts_in_a_row(self):
        footer = self.TEXT
        named = b'("text" "plain" ("name" "log.txt") NIL NIL "7bit" 10 1 NIL NIL NIL NIL)'
        found = structure(b"(" + self.HTML + footer + named + b' "mixed")')
        self.assertEqual(documents(found), [("1", "text/html"), ("2", "text/plain")])
        self.assertEqual([part.name for part in found.remote_parts()], ["log.txt"])

    def test_enclosed_message(self):
        inner = b'("message" "rfc822" NIL NIL NIL "7bit" 99 (NIL "S" NIL NIL NIL NIL NIL NIL NIL NIL) ' + self.TEXT
        found = structure(b"(" + self.TEXT + inner + b' 5 NIL ("attachment" ("filename" "m.eml")) NIL NIL) "mixed")')
        self.assertEqual([(part.part_id, part.mimetype, part.name) for part in found.remote_parts()],
                         [("2", "message/rfc822", "m.eml")])

    def test_names_are_harmless(self):
        part = b'("application" "x" ("name" "../../etc/passwd") NIL NIL "base64" 9 NIL NIL NIL NIL)'
        name = structure(part).remote_parts()[0].name
        self.assertNotIn("/", name)

    def test_disposition_as_it_came(self):
        part = b'("application" "pdf" NIL NIL NIL "base64" 9 NIL "attachment; filename=\\"a.pdf\\"" NIL NIL)'
        self.assertEqual(structure(part).remote_parts()[0].name, "a.pdf")

    def test_nonsense(self):
        for node in (None, b"text", [], [[b"a"] * 3] * 5, [[[]]], [[None]], [[b"x", [b"y"]], None]):
            with self.subTest(node=node):
                try:
                    read_structure(node).remote_parts()
                except ProtocolError:
                    continue
        deep = b"(" * 100 + self.TEXT + b' "mixed")' * 100
        with self.assertRaises(ProtocolError):
            structure(deep)
        self.assertEqual(len(structure(b"(" + self.TEXT * 1500 + b' "mixed")').leaves), 1000)


class TestUids(unittest.TestCase):
    def test_against_plain_sets(self):
        rng = random.Random(3)
        for _round in range(500):
            one, other = ({rng.randint(1, 40) for _ in range(rng.randint(0, 30))} for _ in range(2))
            a, b = imap_uids.from_numbers(one), imap_uids.from_numbers(other)
            self.assertEqual(set(imap_uids.numbers(imap_uids.intersect(a, b))), one & other)
            self.assertEqual(set(imap_uids.numbers(imap_uids.complement(a, 40))), set(range(1, 41)) - one)
            limit = rng.randint(1, 20)
            taken, rest = imap_uids.split_newest(a, limit)
            self.assertEqual(list(imap_uids.numbers(taken)), sorted(one)[-limit:])
            self.assertEqual(list(imap_uids.numbers(rest)), sorted(one)[:-limit])
            parts = imap_uids.in_commands(a, limit, max_octets=12)
            self.assertEqual(sorted(uid for part in parts for uid in imap_uids.numbers(part)), sorted(one))
            self.assertTrue(all(len(imap_uids.write_set(part)) <= 12 or len(part) == 1 for part in parts))
            if one:
                self.assertEqual(imap_uids.parse_set(imap_uids.write_set(a)), a)

    def test_sets_from_servers(self):
        self.assertEqual(imap_uids.parse_set(b"5:3,4,9,1:4294967295"), [(1, 4294967295)])
        for text in (b"", b"*", b"1:*", b"a", b"1,,2", b"-1", b"4294967296"):
            with self.subTest(text=text), self.assertRaises(ProtocolError):
                imap_uids.parse_set(text)


class TestOddMessages(unittest.TestCase):
    """What a server answers to the one FETCH must never cost more than the message it is about."""

    HEAD = b'* 1 FETCH (UID 1 FLAGS (\\Seen) INTERNALDATE "02-Mar-2026 09:00:00 +0000" RFC822.SIZE 10 '

    def page(self, *answers, **more):
        answer = b"".join(answers) + b"{tag} OK done\r\n"
        script = {b"UID FETCH": answer, **{name.replace("_", " ").encode(): text for name, text in more.items()}}
        with ScriptedServer(answers=script) as server, provider(server) as opened:
            return opened.fetch_changes("INBOX", None, 10, list)

    def header(self, text):
        return b"BODY[HEADER.FIELDS (DATE FROM)] {%d}\r\n%s" % (len(text), text)

    def test_structure_that_makes_no_sense(self):
        page = self.page(self.HEAD + b"BODYSTRUCTURE (NIL NIL) " + self.header(b"Subject: S\r\n\r\n") + b")\r\n")
        self.assertEqual([(message.subject, message.attachments) for message in page.new], [("S", ())])

    def test_next_to_nothing(self):
        page = self.page(b"* 1 FETCH (UID 1 RFC822.SIZE 5)\r\n* 2 FETCH (UID 2 RFC822.SIZE x FLAGS NIL INTERNALDATE NIL)\r\n")
        self.assertEqual([message.flags.remote_id for message in page.new], ["7:2", "7:1"])
        self.assertEqual([message.sender.email for message in page.new], ["", ""])

    def test_headers_that_databases_refuse(self):
        text = b"Subject: a\0b\xff\r\n\tc\r\nFrom: \"x\0\" <a\0@b>\r\nDate: Mon, 99 Foo\r\nReferences: <\0c@d>\r\n\r\n"
        (message,) = self.page(self.HEAD + self.header(text) + b")\r\n").new
        self.assertEqual((message.subject, message.sender.email, message.references), ("abÿ c", "a@b", ("<c@d>",)))
        self.assertEqual(message.date, message.internal_date)

    def test_unasked_flags_in_between(self):
        page = self.page(b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n* 3 EXPUNGE\r\n", self.HEAD + self.header(b"Subject: S\r\n\r\n") + b")\r\n",
                         b"* 1 FETCH (FLAGS (\\Flagged) UID 1)\r\n")
        self.assertEqual([message.subject for message in page.new], ["S"])

    def test_messages_nobody_asked_for(self):
        page = self.page(self.HEAD.replace(b"UID 1", b"UID 999") + b"BODYSTRUCTURE NIL)\r\n")
        self.assertEqual(page.new, [])

    def test_server_stumbles_over_one_message(self):
        answer = self.HEAD + self.header(b"Subject: S\r\n\r\n") + b")\r\n{tag} NO [SERVERBUG] cannot read one of them\r\n"
        answers = {b"UID FETCH": answer, b"UID SEARCH": b"* SEARCH 2\r\n{tag} OK done\r\n"}
        with ScriptedServer(answers=answers) as server, provider(server) as opened:
            page = opened.fetch_changes("INBOX", None, 10, list)
            self.assertEqual([message.subject for message in page.new], ["S"])
            # UID 2, which is there, was asked for again: alone, then by each of its items.
            self.assertEqual([command.split(b"(")[0] for command in server.sent(b"UID")],
                             [b"UID FETCH 1:3 ", b"UID SEARCH UID 2:3", *[b"UID FETCH 2 "] * 5])
            self.assertEqual(page.cursor["todo"], [[2, 2]])

    def test_server_leaves_one_out(self):
        """It is asked for again by the next page, while the folder goes on."""
        first = self.HEAD + self.header(b"Subject: S\r\n\r\n") + b")\r\n"
        second = first.replace(b"* 1 FETCH (UID 1 ", b"* 2 FETCH (UID 2 ")
        answers = {b"UID FETCH": first + b"{tag} OK done\r\n", b"UID SEARCH": b"* SEARCH 2\r\n{tag} OK done\r\n",
                   b"FETCH": b"{tag} OK nothing\r\n"}
        with ScriptedServer(answers=answers) as server, provider(server) as opened:
            page = opened.fetch_changes("INBOX", None, 10, list)
            self.assertEqual([message.flags.remote_id for message in page.new], ["7:1"])
            self.assertEqual((page.cursor["todo"], page.more), ([[2, 2]], False))
            state = {"uidvalidity": 7, "uidnext": 4, "messages": 3}
            self.assertTrue(opened.has_changed(RemoteFolder("INBOX", "Inbox", state=state), page.cursor))
            server.answers |= {b"UID FETCH": second + b"{tag} OK done\r\n", b"UID SEARCH": b"* SEARCH 1 2\r\n{tag} OK done\r\n"}
            page = opened.fetch_changes("INBOX", page.cursor, 10, lambda: ["7:1"])
            self.assertEqual([message.flags.remote_id for message in page.new], ["7:2"])
            self.assertEqual((page.cursor["todo"], page.vanished), ([], []))

    def test_nothing_is_ever_asked_that_marks_as_read(self):
        """Either of the two would do; servers have got both wrong."""
        answer = self.HEAD + b'BODYSTRUCTURE ("text" "plain" NIL NIL NIL "7bit" 5 1) BODY[] "abc" BODY[1] "abc")\r\n{tag} OK\r\n'
        with ScriptedServer(answers={b"UID FETCH": answer}) as server, provider(server) as opened:
            (message,) = opened.fetch_changes("INBOX", None, 10, list).new
            key = message.flags.remote_id
            self.assertEqual(opened.fetch_body("INBOX", key).text, "abc")
            self.assertEqual((opened.fetch_part("INBOX", key, "1"), opened.fetch_raw("INBOX", key)), (b"abc", b"abc"))
            asked = b"".join(server.lines)
            self.assertNotIn(b"SELECT", asked)
            self.assertGreaterEqual(asked.count(b"BODY.PEEK["), 5)
            self.assertEqual(asked.replace(b"BODY.PEEK[", b"").count(b"BODY["), 0)

    def test_last_words_about_the_folder_before(self):
        """RFC 7162 §3.2.11: what comes before CLOSED concerns the folder that was open until now."""
        offers = b"{tag} OK [CAPABILITY IMAP4rev1 ENABLE QRESYNC CONDSTORE ESEARCH] in\r\n"
        opening = (b"* VANISHED 1\r\n* 1 FETCH (UID 2 FLAGS (\\Seen))\r\n* OK [HIGHESTMODSEQ 99]\r\n* OK [CLOSED]\r\n* 3 EXISTS\r\n"
                   b"* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 4]\r\n* OK [HIGHESTMODSEQ 9]\r\n{tag} OK opened\r\n")
        cursor = {"v": 1, "uidvalidity": 7, "uidnext": 4, "modseq": 5, "messages": 3, "todo": []}
        answers = {b"AUTHENTICATE": offers, b"ENABLE": b"{tag} OK\r\n", b"EXAMINE": opening}
        with ScriptedServer(answers=answers) as server, provider(server) as opened:
            page = opened.fetch_changes("INBOX", cursor, 10, list)
        self.assertEqual((page.changed, page.vanished, page.cursor["modseq"]), ([], [], 9))

    def test_resync_that_names_everything(self):
        """VANISHED may cover UIDs that never were: not one object each."""
        offers = b"{tag} OK [CAPABILITY IMAP4rev1 ENABLE QRESYNC CONDSTORE ESEARCH] in\r\n"
        opening = (b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 4294967295]\r\n* OK [HIGHESTMODSEQ 9]\r\n"
                   b"* VANISHED (EARLIER) 1:4294967290\r\n{tag} OK opened\r\n")
        cursor = {"v": 1, "uidvalidity": 7, "uidnext": 4294967295, "modseq": 5, "messages": 3, "todo": []}
        answers = {b"AUTHENTICATE": offers, b"ENABLE": b"{tag} OK\r\n", b"EXAMINE": opening}
        with ScriptedServer(answers=answers) as server, provider(server) as opened:
            page = opened.fetch_changes("INBOX", cursor, 10, lambda: ["7:5", "7:6", "", "8:1", None])
        self.assertEqual(page.vanished, ["7:5", "7:6"])
