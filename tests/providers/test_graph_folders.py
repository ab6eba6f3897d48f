"""Microsoft Graph: folders."""

from maildesk.providers.errors import AuthError, Unsupported
from maildesk.tests.providers.graph_case import GraphCase


class Folders(GraphCase):
    def listed(self):
        return {folder.name: folder for folder in self.provider().list_folders()}

    def test_roles_in_any_language(self):
        folders = self.provider().list_folders()
        self.assertEqual([(folder.name, folder.role) for folder in folders], [
            ("Posteingang", "inbox"), ("Entwürfe", "drafts"), ("Gesendete Elemente", "sent"), ("Archiv", "archive"),
            ("Junk-E-Mail", "junk"), ("Gelöschte Elemente", "trash"), ("Postausgang", None)])
        self.assertEqual({folder.parent_remote_id for folder in folders}, {None})

    def test_role_that_is_not_there(self):
        self.mailbox.drop_folder(self.mailbox.well_known["archive"])
        self.mailbox.make_folder("Archiv")
        self.assertIsNone(self.listed()["Archiv"].role)

    def test_nested(self):
        inner = self.mailbox.make_folder("Inner", self.mailbox.make_folder("Middle", self.inbox))
        self.fill(2, folder=inner)
        folders = self.provider().list_folders()
        names = [folder.name for folder in folders]
        found = dict(zip(names, folders, strict=True))
        self.assertEqual(found["Inner"].parent_remote_id, found["Middle"].remote_id)
        self.assertEqual(found["Middle"].parent_remote_id, found["Posteingang"].remote_id)
        self.assertLess(names.index("Middle"), names.index("Inner"))
        self.assertEqual((found["Inner"].total, found["Inner"].unread), (2, 2))

    def test_what_no_person_sees(self):
        self.mailbox.make_folder("Hidden", is_hidden=True)
        self.mailbox.make_folder("Unread", kind="#microsoft.graph.mailSearchFolder")
        self.assertFalse({"Hidden", "Unread"} & set(self.listed()))

    def test_very_many(self):
        for number in range(600):
            self.mailbox.make_folder(f"Folder {number}")
        provider = self.provider()
        self.assertEqual(len(provider.list_folders()), 607)
        # The list and two more pages of it.
        self.assertEqual(provider.commands_sent, 3)

    def test_circles(self):
        first = self.mailbox.make_folder("First")
        first.parent = self.mailbox.make_folder("Second", first)
        self.assertLessEqual({"First", "Second"}, set(self.listed()))

    def test_named_as_one_of_another_case(self):
        folder = self.mailbox.make_folder("Größe")
        self.assertEqual(self.provider().create_folder("größe"), folder.id)

    def test_folder_that_is_there_and_not_shown(self):
        self.mailbox.make_folder("Hidden", is_hidden=True)
        with self.assertRaises(Unsupported):
            self.provider().create_folder("Hidden")

    def test_list_is_not_older_than_a_change_of_ours(self):
        provider = self.provider()
        key = provider.create_folder("Mine")
        self.assertIn(key, {folder.remote_id for folder in provider.list_folders()})

    def test_no_right_to_some(self):
        """Of a shared mailbox: those that are open to this person are there."""
        self.graph.order(match="PART GET /me/mailFolders/archive", status=403, code="ErrorAccessDenied")
        roles = {folder.role for folder in self.listed().values()}
        self.assertIn("inbox", roles)
        self.assertNotIn("archive", roles)

    def test_no_right_to_any(self):
        self.graph.order(match="PART GET /me/mailFolders/delta", status=403, code="ErrorAccessDenied")
        with self.assertRaises(AuthError):
            self.provider()
