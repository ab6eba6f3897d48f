from odoo import fields
from odoo.exceptions import UserError
from odoo.http import Controller, SessionExpiredException, request, route

#: Seconds in which a mailbox that was synchronised is not asked again in passing.
RECENT = 45


class MaildeskApp(Controller):
    """What the app asks for, answered by the models under the asking user's own rights."""

    @route("/maildesk/tree", type="jsonrpc", auth="user", readonly=True)
    def tree(self):
        """The mailboxes and folders the user may open."""
        request.env["maildesk.folder"].check_access("read")
        return {
            "accounts": request.env["maildesk.account"]._tree(),
            "can_connect": not request.env["maildesk.user.actions"]._is_off("allow_self_connect"),
            "can_configure": request.env.user.has_group("maildesk.group_maildesk_admin"),
            "personal": request.env["maildesk.account"]._personal_offer(),
            "undo_seconds": request.env.user.maildesk_undo_seconds,
        }

    @route("/maildesk/messages", type="jsonrpc", auth="user", readonly=True)
    def messages(self, folder_id=None, quick_filter="", search="", after=None, limit=50):
        """A page of the list; see ``maildesk.message.placement._page``."""
        request.env["maildesk.message.placement"].check_access("read")
        return request.env["maildesk.message.placement"]._page(folder_id, quick_filter, search, after, limit)

    @route("/maildesk/open", type="jsonrpc", auth="user")
    def open(self, placement_id, images=False):
        """A mail for the reading pane; its body is fetched where it is not cached."""
        placement = request.env["maildesk.message.placement"].browse(int(placement_id))
        placement.check_access("read")
        return placement.message_id._open(placement)

    @route("/maildesk/act", type="jsonrpc", auth="user")
    def act(self, user_id, acts):
        """Do things to mails, one after the other; see ``maildesk.message.placement._act``.

        What is refused stops nothing that comes after it. What comes once more under a key that was served is not done again.

        :param int user_id: who did it: another person who has signed in since, in the same browser, does not do it for them.
        :param list acts: dicts of ``key``, ``action``, ``placement_ids`` and ``folder_id``, in the order in which they were done.
        :return: for each of them a dict: ``missing``, the ids of placements that are not there (any more), or ``error``, the
            words it was refused with.
        :raises SessionExpiredException: somebody else is signed in by now.
        """
        if user_id != request.env.uid:
            raise SessionExpiredException("another user has signed in")
        return [self._act(**act) for act in acts]

    @staticmethod
    def _act(key, action, placement_ids, folder_id=None):
        asked = request.env["maildesk.message.placement"].browse([int(placement_id) for placement_id in placement_ids])
        try:
            with request.env.cr.savepoint():
                placements = asked.search([("id", "in", asked.ids)])
                # nobody has a right on keys: each person takes their own here
                if request.env["maildesk.request.key"].sudo()._take(str(key)):
                    # one that another program took away must not stop the others
                    (placements or asked)._act(action, folder_id=int(folder_id) if folder_id else None)
        except UserError as refusal:
            return {"error": str(refusal)}
        return {"missing": list(set(asked.ids) - set(placements.ids))}

    @route("/maildesk/operations", type="jsonrpc", auth="user", readonly=True)
    def operations(self, account_id):
        """What the mail server of a mailbox refused, as far as the user may read it."""
        failed = request.env["maildesk.operation"]._failed_of([int(account_id)])
        return [{**operation._as_shown(), "kind": operation.kind} for operation in failed]

    @route("/maildesk/operations/retry", type="jsonrpc", auth="user")
    def retry_operations(self, operation_ids):
        """Have the mail server asked once more."""
        self._operations(operation_ids)._retry()

    @route("/maildesk/operations/dismiss", type="jsonrpc", auth="user")
    def dismiss_operations(self, operation_ids):
        """Let them go: the mail stays as the mail server has it."""
        self._operations(operation_ids)._dismiss()

    @staticmethod
    def _operations(operation_ids):
        """Those of the user's that a colleague has not settled meanwhile."""
        operations = request.env["maildesk.operation"]
        return operations.search([("id", "in", [int(operation_id) for operation_id in operation_ids])])

    @route("/maildesk/sync", type="jsonrpc", auth="user")
    def sync(self, account_id=None, background=False):
        """Fetch new mail now.

        :param bool background: an open app asks in passing: never against a server's rest after a failure, and not again
            for what somebody else's open app has just asked for.
        """
        accounts = request.env["maildesk.account"].search(
            [("is_accessible", "=", True), ("state", "in", ("connected", "error"))]
            + ([("id", "=", int(account_id))] if account_id else []))
        if not background:
            return bool(accounts and accounts.action_sync_now())
        recently = fields.Datetime.subtract(fields.Datetime.now(), seconds=RECENT)
        accounts = accounts.filtered(lambda account: not account.last_sync_at or account.last_sync_at < recently)
        request.env["maildesk.sync.request"]._ask(accounts.ids)
        return bool(accounts)
