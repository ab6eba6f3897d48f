"""Which part of a mail is what, read from the raw mail and from what a server tells of its structure."""

import random
import unittest

from maildesk.providers.imap_reader import parse_tokens
from maildesk.providers.imap_structure import read_structure
from maildesk.tests.tools.mails import PNG, all_mails, bodystructure, enveloped, multipart, part, signed, tnef
from maildesk.tools.mime import part_content, read_mail
from maildesk.tools.mime.body import read_body
from maildesk.tools.mime.choice import choose
from maildesk.tools.mime.containers import closed_containers, open_containers
from maildesk.tools.mime.tree import read_tree, walk

PLAIN, HTML = part("text/plain; charset=utf-8", "plain words"), part("text/html; charset=utf-8", "<p>html words</p>")
PAPER = part("application/pdf; name=a.pdf", b"x")


def picture(*fields, mimetype="image/png", name=""):
    return part(mimetype + (f"; name={name}" if name else ""), PNG, *fields, encoding="base64")


def read_by_structure(raw):
    """What a provider reads that knows the structure, and fetches the parts it needs."""
    own = read_tree(raw)
    told = read_structure(parse_tokens([bodystructure(own)])[0])
    contents = {found.part_id: found.content for found in reversed(list(walk(own)))}
    for found in closed_containers(told.root):
        found.fill(contents[found.part_id])
    open_containers(told.root)
    choice = choose(told.root)
    for found in choice.texts():
        if found.source is None:
            found.fill(contents[found.part_id])
    return read_body(choice)


def comparable(body):
    return {
        "words": (body.html, body.text, body.flowed, body.delsp), "is_encrypted": body.is_encrypted, "invitation": body.invitation,
        "attachments": [(found.part_id, found.name, found.mimetype, found.content_id, found.inline) for found in body.attachments]}


def files(body):
    return [(found.part_id, found.name) for found in body.attachments if not found.inline]


#: What parts of made-up mails hold.
CONTENTS = (
    ("text/plain", "words"), ("text/plain; charset=utf-8; format=flowed; delsp=yes", "so \r\nso"), ("text/plain", ""),
    ("text/plain", "see\r\nbegin 644 n.txt\r\n#0V%T\r\n`\r\nend\r\n"), ("text/html", '<p>h <img src="cid:c1@x"><img src="cid:c2@x"></p>'),
    ("text/html", '<img src="p1.png"><img src=p2.png>'), ("text/html", "<body></body>"), ("text/enriched", "<bold>b</bold>"),
    ("text/calendar; method=REQUEST", "BEGIN:VEVENT\r\nSUMMARY:s\r\nEND:VEVENT\r\n"), ("text/x-amp-html", "amp"), ("text/csv", "a,b"),
    ("image/png", PNG), ("application/octet-stream", PNG), ("application/pdf", b"%PDF"), ("message/rfc822", b"Subject: in\r\n\r\nx"),
    ("application/ms-tnef", tnef(("t.txt", b"tnef"), body=((0x1000, "tnef words"),))), ("application/ms-tnef", b"none"),
    ("application/pkcs7-mime", signed(part("text/plain", "signed words"))), ("application/pkcs7-mime; smime-type=enveloped-data", enveloped()),
    ("application/pkcs7-mime", signed(multipart("mixed", PLAIN, PAPER))), ("application/pgp-encrypted", b"Version: 1"))


class RandomMail:
    """Mails of every shape: what stands where, with which names, dispositions and addresses, is chance."""

    def __init__(self, chance):
        self.chance = chance

    def make(self, depth=0):
        kind = self.chance.choice(("leaf", "leaf", "mixed", "alternative", "related", "signed", "x-unknown") if depth else ("mixed", "alternative", "related", "leaf"))
        if kind == "leaf" or depth > 3:
            return self.leaf()
        parts = [self.make(depth + 1) for _ in range(self.chance.randint(1, 4))]
        start = self.chance.choice(("", "", f'; start="<c{self.chance.randint(1, 6)}@x>"')) if kind == "related" else ""
        return multipart(kind, *parts, parameters=start)

    def leaf(self):
        fields = []
        if self.chance.random() < 0.4:
            fields.append(f"Content-ID: <c{self.chance.randint(1, 6)}@x>")
        if self.chance.random() < 0.3:
            fields.append(f"Content-Location: p{self.chance.randint(1, 4)}.png")
        if self.chance.random() < 0.4:
            fields.append("Content-Disposition: " + self.chance.choice(("inline", "attachment", 'attachment; filename="ä b.txt"', "inline; filename=x.png", "weird")))
        mimetype, content = self.chance.choice(CONTENTS)
        name = self.chance.choice(("", "", "; name=a.bin", "; name=p.png", "; name*=utf-8''%C3%A4.txt"))
        return part(mimetype + name, content, *fields, encoding=self.chance.choice(("", "base64")))


class TestOneReader(unittest.TestCase):
    """The same mail is the same body and the same attachments, whichever way it is read."""

    def test_mails_at_hand(self):
        for name, raw in all_mails().items():
            with self.subTest(name):
                self.assertEqual(comparable(read_by_structure(raw)), comparable(read_mail(raw)))

    def test_mails_of_every_shape(self):
        chance = random.Random(9)
        shapes = set()
        for number in range(800):
            raw = RandomMail(chance).make()
            with self.subTest(number=number):
                body = read_mail(raw)
                self.assertEqual(comparable(read_by_structure(raw)), comparable(body))
                for found in body.attachments[:2]:
                    part_content(raw, found.part_id)
                shapes.add((body.html is None, body.text is None, body.is_encrypted, body.invitation is None, bool(body.attachments)))
        self.assertGreater(len(shapes), 12)


class TestAlternatives(unittest.TestCase):
    def test_the_last_html_and_the_first_plain(self):
        body = read_mail(multipart("alternative", part("text/plain", "first"), part("text/plain", "second"), HTML, part("text/html", "<p>last</p>")))
        self.assertEqual((body.text, body.html), ("first", "<p>last</p>"))
        self.assertEqual(read_mail(multipart("alternative", part("text/plain", "first"), part("text/plain", "second"))).text, "first")

    def test_a_name_makes_no_file_of_an_alternative(self):
        named = part("text/html; name=body-7e16", "<p>x</p>", "Content-Disposition: inline; filename=body-7e16")
        body = read_mail(multipart("alternative", PLAIN, named))
        self.assertEqual((body.html, body.attachments), ("<p>x</p>", ()))
        body = read_mail(multipart("mixed", PLAIN, multipart("alternative", multipart("related", named, picture("Content-ID: <i@x>")))))
        self.assertEqual([found.part_id for found in body.attachments], ["2.1.2"])

    def test_for_other_programs(self):
        body = read_mail(multipart("alternative", PLAIN, part("text/x-amp-html", "amp"), part("text/watch-html", "watch"), HTML,
                                   part("text/calendar; name=i.ics", "x")))
        self.assertEqual((body.html, files(body)), ("<p>html words</p>", [("5", "i.ics")]))

    def test_files_within_an_alternative(self):
        rich = multipart("mixed", part("text/html", "<p>before</p>"), PAPER, part("text/html", "<p>after</p>"))
        body = read_mail(multipart("alternative", PLAIN, rich))
        self.assertEqual((body.html, body.text, files(body)), ("<p>before</p><hr><p>after</p>", "plain words", [("2.2", "a.pdf")]))

    def test_html_that_shows_nothing(self):
        for html in ("", "<html><head></head><body></body></html>", "<p>&nbsp;</p>", '<img src="http://x.example/o.gif" width=1 height=1>',
                     '<div style="display:none">preview</div>'):
            with self.subTest(html):
                body = read_mail(multipart("alternative", PLAIN, part("text/html", html)))
                self.assertEqual((body.html, body.text), (None, "plain words"))
        for html in ("<p>x</p>", '<img src="http://x.example/news.png" width=600 height=400>'):
            with self.subTest(html):
                self.assertEqual(read_mail(multipart("alternative", PLAIN, part("text/html", html))).html, html)
        # a mailing list's footer beside it does not hide the words
        body = read_mail(multipart("mixed", multipart("alternative", PLAIN, part("text/html", "<p></p>")), part("text/plain", "footer")))
        self.assertIn("plain words", body.html or body.text)


class TestRelated(unittest.TestCase):
    def test_the_root(self):
        image = picture("Content-ID: <i@x>")
        html = part("text/html", '<p>words</p><img src="cid:i@x">', "Content-ID: <root@x>")
        for raw in (multipart("related", image, html, parameters='; start="<root@x>"'), multipart("related", image, html),
                    multipart("related", html, image), multipart("related", html, image, parameters='; start="<nobody@x>"'),
                    multipart("related", image, multipart("alternative", PLAIN, html))):
            body = read_mail(raw)
            self.assertEqual(body.html, '<p>words</p><img src="cid:i@x">')
            self.assertEqual([(found.mimetype, found.inline) for found in body.attachments], [("image/png", True)])

    def test_plain_text_beside_html(self):
        body = read_mail(multipart("related", PLAIN, HTML))
        self.assertEqual((body.text, body.html, body.attachments), ("plain words", "<p>html words</p>", ()))

    def test_without_a_root(self):
        body = read_mail(multipart("related", picture(), PAPER))
        self.assertEqual((body.text, len(body.attachments)), (None, 2))

    def test_pictures_by_name_or_magic_only(self):
        octets = picture("Content-ID: <logo@x>", mimetype="application/octet-stream", name="logo.png")
        body = read_mail(multipart("related", part("text/html", '<img src="cid:logo@x">'), octets))
        self.assertEqual([(found.content_id, found.inline) for found in body.attachments], [("logo@x", True)])

    def test_pictures_by_their_location(self):
        for location, base, source in (("logo.png", "", "logo.png"), ("http://x.example/a/logo.png", "http://x.example/a/", "logo.png"),
                                       ("http://x.example/l.png?a=1&b=2", "", "http://x.example/l.png?a=1&amp;b=2")):
            html = part("text/html", f"<p>Logo <IMG alt='x' SRC={source!r}></p>", *([f"Content-Location: {base}"] if base else []))
            body = read_mail(multipart("related", html, picture(f"Content-Location: {location}")))
            self.assertEqual(body.html, "<p>Logo <IMG alt='x' SRC=\"cid:2@location.invalid\"></p>")
            self.assertEqual([(found.content_id, found.inline) for found in body.attachments], [("2@location.invalid", True)])
        # what nothing shows is a file
        body = read_mail(multipart("related", HTML, picture("Content-Location: other.png")))
        self.assertEqual([found.inline for found in body.attachments], [False])


class TestOthers(unittest.TestCase):
    def test_named_texts(self):
        notes = part("text/plain; name=notes.txt", "notes")
        self.assertEqual(files(read_mail(multipart("mixed", PLAIN, notes))), [("2", "notes.txt")])
        body = read_mail(multipart("mixed", PAPER, notes))
        self.assertEqual((body.text, files(body)), ("notes", [("1", "a.pdf"), ("2", "notes.txt")]))

    def test_mails_in_a_mail(self):
        inner = part("message/rfc822", part("text/plain", "inner", "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?="))
        self.assertEqual(files(read_mail(multipart("mixed", PLAIN, inner))), [("2", "Grüße.eml")])

    def test_encrypted(self):
        armour = part("application/octet-stream; name=encrypted.asc", "-----BEGIN PGP MESSAGE-----")
        self.assertTrue(read_mail(multipart("encrypted", part("application/pgp-encrypted", "Version: 1"), armour)).is_encrypted)
        self.assertTrue(read_mail(part("text/plain", "-----BEGIN PGP MESSAGE-----\r\n\r\nhQ\r\n")).is_encrypted)
        self.assertFalse(read_mail(part("text/plain", "How do I read -----BEGIN PGP MESSAGE-----?")).is_encrypted)


if __name__ == "__main__":
    unittest.main()
