"""The contract of providers/base.py: what changed in a folder, page by page."""

import random
import unittest

from maildesk.providers.errors import CursorExpired
from maildesk.tests.fakes.imap_servers import Cache, FullServer, mail
from maildesk.tests.providers.contract import MULTIPART, Contract, needs, on_every_server


@on_every_server
class Pages(Contract):
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
        self.assertEqual((picture.name, picture.mimetype, picture.inline, picture.content_id),
                         ("pic.png", "image/png", True, "pic"))
        self.assertEqual((paper.name, paper.mimetype, paper.inline), ("Übersicht.pdf", "application/pdf", False))
        if self.server.has_uids:
            self.assertEqual((picture.part_id, paper.part_id), ("1.2", "2"))

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
        target = self.other.make_folder(f"Target{next(self._numbers)}")
        self.other.move(self.folder, self.uids(2), target)
        self.cache.sync()
        self.assertEqual(self.cache.subjects(), ["Mail 1", "Mail 3"])
        there = Cache(self.provider, target)
        there.sync()
        (moved,) = there.messages.values()
        self.assertEqual((moved.subject, moved.fingerprint), ("Mail 2", old["Mail 2"]))

    @needs("has_uids")
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

    @needs("has_uids")
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
        with self.server.provider() as provider:
            self.cache.provider = provider
            self.cache.sync()
        self.assert_in_step()

    def test_placement_known_from_elsewhere_vanishes(self):
        self.fill(6)
        mine = [key for number, key in enumerate(self.other.keys(self.folder), 1) if number in (6, 2)]
        # An append of our own told us its key; another client expunged it before the first pass.
        self.uids()
        self.other.expunge(self.folder, self.uids(6, 2))
        self.cache.marks = {key: set() for key in mine}
        self.cache.limit = 2
        self.cache.sync()
        self.assert_in_step()

    def test_own_append_that_others_removed_at_once(self):
        """Its key is known from the append; whether or not something came after it, it is gone."""
        for follows in (False, True):
            with self.subTest(follows=follows):
                self.fill(3)
                self.cache.sync()
                self.fill(1, 4)
                (mine,) = {*self.other.keys(self.folder)} - {*self.cache.marks}
                self.other.expunge(self.folder, [int(mine.partition(":")[2])] if self.server.has_uids else [mine])
                if follows:
                    self.fill(1, 5)
                self.cache.marks[mine] = set()
                self.cache.sync()
                self.assert_in_step()
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
                self.folder = self.other.make_folder(f"Rand{next(self._numbers)}")
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


class TestFullServer(Contract, unittest.TestCase):
    server_class = FullServer

    def test_a_pass_asks_little(self):
        self.fill(30)
        self.cache.sync()
        self.fill(1, 31)
        before = self.provider.connection.commands_sent
        self.cache.sync()
        self.assertEqual(self.provider.connection.commands_sent, before + 2)
