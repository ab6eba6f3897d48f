"""Whether a folder shows what lies in others: asked of Dovecot, which alone can tell, and understood with caution."""

import unittest

from maildesk.tests.fakes.imap_folder import ScriptedFolder

DOVECOT = b'* ID ("name" "Dovecot")\r\n'


class TestVirtual(unittest.TestCase):
    def repeats(self, name=b"INBOX", identification=DOVECOT, folder="All", cursor=None, status=b"OK", **answers):
        """What the first page says where the server tells this of its messages."""
        scripted = ScriptedFolder(2)
        usual = scripted._fetch

        def fetch(command):
            if b"X-MAILBOX" not in command:
                return usual(command)
            item = b"* 2 FETCH (UID 12 X-MAILBOX %s)\r\n" % name if name else b""
            return item + b"{tag} " + status + b" x\r\n"

        with scripted.scripted("ID", **{"ID": identification, "UID_FETCH": fetch, **answers}) as (provider, server):
            page = provider.fetch_changes(folder, cursor, 10, list)
            self.asked = [command for command in server.sent(b"UID FETCH") if b"X-MAILBOX" in command]
            self.assertEqual((len(page.new), server.unknown), (2 if not cursor else len(page.new), []))
            return page.repeats

    def test_of_another_folder(self):
        self.assertTrue(self.repeats())
        self.assertEqual(self.asked, [b"UID FETCH 12 (UID X-MAILBOX)"])
        self.assertTrue(self.repeats(b'"A folder"'))

    def test_of_itself(self):
        self.assertFalse(self.repeats(b"All"))
        self.assertFalse(self.repeats(b'"Caf&AOk- x"', folder="Caf&AOk- x"))

    def test_nothing_to_be_understood(self):
        for name in (b"", b"NIL", b"(INBOX)"):
            self.assertFalse(self.repeats(name))
        self.assertFalse(self.repeats(status=b"BAD"))
        self.assertFalse(self.repeats(status=b"NO"))
        # a name of no folder
        self.assertFalse(self.repeats(LIST=b""))
        self.assertFalse(self.repeats(LIST=b'* LIST (\\NonExistent) "/" x\r\n'))

    def test_who_is_asked(self):
        for identification in (b"* ID NIL\r\n", b'* ID ("name" "Cyrus IMAPD")\r\n', b"", b"{tag} NO x\r\n"):
            with self.subTest(identification=identification):
                self.assertFalse(self.repeats(identification=identification))
                self.assertEqual(self.asked, [])
        self.assertTrue(self.repeats(identification=b'* id ("name" "dovecot" "x" NIL)\r\n'))
        self.assertFalse(self.repeats(folder="INBOX"))
        self.assertEqual(self.asked, [])

    def test_when(self):
        """With the first messages there are, be it those of a folder that was empty."""
        cursor = {"v": 1, "uidvalidity": 7, "uidnext": 11, "modseq": 0, "messages": 0, "todo": []}
        self.assertTrue(self.repeats(cursor=cursor))
        self.assertFalse(self.repeats(cursor={**cursor, "uidnext": 12, "messages": 1}))
        self.assertEqual(self.asked, [])
