from odoo.http import Controller, request, route


class MaildeskLinks(Controller):
    """Linking emails to records, under the asking user's own rights."""

    @route("/maildesk/link/kinds", type="jsonrpc", auth="user", readonly=True)
    def kinds(self):
        """The kinds of records the user can link emails to."""
        request.env["maildesk.link"].check_access("create")
        return request.env["maildesk.link"]._linkable()

    @route("/maildesk/link", type="jsonrpc", auth="user")
    def link(self, message_id, res_model, res_id):
        """Link an email to a record, and keep it.

        :returns: all its links, see ``maildesk.link._as_shown``.
        """
        message = request.env["maildesk.message"].browse(int(message_id))
        message._link_to(str(res_model), int(res_id))
        return message.link_ids._as_shown()

    @route("/maildesk/unlink", type="jsonrpc", auth="user")
    def remove_link(self, link_id):
        """Take a link away.

        :returns: the links the email has left.
        """
        link = request.env["maildesk.link"].search([("id", "=", int(link_id))])
        message = link.message_id
        link.unlink()
        return message.link_ids._as_shown()
