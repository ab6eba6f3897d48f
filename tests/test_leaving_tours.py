"""What people do in the app counts, however fast they leave it, and the app recovers by itself from what a network does to it."""

import time
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from imapclient import FLAGGED
from odoo.tests import HttpCase, tagged
from odoo.tests.common import ChromeBrowser

from .common import MailServerCase, mail
from .http_gate import HttpGate

#: What the app asks for, and whether it may ask.
APP = ("/maildesk/", "/web/session/check")
#: Seconds until the server has to know, on a busy machine.
ROOM = 60


def close_tab(browser):
    """Close the tab while the browser goes on, as people do."""
    # a request that the test has to let through would end with it
    browser._websocket_request("Fetch.disable")
    browser._websocket_request("Target.createTarget", params={"url": "about:blank"})
    browser._websocket_send("Page.close")
    browser._receiver.join(ROOM)
    # nothing more can be said to it
    del browser.ws


def navigate_away(browser):
    """Go to another page in the same tab."""
    browser._websocket_request("Fetch.disable")
    browser._websocket_request("Page.navigate", params={"url": "about:blank"})


class GateCase(HttpCase, MailServerCase):
    """A mailbox with four mails, and something between the browser and Odoo."""

    gated = "/maildesk/"

    def setUp(self):
        super().setUp()
        self.email = f"{self._testMethodName}@gate.example".replace("_", "-")
        self.mails = self.client(self.email)
        now = datetime.now(timezone.utc)
        for number in range(4):
            self.mails.append("INBOX", mail(f"Order {number}"), msg_time=now - timedelta(minutes=10 - number))
        self.account = self.connected(self.email, users=[self.user])
        self.sync()
        # a robot that says hello asks for things of its own
        self.user.odoobot_state = "disabled"
        self.gate = HttpGate(self.gated)
        self.enterContext(self.gate.installed())

    def walk(self, name):
        self.start_tour("/odoo/maildesk", name, login=self.user.login, timeout=180)
        self.env.invalidate_all()

    def starred(self):
        """Subjects of the mails that Odoo knows to be starred, seen as one of its requests sees them."""
        with self.registry.cursor() as cr:
            cr.execute(
                """SELECT mail.subject FROM maildesk_message_placement place JOIN maildesk_message mail ON mail.id = place.message_id
                    WHERE place.is_starred AND mail.account_id = %s ORDER BY mail.subject""", [self.account.id])
            return [row[0] for row in cr.fetchall()]

    def assert_starred(self):
        self.assertEqual(self.starred(), ["Order 1", "Order 3"])
        self.sync()
        self.mails.select_folder("INBOX", readonly=True)
        flags = self.mails.get_flags(self.mails.search())
        self.assertEqual(sum(FLAGGED in found for found in flags.values()), 2)


@tagged("post_install", "-at_install")
class TestLeavingTours(GateCase):
    """The first of two stars is held back by the server, so that the second one is still in the browser when the page is left."""

    gated = "/maildesk/act"

    def walk_and_leave(self, name, leave):
        """Walk a tour, and leave the page as soon as it has ended.

        :param leave: given the browser.
        """
        stop = ChromeBrowser.stop

        def stop_later(browser):
            leave(browser)
            self.gate.released.set()
            deadline = time.monotonic() + ROOM
            while len(self.starred()) < 2 and time.monotonic() < deadline:
                time.sleep(0.1)
            stop(browser)

        with patch.object(ChromeBrowser, "stop", stop_later):
            self.walk(name)

    def test_closed(self):
        self.gate.hold_first()
        self.walk_and_leave("maildesk_star_two", close_tab)
        self.assert_starred()

    def test_navigated_away(self):
        self.gate.hold_first()
        self.walk_and_leave("maildesk_star_two", navigate_away)
        self.assert_starred()

    def test_reloaded(self):
        self.gate.hold_first(until=["/odoo/maildesk", "/maildesk/messages"])
        self.walk("maildesk_star_two_and_reload")
        self.assert_starred()

    def test_reloaded_while_the_server_is_down(self):
        # neither the request, nor the one that leaves with the page, nor the next try: the page that is opened then has them
        self.gate.lose(3)
        self.walk("maildesk_star_two_and_reload")
        self.assert_starred()

    def test_another_app(self):
        self.gate.hold_first(until=["/web/action/load"])
        self.walk("maildesk_star_two_and_switch")
        self.assert_starred()


@tagged("post_install", "-at_install")
class TestRecoveryTours(GateCase):
    """What could not be loaded loads by itself, and who is signed out comes back to the same place."""

    def test_the_app(self):
        self.gate.lose(6, APP)
        self.walk("maildesk_recover_app")

    def test_the_list_and_the_mail(self):
        self.walk("maildesk_recover_panes")

    def test_what_is_done_without_a_connection(self):
        self.walk("maildesk_act_offline")
        self.assert_starred()

    def test_signed_out(self):
        self.walk("maildesk_sign_in_again")
        place = self.env["maildesk.message.placement"].search(
            [("message_id.subject", "=", "Order 3"), ("folder_id.account_id", "=", self.account.id)])
        self.assertTrue(place.is_starred, "what was done without a session is sent after signing in")
