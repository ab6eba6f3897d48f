from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import FLAG_FIELDS, LABELLED

FLAG_ACTIONS = {
    "read": ("is_read", True), "unread": ("is_read", False), "star": ("is_starred", True), "unstar": ("is_starred", False),
}
ROLE_ACTIONS = {"archive": "archive", "junk": "junk", "not_junk": "inbox"}


class MaildeskMessagePlacement(models.Model):
    """What a person does to mails: the row changes at once, and an operation owes it to the server."""

    _inherit = "maildesk.message.placement"

    def _act(self, action, folder_id=None):
        """Do something to mails, under the acting person's rights.

        :param str action: ``read unread star unstar archive junk not_junk delete`` or ``move``, the latter with ``folder_id``.
        :param int folder_id: where to, a folder of the same mailbox.
        :raises UserError: it cannot be done, in words.
        """
        # those another program took away a moment ago are no error while others remain
        mine = self.search([("id", "in", self.ids)])
        if not mine:
            raise UserError(self.env._("This mail is no longer there: another mail program moved or deleted it."))
        for account in mine.folder_id.account_id:
            if account.state == "removed":
                raise UserError(account._gone_words())
            if account.state not in ("connected", "error", "needs_sign_in"):
                raise UserError(self.env._("%s is not connected to its mail server: nothing can be changed.", account.name))
        if action in FLAG_ACTIONS:
            mine._act_flag(*FLAG_ACTIONS[action])
        elif action in ROLE_ACTIONS:
            for account in mine.folder_id.account_id:
                mine._of(account)._act_move(self._folder_of(account, ROLE_ACTIONS[action]))
        elif action == "move":
            target = self.env["maildesk.folder"].search([("id", "=", int(folder_id or 0))])
            mine._act_move(target)
        elif action == "delete":
            mine._act_delete()
        else:
            raise UserError(self.env._("There is no action %s.", action))

    def _of(self, account):
        return self.filtered(lambda place: place.folder_id.account_id == account)

    @api.model
    def _folder_of(self, account, role):
        """The mailbox's folder of a role, made where it has none.

        :raises AccessError: the person may not use it.
        """
        if role == "junk":
            account._check_action("allow_spam")
        # making a folder is the engine's; the person may move mail in this mailbox
        return self.env["maildesk.folder"].sudo()._of_role(account, role).with_env(self.env)

    def _act_flag(self, flag, value):
        changing = self.filtered(lambda place: place[flag] != value)
        if not changing:
            return
        # the cache is the engine's to write; the person may read these mails, which is what acting on them takes
        owner = changing.sudo()
        owner.env["maildesk.operation"]._owe([
            {"kind": "flag", "flag": flag, "value": value, **place._address()} for place in owner])
        owner._set_flag(flag, value)
        owner._tell()

    def _act_move(self, target):
        if not target or not target.selectable:
            raise UserError(self.env._("Choose a folder that can hold mail."))
        if self.folder_id.account_id - target.account_id:
            raise UserError(self.env._("Mail can only be moved within its own mailbox."))
        moving = self.filtered(lambda place: place.folder_id != target)
        if not moving:
            return
        # as for flags
        owner, folder = moving.sudo(), target.sudo()
        sources = owner.folder_id
        labelled = owner.filtered(lambda place: place._stays_under(folder))
        owner.env["maildesk.operation"]._owe([
            {"kind": "move", "target_id": folder.id, **place._address(),
             "placement_id": (place._label(folder) if place in labelled else place).id}
            for place in owner])
        (owner - labelled)._place(folder, False)
        owner._tell(sources | folder)

    def _stays_under(self, folder):
        """Whether the mail goes on lying where it lies: where folders are labels, the archive keeps all but the rubbish."""
        return (
            self.folder_id.role == "archive" and folder.role not in ("trash", "junk")
            and (self.message_id.fingerprint or "").startswith(LABELLED)
        )

    def _label(self, folder):
        """A second place of the mail, whose key is not known yet."""
        place = self.copy({"folder_id": folder.id, "remote_id": False})
        self.env.flush_all()
        self.env["maildesk.folder"]._add_counts(folder.id, 1, int(not place.is_read))
        return place

    def _act_delete(self):
        """Into the trash; what lies there already is deleted for good."""
        trashed = self.filtered(lambda place: place.folder_id.role == "trash")
        for account in (self - trashed).folder_id.account_id:
            (self - trashed)._of(account)._act_move(self._folder_of(account, "trash"))
        if trashed:
            # as for flags
            owner = trashed.sudo()
            owner.env["maildesk.operation"]._owe([{"kind": "delete", **place._address()} for place in owner])
            owner._tell()
            owner._drop_these()

    def _address(self):
        """Where the mail lies for the server, and which row stands for it."""
        return {
            "account_id": self.folder_id.account_id.id, "message_id": self.message_id.id, "placement_id": self.id,
            "folder_id": self.folder_id.id, "remote_id": self.remote_id, "user_id": self.env.uid,
        }

    def _tell(self, sources=()):
        for account in self.folder_id.account_id:
            folders = {folder.id for folder in [*self.folder_id, *sources] if folder.account_id == account}
            account._tell_readers(folders)

    # -------------------------------------------------------------------------
    # The rows themselves; counters go with them
    # -------------------------------------------------------------------------

    def _set_flag(self, flag, value):
        """Set a flag in the rows."""
        if flag not in FLAG_FIELDS or not self:
            return
        self.env.flush_all()
        # the row is locked by this very statement, so that the counter moves by what really changed
        changed = self.env.execute_query(SQL(
            """UPDATE maildesk_message_placement SET %(flag)s = %(value)s
                WHERE id = ANY(%(ids)s) AND %(flag)s IS DISTINCT FROM %(value)s RETURNING folder_id""",
            flag=SQL.identifier(flag), value=value, ids=self.ids,
        ))
        if flag == "is_read":
            for folder_id in {row[0] for row in changed}:
                count = sum(row[0] == folder_id for row in changed)
                self.env["maildesk.folder"]._add_counts(folder_id, 0, -count if value else count)
        self.env.invalidate_all()

    def _place(self, folder, remote_id):
        """Let the rows lie in another folder.

        :param remote_id: their key there, False while it is not known.
        """
        counts = {}
        for place in self:
            for folder_id, sign in ((place.folder_id.id, -1), (folder.id, 1)):
                total, unread = counts.get(folder_id, (0, 0))
                counts[folder_id] = (total + sign, unread + sign * (not place.is_read))
        self.write({"folder_id": folder.id, "remote_id": remote_id})
        self.env.flush_all()
        for folder_id, (total, unread) in counts.items():
            self.env["maildesk.folder"]._add_counts(folder_id, total, unread)
        self.env.invalidate_all()

    def _take_key(self, key):
        """The place on the server is known now; where a sync was faster, its row stays and this one goes."""
        for place in self:
            if self.search_count([("folder_id", "=", place.folder_id.id), ("remote_id", "=", key)], limit=1):
                place._drop_these()
            else:
                place.remote_id = key
                self.env.flush_all()

    @api.model
    def _restore(self, message, folder, remote_id):
        """Bring a row back that was deleted here but not on the server."""
        if self.search([("folder_id", "=", folder.id), ("remote_id", "=", remote_id)]):
            return
        self.create({
            "message_id": message.id, "folder_id": folder.id, "remote_id": remote_id, "is_read": True,
            "date": message.date or fields.Datetime.now(),
        })
        self.env.flush_all()
        message.orphaned_at = False
        self.env["maildesk.folder"]._add_counts(folder.id, 1, 0)
        self.env.invalidate_all()

    def _drop_these(self):
        if self:
            self._drop(SQL("id = ANY(%s)", self.ids))

    @api.model
    def _drop_unplaced(self, account_id, unseen):
        """After a whole pass: what was on its way here and never arrived lies where the server says.

        :param unseen: ids of folders in which it may have arrived since they were looked at.
        """
        self._drop(SQL(
            """remote_id IS NULL AND folder_id IN (SELECT id FROM maildesk_folder WHERE account_id = %s AND id <> ALL(%s))
               AND NOT EXISTS (SELECT FROM maildesk_operation operation
                                WHERE operation.placement_id = maildesk_message_placement.id
                                  AND (operation.state = 'pending' AND operation.kind IN ('move', 'append')
                                       OR operation.state = 'failed' AND operation.kind = 'append'))""",
            account_id, list(unseen)))
