"""Answers of a server that cannot be read: the mailbox goes on, and the message is listed."""

from odoo.tests import tagged

from ..common import PASSWORD, MaildeskCase
from ..fakes.imap_folder import ScriptedFolder
from ..fakes.imap_scripted import CAPABILITY, ScriptedServer

LISTING = b'* LIST () "/" INBOX\r\n* LIST () "/" Archive\r\n* LIST () "/" (\r\n{tag} OK listed\r\n'
OPENED = b"* 4 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n* OK [UIDNEXT 15] \r\n{tag} OK [READ-ONLY] opened\r\n"


@tagged("post_install", "-at_install")
class TestUnreadable(MaildeskCase):
    def setUp(self):
        super().setUp()
        self.folder = ScriptedFolder(4, lambda uid, names, answer: answer.replace(b'"paper 2.pdf")', b'"pap\r\ner 2.pdf)'))
        self.server = self.enterContext(ScriptedServer(answers={
            b"CAPABILITY": CAPABILITY, b"LIST": LISTING, b"LSUB": b"{tag} OK done\r\n", b"STATUS": b"{tag} NO not told\r\n",
            b"EXAMINE": OPENED, b"UID FETCH": self.folder._fetch, b"FETCH": self.folder._fetch,
            b"UID SEARCH": self.folder._search,
        }))
        self.account = self.make_account(port=self.server.port, state="connected", users=[self.user])
        self.account.incoming_server_id.password = PASSWORD

    def test_the_mailbox_goes_on(self):
        self.env["maildesk.account"]._cron_sync()
        self.assertEqual((self.account.state, self.account.error_message), ("connected", False))
        folders = self.account.folder_ids
        self.assertEqual({folder.remote_id: (folder.total_count, folder.error_message) for folder in folders},
                         {"INBOX": (4, False), "Archive": (4, False)})
        places = self.env["maildesk.message.placement"].search([("folder_id", "=", folders[0].id)])
        self.assertEqual(set(places.message_id.mapped("subject")), {f"Mail {number}" for number in (1, 2, 3, 4)})
        self.assertEqual({message.subject for message in places.message_id if message.has_attachments},
                         {"Mail 1", "Mail 3", "Mail 4"})
        # nothing is asked for once more
        asked = len(self.server.sent(b"UID FETCH"))
        self.env["maildesk.account"]._cron_sync()
        self.assertEqual(len(self.server.sent(b"UID FETCH")), asked)
