"""The moments of :mod:`.scenario` over IMAP, the same octet by octet every time."""

from .mails import received
from .scenario import MAILS, Scenario

#: Names on the wire: "Büro" in modified UTF-7 (RFC 3501 §5.1.3).
WIRE = {name: name.replace("ü", "&APw-") for name in MAILS}
_FLAGS = {"read": b"\\Seen", "starred": b"\\Flagged", "answered": b"\\Answered", "draft": b"\\Draft"}


class ImapScenario(Scenario):
    """See :class:`.scenario.Scenario`."""

    def __init__(self, harness):
        super().__init__(harness)
        self.template = harness.mailbox("template")
        with harness.server.client(self.template.email) as client:
            for name in list(WIRE.values())[2:]:
                client.create_folder(name.encode())
                client.subscribe_folder(name.encode())
            for folder, number, raw, flags in self.mails():
                client.append(WIRE[folder].encode(), raw, [_FLAGS[flag] for flag in flags], received(number))

    def fresh(self, name):
        return self.harness.mailbox(name, like=self.template)

    def keys(self, mailbox):
        return WIRE

    def listen(self, work):
        """See :meth:`.scenario.Scenario.listen`: what passed in both directions of the first connection."""
        proxy = self.harness.server.proxy
        before, proxy.record = len(proxy.connections), True
        work()
        proxy.record = False
        return proxy.connections[before]

    def change(self, mailbox):
        with self.harness.server.client(mailbox.email) as client:
            self._change(client)

    def _change(self, client):
        client.select_folder(b"INBOX")
        uids = client.search()
        client.add_flags(uids[:20:3], [b"\\Seen", b"\\Flagged"])
        client.remove_flags(uids[30:50:2], [b"\\Seen"])
        client.move(uids[60:66], b"Archive") if client.has_capability("MOVE") else self._copy_away(client, uids[60:66], b"Archive")
        client.add_flags(uids[80:90:4], [b"\\Deleted"])
        client.expunge()
        for raw, moment in self.arriving():
            client.append(b"INBOX", raw, (), moment)
        client.select_folder(b"Notes {3}")
        client.copy(client.search(), b"Archive")
        client.delete_folder(b"B&APw-ro")
        client.rename_folder(b"Projects/North", b"Projects/South")

    @staticmethod
    def _copy_away(client, uids, target):
        client.copy(uids, target)
        client.add_flags(uids, [b"\\Deleted"])
        client.expunge()
