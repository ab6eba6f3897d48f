"""The contract of providers/base.py: flags, removal, new folders, and what none of it may do to others."""

import contextlib
import unittest

from maildesk.providers.errors import FolderGone, Unsupported
from maildesk.providers.imap import ImapProvider
from maildesk.tests.fakes.imap_servers import FullServer, OtherClient, PrefixedServer, mail
from maildesk.tests.providers.contract import Contract, needs, on_every_server

DELETED = b"\\deleted"


class Changes(Contract):
    """Base of the suites that change something."""

    def setUp(self):
        super().setUp()
        self.target_name = f"Target{next(self._numbers)}"
        self.target = self.other.make_folder(self.target_name)

    def uids(self, *numbers):
        """UIDs of messages by their present place in the folder."""
        there = self.other.uids(self.folder)
        return [there[number - 1] for number in numbers]

    def keys(self, *numbers):
        """Keys of messages by their present place in the folder."""
        there = self.other.keys(self.folder)
        return [there[number - 1] for number in numbers]

    def foreign(self, *keys):
        """The same UIDs in another life of the folder."""
        return [self.other.foreign(key) for key in keys]

    def missing(self):
        """A key of the folder's present life that names no message."""
        return self.other.missing(self.folder)


@on_every_server
class Flags(Changes):
    def test_every_flag_set_and_cleared(self):
        self.fill(3)
        keys = self.keys(1, 3)
        for flag in self.server.settable_flags:
            with self.subTest(flag=flag):
                self.assertEqual(self.provider.set_flags(self.folder, keys, flag, True), set(keys))
                self.assertEqual([getattr(flags, flag) for flags in self.provider.fetch_flags(self.folder, self.keys(1, 2, 3))],
                                 [True, False, True])
                self.assertEqual(self.provider.set_flags(self.folder, keys[:1], flag, False), set(keys[:1]))
                self.assertEqual([getattr(flags, flag) for flags in self.provider.fetch_flags(self.folder, keys)], [False, True])

    def test_other_flags_stay(self):
        self.fill(2)
        self.other.flags(self.folder, self.uids(1), add=[b"\\Answered", b"\\Deleted"])
        self.provider.set_flags(self.folder, self.keys(1, 2), "is_read", True)
        self.assertEqual(list(self.other.all_flags(self.folder).values()), [{b"\\answered", DELETED, b"\\seen"}, {b"\\seen"}])
        self.provider.set_flags(self.folder, self.keys(1), "is_read", False)
        self.assertEqual(list(self.other.all_flags(self.folder).values()), [{b"\\answered", DELETED}, {b"\\seen"}])

    def test_those_that_were_so_already_are_in_the_answer(self):
        self.fill(3)
        self.other.flags(self.folder, self.uids(2), add=[b"\\Seen"])
        self.assertEqual(self.provider.set_flags(self.folder, self.keys(1, 2), "is_read", True), set(self.keys(1, 2)))
        self.assertEqual(self.provider.set_flags(self.folder, self.keys(1, 2), "is_read", True), set(self.keys(1, 2)))
        self.assertEqual(self.provider.set_flags(self.folder, self.keys(3), "is_read", False), set(self.keys(3)))

    def test_those_that_are_gone_are_missing(self):
        self.fill(4)
        keys = self.keys(1, 2, 3, 4)
        self.other.expunge(self.folder, self.uids(2))
        asked = [*keys[:3], self.missing(), "", "x:y", *self.foreign(keys[3])]
        self.assertEqual(self.provider.set_flags(self.folder, asked, "is_starred", True), {keys[0], keys[2]})
        self.assertEqual([flags.remote_id for flags in self.provider.fetch_flags(self.folder, asked)], [keys[0], keys[2]])
        self.assertEqual(self.other.state(self.folder)[keys[3]], set())
        self.assertEqual(self.provider.set_flags(self.folder, [], "is_read", True), set())
        self.assertEqual(self.provider.fetch_flags(self.folder, []), [])

    @needs("has_uids")
    def test_nothing_is_done_to_a_folder_made_anew(self):
        self.fill(2)
        keys = self.keys(1, 2)
        self.other.recreate(self.folder)
        self.fill(2)
        self.assertEqual(self.provider.set_flags(self.folder, keys, "is_read", True), set())
        self.assertEqual(self.provider.fetch_flags(self.folder, keys), [])
        self.provider.delete(self.folder, keys)
        self.assertEqual(self.provider.move(self.folder, keys, self.target), {})
        self.assertEqual(list(self.other.state(self.folder).values()), [set(), set()])

    def test_folder_that_is_gone(self):
        for change in (lambda: self.provider.set_flags("Nowhere", ["1:1"], "is_read", True),
                       lambda: self.provider.fetch_flags("Nowhere", ["1:1"]), lambda: self.provider.mark("Nowhere"),
                       lambda: self.provider.delete("Nowhere", ["1:1"])):
            with self.assertRaises(FolderGone):
                change()
        self.assertEqual(self.provider.mark(self.folder), self.provider.mark(self.folder))

    def test_the_cache_learns_of_it(self):
        self.fill(4)
        self.cache.sync()
        self.provider.set_flags(self.folder, self.keys(1, 2), "is_read", True)
        self.provider.delete(self.folder, self.keys(3))
        self.cache.sync()
        self.assert_in_step()
        self.assertEqual(len(self.cache.marks), 3)

    def test_changes_while_history_is_read(self):
        self.fill(12)
        keys = self.keys(*range(1, 13))
        self.cache.limit = 3
        self.cache.page()
        self.provider.delete(self.folder, [keys[0], keys[7], keys[11]])
        self.provider.set_flags(self.folder, [keys[6], keys[10]], "is_starred", True)
        self.cache.page()
        self.provider.move(self.folder, [keys[4], keys[10]], self.target)
        self.cache.sync()
        self.cache.sync()
        self.assert_in_step()
        self.assertEqual(len(self.cache.marks), 7)

    def test_reading_goes_on_after_a_change(self):
        self.fill(3)
        first, second, third = self.keys(1, 2, 3)
        self.provider.fetch_raw(self.folder, first)
        self.provider.set_flags(self.folder, [first], "is_read", True)
        self.assertIn(b"Mail 2", self.provider.fetch_raw(self.folder, second))
        self.provider.delete(self.folder, [second])
        self.assertIn(b"Mail 3", self.provider.fetch_raw(self.folder, third))
        self.assertEqual(self.other.state(self.folder), {first: {"read"}, third: set()})


@on_every_server
class Removal(Changes):
    def test_deleted_for_good(self):
        self.fill(5)
        keys = self.keys(1, 2, 3, 4, 5)
        self.provider.delete(self.folder, [keys[1], keys[3], self.missing(), *self.foreign(keys[0])])
        self.assertEqual(sorted(self.other.state(self.folder)), [keys[0], keys[2], keys[4]])
        self.provider.delete(self.folder, [keys[1]])
        self.provider.delete(self.folder, [])
        self.assertEqual(len(self.other.state(self.folder)), 3)

    def test_what_others_marked_as_deleted_stays(self):
        """No change expunges it, and neither does closing the folder, reading on or signing out."""
        self.fill(6)
        marked, before, keys = self.uids(2, 5), self.uids(1, 2, 3, 4, 5, 6), self.keys(1, 2, 3)
        self.other.flags(self.folder, marked, add=[b"\\Deleted"])
        provider = self.provider
        for change in (lambda: provider.set_flags(self.folder, keys[:2], "is_read", True), provider.list_folders,
                       lambda: provider.mark(self.folder), lambda: provider.fetch_raw(self.folder, keys[0]),
                       lambda: provider.delete(self.folder, [self.missing()]), lambda: provider.fetch_flags(self.folder, keys[1:2]),
                       lambda: provider.append(self.target, mail(9)), lambda: provider.move(self.folder, keys[:1], "Nowhere")):
            with contextlib.suppress(FolderGone):
                change()
            self.assertEqual(self.other.uids(self.folder), before)
        provider.delete(self.folder, keys[:1])
        provider.move(self.folder, keys[2:], self.target)
        provider.list_folders()
        provider.__exit__(None, None, None)
        flags = self.other.all_flags(self.folder)
        self.assertEqual(list(flags), [before[1], *before[3:]])
        self.assertEqual([uid for uid, names in flags.items() if DELETED in names], marked)

    def test_marked_as_deleted_by_others_and_then_by_us(self):
        self.fill(3)
        self.other.flags(self.folder, self.uids(1, 2), add=[b"\\Deleted"])
        self.provider.delete(self.folder, self.keys(1))
        self.assertEqual(self.other.numbers(self.folder), [2, 3])
        self.assertEqual(list(self.other.all_flags(self.folder).values()), [{DELETED}, set()])


@on_every_server
class NewFolders(Changes):
    def test_created(self):
        for number, name in enumerate((f"Größe & Straße {self.folder}", f'Quo"te\\{self.folder}', f"日本 🎉 {self.folder}", f"  {self.folder} x "), 1):
            with self.subTest(name=name):
                key = self.provider.create_folder(name)
                folder = self.folders()[key]
                self.assertEqual((folder.name, folder.parent_remote_id), (name.strip(), None))
                self.assertTrue(folder.subscribed and folder.selectable)
                self.assertEqual(self.provider.create_folder(name), key)
                self.fill(1, number)
                self.provider.move(self.folder, self.keys(1), key)
                self.provider.append(key, mail(9))
                self.assertEqual(self.folders()[key].total, 2)

    def test_there_already(self):
        self.assertEqual(self.provider.create_folder(self.target_name), self.target)

    @needs("has_uids")
    def test_the_inbox_is_there_already(self):
        self.assertEqual(self.provider.create_folder("inbox"), "INBOX")

    def test_names_no_folder_can_have(self):
        before = set(self.folders())
        for name in ("", "  ", "a/b", "a\r\nz9 DELETE INBOX", "a\0b", "\x7f", "a\u2028x", "\udc00", "x" * 2000):
            with self.subTest(name=name), self.assertRaises(Unsupported):
                self.provider.create_folder(name)
        self.assertEqual(set(self.folders()), before)


class TestFullServer(Changes, unittest.TestCase):
    server_class = FullServer

    def test_keywords_of_others_stay(self):
        self.fill(1)
        self.other.flags(self.folder, self.uids(1), add=[b"$Label1", b"\\Flagged"])
        self.provider.set_flags(self.folder, self.keys(1), "is_starred", False)
        self.assertEqual(list(self.other.all_flags(self.folder).values()), [{b"$label1"}])

    def test_many_at_once(self):
        """More than a command holds, and more commands than are under way at once."""
        self.other.client.multiappend(self.folder, [mail(number) for number in range(1, 1301)])
        keys = self.keys(*range(1, 1301))
        odd = keys[::2]
        self.assertEqual(self.provider.set_flags(self.folder, odd, "is_read", True), set(odd))
        self.assertEqual(sum(flags.is_read for flags in self.provider.fetch_flags(self.folder, keys)), 650)
        moved = self.provider.move(self.folder, keys[:1200], self.target)
        self.assertEqual((len(moved), self.other.numbers(self.target)), (1200, list(range(1, 1201))))
        self.provider.delete(self.folder, keys[1200:])
        self.assertEqual(self.other.uids(self.folder), [])

    def test_a_change_asks_little(self):
        self.fill(3)
        before = self.provider.connection.commands_sent
        self.provider.set_flags(self.folder, self.keys(1, 2), "is_read", True)
        # SELECT, STORE, UNSELECT; ENABLE was not needed yet.
        self.assertEqual(self.provider.connection.commands_sent, before + 3)
        self.provider.move(self.folder, self.keys(1, 2), self.target)
        self.assertEqual(self.provider.connection.commands_sent, before + 7)
        self.provider.append(self.folder, mail(8))
        self.assertEqual(self.provider.connection.commands_sent, before + 8)

    def test_with_modification_sequences(self):
        """QRESYNC is on from the first page: what vanishes is told by UID."""
        self.fill(4)
        self.cache.sync()
        keys = self.keys(1, 2, 3, 4)
        moved = self.provider.move(self.folder, keys[:2], self.target)
        self.assertEqual(set(moved.values()), set(self.other.state(self.target)))
        self.provider.delete(self.folder, keys[2:3])
        (page,) = self.cache.sync()
        self.assertEqual(sorted(page.vanished), keys[:3])


class TestPrefixedServer(Changes, unittest.TestCase):
    server_class = PrefixedServer

    def setUp(self):
        # The suites' folders lie at the top; here that is below the inbox.
        self.other = OtherClient(self.server)
        self.addCleanup(self.other.close)
        self.provider = ImapProvider(self.server.endpoint(), lambda: self.server.password)
        self.provider.__enter__()
        self.addCleanup(self.provider.__exit__, None, None, None)

    def test_created_below_the_inbox(self):
        key = self.provider.create_folder("Ärchiv 2026")
        self.assertEqual(key, "INBOX.&AMQ-rchiv 2026")
        folder = self.folders()[key]
        self.assertEqual((folder.name, folder.parent_remote_id, folder.subscribed), ("Ärchiv 2026", None, True))
        with self.assertRaises(Unsupported):
            self.provider.create_folder("a.b")
