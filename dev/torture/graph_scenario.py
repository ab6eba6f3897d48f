"""The moments of :mod:`.scenario` on the fake of Microsoft Graph; ids differ each time, requests do not."""

from .graph_clients import MARKS
from .mails import received
from .scenario import MAILS, Scenario


class GraphScenario(Scenario):
    """See :class:`.scenario.Scenario`."""

    def fresh(self, name):
        mailbox = self.harness.mailbox(name)
        store, folders = self._store(mailbox), {}
        for path in MAILS:
            above, _slash, leaf = path.rpartition("/")
            known = {"INBOX": "inbox", "Archive": "archive"}.get(path)
            folders[path] = store.well_known[known] if known else store.make_folder(leaf, folders.get(above))
        for path, number, raw, flags in self.mails():
            message = store.deliver(folders[path], raw, received(number), isDraft="draft" in flags)
            for flag in set(flags) & MARKS.keys():
                store.change(message, *MARKS[flag](True))
        return mailbox

    def keys(self, mailbox):
        store = self._store(mailbox)
        by_path = {folder.name: folder.id for folder in store.folders.values()}
        known = {"INBOX": store.well_known["inbox"].id, "Archive": store.well_known["archive"].id}
        return known | {path: by_path[path.rpartition("/")[2]] for path in MAILS if path not in known}

    def listen(self, work):
        """See :meth:`.scenario.Scenario.listen`: every request, and every part of a batch after it."""
        server = self.harness.server
        server.heard = []
        work()
        said, server.heard = server.heard, None
        return said

    def change(self, mailbox):
        store, keys = self._store(mailbox), self.keys(mailbox)
        folders = {path: store.folders[key] for path, key in keys.items()}
        inbox = list(folders["INBOX"].messages.values())
        for message in inbox[:20:3]:
            store.change(message, {**MARKS["read"](True)[0], **MARKS["starred"](True)[0]})
        for message in inbox[30:50:2]:
            store.change(message, *MARKS["read"](False))
        for message in inbox[60:66]:
            store.move(message, folders["Archive"])
        for message in inbox[80:90:4]:
            store.take_out(message)
        for raw, moment in self.arriving():
            store.deliver(folders["INBOX"], raw, moment)
        store.drop_folder(folders["Büro"])
        folders["Projects/North"].name = "South"

    def _store(self, mailbox):
        return self.harness.server.mailbox(mailbox.email)
