"""The fake of Microsoft Graph as the suites of the contract use a server, and the other client of its mailbox."""

import itertools
import re
import tempfile
from datetime import timedelta

from maildesk.providers.graph import GraphProvider
from maildesk.tests.fakes.graph import GraphServer
from maildesk.tests.fakes.graph_mail import LAST_VERB
from maildesk.tests.fakes.imap_proxy import BEFORE
from maildesk.tests.fakes.imap_servers import EPOCH

ADDRESS, TOKEN = "anna@example.com", "secret-token"
#: What each flag of IMAP is here; the others are told as categories, which nobody of us may touch.
_FLAGS = {
    b"\\seen": lambda on: ({"isRead": on}, {}),
    b"\\flagged": lambda on: ({"flag": {"flagStatus": "flagged" if on else "notFlagged"}}, {}),
    b"\\answered": lambda on: ({}, {LAST_VERB: "102" if on else "0"}),
}


class GraphService:
    """One mailbox of the fake."""

    has_uids = keeps_octets = False
    settable_flags = ("is_read", "is_starred", "is_answered")
    _lines = itertools.count(1)

    def start(self):
        self._home = tempfile.TemporaryDirectory(prefix="maildesk-graph-")
        self.graph = GraphServer(self._home.name).start()
        self.mailbox = self.graph.add_mailbox(ADDRESS, TOKEN)
        self._trust = self.graph.trusted()
        self._trust.__enter__()
        return self

    def stop(self):
        self._trust.__exit__(None, None, None)
        self.graph.stop()
        self._home.cleanup()
        if self.graph.complaints:
            raise AssertionError(self.graph.complaints)

    def provider(self, token=TOKEN, mailbox=None, timeout=10.0):
        return GraphProvider(mailbox, lambda: token, base_url=self.graph.base_url, timeout=timeout)

    def other_client(self):
        return OtherGraphClient(self)

    def cut_line(self, number, when):
        """A line that is cut at a request after sign-in, for good."""
        return CutGraphLine(self, number, when)

    def tells_states(self, provider):
        """Not of changes as young as those of a test."""
        return False

    def tells_new_keys(self, provider):
        return True


class CutGraphLine:
    """A client of its own, told by its token; see :class:`.imap_proxy.CutLine`."""

    def __init__(self, service, number, when):
        self.cut_at = None
        self._service, self._left, self._when = service, number, when
        self._token = f"line-{next(service._lines)}"

    def __enter__(self):
        self._service.graph.add_line(self._token, ADDRESS, self._fate)
        # Signing in is a request too.
        self._left += 1
        return self

    def __exit__(self, *exc_info):
        self._service.graph.drop_line(self._token)

    def provider(self):
        return self._service.provider(self._token)

    def _fate(self, line):
        """Called for each request.

        :return: ``before``, ``after`` or nothing: what happens to it.
        """
        self._left -= 1
        if self._left >= 0:
            return ""
        is_first, self.cut_at = self.cut_at is None, self.cut_at or line
        return self._when if is_first else BEFORE


class OtherGraphClient:
    """Somebody's phone. UIDs are keys here."""

    def __init__(self, service):
        self.mailbox = service.mailbox
        self._number = 0

    def close(self):
        """There is no line."""

    def make_folder(self, *path):
        folder = None
        for name in path:
            folder = self.mailbox.make_folder(name, folder)
        return folder.id

    def append(self, folder, *raws, flags=(), minute=None):
        for raw in raws:
            self._number += 1
            moment = EPOCH + timedelta(minutes=self._number if minute is None else minute)
            message = self.mailbox.deliver(self.mailbox.folders[folder], raw, moment)
            self.flags(folder, [message.id], add=flags)

    def flags(self, folder, uids, add=(), remove=()):
        there = self.mailbox.folders[folder].messages
        for message in [there[uid] for uid in uids if uid in there]:
            for names, on in ((add, True), (remove, False)):
                for name in names:
                    fields, properties = _FLAGS.get(name.lower(), lambda on: ({}, {}))(on)
                    if name.lower() not in _FLAGS:
                        marks = set(message.fields["categories"]) - {name.decode()} | ({name.decode()} if on else set())
                        fields = {"categories": sorted(marks)}
                    self.mailbox.change(message, fields, properties)

    def expunge(self, folder, uids):
        messages = self.mailbox.folders[folder].messages
        for message in [messages[uid] for uid in uids if uid in messages]:
            self.mailbox.take_out(message)

    def move(self, folder, uids, target):
        for uid in uids:
            self.mailbox.move(self.mailbox.folders[folder].messages[uid], self.mailbox.folders[target])

    def keys(self, folder):
        return list(self.mailbox.folders[folder].messages)

    uids = keys

    def foreign(self, key):
        return f"{key[:-1]}A"

    def missing(self, folder):
        return "AAkALgM999999999999-_EAA="

    def all_flags(self, folder):
        return {
            key: {name for name, change in _FLAGS.items() if _has(message, *change(True))}
            | {mark.lower().encode() for mark in message.fields["categories"]}
            for key, message in self.mailbox.folders[folder].messages.items()
        }

    def numbers(self, folder):
        names = (message.fields["internetMessageId"] for message in self.mailbox.folders[folder].messages.values())
        return [int(re.fullmatch(r"<mail\.(\d+)@.*", name)[1]) for name in names]

    def state(self, folder):
        names = {b"\\seen": "read", b"\\flagged": "starred", b"\\answered": "answered"}
        found = {}
        for key, flags in self.all_flags(folder).items():
            is_draft = self.mailbox.folders[folder].messages[key].fields["isDraft"]
            found[key] = {names[flag] for flag in flags if flag in names} | ({"draft"} if is_draft else set())
        return found


def _has(message, fields, properties):
    return (all(message.fields[name] == value for name, value in fields.items())
            and all(message.properties.get(tag) == value for tag, value in properties.items()))
