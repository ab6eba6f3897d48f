from odoo import fields, models

from ..providers.values import FLAGS


class MaildeskOperation(models.Model):
    """What the mail server refused, as people see it and act on it."""

    _inherit = "maildesk.operation"

    def _failed_of(self, account_ids):
        """What could not be done in these mailboxes, as far as the asking person may read it."""
        return self.search([("account_id", "in", account_ids), ("state", "=", "failed")], order="id desc")

    def _as_shown(self):
        """What the app shows of an operation."""
        return {
            "id": self.id, "account_id": self.account_id.id, "what": self._words(), "state": self.state,
            "subject": self.message_id.subject or "", "error": self.error_message or "",
            "next_try_at": fields.Datetime.to_string(self.next_try_at) or "",
        }

    def _words(self):
        match self.kind, self.flag, self.value:
            case "flag", "is_read", True:
                return self.env._("Mark as read")
            case "flag", "is_read", False:
                return self.env._("Mark as unread")
            case "flag", "is_starred", True:
                return self.env._("Star")
            case "flag", "is_starred", False:
                return self.env._("Remove the star")
            case "flag", _flag, _value:
                return self.env._("Mark as answered")
            case "delete", _flag, _value:
                return self.env._("Delete for good")
        # a colleague's target may be one the reader may not see
        target = self.target_id._filtered_access("read").name or self.env._("another folder")
        folder = target if self.target_id else self.env._("a folder that is gone")
        return self.env._("Store in %s", folder) if self.kind == "append" else self.env._("Move to %s", folder)

    def _retry(self):
        """Do it again, as if the person had just done it."""
        self.check_access("read")
        # who may read the mail may act on it; the queue itself is nobody's to write
        for operation in self.sudo().filtered(lambda operation: operation.state == "failed"):
            if "junk" in (operation.folder_id | operation.target_id).mapped("role"):
                operation.account_id._check_action("allow_spam")
            placements = operation.message_id.placement_ids.filtered(lambda place, op=operation: place.folder_id == op.folder_id)
            own = placements.with_user(self.env.user)
            if operation.kind == "flag":
                own._act_flag(operation.flag, operation.value)
            elif operation.kind == "move" and operation.target_id:
                own._act_move(operation.target_id)
            elif operation.kind == "delete":
                own._act_delete()
            elif operation.kind == "append" and operation.target_id and operation.raw_id and not operation.placement_id.remote_id:
                flags = [name for name in FLAGS if operation.placement_id[name]]
                operation.target_id._append(operation.raw_id.raw, flags, operation.internal_date)
        self._dismiss()

    def _dismiss(self):
        """The person has read it."""
        self.check_access("read")
        # the queue is nobody's to write
        failed = self.sudo().filtered(lambda operation: operation.state == "failed")
        failed.raw_id.unlink()
        appended = failed.filtered(lambda operation: operation.kind == "append").placement_id
        # one the server has all the same, whatever it answered, stays
        appended.filtered(lambda place: not place.remote_id)._drop_these()
        failed.write({"state": "done"})
