"""A folder on a scripted server that answers for each message by itself, so that a test can spoil single answers."""

import re

from ...providers.imap_uids import intersect, numbers, parse_set
from .imap_scripted import scripted

UIDVALIDITY = 7
#: Items of a FETCH command as they are asked for; sections hold blanks and parentheses.
_ITEM = re.compile(rb"[A-Z0-9.-]+(?:\[[^\]]*\](?:<[\d.]+>)?)?")
_TEXT = b'("text" "plain" ("charset" "utf-8") NIL NIL "7bit" %d 1 NIL NIL NIL NIL)'
_FILE = b'("application" "pdf" ("name" "paper %d.pdf") NIL NIL "base64" 9 NIL ("attachment" ("filename" "paper %d.pdf")) NIL NIL)'


class ScriptedFolder:
    """``INBOX`` with so many messages, whose UIDs are 11, 12, …

    :param spoil: gets UID, the names of the items asked for and the octets of an answer, returns what is sent instead.
    """

    def __init__(self, count, spoil=None):
        self.spoil = spoil or (lambda uid, names, answer: answer)
        self.messages = {10 + number: self._items(number) for number in range(1, count + 1)}

    @property
    def keys(self):
        return {f"{UIDVALIDITY}:{uid}" for uid in self.messages}

    def scripted(self, capabilities="", **answers):
        """A provider signed in to a server with this folder, and the server."""
        count = len(self.messages)
        opened = b"* %d EXISTS\r\n* OK [UIDVALIDITY %d] \r\n* OK [UIDNEXT %d] \r\n" % (count, UIDVALIDITY, 11 + count)
        return scripted(capabilities, **{
            "EXAMINE": opened + b"{tag} OK [READ-ONLY] opened\r\n", "UID_FETCH": self._fetch, "FETCH": self._fetch,
            "UID_SEARCH": self._search, **answers})

    @staticmethod
    def _items(number):
        header = (b"From: Ann <ann%d@example.org>\r\nSubject: Mail %d\r\nMessage-ID: <%d@example.org>\r\n"
                  b"Date: Mon, 02 Mar 2026 10:%02d:00 +0000\r\n\r\n") % (number, number, number, number)
        text = b"Words of mail %d" % number
        structure = b"(" + _TEXT % len(text) + _FILE % (number, number) + b' "mixed" ("boundary" "b") NIL NIL NIL)'
        return {
            b"UID": b"%d" % (10 + number),
            b"FLAGS": b"(\\Seen)" if number % 2 else b"()",
            b"INTERNALDATE": b'"02-Mar-2026 10:%02d:30 +0000"' % number,
            b"RFC822.SIZE": b"%d" % (1000 + number),
            b"BODYSTRUCTURE": structure,
            b"BODY[HEADER": _literal(header),
            b"BODY[HEADER.FIELDS (RECEIVED)]": _literal(b"Received: from a by b; Mon, 02 Mar 2026 11:%02d:00 +0100\r\n\r\n" % number),
            b"BODY[1]": _literal(text),
        }

    def _fetch(self, command):
        is_by_uid = b" UID FETCH " in command
        wanted, _blank, rest = command.partition(b"FETCH ")[2].partition(b" ")
        uids = sorted(self.messages)
        last = uids[-1] if is_by_uid else len(uids)
        asked = numbers(intersect(parse_set(wanted.replace(b"*", b"%d" % last)), [(1, last)]))
        chosen = [uid for uid in asked if uid in self.messages] if is_by_uid else [uids[number - 1] for number in asked]
        names = _ITEM.findall(rest)
        answers = [self.spoil(uid, names, self._answer(uids.index(uid) + 1, uid, names)) for uid in chosen]
        return b"".join(answers) + b"{tag} OK done\r\n"

    def _answer(self, number, uid, names):
        return b"* %d FETCH (%s)\r\n" % (number, b" ".join(self._item(uid, name) for name in names))

    def _item(self, uid, name):
        label = name.replace(b".PEEK", b"")
        place = re.search(rb"<(\d+)\.\d+>\Z", label)
        label = label[: place.start()] + b"<%s>" % place[1] if place else label
        items, kind = self.messages[uid], label.partition(b"<")[0]
        return label + b" " + (items[kind] if kind in items else items[b"BODY[HEADER"])

    def _search(self, command):
        within = parse_set(command.rpartition(b"UID ")[2].split()[0])
        found = [b"%d" % uid for uid in self.messages if intersect(within, [(uid, uid)])]
        return b"* SEARCH %s\r\n{tag} OK done\r\n" % b" ".join(found)


def _literal(octets):
    return b"{%d}\r\n%s" % (len(octets), octets)
