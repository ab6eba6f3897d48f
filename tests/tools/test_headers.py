"""Header fields of strangers: what they say, and that nothing they hold can hurt."""

import base64
import random
import time
import unittest
from datetime import datetime

from maildesk.tools.charsets import decode_charset, guess_text
from maildesk.tools.dates import parse_date
from maildesk.tools.headers import (
    MAX_IDS,
    Address,
    clean_line,
    decode_header,
    message_ids,
    parse_addresses,
    parse_parameter,
    parse_sender,
    reply_ids,
)


class TestText(unittest.TestCase):
    def test_encoded_words(self):
        cases = {
            b"=?utf-8?Q?Hello_W=C3=B6rld?=": "Hello Wörld",
            b"=?UTF-8?b?SGVsbG8=?= there": "Hello there",
            b"=?utf-8?B?w7Y=?=\r\n =?utf-8?B?w7Y=?=": "öö",
            # A character cut in two by words side by side.
            b"=?utf-8?B?w7Y?= =?utf-8?B?4oI?= =?utf-8?B?rA==?=": "ö€",
            b"=?utf-8?q?a?= =?iso-8859-1?q?=fc?= =?utf-8?q?b?=": "aüb",
            b"=?utf-8?q?a?= b =?utf-8?q?c?=": "a b c",
            b"=?iso-8859-1*de?q?=fc?=": "ü",
            b"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=": "日本",
            b"=?gb2312?B?xOO6ww==?=": "你好",
            b"=?windows-1252?q?=93x=94?=": "“x”",
            b"=?utf-8?q?what?_really?=": "what? really",
            b"=?utf-8?q?with blanks inside?=": "with blanks inside",
            b"pre=?utf-8?q?=C3=A4?=post": "preäpost",
            b"=?utf-8?B?w7?=": "\ufffd",
            b"=?utf-8?x?abc?=": "=?utf-8?x?abc?=",
            b"=?utf-8?q??=": "",
        }
        for raw, expected in cases.items():
            with self.subTest(raw=raw):
                self.assertEqual(decode_header(raw), expected)
                self.assertEqual(decode_header(raw.decode()), expected)

    def test_unknown_charsets_are_guessed(self):
        for charset in ("x-nope", "unicode_escape", "idna", "hex", "zlib", "rot13", "utf-8\0", "undefined", "a" * 39):
            with self.subTest(charset=charset):
                self.assertEqual(decode_header(f"=?{charset}?q?J=C3=B6rg?="), "Jörg")

    def test_raw_octets(self):
        self.assertEqual(decode_header("Jörg".encode()), "Jörg")
        self.assertEqual(decode_header("Jörg".encode("latin-1")), "Jörg")
        self.assertEqual(decode_header("Jörg".encode().decode("ascii", "surrogateescape")), "Jörg")
        self.assertEqual(decode_header(b"\x81\xff"), "ÿ")

    def test_raw_octets_in_the_charset_of_the_body(self):
        for text, charset in (("Счёт за март", "koi8-r"), ("Счёт за март", "x-cp1251"), ("見積", "shift_jis"), ("見積 表示", "iso-2022-jp"),
                              ("Jörg", "utf-8"), ("你好", "gb2312"), ("Jörg", "us-ascii"), ("Jörg", "x-nope")):
            octets = text.encode({"x-cp1251": "cp1251", "us-ascii": "cp1252", "x-nope": "cp1252"}.get(charset, charset))
            with self.subTest(charset=charset):
                self.assertEqual(decode_header(octets, charset), text)
                self.assertEqual(decode_header(b"Re: =?utf-8?q?=E2=82=AC?= " + octets, charset), f"Re: € {text}")
                self.assertEqual(parse_addresses(octets + b" <a@b>", charset), (Address(text, "a@b"),))
        # UTF-8 is what it is, whatever the body is in; and what the body's charset does not have is guessed.
        self.assertEqual(decode_header("Счёт".encode(), "koi8-r"), "Счёт")
        self.assertEqual(decode_header("Jörg".encode("cp1252"), "utf-8"), "Jörg")

    def test_raw_octets_within_encoded_words(self):
        self.assertEqual(decode_header(b"=?iso-8859-1?Q?Gr\xf6\xdfe_der_R\xe4der?="), "Größe der Räder")
        self.assertEqual(decode_header("=?iso-8859-1?Q?Größe?=".encode()), "Größe")
        self.assertEqual(decode_header(b"J\xf6rg =?koi8-r?Q?\xe9\xd7\xc1\xce?="), "Jörg Иван")
        self.assertEqual(decode_header("=?iso-8859-1?Q?J\udcfcrgen?= \udcfc"), "Jürgen ü")
        self.assertEqual(parse_addresses(b"=?iso-8859-1?Q?J\xfcrgen?= <j@d>"), (Address("Jürgen", "j@d"),))

    def test_nothing_a_database_refuses(self):
        self.assertEqual(decode_header(b"a\0b\x01c\r\n\td\x7f\xc2\x85e"), "ab c d e")
        self.assertEqual(decode_header("=?utf-8?q?a=00b=0D=0Ac?="), "ab c")
        self.assertEqual(decode_header("x\ud800y"), "x\ufffdy")
        self.assertEqual(decode_header("=?utf-7?q?+2AA-?="), "\ufffd")
        self.assertEqual(clean_line("invoice\u202efdp.exe"), "invoicefdp.exe")
        self.assertEqual(clean_line("a\u2028b"), "a b")

    def test_charsets(self):
        self.assertEqual(decode_charset("Grüße".encode(), "us-ascii"), "Grüße")
        self.assertEqual(decode_charset("Grüße".encode("cp1252"), "ANSI_X3.4-1968"), "Grüße")
        self.assertEqual(decode_charset(b"\x93\xff\x81", "iso-8859-1"), "\x93ÿ\x81")
        self.assertEqual(decode_charset("Grüße".encode(), None), "Grüße")
        self.assertEqual(decode_charset(b"Gr\xfc\xdfe", "utf-8"), "Gr\ufffd\ufffde")
        self.assertEqual(decode_charset("aä€".encode(), "iso-2022-jp"), "aä€")
        self.assertEqual(guess_text(b"\x93x\x94"), "“x”")


class TestAddresses(unittest.TestCase):
    def test_forms(self):
        cases = {
            "a@b.example": [("", "a@b.example")],
            "Ann <ann@b>": [("Ann", "ann@b")],
            '"Doe, John" <j@d>, x@y': [("Doe, John", "j@d"), ("", "x@y")],
            '"say \\"hi\\"" <j@d>': [('say "hi"', "j@d")],
            "j@d (John (the) Doe)": [("John (the) Doe", "j@d")],
            "undisclosed-recipients:;": [],
            "Team: A <a@b>, c@d;, e@f": [("A", "a@b"), ("", "c@d"), ("", "e@f")],
            "=?utf-8?Q?Doe,_John?= <j@d>": [("Doe, John", "j@d")],
            '"=?utf-8?Q?J=C3=B6rg?=" <j@d>': [("Jörg", "j@d")],
            "<@relay,@other:j@d>": [("", "j@d")],
            "Mailer-Daemon": [("Mailer-Daemon", "")],
            "Broken <j@d": [("Broken", "j@d")],
            '"Broken <j@d>': [("Broken", "j@d")],
            "John Doe j@d": [("John Doe", "j@d")],
            "j @ d": [("", "j@d")],
            "j@d <j@d>": [("", "j@d")],
            "a@b; c@d": [("", "a@b"), ("", "c@d")],
            " ,, ": [],
            "": [],
            "<>": [],
            "Re: you <j@d>": [("Re: you", "j@d")],
        }
        for raw, expected in cases.items():
            with self.subTest(raw=raw):
                self.assertEqual(parse_addresses(raw), tuple(Address(*pair) for pair in expected))

    def test_names_with_commas_that_lack_their_quotes(self):
        cases = {
            "Delgado, Rosa <rosa@p.example>": [("Delgado, Rosa", "rosa@p.example")],
            "Rosa Delgado, PhD <r@p>": [("Rosa Delgado, PhD", "r@p")],
            "Delgado, Rosa, Dr. <r@p>": [("Delgado, Rosa, Dr.", "r@p")],
            "Delgado, Rosa (Sales) <r@p>": [("Delgado, Rosa", "r@p")],
            "Dr. Rosa Delgado (Pedalia, Inc.) <r@p>": [("Dr. Rosa Delgado", "r@p")],
            "Delgado (Sales, EMEA), Rosa <r@p>": [("Delgado, Rosa", "r@p")],
            "Delgado, Rosa r@p": [("Delgado, Rosa", "r@p")],
            "Delgado, Rosa, <r@p>": [("Delgado, Rosa", "r@p")],
            "=?utf-8?Q?M=C3=BCller?=, =?utf-8?Q?J=C3=B6rg?= <j@d>": [("Müller, Jörg", "j@d")],
            "Delgado, Rosa <r@p>, Smith, Jo (Mr.) <j@d>, k@d": [("Delgado, Rosa", "r@p"), ("Smith, Jo", "j@d"), ("", "k@d")],
            "Team: Delgado, Rosa <r@p>, k@d;, Smith, Jo <j@d>": [("Delgado, Rosa", "r@p"), ("", "k@d"), ("Smith, Jo", "j@d")],
            # These are entries of their own.
            "Mailer-Daemon, r@p": [("Mailer-Daemon", ""), ("", "r@p")],
            "Rosa <r@p>, Delgado": [("Rosa", "r@p"), ("Delgado", "")],
            "r@p, Rosa <k@d>": [("", "r@p"), ("Rosa", "k@d")],
            "Delgado; Rosa <r@p>": [("Delgado", ""), ("Rosa", "r@p")],
            "a, b, c, d, e <e@d>": [("a", ""), ("b", ""), ("c", ""), ("d", ""), ("e", "e@d")],
        }
        for raw, expected in cases.items():
            with self.subTest(raw=raw):
                self.assertEqual(parse_addresses(raw), tuple(Address(*pair) for pair in expected))

    def test_brackets_without_their_other_half(self):
        for raw, expected in {"Rosa (Sales <r@p>": ("Rosa Sales", "r@p"), "Rosa Sales) <r@p>": ("Rosa Sales)", "r@p"),
                              "Rosa (a (b) <r@p>": ("Rosa a", "r@p"), '"Delgado, Rosa <r@p>': ("Delgado, Rosa", "r@p")}.items():
            with self.subTest(raw=raw):
                self.assertEqual(parse_addresses(raw), (Address(*expected),))

    def test_sender(self):
        self.assertEqual(parse_sender("Mailer-Daemon; r@p", "k@d"), Address("", "r@p"))
        self.assertEqual(parse_sender("", "k@d"), Address("", "k@d"))
        self.assertEqual(parse_sender("Mailer-Daemon", ""), Address("Mailer-Daemon", ""))
        self.assertIsNone(parse_sender("", ""))

    def test_a_name_never_becomes_an_address(self):
        self.assertEqual(parse_addresses('"boss@example.org" <thief@evil.example>')[0].email, "thief@evil.example")
        self.assertEqual(parse_addresses("=?utf-8?q?boss=40example.org?= <thief@evil.example>")[0].email, "thief@evil.example")
        self.assertEqual(parse_addresses("=?utf-8?q?boss=40example.org?=")[0].email, "")

    def test_folded_and_raw(self):
        self.assertEqual(parse_addresses(b"J\xf6rg\r\n <j@d>,\r\n\tK\xf6 <k@d>"), (Address("Jörg", "j@d"), Address("Kö", "k@d")))


class TestDatesAndIds(unittest.TestCase):
    def test_dates(self):
        cases = {
            "Mon, 02 Mar 2026 10:00:00 +0100": datetime(2026, 3, 2, 9),
            "2 Mar 2026 10:00 -0330 (NST)": datetime(2026, 3, 2, 13, 30),
            "02-Mar-2026 10:00:00 +0000": datetime(2026, 3, 2, 10),
            " 2-Mar-2026 10:00:00 +0000": datetime(2026, 3, 2, 10),
            "Mon, 2 Mar 2026 10:00:60 GMT": datetime(2026, 3, 2, 10, 0, 59),
            "Mon, 2 Mar 26 10:00:00 EST": datetime(2026, 3, 2, 15),
            "Mon Mar  2 10:00:00 2026": datetime(2026, 3, 2, 10),
            "Mon, 2 Mar 2026 10:00:00 GMT+0100": datetime(2026, 3, 2, 9),
            "Mon, 2 Mar 2026 10:00:00 GMT-05:30": datetime(2026, 3, 2, 15, 30),
            "Mon, 2 Mar 2026 10:00:00 UTC+1": datetime(2026, 3, 2, 9),
            "Mon, 2 Mar 2026 10:00:00 +01:00": datetime(2026, 3, 2, 9),
            "Mon, 2 Mar 2026 10:00:00 +0100 CET": datetime(2026, 3, 2, 9),
            "Mon, 2 Mar 2026 10:00:00 -0500 (GMT-05:00)": datetime(2026, 3, 2, 15),
            "Mon, 2 Mar 2026 10:00:00 CET": datetime(2026, 3, 2, 9),
            "Mon, 2 Mar 2026 10:00:00 cest": datetime(2026, 3, 2, 8),
            "Mon, 2 Mar 2026 10:00:00 EDT": datetime(2026, 3, 2, 14),
            "Mon, 2 Mar 2026 10:00:00 PST": datetime(2026, 3, 2, 18),
            "02-Mar-2026 10:00:00 CET": datetime(2026, 3, 2, 9),
            "Mon Mar  2 10:00:00 CET 2026": datetime(2026, 3, 2, 9),
            "Mon Mar 02 2026 10:00:00 GMT+0100 (Central European Standard Time)": datetime(2026, 3, 2, 9),
            "Mon, 2 Mar 2026 10:00:00.123 +0100": datetime(2026, 3, 2, 9),
            "2026-03-02T10:00:00+01:00": datetime(2026, 3, 2, 9),
            # RFC 5322 §4.3: they were written the wrong way round too often to say anything; so are unknown ones.
            "Mon, 2 Mar 2026 10:00:00 A": datetime(2026, 3, 2, 10),
            "Mon, 2 Mar 2026 10:00:00 XYZ": datetime(2026, 3, 2, 10),
            "Mon, 2 Mar 2026 10:00:00 +9999": datetime(2026, 3, 2, 10),
        }
        for raw, expected in cases.items():
            with self.subTest(raw=raw):
                self.assertEqual(parse_date(raw), expected)
        for raw in ("", "soon", "31 Feb 2026 10:00:00 +0000", "1 Jan 0001 00:00:00 +1300", "1 Foo 2026 10:00:00 +0000", b"\xff" * 300):
            with self.subTest(raw=raw):
                self.assertIsNone(parse_date(raw))

    def test_ids(self):
        self.assertEqual(message_ids(b"<a@b>\r\n <c@d> <a@b>"), ("<a@b>", "<c@d>"))
        self.assertEqual(message_ids("Your mail of Monday <a@b>"), ("<a@b>",))
        self.assertEqual(message_ids("<a\r\n b@c>"), ("<ab@c>",))
        self.assertEqual(message_ids("a@b"), ("<a@b>",))
        self.assertEqual(message_ids("<\0> nothing <>"), ())
        many = message_ids(" ".join(f"<{n}@x>" for n in range(999)))
        self.assertEqual((len(many), many[0], many[-1]), (MAX_IDS, "<0@x>", "<998@x>"))

    def test_an_address_is_no_id(self):
        """Whoever answers is meant, and no mail."""
        for value in ('Your message of "Mon, 02 Mar 2026 10:00:00 +0100" <support@tidewheel.example>',
                      "Your message of Monday <rosa.delgado@pedalia.example>", "Message from rosa77@pedalia.example of Monday",
                      "<Support@tidewheel.example>", "support@tidewheel.example"):
            with self.subTest(value=value):
                self.assertEqual(reply_ids(value, ["support@tidewheel.example", "anna@x.example"]), ())
        for value, expected in {
            'Your message of "Mon, 02 Mar 2026" <20260302.AA1234@h.example>': "<20260302.AA1234@h.example>",
            "<87oabc.fsf@h.example> (Rosa's message of Monday)": "<87oabc.fsf@h.example>", "<rosa@h.example>": "<rosa@h.example>",
            "rosa@h.example": "<rosa@h.example>", "Your mail <m1abc-0002@h.example>": "<m1abc-0002@h.example>",
        }.items():
            with self.subTest(value=value):
                self.assertEqual(reply_ids(value, ["support@tidewheel.example"]), (expected,))
        self.assertEqual(reply_ids("<a@b> <rosa@x.example> <c@d>", ["ROSA@x.example"]), ("<a@b>", "<c@d>"))

    def test_parameters(self):
        self.assertEqual(parse_parameter({"filename": "=?utf-8?q?=C3=BC.txt?="}, "filename"), "ü.txt")
        self.assertEqual(parse_parameter({"filename*": "iso-8859-1'en'%a3%20rates.txt"}, "filename"), "£ rates.txt")
        pieces = {"filename*1": " two", "filename*0*": "utf-8''%e2%82%ac", "filename*10": "!", "filename*2*": "%41"}
        self.assertEqual(parse_parameter(pieces, "filename"), "€ twoA!")
        self.assertEqual(parse_parameter({"name*0": "a", "name*1": "b"}, "name"), "ab")
        self.assertEqual(parse_parameter({"name*": "no-quotes%41"}, "name"), "no-quotesA")
        self.assertEqual(parse_parameter({}, "name"), "")


class TestHostile(unittest.TestCase):
    FUNCTIONS = (decode_header, parse_addresses, parse_date, message_ids, reply_ids)

    def test_fuzz(self):
        rng = random.Random(11)
        pieces = [b"=?utf-8?q?=C3", b"?=", b"=?", b'"', b"(", b")", b"<", b">", b"@", b",", b";", b":", b"\\", b"\r\n ", b"\0", b"\xff",
                  b"=?iso-2022-jp?b?GyRC?=", b"=?utf-7?q?+2AA-?=", b"a", b" ", b"%", b"'", "\ud800".encode("utf-8", "surrogatepass")]
        for _round in range(4000):
            raw = b"".join(rng.choices(pieces, k=rng.randint(1, 25)))
            for value in (raw, raw.decode("utf-8", "surrogateescape")):
                texts = [decode_header(value), decode_header(value, "koi8-r"), *message_ids(value), *reply_ids(value), parse_parameter({"name*0*": guess_text(value)}, "name")]
                texts += [text for address in parse_addresses(value) for text in (address.name, address.email)]
                for text in texts:
                    self.assertTrue(text == "" or not {"\0", "\r", "\n"} & set(text), raw)
                    text.encode()
                parse_date(value)

    def test_time_is_linear(self):
        evil = ["a," * 50000 + "<a@b>", "a@b (" * 20000, "(\\" * 50000, "12:00 " * 20000, "12:00:00 GMT" * 9000, "=?a?q?" * 20000, "(" * 100000, '"' * 99999, '"' + '\\"' * 50000, "<" * 100000, "a@b " * 30000, "=?" * 50000,
                " " * 100000, " " * 100000 + "x\n", "a@b" + ":" * 100000 + ";", "=?utf-8?q?a?= " * 20000, "a@" * 50000, "a,b@c" * 20000,
                "=?utf-8?q?" + "?" * 100000, "<a@b> " * 20000, "Mon, 1 Jan 2024 10:00:00 +0000" + " " * 100000 + "x",
                "=?utf-8?b?" + base64.b64encode(b"a" * 100000).decode() + "?="]
        for text in evil:
            for function in self.FUNCTIONS:
                with self.subTest(text=text[:12], function=function.__name__):
                    begun = time.process_time()
                    function(text)
                    self.assertLess(time.process_time() - begun, 2)
