"""A limit over all that happens with a server, and over all its addresses."""

import contextlib
import socket
import threading
import time
import unittest
from unittest import mock

from maildesk.providers.deadline import Deadline, at_most, watch, within
from maildesk.providers.errors import AuthError, Unreachable
from maildesk.providers.network import connect
from maildesk.providers.values import Endpoint


class TestDeadline(unittest.TestCase):
    def pair(self):
        lines = socket.socketpair()
        for line in lines:
            self.addCleanup(line.close)
        return lines

    def test_a_line_that_waits_is_cut(self):
        ours, _theirs = self.pair()
        ours.settimeout(30)
        with self.assertRaises(Unreachable) as caught, within(0.2):
            watch(ours)
            self.assertEqual(ours.recv(1), b"")
            raise Unreachable(reason="closed")
        self.assertEqual(caught.exception.reason, "slow")

    def test_what_came_before_its_end_stays(self):
        ours, theirs = self.pair()
        for failure in (Unreachable(reason="closed"), Unreachable(reason="timeout"), AuthError("no")):
            with self.subTest(failure=failure), self.assertRaises(type(failure)) as caught, within(30):
                watch(ours)
                raise failure
            self.assertIs(caught.exception, failure)
        theirs.sendall(b"x")
        self.assertEqual(ours.recv(1), b"x", "nothing was cut")

    def test_a_line_closed_before_is_no_trouble(self):
        """Its number may belong to another file by then."""
        ours, theirs = self.pair()
        deadline = Deadline(30)
        deadline.watch(ours)
        ours.close()
        others = self.pair()
        deadline._cut()
        deadline.close()
        self.assertEqual(theirs.recv(1), b"")
        others[0].sendall(b"x")
        self.assertEqual(others[1].recv(1), b"x")

    def test_waits_shrink_with_it(self):
        self.assertEqual(at_most(8.0), 8.0)
        with within(2.0):
            self.assertLessEqual(at_most(8.0), 2.0)
            self.assertEqual(at_most(0.5), 0.5)
        self.assertEqual(at_most(8.0), 8.0)

    def test_no_thread_is_left(self):
        before = threading.active_count()
        with within(30):
            pass
        for _turn in range(100):
            if threading.active_count() <= before:
                return
            time.sleep(0.05)
        self.fail("its thread still waits")


class TestAddresses(unittest.TestCase):
    """Addresses where nobody answers: the queue of a server that takes no calls is full."""

    def setUp(self):
        self.deaf = socket.socket()
        self.addCleanup(self.deaf.close)
        self.deaf.bind(("127.0.0.1", 0))
        self.deaf.listen(0)
        self.port = self.deaf.getsockname()[1]
        for _turn in range(3):
            caller = socket.socket()
            self.addCleanup(caller.close)
            caller.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                caller.connect(("127.0.0.1", self.port))

    def failure(self, addresses):
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
        with mock.patch("socket.getaddrinfo", return_value=found), self.assertRaises(Unreachable) as caught:
            connect(Endpoint("mail.example", self.port, "none", "", 0.5))
        return caught.exception.reason

    def test_all_of_them_share_one_time_out(self):
        begun = time.monotonic()
        self.assertEqual(self.failure([("127.0.0.1", self.port)] * 60), "timeout")
        self.assertLess(time.monotonic() - begun, 15, "one after the other they would take 30 seconds")

    def test_the_most_telling_failure_counts(self):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            refused = closed.getsockname()
            self.assertEqual(self.failure([("127.0.0.1", self.port), refused, ("127.0.0.1", self.port)]), "refused")
