import socket
import threading
import time

from odoo.tests import BaseCase, tagged

from ...models.sync_rota import HOST_LINES, Held, Rota
from ...models.sync_wire import Wire
from ...providers.deadline import watch, within
from ...providers.errors import Unreachable


@tagged("post_install", "-at_install")
class TestRota(BaseCase):
    """Who is served next, with real threads."""

    def served(self, due, threads=24, seconds=0.002):
        """Serve all with threads; answers the order, and the most lines any host had at once."""
        rota, order, lines, most, lock = Rota("odoo", due, Held()), [], {}, {}, threading.Lock()
        hosts = {account_id: host for account_id, host, _fills in due}

        def work(prefers_filling):
            while taken := rota.take(prefers_filling):
                account_id, host = taken[0], hosts[taken[0]]
                with lock:
                    order.append(account_id)
                    lines[host] = lines.get(host, 0) + 1
                    most[host] = max(most.get(host, 0), lines[host])
                time.sleep(seconds)
                with lock:
                    lines[host] -= 1
                rota.give_back(account_id)

        workers = [threading.Thread(target=work, args=(bool(number % 2),)) for number in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(20)
        self.assertFalse(any(worker.is_alive() for worker in workers))
        return order, most

    def test_everybody_is_served_once_and_no_host_is_crowded(self):
        due = [(number, f"host-{number % 3 and 'big'}", number % 5 == 0) for number in range(200)]
        order, most = self.served(due)
        self.assertEqual(sorted(order), list(range(200)))
        self.assertLessEqual(max(most.values()), HOST_LINES)
        self.assertGreater(max(most.values()), 1)

    def test_giants_do_not_hold_up_the_rest_nor_the_rest_them(self):
        due = [(number, f"h{number}", True) for number in range(50)] + [(number, f"h{number}", False) for number in range(50, 100)]
        order, _most = self.served(due, threads=2)
        first = order[:20]
        self.assertGreaterEqual(sum(number < 50 for number in first), 6)
        self.assertGreaterEqual(sum(number >= 50 for number in first), 6)

    def test_a_slow_host_leaves_lines_to_others(self):
        due = [(number, "slow", False) for number in range(HOST_LINES + 5)] + [(99, "quick", False)]
        rota = Rota("odoo", due, Held())
        for number in range(HOST_LINES):
            self.assertEqual(rota.take(False), (number, True))
        self.assertEqual(rota.take(True), (99, True))

    def test_a_mailbox_left_to_its_thread_is_not_begun_again(self):
        held = Held()
        left = Rota("odoo", [(1, "slow", False)], held)
        self.assertEqual(left.take(False), (1, True))
        self.assertEqual(left.close(), 0)
        due = [(1, "slow", False), (2, "quick", False)]
        rota = Rota("odoo", due, held)
        self.assertEqual([rota.take(False), rota.take(False)], [(1, False), (2, True)])
        # of another database it is another mailbox
        self.assertEqual(Rota("other", due[:1], held).take(False), (1, True))
        left.give_back(1)
        self.assertEqual(Rota("odoo", due, held).take(False), (1, True))

    def test_those_left_to_their_threads_count_for_their_host(self):
        held = Held()
        left = Rota("odoo", [(number, "slow", False) for number in range(HOST_LINES)], held)
        for _number in range(HOST_LINES):
            left.take(False)
        rota, taken = Rota("odoo", [(100, "slow", False)], held), []
        waiting = threading.Thread(target=lambda: taken.append(rota.take(False)))
        waiting.start()
        waiting.join(0.2)
        self.assertEqual(taken, [])
        left.give_back(3)
        waiting.join(20)
        self.assertEqual(taken, [(100, True)])

    def test_nobody_waits_for_a_run_that_is_over(self):
        held = Held()
        rota, taken = Rota("odoo", [(number, "slow", False) for number in range(HOST_LINES + 2)], held), []
        for _number in range(HOST_LINES):
            rota.take(False)
        waiting = threading.Thread(target=lambda: taken.append(rota.take(False)))
        waiting.start()
        self.assertEqual(rota.close(), 2)
        waiting.join(20)
        self.assertEqual(taken, [None])


@tagged("post_install", "-at_install")
class TestWire(BaseCase):
    """Fetching ahead, with real threads."""

    def test_what_is_fetched_ahead_ends_with_the_conversation(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        ours.settimeout(30)

        def fetch():
            watch(ours)
            if not ours.recv(1):
                raise Unreachable(reason="closed")

        with self.assertRaises(Unreachable) as caught, within(0.2), Wire(True) as wire:
            page = wire.fetch(fetch)
            wire.stored()
            page.result()
        self.assertEqual(caught.exception.reason, "slow")

    def test_the_process_does_not_wait_for_it(self):
        """As it would for the threads of an executor."""
        going = threading.Event()
        with Wire(True) as wire:
            page = wire.fetch(lambda: (going.wait(20), threading.current_thread())[1])
            wire.stored()
            going.set()
            self.assertTrue(page.result().daemon)
            self.assertEqual(page.result().dbname, getattr(threading.current_thread(), "dbname", None))

    def test_without_threads_it_is_fetched_when_it_is_asked_for(self):
        with Wire(False) as wire:
            page = wire.fetch(threading.current_thread)
            self.assertIs(page.result(), threading.current_thread())
