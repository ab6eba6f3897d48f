"""Words and files in forms of their own: winmail.dat, opaque S/MIME, uuencode, calendars, enriched text, and bombs of each."""

import base64
import struct
import time
import unittest
from datetime import date, datetime

from asn1crypto import cms
from maildesk.tests.tools.mails import PNG, attribute, enveloped, multipart, part, properties, signed, tnef
from maildesk.tools.headers import Address
from maildesk.tools.mime import part_content, read_mail
from maildesk.tools.mime.containers import MAX_CONTAINERS
from maildesk.tools.mime.enriched import enriched_to_html
from maildesk.tools.mime.icalendar import read_invitation
from maildesk.tools.mime.smime import read_signed
from maildesk.tools.mime.tnef import MAX_FILES, read_tnef
from maildesk.tools.mime.uuencode import split_files

UU = b"begin 644 n.txt\r\n#0V%T\r\n`\r\nend\r\n"


def winmail(content, mimetype="application/ms-tnef"):
    return part(f"{mimetype}; name=winmail.dat", content, encoding="base64")


def pkcs7(content, kind="signed-data"):
    return part(f"application/pkcs7-mime; smime-type={kind}; name=smime.p7m", content, encoding="base64")


def names(body):
    return [found.name for found in body.attachments]


def value(tag, content):
    """A value in BER, of indefinite length where ``content`` is a list of values."""
    if isinstance(content, list):
        return bytes([tag, 0x80]) + b"".join(content) + b"\0\0"
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x84" + size.to_bytes(4, "big")
    return bytes([tag]) + length + content


class TestTnef(unittest.TestCase):
    def test_files(self):
        raw = multipart("mixed", part("text/plain", "see"), winmail(tnef(("order.txt", b"12 bells"), ("größe.png", PNG), ("../x", b""))))
        body = read_mail(raw)
        self.assertEqual((body.text, names(body)), ("see", ["order.txt", "größe.png", "x"]))
        self.assertEqual([found.mimetype for found in body.attachments], ["text/plain", "image/png", "application/octet-stream"])
        self.assertEqual([part_content(raw, found.part_id) for found in body.attachments], [b"12 bells", PNG, b""])

    def test_words_where_there_are_no_others(self):
        body = ((0x1000, "plain ä\r\nb"), (0x1013, "<p>hä</p>".encode("latin-1")), (0x3FDE, "x"))
        found = read_mail(multipart("mixed", part("text/plain", " "), winmail(tnef(body=body))))
        self.assertEqual((found.text, found.html, found.attachments), ("plain ä\nb", "<p>hä</p>", ()))
        found = read_mail(multipart("mixed", part("text/plain", "own words"), winmail(tnef(body=body))))
        self.assertEqual((found.text, found.html), ("own words", None))
        self.assertEqual(read_mail(winmail(tnef(("a.txt", b"a"), body=body))).text, "plain ä\nb")

    def test_by_its_octets_whatever_its_type(self):
        self.assertEqual(names(read_mail(winmail(tnef(("a.txt", b"x")), "application/octet-stream"))), ["a.txt"])
        self.assertEqual(names(read_mail(winmail(b"something else"))), ["winmail.dat"])
        self.assertEqual(names(read_mail(winmail(tnef()))), ["winmail.dat"])

    def test_a_message_within(self):
        inner = bytes.fromhex("0703020000000000c000000000000046") + tnef(("deep.txt", b"deep"))
        raw = winmail(tnef(("Forwarded", inner)))
        (found,) = read_mail(raw).attachments
        self.assertEqual(found.name, "deep.txt")
        self.assertEqual(part_content(raw, found.part_id), b"deep")

    def test_properties_of_every_type(self):
        octets = struct.pack("<I", 6)
        octets += struct.pack("<HHHH", 0x0B, 0x0E1F, 1, 0) + struct.pack("<HHQ", 0x40, 0x3007, 5)
        octets += struct.pack("<HHIII", 0x1003, 0x6001, 2, 1, 2)
        octets += struct.pack("<HH", 0x1F, 0x8001) + b"g" * 16 + struct.pack("<II", 1, 6) + "abc".encode("utf-16-le") + b"\0\0"
        octets += struct.pack("<II", 1, 4) + "xy".encode("utf-16-le")
        octets += struct.pack("<HH", 0x03, 0x8002) + b"g" * 16 + struct.pack("<III", 0, 7, 9)
        octets += struct.pack("<HHII", 0x1E, 0x1000, 1, 6) + b"words\0\0\0"
        found = read_tnef(struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x9003, octets))
        self.assertEqual(found.text, "words")

    def test_damaged(self):
        whole = tnef(("order.txt", b"12 bells"), ("b.txt", b"b"), body=((0x1000, "words"),))
        for size in range(len(whole)):
            read_tnef(whole[:size])
            read_mail(winmail(whole[:size] + b"\xff" * 5))

    def test_bombs(self):
        head = struct.pack("<IH", 0x223E9F78, 1)
        most = struct.pack("<I", 0xFFFFFFFF)
        bombs = {
            "properties": attribute(1, 0x9003, most),
            "values": attribute(1, 0x9003, struct.pack("<IHHI", 1, 0x1002, 1, 0xFFFFFFFF)),
            "strings": attribute(1, 0x9003, struct.pack("<IHHI", 1, 0x1F, 0x1000, 0xFFFFFFFF)),
            "length": attribute(1, 0x9003, struct.pack("<IHHII", 1, 0x1F, 0x1000, 1, 0xFFFFFFFF)),
            "attributes": attribute(1, 1, b"") * 125_000, "files": attribute(2, 0x9002, b"") * 25_000,
            "nothing": attribute(1, 0x9003, properties(*(((0x1000, ""),) * 25_000))),
        }
        for name, bomb in bombs.items():
            start = time.process_time()
            found = read_tnef(head + bomb)
            self.assertLess(time.process_time() - start, 5, name)
            self.assertLessEqual(len(found.files), MAX_FILES)


class TestSigned(unittest.TestCase):
    def test_opened(self):
        inner = multipart("mixed", part("text/plain; charset=utf-8", "words ä"), part("application/pdf; name=a.pdf", b"%PDF", encoding="base64"))
        raw = pkcs7(signed(inner))
        body = read_mail(raw)
        self.assertEqual((body.text, names(body), body.is_encrypted), ("words ä", ["a.pdf"], False))
        self.assertEqual(part_content(raw, body.attachments[0].part_id), b"%PDF")
        # beside a list's footer, signed twice, in pieces
        self.assertIn("words", read_mail(multipart("mixed", raw, part("text/plain", "footer"))).text)
        self.assertEqual(read_mail(pkcs7(signed(raw))).text, "words ä")
        pieces = [value(4, inner[start:start + 7]) for start in range(0, len(inner), 7)]
        self.assertEqual(read_mail(pkcs7(self.in_pieces(pieces))).text, "words ä")

    def in_pieces(self, pieces):
        kind, data = (cms.ContentType(name).dump() for name in ("signed_data", "data"))
        content = value(0x30, [data, value(0xA0, [value(0x24, pieces)])])
        return value(0x30, [kind, value(0xA0, [value(0x30, [b"\x02\x01\x01", value(0x31, b""), content, value(0x31, b"")])])])

    def test_what_stays_closed(self):
        for kind in ("enveloped-data", "signed-data"):
            body = read_mail(pkcs7(enveloped(), kind))
            self.assertEqual((body.text, names(body), body.is_encrypted), (None, ["smime.p7m"], True))
        self.assertTrue(read_mail(pkcs7(signed(pkcs7(enveloped())))).is_encrypted)
        # a signed document is a file
        raw = multipart("mixed", part("text/plain", "see"), part("application/pkcs7-mime; name=contract.pdf.p7m", signed(b"%PDF"), encoding="base64"))
        self.assertEqual(names(read_mail(raw)), ["contract.pdf.p7m"])
        for content in (b"", b"rubbish", signed(b"%PDF-1.4 no mail"), signed(b""), b"\x30\x80" * 1000):
            self.assertEqual(names(read_mail(pkcs7(content))), ["smime.p7m"])

    def test_bombs(self):
        for content in (b"\x30\x80" * 125_000, self.in_pieces([value(4, b"x" * 10)] * 50_000), self.in_pieces([b"\x24\x80"] * 25_000),
                        b"\x30\x84\xff\xff\xff\xff" * 75_000, b"\xff" * 500_000,
                        self.in_pieces([b"\x3f" + b"\xff" * 500_000]), self.in_pieces([value(0x24, [value(4, b"x")] * 3)] * 25_000)):
            start = time.process_time()
            read_signed(content)
            self.assertLess(time.process_time() - start, 5, content[:20])

    def test_within_each_other(self):
        mail = part("text/plain", "words")
        for _ in range(8):
            mail = pkcs7(signed(mail))
        body = read_mail(mail)
        self.assertEqual(names(body), ["smime.p7m"])
        part_content(mail, body.attachments[0].part_id)

    def test_many(self):
        body = read_mail(multipart("mixed", *[winmail(tnef((f"{number}.txt", b"x"))) for number in range(20)]))
        self.assertEqual(names(body)[MAX_CONTAINERS - 1:MAX_CONTAINERS + 1], [f"{MAX_CONTAINERS - 1}.txt", "winmail.dat"])


class TestUuencode(unittest.TestCase):
    def test_files(self):
        raw = part("text/plain; charset=koi8-r", "Счёт\r\n".encode("koi8-r") + UU + b"between\r\n" + UU.replace(b"n.txt", b"../b.png") + b"after")
        body = read_mail(raw)
        self.assertEqual((body.text, names(body)), ("Счёт\nbetween\nafter", ["n.txt", "b.png"]))
        self.assertEqual([part_content(raw, found.part_id) for found in body.attachments], [b"Cat", b"Cat"])
        self.assertEqual([found.mimetype for found in body.attachments], ["text/plain", "image/png"])

    def test_what_is_none(self):
        for text in (b"begin 644 x\r\nwords\r\nend\r\n", b"begin 644 n.txt\r\n#0V%T\r\n", b"begin 644 x\r\nend\r\n", b"begin the day\r\n",
                     b"x begin 644 n.txt\r\n#0V%T\r\n`\r\nend", b"> " + UU, b"begin 644 \r\n#0V%T\r\n`\r\nend\r\n"):
            self.assertEqual(split_files(text), (text, []), text)

    def test_line_ends(self):
        for text in (UU.replace(b"\r\n", b"\n"), UU.replace(b"`\r\n", b""), UU.replace(b"`", b" "), UU.replace(b"`", b""), UU.rstrip(), UU.rstrip() + b"\r"):
            self.assertEqual([file.content for file in split_files(text)[1]], [b"Cat"], text)

    def test_bombs(self):
        for text in (b"begin 644 a\n" * 100_000, b"begin 644 a\n#0V%T\n" * 50_000, b"begin 644 a\n" + b"#0V%T\n" * 125_000, UU * 50_000,
                     b"begin 644 " + b"a" * 187_000, b"begin 644 a\n" + b" " * 187_000):
            start = time.process_time()
            _words, found = split_files(text)
            self.assertLess(time.process_time() - start, 5, text[:30])
            self.assertLessEqual(len(found), 100)


class TestInvitation(unittest.TestCase):
    EVENT = (
        "BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\n"
        "END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nSUMMARY;LANGUAGE=de:Besuch\\, Werk\r\n statt\r\nLOCATION:Halle 2\r\n{times}"
        "ORGANIZER;CN=\"Rosa; D\":MAILTO:rosa@x.example\r\nDESCRIPTION:a\\nb\\;c\r\nBEGIN:VALARM\r\nSUMMARY:alarm\r\nEND:VALARM\r\n"
        "END:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:second\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")

    def read(self, times="", method="REQUEST"):
        return read_invitation(self.EVENT.format(times=times, method=method).encode(), "utf-8")

    def test_what_it_says(self):
        found = self.read("DTSTART;TZID=\"Europe/Berlin\":20260305T090000\r\nDTEND;TZID=Europe/Berlin:20260305T100000\r\n")
        self.assertEqual((found.summary, found.location, found.description), ("Besuch, Werkstatt", "Halle 2", "a\nb;c"))
        self.assertEqual((found.start, found.end, found.zone), (datetime(2026, 3, 5, 9), datetime(2026, 3, 5, 10), "Europe/Berlin"))
        self.assertEqual((found.organizer, found.is_cancelled), (Address("Rosa; D", "rosa@x.example"), False))

    def test_times(self):
        for times, start, end, zone in (
                ("DTSTART:20260305T090000Z\r\nDURATION:PT1H30M\r\n", datetime(2026, 3, 5, 9), datetime(2026, 3, 5, 10, 30), "UTC"),
                ("DTSTART;VALUE=DATE:20260305\r\nDTEND;VALUE=DATE:20260307\r\n", date(2026, 3, 5), date(2026, 3, 6), ""),
                ("DTSTART;VALUE=DATE:20260305\r\n", date(2026, 3, 5), None, ""), ("DTSTART:20260399T990000\r\n", None, None, ""),
                ("DTSTART:99991231T235959Z\r\nDURATION:P99999D\r\n", datetime(9999, 12, 31, 23, 59, 59), None, "UTC"), ("DTSTART:soon\r\n", None, None, "")):
            found = self.read(times)
            self.assertEqual((found.start, found.end, found.zone), (start, end, zone), times)

    def test_cancelled(self):
        self.assertTrue(self.read(method="CANCEL").is_cancelled)
        self.assertTrue(self.read("STATUS:CANCELLED\r\n").is_cancelled)

    def test_of_a_mail(self):
        calendar = part("text/calendar; charset=utf-8; name=i.ics", self.EVENT.format(times="", method="REQUEST"))
        body = read_mail(multipart("alternative", part("text/plain", "words"), calendar))
        self.assertEqual((body.text, body.invitation.summary, names(body)), ("words", "Besuch, Werkstatt", ["i.ics"]))
        self.assertIsNone(read_mail(part("text/calendar", "rubbish")).invitation)
        self.assertEqual(read_mail(part("text/calendar", "BEGIN:VEVENT\nSUMMARY:cut off")).invitation.summary, "cut off")

    def test_cost_is_linear(self):
        frame = "BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n"
        for bomb in ("ATTENDEE" + ";A=b" * 50_000 + ":x", "ATTENDEE" + ';A="b"' * 40_000, "A;B=" + "b," * 25_000, "A;A=" + '"b",' * 60_000, 'A;"' * 80_000,
                     "A" + ";" * 50_000, "S:a" + "\r\n b" * 60_000, "BEGIN:VEVENT\r\n" * 17_000, "END:X\r\n" * 30_000, "X:y\r\n" * 50_000, "\r" * 50_000,
                     "SUMMARY:" + "\\n" * 25_000):
            start = time.process_time()
            read_invitation(frame.format(bomb).encode(), None)
            self.assertLess(time.process_time() - start, 3, bomb[:20])


class TestEnriched(unittest.TestCase):
    def test_marks(self):
        for text, html in (
                ("<bold>Now</bold> is", "<b>Now</b> is"), ("a\nb\n\nc\n\n\nd", "a b<br>c<br><br>d"), ("1 << 2 & <x>3</x>", "1 &lt; 2 &amp; 3"),
                ("<nofill>a\nb</nofill>", "a<br>b"), ("<color><param>red</param>x</color>", "x"), ("<comment>no</comment>yes<nl>x<lt>", "yes<br>x&lt;"),
                ("<bold><italic>x</bold></italic>", "<b><i>x</i></b>"), ("<bold>x", "<b>x</b>"), ("</bold>x", "x"), ("<param>x", ""), ("a < b", "a &lt; b")):
            self.assertEqual(enriched_to_html(text), html, text)

    def test_of_a_mail(self):
        body = read_mail(part("text/enriched; charset=utf-8", "<bold>Grüße</bold>\n\nzwei"))
        self.assertEqual((body.html, body.text), ("<b>Grüße</b><br>zwei", "Grüße\nzwei"))

    def test_cost_is_linear(self):
        for text in ("<bold>" * 125_000, "<" * 125_000, "</bold>" * 100_000, "\n" * 125_000, "<param>" * 75_000, "<bold></bold>" * 50_000):
            start = time.process_time()
            enriched_to_html(text)
            self.assertLess(time.process_time() - start, 5, text[:20])


class TestFooter(unittest.TestCase):
    DATA = base64.encodebytes("Guten Tag, die Größe stimmt nicht. Grüße ".encode() * 5).replace(b"\n", b"\r\n")

    def test_words_behind_base64(self):
        footer = b"_____\r\nusers mailing list\r\nusers@lists.example\r\n"
        for data in (self.DATA, self.DATA.rstrip(), base64.b64encode(b"x" * 57 * 2)):
            for rest in (footer, b"Regards\r\n" + footer, b"\r\n\r\n-- \r\nScanned\r\n"):
                raw = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + data + b"\r\n" + rest
                text = read_mail(raw).text
                self.assertTrue(text.endswith(rest.decode().replace("\r\n", "\n").strip()), text)
                self.assertIn(base64.b64decode(data).decode().strip(), text)
                self.assertNotIn("\ufffd", text)

    def test_rubbish_within_it_is_no_footer(self):
        lines = self.DATA.splitlines(keepends=True)
        raw = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines[0] + b"!!! ***\r\n" + b"".join(lines[1:])
        self.assertEqual(read_mail(raw).text, base64.b64decode(self.DATA).decode())

    def test_of_a_file(self):
        raw = multipart("mixed", part("application/pdf", base64.b64encode(b"%PDF-1.4") + b"\r\n--\r\nscanned by x\r\n", "Content-Transfer-Encoding: base64"))
        self.assertEqual(part_content(raw, "1"), b"%PDF-1.4")

    def test_cost_is_linear(self):
        for content in (b"QUJD\r\n" * 125_000, b"QUJD\r\n" * 75_000 + b"!", b"A" * 187_000 + b" !", (b"=" * 10 + b"\n!\n") * 50_000, b" \n" * 62_000 + b"!"):
            start = time.process_time()
            read_mail(b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + content)
            self.assertLess(time.process_time() - start, 5, content[:20])


if __name__ == "__main__":
    unittest.main()
