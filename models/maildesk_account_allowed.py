from odoo import models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class MaildeskAccount(models.Model):
    """What Mailbox Actions leave to a person, beyond reading, which the record rules answer."""

    _inherit = "maildesk.account"

    def _check_action(self, name):
        """Refuse what is turned off for the acting person, in these mailboxes or in all.

        :param str name: the action's field, such as ``allow_export``.
        :raises AccessError: in SPEC's words. Without a mailbox, only what is turned off in all of them counts.
        """
        if self.env["maildesk.user.actions"]._is_off(name) or self - self._allowing(name):
            label = self.env["ir.model.fields"].get_field_string("maildesk.access")[name]
            raise AccessError(self.env._("Your administrator has turned off %s for you.", label))

    def _allowing(self, name):
        """Those of these mailboxes in which the acting person may do something.

        :param str name: the action's field, such as ``allow_export``.
        """
        if self.env["maildesk.user.actions"]._is_off(name):
            return self.browse()
        domain = [("account_id", "in", self.ids), ("user_id", "=", self.env.uid), (name, "=", False)]
        # a person's own line is not theirs to read, only to be bound by, also after they left
        lines = self.env["maildesk.access"].sudo().with_context(active_test=False)
        return self - lines.search(domain).account_id

    def _readers(self, junk=False):
        """The people who may read this mailbox.

        :param bool junk: only those who may see its junk.
        """
        # the ORM does not know a person's way to a mailbox
        rows = self.env.execute_query(SQL(
            "SELECT access.user_id %s AND access.account_id = %s", self._reading_sql(junk), self.id))
        return self.env["res.users"].browse([row[0] for row in rows])
