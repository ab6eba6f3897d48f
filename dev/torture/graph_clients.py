"""Other mail programs at work on a mailbox of the fake of Microsoft Graph: what they do is done in its store."""

import copy

from dev.unit_tests import register

from .clients import CROWD, FOLDERS, Clients
from .mails import mail, received

register()

from maildesk.tests.fakes.graph_mail import LAST_VERB, new_id  # noqa: E402

NAMES = ("Alpha", "One", "Deep", "Beta {7}", "Café", 'Quo"ted', "Back\\slash", "100%", " blanks ", "发票", "inbox", "Gamma/(NIL)")
CATEGORIES = ("Red category", "Yours", "Überfällig")
#: What a program sets of a mail: name → fields and properties, given the value.
MARKS = {
    "read": lambda value: ({"isRead": value}, {}),
    "starred": lambda value: ({"flag": {"flagStatus": "flagged" if value else "notFlagged"}}, {}),
    "done": lambda value: ({"flag": {"flagStatus": "complete" if value else "notFlagged"}}, {}),
    "answered": lambda value: ({}, {LAST_VERB: "103" if value else "0"}),
}


class GraphClients(Clients):
    """See :class:`.clients.Clients`."""

    weights = {
        "deliver": 22, "mark": 24, "categorise": 4, "move": 12, "copy": 5, "throw_away": 6, "delete": 5, "edit_draft": 3, "send_draft": 2,
        "create_folder": 3, "rename_folder": 2, "nest_folder": 2, "throw_folder_away": 1, "delete_folder": 2,
        "recreate_folder": 1, "forget_tokens": 0.5, "change_temper": 2,
    }
    keeping = ("deliver", "mark", "categorise", "move", "create_folder", "rename_folder", "nest_folder", "change_temper")

    def __init__(self, harness, mailbox, rng, *, keeps_all=False):
        super().__init__(harness, mailbox, rng, keeps_all=keeps_all)
        self.graph, self.store = harness.server.graph, harness.server.mailbox(mailbox.email)

    def perform(self, action):
        with self.store.lock:
            return action()

    # -------------------------------------------------------------------------
    # Mails
    # -------------------------------------------------------------------------

    def deliver(self):
        folder, count = self.some_folder(), self.how_many(sum(len(folder.messages) for folder in self.store.folders.values()))
        for _mail in range(count):
            number = self.next_number()
            fields = {"isDraft": self.rng.random() < 0.1, "isRead": self.rng.random() < 0.3}
            message = self.store.deliver(folder, mail(self.rng, self.name, number), received(number), **fields)
            if self.rng.random() < 0.2:
                self.store.change(message, *MARKS[self.rng.choice(list(MARKS))](True))
        return f"{count} to {folder.name}"

    def mark(self):
        messages = self.some_mails()
        name, value = self.rng.choice(list(MARKS)), self.rng.random() < 0.5
        for message in messages:
            self.store.change(message, *MARKS[name](value))
        return f"{name} {value} {_keys(messages)}"

    def categorise(self):
        messages = self.some_mails()
        for message in messages:
            self.store.change(message, {"categories": self.rng.sample(CATEGORIES, self.rng.randrange(3))})
        return _keys(messages)

    def move(self):
        messages, target = self.some_mails(), self.some_folder()
        for message in messages:
            self.store.move(message, target)
        return f"{_keys(messages)} to {target.name}"

    def copy(self):
        messages, target = self.some_mails(), self.some_folder()
        if sum(len(folder.messages) for folder in self.store.folders.values()) > CROWD:
            return "enough is there"
        for message in messages:
            twin = copy.copy(message)
            twin.id, twin.fields, twin.properties = new_id("M"), dict(message.fields), dict(message.properties)
            self.harness.server.copied.add(twin.fields["internetMessageId"])
            self.store.put(target, twin)
        return f"{_keys(messages)} to {target.name}"

    def throw_away(self):
        messages = self.some_mails()
        for message in messages:
            self.store.move(message, self.store.well_known["deleteditems"])
        return _keys(messages)

    def delete(self):
        messages = self.some_mails()
        for message in messages:
            self.store.take_out(message)
        return _keys(messages)

    def edit_draft(self):
        """Somebody writes on; the mail stays the same."""
        messages = [message for message in self.some_mails() if message.fields["isDraft"]]
        for message in messages:
            self.store.change(message, {"subject": f"{message.fields['subject'][:40]} {self.rng.randrange(100)}"})
        return _keys(messages)

    def send_draft(self):
        messages = [message for message in self.some_mails() if message.fields["isDraft"]]
        for message in messages:
            self.store.change(message, {"isDraft": False, "isRead": True})
            self.store.move(message, self.store.well_known["sentitems"])
        return _keys(messages)

    # -------------------------------------------------------------------------
    # Folders
    # -------------------------------------------------------------------------

    def create_folder(self):
        above = self.own_folder() if self.rng.random() < 0.5 else None
        name = self._free_name(above)
        if name and len(self._own_folders()) < FOLDERS:
            self.store.make_folder(name, above)
        return f"{name} below {above and above.name}"

    def rename_folder(self):
        folder = self.own_folder()
        name = folder and self._free_name(folder.parent)
        if name:
            folder.name = name
        return name

    def nest_folder(self):
        """A folder goes below another one, with all below it, or to the top."""
        folder, above = self.own_folder(), self.own_folder() if self.rng.random() < 0.7 else None
        if not folder or above in self._with_all_below(folder) or folder.name not in self._free_names(above):
            return "not there"
        folder.parent = above
        return f"{folder.name} below {above and above.name}"

    def throw_folder_away(self):
        folder, trash = self.own_folder(), self.store.well_known["deleteditems"]
        if folder and folder.name in self._free_names(trash):
            folder.parent = trash
        return folder and folder.name

    def delete_folder(self):
        folder = self.own_folder()
        if folder:
            self.store.drop_folder(folder)
        return folder and folder.name

    def recreate_folder(self):
        """The same name with another life: another id."""
        folder = self.own_folder()
        if folder:
            self.store.drop_folder(folder)
            self.store.make_folder(folder.name, folder.parent)
        return folder and folder.name

    # -------------------------------------------------------------------------
    # The service's own moods
    # -------------------------------------------------------------------------

    def forget_tokens(self):
        """The service forgets whom it told what (410)."""
        self.graph.api.expire_tokens()
        return "all"

    def change_temper(self):
        """Small pages, changes told in part, items told twice, folders without states."""
        name, values = self.rng.choice([
            ("page_cap", (2, 7, 1000)), ("partial", (True, False)), ("replays", (True, False)),
            ("refuses_part_expand", (True, False)), ("refuses_folder_expand", (True, False, False))])
        value = self.rng.choice(values)
        setattr(self.graph, name, value)
        return f"{name} {value}"

    # -------------------------------------------------------------------------
    # Choices
    # -------------------------------------------------------------------------

    def some_folder(self):
        """Any folder, the inbox more often than others."""
        inbox = self.store.well_known["inbox"]
        return inbox if self.rng.random() < 0.3 else self.rng.choice(list(self.store.folders.values()))

    def some_mails(self):
        """Some mails of one folder."""
        return self.some(list(self.some_folder().messages.values()))

    def own_folder(self):
        """A folder that may be taken away, or None."""
        folders = self._own_folders()
        return self.rng.choice(folders) if folders else None

    def _own_folders(self):
        known = list(self.store.well_known.values())
        return [folder for folder in self.store.folders.values() if folder not in known]

    def _free_names(self, above):
        """Names no folder below this one has."""
        taken = {folder.name.casefold() for folder in self.store.folders.values() if folder.parent is above}
        return [name for name in NAMES if name.casefold() not in taken]

    def _free_name(self, above):
        names = self._free_names(above)
        return self.rng.choice(names) if names else None

    def _with_all_below(self, folder):
        found = [folder]
        for each in found:
            found += [below for below in self.store.folders.values() if below.parent is each]
        return found


def _keys(messages):
    return [message.id for message in messages]
