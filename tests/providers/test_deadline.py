"""A limit over all that happens with a server, and over all its addresses."""

import contextlib
import contextvars
import socket
import threading
import time
import unittest
from unittest import mock

from maildesk.providers.deadline import Deadline, at_most, watch, within
from maildesk.providers.errors import AuthError, ProtocolError, Unreachable
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

    def test_whoever_is_cut_knows_at_once(self):
        """However late the thread that cut goes on."""
        ours, _theirs = self.pair()
        ours.settimeout(30)
        deadline = Deadline(0.2)
        self.addCleanup(deadline.close)

        class Slow(contextlib.nullcontext):
            """In the place of the handle on the connection."""

            def shutdown(self, how):
                ours.shutdown(how)
                time.sleep(0.5)

            def close(self):
                """Nothing is open."""

        deadline._connections.append(Slow())
        self.assertEqual(ours.recv(1), b"")
        self.assertTrue(deadline.has_cut)

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

    def test_what_was_cut_looks_like_any_fault(self):
        """Such as half an answer; what the server did say stays."""
        for failure, expected in ((ProtocolError("half an answer"), Unreachable), (AuthError("no"), AuthError)):
            ours, _theirs = self.pair()
            with self.subTest(failure=failure), self.assertRaises(expected), within(0.2):
                watch(ours)
                ours.recv(1)
                raise failure

    def test_more_time_may_be_given(self):
        ours, theirs = self.pair()
        with within(0.5) as deadline:
            watch(ours)
            for _turn in range(3):
                time.sleep(0.3)
                deadline.renew(0.5)
            theirs.sendall(b"x")
            self.assertEqual(ours.recv(1), b"x")
            self.assertFalse(deadline.has_cut)
            self.assertEqual(ours.recv(1), b"", "and ends at last")
            deadline.renew(30)
            self.assertTrue(deadline.has_cut)

    def test_less_time_may_be_given(self):
        ours, _theirs = self.pair()
        ours.settimeout(30)
        with within(30) as deadline:
            watch(ours)
            deadline.renew(0.2)
            self.assertEqual(ours.recv(1), b"")

    def test_one_within_another(self):
        for outer, inner in ((0.2, 30), (30, 0.2)):
            ours, _theirs = self.pair()
            ours.settimeout(30)
            with self.subTest(outer=outer), self.assertRaises(Unreachable) as caught, within(outer), within(inner):
                watch(ours)
                self.assertEqual(ours.recv(1), b"")
                raise Unreachable(reason="closed")
            self.assertEqual(caught.exception.reason, "slow")
        ours, _theirs = self.pair()
        with within(0.2):
            with within(30):
                watch(ours)
            self.assertEqual(ours.recv(1), b"", "the connection outlived the inner one")

    def test_other_threads_of_the_conversation(self):
        ours, _theirs = self.pair()
        ours.settimeout(30)
        heard = []
        with within(0.2):
            context = contextvars.copy_context()
            thread = threading.Thread(target=context.run, args=(lambda: (watch(ours), heard.append(ours.recv(1))),))
            thread.start()
            thread.join(20)
        self.assertEqual(heard, [b""])

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
