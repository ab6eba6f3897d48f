"""Charsets: every label mail uses, and what one broken character costs."""

import random
import time
import unittest

from maildesk.tools.charsets import decode_charset, guess_text
from webencodings.labels import LABELS

#: Text that the encoding has, by the WHATWG's name.
SAMPLES = {
    "big5": "繁體中文", "euc-jp": "日本語", "euc-kr": "한국어", "gb18030": "简体中文", "gbk": "简体中文", "ibm866": "Счёт",
    "iso-2022-jp": "日本語", "iso-8859-10": "Ŋŋ", "iso-8859-13": "Ąžuols", "iso-8859-14": "Ŵŷ", "iso-8859-15": "Œ€", "iso-8859-16": "Țăș",
    "iso-8859-2": "Žluťoučký", "iso-8859-3": "Ĉaŭ", "iso-8859-4": "Ģķ", "iso-8859-5": "Счёт", "iso-8859-6": "سلام", "iso-8859-7": "Γειά",
    "iso-8859-8": "שלום", "iso-8859-8-i": "שלום", "koi8-r": "Счёт", "koi8-u": "Рахунок ї", "macintosh": "Größe", "shift_jis": "①見積㈱",
    "utf-16be": "Größe", "utf-16le": "Größe", "utf-8": "Größe", "windows-1250": "Žluťoučký", "windows-1251": "Счёт за март", "windows-1252": "Größe €",
    "windows-1253": "Γειά", "windows-1254": "Işık", "windows-1255": "שלום", "windows-1256": "سلام", "windows-1257": "Ąžuols", "windows-1258": "ăâđ",
    "windows-874": "สวัสดี", "x-mac-cyrillic": "Счёт",
}
CODECS = {
    "gbk": "gb18030", "iso-8859-8-i": "iso8859-8", "macintosh": "mac-roman", "shift_jis": "cp932", "windows-874": "cp874", "x-mac-cyrillic": "mac-cyrillic",
}
STRANGERS = (b"\x1b$B", b"\x1b$)C\x0e", b"\x0e!!", b"\xff\xfe", b"\xad\xa1", b"\x8f\xa1", b"~{", b"~{a~", b"\x81", b"+AAA-\xff", b"\x1b")


class TestLabels(unittest.TestCase):
    def test_labels_of_the_whatwg(self):
        for label, name in LABELS.items():
            if name in SAMPLES:
                text = SAMPLES[name]
                octets = text.encode(CODECS.get(name, name))
                with self.subTest(label=label):
                    self.assertEqual(decode_charset(octets, label.upper()), text)
        self.assertEqual(set(LABELS.values()) - set(SAMPLES), {"replacement", "x-user-defined"})

    def test_labels_that_only_mail_has(self):
        for label, codec, text in (
                ("hz-gb-2312", "hz", "中文 words"), ("iso-2022-kr", "iso2022_kr", "한국어"), ("unicode-1-1-utf-7", "utf-7", "Größe"),
                ("utf8mb4", "utf-8", "Größe"), ("cp850", "cp850", "Größe"), ("ms932", "cp932", "①見積"), ("utf-32", "utf-32", "Größe")):
            with self.subTest(label=label):
                self.assertEqual(decode_charset(text.encode(codec), label), text)
        self.assertEqual(decode_charset(b"\x1b$)A\x0eVPND\x0f x", "iso-2022-cn"), "中文 x")

    def test_labels_that_say_nothing(self):
        for label in ("x-user-defined", "x-unknown", "replacement", "none", "hex", "idna", "\0", "a" * 500):
            with self.subTest(label=label):
                self.assertEqual(decode_charset("Größe".encode(), label), "Größe")

    def test_utf_16(self):
        self.assertEqual(decode_charset("Größe".encode(), "utf-16"), "Größe")
        self.assertEqual(decode_charset("\ufeffGröße".encode("utf-16-be"), "utf-16le"), "Größe")
        self.assertEqual(decode_charset("Größe".encode("utf-16-be"), "utf-16"), "Größe")


class TestOneCharacter(unittest.TestCase):
    """A character outside the table of its charset is lost alone, where it cannot be had from a vendor's table."""

    def test_japanese(self):
        necs = b"\x1b$B-!\x1b(B \x1b$B8+@Q\x1b(B \x1b$B-5\x1b(B"
        for label in ("iso-2022-jp", "ISO-2022-JP-2", "iso-2022-jp-ms"):
            self.assertEqual(decode_charset(necs, label), "① 見積 Ⅰ", label)
        self.assertEqual(decode_charset(b"\xad\xa1\xb8\xab\xc0\xd1", "euc-jp"), "①見積")
        self.assertEqual(decode_charset(b"\xf5\xa1\xb8\xab\xc0\xd1", "euc-jp"), "\ufffd見積")
        self.assertEqual(decode_charset(b"\x1b$B8+\x7f@Q\n8+\x1b(B x\x1b(I1\x1b(B \x1b$B8", "iso-2022-jp"), "見\x7f積\n見 xｱ \ufffd")
        self.assertEqual(decode_charset(b"\x1b$B-!\x1b(B \x82\xa0", "iso-2022-jp"), "① あ")

    def test_chinese_and_korean(self):
        self.assertEqual(decode_charset(b"~{VP\x7f\x7fND~} a~~b ~{VP", "hz-gb-2312"), "中\x7f\x7f文 a~b 中")
        self.assertEqual(decode_charset(b"\xc9\xa1\xb0\xa1", "euc-kr"), "\ufffd가")
        self.assertEqual(decode_charset(b"\xfe\xfe\xb0\xa1<b>", "euc-kr"), "\ufffd가<b>")
        self.assertEqual(decode_charset(b"\x1b$)C\x0eI!0!\x0f ok", "iso-2022-kr"), "\ufffd가 ok")
        self.assertEqual(decode_charset("中".encode("big5") + b"\xfa\x40\xa4\xff" + "中".encode("big5") + b"\xff", "big5"), "中𠕇\ufffd中\ufffd")
        self.assertEqual(decode_charset(b"\x1b$)G\x0e!!!!\x0f ok\xff", "iso-2022-cn"), "\ufffd\ufffd ok\ufffd")

    def test_a_bracket_is_never_swallowed(self):
        for label in ("euc-jp", "gb18030", "big5", "euc-kr", "shift_jis"):
            self.assertTrue(decode_charset(b"\xfd<b>", label).endswith("<b>"), label)

    def test_escapes_without_a_label(self):
        self.assertEqual(guess_text(b"\x1b$B-!8+@Q\x1b(B"), "①見積")
        self.assertEqual(decode_charset(b"\x1b$BF|K\\\x1b(B", None), "日本")


class TestHostile(unittest.TestCase):
    def test_random_octets(self):
        chance = random.Random(5)
        labels = sorted({*LABELS, "hz", "iso-2022-kr", "iso-2022-cn", "utf-7", "iso2022_jp_2004", "cp037", "utf-32"})
        for _ in range(3000):
            octets = b"".join(chance.choice((*STRANGERS, chance.randbytes(6), b"words ")) for _ in range(chance.randint(0, 8)))
            octets = bytes(octet & 0x7F for octet in octets) if chance.random() < 0.5 else octets
            decode_charset(octets, chance.choice(labels)).encode()

    def test_cost_is_linear(self):
        def cost(octets, label):
            start = time.process_time()
            decode_charset(octets, label)
            return time.process_time() - start

        for label in ("euc-jp", "shift_jis", "iso-2022-jp", "iso-2022-kr", "iso-2022-cn", "hz", "gbk", "big5", "euc-kr", "utf-7", "utf-8", "koi8-u"):
            for fragment in STRANGERS:
                small, large = (fragment * (size // len(fragment)) + b"\xff" for size in (20_000, 160_000))
                # Eight times the octets: quadratic cost would be 64 times.
                least = min(cost(small, label) for _ in range(2))
                self.assertLess(cost(large, label), 24 * least + 0.1, (label, fragment))


if __name__ == "__main__":
    unittest.main()
