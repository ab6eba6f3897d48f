from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...controllers.app import RECENT
from ..common import MaildeskCase


@tagged("post_install", "-at_install")
class TestAppRoutes(HttpCase, MaildeskCase):
    """What the app asks for, as a signed-in person's browser does."""

    def setUp(self):
        super().setUp()
        self.account = self.make_account(users=[self.user])
        self.account.state = "connected"
        self.inbox, self.archive = self.env["maildesk.folder"].create([
            {"account_id": self.account.id, "name": role, "remote_id": role, "role": role} for role in ("inbox", "archive")])
        self.places = self.env["maildesk.message.placement"].browse()
        for number in range(2):
            message = self.env["maildesk.message"].create({
                "account_id": self.account.id, "fingerprint": str(number), "subject": f"Order {number}",
                "date": fields.Datetime.now()})
            self.places |= self.places.create({
                "message_id": message.id, "folder_id": self.inbox.id, "remote_id": f"1:{number}", "date": fields.Datetime.now()})
        self.inbox.write({"total_count": 2, "unread_count": 2})
        self.state = self.account.sudo().sync_state_ids or self.env["maildesk.sync.state"].create({"account_id": self.account.id})
        self.sign_in(self.user)

    def sign_in(self, user):
        self.authenticate(user.login, user.login)

    def post(self, route, **params):
        answer = self.url_open(f"/maildesk/{route}", json={"jsonrpc": "2.0", "method": "call", "params": params}).json()
        self.env.invalidate_all()
        return answer

    def ask(self, route, **params):
        """The answer to a question."""
        answer = self.post(route, **params)
        self.assertNotIn("error", answer)
        return answer.get("result")

    @mute_logger("odoo.http")
    def refused(self, route, **params):
        """Why a question is not answered."""
        error = self.post(route, **params)["error"]["data"]
        self.assertRegex(error["name"], r"^odoo\.exceptions\.(UserError|AccessError)$")
        return error["message"]

    def operations(self, state):
        return self.env["maildesk.operation"].search([("account_id", "=", self.account.id), ("state", "=", state)])

    def requests(self):
        """Who waits for this mailbox to be looked at."""
        return self.env["maildesk.sync.request"].search([("account_id", "=", self.account.id)])

    def test_whether_one_may_join_mailboxes(self):
        self.assertTrue(self.ask("tree")["can_connect"])
        self.user.maildesk_action_ids.allow_self_connect = False
        self.assertFalse(self.ask("tree")["can_connect"])

    def test_acts(self):
        self.assertEqual(self.ask("act", placement_ids=self.places.ids, action="read"), {"missing": []})
        self.assertEqual(self.places.mapped("is_read"), [True, True])
        self.ask("act", placement_ids=self.places[:1].ids, action="archive")
        self.assertEqual(self.places.folder_id, self.inbox | self.archive)
        self.ask("act", placement_ids=self.places[:1].ids, action="move", folder_id=self.inbox.id)
        self.assertEqual(self.places.folder_id, self.inbox)
        self.assertEqual(len(self.operations("pending")), 4)
        self.assertEqual(self.operations("pending").user_id, self.user)

    def test_what_another_program_took_away_is_told(self):
        gone = self.places[0]
        gone._drop_these()
        answer = self.ask("act", placement_ids=[gone.id, self.places[1].id], action="star")
        self.assertEqual(answer, {"missing": [gone.id]})
        self.assertTrue(self.places[1].is_starred)
        self.assertIn("no longer there", self.refused("act", placement_ids=[gone.id], action="star"))

    def test_strangers_act_on_nothing(self):
        for user in (self.other, self.admin, self.employee):
            self.sign_in(user)
            self.refused("act", placement_ids=self.places.ids, action="delete")
        self.assertEqual(self.places.folder_id, self.inbox)
        self.assertFalse(self.operations("pending"))

    def test_refusals_have_words(self):
        self.account.state = "disconnected"
        self.assertIn("is not connected", self.refused("act", placement_ids=self.places.ids, action="read"))
        self.account.state = "connected"
        self.refused("act", placement_ids=self.places.ids, action="no such thing")
        self.refused("act", placement_ids=self.places.ids, action="move")
        self.assertFalse(self.operations("pending"))

    def test_failed_operations(self):
        self.ask("act", placement_ids=self.places.ids, action="archive")
        self.operations("pending")._refused("The mailbox is full.", for_good=True)
        failed = self.operations("failed")
        shown = self.ask("operations", account_id=self.account.id)
        self.assertEqual({operation["id"] for operation in shown}, set(failed.ids))
        self.assertEqual({(operation["kind"], operation["error"]) for operation in shown}, {("move", "The mailbox is full.")})
        self.ask("operations/dismiss", operation_ids=failed[:1].ids)
        self.ask("operations/retry", operation_ids=failed[1:].ids)
        self.assertFalse(self.operations("failed"))
        self.assertEqual(len(self.operations("pending")), 1)
        # settled by somebody else meanwhile: nothing is left to do
        self.ask("operations/retry", operation_ids=failed.ids)
        self.assertEqual(len(self.operations("pending")), 1)

    def test_strangers_see_and_settle_no_operations(self):
        self.ask("act", placement_ids=self.places.ids, action="archive")
        self.operations("pending")._refused("The mailbox is full.", for_good=True)
        failed = self.operations("failed")
        self.sign_in(self.other)
        self.assertEqual(self.ask("operations", account_id=self.account.id), [])
        self.ask("operations/dismiss", operation_ids=failed.ids)
        self.ask("operations/retry", operation_ids=failed.ids)
        self.assertEqual(self.operations("failed"), failed)

    def test_an_open_app_asks_in_passing(self):
        self.assertTrue(self.ask("sync", account_id=self.account.id, background=True))
        self.assertEqual(self.requests().mapped("by_person"), [False])
        self.requests().unlink()
        # somebody else's app did so a moment ago
        self.state.last_sync_at = fields.Datetime.now()
        self.assertFalse(self.ask("sync", account_id=self.account.id, background=True))
        self.assertFalse(self.requests())
        self.state.last_sync_at = fields.Datetime.now() - timedelta(seconds=2 * RECENT)
        self.assertTrue(self.ask("sync", background=True))
        self.assertTrue(self.requests())

    def test_who_presses_the_button_wants_it_now(self):
        self.state.last_sync_at = fields.Datetime.now()
        self.assertTrue(self.ask("sync", account_id=self.account.id))
        self.assertEqual(self.requests().mapped("by_person"), [True])

    def test_a_mailbox_that_is_not_connected_is_left_alone(self):
        for state in ("draft", "needs_sign_in", "disconnected"):
            self.account.state = state
            self.assertFalse(self.ask("sync", account_id=self.account.id, background=True), state)
        self.account.state = "connected"
        self.sign_in(self.other)
        self.assertFalse(self.ask("sync", account_id=self.account.id, background=True))
        self.assertFalse(self.requests())
