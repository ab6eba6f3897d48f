"""Gmail's own ways: labels as folders, ids that name a mail under every label, deleting through Trash."""

import unittest

from maildesk.providers.errors import ProtocolError, Unsupported
from maildesk.tests.fakes.imap_scripted import scripted

CAPABILITIES = "UNSELECT IDLE NAMESPACE X-GM-EXT-1 UIDPLUS ENABLE MOVE CONDSTORE ESEARCH LIST-EXTENDED LIST-STATUS SPECIAL-USE"
LABELS = (
    b'* LIST (\\HasNoChildren) "/" "INBOX"\r\n'
    b'* LIST (\\HasNoChildren) "/" "Archive"\r\n'
    b'* LIST (\\HasChildren \\Noselect) "/" "[Gmail]"\r\n'
    b'* LIST (\\All \\HasNoChildren) "/" "[Gmail]/Alle Nachrichten"\r\n'
    b'* LIST (\\Drafts \\HasNoChildren) "/" "[Gmail]/Entw&APw-rfe"\r\n'
    b'* LIST (\\HasNoChildren \\Important) "/" "[Gmail]/Wichtig"\r\n'
    b'* LIST (\\HasNoChildren \\Sent) "/" "[Gmail]/Gesendet"\r\n'
    b'* LIST (\\HasNoChildren \\Junk) "/" "[Gmail]/Spam"\r\n'
    b'* LIST (\\Flagged \\HasNoChildren) "/" "[Gmail]/Markiert"\r\n'
)
TRASH = b'* LIST (\\HasNoChildren \\Trash) "/" "[Gmail]/Papierkorb"\r\n'


def message(uid, gmail_id):
    header = b"Subject: One\r\nFrom: a@example.org\r\nMessage-ID: <a@example.org>\r\n\r\n"
    return (b'* 1 FETCH (X-GM-THRID 1266894439832287888 X-GM-MSGID %d UID %d RFC822.SIZE 100 '
            b'INTERNALDATE "02-Mar-2026 09:00:00 +0000" FLAGS (\\Seen) BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 1 NIL NIL NIL)'
            b' BODY[HEADER.FIELDS (DATE FROM SENDER REPLY-TO TO CC BCC SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES)] {%d}\r\n%s)\r\n'
            % (gmail_id, uid, len(header), header))


class TestLabels(unittest.TestCase):
    def test_special_folders_and_all_mail_as_archive(self):
        with scripted(CAPABILITIES, LIST=LABELS + TRASH) as (provider, _server):
            roles = {folder.role: folder.remote_id for folder in provider.list_folders() if folder.role}
        self.assertEqual(roles, {
            "inbox": "INBOX", "archive": "[Gmail]/Alle Nachrichten", "drafts": "[Gmail]/Entw&APw-rfe", "sent": "[Gmail]/Gesendet",
            "junk": "[Gmail]/Spam", "trash": "[Gmail]/Papierkorb", "flagged": "[Gmail]/Markiert", "important": "[Gmail]/Wichtig",
        })
        self.assertTrue(provider.capabilities.stable_ids and provider.capabilities.keeps_sent)

    def test_a_mail_has_one_name_under_every_label(self):
        found = []
        for folder, uid in (("INBOX", 3), ("[Gmail]/Alle Nachrichten", 1)):
            opened = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n* OK [UIDNEXT 4] \r\n* OK [HIGHESTMODSEQ 9] \r\n"
            answers = {"EXAMINE": opened, "UID_FETCH": message(uid, 1278455344230334865), "UID_SEARCH": b"* ESEARCH ALL %d\r\n" % uid}
            with self.subTest(folder), scripted(CAPABILITIES, UNSELECT=b"", **answers) as (provider, _server):
                found += provider.fetch_changes(folder, None, 10, list).new
        self.assertEqual([one.fingerprint for one in found], ["x-gm-msgid:1278455344230334865"] * 2)
        self.assertEqual({one.thread_key for one in found}, {"x-gm-thrid:1266894439832287888"})


class TestDelete(unittest.TestCase):
    def delete(self, folder, listing=LABELS + TRASH, **answers):
        defaults = {
            "LIST": listing, "UNSELECT": b"", "UID_FETCH": b"* 1 FETCH (UID 3 FLAGS ())\r\n", "UID_STORE": b"", "UID_EXPUNGE": b"",
            "UID_MOVE": b"* OK [COPYUID 7 3 41] moved\r\n", "UID_SEARCH": [b"* ESEARCH UID ALL 41\r\n", b"* ESEARCH UID\r\n"],
        }
        with scripted(CAPABILITIES, **{**defaults, **answers}) as (provider, server):
            try:
                provider.delete(folder, ["7:3"])
            finally:
                self.assertEqual(server.unknown, [])
                self.sent = [line for line in server.sent(b"UID", b"SELECT") if not line.startswith((b"UID SEARCH", b"UID FETCH"))]

    def test_from_a_label_it_goes_through_trash(self):
        self.delete("INBOX")
        self.assertEqual(self.sent, [
            b'SELECT "INBOX"', b'UID MOVE 3 "[Gmail]/Papierkorb"', b'SELECT "[Gmail]/Papierkorb"',
            b"UID STORE 41 +FLAGS.SILENT (\\Deleted)", b"UID EXPUNGE 41",
        ])

    def test_from_trash_and_spam_at_once(self):
        for folder in ("[Gmail]/Papierkorb", "[Gmail]/Spam"):
            self.delete(folder, UID_SEARCH=[b"* ESEARCH UID ALL 3\r\n", b"* ESEARCH UID\r\n"])
            self.assertFalse([line for line in self.sent if b"MOVE" in line])
            self.assertIn(b"UID EXPUNGE 3", self.sent)

    def test_trash_hidden_from_mail_programs(self):
        with self.assertRaises(Unsupported):
            self.delete("INBOX", listing=LABELS)
        self.assertEqual(self.sent, [])

    def test_a_server_that_does_not_tell(self):
        with self.assertRaises(ProtocolError):
            self.delete("INBOX", UID_MOVE=b"", UID_SEARCH=b"* ESEARCH UID\r\n")
        self.assertFalse([line for line in self.sent if b"EXPUNGE" in line])
