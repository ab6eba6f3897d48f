"""What people did and the server was not told yet, laid over what a page of a folder brings.

Without it a mail just marked would flicker back, one just moved would show again where it was, and one whose move or append
has reached the server would be there twice. The questions are asked only where the mailbox has something under way.
"""

from functools import cached_property

from odoo.tools import SQL

from ..const import FLAG_FIELDS


class PageOverlay:
    """The operations and unplaced mails that concern a folder.

    :param env: environment of the working transaction, superuser.
    :param folder: the ``maildesk.folder`` a page is applied to.
    """

    def __init__(self, env, folder):
        self.env, self.folder = env, folder
        self.account_id = folder.account_id.id

    @cached_property
    def is_busy(self):
        """Whether anything of the mailbox is under way."""
        return self.env["maildesk.operation"]._is_busy(self.account_id)

    @cached_property
    def unplaced(self):
        """Mails on their way into this folder, oldest first."""
        return self.env["maildesk.message.placement"].search(
            [("folder_id", "=", self.folder.id), ("remote_id", "=", False)], order="id")

    @cached_property
    def waiting(self):
        """What is to be done to mails once they have their place in this folder."""
        return self.env["maildesk.operation"].search([
            ("folder_id", "=", self.folder.id), ("remote_id", "=", False), ("state", "=", "pending")])

    def sort_out(self, messages):
        """Part a page's messages.

        :returns: those that are new here, and ``RemoteFlags`` of those whose row is here. A mail that is being moved away or
            deleted is neither.
        """
        keys = [message.flags.remote_id for message in messages]
        # by the unique index; the ORM would make records of thousands
        rows = self.env.execute_query(SQL(
            "SELECT remote_id FROM maildesk_message_placement WHERE folder_id = %s AND remote_id = ANY(%s)",
            self.folder.id, keys))
        here = {row[0] for row in rows}
        leaving = set()
        if self.is_busy:
            leaving = set(self.env["maildesk.operation"].search([
                ("folder_id", "=", self.folder.id), ("remote_id", "in", keys), ("state", "=", "pending"),
                ("kind", "in", ("move", "delete"))]).mapped("remote_id"))
        fresh = [message for message in messages if message.flags.remote_id not in here | leaving]
        return fresh, [message.flags for message in messages if message.flags.remote_id in here]

    def recognise(self, messages):
        """Mails of ours under another fingerprint: servers may give a moved or appended mail a new date or size.

        :returns: fingerprint → id of the ``maildesk.message``, which has that fingerprint from now on.
        """
        if not self.is_busy or not (self.unplaced or self.waiting):
            return {}
        mails = self.unplaced.message_id | self.waiting.message_id
        own = {message.message_id: message for message in mails if message.message_id}
        found = {}
        for message in messages:
            mine = own.pop(message.message_id, None)
            if mine:
                mine.fingerprint = message.fingerprint
                found[message.fingerprint] = mine.id
        self.env.flush_all()
        return found

    def adopt(self, messages, known):
        """Give mails on their way here the place a page shows them at.

        :param dict known: fingerprint → ``maildesk.message`` id.
        :returns: keys that have their row, or need none.
        """
        if not self.is_busy or not (self.unplaced or self.waiting):
            return set()
        taken = set()
        unplaced, waiting = self.unplaced, self.waiting
        # oldest first, as they were appended; a page begins with the newest
        for message in reversed(messages):
            message_id, key = known[message.fingerprint], message.flags.remote_id
            passing = waiting.filtered(lambda operation, id_=message_id: operation.message_id.id == id_)
            place = unplaced.filtered(lambda place, id_=message_id: place.message_id.id == id_)[:1]
            if passing:
                # the first row's worth of operations: those that wait for the same row
                passing = passing.filtered(lambda operation, first=passing[0]: operation.placement_id == first.placement_id)
                passing.write({"remote_id": key})
                waiting -= passing
                place = place & passing.placement_id
                if any(operation.kind in ("move", "delete") for operation in passing):
                    taken.add(key)
            if place:
                place.remote_id = key
                unplaced -= place
                taken.add(key)
        self.env.flush_all()
        return taken

    def keep_flags(self, placement_ids):
        """After a page changed rows: what people set meanwhile stays set."""
        if not placement_ids or not self.is_busy:
            return
        owed = self.env["maildesk.operation"].search([
            ("placement_id", "in", placement_ids), ("kind", "=", "flag"), ("state", "=", "pending")])
        for operation in owed:
            if operation.flag in FLAG_FIELDS:
                operation.placement_id._set_flag(operation.flag, operation.value)
