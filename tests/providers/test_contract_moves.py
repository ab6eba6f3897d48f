"""The contract of providers/base.py: moving, appending, and doing neither twice."""

from datetime import datetime

from maildesk.providers.errors import FolderGone, Unsupported
from maildesk.tests.fakes.imap_proxy import AFTER, BEFORE
from maildesk.tests.fakes.imap_servers import EPOCH, Cache, mail
from maildesk.tests.providers.contract import MULTIPART, needs, on_every_server
from maildesk.tests.providers.test_contract_flags import DELETED, Changes
from maildesk.tools.mime import parse_message

#: No change takes as many commands.
TOO_MANY = 40


class Copies(Changes):
    """Base of the suites in which something may come to lie twice."""

    def fingerprints(self):
        cache = Cache(self.provider, self.folder)
        cache.sync()
        return {key: message.fingerprint for key, message in cache.messages.items()}

    def tells_new_keys(self):
        return self.server.tells_new_keys(self.provider)

    def read(self, folder, key):
        return self.provider.fetch_raw(folder, key)

    def assert_same_mail(self, found, raw):
        if self.server.keeps_octets:
            self.assertEqual(found, raw)
            return
        now, then = parse_message(found), parse_message(raw)
        for name in ("subject", "sender", "to", "cc", "message_id", "references", "date"):
            self.assertEqual(getattr(now.header, name), getattr(then.header, name))
        self.assertEqual(now.body.text.split(), then.body.text.split())

    def cut(self, number, when, change):
        """Makes a change over a line that is cut.

        :return: the answer, None where there was none, and whether the line was cut at all.
        """
        with self.server.cut_line(number, when) as line:
            provider = line.provider()
            with provider:
                try:
                    return change(provider), line.cut_at is not None
                # The answer is that there was none; anything but the closed set is a bug of its own.
                except Exception as error:
                    self.assertEqual(type(error).__name__, "Unreachable", error)
                    return None, True

    def cuts(self):
        """Every place a line can be cut at, until the test calls it enough."""
        for when in (BEFORE, AFTER):
            for number in range(TOO_MANY):
                yield number, when


@on_every_server
class Moves(Copies):
    def test_moved(self):
        self.fill(5)
        self.other.flags(self.folder, self.uids(2), add=[b"\\Seen", b"\\Flagged"])
        keys = self.keys(2, 4, 5)
        moved = self.provider.move(self.folder, keys, self.target)
        self.assertEqual(set(moved), set(keys))
        self.assertEqual((self.other.numbers(self.folder), self.other.numbers(self.target)), ([1, 3], [2, 4, 5]))
        self.assertEqual(list(self.other.all_flags(self.target).values()), [{b"\\seen", b"\\flagged"}, set(), set()])
        there = Cache(self.provider, self.target)
        there.sync()
        dates = sorted(message.internal_date.minute for message in there.messages.values())
        self.assertEqual(dates, [2, 4, 5])
        if not self.tells_new_keys():
            self.assertEqual(set(moved.values()), {None})
            return
        for key, number in zip(keys, (2, 4, 5), strict=True):
            self.assertIn(b"Mail %d\r" % number, self.read(self.target, moved[key]))

    def test_those_that_are_gone_are_missing(self):
        self.fill(4)
        keys = self.keys(1, 2, 3, 4)
        self.other.expunge(self.folder, self.uids(2))
        moved = self.provider.move(self.folder, [*keys[:3], self.missing(), "", *self.foreign(keys[3])], self.target)
        self.assertEqual(set(moved), {keys[0], keys[2]})
        self.assertEqual((self.other.numbers(self.folder), self.other.numbers(self.target)), ([4], [1, 3]))
        self.assertEqual(self.provider.move(self.folder, keys[:3], self.target), {})
        self.assertEqual(self.provider.move(self.folder, [], self.target), {})

    def test_to_where_it_lies(self):
        self.fill(2)
        keys = self.keys(1, 2)
        self.assertEqual(self.provider.move(self.folder, keys, self.folder), dict(zip(keys, keys, strict=True)))
        self.assertEqual(sorted(self.other.state(self.folder)), keys)

    def test_folders_that_are_gone(self):
        self.fill(2)
        keys = self.keys(1, 2)
        mark = self.provider.mark(self.target)
        for source, target, since in ((self.folder, "Nowhere", None), (self.folder, "Nowhere", mark), ("Nowhere", self.target, None)):
            with self.subTest(source=source, target=target), self.assertRaises(FolderGone):
                self.provider.move(source, keys, target, since)
        self.assertEqual(list(self.other.all_flags(self.folder).values()), [set(), set()])
        self.assertEqual(self.provider.move(self.folder, keys, self.target).keys(), set(keys))

    @needs("has_uids")
    def test_a_mark_of_deletion_does_not_come_along(self):
        """It may be our own, from a try that was cut; in the target, anybody's EXPUNGE would take the mail."""
        self.fill(2)
        self.other.flags(self.folder, self.uids(1), add=[b"\\Deleted", b"\\Seen"])
        self.provider.move(self.folder, self.keys(1, 2), self.target)
        self.assertEqual(list(self.other.all_flags(self.target).values()), [{b"\\seen"}, set()])

    def test_done_already(self):
        self.fill(3)
        keys, fingerprints = self.keys(1, 2, 3), self.fingerprints()
        self.other.append(self.target, mail(90))
        mark = self.provider.mark(self.target)
        first = self.provider.move(self.folder, keys[:2], self.target, mark)
        self.other.append(self.target, mail(91))
        again = self.provider.move(self.folder, keys[:2], self.target, mark, fingerprints)
        self.assertEqual(set(again), set(keys[:2]))
        if self.tells_new_keys():
            self.assertEqual(again, first)
        for key, number in zip(keys, (1, 2), strict=False):
            self.assertIn(b"Mail %d\r" % number, self.read(self.target, again[key]))
        # Without fingerprints nobody can say which messages they were.
        self.assertEqual(self.provider.move(self.folder, keys[:2], self.target, mark), {})
        self.assertEqual((self.other.numbers(self.folder), self.other.numbers(self.target)), ([3], [90, 1, 2, 91]))

    @needs("has_uids")
    def test_copied_already(self):
        self.fill(4)
        keys = self.keys(1, 2, 3, 4)
        mark = self.provider.mark(self.target)
        self.other.client.select_folder(self.folder)
        self.other.client.copy(self.uids(2, 3), self.target)
        self.other.flags(self.folder, self.uids(3, 4), add=[b"\\Deleted"])
        moved = self.provider.move(self.folder, keys[:3], self.target, mark)
        self.assertEqual(set(moved), set(keys[:3]))
        for key, number in zip(keys[1:], (2, 3), strict=False):
            self.assertIn(b"Mail %d\r" % number, self.read(self.target, moved[key]))
        self.assertEqual((self.other.numbers(self.folder), sorted(self.other.numbers(self.target))), ([4], [1, 2, 3]))
        self.assertEqual(list(self.other.all_flags(self.folder).values()), [{DELETED}])

    @needs("has_uids")
    def test_equal_mail_that_was_there_before(self):
        self.fill(1)
        self.other.client.select_folder(self.folder)
        self.other.client.copy(self.uids(1), self.target)
        mark = self.provider.mark(self.target)
        self.provider.move(self.folder, self.keys(1), self.target, mark)
        self.assertEqual((self.other.numbers(self.folder), self.other.numbers(self.target)), ([], [1, 1]))

    def test_equal_mails(self):
        """Each copy accounts for one of them, and first for the one that is gone."""
        self.other.append(self.folder, mail(1), mail(1), mail(1), minute=5)
        keys, fingerprints = self.keys(1, 2, 3), self.fingerprints()
        mark = self.provider.mark(self.target)
        self.provider.move(self.folder, keys[1:2], self.target)
        moved = self.provider.move(self.folder, keys, self.target, mark, fingerprints)
        self.assertEqual(set(moved), set(keys))
        self.assertEqual((self.other.numbers(self.folder), self.other.numbers(self.target)), ([], [1, 1, 1]))

    @needs("has_uids")
    def test_target_made_anew(self):
        self.fill(2)
        mark = self.provider.mark(self.target)
        # Dovecot hangs up on whoever has a deleted folder open.
        self.provider.list_folders()
        self.other.recreate(self.target)
        self.other.append(self.target, mail(9))
        self.provider.move(self.folder, self.keys(1, 2), self.target, mark)
        self.assertEqual(self.other.numbers(self.target), [9, 1, 2])

    def test_cut_anywhere(self):
        """Whichever command the line is cut at, and whether it was obeyed: the second try ends with one copy of each."""
        for number, when in self.cuts():
            with self.subTest(number=number, when=when):
                self._fresh()
                keys, mark = self.keys(1, 2, 4), self.provider.mark(self.target)
                fingerprints = self.fingerprints()
                first, was_cut = self.cut(number, when, lambda line: line.move(self.folder, keys, self.target))  # noqa: B023
                moved = self.provider.move(self.folder, keys, self.target, mark, fingerprints) if first is None else first
                self._assert_moved(keys, moved)
            if not was_cut and when == AFTER:
                return
        self.fail("the commands never end")

    def test_cut_again_and_again(self):
        self._fresh()
        keys, mark = self.keys(1, 2, 4), self.provider.mark(self.target)
        fingerprints, moved = self.fingerprints(), None
        for number in range(TOO_MANY):
            moved, was_cut = self.cut(
                number, AFTER, lambda line: line.move(self.folder, keys, self.target, mark, fingerprints))
            if not was_cut:
                break
        self._assert_moved(keys, moved)

    def _fresh(self):
        """Five messages; other clients marked one as deleted, and put an older copy of one into the target."""
        for folder in (self.folder, self.target):
            self.other.expunge(folder, self.other.uids(folder) or [1])
        self.other._number = 0
        self.fill(5)
        self.other.flags(self.folder, self.uids(5), add=[b"\\Deleted"])
        self.other.append(self.target, mail(1), minute=1)

    def _assert_moved(self, keys, moved):
        self.assertEqual(set(moved), set(keys))
        self.assertEqual((self.other.numbers(self.folder), sorted(self.other.numbers(self.target))), ([3, 5], [1, 1, 2, 4]))
        for key, number in zip(keys, (1, 2, 4), strict=True):
            if moved[key] or self.tells_new_keys():
                self.assertIn(b"Mail %d\r" % number, self.read(self.target, moved[key]))
        self.assertFalse([flags for flags in self.other.all_flags(self.target).values() if DELETED in flags])


@on_every_server
class Appends(Copies):
    @needs("keeps_octets")
    def test_appended(self):
        self.other.append(self.folder, mail(9))
        moment = datetime(2025, 1, 5, 7, 8, 9)
        key = self.provider.append(self.folder, MULTIPART, ["is_read", "is_draft"], moment)
        self.assertEqual(self.read(self.folder, key), MULTIPART)
        self.assertEqual(self.other.state(self.folder)[key], {"read", "draft"})
        self.cache.sync()
        self.assertEqual(self.cache.messages[key].internal_date, moment)
        later = self.provider.append(self.folder, mail(2))
        self.assertEqual((self.read(self.folder, later), self.other.state(self.folder)[later]), (mail(2), set()))
        self.cache.sync()
        self.assertGreater(self.cache.messages[later].internal_date, EPOCH.replace(tzinfo=None))

    @needs("keeps_octets")
    def test_octets(self):
        key = self.provider.append(self.folder, mail(1).replace(b"\r\n", b"\n"))
        self.assertEqual(self.read(self.folder, key), mail(1))
        raw = mail(2) + b"a\rb \xff\xfe\x80 {5}\r\n)\r\nz9 LOGOUT\r\n" + "Grüße\r\n".encode()
        key = self.provider.append(self.folder, raw)
        self.assertEqual(self.read(self.folder, key), raw)
        mixed = mail(3) + b"a\nb\r\n\nc\r\n"
        key = self.provider.append(self.folder, mixed)
        self.assertEqual(self.read(self.folder, key), mail(3) + b"a\r\nb\r\n\r\nc\r\n")

    def test_a_large_one(self):
        raw = mail(1) + b"0123456789abcdef" * 4 * 20_000 + b"\r\n"
        key = self.provider.append(self.folder, raw)
        self.assert_same_mail(self.read(self.folder, key), raw)

    @needs("keeps_octets")
    def test_octets_that_few_servers_take(self):
        raw = mail(1) + b"a\0b\r\n"
        if not self.provider.connection.has("BINARY"):
            with self.assertRaises(Unsupported):
                self.provider.append(self.folder, raw)
            self.assertEqual(self.other.uids(self.folder), [])
            return
        key = self.provider.append(self.folder, raw)
        # Dovecot keeps another octet in its place.
        self.assertIn(self.read(self.folder, key), (raw, raw.replace(b"\0", b"\x80")))

    def test_folder_that_is_gone(self):
        with self.assertRaises(FolderGone):
            self.provider.append("Nowhere", mail(1))
        self.assertIsNotNone(self.provider.append(self.folder, mail(1)))

    def test_done_already(self):
        self.other.append(self.folder, mail(1), mail(7))
        mark = self.provider.mark(self.folder)
        first = self.provider.append(self.folder, mail(1).replace(b"\r\n", b"\n"), since=mark)
        self.other.append(self.folder, mail(8))
        self.assertEqual(self.provider.append(self.folder, mail(1), since=mark), first)
        self.assertEqual(self.other.numbers(self.folder), [1, 7, 1, 8])
        # What came before the mark is not ours, and another size is another mail.
        self.assertNotEqual(self.provider.append(self.folder, mail(7), since=mark), first)
        self.assertEqual(self.other.numbers(self.folder), [1, 7, 1, 8, 7])
        if self.server.keeps_octets:
            self.assertNotEqual(self.provider.append(self.folder, mail(1) + b"more\r\n", since=mark), first)

    def test_without_a_name(self):
        raw = mail(1).replace(b"Message-ID: <mail.1@example.org>\r\n", b"")
        mark = self.provider.mark(self.folder)
        key = self.provider.append(self.folder, raw, since=mark)
        self.assertEqual(key is not None, self.tells_new_keys())

    def test_cut_anywhere(self):
        """As for moves; a large mail is asked for before it is sent."""
        for raw in (mail(1), mail(1) + b"0123456789abcdef" * 4 * 5000 + b"\r\n"):
            for number, when in self.cuts():
                with self.subTest(number=number, when=when, size=len(raw)):
                    self.other.append(self.folder, mail(1), mail(2))
                    before, mark = len(self.other.uids(self.folder)), self.provider.mark(self.folder)
                    key, was_cut = self.cut(number, when, lambda line: line.append(self.folder, raw))  # noqa: B023
                    key = key or self.provider.append(self.folder, raw, since=mark)
                    self.assertEqual(len(self.other.uids(self.folder)), before + 1)
                    self.assert_same_mail(self.read(self.folder, key), raw)
                    self.assertEqual(key, self.other.keys(self.folder)[-1])
                if not was_cut and when == AFTER:
                    break
            else:
                self.fail("the commands never end")


@on_every_server
class OtherCuts(Copies):
    def test_flags_and_removal(self):
        for number, when in self.cuts():
            with self.subTest(number=number, when=when):
                self.other.expunge(self.folder, self.other.uids(self.folder) or [1])
                self.fill(4)
                keys = self.keys(1, 2, 3, 4)
                self.other.flags(self.folder, self.uids(4), add=[b"\\Deleted"])
                self.cut(number, when, lambda line: line.set_flags(self.folder, keys[1:3], "is_read", True))  # noqa: B023
                done = self.provider.set_flags(self.folder, keys[1:3], "is_read", True)
                self.assertEqual(done, set(keys[1:3]))
                _answer, was_cut = self.cut(number, when, lambda line: line.delete(self.folder, keys[:2]))  # noqa: B023
                self.provider.delete(self.folder, keys[:2])
                self.assertEqual(self.other.state(self.folder), {keys[2]: {"read"}, keys[3]: set()})
            if not was_cut and when == AFTER:
                return
        self.fail("the commands never end")
