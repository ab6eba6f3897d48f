import socket
import threading
import unittest
from unittest import mock

from maildesk.tools.hosts import HostRefused, check_host
from maildesk.tools.lookup import look_up


class TestLookUp(unittest.TestCase):
    def test_addresses_ask_nobody(self):
        with mock.patch("threading.Thread", side_effect=AssertionError("a thread was started")):
            self.assertEqual(look_up("127.0.0.1", 993)[0][4], ("127.0.0.1", 993))

    def test_names(self):
        self.assertIn(("127.0.0.1", 993), [entry[4] for entry in look_up("localhost", 993)])
        for name in ("no-such-name.invalid", "a..b", "\udcff"):
            with self.subTest(name=name), self.assertRaises((OSError, UnicodeError)):
                look_up(name, 993)

    def test_name_servers_that_hang(self):
        over = threading.Event()
        self.addCleanup(over.set)

        def hang(*args, flags=0, **kwargs):
            if flags:
                raise socket.gaierror("no address")
            over.wait(60)
            return []

        with mock.patch("socket.getaddrinfo", hang):
            self.assertRaises(TimeoutError, look_up, "mail.example", 993, 0.1)
            with mock.patch("maildesk.tools.lookup.LOOKUP_SECONDS", 0.1), self.assertRaises(HostRefused) as caught:
                check_host("mail.example", 993)
        self.assertEqual(caught.exception.reason, "resolver")
