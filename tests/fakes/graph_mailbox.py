"""The state behind the fake of Microsoft Graph: folders, messages, and who was told what of them."""

import itertools
import threading

from .graph_mail import from_mime, new_id, stamp

#: Well-known name → what a German person sees.
WELL_KNOWN = {
    "inbox": "Posteingang", "drafts": "Entwürfe", "sentitems": "Gesendete Elemente", "archive": "Archiv",
    "junkemail": "Junk-E-Mail", "deleteditems": "Gelöschte Elemente", "outbox": "Postausgang",
}
#: Of a query with a filter, delta tells of no more.
FILTER_LIMIT = 5000


class Folder:
    """One folder, and in which order things happened in it."""

    def __init__(self, mailbox, name, parent=None, is_hidden=False, kind=None):
        self.mailbox, self.name, self.parent, self.is_hidden, self.kind = mailbox, name, parent, is_hidden, kind
        self.id = new_id("F")
        self.messages = {}
        #: id → (when it came into the folder, when it changed last); of those that left, (came, left).
        self.present, self.removed = {}, {}
        self.changed_at, self.deleted = mailbox.now(), 0

    def json(self, select, properties=()):
        total, unread = len(self.messages), sum(not message.fields["isRead"] for message in self.messages.values())
        whole = {
            "id": self.id, "displayName": self.name, "parentFolderId": self.parent.id if self.parent else self.mailbox.root_id,
            "childFolderCount": sum(folder.parent is self for folder in self.mailbox.folders.values()),
            "totalItemCount": total, "unreadItemCount": unread, "isHidden": self.is_hidden,
        }
        found = {"id": self.id, **{name: whole[name] for name in (select or whole)}}
        if self.kind:
            found["@odata.type"] = self.kind
        values = {0x670A: stamp(self.changed_at), 0x670B: self.deleted}
        if properties and self.mailbox.tells_states:
            found["singleValueExtendedProperties"] = [
                {"id": f"{kind} 0x{tag:x}", "value": str(values[tag])} for kind, tag in properties if tag in values]
        return found


class Mailbox:
    """One mailbox; every method takes its lock."""

    def __init__(self, address, now):
        self.address, self.now = address, now
        self.lock = threading.RLock()
        self._ticks = itertools.count(1)
        self.tick = 0
        self.root_id = new_id("R")
        self.folders = {}
        self.well_known = {}
        self.sent = []
        self.tells_states = True
        for key, name in WELL_KNOWN.items():
            self.well_known[key] = self.make_folder(name)

    def make_folder(self, name, parent=None, **kind):
        with self.lock:
            folder = Folder(self, name, parent, **kind)
            self.folders[folder.id] = folder
            return folder

    def drop_folder(self, folder):
        with self.lock:
            for below in [each for each in self.folders.values() if each.parent is folder]:
                self.drop_folder(below)
            del self.folders[folder.id]
            self.well_known = {key: each for key, each in self.well_known.items() if each is not folder}

    def deliver(self, folder, raw, moment=None, **fields):
        """Put a mail made of its octets into a folder.

        :param datetime moment: when it came in; now where None.
        """
        fields = {"receivedDateTime": stamp(moment), **fields} if moment else fields
        return self.put(folder, from_mime(raw, self.now(), **fields))

    def put(self, folder, message):
        with self.lock:
            message.folder = folder
            folder.messages[message.id] = message
            came = self._next(folder)
            folder.present[message.id] = (came, came)
            return message

    def take_out(self, message):
        with self.lock:
            folder = message.folder
            del folder.messages[message.id]
            came, _changed = folder.present.pop(message.id)
            folder.removed[message.id] = (came, self._next(folder))
            folder.deleted += 1
            message.folder = None

    def move(self, message, target):
        with self.lock:
            if message.folder is not target:
                self.take_out(message)
                self.put(target, message)

    def change(self, message, fields=(), properties=()):
        with self.lock:
            message.fields.update(fields)
            message.properties.update(properties)
            message.version += 1
            message.fields["lastModifiedDateTime"] = stamp(self.now())
            came, _changed = message.folder.present[message.id]
            message.folder.present[message.id] = (came, self._next(message.folder))

    def message(self, key):
        for folder in self.folders.values():
            if key in folder.messages:
                return folder.messages[key]
        return None

    def folder(self, key):
        return self.well_known.get(key) or self.folders.get(key)

    def _next(self, folder):
        self.tick = next(self._ticks)
        folder.changed_at = self.now()
        return self.tick


class Enumeration:
    """A delta query's first round: what lay there when it began, newest first."""

    def __init__(self, folder, query, keeps):
        self.folder, self.query, self.keeps, self.began = folder, query, keeps, folder.mailbox.tick
        found = [message for message in folder.messages.values() if keeps(message)]
        found.sort(key=lambda message: (message.fields["receivedDateTime"], message.id), reverse=True)
        self.keys = [message.id for message in found]
        if query.get("$filter"):
            self.keys = self.keys[:FILTER_LIMIT]

    def page(self, size, position):
        """:return: messages, ids of removed ones, and where to go on: the enumeration's next position, or a round's."""
        keys = self.keys[position:position + size]
        there = [self.folder.messages[key] for key in keys if key in self.folder.messages]
        end = position + len(keys)
        if end < len(self.keys):
            return there, [], (self, end)
        gone = [key for key in self.keys if key not in self.folder.messages]
        return there, gone, (Round(self.folder, self.query, self.keeps), self.began)


class Round:
    """What changed since a moment. What came and went in between was never heard of."""

    def __init__(self, folder, query, keeps):
        self.folder, self.query, self.keeps = folder, query, keeps

    def page(self, size, position):
        events = [(changed, key) for key, (_came, changed) in self.folder.present.items() if changed > position
                  and self.keeps(self.folder.messages[key])]
        events += [(left, key) for key, (came, left) in self.folder.removed.items() if left > position >= came
                   and key not in self.folder.present]
        events.sort()
        told = events[:size]
        there = [self.folder.messages[key] for _when, key in told if key in self.folder.messages]
        gone = [key for _when, key in told if key not in self.folder.messages]
        if len(events) > size:
            return there, gone, (self, told[-1][0])
        return there, gone, (Round(self.folder, self.query, self.keeps), self.folder.mailbox.tick)
