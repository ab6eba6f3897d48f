"""The demonstration's correspondence: the same every time, parsable, consistent, never of the future."""

import io
import random
import re
import unittest
import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import getaddresses, parsedate_to_datetime

from maildesk.dev.demo import company
from maildesk.dev.demo.correspondence import SEED, build, opening
from maildesk.dev.demo.enclosures import child
from maildesk.dev.demo.plays import read, vary
from maildesk.dev.demo.shapes import DEPTH

NOW = datetime(2026, 3, 11, 15, 20, tzinfo=UTC)
#: Charsets the correspondence must show.
CHARSETS = {"utf-8", "iso-2022-jp", "koi8-r", "windows-1252", "gb18030", "windows-1255", "iso-8859-7", "euc-kr"}


def references(message):
    """Ids of the References field."""
    return re.findall(r"<[^>]+>", message["References"] or "")


class TestCorrespondence(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.items = build(now=NOW)
        cls.messages = [message_from_bytes(item.raw) for item in cls.items]

    def test_same_seed_same_octets(self):
        again = build(seed=SEED, now=NOW)
        self.assertEqual([item.raw for item in again], [item.raw for item in self.items])
        self.assertEqual(
            [(item.folder, item.flags, item.date) for item in again],
            [(item.folder, item.flags, item.date) for item in self.items],
        )

    def test_another_seed_is_another_correspondence(self):
        self.assertNotEqual([item.raw for item in build(seed=SEED + 1, now=NOW)], [item.raw for item in self.items])

    def test_there_are_a_few_hundred_in_every_mailbox(self):
        self.assertTrue(350 <= len(self.items) <= 480, len(self.items))
        self.assertLess(sum(len(item.raw) for item in self.items), 12 * 2**20)
        for mailbox, count in Counter(item.mailbox for item in self.items).items():
            self.assertGreater(count, 80, mailbox)

    def test_folders_are_known_and_one_stays_empty(self):
        folders = company.folders(NOW.year)
        used = {(item.mailbox, item.folder) for item in self.items}
        for mailbox, folder in used - {(mailbox, "INBOX") for mailbox in company.MAILBOXES}:
            self.assertIn(folder, folders[mailbox])
        self.assertNotIn(company.EMPTY_FOLDER, {folder for _mailbox, folder in used})
        self.assertIn(company.EMPTY_FOLDER, folders[company.ANNA])
        for mailbox in company.MAILBOXES:
            for folder in ("INBOX", "Sent", "Drafts", "Junk", "Trash", "Archive"):
                self.assertIn((mailbox, folder), used)

    def test_nothing_is_of_the_future_and_something_is_fresh(self):
        for item, message in zip(self.items, self.messages, strict=True):
            self.assertLessEqual(item.date, NOW)
            if message["Date"]:
                self.assertLessEqual(parsedate_to_datetime(message["Date"]), NOW)
        self.assertGreaterEqual(sum(item.date > NOW - timedelta(hours=12) for item in self.items), 8)
        self.assertLess(min(item.date for item in self.items), NOW - timedelta(days=330))

    def test_any_moment_will_do(self):
        for now in (datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC), datetime(2027, 2, 28, 4, 0)):
            items = build(now=now)
            self.assertLessEqual(max(item.date for item in items), now if now.tzinfo else now.replace(tzinfo=UTC))

    def test_octets_are_mail(self):
        for item, message in zip(self.items, self.messages, strict=True):
            with self.subTest(subject=item.letter.subject):
                self.assertEqual(message.defects, [])
                self.assertIsNone(re.search(rb"(?<!\r)\n|\r(?!\n)", item.raw), "bare line end")
                self.assertLess(max(map(len, item.raw.split(b"\r\n"))), 998)
                self.assertIsNotNone(message["From"])
                self.assertNotRegex(item.letter.own, r"[{}]|\$\w")

    def test_answers_point_at_what_they_answer(self):
        known = {item.letter.message_id: item.letter for item in self.items}
        answers = 0
        for item, message in zip(self.items, self.messages, strict=True):
            parent = message["In-Reply-To"]
            if parent and parent in known:
                answers += 1
                self.assertEqual(references(message)[-1], parent)
                self.assertGreaterEqual(item.letter.date, known[parent].date)
                self.assertTrue(message["Subject"].startswith(("Re:", "=?")))
        self.assertGreater(answers, 120)

    def test_answered_means_an_answer_lies_in_sent(self):
        sent = {(item.mailbox, item.letter.in_reply_to) for item in self.items if item.folder == "Sent"}
        flagged = [item for item in self.items if b"\\Answered" in item.flags]
        self.assertGreater(len(flagged), 50)
        for item in flagged:
            self.assertIn((item.mailbox, item.letter.message_id), sent)

    def test_message_ids_are_unique_within_a_mailbox(self):
        counts = Counter((item.mailbox, item.letter.message_id) for item in self.items)
        self.assertEqual([key for key, count in counts.items() if count > 1], [])

    def test_shapes_are_all_there(self):
        parts = [part for message in self.messages for part in message.walk()]
        kinds = Counter(part.get_content_type() for part in parts)
        for kind in ("application/pdf", "image/jpeg", "image/png", "text/calendar", "message/rfc822", "text/csv"):
            self.assertGreater(kinds[kind], 0, kind)
        for kind in ("application/zip", "multipart/report", "multipart/related", "message/delivery-status"):
            self.assertGreater(kinds[kind], 0, kind)
        self.assertLessEqual(CHARSETS, {part.get_content_charset() for part in parts})
        self.assertIn("flowed", {part.get_param("format") for part in parts})
        self.assertTrue(any(message["List-Id"] for message in self.messages))
        self.assertTrue(any(message["Message-ID"] is None for message in self.messages))
        self.assertTrue(any(message["Date"] is None for message in self.messages))
        self.assertIn("", [message["Subject"] for message in self.messages])
        self.assertGreaterEqual(max(len(getaddresses(m.get_all("To", []))) for m in self.messages), 200)
        self.assertGreaterEqual(max(len(references(message)) for message in self.messages), 12)

    def test_pictures_within_html_are_enclosed(self):
        found = 0
        for message in self.messages:
            enclosed = {part["Content-ID"] for part in message.walk() if part["Content-ID"]}
            for part in message.walk():
                if part.get_content_type() == "text/html":
                    text = part.get_payload(decode=True).decode(part.get_content_charset("utf-8"), "replace")
                    wanted = {f"<{cid}>" for cid in re.findall(r"cid:([^\"']+)", text)}
                    found += len(wanted)
                    self.assertLessEqual(wanted, enclosed)
        self.assertGreater(found, 10)

    def test_documents_open(self):
        for message in self.messages:
            for part in message.walk():
                data = part.get_payload(decode=True) or b""
                if part.get_content_type() == "application/pdf":
                    self.assertTrue(data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF"))
                elif str(part.get_filename()).endswith((".xlsx", ".zip")):
                    self.assertIsNone(zipfile.ZipFile(io.BytesIO(data)).testzip())

    def test_nested_mails_nest(self):
        message = next(m for m in self.messages if str(m["Subject"]).startswith("Fwd: Fwd: "))
        kinds = Counter(part.get_content_type() for part in message.walk())
        self.assertEqual(kinds["message/rfc822"], DEPTH - 1)
        texts = [part.get_payload(decode=True) for part in message.walk() if part.get_content_type() == "text/plain"]
        self.assertEqual([b"Two eggs" in text for text in texts], [True] * DEPTH)

    def test_only_one_body_is_empty(self):
        empty = {item.letter.subject for item in self.items if not item.raw.partition(b"\r\n\r\n")[2].strip()}
        self.assertEqual(empty, set())
        silent = [i for i in self.items if not (i.letter.text.strip() or i.letter.html or i.letter.raw_body)]
        self.assertEqual([item.letter.subject for item in silent], ["See attachment"])

    def test_other_scripts_survive(self):
        subjects = {
            str(message_from_bytes(item.raw, policy=policy.default)["Subject"]) for item in self.items if item.folder != "Junk"
        }
        for subject in ("自転車のお取り扱いについてのお問い合わせ", "Вопрос о размере рамы Osprey Tour", "תודה על השירות המהיר"):
            self.assertIn(subject, subjects)


class TestPlays(unittest.TestCase):
    def test_choices_and_facts(self):
        rng = child(random.Random(1))
        seen = {vary("{a|b{1|2}} $name", rng, {"name": "Z"}) for _try in range(60)}
        self.assertEqual(seen, {"a Z", "b1 Z", "b2 Z"})

    def test_turns_are_read(self):
        play = next(play for play in read("trade") if play.key == "late-container")
        self.assertEqual([turn.who for turn in play.turns], ["customer", "us", "customer", "us"])
        self.assertEqual(play.turns[1].cc, ("lucia", "piotr"))

    def test_somebody_can_always_write_anew(self):
        for number, mailbox in enumerate(company.MAILBOXES * 20):
            letter = opening(random.Random(number), mailbox, NOW)
            self.assertIn(mailbox, [person.email for person in letter.to])
            self.assertFalse(letter.in_reply_to)
            self.assertLessEqual(letter.date, NOW)


if __name__ == "__main__":
    unittest.main()
