"""People to write to: whom the mailbox wrote to, contacts, colleagues. Nothing is stored while somebody types."""

from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.headers import parse_addresses

#: Sent mails that are looked at, the newest first.
LOOK = 2000


class Recipients:
    """Suggestions for one mailbox.

    :param account: one ``maildesk.account``, in the environment of a person who may read it.
    """

    def __init__(self, account):
        self.account, self.env = account, account.env

    def suggest(self, words, limit):
        """People whose name or address begins with what is typed.

        :return: ``[{"name", "email", "kind", "is_blacklisted"}]``, those the mailbox writes to most often first.
        """
        words = words.strip().lower()
        found = {}
        for kind, entries in (("written", self._written(words)), ("contact", self._contacts(words, limit)),
                              ("colleague", self._colleagues(words, limit))):
            for name, email in entries:
                found.setdefault(email.lower(), {"name": name, "email": email, "kind": kind})
        for address in self._forgotten():
            found.pop(address, None)
        listed = list(found.values())[:limit]
        # who is on the list is no secret of it: the mark is all that is shown
        blocked = set(self.env["mail.blacklist"].sudo().search(
            [("email", "in", [one["email"].lower() for one in listed])]).mapped("email"))
        return [{**one, "is_blacklisted": one["email"].lower() in blocked} for one in listed]

    def forget(self, email):
        """Suggest an address no more to this person."""
        # a person's own list, under their own user; the model is nobody's to write
        self.env["maildesk.recipient.hidden"].sudo()._hide(self.account, self.env.user, email.lower())

    def _forgotten(self):
        # a person's own list
        hidden = self.env["maildesk.recipient.hidden"].sudo()
        return hidden.search([("account_id", "=", self.account.id), ("user_id", "=", self.env.uid)]).mapped("email")

    def _written(self, words):
        """Whom this mailbox wrote to, most often and latest first."""
        sent = self.env["maildesk.folder"].search([("account_id", "=", self.account.id), ("role", "=", "sent")])
        if not sent:
            return []
        self.env.flush_all()
        # the newest sent mails of a folder the person may read; the ORM would read all columns of each
        rows = self.env.execute_query(SQL(
            """SELECT mail.to_addresses, mail.cc_addresses FROM maildesk_message_placement place
                 JOIN maildesk_message mail ON mail.id = place.message_id
                WHERE place.folder_id = ANY(%s) ORDER BY place.date DESC, place.id DESC LIMIT %s""", sent.ids, LOOK))
        counts = {}
        for text in (text for row in rows for text in row if text and words in text.lower()):
            for entry in parse_addresses(text):
                if _begins(words, entry.name, entry.email):
                    key = entry.email.lower()
                    count, name, email = counts.get(key, (0, "", entry.email))
                    counts[key] = (count + 1, name or entry.name, email)
        return [(name, email) for _count, name, email in sorted(counts.values(), key=lambda one: -one[0])]

    def _contacts(self, words, limit):
        """Contacts the person may read."""
        if not self.env["res.partner"].has_access("read"):
            return []
        domain = Domain("email", "!=", False)
        if words:
            domain &= Domain("name", "ilike", words) | Domain("email", "=ilike", f"{_escaped(words)}%")
        return [(partner.name or "", partner.email) for partner in self.env["res.partner"].search(domain, limit=limit)]

    def _colleagues(self, words, limit):
        users = self.env["res.users"].search(
            [("share", "=", False), ("email", "!=", False), ("name", "ilike", words)], limit=limit)
        return [(user.name, user.email) for user in users]


def _begins(words, name, email):
    return bool(email) and (email.lower().startswith(words) or any(part.startswith(words) for part in name.lower().split()))


def _escaped(words):
    return words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
