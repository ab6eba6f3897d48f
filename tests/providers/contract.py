"""What the suites of the contract in providers/base.py have in common: servers, and a folder to play with."""

import itertools
import sys
import unittest

from maildesk.tests.fakes.graph_contract import GraphService
from maildesk.tests.fakes.imap_servers import (
    BareServer,
    Cache,
    CondstoreServer,
    FullServer,
    PoorServer,
    mail,
)

#: A rich one, two poorer ones, another program altogether, and another protocol.
SERVERS = (FullServer, CondstoreServer, BareServer, PoorServer, GraphService)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
MULTIPART = (
    b"From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>\r\nTo: bob@example.net\r\nSubject: =?utf-8?b?UMOkY2tjaGVu?=\r\n"
    b"Message-ID: <parts@example.org>\r\nDate: Mon, 02 Mar 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="m"\r\n\r\n'
    b'--m\r\nContent-Type: multipart/related; boundary="r"\r\n\r\n'
    b'--r\r\nContent-Type: multipart/alternative; boundary="a"\r\n\r\n'
    b"--a\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Gr=FC=DFe aus Kiel\r\n"
    b"--a\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"PHA+R3LDvMOfZSA8aW1nIHNyYz0iY2lkOnBpYyI+PC9wPg==\r\n--a--\r\n"
    b"--r\r\nContent-Type: image/png; name=pic.png\r\nContent-ID: <pic>\r\nContent-Disposition: inline\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--r--\r\n"
    b"--m\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht.pdf\r\n\r\nJVBERi0xLjQK\r\n--m--\r\n"
)


def on_every_server(suite):
    """Makes a test class of the suite for each server, such as ``PagesOnBareServer``, in the suite's module."""
    for server in SERVERS:
        name = f"{suite.__name__}On{server.__name__}"
        bases, content = (suite, unittest.TestCase), {"server_class": server, "__module__": suite.__module__}
        tests = {test: getattr(suite, test) for test in dir(suite) if test.startswith("test_")}
        # What a server has no notion of is no test there.
        content.update({test: None for test, work in tests.items() if not getattr(server, getattr(work, "trait", "start"))})
        setattr(sys.modules[suite.__module__], name, type(name, bases, content))
    return suite


def needs(trait):
    """A test for servers with a trait only, such as ``has_uids``."""
    def mark(test):
        test.trait = trait
        return test
    return mark


class Contract:
    """Base of the suites, mixed into one class per server."""

    server_class = None
    _numbers = itertools.count(1)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.server_class().start()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        super().setUp()
        self.other = self.server.other_client()
        self.addCleanup(self.other.close)
        self.folder = self.other.make_folder(f"Box{next(self._numbers)}")
        self.provider = self.server.provider()
        self.provider.__enter__()
        # The first list may be the one that signing in brought, from before the test did anything.
        self.provider.list_folders()
        self.addCleanup(self.provider.__exit__, None, None, None)
        self.cache = Cache(self.provider, self.folder)

    def fill(self, count, first=1):
        self.other.append(self.folder, *(mail(number) for number in range(first, first + count)))

    def assert_in_step(self):
        self.assertEqual(self.cache.marks, self.other.state(self.folder))

    def uids(self, *numbers):
        """UIDs of the messages by their place when the folder was filled; servers begin to count where they like."""
        self._all = sorted({*getattr(self, "_all", ()), *self.other.uids(self.folder)})
        return [self._all[number - 1] for number in numbers]

    def folders(self):
        return {folder.remote_id: folder for folder in self.provider.list_folders()}
