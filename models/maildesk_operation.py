from dataclasses import dataclass, field, replace

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import BACK_OFF, FLAG_FIELDS, MAX_PAUSE, OPERATION_DAYS

#: Operations pushed by one command, and looked at to find them.
BATCH = 500
LOOK = 4 * BATCH
VACUUM = 5000
#: After so long a mail that was not where it should be is looked for where the sync has found it meanwhile.
GONE_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Owed:
    """Operations that one call of the provider settles; a plain value, so that no transaction is open while it does.

    :param dict ids: operation → key of its message in ``folder``.
    :param str folder: the source's key, for an append the target's.
    :param str target: the target's key of a move.
    :param str new_folder: name of a target that has to be made on the server first.
    :param dict fingerprints: key → name of the mail itself, by which an interrupted move finds its copy.
    :param dict mark: where the target ended before the first try; None where there has been none.
    """

    ids: dict
    kind: str
    folder: str
    flag: str = ""
    value: bool = False
    target: str = ""
    target_id: int = 0
    new_folder: str = ""
    fingerprints: dict = field(default_factory=dict)
    mark: dict | None = None

    def alone(self):
        """The same, one by one."""
        return [replace(self, ids={operation: key}) for operation, key in self.ids.items()]


class MaildeskOperation(models.Model):
    """What a person did to a mail and the mail server still has to be told.

    The row of the mail changes in the transaction that writes the operation; the engine pushes it soon, in the order of each
    mail's operations, so that one bad mail stops no other. While it is pending it lies over what a sync brings
    (``page_overlay``); where the server refuses for good, the row goes back to what the server says::

        pending ──push──> done
           │ └─refused: waits 1, 2, 5, 15 … minutes─┐
           │<─ the server asks for a pause: waits ──┤
           │<───────────────────────────────────────┘
           └─refused too often─> failed ──_retry──> pending

    ``folder_id`` and ``remote_id`` are where the mail lay when it was acted on. They are empty while an earlier move or append
    of the same mail is under way, and filled in when its new place is known (:meth:`_arrived`).
    """

    _name = "maildesk.operation"
    _inherit = ["maildesk.readable.mixin"]
    _description = "Change Owed to the Mail Server"
    _order = "id"
    _rec_name = "kind"
    _accessible_path = "message_id.is_accessible"

    account_id = fields.Many2one("maildesk.account", "Mailbox", required=True, readonly=True, ondelete="cascade")
    message_id = fields.Many2one("maildesk.message", "Email", readonly=True, ondelete="set null", index="btree_not_null")
    placement_id = fields.Many2one("maildesk.message.placement", readonly=True, ondelete="set null", index="btree_not_null")
    user_id = fields.Many2one("res.users", "By", readonly=True, ondelete="set null", default=lambda self: self.env.uid)
    kind = fields.Selection(
        [("flag", "Mark"), ("move", "Move"), ("delete", "Delete"), ("append", "Store")], required=True, readonly=True)
    flag = fields.Selection([(name, label) for name, label in FLAG_FIELDS.items()], readonly=True)
    value = fields.Boolean(readonly=True)
    folder_id = fields.Many2one("maildesk.folder", "From", readonly=True, ondelete="set null", index="btree_not_null")
    remote_id = fields.Char("Key on the Server", readonly=True)
    target_id = fields.Many2one("maildesk.folder", "To", readonly=True, ondelete="set null", index="btree_not_null")
    mark = fields.Json(readonly=True, groups=fields.NO_ACCESS, help="Where the target ended before the first try.")
    raw_id = fields.Many2one("ir.attachment", "Mail to Store", readonly=True, ondelete="set null", groups=fields.NO_ACCESS)
    internal_date = fields.Datetime(readonly=True)
    state = fields.Selection(
        [("pending", "Waiting"), ("done", "Done"), ("failed", "Failed")], default="pending", required=True, readonly=True)
    attempts = fields.Integer(default=0, readonly=True)
    next_try_at = fields.Datetime("Next Try", readonly=True)
    error_message = fields.Char("Reason", readonly=True)

    _pending_idx = models.Index("(account_id, message_id, id) WHERE state = 'pending'")
    _failed_idx = models.Index("(account_id) WHERE state = 'failed'")
    _state_idx = models.Index("(state, write_date)")

    @api.model
    def _owe(self, vals_list):
        """Write operations down and have them pushed soon."""
        operations = self.create(vals_list)
        operations.account_id._ask_for_sync()
        return operations

    @api.model
    def _next(self, account_id, retries=False):
        """The next operations one command can settle.

        :param bool retries: also such as were tried before.
        :returns: :class:`Owed`, or None where nothing is due.
        """
        self.env.flush_all()
        # the ORM cannot say "the first of each mail"
        rows = self.env.execute_query(SQL(
            """SELECT first.id FROM maildesk_operation first
                WHERE first.account_id = %(account)s AND first.state = 'pending' AND (first.attempts = 0 OR %(retries)s)
                  AND (first.next_try_at IS NULL OR first.next_try_at <= now() AT TIME ZONE 'UTC')
                  AND NOT EXISTS (SELECT FROM maildesk_operation earlier
                                   WHERE earlier.account_id = %(account)s AND earlier.state = 'pending' AND earlier.id < first.id
                                     AND earlier.message_id = first.message_id)
             ORDER BY first.id LIMIT %(limit)s""", account=account_id, limit=LOOK, retries=retries,
        ))
        found = self.browse([row[0] for row in rows])
        lost = found.filtered(lambda operation: operation.kind in ("move", "append") and not operation.target_id)
        lost._give_up(self.env._("The folder it was meant for is no longer on the mail server."))
        # its folder was renamed or deleted by another program
        gone = (found - lost).filtered(lambda operation: operation.kind != "append" and not operation.folder_id)
        gone._gone()
        # where an earlier step left a mail is found by the sync
        ready = (found - lost - gone).filtered(lambda operation: operation.kind == "append" or operation.remote_id)
        return ready._together() if ready else None

    def _together(self):
        """The first of these and those that go with it into one command.

        They are fewer with every try: where one of them is what the server does not survive, the others are soon done.
        """
        same = self.filtered(lambda operation: operation._signature() == self[0]._signature())
        first, most = self[0], max(1, BATCH >> 3 * self[0].attempts)
        batch = same[:1] if first.kind == "append" or first.mark else same[:most]
        folder = first.target_id if first.kind == "append" else first.folder_id
        target = first.target_id
        return Owed(
            {operation.id: operation.remote_id for operation in batch}, first.kind, folder.remote_id,
            flag=first.flag or "", value=first.value, target=target.remote_id or "", target_id=target.id or 0,
            new_folder=target.name if target.is_provisional else "", mark=first.mark or None,
            fingerprints={operation.remote_id: operation.message_id.fingerprint for operation in batch if operation.message_id})

    def _signature(self):
        return self.kind, self.folder_id, self.flag, self.value, self.target_id, bool(self.mark), self.attempts

    def _octets(self):
        """Size of the mail, 0 where that is not known."""
        return self.raw_id.file_size or self.message_id.size or 0

    def _done(self, keys):
        """These are on the server.

        :param dict keys: operation id → the mail's key in its new folder; None where unknown, missing where it was gone.
        """
        for operation in self.filtered("target_id"):
            operation._arrived(operation.target_id, keys.get(operation.id))
        self.raw_id.unlink()
        self.write({"state": "done", "error_message": False, "next_try_at": False})

    def _arrived(self, folder, key):
        """The mail has its place: its row, and what waits to be done next, learn its key there.

        :param folder: where it arrived.
        :param key: None where the server does not tell; the next sync of the folder finds it.
        """
        placement = self.placement_id.filtered(lambda place: place.folder_id == folder and not place.remote_id)
        if not folder.sync_enabled:
            # nobody would ever tell what becomes of it there
            placement._drop_these()
        elif key:
            self._waiting_for(folder).write({"remote_id": key})
            placement._take_key(key)

    def _waiting_for(self, folder):
        """What is to be done to this mail once it has its place in a folder."""
        return self.search([
            ("message_id", "=", self.message_id.id), ("placement_id", "in", (self.placement_id.id, False)),
            ("folder_id", "=", folder.id), ("remote_id", "=", False), ("state", "=", "pending")])

    @api.model
    def _is_busy(self, account_id):
        """Whether anything of a mailbox is under way: owed to the server, or on its way into a folder."""
        return bool(
            self.search_count([("account_id", "=", account_id), ("state", "=", "pending")], limit=1)
            or self.env["maildesk.message.placement"].search_count(
                [("folder_id.account_id", "=", account_id), ("remote_id", "=", False)], limit=1))

    @api.model
    def _settle(self, account_id, unseen):
        """After a whole pass: what has no place by now, in folders that have been looked at, is not there.

        :param unseen: ids of folders that have not been looked at since mail was put there.
        """
        self.env["maildesk.message.placement"]._drop_unplaced(account_id, unseen)
        waiting = self.search([
            ("account_id", "=", account_id), ("state", "=", "pending"), ("kind", "!=", "append"), ("remote_id", "=", False),
            ("folder_id", "not in", list(unseen))])
        for operation in waiting.filtered(lambda operation: not operation._has_earlier()):
            place = operation.placement_id.filtered(lambda place, op=operation: place.folder_id == op.folder_id)
            if place.remote_id:
                operation.remote_id = place.remote_id
            else:
                operation._done({})

    def _has_earlier(self):
        return bool(self.search_count(
            [("message_id", "=", self.message_id.id), ("state", "=", "pending"), ("id", "<", self.id)], limit=1))

    def _gone(self):
        """The mail no longer lies where it was: another program was faster, or an interrupted try of ours had done it.

        The sync that follows tells where it is now: a mark follows it, a move or deletion only where it is in the same folder
        (under a new key). Else the server's word holds.
        """
        for operation in self:
            if not operation.attempts:
                soon = fields.Datetime.add(fields.Datetime.now(), seconds=GONE_SECONDS)
                operation.write({"attempts": 1, "next_try_at": soon})
                continue
            place = operation._found_elsewhere()
            if not place or operation.attempts > 1:
                operation._done({})
                continue
            operation.write({"folder_id": place.folder_id.id, "remote_id": place.remote_id, "attempts": 2, "next_try_at": False})
            if operation.kind == "flag":
                operation.placement_id = place
                place._set_flag(operation.flag, operation.value)
            else:
                place._drop_these()

    def _found_elsewhere(self):
        """The one row the sync has found for this mail since; a move or deletion follows it within its folder only."""
        places = self.message_id.placement_ids.filtered(
            lambda place: place.remote_id and (place.folder_id, place.remote_id) != (self.folder_id, self.remote_id))
        if self.kind != "flag":
            places = places.filtered(lambda place: place.folder_id == self.folder_id)
        return places if len(places) == 1 else places.browse()

    def _refused(self, words, for_good=False):
        """The server did not do it: try again later, or give up.

        :param str words: what a person is told.
        :returns: those that were given up.
        """
        given_up = self.browse()
        for operation in self:
            if for_good or operation.attempts + 1 >= len(BACK_OFF):
                given_up |= operation
                continue
            minutes = BACK_OFF[operation.attempts]
            operation.write({
                "attempts": operation.attempts + 1, "error_message": words,
                "next_try_at": fields.Datetime.add(fields.Datetime.now(), minutes=minutes),
            })
        given_up._give_up(words)
        return given_up

    def _postpone(self, words, seconds):
        """The server asked for a pause, which is no try.

        :param float seconds: until when.
        """
        self.write({
            "error_message": words, "next_try_at": fields.Datetime.add(fields.Datetime.now(), seconds=min(seconds, MAX_PAUSE))})

    def _give_up(self, words):
        """Back to what the server has; those who read the mailbox are told by the state of the row."""
        for operation in self:
            operation.write({"state": "failed", "error_message": words, "next_try_at": False})
            operation._undo()
        for account in self.account_id:
            concerned = self.filtered(lambda operation, account=account: operation.account_id == account)
            account._tell_readers((concerned.folder_id | concerned.target_id).ids)

    def _undo(self):
        """Let the mail be where and how it was; its flags come with the next look at the server."""
        placement, folder = self.placement_id, self.folder_id
        if self.kind == "append":
            # nobody else has this mail: it stays in sight until somebody has read why
            if not self.target_id.active:
                inbox = self.target_id._of_role(self.account_id, "inbox")
                placement._place(inbox, False)
                self.target_id = inbox
        elif self.kind == "flag" and placement[self.flag] == self.value:
            placement._set_flag(self.flag, not self.value)
        elif self.kind == "move" and folder and self.remote_id:
            self._waiting_for(self.target_id).write({"folder_id": folder.id, "remote_id": self.remote_id})
            if placement and placement.folder_id == self.target_id:
                placement._place(folder, False)
                placement._take_key(self.remote_id)
        elif self.kind == "delete" and self.message_id and folder and self.remote_id:
            placement._restore(self.message_id, folder, self.remote_id)

    @api.autovacuum
    def _gc_finished(self):
        """Forget what is done; what failed stays until somebody dismissed it, but not for ever."""
        now = fields.Datetime.now()
        domain = ["|", "&", ("state", "=", "done"), ("write_date", "<", fields.Datetime.subtract(now, days=OPERATION_DAYS)),
                  "&", ("state", "=", "failed"), ("write_date", "<", fields.Datetime.subtract(now, days=30 * OPERATION_DAYS))]
        old = self.search(domain, limit=VACUUM)
        old.raw_id.unlink()
        old.unlink()
        return len(old), self.search_count(domain, limit=1)
