"""Pages and searches of a large cache, in the server, under the rights of a plain Mailbox User."""

import time
from statistics import median

from .names import READER

#: Times each page is asked for after the first, which finds PostgreSQL's cache cold.
TIMES = 5
#: Group → cases: what, mailbox (0: all), folder, quick filter, search, how many rows above it were seen already.
CASES = {
    "a folder": [
        ("newest of the largest", 1, "INBOX", "", "", 0), ("in the midst of the largest", 1, "INBOX", "", "", 0.5),
        ("a small one", 20, "INBOX", "", "", 0),
    ],
    "all mailboxes": [("newest", 0, "", "", "", 0), ("in the midst", 0, "", "", "", 0.5), ("outgoing", 0, "", "outgoing", "", 0)],
    "a quick filter": [
        ("unread", 1, "INBOX", "unread", "", 0), ("unread, none", 1, "Archive", "unread", "", 0), ("unread, all", 0, "", "unread", "", 0),
        ("starred", 1, "INBOX", "starred", "", 0), ("starred, none", 1, "Archive", "starred", "", 0),
        ("starred, all", 0, "", "starred", "", 0), ("attachments", 1, "INBOX", "attachments", "", 0),
        ("attachments, none", 1, "Projects", "attachments", "", 0), ("attachments, all", 0, "", "attachments", "", 0),
    ],
    "a frequent word": [
        ("the", 1, "INBOX", "", "the", 0), ("the, in the midst", 1, "INBOX", "", "the", 0.5), ("the, starred", 1, "INBOX", "starred", "the", 0),
    ],
    "a rare word": [("unicorn", 1, "INBOX", "", "unicorn", 0), ("nowhere", 1, "INBOX", "", "zyxwv", 0), ("seldom", 1, "INBOX", "", "seldom", 0)],
    "several words": [
        ("order invoice", 1, "INBOX", "", "order invoice", 0), ("a frequent and a rare one", 1, "INBOX", "", "the unicorn", 0),
        ("six", 1, "INBOX", "", "the in of we order invoice", 0),
    ],
    "the beginning of a word": [
        ("t", 1, "INBOX", "", "t", 0), ("in", 1, "INBOX", "", "in", 0), ("unic", 1, "INBOX", "", "unic", 0), ("t unicorn", 1, "INBOX", "", "t unicorn", 0),
    ],
    "a word frequent elsewhere": [
        ("in another folder", 1, "INBOX", "", "elsewhere", 0), ("in other people's mail", 1, "INBOX", "", "foreign", 0),
        ("from a small folder", 20, "INBOX", "", "elsewhere", 0), ("in former times", 1, "INBOX", "", "formerly", 0),
        ("in former times, unread", 1, "INBOX", "unread", "formerly", 0),
    ],
    "a word in all mailboxes": [
        ("the", 0, "", "", "the", 0), ("unicorn", 0, "", "", "unicorn", 0), ("seldom", 0, "", "", "seldom", 0), ("nowhere", 0, "", "", "zyxwv", 0),
        ("order invoice", 0, "", "", "order invoice", 0), ("t", 0, "", "", "t", 0), ("only in archives", 0, "", "", "elsewhere", 0),
        ("in former times", 0, "", "", "formerly", 0), ("in other people's mail", 0, "", "", "foreign", 0),
    ],
}


def measure(env):
    """Group → ``[case, milliseconds at first, milliseconds in the middle of the others]``."""
    reader = env["res.users"].search([("login", "=", READER)])
    places = env["maildesk.message.placement"].with_user(reader)
    found = {}
    for group, cases in CASES.items():
        found[group] = []
        for name, number, folder, quick_filter, search, seen in cases:
            folder_id = _folder(env, number, folder)
            after = _key(env, folder_id or _folder(env, 1, "INBOX"), seen)
            times = [_milliseconds(env, places, folder_id, quick_filter, search, after) for _time in range(TIMES + 1)]
            found[group].append([name, times[0], median(times[1:])])
    return found


def _folder(env, number, name):
    if not number:
        return None
    return env["maildesk.folder"].search([("account_id.name", "=", f"Mailbox {number}"), ("name", "=", name)]).id


def _key(env, folder_id, seen):
    """Where to go on after a share of a folder's rows; None for its beginning."""
    if not seen:
        return None
    places = env["maildesk.message.placement"]
    count = places.search_count([("folder_id", "=", folder_id)])
    row = places.search([("folder_id", "=", folder_id)], order="date desc, id desc", offset=int(count * seen), limit=1)
    return [str(row.date), row.id]


def _milliseconds(env, places, folder_id, quick_filter, search, after):
    env.invalidate_all()
    begun = time.perf_counter()
    places._page(folder_id, quick_filter, search, after)
    return (time.perf_counter() - begun) * 1000
