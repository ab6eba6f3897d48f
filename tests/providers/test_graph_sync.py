"""Microsoft Graph: what changed, in how few requests."""

import time
from datetime import datetime, timedelta, timezone

from maildesk.providers.errors import AuthError, CursorExpired, FolderGone, ProtocolError
from maildesk.providers.values import EVERYTHING, History
from maildesk.tests.fakes.graph_mail import from_mime
from maildesk.tests.fakes.imap_servers import mail
from maildesk.tests.providers.contract import MULTIPART
from maildesk.tests.providers.graph_case import EPOCH, GraphCase


class Telling(GraphCase):
    def setUp(self):
        super().setUp()
        self.line = self.provider()

    def marks(self, cache):
        self.assertEqual(set(cache.marks), set(self.inbox.messages))

    def test_conversation_answers_size(self):
        raw = (b"From: A <a@example.org>\r\nReply-To: r@example.org\r\nCc: c@example.org\r\nBcc: b@example.org\r\nSubject: Re: x\r\n"
               b"In-Reply-To: <one@example.org>\r\nReferences: <zero@example.org> <one@example.org>\r\nMessage-ID: <two@example.org>\r\n"
               b"Date: Mon, 02 Mar 2026 09:00:00 +0200\r\n\r\nYes.\r\n")
        message = self.mailbox.deliver(self.inbox, raw, conversationId="AAQk=")
        self.mailbox.change(message, {}, {0x1081: 103})
        (found,) = self.cache(self.line).page().new
        self.assertEqual((found.in_reply_to, found.references), ("<one@example.org>", ("<zero@example.org>", "<one@example.org>")))
        self.assertEqual((found.thread_key, found.fingerprint, found.size), ("graph:AAQk=", f"graph:{message.id}", len(raw)))
        self.assertEqual((str(found.date), found.flags.is_answered), ("2026-03-02 07:00:00", True))
        self.assertEqual([address.email for address in (*found.cc, *found.bcc, *found.reply_to)],
                         ["c@example.org", "b@example.org", "r@example.org"])

    def test_mails_that_make_no_sense(self):
        strange = from_mime(mail(1), EPOCH, receivedDateTime="rubbish", sentDateTime=None, subject=None, flag=None, internetMessageId=7)
        strange.fields["from"] = strange.fields["sender"] = None
        worse = from_mime(mail(2), EPOCH, toRecipients=[{"emailAddress": None}, 7], conversationId=None)
        for message in (strange, worse):
            self.mailbox.put(self.inbox, message)
        self.fill(1, 3)
        cache = self.cache(self.line)
        with self.assertLogs("maildesk.providers.graph_messages", "WARNING"):
            cache.sync()
        self.marks(cache)
        self.assertEqual(cache.messages[strange.id].subject, "")

    def test_changes_told_in_part(self):
        keys = self.fill(4)
        cache = self.cache(self.line)
        cache.sync()
        self.graph.partial = True
        self.mailbox.change(self.inbox.messages[keys[1]], {"isRead": True}, {0x1081: 102})
        self.mailbox.change(self.inbox.messages[keys[2]], {"flag": {"flagStatus": "flagged"}})
        new = self.fill(1, 5)
        (page,) = cache.sync()
        self.assertEqual(([message.flags.remote_id for message in page.new], len(page.changed)), (new, 2))
        self.assertEqual([cache.marks[key] for key in keys], [set(), {"read", "answered"}, {"starred"}, set()])

    def test_a_part_of_a_mail_unknown_or_gone(self):
        keys = self.fill(3)
        cache = self.cache(self.line)
        cache.sync()
        self.graph.partial = True
        for key in keys:
            self.mailbox.change(self.inbox.messages[key], {"isRead": True})
        # One the cache has lost, one that is moved while the page is on its way.
        del cache.marks[keys[0]]
        self.graph.order(match=f"PART GET .*{keys[1][:-1]}", status=404, code="ErrorItemNotFound")
        (page,) = cache.sync()
        self.assertEqual(([m.subject for m in page.new], page.vanished, [f.remote_id for f in page.changed]), (["Mail 1"], [keys[1]], [keys[2]]))

    def test_replays(self):
        self.graph.replays = True
        keys = self.fill(7)
        cache = self.cache(self.line, limit=3)
        cache.sync()
        self.marks(cache)
        self.mailbox.take_out(self.inbox.messages[keys[0]])
        self.mailbox.change(self.inbox.messages[keys[1]], {"isRead": True})
        self.fill(2, 8)
        cache.limit = 50
        (page,) = cache.sync()
        self.assertEqual((len(page.new), len(page.changed), page.vanished), (2, 1, [keys[0]]))
        self.marks(cache)

    def test_an_address_the_service_no_longer_takes(self):
        """It need not say so by 410; read again, the folder is complete."""
        for status, code in ((404, "ErrorItemNotFound"), (404, "itemNotFound"), (400, "BadRequest"), (400, "ErrorInvalidIdMalformed"), (404, "")):
            for pages in (1, 3):
                with self.subTest(status=status, code=code, pages=pages):
                    self.graph.clear()
                    self.fill(5)
                    cache = self.cache(self.line, limit=2)
                    for _page in range(pages):
                        cache.page()
                    self.graph.order(match="GET .*token", status=status, code=code)
                    with self.assertRaises(CursorExpired):
                        cache.page()
                    cache.cursor, cache.marks = None, {}
                    cache.sync()
                    self.marks(cache)

    def test_a_mailbox_that_is_gone_is_no_address(self):
        cache = self.cache(self.line)
        cache.sync()
        for status, code in ((404, "ResourceNotFound"), (404, "MailboxNotEnabledForRESTAPI"), (400, "ErrorInvalidUser")):
            with self.subTest(status=status, code=code), self.assertRaises(AuthError):
                self.graph.order(match="GET .*token", status=status, code=code)
                cache.page()

    def test_one_message_the_service_refuses_costs_no_other(self):
        keys = self.fill(3)
        cache = self.cache(self.line)
        cache.sync()
        self.graph.partial = True
        for fault in ({"status": 500}, {"status": 403, "code": "ErrorAccessDenied"}, {"status": 423}, {"status": 400}):
            with self.subTest(**fault):
                for key in keys:
                    self.mailbox.change(self.inbox.messages[key], {"isRead": not self.inbox.messages[key].fields["isRead"]})
                self.graph.order(match=f"PART GET .*{keys[1][:-1]}", times=2, **fault)
                (page,) = cache.sync()
                told = {flags.remote_id for flags in page.changed} | {message.flags.remote_id for message in page.new}
                self.assertEqual((told, page.vanished), ({keys[0], keys[2]}, []))
        # once is nothing
        self.mailbox.change(self.inbox.messages[keys[1]], {"isRead": True})
        self.graph.order(match=f"PART GET .*{keys[1][:-1]}", status=500)
        cache.sync()
        self.assertEqual(cache.marks[keys[1]], {"read"})

    def test_attachments_the_service_refuses(self):
        self.graph.refuses_part_expand = True
        self.mailbox.deliver(self.inbox, MULTIPART)
        self.fill(2)
        self.graph.order(match="PART GET .*/attachments", status=500, times=2)
        cache = self.cache(self.line)
        cache.sync()
        self.assertEqual(len(cache.messages), 3)
        self.marks(cache)

    def test_token_that_expired(self):
        self.fill(5)
        cache = self.cache(self.line, limit=2)
        for expire_after in (1, 3):
            with self.subTest(pages=expire_after):
                cache.cursor, cache.marks = None, {}
                for _page in range(expire_after):
                    cache.page()
                self.graph.api.expire_tokens()
                with self.assertRaises(CursorExpired):
                    cache.page()
                cache.cursor = None
                asked = len(self.lines("/me/messages/"))
                cache.sync()
                # What the cache held is void, nobody has to look for each of them.
                self.assertEqual(len(self.lines("/me/messages/")), asked)
                self.marks(cache)

    def test_cursor_that_cannot_be_read(self):
        cache = self.cache(self.line)
        cache.page()
        for change in ({"link": 7}, {"v": 2}, {"old": None}):
            with self.assertRaises(CursorExpired):
                self.line.fetch_changes(self.inbox.id, {**cache.cursor, **change}, 10, list)

    def test_sent_elsewhere(self):
        """An address of another host is neither asked nor kept."""
        self.fill(3)
        cache = self.cache(self.line, limit=2)
        for _page in range(3):
            before = cache.cursor
            self.graph.order(match="messages/delta", rewrite=lambda page: {
                name: value.replace("127.0.0.1", "elsewhere.example") if "Link" in name else value for name, value in page.items()})
            with self.assertRaises(ProtocolError):
                cache.page()
            self.assertEqual(cache.cursor, before)
            cache.page()
        self.marks(cache)

    def test_cursor_of_another_service(self):
        cache = self.cache(self.line)
        cache.page()
        elsewhere = cache.cursor["link"].replace("127.0.0.1", "elsewhere.example")
        for change in ({"link": elsewhere}, {"old": elsewhere}):
            with self.assertRaises(CursorExpired):
                self.line.fetch_changes(self.inbox.id, {**cache.cursor, **change}, 10, list)

    def test_folder_gone_meanwhile(self):
        folder = self.mailbox.make_folder("Gone soon")
        self.fill(3, folder=folder)
        cache = self.cache(self.line, 2, folder)
        cache.page()
        self.mailbox.drop_folder(folder)
        for _time in range(2):
            with self.assertRaises(FolderGone):
                cache.page()

    def test_what_came_and_went_again_unseen(self):
        """A move of our own puts a key into the cache; the service never tells that somebody else took the mail away."""
        target = self.mailbox.make_folder("Target")
        keys = self.fill(3)
        cache = self.cache(self.line, folder=target)
        cache.sync()
        moved = self.line.move(self.inbox.id, keys[:2], target.id)
        self.mailbox.take_out(target.messages[keys[0]])
        cache.marks.update({key: set() for key in moved.values()})
        self.line.list_folders()
        cache.sync()
        self.assertEqual(set(cache.marks), {keys[1]})
        # And again, however soon.
        cache.marks.update({key: set() for key in self.line.move(self.inbox.id, keys[2:], target.id).values()})
        self.mailbox.move(target.messages[keys[2]], self.inbox)
        self.line.list_folders()
        cache.sync()
        self.assertEqual(set(cache.marks), {keys[1]})
        # Nothing is asked for where nothing is missing.
        asked = len(self.graph.requests)
        cache.sync()
        self.assertEqual(len(self.graph.requests), asked + 1)

    def test_removed_while_it_is_read(self):
        keys = self.fill(6)
        cache = self.cache(self.line, limit=2)
        cache.page()
        self.mailbox.take_out(self.inbox.messages[keys[5]])
        pages = cache.sync()
        self.assertEqual([page.vanished for page in pages], [[], [keys[5]]])
        self.marks(cache)

    def test_no_attachments_in_delta(self):
        self.graph.refuses_part_expand = True
        self.mailbox.deliver(self.inbox, MULTIPART)
        self.fill(2)
        cache = self.cache(self.line)
        cache.sync()
        (found,) = [message.attachments for message in cache.messages.values() if message.attachments]
        self.assertEqual([part.name for part in found], ["pic.png", "Übersicht.pdf"])

    def test_smaller_pages_than_asked_for(self):
        self.graph.page_cap = 2
        self.fill(5)
        cache = self.cache(self.line, limit=5)
        self.assertEqual([len(page.new) for page in cache.sync()], [2, 2, 1])


class Limits(GraphCase):
    def setUp(self):
        super().setUp()
        self.line = self.provider()

    def pages(self, history, cursor=None, limit=50, known=list):
        found = []
        while not found or found[-1].more:
            found.append(self.line.fetch_changes(self.inbox.id, cursor, limit, known, history))
            cursor = found[-1].cursor
        return found

    def subjects(self, pages):
        return [message.subject for page in pages for message in page.new]

    def test_newest_messages(self):
        self.fill(9)
        pages = self.pages(History(messages=4), limit=3)
        self.assertEqual(self.subjects(pages), ["Mail 9", "Mail 8", "Mail 7", "Mail 6"])
        self.assertEqual([page.remaining for page in pages], [1, 0])
        self.fill(2, 10)
        self.assertEqual(self.subjects(self.pages(History(messages=4), pages[-1].cursor)), ["Mail 11", "Mail 10"])
        self.assertEqual(len(self.subjects(self.pages(History(messages=40)))), 11)

    def test_last_days(self):
        now = datetime.now(timezone.utc)
        for days in (100, 40, 20, 3):
            self.mailbox.deliver(self.inbox, mail(days), now - timedelta(days=days))
        self.assertEqual(self.subjects(self.pages(History(days=30))), ["Mail 3", "Mail 20"])
        self.assertEqual(self.subjects(self.pages(History(days=30, messages=1))), ["Mail 3"])
        self.assertEqual(self.subjects(self.pages(History(days=2))), [])

    def test_wider_than_before(self):
        """What vanished and changed on the way from the one limit to the other is told too."""
        keys = self.fill(12)
        cursor = self.pages(History(messages=4), limit=3)[-1].cursor
        folder = self.line.list_folders()[0]
        self.assertTrue(self.line.has_changed(folder, cursor, EVERYTHING))
        self.mailbox.take_out(self.inbox.messages[keys[11]])
        page = self.line.fetch_changes(self.inbox.id, cursor, 3, lambda: keys[8:], EVERYTHING)
        self.mailbox.take_out(self.inbox.messages[keys[10]])
        self.mailbox.change(self.inbox.messages[keys[9]], {"isRead": True})
        rest = self.pages(EVERYTHING, page.cursor, 3, lambda: keys[8:])
        vanished = {key for each in (page, *rest) for key in each.vanished}
        self.assertEqual(vanished, {keys[10], keys[11]})
        self.assertEqual(set(self.subjects([page, *rest])) - {"Mail 11"}, {f"Mail {number}" for number in range(1, 11)})
        self.assertIn((keys[9], True), [(flags.remote_id, flags.is_read) for each in rest for flags in each.changed])
        # Narrower again is no reason to read anything.
        self.assertEqual(self.subjects(self.pages(History(messages=4), rest[-1].cursor, known=lambda: keys)), [])

    def test_more_than_a_filter_tells(self):
        self.fill_plain(5010)
        pages = self.pages(History(messages=5005), limit=2000)
        self.assertEqual(sum(len(page.new) for page in pages), 5005)
        self.assertEqual(pages[0].remaining, 5005 - 250)
        self.assertEqual((len(self.lines("/messages/delta?$select")), self.lines("$orderby=receivedDateTime%20desc&$filter")), (1, []))


class Costs(GraphCase):
    def setUp(self):
        super().setUp()
        self.cursors = {}

    def one_pass(self):
        """What the engine does; answers how many requests it took, and which folders were asked."""
        provider = self.provider()
        changed = [folder for folder in provider.list_folders() if provider.has_changed(folder, self.cursors.get(folder.remote_id))]
        for folder in changed:
            page = None
            while page is None or page.more:
                page = provider.fetch_changes(folder.remote_id, self.cursors.get(folder.remote_id), 2000, list)
                self.cursors[folder.remote_id] = page.cursor
        return provider.commands_sent, [folder.name for folder in changed]

    def settle(self):
        self.fill(5)
        while len(self.mailbox.folders) < 45:
            self.mailbox.make_folder(f"Folder {len(self.mailbox.folders)}")
        self.one_pass()
        self.graph.clock_skew += 120
        self.one_pass()

    def test_nothing_changed(self):
        self.settle()
        self.assertEqual(self.one_pass(), (1, []))

    def test_one_folder_changed(self):
        self.settle()
        self.mailbox.change(next(iter(self.inbox.messages.values())), {"flag": {"flagStatus": "flagged"}})
        self.assertEqual(self.one_pass(), (2, ["Posteingang"]))
        # Whatever happened in the same second is not missed.
        self.assertEqual(self.one_pass(), (2, ["Posteingang"]))
        self.graph.clock_skew += 60
        self.assertEqual((self.one_pass()[1], self.one_pass()[1]), (["Posteingang"], []))

    def test_every_change_is_seen(self):
        self.settle()
        archive = self.mailbox.well_known["archive"]
        messages = list(self.inbox.messages.values())
        changes = (
            lambda: self.mailbox.change(messages[0], {"isRead": True}), lambda: self.mailbox.change(messages[0], {}, {0x1081: 102}),
            lambda: self.mailbox.move(messages[1], archive), lambda: self.mailbox.take_out(messages[2]), lambda: self.fill(1, 90))
        for change in changes:
            self.graph.clock_skew += 60
            self.one_pass()
            self.assertEqual(self.one_pass()[1], [])
            change()
            self.assertIn("Posteingang", self.one_pass()[1])

    def test_looked_at_all_the_same_now_and_then(self):
        self.settle()
        self.graph.clock_skew += 3700
        # The list, and 45 folders by 20.
        self.assertEqual(self.one_pass()[0], 4)

    def test_states_that_are_not_told(self):
        for name, switch in (("refused", lambda: setattr(self.graph, "refuses_folder_expand", True)),
                             ("left out", lambda: setattr(self.mailbox, "tells_states", False))):
            with self.subTest(name):
                self.settle()
                switch()
                requests, changed = self.one_pass()
                self.assertEqual((requests, len(changed)), (4 + (name == "refused"), 45))
                self.graph.refuses_folder_expand = False

    def test_what_was_asked_ahead_is_void_after_a_change(self):
        self.settle()
        self.mailbox.tells_states = False
        provider = self.provider()
        folders = [folder for folder in provider.list_folders() if provider.has_changed(folder, self.cursors[folder.remote_id])]
        inbox, sent = folders[0], folders[2]
        key = self.fill(1, 77)[0]
        provider.fetch_changes(sent.remote_id, self.cursors[sent.remote_id], 2000, list)
        provider.set_flags(inbox.remote_id, [key], "is_read", True)
        page = provider.fetch_changes(inbox.remote_id, self.cursors[inbox.remote_id], 2000, list)
        self.assertTrue(page.new[0].flags.is_read)

    def test_clocks_that_differ(self):
        """Only the service's clock counts."""
        for skew in (-86400, 86400):
            self.graph.clock_skew = skew
            self.token = f"{self.token}{skew}"
            self.mailbox = self.graph.add_mailbox(f"skew{skew}.{self.address}", self.token)
            self.inbox, self.cursors = self.mailbox.well_known["inbox"], {}
            self.settle()
            self.assertEqual(self.one_pass(), (1, []))

    def test_an_ordinary_first_sync(self):
        self.fill_plain(1000)
        began = time.monotonic()
        requests, _changed = self.one_pass()
        # The list, four pages of the inbox, six folders with nothing in them.
        self.assertEqual(requests, 1 + 4 + 6)
        self.assertLess(time.monotonic() - began, 120)
        self.assertEqual(self.graph.most_at_once, 1)
