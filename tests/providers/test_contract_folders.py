"""The contract of providers/base.py: folders."""

import unittest

from maildesk.providers.errors import FolderGone
from maildesk.tests.fakes.imap_servers import FullServer, mail
from maildesk.tests.providers.contract import Contract, needs, on_every_server


@on_every_server
class Folders(Contract):
    def test_folders_nest_and_keep_odd_names(self):
        top = f"Nest{next(self._numbers)}"
        self.other.make_folder(top, "Größe", "x (y) [z]")
        found = self.folders()
        leaf = next(folder for folder in found.values() if folder.name == "x (y) [z]")
        middle = found[leaf.parent_remote_id]
        self.assertEqual((middle.name, found[middle.parent_remote_id].name), ("Größe", top))
        self.assertIsNone(found[middle.parent_remote_id].parent_remote_id)
        self.assertTrue(leaf.selectable)
        self.assertEqual(leaf.total, 0)
        order = list(found)
        self.assertLess(order.index(middle.remote_id), order.index(leaf.remote_id))
        self.assertEqual(found[order[0]].role, "inbox")
        self.assertEqual(self.provider.fetch_changes(leaf.remote_id, None, 10, list).new, [])

    def test_folders_with_quotes_and_backslashes_open(self):
        name = f'Quo"te\\{next(self._numbers)}'
        self.other.append(self.other.make_folder(name), mail(1))
        folder = next(folder for folder in self.provider.list_folders() if folder.name == name)
        self.assertEqual(len(self.provider.fetch_changes(folder.remote_id, None, 10, list).new), 1)

    @needs("has_uids")
    def test_roles(self):
        for name in ("Sent", "Papierkorb"):
            if not self.other.client.folder_exists(name):
                self.other.client.create_folder(name)
        roles = {folder.role: folder.name for folder in self.provider.list_folders() if folder.role}
        self.assertEqual(roles["inbox"], "INBOX")
        self.assertEqual(roles["sent"], "Sent")
        self.assertIn(roles["trash"], ("Trash", "Papierkorb"))
        self.assertIsNone(self.folders()[self.folder].role)

    def test_counts(self):
        self.fill(3)
        self.other.flags(self.folder, self.uids(2), add=[b"\\Seen"])
        folder = self.folders()[self.folder]
        self.assertEqual((folder.total, folder.unread), (3, 2))

    def test_folder_that_is_gone(self):
        with self.assertRaises(FolderGone):
            self.provider.fetch_changes("Nowhere", None, 10, list)
        # The connection is as good as before.
        self.assertEqual(self.cache.sync()[0].new, [])

    def test_nothing_changed_costs_nothing(self):
        self.fill(3)
        self.cache.sync()
        folder = self.folders()[self.folder]
        before = self.provider.commands_sent
        expected = not self.server.tells_states(self.provider)
        self.assertEqual(self.provider.has_changed(folder, self.cache.cursor), expected)
        self.assertEqual(self.provider.commands_sent, before)
        self.fill(1, 4)
        self.assertTrue(self.provider.has_changed(self.folders()[self.folder], self.cache.cursor))
        self.assertTrue(self.provider.has_changed(folder, None))


class TestFullServer(Contract, unittest.TestCase):
    server_class = FullServer

    def test_folders_and_states_cost_one_command(self):
        before = self.provider.connection.commands_sent
        self.provider.list_folders()
        self.assertEqual(self.provider.connection.commands_sent, before + 1)

    def test_capabilities(self):
        capabilities = self.provider.capabilities
        self.assertTrue(capabilities.push and capabilities.move and capabilities.changes_in_one_trip)
        self.assertFalse(capabilities.stable_ids or capabilities.keeps_sent)
