"""Reading mails: the tree, the words, the files, and what broken or hostile mails do."""

import base64
import random
import time
import unittest
from email import message_from_bytes, policy
from email.message import EmailMessage

from maildesk.tests.tools.mails import ODD_MAILS
from maildesk.tools.filenames import content_disposition, is_safe_inline, safe_filename, unique_filenames
from maildesk.tools.mime import parse_message, part_content, read_mail
from maildesk.tools.mime.payload import decode_payload
from maildesk.tools.mime.text import decode_text
from maildesk.tools.mime.tree import MAX_PARTS, read_tree, walk

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n pixel").decode()
#: What is repeated in hostile mails, and what it stands behind.
FRAGMENTS = (
    b"--b\n", b"--b\n\n", b"--b--\n", b"\n--", b"--b\nContent-Type: multipart/mixed; boundary=b\n\n", b"--b\nContent-Type: multipart/mixed\n\n--x\nContent-Type: a/b\n\n",
    b"--b\nContent-Type: multipart/alternative; boundary=c\n\n", b"--b\nContent-Type: message/rfc822\n\n", b"Content-Type: message/rfc822\n\n",
    b"--b\nContent-Type: text/html\n\n<p>", b"--b\nContent-Type: application/ms-tnef\n\n", b"begin 644 a\n#0V%T\n", b"; a=b", b'; a="', b'a="\\', b"=?utf-8?q?", b"X: y\n",
    b" ", b"\n", b"\r", b"cid:", b"<img src=", b"<meta ", b"<", b"=\n", b"QUJD\n", b"-", b"--x\nContent-", b"--a b c ", b"&", b"\x1b$B", b"\xff", b"\0", b"name*0*=")
HEADS = (
    b"", b"Subject: ", b"Content-Type: text/plain", b"Content-Disposition: attachment", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n",
    b"Content-Type: multipart/alternative; boundary=b\n\n", b"Content-Type: multipart/related; boundary=b\n\n", b"Content-Type: multipart/mixed\n\n",
    b"Content-Type: multipart/related; boundary=z\n\n--z\nContent-Type: image/png\nContent-Location: a\n\n\n--z\nContent-Type: text/html\n\n",
    b"Content-Type: text/html\n\n", b"Content-Type: text/enriched\n\n", b"Content-Type: text/calendar\n\nBEGIN:VEVENT\nSUMMARY:",
    b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n", b"Content-Type: text/plain; format=flowed\nContent-Transfer-Encoding: quoted-printable\n\n",
    b"Content-Type: application/pkcs7-mime\n\n", b"Content-Type: application/pkcs7-mime\n\n\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80")


def mail(*lines, head=""):
    """Octets of a mail: lines joined with CRLF; ``{`` and ``}`` lines are not special."""
    return (head + "\n".join(lines)).replace("\r\n", "\n").replace("\n", "\r\n").encode("latin-1")


MIXED = mail(
    "From: =?utf-8?q?J=C3=B6rg?= <j@x.org>", "To: a@b.org, B <b@b.org>", "Cc: c@b.org", "Subject: =?iso-8859-1?q?Gr=FC=DFe?=",
    "Date: Mon, 1 Jan 2024 10:00:00 +0100", "Message-ID: <1@x>", "In-Reply-To: <0@x>", "References: <a@x>", " <0@x>",
    "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="=_out"', "", "preamble", "--=_out",
    "Content-Type: multipart/alternative;", " boundary=alt", "", "--alt", "Content-Type: text/plain; charset=utf-8; format=flowed",
    "", "plain \xc3\xa4", "--alt", "Content-Type: multipart/related; boundary=rel", "", "--rel", "Content-Type: text/html; charset=latin1", "",
    '<p>html \xe4</p><img src="cid:pic%40x">', "--rel", "Content-Type: image/png", "Content-ID: <pic@x>",
    "Content-Transfer-Encoding: base64", 'Content-Disposition: inline; filename="pic.png"', "", PNG, "--rel--", "--alt--", "--=_out",
    "Content-Type: message/rfc822", "", "Subject: inner", 'Content-Type: multipart/mixed; boundary="in"', "", "--in", "", "first", "--in",
    'Content-Type: application/pdf; name="../../in.pdf"', "", "pdf", "--in--", "--=_out", "Content-Type: message/rfc822", "",
    "Subject: =?utf-8?q?a/b?=", "", "flat", "--=_out", "Content-Type: text/calendar; method=REQUEST", "", "BEGIN:VCALENDAR", "--=_out--", "epilogue")


class TestTree(unittest.TestCase):
    def test_section_numbers(self):
        found = {part.part_id: part.mimetype for part in reversed(list(walk(read_tree(MIXED))))}
        self.assertEqual(found, {
            "": "multipart/mixed", "1": "multipart/alternative", "1.1": "text/plain", "1.2": "multipart/related", "1.2.1": "text/html",
            "1.2.2": "image/png", "2": "message/rfc822", "2.1": "text/plain", "2.2": "application/pdf", "3": "message/rfc822",
            "3.1": "text/plain", "4": "text/calendar"})

    def test_contents(self):
        self.assertEqual(part_content(MIXED, "1.1"), b"plain \xc3\xa4")
        self.assertEqual(part_content(MIXED, "1.2.2"), base64.b64decode(PNG))
        self.assertTrue(part_content(MIXED, "2").startswith(b"Subject: inner\r\n"))
        self.assertEqual(part_content(MIXED, "2.2"), b"pdf")
        self.assertEqual(part_content(MIXED, "3.1"), b"flat")
        self.assertEqual(part_content(b"Subject: x\n\nbody\n", "1"), b"body\n")
        for missing in ("", "5", "1.9", "2.1.1", "x", "0"):
            self.assertRaises(LookupError, part_content, MIXED, missing)

    def test_mail_that_is_a_mail(self):
        raw = mail("Content-Type: message/rfc822", "", "Subject: in", "", "words")
        self.assertEqual(part_content(raw, "1.1"), b"words")

    def test_like_the_standard_library(self):
        chance = random.Random(3)
        for _ in range(60):
            message = self.random_mail(chance)
            for line_end in ("\n", "\r\n"):
                raw = message.as_bytes(policy=policy.SMTP if line_end == "\r\n" else policy.default)
                expected = [part.get_payload(decode=True) for part in message_from_bytes(raw).walk() if not part.is_multipart()]
                leaves = [part.decoded() for part in walk(read_tree(raw)) if not part.children]
                self.assertEqual(leaves, expected)

    def random_mail(self, chance, depth=0):
        message = EmailMessage()
        message["Subject"] = "ä" * chance.randint(1, 90)
        message.set_content("Zeile ä\n" * chance.randint(1, 30), cte=chance.choice(("base64", "quoted-printable", "8bit")))
        if chance.random() < 0.6:
            message.add_alternative("<p>ü</p>", subtype="html")
        for number in range(chance.randint(0, 3)):
            message.add_attachment(chance.randbytes(chance.randint(1, 5000)), "application", "x-y", filename=f"ä {number}.bin")
        if depth < 2 and chance.random() < 0.5:
            message.add_attachment(self.random_mail(chance, depth + 1))
        return message


class TestParse(unittest.TestCase):
    def test_mixed(self):
        parsed = parse_message(MIXED)
        header = parsed.header
        self.assertEqual((header.subject, header.sender.name, header.sender.email), ("Grüße", "Jörg", "j@x.org"))
        self.assertEqual([address.email for address in header.to + header.cc], ["a@b.org", "b@b.org", "c@b.org"])
        self.assertEqual((header.message_id, header.in_reply_to, header.references), ("<1@x>", "<0@x>", ("<a@x>", "<0@x>")))
        self.assertEqual(header.date.isoformat(), "2024-01-01T09:00:00")
        self.assertEqual(parsed.text, "plain ä")
        self.assertTrue(parsed.body.flowed)
        self.assertEqual(parsed.html, '<p>html ä</p><img src="cid:pic%40x">')
        self.assertEqual(
            [(part.part_id, part.name, part.mimetype, part.inline) for part in parsed.attachments],
            [("1.2.2", "pic.png", "image/png", True), ("2", "inner.eml", "message/rfc822", False), ("3", "b.eml", "message/rfc822", False),
             ("4", "", "text/calendar", False)])
        self.assertEqual(parsed.attachments[0].size, len(base64.b64decode(PNG)))
        self.assertEqual(parsed.attachments[0].content_id, "pic@x")

    def test_several_texts_are_joined(self):
        raw = mail("Content-Type: multipart/mixed; boundary=b", "", "--b", "", "one", "--b", "Content-Type: image/png; name=a.png", "", "x", "--b",
                   "Content-Type: text/html", "", "<p>two</p>", "--b", "Content-Type: text/plain; name=three.txt", "", "3", "--b",
                   "Content-Disposition: attachment", "", "four", "--b--")
        parsed = parse_message(raw)
        self.assertEqual(parsed.html, '<div style="white-space:pre-wrap">one</div><hr><p>two</p>')
        self.assertEqual(parsed.text, "one\n\ntwo")
        self.assertEqual([part.part_id for part in parsed.attachments], ["2", "4", "5"])

    def test_files_only(self):
        parsed = parse_message(mail("Content-Type: application/pdf; name=a.pdf", "", "x"))
        self.assertEqual((parsed.html, parsed.text, parsed.attachments[0].part_id), (None, None, "1"))
        parsed = parse_message(mail("Content-Type: text/plain; name=body.txt", "", "words"))
        self.assertEqual((parsed.text, parsed.attachments[0].name), ("words", "body.txt"))

    def test_alternatives(self):
        raw = mail("Content-Type: multipart/alternative; boundary=b", "", "--b", "", "plain", "--b", "Content-Type: text/x-amp-html", "", "amp", "--b",
                   "Content-Type: text/html", "", "<b>html</b>", "--b", "Content-Type: text/calendar; name=i.ics", "", "ics", "--b--")
        parsed = parse_message(raw)
        self.assertEqual((parsed.text, parsed.html, [part.name for part in parsed.attachments]), ("plain", "<b>html</b>", ["i.ics"]))

    def test_html_alone_gets_a_text(self):
        self.assertEqual(read_mail(mail("Content-Type: text/html", "", "<p>a</p><p>b</p>")).text, "a\n\nb")

    def test_digest_and_report(self):
        raw = mail("Content-Type: multipart/digest; boundary=b", "", "--b", "", "Subject: one", "", "x", "--b--")
        self.assertEqual([part.name for part in parse_message(raw).attachments], ["one.eml"])
        raw = mail("Content-Type: multipart/report; boundary=b", "", "--b", "", "bounced", "--b", "Content-Type: message/delivery-status", "", "Status: 5.0.0",
                   "--b--")
        self.assertEqual((parse_message(raw).text, parse_message(raw).attachments[0].mimetype), ("bounced", "message/delivery-status"))

    def test_charset_from_the_document(self):
        raw = mail("Content-Type: text/html", "", '<meta http-equiv=x content="text/html; charset=windows-1251"><p>\xcf\xf0')
        self.assertIn("Пр", read_mail(raw).html)

    def test_names(self):
        for header, name in (
                ('attachment; filename="a b.txt"', "a b.txt"), ("attachment; filename=a b.txt", "a b.txt"), ("attachment; filename*=utf-8''%C3%A4.txt", "ä.txt"),
                ("attachment; filename*0=a; filename*1=b.txt", "ab.txt"), ('attachment; filename="=?utf-8?q?=C3=A4?=.txt"', "ä.txt"),
                ('attachment; filename="a\\"b.txt"', "a_b.txt"), ('x; filename="open.txt', "open.txt"), ('attachment; filename="..\\\\x;y.txt"', "x_y.txt")):
            raw = mail("Content-Type: multipart/mixed; boundary=b", "", "--b", f"Content-Disposition: {header}", "", "x", "--b--")
            self.assertEqual([part.name for part in parse_message(raw).attachments], [name], header)


class TestBroken(unittest.TestCase):
    def test_boundaries(self):
        for head, words in (("Content-Type: multipart/mixed", "all words"), ("Content-Type: multipart/mixed; boundary=zz", "all words"),
                            ("Content-Type: multipart/mixed; boundary=", "all words"), ("Content-Type: text", "all words"),
                            ("Content-Type: multipart/mixed; boundary=" + "x" * 500, "all words"), ("Content-Type: \xff/\xff", "all words"),
                            ("Content-Transfer-Encoding: x-unknown", "all words"), ("X: y", "all words")):
            self.assertEqual(parse_message(mail(head, "", "all words")).text, words, head)
        self.assertEqual(parse_message(mail("Content-Type: multipart/mixed; boundary=b", "", "--b", "", "cut off")).text, "cut off")
        self.assertEqual(parse_message(mail("Content-Type: multipart/mixed; boundary=b", "", "--b", "", "a", "--bb", "--b x", "x--b", "--b--")).text,
                         "a\n--bb\n--b x\nx--b")
        self.assertEqual(parse_message(b"Content-Type: multipart/mixed; boundary=b\n\n--b  \n\nlf\n--b--").text, "lf")

    def test_not_even_a_mail(self):
        for raw, words in ((b"", ""), (b"\n", ""), (b"just words, no header", "just words, no header"), (b"\r\n\r\nx", "\nx"), (b"\0\xff\xfe", "ÿþ"),
                           (b"From a@b Mon Jan 1\nSubject: s\n\nmbox", "mbox")):
            self.assertEqual(parse_message(raw).text, words, raw)
        self.assertEqual(parse_message(b"Subject: only").header.subject, "only")

    def test_headers_of_all_sorts(self):
        for value in ("=?x-none?q?=ff?=", "=?utf-8?b?!?=", "\xff\xfe", "a" * 100_000, '"' * 5000, "(" * 5000, "<" * 5000, "@", ",;:", "", "\x00\x01"):
            head = [f"{name}: {value}" for name in ("From", "To", "Cc", "Subject", "Date", "Message-ID", "References", "In-Reply-To", "Content-Type",
                                                   "Content-Disposition", "Content-Transfer-Encoding", "Content-ID", "Reply-To")]
            parsed = parse_message(mail(*head, "", "words"))
            self.assertNotIn("\0", parsed.header.subject)

    def test_random_damage(self):
        chance = random.Random(11)
        for _ in range(1500):
            raw = bytearray(MIXED)
            for _ in range(chance.randint(1, 30)):
                start = chance.randrange(len(raw))
                raw[start:start + chance.randint(0, 20)] = chance.choice((b"", b"\r\n", b"\0", b"--alt", b"=_out", b'"', chance.randbytes(4)))
            parsed = parse_message(bytes(raw))
            for part in parsed.attachments:
                part_content(bytes(raw), part.part_id)
            (parsed.text or "").encode()
            (parsed.html or "").encode()

    def test_bombs(self):
        deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(20_000)) + b"\nend"
        letters = b"Content-Type: message/rfc822\n\n" * 50_000 + b"\nend"
        many = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: image/png\n\nx\n" * 50_000 + b"--b--\n"
        same = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 20_000
        fields = b"X: y\n" * 500_000 + b"\nend"
        large = b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\nContent-Type: a/b\n\n" + b"QUJD" * 7_000_000
        for raw in (deep, letters, many, same, fields, large, b"--b\n" * 1_000_000, b"X" * 5_000_000):
            start = time.process_time()
            parsed = parse_message(raw)
            self.assertLess(time.process_time() - start, 5, raw[:50])
            self.assertLessEqual(len(parsed.attachments), MAX_PARTS + 1)
        self.assertEqual(len(list(walk(read_tree(many)))), MAX_PARTS + 1)

    def test_files_are_never_opened(self):
        raw = mail("Content-Type: multipart/mixed; boundary=b", "", "--b", "Content-Type: application/ms-tnef; name=winmail.dat", "", "x\x9f>\"", "--b",
                   "Content-Type: text/calendar", "", "BEGIN:VCALENDAR\n" * 3, "--b--")
        parsed = parse_message(raw)
        self.assertEqual((parsed.text, len(parsed.attachments)), (None, 2))

    def test_cost_is_linear(self):
        """Eight times the octets cost no more than a few times eight: quadratic cost would be 64 times."""
        def cost(octets):
            start = time.process_time()
            read_mail(octets)
            return time.process_time() - start

        for head in HEADS:
            for fragment in FRAGMENTS:
                small, large = (head + fragment * (size // len(fragment)) for size in (12_000, 96_000))
                self.assertLess(cost(large), 24 * min(cost(small), cost(small)) + 0.25, (head, fragment))

    @unittest.skipUnless(ODD_MAILS, "CPython's odd mails are not installed (libpython3-testsuite)")
    def test_odd_mails_of_cpython(self):
        for path in ODD_MAILS:
            parsed = parse_message(path.read_bytes())
            self.assertTrue(parsed.text is not None or parsed.attachments, path)
            for part in parsed.attachments:
                part_content(path.read_bytes(), part.part_id)


class TestDecode(unittest.TestCase):
    def test_base64(self):
        for content, plain in ((b"QUJD", b"ABC"), (b"QUI", b"AB"), (b"QUI=QUI=", b"ABAB"), (b"Q U\r\nJ-D", b"ABC"), (b"Q", b""), (b"=", b""), (b"", b""),
                               (b"\xff\xfeQUJD", b"ABC"), (b"QUJDR", b"ABC")):
            self.assertEqual(decode_payload(content, " Base64 ; x"), plain, content)

    def test_quoted_printable(self):
        for content, plain in ((b"=C3=A4=\r\nb", b"\xc3\xa4b"), (b"a=", b"a"), (b"=zz =4", b"=zz =4"), (b"=3D", b"=")):
            self.assertEqual(decode_payload(content, "QUOTED-PRINTABLE"), plain, content)

    def test_uuencode_and_others(self):
        self.assertEqual(decode_payload(b"rubbish\nbegin 644 x\n#0V%T\n`\nend\n", "x-uuencode"), b"Cat")
        self.assertEqual(decode_payload(b"begin 644 x\n\xff\xff\nend", "uuencode"), b"")
        for name in ("", "7bit", "8BIT", "binary", "x-none", "\xff"):
            self.assertEqual(decode_payload(b"=41", name), b"=41")

    def test_text(self):
        for content, charset, text in (
                (b"\xe4", "iso-8859-1", "ä"), (b"\xc3\xa4", "iso-8859-1", "ä"), (b"\xc3\xa4", None, "ä"), (b"\xe4", None, "ä"), (b"\x80", "latin1", "€"),
                (b"\xc3\xa4", "us-ascii", "ä"), (b"\xc3\xa4", "x-none", "ä"), (b"\xe4", "utf-8", "ä"), (b"\xef\xbb\xbfa", "latin1", "a"), (b"\xff\xfea\0", None, "a"),
                (b"\xc3\xa4 \xc3\xb6 \xc3\xbc \xc3", "utf-8", "ä ö ü \ufffd"), (b"a\0b\r\nc\rd", "utf-8", "ab\nc\nd"), (b"\xed\xa0\x80", "utf-8", "í\xa0€"), (b"\x1b$B$\"\x1b(B", "iso-2022-jp", "あ"), (b"\xb0\xa1", "ks_c_5601-1987", "가"),
                (b"+2AA-x", "utf-7", "\ufffdx"), (b"x", "rot13", "x"), (b"x", "\0", "x"), (b"", "", "")):
            decoded = decode_text(content, charset)
            decoded.encode()
            if text.isprintable() or "\n" in text:
                self.assertEqual(decoded.replace("\ufffd", "?"), text.replace("\ufffd", "?"), (content, charset))


class TestFiles(unittest.TestCase):
    def test_safe_filename(self):
        for name, safe in (
                ("a.txt", "a.txt"), ("/etc/passwd", "passwd"), ("..\\..\\a.exe", "a.exe"), ("C:\\a\\b.txt", "b.txt"), ("a\r\nX: y.txt", "aX_ y.txt"),
                ("\u202egpj.exe", "gpj.exe"), ("a\0b.txt", "ab.txt"), ("con", "_con"), ("NUL.txt", "_NUL.txt"), ("com1 .x", "_com1.x"), ("console.txt", "console.txt"),
                (".bashrc", "bashrc"), ("a.txt. . ", "a.txt"), ("a<b>|?.txt", "a_b___.txt"), ("größe 1.txt", "größe 1.txt"), ("a/", "attachment"), ("", "attachment"),
                ("...", "attachment"), ("\ud800.txt", "txt"), ("x\ud800.txt", "x.txt")):
            self.assertEqual(safe_filename(name), safe, name)
            self.assertEqual(safe_filename(safe), safe)
        self.assertEqual(safe_filename("", ""), "")

    def test_long_names_keep_their_extension(self):
        for name in ("x" * 1000 + ".pdf", "汉" * 1000 + ".pdf", "x." * 500 + "pdf"):
            safe = safe_filename(name)
            self.assertTrue(safe.endswith(".pdf"))
            self.assertLessEqual(len(safe), 150)
            self.assertLessEqual(len(safe.encode()), 240)
        self.assertLessEqual(len(safe_filename("a." + "x" * 500)), 150)

    def test_unique_filenames(self):
        self.assertEqual(
            unique_filenames(["a.txt", "../a.txt", "A.TXT", "a (2).txt", "b", "b", "", "attachment"]),
            ["a.txt", "a (2).txt", "A (3).TXT", "a (2) (2).txt", "b", "b (2)", "attachment", "attachment (2)"])
        self.assertEqual(unique_filenames([]), [])

    def test_content_disposition(self):
        self.assertEqual(content_disposition("a b.txt"), 'attachment; filename="a b.txt"')
        self.assertEqual(content_disposition("ä'\".txt", inline=True), "inline; filename=\"_'_.txt\"; filename*=UTF-8''%C3%A4%27_.txt")
        self.assertEqual(content_disposition("100%.txt"), "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt")
        for name in ('"; x="', "a\r\nSet-Cookie: x", "a\\", "\0"):
            value = content_disposition(name)
            self.assertNotRegex(value, r'[\r\n\0\\]|filename="[^"]*"[^;]')
            value.encode("ascii")

    def test_safe_inline(self):
        for mimetype in ("image/png", "IMAGE/JPEG; x=y", "text/plain", "application/pdf"):
            self.assertTrue(is_safe_inline(mimetype))
        for mimetype in ("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/octet-stream", "", "image/png\r\nx", "text/calendar"):
            self.assertFalse(is_safe_inline(mimetype), mimetype)


if __name__ == "__main__":
    unittest.main()
