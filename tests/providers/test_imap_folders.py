"""Folder lists as servers of all sorts give them."""

import unittest

from maildesk.providers.imap import ImapProvider
from maildesk.providers.imap_cursor import Cursor, has_changed
from maildesk.providers.imap_roles import FOLDER_NAMES, role_of_name
from maildesk.providers.values import EVERYTHING, ROLES, Endpoint, RemoteFolder
from maildesk.tests.fakes.imap_scripted import ScriptedServer


def listed(listing, lsub=b"", status=b"", capabilities=b""):
    """The folders a provider makes of these LIST lines, and the commands it sent."""
    answers = {b"LIST": listing + b"{tag} OK\r\n", b"LSUB": lsub + b"{tag} OK\r\n", b"STATUS": status + b"{tag} OK\r\n",
               b"AUTHENTICATE": b"{tag} OK [CAPABILITY IMAP4rev1 LITERAL+ %s] in\r\n" % capabilities}
    with ScriptedServer(answers=answers) as server:
        with ImapProvider(Endpoint(server.host, server.port, "none", "someone", 2.0), lambda: "secret") as provider:
            folders = provider.list_folders()
        return {folder.remote_id: folder for folder in folders}, [line for line in server.lines if b"LOGOUT" not in line][2:]


class TestFolders(unittest.TestCase):
    def test_everything_below_the_inbox(self):
        """Courier and old Cyrus: INBOX. stands before every name and says nothing."""
        found, _lines = listed(b'* LIST () "." INBOX\r\n* LIST () "." INBOX.Sent\r\n* LIST () "." inbox.Work.Clients\r\n')
        self.assertEqual((found["INBOX.Sent"].name, found["INBOX.Sent"].parent_remote_id, found["INBOX.Sent"].role),
                         ("Sent", None, "sent"))
        self.assertEqual(found["inbox.Work.Clients"].parent_remote_id, "inbox.Work")
        self.assertEqual((found["inbox.Work"].selectable, found["inbox.Work"].parent_remote_id), (False, None))

    def test_folders_below_an_inbox_among_others(self):
        found, _lines = listed(b'* LIST () "/" INBOX\r\n* LIST () "/" INBOX/Sub\r\n* LIST () "/" Other\r\n')
        self.assertEqual(found["INBOX/Sub"].parent_remote_id, "INBOX")

    def test_names_of_every_form(self):
        found, _lines = listed(
            b'* LIST () "/" {5}\r\nA "b"\r\n* LIST () "/" "q\\"\\\\"\r\n* LIST () NIL flat/name\r\n* LIST () "/" Inbox\r\n'
            b'* LIST () "/" &broken\r\n* LIST () "/" "&AOQ-/&AOQ-"\r\n* LIST () "/" \xff\xfe\r\n* LIST () "/" gr\xc3\xbcn\r\n'
            b'* LIST () "/" "tail/"\r\n* LIST () "/" ""\r\n')
        self.assertEqual(found['A "b"'].name, 'A "b"')
        self.assertEqual(found['q"\\'].name, 'q"\\')
        self.assertEqual((found["flat/name"].name, found["flat/name"].parent_remote_id), ("flat/name", None))
        self.assertEqual(found["INBOX"].role, "inbox")
        self.assertEqual((found["&AOQ-/&AOQ-"].name, found["&AOQ-"].name), ("ä", "ä"))
        self.assertEqual((found["grün"].name, found["tail/"].name), ("grün", "tail"))
        self.assertTrue(found["&broken"].name)
        self.assertEqual(next(iter(found)), "INBOX")

    def test_unselectable_and_subscribed(self):
        found, _lines = listed(
            b'* LIST (\\Noselect) "/" Top\r\n* LIST () "/" Top/Sub\r\n* LIST (\\NonExistent) "/" Ghost\r\n* LIST () "/" INBOX\r\n',
            lsub=b'* LSUB () "/" Top/Sub\r\n')
        self.assertEqual({key: (folder.selectable, folder.subscribed) for key, folder in found.items()},
                         {"INBOX": (True, True), "Top": (False, False), "Top/Sub": (True, True), "Ghost": (False, False)})

    def test_nobody_subscribed_to_anything(self):
        found, _lines = listed(b'* LIST () "/" INBOX\r\n* LIST () "/" Other\r\n')
        self.assertTrue(found["Other"].subscribed)

    def test_what_the_server_says_of_roles_wins(self):
        found, _lines = listed(
            b'* LIST (\\Trash) "/" Bin2\r\n* LIST () "/" Trash\r\n* LIST (\\Sent) "/" S1\r\n* LIST (\\Sent) "/" S2\r\n'
            b'* LIST () "/" "Deleted Items"\r\n* LIST (\\AllMail) "/" Everything\r\n* LIST () "/" Deep/Sub/Drafts\r\n')
        self.assertEqual({key: folder.role for key, folder in found.items() if folder.role},
                         {"Bin2": "trash", "S1": "sent", "Everything": "all"})

    def test_the_most_usual_name_wins(self):
        found, _lines = listed(b'* LIST () "/" "Sent Items"\r\n* LIST () "/" Sent\r\n* LIST () "/" "[Gmail]/Drafts"\r\n')
        self.assertEqual({key: folder.role for key, folder in found.items() if folder.role},
                         {"Sent": "sent", "[Gmail]/Drafts": "drafts"})

    def test_states(self):
        status = b'* STATUS INBOX (MESSAGES 3 UNSEEN 1 UIDNEXT 9 UIDVALIDITY 7)\r\n'
        found, lines = listed(b'* LIST () "/" INBOX\r\n* LIST (\\Noselect) "/" Top\r\n', status=status)
        self.assertEqual(found["INBOX"].state, {"messages": 3, "unseen": 1, "uidnext": 9, "uidvalidity": 7})
        self.assertEqual((found["INBOX"].total, found["INBOX"].unread, found["Top"].state), (3, 1, None))
        self.assertEqual([line.split()[1] for line in lines], [b"LIST", b"LSUB", b"STATUS"])

    def test_server_that_refuses_what_it_offers(self):
        answers = b'* LIST () "/" INBOX\r\n'
        found, lines = listed(answers, capabilities=b"LIST-EXTENDED LIST-STATUS SPECIAL-USE CONDSTORE")
        self.assertIn("INBOX", found)
        self.assertEqual(len(lines), 1)
        self.assertIn(b"RETURN (SPECIAL-USE SUBSCRIBED STATUS (MESSAGES UNSEEN UIDNEXT UIDVALIDITY HIGHESTMODSEQ))", lines[0])

    def test_hostile_depth(self):
        found, _lines = listed(b'* LIST () "/" ' + b"/".join([b"a"] * 400) + b"\r\n* LIST () \"/\" " + b"b" * 5000 + b"\r\n")
        self.assertEqual(len(found), 400)


class TestRoles(unittest.TestCase):
    def test_many_languages(self):
        for name, role in (("Gesendete Objekte", "sent"), ("ENTWÜRFE", "drafts"), ("Corbeille", "trash"), ("已删除邮件", "trash"),
                           ("Отправленные", "sent"), ("Çöp Kutusu", "trash"), ("迷惑メール", "junk"), ("البريد العشوائي", "junk"),
                           ("Sent  Items", "sent"), ("Archiwum", "archive"), ("임시 보관함", "drafts"), ("פריטים שנשלחו", "sent")):
            with self.subTest(name=name):
                self.assertEqual(role_of_name(name)[0], role)
        self.assertIsNone(role_of_name("Customers"))

    def test_no_name_stands_twice(self):
        names = [name.strip().casefold() for block in FOLDER_NAMES.values() for line in block.splitlines()
                 for name in line.split("|") if name.strip()]
        self.assertEqual(len(names), len(set(names)), sorted(name for name in names if names.count(name) > 1))
        self.assertLessEqual(set(FOLDER_NAMES), set(ROLES))


class TestHasChanged(unittest.TestCase):
    STATE = {"uidvalidity": 7, "uidnext": 9, "messages": 3, "unseen": 1, "modseq": 5}
    CURSOR = Cursor(7, 9, 5, 3).to_json()

    def changed(self, cursor=None, **state):
        folder = RemoteFolder("X", "X", state={**self.STATE, **state})
        return has_changed(folder, {**self.CURSOR, **(cursor or {})}, EVERYTHING)

    def test_by_every_number(self):
        self.assertFalse(self.changed())
        self.assertFalse(self.changed(unseen=0))
        for state in ({"uidvalidity": 8}, {"uidnext": 10}, {"messages": 2}, {"modseq": 6}, {"modseq": None}):
            with self.subTest(state=state):
                self.assertTrue(self.changed(**state))
        self.assertTrue(self.changed({"todo": [[1, 2]]}))
        self.assertTrue(self.changed({"v": 0}))

    def test_where_the_state_cannot_tell(self):
        self.assertTrue(self.changed({"modseq": 0}, modseq=None))
        self.assertFalse(self.changed({"modseq": 0, "messages": 0}, modseq=None, messages=0))
        self.assertTrue(has_changed(RemoteFolder("X", "X"), self.CURSOR, EVERYTHING))
        self.assertFalse(has_changed(RemoteFolder("X", "X", selectable=False), None, EVERYTHING))
