from odoo.http import Controller, request, route


class MaildeskApp(Controller):
    """What the app asks for, answered by the models under the asking user's own rights."""

    @route("/maildesk/tree", type="jsonrpc", auth="user", readonly=True)
    def tree(self):
        """The mailboxes and folders the user may open."""
        request.env["maildesk.folder"].check_access("read")
        return {
            "accounts": request.env["maildesk.account"]._tree(),
            "can_configure": request.env.user.has_group("maildesk.group_maildesk_admin"),
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

    @route("/maildesk/sync", type="jsonrpc", auth="user")
    def sync(self, account_id=None):
        """Fetch new mail now."""
        accounts = request.env["maildesk.account"].search(
            [("is_accessible", "=", True), ("state", "in", ("connected", "error"))]
            + ([("id", "=", int(account_id))] if account_id else []))
        return accounts.action_sync_now() if accounts else False
