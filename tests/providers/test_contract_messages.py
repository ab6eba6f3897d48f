"""The contract of providers/base.py: single messages."""

from maildesk.providers.errors import FolderGone, MessageGone
from maildesk.tests.fakes.imap_servers import mail
from maildesk.tests.providers.contract import MULTIPART, PNG, Contract, needs, on_every_server


@on_every_server
class Messages(Contract):
    def test_bodies_parts_source(self):
        self.other.append(self.folder, MULTIPART)
        (message,) = self.cache.page().new
        key = message.flags.remote_id
        body = self.provider.fetch_body(self.folder, key)
        # Without the alternative, the plain words are those of the HTML.
        self.assertEqual(body.text.strip(), "Grüße aus Kiel" if self.server.keeps_octets else "Grüße")
        self.assertEqual(body.html, '<p>Grüße <img src="cid:pic"></p>')
        self.assertEqual(body.attachments, message.attachments)
        picture, paper = (part.part_id for part in message.attachments)
        self.assertEqual(self.provider.fetch_part(self.folder, key, paper), b"%PDF-1.4\n")
        self.assertEqual(self.provider.fetch_part(self.folder, key, picture), PNG[:8])
        self.assertEqual(self.provider.fetch_raw(self.folder, key), MULTIPART)

    def test_messages_that_are_gone(self):
        self.fill(2)
        self.cache.sync()
        first, second = sorted(self.cache.marks)
        self.other.expunge(self.folder, self.uids(1))
        with self.assertRaises(MessageGone):
            self.provider.fetch_body(self.folder, first)
        for key in ("1:2", "", "x:y", f"{second}0", f"{second}) BODY["):
            with self.subTest(key=key), self.assertRaises(MessageGone):
                self.provider.fetch_raw(self.folder, key)
        for part in ("9", "1.1.1", "0", "1] (FLAGS", "../1"):
            with self.subTest(part=part), self.assertRaises(MessageGone):
                self.provider.fetch_part(self.folder, second, part)
        with self.assertRaises(FolderGone):
            self.provider.fetch_raw("Nowhere", second)

    @needs("has_uids")
    def test_mail_newer_than_the_open_folder(self):
        self.fill(1)
        self.cache.sync()
        (key,) = self.cache.marks
        self.provider.fetch_raw(self.folder, key)
        self.fill(1, 2)
        validity, _colon, uid = key.partition(":")
        new = f"{validity}:{int(uid) + 1}"
        self.assertIn(b"Mail 2", self.provider.fetch_raw(self.folder, new))

    def test_nothing_is_marked_as_read(self):
        self.other.append(self.folder, MULTIPART, mail(1))
        self.cache.sync()
        for key, message in self.cache.messages.items():
            self.provider.fetch_body(self.folder, key)
            self.provider.fetch_raw(self.folder, key)
            for part in message.attachments:
                self.provider.fetch_part(self.folder, key, part.part_id)
        self.assertEqual(set(map(frozenset, self.other.state(self.folder).values())), {frozenset()})
