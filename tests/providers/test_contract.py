"""The contract of providers/base.py against real servers: a rich one, two poorer ones, and another program altogether."""

import itertools
import random
import unittest

from maildesk.providers.errors import CursorExpired, FolderGone, MessageGone
from maildesk.providers.imap import ImapProvider
from maildesk.tests.fakes.imap_servers import (
    BareServer,
    Cache,
    CondstoreServer,
    FullServer,
    OtherClient,
    PoorServer,
    mail,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
MULTIPART = (
    b"From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>\r\nTo: bob@example.net\r\nSubject: =?utf-8?b?UMOkY2tjaGVu?=\r\n"
    b"Message-ID: <parts@example.org>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="m"\r\n\r\n'
    b'--m\r\nContent-Type: multipart/related; boundary="r"\r\n\r\n'
    b'--r\r\nContent-Type: multipart/alternative; boundary="a"\r\n\r\n'
    b"--a\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Gr=FC=DFe aus Kiel\r\n"
    b"--a\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"PHA+R3LDvMOfZSA8aW1nIHNyYz0iY2lkOnBpYyI+PC9wPg==\r\n--a--\r\n"
    b"--r\r\nContent-Type: image/png; name=pic.png\r\nContent-ID: <pic>\r\nContent-Disposition: inline\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--r--\r\n"
    b"--m\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht.pdf\r\n\r\nJVBERi0xLjQK\r\n--m--\r\n"
)


class ContractTests:
    """Mixed into one class per server."""

    server_class = None
    _numbers = itertools.count(1)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.server_class().start()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        super().setUp()
        self.other = OtherClient(self.server)
        self.addCleanup(self.other.close)
        self.folder = f"Box{next(self._numbers)}"
        self.other.client.create_folder(self.folder)
        self.provider = ImapProvider(self.server.endpoint(), lambda: self.server.password)
        self.provider.__enter__()
        self.addCleanup(self.provider.__exit__, None, None, None)
        self.cache = Cache(self.provider, self.folder)

    def fill(self, count, first=1):
        self.other.append(self.folder, *(mail(number) for number in range(first, first + count)))

    def assert_in_step(self):
        self.assertEqual(self.cache.marks, self.other.state(self.folder))

    def uids(self, *numbers):
        """UIDs of the messages by their place when the folder was filled; servers begin to count where they like."""
        self._all = sorted({*getattr(self, "_all", ()), *self.other.uids(self.folder)})
        return [self._all[number - 1] for number in numbers]

    def folders(self):
        return {folder.remote_id: folder for folder in self.provider.list_folders()}

    # Folders ---------------------------------------------------------------------------------------------------------

    def test_folders_nest_and_keep_odd_names(self):
        delimiter = self.other.client.list_folders()[0][1].decode()
        top = f"Nest{next(self._numbers)}"
        deep = delimiter.join((top, "Größe", "x (y) [z]"))
        self.other.client.create_folder(deep)
        found = self.folders()
        leaf = next(folder for folder in found.values() if folder.name == "x (y) [z]")
        middle = found[leaf.parent_remote_id]
        self.assertEqual((middle.name, found[middle.parent_remote_id].name), ("Größe", top))
        self.assertIsNone(found[middle.parent_remote_id].parent_remote_id)
        self.assertTrue(leaf.selectable)
        self.assertEqual(leaf.total, 0)
        order = list(found)
        self.assertLess(order.index(middle.remote_id), order.index(leaf.remote_id))
        self.assertEqual(order[0], "INBOX")
        self.assertEqual(self.provider.fetch_changes(leaf.remote_id, None, 10, list).new, [])

    def test_folders_with_quotes_and_backslashes_open(self):
        name = f'Quo"te\\{next(self._numbers)}'
        self.other.client.create_folder(name)
        self.other.append(name, mail(1))
        folder = next(folder for folder in self.provider.list_folders() if folder.name == name)
        self.assertEqual(len(self.provider.fetch_changes(folder.remote_id, None, 10, list).new), 1)

    def test_roles(self):
        for name in ("Sent", "Papierkorb"):
            if not self.other.client.folder_exists(name):
                self.other.client.create_folder(name)
        roles = {folder.role: folder.name for folder in self.provider.list_folders() if folder.role}
        self.assertEqual(roles["inbox"], "INBOX")
        self.assertEqual(roles["sent"], "Sent")
        self.assertIn(roles["trash"], ("Trash", "Papierkorb"))
        self.assertIsNone(self.folders()[self.folder].role)

    def test_counts(self):
        self.fill(3)
        self.other.flags(self.folder, self.uids(2), add=[b"\\Seen"])
        folder = self.folders()[self.folder]
        self.assertEqual((folder.total, folder.unread), (3, 2))

    def test_folder_that_is_gone(self):
        with self.assertRaises(FolderGone):
            self.provider.fetch_changes("Nowhere", None, 10, list)
        # The connection is as good as before.
        self.assertEqual(self.cache.sync()[0].new, [])

    def test_nothing_changed_costs_nothing(self):
        self.fill(3)
        self.cache.sync()
        folder = self.folders()[self.folder]
        before = self.provider.connection.commands_sent
        expected = not self.provider.connection.has("CONDSTORE")
        self.assertEqual(self.provider.has_changed(folder, self.cache.cursor), expected)
        self.assertEqual(self.provider.connection.commands_sent, before)
        self.fill(1, 4)
        self.assertTrue(self.provider.has_changed(self.folders()[self.folder], self.cache.cursor))
        self.assertTrue(self.provider.has_changed(folder, None))

    # Pages -----------------------------------------------------------------------------------------------------------

    def test_first_sync_comes_newest_first_in_pages(self):
        self.fill(12)
        self.cache.limit = 5
        pages = self.cache.sync()
        self.assertEqual([len(page.new) for page in pages], [5, 5, 2])
        self.assertEqual([page.remaining for page in pages], [7, 2, 0])
        self.assertEqual([page.more for page in pages], [True, True, False])
        numbers = [int(message.subject.split()[1]) for page in pages for message in page.new]
        self.assertEqual(numbers, list(range(12, 0, -1)))
        self.assert_in_step()

    def test_a_message_is_described(self):
        self.other.append(self.folder, MULTIPART, flags=[b"\\Seen", b"\\Flagged", b"$Label"], minute=600)
        (message,) = self.cache.page().new
        self.assertEqual((message.subject, message.sender.name, message.sender.email),
                         ("Päckchen", "Jörg", "joerg@example.org"))
        self.assertEqual([to.email for to in message.to], ["bob@example.net"])
        self.assertEqual(message.message_id, "<parts@example.org>")
        self.assertEqual(str(message.date), "2026-03-02 09:00:00")
        self.assertEqual(str(message.internal_date), "2026-03-02 19:00:00")
        self.assertEqual(message.size, len(MULTIPART))
        self.assertEqual((message.flags.is_read, message.flags.is_starred, message.flags.is_answered), (True, True, False))
        self.assertEqual(message.preview, "Grüße aus Kiel")
        picture, paper = message.attachments
        self.assertEqual((picture.name, picture.mimetype, picture.inline, picture.content_id, picture.part_id),
                         ("pic.png", "image/png", True, "pic", "1.2"))
        self.assertEqual((paper.name, paper.mimetype, paper.inline, paper.part_id),
                         ("Übersicht.pdf", "application/pdf", False, "2"))

    def test_new_mail(self):
        self.fill(3)
        self.cache.sync()
        self.fill(2, 4)
        (page,) = self.cache.sync()
        self.assertEqual([message.subject for message in page.new], ["Mail 5", "Mail 4"])
        self.assertEqual(page.vanished, [])
        self.assert_in_step()

    def test_flags_changed_elsewhere(self):
        self.fill(6)
        self.cache.sync()
        self.other.flags(self.folder, self.uids(2, 3), add=[b"\\Seen", b"\\Answered"])
        self.other.flags(self.folder, self.uids(5), add=[b"\\Flagged"])
        (page,) = self.cache.sync()
        self.assertEqual(page.new, [])
        self.assert_in_step()
        self.other.flags(self.folder, self.uids(2), remove=[b"\\Seen"])
        self.cache.sync()
        self.assert_in_step()

    def test_expunged_elsewhere(self):
        self.fill(6)
        self.cache.sync()
        self.other.expunge(self.folder, self.uids(1, 4))
        (page,) = self.cache.sync()
        self.assertEqual(len(page.vanished), 2)
        self.assert_in_step()
        self.assertEqual(self.cache.page().vanished, [])

    def test_expunged_and_arrived_at_once(self):
        self.fill(4)
        self.cache.sync()
        self.other.expunge(self.folder, self.uids(4))
        self.fill(1, 5)
        self.cache.sync()
        self.assert_in_step()

    def test_emptied(self):
        self.fill(3)
        self.cache.sync()
        self.other.expunge(self.folder, self.uids(1, 2, 3))
        self.cache.sync()
        self.assertEqual(self.cache.marks, {})

    def test_moved_elsewhere_keeps_its_fingerprint(self):
        self.fill(3)
        self.cache.sync()
        old = {message.subject: message.fingerprint for message in self.cache.messages.values()}
        target = f"{self.folder}target"
        self.other.client.create_folder(target)
        self.other.move(self.folder, self.uids(2), target)
        self.cache.sync()
        self.assertEqual(self.cache.subjects(), ["Mail 1", "Mail 3"])
        there = Cache(self.provider, target)
        there.sync()
        (moved,) = there.messages.values()
        self.assertEqual((moved.subject, moved.fingerprint), ("Mail 2", old["Mail 2"]))

    def test_folder_made_anew_resets(self):
        self.fill(3)
        self.cache.sync()
        old = {message.subject: message.fingerprint for message in self.cache.messages.values()}
        self.provider.fetch_changes("INBOX", None, 10, list)
        self.other.recreate(self.folder)
        self.other.append(self.folder, mail(1), minute=1)
        self.other.append(self.folder, mail(3), minute=3)
        (page,) = self.cache.sync()
        self.assertTrue(page.reset)
        self.assert_in_step()
        for message in self.cache.messages.values():
            self.assertEqual(message.fingerprint, old[message.subject])

    def test_same_mail_twice(self):
        self.other.append(self.folder, mail(1), mail(1), minute=5)
        (page,) = self.cache.sync()
        keys = {message.flags.remote_id for message in page.new}
        fingerprints = {message.fingerprint for message in page.new}
        self.assertEqual((len(keys), len(fingerprints)), (2, 1))

    def test_mail_arrives_between_pages(self):
        self.fill(9)
        self.cache.limit = 4
        self.cache.page()
        self.fill(3, 10)
        page = self.cache.page()
        self.assertEqual([message.subject for message in page.new][:3], ["Mail 12", "Mail 11", "Mail 10"])
        while page.more:
            page = self.cache.page()
        self.assert_in_step()
        self.assertEqual(len(self.cache.messages), 12)

    def test_more_new_mail_than_a_page_holds(self):
        self.fill(3)
        self.cache.sync()
        self.cache.limit = 4
        self.fill(10, 4)
        pages = self.cache.sync()
        self.assertEqual([len(page.new) for page in pages], [4, 4, 2])
        self.assert_in_step()

    def test_changes_between_pages_are_not_lost(self):
        self.fill(12)
        self.cache.limit = 4
        self.cache.page()
        self.other.flags(self.folder, self.uids(2, 11), add=[b"\\Seen"])
        self.other.expunge(self.folder, self.uids(3, 12))
        self.cache.page()
        self.other.flags(self.folder, self.uids(12, 10, 1), add=[b"\\Flagged"])
        self.other.expunge(self.folder, self.uids(8))
        self.cache.sync()
        self.cache.sync()
        self.assert_in_step()

    def test_a_page_that_was_lost_comes_again(self):
        self.fill(9)
        self.cache.limit = 4
        self.cache.page()
        lost = self.cache.page(apply=False)
        again = self.cache.page()
        self.assertEqual([m.flags.remote_id for m in again.new], [m.flags.remote_id for m in lost.new])
        self.cache.sync()
        self.assert_in_step()

    def test_a_page_may_be_applied_twice(self):
        self.fill(6)
        self.cache.sync()
        self.other.flags(self.folder, self.uids(1), add=[b"\\Seen"])
        self.other.expunge(self.folder, self.uids(2))
        self.fill(1, 7)
        page = self.cache.page()
        once = dict(self.cache.marks)
        self.cache.apply(page)
        self.assertEqual(self.cache.marks, once)
        self.cache.sync()
        self.assert_in_step()

    def test_pages_go_on_over_a_new_connection(self):
        self.fill(9)
        self.cache.limit = 4
        self.cache.page()
        with ImapProvider(self.server.endpoint(), lambda: self.server.password) as provider:
            self.cache.provider = provider
            self.cache.sync()
        self.assert_in_step()

    def test_placement_known_from_elsewhere_vanishes(self):
        self.fill(6)
        validity = self.cache.page(apply=False).cursor["uidvalidity"]
        # An append of our own told us its key; another client expunged it before the first pass.
        self.uids()
        self.other.expunge(self.folder, self.uids(6, 2))
        self.cache.marks = {f"{validity}:{uid}": set() for uid in self.uids(6, 2)}
        self.cache.limit = 2
        self.cache.sync()
        self.assert_in_step()

    def test_cursor_that_cannot_be_read(self):
        for cursor in ({"v": 99}, {"v": 1}, {"v": 1, "uidvalidity": "x"}):
            with self.assertRaises(CursorExpired):
                self.provider.fetch_changes(self.folder, cursor, 10, list)

    def test_random_days(self):
        """Whatever happens in whatever order, pages lost and repeated included: in the end the cache is right."""
        for seed in range(4):
            with self.subTest(seed=seed):
                rng = random.Random(seed)
                self.folder = f"Rand{next(self._numbers)}"
                self.other.client.create_folder(self.folder)
                self.cache = Cache(self.provider, self.folder, limit=rng.choice((2, 5, 50)))
                for _step in range(25):
                    self._random_step(rng)
                self.cache.sync()
                self.cache.sync()
                self.assert_in_step()

    def _random_step(self, rng):
        uids = self.other.uids(self.folder)
        some = rng.sample(uids, min(len(uids), rng.randint(1, 3)))
        action = rng.choice(("add", "add", "flag", "unflag", "expunge", "page", "page", "lost", "twice"))
        flag = [rng.choice((b"\\Seen", b"\\Flagged", b"\\Answered"))]
        if action == "add":
            self.fill(rng.randint(1, 6), rng.randint(1, 1000))
        elif action == "flag" and some:
            self.other.flags(self.folder, some, add=flag)
        elif action == "unflag" and some:
            self.other.flags(self.folder, some, remove=flag)
        elif action == "expunge" and some:
            self.other.expunge(self.folder, some)
        elif action in ("page", "twice"):
            page = self.cache.page()
            if action == "twice":
                self.cache.apply(page)
        elif action == "lost":
            self.cache.page(apply=False)

    # Messages --------------------------------------------------------------------------------------------------------

    def test_bodies_parts_source(self):
        self.other.append(self.folder, MULTIPART)
        (message,) = self.cache.page().new
        key = message.flags.remote_id
        body = self.provider.fetch_body(self.folder, key)
        self.assertEqual(body.text.strip(), "Grüße aus Kiel")
        self.assertEqual(body.html, '<p>Grüße <img src="cid:pic"></p>')
        self.assertEqual(body.attachments, message.attachments)
        self.assertEqual(self.provider.fetch_part(self.folder, key, "2"), b"%PDF-1.4\n")
        self.assertEqual(self.provider.fetch_part(self.folder, key, "1.2"), PNG[:8])
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


class TestFullServer(ContractTests, unittest.TestCase):
    server_class = FullServer

    def test_folders_and_states_cost_one_command(self):
        before = self.provider.connection.commands_sent
        self.provider.list_folders()
        self.assertEqual(self.provider.connection.commands_sent, before + 1)

    def test_capabilities(self):
        capabilities = self.provider.capabilities
        self.assertTrue(capabilities.push and capabilities.move and capabilities.changes_in_one_trip)
        self.assertFalse(capabilities.stable_ids or capabilities.keeps_sent)

    def test_a_pass_asks_little(self):
        self.fill(30)
        self.cache.sync()
        self.fill(1, 31)
        before = self.provider.connection.commands_sent
        self.cache.sync()
        self.assertEqual(self.provider.connection.commands_sent, before + 2)


class TestCondstoreServer(ContractTests, unittest.TestCase):
    server_class = CondstoreServer


class TestBareServer(ContractTests, unittest.TestCase):
    server_class = BareServer


class TestPoorServer(ContractTests, unittest.TestCase):
    server_class = PoorServer
