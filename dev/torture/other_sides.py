"""Other programs than Dovecot that speak IMAP, unpacked where they can be had."""

from dev.servers.courier import Courier
from dev.servers.cyrus import Cyrus

from .imap_clients import PlainImapClients
from .imap_side import PASSWORD, ImapSide


class OtherSide(ImapSide):
    """See :class:`.imap_side.ImapSide`; for the run `steps`.

    :param root: its folder.
    """

    program = None

    def __init__(self, root):
        super().__init__()
        self.imap = self.program(root / self.program.name.lower(), PASSWORD)

    def user(self, email):
        return email.partition("@")[0]

    def make(self, email, like=None):
        """Whoever signs in has a mailbox."""

    def drop(self, email):
        """It goes with the server."""

    def clients(self, harness, mailbox, rng, *, keeps_all=False):
        return PlainImapClients(harness, mailbox, rng, keeps_all=keeps_all)


class CyrusSide(OtherSide):
    """Cyrus, which has every extension there is a use for."""

    program = Cyrus


class CourierSide(OtherSide):
    """Courier, which has next to none, and keeps all folders below the inbox."""

    program = Courier

    def wire(self, name):
        return b"INBOX." + name.replace("/", ".").encode()
