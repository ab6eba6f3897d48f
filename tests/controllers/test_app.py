import itertools
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...controllers.app import RECENT
from ...models.maildesk_request_key import KEY_DAYS
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
        self.keys = itertools.count()
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

    def act(self, action, places=None, key=None, **act):
        """What became of one act."""
        places = self.places if places is None else places
        act.update(key=key or f"key {next(self.keys)}", action=action, placement_ids=places.ids)
        [outcome] = self.ask("act", user_id=self.session.uid, acts=[act])
        return outcome

    def test_acts(self):
        self.assertEqual(self.act("read"), {"missing": []})
        self.assertEqual(self.places.mapped("is_read"), [True, True])
        self.act("archive", self.places[:1])
        self.assertEqual(self.places.folder_id, self.inbox | self.archive)
        self.act("move", self.places[:1], folder_id=self.inbox.id)
        self.assertEqual(self.places.folder_id, self.inbox)
        self.assertEqual(len(self.operations("pending")), 4)
        self.assertEqual(self.operations("pending").user_id, self.user)

    def test_several_acts_are_done_in_their_order(self):
        acts = [
            {"key": name, "action": name, "placement_ids": self.places.ids, "folder_id": None}
            for name in ("star", "no such thing", "unstar", "read")]
        outcomes = self.ask("act", user_id=self.user.id, acts=acts)
        self.assertEqual([outcome.get("missing") for outcome in outcomes], [[], None, [], []])
        self.assertIn("There is no action", outcomes[1]["error"])
        self.assertEqual(self.places.mapped("is_starred"), [False, False])
        self.assertEqual(self.places.mapped("is_read"), [True, True])

    def test_an_act_that_comes_twice_is_done_once(self):
        self.act("delete", key="first")
        self.act("delete", key="first")
        self.assertEqual(self.places.folder_id.role, "trash")
        self.act("star", key="second")
        self.act("unstar", key="third")
        self.assertEqual(self.act("star", key="second"), {"missing": []})
        self.assertEqual(self.places.mapped("is_starred"), [False, False])

    def test_what_was_refused_may_come_again(self):
        self.account.state = "disconnected"
        self.assertIn("is not connected", self.act("star", key="first")["error"])
        self.account.state = "connected"
        self.assertNotIn("error", self.act("star", key="first"))
        self.assertEqual(self.places.mapped("is_starred"), [True, True])

    def test_keys_are_each_users_own(self):
        self.account.user_ids |= self.other
        self.act("star", key="first")
        self.sign_in(self.other)
        self.act("unstar", key="first")
        self.assertEqual(self.places.mapped("is_starred"), [False, False])

    def test_keys_are_forgotten(self):
        self.act("star", key="first")
        keys = self.env["maildesk.request.key"]
        served = keys.search([("user_id", "=", self.user.id)])
        self.assertEqual(served.key, "first")
        keys._gc_old()
        self.assertTrue(served.exists())
        served.served_at -= timedelta(days=KEY_DAYS + 1)
        keys._gc_old()
        self.assertFalse(served.exists())

    @mute_logger("odoo.http")
    def test_who_signed_in_since_does_nothing_for_another(self):
        self.account.user_ids |= self.other
        self.sign_in(self.other)
        act = {"key": "first", "action": "star", "placement_ids": self.places.ids, "folder_id": None}
        answer = self.post("act", user_id=self.user.id, acts=[act])
        self.assertEqual(answer["error"]["data"]["name"], "odoo.http.SessionExpiredException")
        self.assertEqual(self.places.mapped("is_starred"), [False, False])

    def test_what_another_program_took_away_is_told(self):
        gone = self.places[0]
        gone._drop_these()
        self.assertEqual(self.act("star"), {"missing": [gone.id]})
        self.assertTrue(self.places[1].is_starred)
        self.assertIn("no longer there", self.act("star", gone)["error"])

    def test_strangers_act_on_nothing(self):
        for user in (self.other, self.admin, self.employee):
            self.sign_in(user)
            self.assertTrue(self.act("delete")["error"])
        self.assertEqual(self.places.folder_id, self.inbox)
        self.assertFalse(self.operations("pending"))

    def test_refusals_have_words(self):
        self.account.state = "disconnected"
        self.assertIn("is not connected", self.act("read")["error"])
        self.account.state = "connected"
        self.assertIn("There is no action", self.act("no such thing")["error"])
        self.assertIn("Choose a folder", self.act("move")["error"])
        self.assertFalse(self.operations("pending"))

    def test_failed_operations(self):
        self.act("archive")
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
        self.act("archive")
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
