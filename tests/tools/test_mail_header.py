"""The header of a mail, with the mails that break mail programs."""

import json
import unittest
from datetime import datetime
from pathlib import Path

from maildesk.tools.mail_header import first, read_fields, read_mail_header

CASES = Path(__file__).parent.parent / "cases" / "mail"


def header_of(raw, charset=""):
    return read_mail_header(read_fields(raw), charset)


class TestMailHeader(unittest.TestCase):
    def test_cases(self):
        """What is expected of them as far as the header says it; the body's charset is told where there is one."""
        charsets = {"raw_header_koi8r.eml": "koi8-r"}
        seen = 0
        for name, expected in json.loads((CASES / "expect.json").read_text()).items():
            header = header_of((CASES / name).read_bytes().partition(b"\r\n\r\n")[0], charsets.get(name, ""))
            found = {"subject": header.subject, "from_name": header.sender.name, "from_email": header.sender.email}
            for key in found.keys() & expected.keys():
                seen += 1
                with self.subTest(name=name, key=key):
                    self.assertEqual(found[key], expected[key])
        self.assertGreaterEqual(seen, 8)

    def test_all_fields(self):
        header = header_of(
            b"From: Delgado, Rosa <rosa@pedalia.example>\r\nTo: Smith, Jo <jo@x.example>,\r\n k@x.example\r\nTo: l@x.example\r\n"
            b"Cc: \r\nReply-To: Desk, Help <desk@x.example>\r\nsubject : Re:\r\n two\r\nDate: Mon, 2 Mar 2026 10:00:00 CET\r\n"
            b"Message-ID: <1@x>\r\nIn-Reply-To: <0@x>\r\nReferences: <a@x>\r\n <0@x> <JO@x.example>\r\nSubject: ignored\r\n")
        self.assertEqual((header.sender.name, header.sender.email), ("Delgado, Rosa", "rosa@pedalia.example"))
        self.assertEqual([(address.name, address.email) for address in header.to],
                         [("Smith, Jo", "jo@x.example"), ("", "k@x.example"), ("", "l@x.example")])
        self.assertEqual((header.cc, header.bcc, [address.name for address in header.reply_to]), ((), (), ["Desk, Help"]))
        self.assertEqual((header.subject, header.date), ("Re: two", datetime(2026, 3, 2, 9)))
        self.assertEqual((header.message_id, header.in_reply_to, header.references), ("<1@x>", "<0@x>", ("<a@x>", "<0@x>")))

    def test_nothing(self):
        header = header_of(b"")
        self.assertEqual((header.subject, header.sender, header.to, header.date, header.message_id), ("", None, (), None, ""))
        self.assertEqual(first(read_fields(b"no field at all\r\n: x\r\n"), "x"), b"")

    def test_an_address_joins_nobody(self):
        header = header_of(b"From: a@x.example\r\nTo: support@tidewheel.example\r\nReferences: <support@tidewheel.example>\r\n"
                           b"In-Reply-To: Your message of Monday <support@tidewheel.example>\r\n")
        self.assertEqual((header.in_reply_to, header.references), ("", ()))
