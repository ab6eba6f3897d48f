"""What the tests of Microsoft Graph's provider have in common: the fake, and a mailbox for each test."""

import itertools
import unittest
from datetime import datetime, timedelta, timezone

from maildesk.providers.graph import GraphProvider
from maildesk.tests.fakes.graph_contract import GraphService
from maildesk.tests.fakes.graph_mail import Message, from_mime, stamp
from maildesk.tests.fakes.imap_servers import Cache, mail

EPOCH = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)


class GraphCase(unittest.TestCase):
    """A test with a mailbox of its own; what the fake complains of fails it."""

    _numbers = itertools.count(1)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = GraphService().start()
        cls.addClassCleanup(cls.service.stop)
        cls.graph = cls.service.graph

    def setUp(self):
        super().setUp()
        number = next(self._numbers)
        self.address, self.token = f"person{number}@example.com", f"token-{number}-secret"
        self.mailbox = self.graph.add_mailbox(self.address, self.token)
        self.inbox = self.mailbox.well_known["inbox"]
        self.graph.clear()
        self.addCleanup(self.graph.clear)
        self.addCleanup(self.graph.__dict__.update, {
            name: getattr(self.graph, name)
            for name in ("clock_skew", "partial", "replays", "refuses_folder_expand", "refuses_part_expand", "page_cap")})

    def tearDown(self):
        complaints, self.graph.complaints[:] = list(self.graph.complaints), []
        self.assertEqual(complaints, [])
        super().tearDown()

    def provider(self, mailbox=None, token_getter=None, timeout=10.0):
        """Signed in until the test ends."""
        provider = GraphProvider(
            mailbox, token_getter or (lambda: self.token), base_url=self.graph.base_url, timeout=timeout)
        provider.__enter__()
        self.addCleanup(provider.__exit__, None, None, None)
        return provider

    def fill(self, count, first=1, folder=None):
        """Mails a minute apart; answers their keys, oldest first."""
        return [
            self.mailbox.deliver(folder or self.inbox, mail(number), EPOCH + timedelta(minutes=number)).id
            for number in range(first, first + count)
        ]

    def fill_plain(self, count):
        """Very many mails, quickly."""
        model = from_mime(mail(1), EPOCH)
        for number in range(count):
            fields = {**model.fields, "receivedDateTime": stamp(EPOCH + timedelta(minutes=number))}
            self.mailbox.put(self.inbox, Message(fields, model.properties, [], model.raw, EPOCH))

    def cache(self, provider, limit=50, folder=None):
        return Cache(provider, (folder or self.inbox).id, limit)

    def lines(self, pattern=""):
        """What was asked for, within batches and without."""
        return [line for line in (*self.graph.requests, *self.graph.parts) if pattern in line]
