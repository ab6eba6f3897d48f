"""The list shows exactly what a plain look at every mail would: all filters, all searches, page after page."""

import random
import re
from datetime import datetime, timedelta

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.maildesk_message_placement_list import LEFT_OUT, PROBE
from ..common import MaildeskCase

VOCABULARY = "the order of invoice bicycle frame delivery saddle Größe naïve reply".split()
SEARCHES = (
    "", "the", "unicorn", "formerly", "elsewhere", "foreign", "order invoice", "the unicorn", "o", "bic fra", "GRÖSSE größe",
    "r-2041", "rosa@pedalia.example", "pedalia", "nothing of the kind", "formerly the",
)
FILTERS = ("", "unread", "starred", "attachments", "incoming", "outgoing")


@tagged("post_install", "-at_install")
class TestList(MaildeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chance = random.Random(5)
        cls.rows = {}
        mine, second = (cls.make_account(f"{name}@tidewheel.example", [cls.user]) for name in ("support", "info"))
        cls.strange = cls.make_account("else@tidewheel.example", [cls.other])
        cls.places = {
            "inbox": cls._fill(mine, "inbox", PROBE + 600), "archive": cls._fill(mine, "archive", 300),
            "sent": cls._fill(mine, "sent", 60), "junk": cls._fill(mine, "junk", 40), "plain": cls._fill(mine, False, 30),
            "second": cls._fill(second, "inbox", 200), "strange": cls._fill(cls.strange, "inbox", 300),
        }
        cls.list = cls.env["maildesk.message.placement"].with_user(cls.user)

    @classmethod
    def _fill(cls, account, role, size):
        """A folder with random mail, several of it at the same second; kept as plain values, too."""
        folder = cls.env["maildesk.folder"].create({
            "account_id": account.id, "name": role or "Plain", "remote_id": role or "Plain", "role": role})
        chance, newest, mails, places = cls.chance, datetime(2026, 6, 1), [], []
        for number in range(size):
            words = chance.choices(VOCABULARY, [30, 9, 9, 3, 2, 2, 2, 1, 1, 1, 1], k=chance.randrange(1, 7))
            words += ["unicorn"] * (number in (7, size - 1)) + ["elsewhere"] * (role == "archive") + ["R-2041"] * (number % 97 == 5)
            words += ["formerly"] * (number > PROBE + 200) + ["foreign"] * ("else" in account.email)
            chance.shuffle(words)
            middle = chance.randrange(len(words) + 1)
            mails.append({
                "account_id": account.id, "fingerprint": f"{folder.id}-{number}", "subject": " ".join(words[:middle]),
                "preview": ", ".join(words[middle:]), "from_name": "Rosa Delgado" if number % 13 == 0 else "Tom Whitaker",
                "from_email": "rosa@pedalia.example" if number % 13 == 0 else "tom@tidewheel.example",
                "to_addresses": f"Support <{account.email}>", "has_attachments": chance.random() < 0.1,
            })
            places.append({
                "folder_id": folder.id, "remote_id": f"1:{number}", "is_read": chance.random() < 0.9,
                "is_starred": chance.random() < 0.02, "date": newest - timedelta(seconds=chance.randrange(size // 2 + 1)),
            })
        # what was formerly frequent lies beyond what a search looks at
        places.sort(key=lambda place: place["date"], reverse=True)
        messages = cls.env["maildesk.message"].create(mails)
        for place, message in zip(places, messages, strict=True):
            place["message_id"] = message.id
        records = cls.env["maildesk.message.placement"].create(places)
        for record, place, mail in zip(records, places, mails, strict=True):
            text = " ".join(mail[name] for name in ("subject", "preview", "from_name", "from_email", "to_addresses"))
            cls.rows[record.id] = {**mail, **place, "id": record.id, "role": role, "account": account, "words": cls._words(text)}
        return folder

    def plainly(self, folder, quick_filter="", search=""):
        """Ids as a look at every row finds them."""
        newest = sorted(self.rows.values(), key=lambda row: (row["date"], row["id"]), reverse=True)
        return [row["id"] for row in newest
                if self._is_shown(row, folder) and self._passes(row, quick_filter) and self._holds(row, search)]

    def _is_shown(self, row, folder):
        if row["account"] == self.strange:
            return False
        return row["folder_id"] == folder.id if folder else row["role"] not in LEFT_OUT

    def _passes(self, row, quick_filter):
        return {
            "": True, "unread": not row["is_read"], "starred": row["is_starred"], "attachments": row["has_attachments"],
            "incoming": row["role"] != "sent", "outgoing": row["role"] == "sent",
        }[quick_filter]

    def _holds(self, row, search):
        return all(any(word.startswith(wanted) for word in row["words"]) for wanted in self._words(search))

    @staticmethod
    def _words(text):
        return re.findall(r"[^\W_]+", text.lower())

    def page(self, folder, *arguments, **options):
        page = self.list._page(folder.id if folder else None, *arguments, **options)
        return [row["id"] for row in page["rows"]], page["next"]

    def walk(self, folder, quick_filter="", search=""):
        """Ids of all pages, pages of any size."""
        found, after = [], None
        while True:
            ids, after = self.page(folder, quick_filter, search, after, self.chance.randrange(20, 201))
            found += ids
            if not after:
                return found

    def assert_first_pages(self, folders):
        for name, folder in folders.items():
            for quick_filter in FILTERS:
                for search in SEARCHES:
                    with self.subTest(folder=name, quick_filter=quick_filter, search=search):
                        expected = self.plainly(folder, quick_filter, search)
                        ids, after = self.page(folder, quick_filter, search, limit=20)
                        self.assertEqual(ids, expected[:20])
                        self.assertEqual(bool(after), len(expected) > 20)

    def test_every_first_page(self):
        self.assert_first_pages({"all": None, **self.places})

    def test_first_pages_with_statistics(self):
        self.env.cr.execute("ANALYZE maildesk_message_search, maildesk_message_placement")
        folders = [folder.id for folder in self.places.values()]
        _query, asked = self.env["maildesk.message.search"]._queries("the unicorn", folders)
        self.assertEqual(asked, "'unicorn':*")
        self.assert_first_pages({"all": None, "inbox": self.places["inbox"]})

    def test_pages_without_gaps_or_doubles(self):
        inbox = self.places["inbox"]
        cases = [(None, "", ""), (inbox, "", ""), (inbox, "unread", ""), (None, "attachments", ""), (None, "starred", "")]
        cases += [(folder, "", search) for folder in (None, inbox) for search in ("the", "formerly", "order invoice", "r-2041")]
        for folder, quick_filter, search in cases:
            with self.subTest(folder=folder and folder.name, quick_filter=quick_filter, search=search):
                found = self.walk(folder, quick_filter, search)
                self.assertEqual(found, self.plainly(folder, quick_filter, search))

    def test_a_page_goes_on_where_it_was_though_mail_came_and_went(self):
        inbox = self.places["inbox"]
        expected = self.plainly(inbox)
        ids, after = self.page(inbox, limit=50)
        place = self.env["maildesk.message.placement"].browse(ids[-1])
        place.copy({"remote_id": "2:1", "date": "2026-07-01 12:00:00"})
        # the row the page ended with is gone
        place.unlink()
        self.assertEqual(self.page(inbox, after=after, limit=50)[0], expected[50:100])

    def test_what_is_searched_follows_the_mail(self):
        inbox, archive = self.places["inbox"], self.places["archive"]
        place = self.env["maildesk.message.placement"].browse(self.plainly(inbox, "", "unicorn")[0])
        place.write({"folder_id": archive.id, "remote_id": "9:1"})
        self.env.flush_all()
        self.assertNotIn(place.id, self.page(inbox, search="unicorn")[0])
        self.assertIn(place.id, self.page(archive, search="unicorn")[0])
        place.date = "2026-07-01 12:00:00"
        place.message_id.write({"subject": "Zebra crossing", "preview": "", "has_attachments": True})
        self.env.flush_all()
        self.assertNotIn(place.id, self.page(archive, search="unicorn")[0])
        self.assertEqual(self.page(archive, search="zebra")[0], [place.id])
        self.assertEqual(self.page(archive, "attachments")[0][0], place.id)
        place.message_id.unlink()
        self.places["second"].unlink()
        self.env.cr.execute("SELECT id FROM maildesk_message_search EXCEPT SELECT id FROM maildesk_message_placement")
        self.assertFalse(self.env.cr.fetchall())
        self.env.cr.execute("SELECT id FROM maildesk_message_placement EXCEPT SELECT id FROM maildesk_message_search")
        self.assertFalse(self.env.cr.fetchall())

    def test_marking_mail_leaves_the_full_text_index_alone(self):
        place = self.env["maildesk.message.placement"].browse(self.plainly(self.places["inbox"])[0])
        row = "SELECT ctid FROM maildesk_message_search WHERE id = %s"
        self.env.cr.execute(row, [place.id])
        before = self.env.cr.fetchall()
        place.write({"is_read": not place.is_read, "is_starred": True})
        self.env.flush_all()
        self.env.cr.execute(row, [place.id])
        self.assertEqual(self.env.cr.fetchall(), before)

    @mute_logger("odoo.sql_db")
    def test_whatever_is_typed(self):
        for search in ("'", "\\", "a\\'b", "\0", "!!! ???", "_", ":*", "& | !", "'#1'", "🚲", "the " * 500, "ß'\\\0x"):
            with self.subTest(search=search):
                self.page(self.places["inbox"], search=search)
        self.assertEqual(self.page(None, search="!!! ???"), ([], None))
        # the mark of a folder is no word
        self.assertEqual(self.page(None, search=f"#{self.places['inbox'].id}")[0], self.plainly(None, "", f"{self.places['inbox'].id}")[:50])
        self.assertEqual(self.page(None, search=None)[0], self.plainly(None)[:50])
