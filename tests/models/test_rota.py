import threading
import time

from odoo.tests import BaseCase, tagged

from ...models.sync_rota import HOST_LINES, Rota


@tagged("post_install", "-at_install")
class TestRota(BaseCase):
    """Who is served next, with real threads."""

    def served(self, due, threads=24, seconds=0.002):
        """Serve all with threads; answers the order, and the most lines any host had at once."""
        rota, order, lines, most, lock = Rota(due), [], {}, {}, threading.Lock()

        def work(prefers_filling):
            while taken := rota.take(prefers_filling):
                account_id, host = taken
                with lock:
                    order.append(account_id)
                    lines[host] = lines.get(host, 0) + 1
                    most[host] = max(most.get(host, 0), lines[host])
                time.sleep(seconds)
                with lock:
                    lines[host] -= 1
                rota.give_back(host)

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
        rota = Rota([(number, "slow", False) for number in range(HOST_LINES + 5)] + [(99, "quick", False)])
        for _line in range(HOST_LINES):
            self.assertEqual(rota.take(False)[1], "slow")
        self.assertEqual(rota.take(True), (99, "quick"))
