import os
import shutil
from datetime import datetime, timedelta, timezone

from odoo.tests import tagged

from ...const import FIRST_PAGE
from ..common import MailServerCase, mail

VIRTUAL = """
mail_plugins = $mail_plugins virtual
namespace virtual {
  separator = /
  prefix = Searches/
  location = virtual:%h/virtual
}
"""


@tagged("post_install", "-at_install")
class TestVirtual(MailServerCase):
    """Folders that show what lies in others are told on a real server that does not say so, and list nothing twice."""

    dovecot_options = {"extra_config": VIRTUAL}

    def setUp(self):
        super().setUp()
        self.email = f"{self._testMethodName}@tidewheel.example".replace("_", "-")
        self.mails = self.client(self.email)
        self.mails.append("INBOX", mail("In the inbox"))
        self.mails.append("Archive", mail("In the archive"))
        home = self.dovecot.root / "mail" / self.email
        for name, rule in (("Everything", "all"), ("Unread ü", "unseen")):
            # as modified UTF-7 (RFC 3501 §5.1.3)
            path = home / "virtual" / name.replace("ü", "&APw-")
            path.mkdir(parents=True)
            (path / "dovecot-virtual").write_text(f"*\n  {rule}\n")
        owner = home.stat()
        for path in (home / "virtual", *(home / "virtual").rglob("*")):
            if os.geteuid() == 0:
                shutil.chown(path, owner.st_uid, owner.st_gid)

    def virtual(self, account):
        return account.folder_ids.filtered(lambda folder: folder.parent_id.name == "Searches")

    def subjects(self, **options):
        page = self.env["maildesk.message.placement"].with_user(self.user)._page(**options)
        return sorted(row["subject"] for row in page["rows"])

    def assert_listed_once(self, account, *subjects):
        virtual = self.virtual(account)
        self.assertEqual(sorted(virtual.mapped("name")), ["Everything", "Unread ü"])
        self.assertEqual(virtual.mapped("role"), ["all", "all"])
        self.assertEqual(self.subjects(), sorted(subjects))
        self.assertEqual(self.subjects(search="archive"), [subject for subject in subjects if "archive" in subject])

    def test_nothing_is_listed_twice(self):
        account = self.connected(self.email, users=[self.user])
        for _run in range(2):
            self.sync()
            self.assert_listed_once(account, "In the archive", "In the inbox")
            self.assertEqual(self.virtual(account).mapped("sync_enabled"), [False, False])
            self.assertEqual(self.virtual(account).mapped("total_count"), [0, 0])
        self.assertFalse(any(account.folder_ids.filtered("sync_enabled").mapped("repeats")))
        self.mails.append("INBOX", mail("More"))
        self.sync()
        self.assert_listed_once(account, "In the archive", "In the inbox", "More")

    def test_one_that_was_empty_at_first(self):
        for folder in ("INBOX", "Archive"):
            self.mails.select_folder(folder)
            self.mails.delete_messages(self.mails.search())
            self.mails.expunge()
        account = self.connected(self.email, users=[self.user])
        self.sync()
        self.assertFalse(any(self.virtual(account).mapped("repeats")))
        self.mails.append("Archive", mail("Late in the archive"))
        self.sync()
        self.assert_listed_once(account, "Late in the archive")

    def test_somebody_wants_it_all_the_same(self):
        account = self.connected(self.email, users=[self.user])
        self.sync()
        everything = self.virtual(account)[0]
        self.env["maildesk.folder.setting"].with_user(self.admin).browse(everything.id).sync_enabled = True
        self.sync()
        self.sync()
        self.assertEqual((everything.role, everything.sync_enabled, everything.total_count), ("all", True, 2))
        self.assertEqual(self.subjects(folder_id=everything.id), ["In the archive", "In the inbox"])
        self.assert_listed_once(account, "In the archive", "In the inbox")

    def test_a_role_somebody_chose_stays(self):
        account = self.connected(self.email, users=[self.user])
        everything = self.virtual(account)[0]
        self.env["maildesk.folder.setting"].with_user(self.admin).browse(everything.id).role = "important"
        self.sync()
        self.sync()
        self.assertEqual((everything.role, everything.sync_enabled, everything.total_count), ("important", True, 2))

    def test_a_large_one_is_not_read_on(self):
        now = datetime.now(timezone.utc)
        self.mails.multiappend("INBOX", [
            {"msg": mail(f"No {number}"), "date": now - timedelta(minutes=number)} for number in range(FIRST_PAGE + 20)])
        account = self.connected(self.email, users=[self.user])
        self.sync()
        self.assertEqual(self.virtual(account).mapped("total_count"), [0, 0])
        self.assertEqual(self.folder(account).total_count, FIRST_PAGE + 21)
        # a page of each virtual folder was looked at, and no more
        self.assertLessEqual(account.sync_state_ids.pass_messages, FIRST_PAGE + 22 + 2 * FIRST_PAGE)
