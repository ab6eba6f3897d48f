from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import BaseCase, tagged

from ...cli.idle.line import AT_ONCE, JITTER, LONG_REST, QUIET_SECONDS, STEADY_SECONDS, Line
from ...const import BACK_OFF
from ...providers.errors import AuthError, CertificateError, RateLimited, Unreachable, Unsupported
from ..common import MaildeskCase


@tagged("post_install", "-at_install")
class TestRequests(MaildeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second = (cls.make_account(f"{name}@tidewheel.example", state="connected") for name in ("first", "second"))
        cls.requests = cls.env["maildesk.sync.request"]

    def triggers(self):
        """How often the cron was called since this was asked last."""
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.env.ref(self.requests._cron).id)])
        count = len(triggers)
        triggers.unlink()
        return count

    def asked(self):
        return [(request.account_id, request.by_person) for request in self.requests.search([])]

    def test_asking_once_is_enough(self):
        self.triggers()
        self.requests._ask([self.first.id, self.second.id])
        self.assertEqual(self.asked(), [(self.first, False), (self.second, False)])
        self.assertEqual(self.triggers(), 1)
        self.requests._ask([self.first.id])
        self.assertEqual(len(self.asked()), 2)
        self.requests._ask([self.first.id], by_person=True)
        self.requests._ask([self.first.id], by_person=True)
        self.requests._ask([self.first.id])
        self.assertEqual(self.asked()[2:], [(self.first, True)])

    def test_what_is_not_connected_is_not_asked_for(self):
        gone = self.make_account("gone@tidewheel.example", state="connected")
        gone_id = gone.id
        gone.unlink()
        self.second.state = "disconnected"
        self.triggers()
        self.requests._ask([gone_id, self.second.id])
        self.second.write({"state": "connected", "active": False})
        self.requests._ask([self.second.id], by_person=True)
        self.requests._ask([])
        self.assertFalse(self.asked())
        self.assertFalse(self.triggers())

    def test_urgent_ones_in_their_order(self):
        third = self.make_account("third@tidewheel.example", state="error")
        self.requests._ask([self.second.id])
        self.requests._ask([self.first.id])
        self.requests._ask([third.id], by_person=True)
        self.requests._ask([self.second.id], by_person=False)
        self.assertEqual(self.requests._urgent(), [third.id, self.second.id, self.first.id])
        third.state = "needs_sign_in"
        self.assertEqual(self.requests._urgent(), [self.second.id, self.first.id])

    def test_under_way_or_at_rest(self):
        state = self.env["maildesk.sync.state"]
        token = state._claim(self.first.id)
        self.triggers()
        self.requests._ask([self.first.id])
        self.assertFalse(self.requests._urgent(), "a worker has it")
        self.assertEqual(self.triggers(), 1, "who may give it back just now")
        self.requests._ask([self.first.id])
        self.assertFalse(self.triggers(), "once is enough")
        self.assertEqual(self.asked(), [(self.first, False)])
        state._release(self.first.id, token)
        state._come_again(self.first.id)
        self.assertEqual(self.triggers(), 1)
        self.assertEqual(self.requests._urgent(), [self.first.id])

        self.second.sync_state_ids.next_try_at = fields.Datetime.add(fields.Datetime.now(), minutes=5)
        self.requests._ask([self.second.id])
        self.assertEqual(self.requests._urgent(), [self.first.id], "it rests after failures")
        self.triggers()
        self.requests._ask([self.second.id])
        self.assertFalse(self.triggers())
        self.requests._ask([self.second.id], by_person=True)
        self.assertEqual(self.requests._urgent(), [self.second.id, self.first.id], "unless a person waits")
        self.assertEqual(self.triggers(), 1)

    def test_a_pass_answers_what_was_asked_so_far(self):
        self.requests._ask([self.first.id, self.second.id])
        until = self.requests.search([("account_id", "=", self.first.id)]).id
        self.requests._ask([self.first.id], by_person=True)
        self.requests._taken(self.first.id, until)
        self.assertEqual(self.asked(), [(self.second, False), (self.first, True)])
        self.requests._taken(self.first.id)
        self.assertEqual(self.asked(), [(self.second, False)])
        self.second.unlink()
        self.assertFalse(self.asked())

    def test_people_ask_but_never_see(self):
        self.requests.with_user(self.user)._ask([self.first.id], by_person=True)
        self.assertEqual(self.requests.with_user(self.user)._urgent(), [self.first.id])
        with self.assertRaises(AccessError):
            self.requests.with_user(self.admin).search([])


@tagged("post_install", "-at_install")
class TestTargets(MaildeskCase):
    def targets(self):
        return self.env["maildesk.account"]._idle_targets()

    def test_who_is_watched(self):
        states = ("draft", "connected", "error", "needs_sign_in", "disconnected")
        accounts = {state: self.make_account(f"{state}@tidewheel.example", state=state) for state in states}
        self.assertEqual(set(self.targets()), {accounts["connected"].id, accounts["error"].id})
        accounts["error"].active = False
        self.assertEqual(set(self.targets()), {accounts["connected"].id})
        self.assertEqual(self.targets()[accounts["connected"].id][0], "127.0.0.1")

    def test_nobody_while_paused(self):
        self.make_account(state="connected")
        self.assertTrue(self.targets())
        self.env["ir.config_parameter"].get_param("maildesk.paused")
        # another process, or a copied database, pauses without telling this one
        self.env.cr.execute("INSERT INTO ir_config_parameter (key, value) VALUES ('maildesk.paused', '1')")
        self.assertFalse(self.targets())

    def test_what_makes_a_line_worthless(self):
        account = self.make_account(state="connected")
        server = account.incoming_server_id

        def change(**values):
            before = self.targets()[account.id]
            server.write(values)
            self.env.flush_all()
            return self.targets()[account.id] != before

        self.assertFalse(change(name="Renamed"))
        for values in ({"port": 1143}, {"username": "other"}, {"encryption": "ssl"}, {"host": "localhost"}):
            self.assertTrue(change(**values), values)
        # forgotten with the change above, and entered anew
        self.assertTrue(change(password="entered"))
        before = self.targets()
        self.env.cr.execute("UPDATE maildesk_credential SET write_date = write_date + interval '1 second'")
        self.env.invalidate_all()
        self.assertNotEqual(self.targets(), before, "a password written later")
        account.name = "Renamed"
        self.assertEqual(set(self.targets()), {account.id})


class TestLine(BaseCase):
    """Times of one line, told by a clock of the test's own."""

    class Watch:
        due_at = 5000.0

    def line(self, **values):
        return Line("db", 1, "imap.tidewheel.example", (), **values)

    def assert_wait(self, wait, seconds):
        self.assertGreaterEqual(wait, seconds)
        self.assertLessEqual(wait, seconds * (1 + JITTER))

    def test_back_off(self):
        line, now = self.line(), 1000.0
        self.assertTrue(line.is_due(now))
        for minutes in (*BACK_OFF, BACK_OFF[-1]):
            wait = line.fails(Unreachable("x"), now)
            self.assert_wait(wait, 60 * minutes)
            self.assertFalse(line.is_due(now + wait - 0.1))
            now += wait
            self.assertTrue(line.is_due(now))
        self.assertGreater(len({self.line().fails(Unreachable("x"), 0) for _line in range(20)}), 10, "chance keeps them apart")

    def test_a_good_line_comes_back_soon(self):
        line = self.line()
        line.fails(Unreachable("x"), 0)
        line.stands(self.Watch(), 100)
        wait = line.fails(Unreachable("x"), 100 + STEADY_SECONDS)
        self.assertTrue(AT_ONCE[0] <= wait <= AT_ONCE[1], wait)
        self.assert_wait(line.fails(Unreachable("x"), 200), 60 * BACK_OFF[0])
        line.stands(self.Watch(), 300)
        self.assert_wait(line.fails(Unreachable("x"), 301), 60 * BACK_OFF[1])

    def test_long_rests(self):
        for kind in (AuthError, CertificateError, Unsupported):
            self.assert_wait(self.line(retry=[0.1]).fails(kind("x"), 0), LONG_REST[kind])
        self.assert_wait(self.line(retry=[0.1]).fails(RateLimited("x", retry_after=300), 0), 300)
        line = self.line()
        line.stands(self.Watch(), 0)
        self.assert_wait(line.fails(AuthError("x"), 2 * STEADY_SECONDS), LONG_REST[AuthError])

    def test_requests_keep_their_distance(self):
        line = self.line()
        line.stands(self.Watch(), 100.0)
        self.assertTrue(line.take_request(100.0), "whatever happened before the line stood")
        self.assertFalse(line.take_request(100.0))
        line.happened(100.2)
        line.happened(100.4)
        self.assertEqual(line.next_moment(100.4), 100.0 + QUIET_SECONDS)
        self.assertFalse(line.take_request(100.9))
        self.assertTrue(line.take_request(101.0), "the last piece of news is not lost")
        self.assertFalse(line.take_request(105.0))
        line.happened(110.0)
        self.assertTrue(line.take_request(110.0))

    def test_its_next_moment(self):
        line = self.line(retry_at=50.0)
        self.assertEqual(line.next_moment(10.0), 50.0)
        self.assertEqual(line.next_moment(60.0), float("inf"), "it waits for its turn, not for a moment")
        line.stands(self.Watch(), 60.0)
        line.take_request(60.0)
        self.assertEqual(line.next_moment(60.0), 5000.0)
