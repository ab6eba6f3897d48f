import base64
import email
import email.policy
import re
import unittest
from datetime import datetime, timedelta, timezone

from maildesk.tools.compose import Enclosure, Letter, compose, new_message_id, references_of, without_field
from maildesk.tools.compose_fields import UnfitHeader
from maildesk.tools.headers import Address
from maildesk.tools.mime import parse_message
from maildesk.tools.thread_index import answer_index

BERLIN = timezone(timedelta(hours=1))
DATE = datetime(2026, 11, 28, 9, 30, 5, tzinfo=BERLIN)
ANNA = Address("Anna Keller", "anna@tidewheel.example")
TOM = Address("", "tom@pedalia.example")
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

NAMES = [
    "Anna Keller", 'Anna "Bike" Keller', "Keller, Anna", "back\\slash", "Jürgen Größe", "Иван Петров", "見積 太郎", "محمد الفارسي", "🚲 Räder",
    "O'Brien (sales)", "a@b.example", "=?utf-8?q?not_a_word?=", "x" * 120, "Ünï " * 40, "semi;colon: <angle>",
]
SUBJECTS = [
    "", "Offer", "Größe der Räder", "見積書の件", "long " * 60, "ä" * 300, "x" * 1200, "=?utf-8?q?looks_encoded?=", "tab\there", "🚲" * 50,
    "trailing blank ", " leading blank",
]
FILE_NAMES = [
    "offer.pdf", "Angebot für Müller 🚲.pdf", "报价单.xls", 'quote".pdf', "semi;colon.txt", "back\\slash.txt", "a" * 200 + ".pdf", "ü" * 100 + ".pdf",
    "per%cent.txt", "bl  anks .txt", "it's.txt",
]


def letter(**values):
    given = {"author": ANNA, "date": DATE, "message_id": "<1@tidewheel.example>", "to": [TOM], "subject": "Offer", "text": "Hello\n"}
    return Letter(**{**given, **values})


def parsed(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


def header_lines(octets):
    return octets.split(b"\r\n\r\n", 1)[0].split(b"\r\n")


class TestHeaders(unittest.TestCase):
    def both(self, octets):
        """The mail as CPython reads it and as MailDesk reads it."""
        return parsed(octets), parse_message(octets).header

    def test_what_a_plain_letter_looks_like(self):
        octets = compose(letter(cc=[Address("Tom", "tom@tidewheel.example")], bcc=[Address("", "secret@tidewheel.example")]))
        self.assertEqual(octets.decode("ascii").split("\r\n"), [
            "Date: Sat, 28 Nov 2026 09:30:05 +0100",
            "From: Anna Keller <anna@tidewheel.example>",
            "To: tom@pedalia.example",
            "Cc: Tom <tom@tidewheel.example>",
            "Subject: Offer",
            "Message-ID: <1@tidewheel.example>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain;",
            " charset=us-ascii",
            "Content-Transfer-Encoding: 7bit",
            "",
            "Hello",
            "",
        ])

    def test_blind_copies_are_named_in_the_own_copy_only(self):
        blind = letter(bcc=[Address("", "secret@tidewheel.example")])
        self.assertNotIn(b"secret", compose(blind))
        self.assertIn(b"\r\nBcc: secret@tidewheel.example\r\n", compose(blind, with_bcc=True))

    def test_a_field_is_taken_out_and_nothing_else(self):
        people = [Address(f"Größe {number}", f"p{number}@x.example") for number in range(40)]
        text = "Bcc: not a field\n"
        whole = compose(letter(bcc=people, text=text, cc=people[:3]), with_bcc=True)
        self.assertEqual(without_field(whole, "bcc"), compose(letter(bcc=people, text=text, cc=people[:3])))

    def test_names_come_out_as_they_went_in(self):
        for name in NAMES:
            with self.subTest(name=name):
                octets = compose(letter(to=[Address(name, "a@pedalia.example"), TOM]))
                theirs, ours = self.both(octets)
                self.assertEqual([entry.email for entry in ours.to], ["a@pedalia.example", "tom@pedalia.example"])
                self.assertEqual(ours.to[0].name, name.strip())
                self.assertEqual([entry.addr_spec for entry in theirs["To"].addresses], ["a@pedalia.example", "tom@pedalia.example"])
                # CPython's reader keeps the blank between two encoded words of a long name, against RFC 2047 §6.2
                self.assertEqual(re.sub(r"\s", "", theirs["To"].addresses[0].display_name), re.sub(r"\s", "", name))

    def test_subjects_come_out_as_they_went_in(self):
        for subject in SUBJECTS:
            with self.subTest(subject=subject[:40]):
                octets = compose(letter(subject=subject))
                self.assertEqual(parse_message(octets).header.subject, " ".join(subject.split()) if subject.startswith("tab") else subject.strip())
                self.assertEqual(parsed(octets)["Subject"].strip(), subject.strip())
                self.assertLessEqual(max(map(len, octets.split(b"\r\n"))), 78)

    def test_ids_are_never_broken(self):
        for length in (60, 78, 120, 250, 900):
            ids = [f"<{'a' * (length - 12 - number)}@id.example>" for number in range(6)]
            with self.subTest(length=length):
                octets = compose(letter(in_reply_to=ids[-1:], references=ids))
                text = octets.decode("ascii")
                for value in ids:
                    self.assertIn(value, text)
                self.assertNotIn("=?", text)
                self.assertEqual(parse_message(octets).header.references, tuple(ids))
                unfolded = re.sub(r"\r\n(?=[ \t])", "", text)
                self.assertIn(f"References: {' '.join(ids)}\r\n", unfolded)
                self.assertIn(f"In-Reply-To: {ids[-1]}\r\n", unfolded)

    def test_many_recipients(self):
        people = [Address(f"Person {number} Größe", f"person.{number}@pedalia.example") for number in range(300)]
        octets = compose(letter(to=people))
        self.assertEqual(list(parse_message(octets).header.to), people)
        self.assertEqual(len(parsed(octets)["To"].addresses), 300)
        self.assertLessEqual(max(map(len, header_lines(octets))), 78)

    def test_domains_go_as_a_labels(self):
        octets = compose(letter(to=[Address("", "info@größe.example")]))
        self.assertIn(b"To: info@xn--gre-6ka8i.example\r\n", octets)

    def test_a_local_part_outside_ascii_needs_smtputf8(self):
        with self.assertRaises(UnfitHeader) as caught:
            compose(letter(to=[Address("", "größe@pedalia.example")]))
        self.assertEqual(caught.exception.reason, "utf8")
        self.assertIn("To: größe@pedalia.example\r\n".encode(), compose(letter(to=[Address("", "größe@pedalia.example")]), smtputf8=True))

    def test_nothing_ends_a_field(self):
        hostile = ["x\r\nBcc: evil@x.example", "x\nBcc: evil@x.example", "x\rBcc: e@x.example", "x\0y", "x\x0by", "x\u2028y", "x\x85y"]
        for text in hostile:
            for values in (
                {"subject": text}, {"to": [Address(text, "a@b.example")]}, {"to": [Address("", f"a@b.example{text}")]},
                {"author": Address(text, "a@b.example")}, {"in_reply_to": [f"<{text}@x>"]}, {"references": [f"<{text}@x>"]},
                {"thread_index": text}, {"thread_topic": text}, {"fields": [("X-A", text)]}, {"message_id": f"<{text}@x>"},
                {"files": [Enclosure(text, "text/plain", b"")]}, {"files": [Enclosure("a", f"text/plain{text}", b"")]},
                {"html": "x", "pictures": [Enclosure("a", "image/png", b"", text)]},
            ):
                with self.subTest(text=text, values=values):
                    try:
                        octets = compose(letter(**values))
                    except UnfitHeader:
                        continue
                    # a type that cannot be written is replaced
                    self.assertIn(b"application/octet-stream", octets)
                    self.assertNotIn(b"evil", octets)

    def test_what_is_no_address_is_refused(self):
        for wrong in ("", "a", "@b.example", "a@", "a b@c.example", "a@b c.example", "a@-b.example", ".a@b.example", "a..b@c.example",
                      "a@b.example>", "<a@b.example", "a,b@c.example", "a@b@c.example", "a@b..example", "a@" + "b" * 70 + ".example"):
            with self.subTest(wrong=wrong), self.assertRaises(UnfitHeader):
                compose(letter(to=[Address("", wrong)]))
        for right in ("o'brien+tag@b.example", '"a b"@c.example', "a@[192.0.2.1]", "a@localhost", "a_b@c_d.example"):
            with self.subTest(right=right):
                compose(letter(to=[Address("", right)]))

    def test_references_of_an_answer(self):
        self.assertEqual(references_of(["<a@x>", "<b@x>"], "<c@x>"), ("<a@x>", "<b@x>", "<c@x>"))
        self.assertEqual(references_of(["<a@x>", "<c@x>"], "<c@x>"), ("<a@x>", "<c@x>"))
        self.assertEqual(references_of([], ""), ())
        chain = references_of([f"<{number}@x>" for number in range(300)], "<new@x>")
        self.assertEqual((len(chain), chain[0], chain[-1]), (100, "<0@x>", "<new@x>"))

    def test_new_message_id(self):
        self.assertEqual(new_message_id("0f", "b.example"), "<0f@b.example>")
        with self.assertRaises(UnfitHeader):
            new_message_id("0f", "b.example>\r\nX: y")


class TestBodies(unittest.TestCase):
    def test_text_comes_out_as_it_went_in(self):
        for text in ("Hello\n", "", "Größe\n" * 50, "見積 " * 400, "x" * 5000, "a\r\nb\rc\n", "trailing \nblanks\t\n", "From here\n", ".\n..\n", "=20 =\n",
                     "ends without line end", "🚲" * 3000):
            with self.subTest(text=text[:20]):
                octets = compose(letter(text=text))
                self.assertTrue(octets.isascii())
                self.assertLessEqual(max(map(len, octets.split(b"\r\n"))), 998)
                self.assertNotRegex(octets.replace(b"\r\n", b""), b"[\r\n]")
                self.assertNotIn(b"\r\nFrom ", octets.split(b"\r\n\r\n", 1)[1])
                self.assertNotIn(b"\r\n\r\nFrom ", octets)
                wanted = text.replace("\r\n", "\n").replace("\r", "\n")
                self.assertEqual(parsed(octets).get_content().replace("\r\n", "\n").removesuffix("\n"), wanted.removesuffix("\n"))

    def test_the_whole_structure(self):
        octets = compose(letter(
            html='<p>Hello <img src="cid:p1@x"></p>', pictures=[Enclosure("p.png", "image/png", PIXEL, "p1@x")],
            files=[Enclosure("Angebot für Müller 🚲.pdf", "application/pdf", b"%PDF" * 100)]))
        mail = parsed(octets)
        self.assertEqual([part.get_content_type() for part in mail.walk()], [
            "multipart/mixed", "multipart/related", "multipart/alternative", "text/plain", "text/html", "image/png", "application/pdf"])
        [picture] = [part for part in mail.walk() if part.get_content_type() == "image/png"]
        self.assertEqual((picture["Content-ID"], picture.get_content_disposition(), picture.get_content()), ("<p1@x>", "inline", PIXEL))
        [file] = list(mail.iter_attachments())
        self.assertEqual((file.get_filename(), file.get_content()), ("Angebot für Müller 🚲.pdf", b"%PDF" * 100))

    def test_file_names_come_out_as_they_went_in(self):
        for name in FILE_NAMES:
            with self.subTest(name=name[:30]):
                octets = compose(letter(files=[Enclosure(name, "application/pdf", b"x")]))
                [file] = list(parsed(octets).iter_attachments())
                self.assertEqual(file.get_filename(), name)
                self.assertLessEqual(max(map(len, octets.split(b"\r\n"))), 78)
                # the older way, for programs that know no RFC 2231
                self.assertIn(b"name", octets.split(b"Content-Disposition")[0])

    def test_a_mail_as_a_file_is_not_changed(self):
        inner = compose(letter(subject="inner", text="words\n"))
        [file] = list(parsed(compose(letter(files=[Enclosure("inner.eml", "message/rfc822", inner)]))).iter_attachments())
        self.assertEqual((file.get_content_type(), file.get_content()["Subject"]), ("message/rfc822", "inner"))
        for raw in (b"Subject: x\r\n\r\n\xfc\r\n", b"Subject: x\r\n\r\n" + b"y" * 1200):
            [file] = list(parsed(compose(letter(files=[Enclosure("inner.eml", "message/rfc822", raw)]))).iter_attachments())
            self.assertEqual((file.get_content_type(), file.get_content()), ("application/octet-stream", raw))

    def test_a_boundary_occurs_in_no_part(self):
        first = compose(letter(files=[Enclosure("a.txt", "text/plain", b"x")]))
        boundary = parsed(first).get_boundary()
        inner = f"Subject: x\r\n\r\n--{boundary}\r\n".encode()
        second = compose(letter(files=[Enclosure("a.eml", "message/rfc822", inner)]))
        self.assertNotEqual(parsed(second).get_boundary(), boundary)

    def test_the_same_letter_gives_the_same_octets(self):
        one, other = (compose(letter(html="<p>x</p>", files=[Enclosure("a.txt", "text/plain", b"x")])) for _number in range(2))
        self.assertEqual(one, other)

    def test_types_that_cannot_be_a_leaf(self):
        for mimetype in ("multipart/mixed", "message/partial", "", "text", "text/plain; x=y", "te xt/plain"):
            octets = compose(letter(files=[Enclosure("a", mimetype, b"x")]))
            with self.subTest(mimetype=mimetype):
                [file] = list(parsed(octets).iter_attachments())
                self.assertEqual((file.get_content_type(), file.get_content()), ("application/octet-stream", b"x"))


class TestThreadIndex(unittest.TestCase):
    #: 2009-06-11T15:29:40Z, made by hand from [MS-OXOMSG] 2.2.1.3: the upper 48 bits of its FILETIME and a GUID.
    HEAD = (128892077800000000 >> 16).to_bytes(6, "big") + bytes(range(16))

    def test_an_answer_appends_its_level(self):
        parent = base64.b64encode(self.HEAD).decode()
        answered = base64.b64decode(answer_index(parent, datetime(2009, 6, 11, 16, 29, 40, tzinfo=timezone.utc)))
        self.assertEqual(answered[:22], self.HEAD)
        [level] = [answered[22:]]
        self.assertEqual(len(level), 5)
        seconds = (int.from_bytes(level[:4], "big") << 18) / 10_000_000
        self.assertAlmostEqual(seconds, 3600, delta=1)
        self.assertEqual(level[4] & 0x0F, 1)
        again = base64.b64decode(answer_index(base64.b64encode(answered).decode(), datetime(2026, 1, 1, tzinfo=timezone.utc)))
        self.assertEqual((again[:27], len(again), again[27] >> 7), (answered, 32, 1))

    def test_what_cannot_be_read_gives_none(self):
        for wrong in ("", "x", "AAAA", "ü", base64.b64encode(b"\1" * 23).decode(), base64.b64encode(b"\2" * 22).decode()):
            with self.subTest(wrong=wrong):
                self.assertEqual(answer_index(wrong, DATE), "")

    def test_a_hostile_index_does_not_grow(self):
        longest = base64.b64encode(self.HEAD + b"\0" * 5 * 200).decode()
        self.assertEqual(answer_index(longest, DATE), longest)
