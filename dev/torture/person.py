"""A person at work in MailDesk: random changes that the server has to be told."""

from .difference import Difference
from .mails import mail, message_id

FLAG_ACTIONS = {"read": ("read", True), "unread": ("read", False), "star": ("starred", True), "unstar": ("starred", False)}
ROLE_ACTIONS = {"archive": "archive", "junk": "junk", "not_junk": "inbox", "delete": "trash"}
#: How often a change is followed to the server at once, with nobody else at work.
FOLLOWED = 0.4


class Person:
    """Somebody who reads a mailbox in MailDesk.

    :param Harness harness: where.
    :param Mailbox mailbox: whose.
    :param Random rng: all choices follow from it and from what is cached.
    :param bool keeps_all: delete nothing for good.
    """

    def __init__(self, harness, mailbox, rng, *, keeps_all=False):
        self.harness, self.mailbox, self.rng, self.keeps_all = harness, mailbox, rng, keeps_all
        #: First part of the Message-IDs of the mails stored here, and how many there are.
        self.name, self.appended = f"own.{mailbox.email.partition('@')[0]}", 0

    def step(self, *, followed=True, aside=False):
        """Do one thing; answers what, for people.

        :param bool followed: some are followed to the server at once, there being nobody else at work.
        :param bool aside: a pass is under way.
        :raises Difference: the server has something else then.
        """
        followed = followed and not aside and self.rng.random() < FOLLOWED
        if followed:
            self.harness.sync()
        if self.rng.random() < 0.15:
            return self._append(followed, aside)
        places = self._some_places()
        if not places:
            return "nothing to act on"
        action = self.rng.choice([*FLAG_ACTIONS, *FLAG_ACTIONS, *ROLE_ACTIONS, "move", "move"])
        target = self._folder_of(action)
        if self.keeps_all and action == "delete" and target and target[1] == places[0][1]:
            return "deletes nothing for good"
        before = self._on_server() if followed else None
        refusal = self.harness.act([place for place, *_rest in places], action, target[0] if action == "move" else None, aside=aside)
        told = f"person: {action} {[(folder, key) for _id, folder, key, _mail in places]} {target[1] if target else ''} {refusal}"
        if followed and not refusal:
            self.harness.sync()
            self._compare(places, action, target, before, told)
        return told

    def _append(self, followed, aside):
        folders = self._folders()
        if not folders:
            return "no folder is known yet"
        number, self.appended = self.appended, self.appended + 1
        folder_id, folder, _role = self.rng.choice(folders)
        flags = [name for name in ("is_read", "is_starred", "is_draft") if self.rng.random() < 0.3]
        refusal = self.harness.append(folder_id, mail(self.rng, self.name, number), flags, aside=aside)
        if followed and not refusal:
            self.harness.sync()
            found = [
                lying.flags for mails in self._on_server().values() for lying in (mails or {}).values()
                if lying.message_id == message_id(self.name, number)
            ]
            wanted = [self.harness.server.kept(name.removeprefix("is_") for name in flags)]
            if found != wanted:
                raise Difference([f"append {number} to {folder} with {flags}: the server has {found}"])
        return f"person: append {number} to {folder} with {flags} {refusal}"

    def _compare(self, places, action, target, before, told):
        """What a change has to have made of the server, where nobody else was at work."""
        after = self._on_server()
        wrong = []
        for _id, folder, key, name in places:
            if key not in (before.get(folder) or {}):
                continue
            here = (after.get(folder) or {}).get(key)
            if action in FLAG_ACTIONS:
                flag, value = FLAG_ACTIONS[action]
                if not here or (flag in here.flags) != value:
                    wrong.append(f"{folder} {key}: {here}")
            elif action == "delete" and folder == target[1]:
                wrong += [f"{folder} {key} is still there"] if here else []
            elif folder != target[1]:
                if here:
                    wrong.append(f"{folder} {key} is still there")
                moved = sum(mail == name and source != target[1] and place in (before[source] or {}) for _id, source, place, mail in places)
                if _count(after, target[1], name) != _count(before, target[1], name) + moved:
                    wrong.append(f"{target[1]} has {name} {_count(after, target[1], name)} times")
        if wrong:
            raise Difference([told, *wrong])

    def _on_server(self):
        return self.harness.server.standing(self.mailbox.email).folders

    def _some_places(self):
        """``(id, folder, key, Message-ID)`` of some mails of one folder that have a place on the server."""
        rows = self.harness.query(
            "SELECT place.id, folder.remote_id, place.remote_id, message.message_id FROM maildesk_message_placement place "
            "JOIN maildesk_folder folder ON folder.id = place.folder_id JOIN maildesk_message message ON message.id = place.message_id "
            "WHERE folder.account_id = %s AND folder.active ORDER BY place.id", self.mailbox.account_id)
        if not rows:
            return []
        first = self.rng.choice(rows)
        here = [row for row in rows if row[1] == first[1] and row != first]
        return [first, *self.rng.sample(here, min(len(here), self.rng.choice((0, 0, 0, 1, 4))))]

    def _folders(self):
        """``(id, name on the server, role)`` of those that hold mail."""
        return self.harness.query(
            "SELECT id, remote_id, role FROM maildesk_folder WHERE account_id = %s AND active AND selectable ORDER BY id", self.mailbox.account_id)

    def _folder_of(self, action):
        """Where an action moves mails to, None where it moves none."""
        if action == "move":
            return self.rng.choice(self._folders())
        role = ROLE_ACTIONS.get(action)
        return next((folder for folder in self._folders() if role and folder[2] == role), None)


def _count(folders, name, mail_id):
    return sum(lying.message_id == mail_id for lying in (folders.get(name) or {}).values())
