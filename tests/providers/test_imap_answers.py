"""Answers that other servers were seen to give: what cannot be read costs the message, folder or item it is about, nothing else."""

import random
import re
import unittest
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from unittest import mock

from maildesk.providers import imap_previews
from maildesk.providers.errors import ProtocolError
from maildesk.providers.imap_answers import Answers
from maildesk.tests.fakes.imap_folder import ScriptedFolder
from maildesk.tests.fakes.imap_scripted import CUT, scripted

FILE = b'"paper 2.pdf") NIL NIL "base64" 9'


def listed(folder, passes=1, capabilities="", **answers):
    """What is listed after so many pages, by key, and the last cursor."""
    with folder.scripted(capabilities, **answers) as (provider, _server):
        messages, cursor = {}, None
        for _pass in range(passes):
            page = provider.fetch_changes("INBOX", cursor, 50, lambda: list(messages))
            messages.update({message.flags.remote_id: message for message in page.new})
            for key in page.vanished:
                messages.pop(key)
            cursor = page.cursor
    return messages, cursor


class TestUnreadableAnswers(unittest.TestCase):
    """What stands in one message's answer is that message's trouble."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.exact, _cursor = listed(ScriptedFolder(4))

    def spoiled(self, old, new, **answers):
        """All is listed, message 12 with whatever could be read, the others as ever.

        :return: message 12, and the items that were asked of it, by command.
        """
        asked = []

        def spoil(uid, names, answer):
            if uid != 12:
                return answer
            asked.append(b" ".join(names))
            return answer.replace(old, new)

        messages, cursor = listed(ScriptedFolder(4, spoil), **answers)
        message = messages.pop("7:12")
        self.assertEqual(messages, {key: self.exact[key] for key in ("7:11", "7:13", "7:14")})
        self.assertEqual(cursor["todo"], [])
        return message, asked

    def test_a_message_whose_structure_cannot_be_read(self):
        for name, old, new in (
            ("closing bracket left out", b'"boundary" "b")', b'"boundary" "b"'),
            ("closing bracket left out at the end", b"))\r\n", b")\r\n"),
            ("bracket too many", b'"mixed"', b')"mixed"'),
            ("line break within a string", FILE, b"pap\r\ner.pdf" + FILE),
            ("a line that begins like an answer", FILE, b"\r\n* 3 EXPUNGE" + FILE),
            ("quotes within a name", FILE, b'"paper "2" x.pdf") NIL NIL "base64" 9'),
            ("nested without end", b'"mixed"', b"(" * 400 + b")" * 400 + b'"mixed"'),
            ("value left out", b"BODYSTRUCTURE", b"ENVELOPE BODYSTRUCTURE"),
        ):
            with self.subTest(name):
                message, asked = self.spoiled(old, new)
                self.assertEqual((message.subject, message.sender.email, message.size), ("Mail 2", "ann2@example.org", 1002))
                self.assertEqual((message.date, message.attachments), (datetime(2026, 3, 2, 10, 2), ()))
                self.assertEqual(message.fingerprint, self.exact["7:12"].fingerprint)
                # Alone in full, and then without the structure.
                self.assertEqual([b"BODYSTRUCTURE" in items for items in asked], [True, True, False, False, False, False])

    def test_a_structure_whose_parts_make_no_sense(self):
        """It is the rest of the answer that counts."""
        for old, new in ((b'"application"', b'"application'), (b'"base64" 9', b'9 "base64"'), (b'"pdf"', b"")):
            with self.subTest(new=new):
                message, asked = self.spoiled(old, new)
                self.assertEqual((message.subject, message.attachments, len(asked)), ("Mail 2", (), 1))

    def test_the_server_finds_nothing(self):
        """Its SEARCH does not know the message whose answer it spoils."""
        folder = ScriptedFolder(4, lambda uid, names, answer: answer.replace(b"BODYSTRUCTURE (", b"BODYSTRUCTURE ((" * (uid == 12) or b"BODYSTRUCTURE ("))
        self.assertEqual(set(listed(folder, UID_SEARCH=b"* SEARCH\r\n")[0]), set(self.exact))

    def test_a_value_left_out(self):
        for old in (b"()", b'"02-Mar-2026 10:02:30 +0000"', b"1002"):
            with self.subTest(old=old):
                message, _asked = self.spoiled(b" " + old, b"")
                self.assertEqual(message.subject, "Mail 2")

    def test_no_header(self):
        message, _asked = self.spoiled(b"BODY[HEADER", b"BODI[HEADER")
        self.assertEqual((message.subject, message.size), ("", 1002))

    def test_empty_lines_between_answers(self):
        for blank in (b"\r\n", b"\r\n\r\n", b" \r\n"):
            message, asked = self.spoiled(b"* 2 FETCH", blank + b"* 2 FETCH")
            self.assertEqual((message, len(asked)), (self.exact["7:12"], 2))

    def test_only_once(self):
        """The second time the server says it well."""
        answers = [b"BODYSTRUCTURE (((", b"BODYSTRUCTURE ("]
        folder = ScriptedFolder(4, lambda uid, names, answer: answer.replace(
            b"BODYSTRUCTURE (", answers.pop(0) if uid == 12 and len(answers) > 1 else answers[-1]))
        self.assertEqual(listed(folder)[0], self.exact)

    def test_quotes_that_nobody_can_mistake_for_an_end(self):
        for name in (b'pap"er.pdf', b'"paper.pdf', b'pap""er.pdf', b'paper.pdf"'):
            with self.subTest(name=name):
                message, asked = self.spoiled(b'"paper 2.pdf"', b'"' + name + b'"')
                expected, _asked = self.spoiled(b'"paper 2.pdf"', b'"' + name.replace(b'"', b'\\"') + b'"')
                self.assertEqual((message.attachments, message.preview, len(asked)), (expected.attachments, "Words of mail 2", 2))
                self.assertIn("pap", message.attachments[0].name)

    def test_the_connection_is_good_for_more(self):
        """The mail can be opened from its source, and the next folder is read."""
        folder = ScriptedFolder(4, lambda uid, names, answer: answer.replace(b'"mixed"', b'"mi\r\nxed'))
        folder.messages[12][b"BODY[]"] = b'"Subject: x"'
        with folder.scripted() as (provider, _server):
            provider.fetch_changes("INBOX", None, 50, list)
            self.assertEqual(provider.fetch_raw("INBOX", "7:12"), b"Subject: x")
            self.assertEqual(provider.fetch_body("INBOX", "7:12").text, "")
            self.assertEqual(len(provider.fetch_changes("Other", None, 50, list).new), 4)

    def test_nothing_at_all_can_be_read(self):
        """It is asked for again by every pass; the others are there, and nothing else waits."""
        folder = ScriptedFolder(4, lambda uid, names, answer: b"* 2 FETCH (\r\n" if uid == 12 else answer)
        messages, cursor = listed(folder, passes=3)
        self.assertEqual((set(messages), cursor["todo"]), ({"7:11", "7:13", "7:14"}, [[12, 12]]))
        folder.spoil = lambda uid, names, answer: answer
        with folder.scripted() as (provider, _server):
            page = provider.fetch_changes("INBOX", cursor, 50, lambda: list(messages))
        self.assertEqual((page.new, page.cursor["todo"]), ([self.exact["7:12"]], []))

    def test_what_was_read_before_stays_right(self):
        """Four quotes for a description, a size of -1, a day that never was, a multipart without parts, no UIDNEXT."""
        for old, new in (
            (b'NIL NIL "base64"', b'NIL """" "base64"'),
            (b'"base64" 9 NIL', b'"base64" -1 NIL'),
            (b'"02-Mar-2026 10:02:30 +0000"', b'"00-Jan-0000 00:00:00 +0000"'),
        ):
            with self.subTest(new=new):
                message, asked = self.spoiled(old, new)
                self.assertEqual((message.subject, [part.name for part in message.attachments], message.preview),
                                 ("Mail 2", ["paper 2.pdf"], "Words of mail 2"))
                self.assertEqual(len(asked), 2 if b"Jan" not in new else 3)
        structure = ScriptedFolder(4).messages[12][b"BODYSTRUCTURE"]
        message, asked = self.spoiled(structure, b'("mixed" ("boundary" "b") NIL NIL NIL)')
        self.assertEqual((message.subject, message.preview, len(asked)), ("Mail 2", "", 1))
        opened = b"* 4 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n"
        self.assertEqual(listed(ScriptedFolder(4), EXAMINE=opened)[0], self.exact)


class TestItemsInSeveralAnswers(unittest.TestCase):
    def test_in_any_order(self):
        """All pieces of all messages, shuffled; one piece of each holds the UID."""
        whole = listed(ScriptedFolder(3))[0]
        for seed in range(20):
            rng, held = random.Random(seed), []

            def spoil(uid, names, answer, rng=rng, held=held):
                number, items = re.fullmatch(rb"\* (\d+) FETCH \((.*)\)\r\n", answer, re.DOTALL).groups()
                pieces = _items(items)
                rng.shuffle(pieces)
                cut = rng.randint(1, len(pieces))
                held += [b"* %s FETCH (%s)\r\n" % (number, b" ".join(part)) for part in (pieces[:cut], pieces[cut:]) if part]
                # The last message's turn sends all.
                if int(number) < 3:
                    return b""
                rng.shuffle(held)
                sent = b"".join(held)
                held.clear()
                return sent

            with self.subTest(seed=seed):
                self.assertEqual(listed(ScriptedFolder(3, spoil))[0], whole)

    def test_numbers_move_up(self):
        """After an EXPUNGE a sequence number names another message."""
        answers = Answers()
        for line in (b"* 1 FETCH (UID 5 FLAGS ())", b"* 1 EXPUNGE", b"* 1 FETCH (FLAGS (\\Seen))", b"* 1 FETCH (UID 6)",
                     b"* VANISHED 6", b"* 1 FETCH (FLAGS (\\Flagged))", b"* 1 FETCH (UID 7)"):
            answers.take([line])
        self.assertEqual(answers.flags(), {5: [], 6: [b"\\Seen"], 7: [b"\\Flagged"]})

    def test_numbers_that_name_two_messages(self):
        answers = Answers()
        for line in (b"* 1 FETCH (UID 5 FLAGS ())", b"* 1 FETCH (UID 6 FLAGS (\\Seen))", b"* 1 FETCH (FLAGS (\\Flagged))"):
            answers.take([line])
        self.assertEqual(answers.flags(), {5: [], 6: [b"\\Flagged"]})


def _items(text):
    """The items of a FETCH answer, each with its value."""
    pieces, depth, start, position, words = [], 0, 0, 0, 0
    while position < len(text):
        literal = re.compile(rb"\{(\d+)\}\r\n").match(text, position)
        quoted = re.compile(rb'"[^"]*"|BODY\[[^\]]*\](?:<\d+>)?').match(text, position)
        char = text[position : position + 1]
        position = literal.end() + int(literal[1]) if literal else quoted.end() if quoted else position + 1
        if not literal and not quoted:
            depth += (char == b"(") - (char == b")")
        if depth == 0 and text[position : position + 1] in (b" ", b""):
            words += 1
            if words % 2 == 0:
                pieces.append(text[start:position])
                start = position + 1
            position += 1
    return pieces


class TestFuzz(unittest.TestCase):
    """Answers spoiled at random: all that lies there is listed, and what was not spoiled exactly as it is."""

    ROUNDS = 150

    def test_spoiled_answers(self):
        exact, _cursor = listed(ScriptedFolder(6))
        for seed in range(self.ROUNDS):
            with self.subTest(seed=seed):
                rng = random.Random(seed)
                victims = rng.sample(range(11, 17), rng.randint(1, 3))
                only_structures = rng.random() < 0.6

                def spoil(uid, names, answer, rng=rng, victims=victims, only_structures=only_structures):
                    spares = b"BODYSTRUCTURE" not in names if only_structures else rng.random() < 0.4
                    if uid not in victims or spares:
                        return answer
                    return _spoiled(rng, answer)

                messages, cursor = listed(ScriptedFolder(6, spoil), passes=1 if only_structures else 8)
                self.assertEqual(set(messages), set(exact))
                for key in messages:
                    if int(key[2:]) not in victims:
                        self.assertEqual(messages[key], exact[key])
                self.assertEqual(cursor["todo"], [])


def _spoiled(rng, answer):
    """An answer with a few mistakes between its literals, whose sizes stay true."""
    for _mistake in range(rng.randint(1, 3)):
        literals = [range(match.start(), match.end() + int(match[1])) for match in re.finditer(rb"\{(\d+)\}\r\n", answer)]
        # Not the star at its beginning nor the end of its line.
        places = [place for place in range(2, len(answer) - 2) if not any(place in literal for literal in literals)]
        if not places:
            return answer
        place = rng.choice(places)
        match rng.randrange(5):
            case 0:
                answer = answer[:place] + b"\r\n"
            case 1:
                answer = answer[:place] + b"\r\n" + answer[place:]
            case 2:
                answer = answer[:place] + rng.choice((b"(", b")", b"[", b"]", b'"', b"()", b'""')) + answer[place:]
            case 3:
                marks = [place for place in places if answer[place : place + 1] in b'"()[]']
                place = rng.choice(marks or places)
                answer = answer[:place] + answer[place + 1 :]
            case 4:
                words = [match for match in re.finditer(rb" [^ {}\r\n]+", answer) if match.start() in places]
                word = rng.choice(words) if words else None
                answer = answer[: word.start()] + answer[word.end() :] if word else answer
    return answer


class TestPreviews(unittest.TestCase):
    """First words are a nicety: what fails about them costs nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.exact = listed(ScriptedFolder(3))[0]

    def previews(self, spoil):
        """Of messages that are listed exactly as ever but for their first words."""
        folder = ScriptedFolder(3, lambda uid, names, answer: spoil(answer) if b"BODY.PEEK[1]<0.2048>" in names else answer)
        messages, _cursor = listed(folder)
        for key, message in messages.items():
            self.assertEqual(replace(message, preview=""), replace(self.exact[key], preview=""))
        self.assertEqual(set(messages), set(self.exact))
        return [messages[key].preview for key in sorted(messages)]

    def test_the_form_of_the_request(self):
        """hoodiecrow repeats the request where RFC 3501 §7.4.2 has the first octet only."""
        self.assertEqual(self.previews(lambda answer: answer.replace(b"<0>", b"<0.2048>")), [f"Words of mail {n}" for n in (1, 2, 3)])

    def test_a_server_that_offers_them_and_has_none(self):
        """Cyrus; where it has one, it is not asked for another."""
        for told, words in ((b"NIL", "Words of mail"), (b'""', "Words of mail"), (b"{0}\r\n", "Words of mail"), (b'"Told"', "Told")):
            folder = ScriptedFolder(2)
            for items in folder.messages.values():
                items[b"PREVIEW"] = told
            messages, _cursor = listed(folder, capabilities="PREVIEW")
            with self.subTest(told=told):
                self.assertEqual([message.preview.rstrip(" 12") for message in messages.values()], [words] * 2)

    def test_one_that_cannot_be_read(self):
        self.assertEqual(self.previews(lambda answer: answer.replace(b"* 2 FETCH (", b"* 2 FETCH ((")),
                         ["Words of mail 1", "", "Words of mail 3"])

    def test_refused(self):
        for answer in (b"{tag} NO not so\r\n", b"{tag} BAD not so\r\n", CUT):
            with self.subTest(answer=answer):
                folder = ScriptedFolder(3)
                whole = folder._fetch
                folder._fetch = lambda command, answer=answer, whole=whole: answer if b"<0.2048>" in command else whole(command)
                messages, _cursor = listed(folder)
                self.assertEqual([message.preview for message in messages.values()], ["", "", ""])

    def test_words_nobody_can_decode(self):
        with mock.patch.object(imap_previews, "preview_of", side_effect=RecursionError):
            self.assertEqual(self.previews(lambda answer: answer), ["", "", ""])


class TestDates(unittest.TestCase):
    """INTERNALDATE without sense: the mail's own trace of its arrival counts, then its Date, then this moment."""

    def message(self, stated, received=True, date=True):
        folder = ScriptedFolder(1)
        items = folder.messages[11]
        items[b"INTERNALDATE"] = stated
        if not received:
            items[b"BODY[HEADER.FIELDS (RECEIVED)]"] = b'""'
        if not date:
            items[b"BODY[HEADER"] = b'"Subject: x"'
        (message,) = listed(folder)[0].values()
        return message

    def test_arrival(self):
        received, sent = datetime(2026, 3, 2, 10, 1, 0), datetime(2026, 3, 2, 10, 1)
        for stated in (b'"01-Jan-0001 00:00:00 +0000"', b'"00-Jan-0000 00:00:00 +0000"', b'"31-Dec-9999 23:59:59 -1200"', b"NIL",
                       b'"01-Jan-1970 00:00:00 +0000"', b'"02-Mar-2126 10:00:00 +0000"', b'"soon"', b'""', b"(1 2)",
                       b'"02-Mar-2026 99:99:99 +9999"'):
            with self.subTest(stated=stated):
                message = self.message(stated)
                self.assertEqual((message.internal_date, message.date), (received, sent))
                message = self.message(stated, received=False)
                self.assertEqual((message.internal_date, message.date), (sent, sent))
                message = self.message(stated, received=False, date=False)
                self.assertLess(abs(message.internal_date - datetime.now(timezone.utc).replace(tzinfo=None)), timedelta(minutes=5))
                self.assertEqual(message.date, message.internal_date)
                # Read again it is the same mail.
                self.assertEqual(message.fingerprint, self.message(stated, received=False, date=False).fingerprint)

    def test_a_true_one_is_believed(self):
        message = self.message(b'"01-Mar-2026 10:00:00 +0000"', date=False)
        self.assertEqual((message.internal_date, message.date), (datetime(2026, 3, 1, 10), datetime(2026, 3, 1, 10)))


class TestOpening(unittest.TestCase):
    """Tencent and Xeams tell no UIDVALIDITY where RFC 3501 §6.3.2 wants it."""

    NONE = b"* 3 EXISTS\r\n{tag} OK [READ-ONLY] opened\r\n"

    def page(self, **answers):
        with ScriptedFolder(3).scripted(EXAMINE=self.NONE, **answers) as (provider, server):
            page = provider.fetch_changes("INBOX", None, 50, list)
        self.assertEqual({message.flags.remote_id for message in page.new}, ScriptedFolder(3).keys)
        return page.cursor, server.sent(b"EXAMINE", b"STATUS", b"SELECT", b"CLOSE")

    def test_status_tells(self):
        cursor, sent = self.page(STATUS=b"* STATUS INBOX (UIDVALIDITY 7 UIDNEXT 14)\r\n")
        self.assertEqual((cursor["uidvalidity"], cursor["uidnext"]), (7, 14))
        self.assertEqual(sent, [b'EXAMINE "INBOX"', b'STATUS "INBOX" (UIDVALIDITY UIDNEXT)'])

    def test_select_tells(self):
        opened = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 14]\r\n"
        for status in (b"{tag} NO not of the open folder\r\n", b"{tag} BAD what\r\n", b"", b"* STATUS INBOX (MESSAGES 3)\r\n",
                       b"* STATUS INBOX (UIDVALIDITY\r\n"):
            with self.subTest(status=status):
                cursor, sent = self.page(STATUS=status, SELECT=opened)
                self.assertEqual((cursor["uidvalidity"], cursor["uidnext"]), (7, 14))
                self.assertEqual([command.split()[0] for command in sent], [b"EXAMINE", b"STATUS", b"SELECT"])

    def test_nobody_tells(self):
        with ScriptedFolder(3).scripted(EXAMINE=self.NONE, STATUS=b"", SELECT=self.NONE) as (provider, _server):
            for _twice in range(2):
                with self.assertRaises(ProtocolError):
                    provider.fetch_changes("INBOX", None, 50, list)

    def test_what_changed_meanwhile_cannot_be_read(self):
        """QRESYNC: where one answer is spoiled, what changed is asked for in the other way."""
        folder = ScriptedFolder(3)
        opened = (b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 14]\r\n* OK [HIGHESTMODSEQ 9]\r\n* VANISHED (EARLIER) 11:x\r\n"
                  b"* 2 FETCH (UID 12 FLAGS (\\Seen)\r\n{tag} OK [READ-ONLY] opened\r\n")
        cursor = {"v": 1, "uidvalidity": 7, "uidnext": 14, "modseq": 5, "messages": 3, "todo": []}
        with folder.scripted("ENABLE QRESYNC CONDSTORE", ENABLE=b"", EXAMINE=opened) as (provider, server):
            page = provider.fetch_changes("INBOX", cursor, 50, lambda: list(folder.keys))
            self.assertEqual(server.sent(b"UID FETCH"), [b"UID FETCH 1:13 (UID FLAGS) (CHANGEDSINCE 5)"])
        self.assertEqual(({flags.remote_id for flags in page.changed}, page.vanished), (folder.keys, []))


class TestIdentification(unittest.TestCase):
    """163.com and 126.com open no folder for a client that has not sent ID (RFC 2971)."""

    def sent(self, capabilities, **answers):
        with ScriptedFolder(1).scripted(capabilities, **answers) as (provider, server):
            self.assertEqual(len(provider.fetch_changes("INBOX", None, 50, list).new), 1)
            provider.fetch_changes("Other", None, 50, list)
            return server.sent()[2:]

    def test_before_any_folder_is_opened(self):
        for answer in (b'* ID ("name" "Coremail")\r\n', b"* ID NIL\r\n", b"{tag} BAD what\r\n", b"{tag} NO no\r\n"):
            with self.subTest(answer=answer):
                sent = self.sent("ID", ID=answer)
                self.assertTrue(sent[0].startswith(b'ID ("name" "MailDesk"'), sent[0])
                self.assertEqual(sum(command.startswith(b"ID ") for command in sent), 1)

    def test_only_where_it_is_offered(self):
        self.assertFalse([command for command in self.sent("") if command.startswith(b"ID")])


class TestListing(unittest.TestCase):
    GOOD = b'* LIST () "/" INBOX\r\n* LIST (\\HasNoChildren) "/" "Sent"\r\n'

    def names(self, listing, capabilities="", status=b""):
        with scripted(capabilities, LIST=listing, LSUB=b"", STATUS=status, EXAMINE=self.GOOD) as (provider, _server):
            folders = provider.list_folders()
            # The connection is good for more.
            provider.list_folders()
            return {folder.remote_id: folder for folder in folders}

    def test_one_folder_that_cannot_be_read(self):
        for bad in (b"* LIST (\\HasNoChildren \"/\" Bad\r\n", b'* LIST () "/" Bad)\r\n', b'* LIST () "/" (\r\n', b'* LIST () "/" "Bad\r\n',
                    b'* LIST () "/" "Ba\r\nd"\r\n', b"* LIST\r\n", b"* LIST ()\r\n", b'* LIST NIL "/" Bad\r\n', b'* LIST () "/" B\xe4d\r\n',
                    b'* LIST () "/" NIL\r\n', b'* LIST () "/" ' + b"(" * 300 + b"\r\n", b"\r\n"):
            for capabilities in ("", "LIST-EXTENDED LIST-STATUS SPECIAL-USE"):
                for listing in (bad + self.GOOD, self.GOOD + bad, self.GOOD.replace(b"* LIST (\\H", bad + b"* LIST (\\H")):
                    with self.subTest(bad=bad, capabilities=capabilities):
                        self.assertEqual(set(self.names(listing, capabilities)), {"INBOX", "Sent"})

    def test_nothing_can_be_read(self):
        with self.assertRaises(ProtocolError):
            self.names(b'* LIST () "/" Bad)\r\n')

    def test_states_that_cannot_be_read(self):
        good = b"* STATUS INBOX (MESSAGES 3 UNSEEN 1 UIDNEXT 9 UIDVALIDITY 7)\r\n"
        for bad in (b"* STATUS Sent (MESSAGES 3\r\n", b"* STATUS Sent\r\n", b"* STATUS (\r\n", b"* STATUS\r\n", b'* STATUS "Sent (MESSAGES 1)\r\n'):
            with self.subTest(bad=bad):
                found = self.names(self.GOOD, status=bad + good)
                self.assertEqual((found["INBOX"].total, found["Sent"].state), (3, None))

    def test_blanks_without_quotes(self):
        """GNU mailutils."""
        found = self.names(b'* LIST () "/" INBOX\r\n* LIST () "/" "My Old Mail"\r\n',
                           status=b"* STATUS My Old Mail (MESSAGES 3 UNSEEN 1 UIDNEXT 9 UIDVALIDITY 7)\r\n")
        self.assertEqual((set(found), found["My Old Mail"].total), ({"INBOX", "My Old Mail"}, 3))
