"""The fake of Microsoft Graph with the authority people sign in at, over HTTPS."""

import json
import time

from dev.comparison import Lying
from dev.unit_tests import register

from .graph_clients import GraphClients
from .graph_spoil import STEPPED, Plan
from .side import Side, Standing

register()

from maildesk.tests.fakes.graph import GraphServer  # noqa: E402
from maildesk.tests.fakes.graph_fault import Fault  # noqa: E402
from maildesk.tests.fakes.graph_mail import LAST_VERB, SIZE  # noqa: E402
from maildesk.tests.fakes.oauth import CLIENT_ID, CLIENT_SECRET  # noqa: E402
from maildesk.tests.fakes.oauth_microsoft import MicrosoftServer  # noqa: E402
from maildesk.tools.headers import clean_line  # noqa: E402

REDIRECT = "https://odoo.example/maildesk/oauth/callback/microsoft"
SCOPES = ("https://graph.microsoft.com/Mail.ReadWrite", "https://graph.microsoft.com/Mail.Send")
#: Seconds a token lasts: no run takes as long, they end when a run has them end.
LIFETIME = 7 * 24 * 3600
#: Values of PidTagLastVerbExecuted that mean answered.
ANSWERED = ("102", "103")


class GraphSide(Side):
    """See :class:`.side.Side`; a line is a function called with every request and every part of a batch (``PART`` before it),
    which may answer a fault.

    :param root: its folder.
    """

    def __init__(self, root):
        super().__init__()
        self.root = root / "graph"
        self.authority = self.graph = None
        #: Every request and part since this was made a list.
        self.heard = None
        #: Message-IDs somebody made a second mail of.
        self.copied = set()

    def __enter__(self):
        super().__enter__()
        self.root.mkdir(parents=True)
        self.authority = MicrosoftServer(REDIRECT).start()
        self.callback(self.authority.stop)
        self.authority.lifetime = LIFETIME
        self.graph = GraphServer(self.root, who=self.authority.who).start()
        self.callback(self.graph.stop)
        self.graph.meddler = self._asked
        bundle = self.root / "both.pem"
        bundle.write_bytes(b"".join((home / "ca.pem").read_bytes() for home in (self.root, self.authority.home)))
        self.environment = {"SSL_CERT_FILE": str(bundle)}
        self.parameters = {**self.authority.parameters(), "maildesk.microsoft_graph_url": self.graph.base_url}
        self.company = {"maildesk_microsoft_client_id": CLIENT_ID, "maildesk_microsoft_client_secret": CLIENT_SECRET}
        return self

    def _asked(self, line):
        if self.heard is not None:
            self.heard.append(line)
        return self.line and self.line(line)

    def make(self, email, like=None):
        self.graph.add_mailbox(email)

    def drop(self, email):
        del self.graph.mailboxes[email]

    def sign_in(self, email):
        given = self.authority.tokens(email, SCOPES)
        grant = {
            "refresh_token": given["refresh_token"], "access_token": given["access_token"], "scopes": SCOPES, "email": email,
            "expires_at": time.time() + LIFETIME,
        }
        return {"server": {"server_type": "outlook"}, "grant": json.dumps(grant)}

    def end_tokens(self):
        """No access token given out until now is good any more."""
        for known in self.authority.access_tokens.values():
            known["ends"] = 0

    def mailbox(self, email):
        """The store behind an address."""
        return self.graph.mailboxes[email]

    def standing(self, email):
        mailbox = self.mailbox(email)
        with mailbox.lock:
            folders = [folder for folder in mailbox.folders.values() if not folder.is_hidden]
            return Standing(
                {folder.id: {key: _lying(message) for key, message in folder.messages.items()} for folder in folders},
                {folder.id: (folder.name, folder.parent.id if folder.parent else None) for folder in folders})

    def clients(self, harness, mailbox, rng, *, keeps_all=False):
        return GraphClients(harness, mailbox, rng, keeps_all=keeps_all)

    def long_line(self, seconds):
        return lambda asked: Fault(slow=seconds) if not asked.startswith("PART") else None

    def bad_line(self, rng):
        if rng.random() < 0.7:
            return None
        return Plan(self, rng.choice(STEPPED), rng.randrange(12), type(rng)(rng.random()))

    def calm(self):
        super().calm()
        self.authority.faults.clear()

    def time_passes(self, rng):
        # a folder's state is trusted once its last change is half a minute old, and for an hour
        self.graph.clock_skew += rng.choice((0, 0, 1, 40, 40, 4000))

    def kept(self, flags):
        # what is posted as a draft has been read by whoever posts it
        given = frozenset(flags)
        return given | {"read"} if "draft" in given else given

    def complaints(self):
        found, self.graph.complaints[:] = list(self.graph.complaints), []
        return found


def _lying(message):
    fields = message.fields
    flags = {
        "read": fields["isRead"], "starred": fields["flag"]["flagStatus"] == "flagged", "draft": fields["isDraft"],
        "answered": str(message.properties.get(LAST_VERB)) in ANSWERED,
    }
    # a mail made of its fields has the service's own octets
    size = message.properties[SIZE] if message.raw is not None else None
    marks = frozenset(name for name, value in flags.items() if value)
    return Lying(fields["internetMessageId"], size, marks, clean_line(fields["subject"]))
