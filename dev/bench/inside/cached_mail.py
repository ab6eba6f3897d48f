"""A large cache to search and to scroll in: a million messages in PostgreSQL, the same every time. Runs inside Odoo.

One mailbox holds more than half of it, its inbox more than a third; the reader may open 20 of 26 mailboxes.
"""

import re
from pathlib import Path

from odoo import Command

from .names import READER

MAILBOXES, READABLE = 26, 20
#: Mailbox → its share of all messages, for the largest of the reader's and of the others; the rest divide what is left.
LARGEST = {1: 0.55, READABLE + 1: 0.12}
#: Name, role, share of its mailbox, and how often mail there is unread, starred, has attachments.
FOLDERS = (
    ("INBOX", "inbox", 0.70, 0.03, 0.004, 0.15),
    ("Archive", "archive", 0.18, 0.0, 0.0, 0.15),
    ("Sent", "sent", 0.06, 0.0, 0.0, 0.1),
    ("Projects", None, 0.03, 0.5, 0.01, 0.0),
    ("Junk", "junk", 0.02, 0.9, 0.0, 0.02),
    ("Trash", "trash", 0.01, 0.1, 0.0, 0.1),
)
_HERE = Path(__file__).parent


def fill(env, count):
    """Make the mailboxes, their reader and ``count`` messages."""
    people = env["res.users"].with_context(no_reset_password=True)
    reader = people.create({
        "name": "Bench Reader", "login": READER, "password": READER,
        "group_ids": [Command.link(env.ref("maildesk.group_maildesk_user").id)],
    })
    accounts = env["maildesk.account"].create([
        {"name": f"Mailbox {number}", "email": f"mailbox{number}@bench.example"} for number in range(1, MAILBOXES + 1)])
    env["maildesk.access"].create([{"account_id": account.id, "user_id": reader.id} for account in accounts[:READABLE]])
    columns = {name: [] for name in ("folders", "sizes", "readable", "unread", "starred", "attached")}
    for number, account in enumerate(accounts, 1):
        for name, role, share, *chances in FOLDERS:
            folder = env["maildesk.folder"].create({"account_id": account.id, "name": name, "remote_id": name, "role": role})
            values = (folder.id, round(count * _share(number) * share), number <= READABLE, *chances)
            for column, value in zip(columns.values(), values, strict=True):
                column.append(value)
    env.flush_all()
    # set-wise, and the full-text index in one go: the ORM would take a quarter of an hour, the index another
    env.cr.execute("DROP INDEX maildesk_message_search_words_idx")
    env.cr.execute((_HERE / "cached_mail.sql").read_text(), {"words": _words(), **columns})
    env["maildesk.message.search"].init()
    env.cr.commit()


def _share(number):
    """A mailbox's share of all messages: the largest as said, the others by Zipf's law."""
    ranks = [number for number in range(1, MAILBOXES + 1) if number not in LARGEST]
    if number in LARGEST:
        return LARGEST[number]
    left = 1 - sum(LARGEST.values())
    return left / (ranks.index(number) + 1) / sum(1 / (rank + 1) for rank in range(len(ranks)))


def _words():
    """Words of the demonstration's letters, the most frequent first."""
    counts = {}
    for path in sorted((_HERE.parents[1] / "demo/texts").glob("*.txt")):
        for word in re.findall(r"[a-z]{2,}", path.read_text(encoding="utf-8").lower()):
            counts[word] = counts.get(word, 0) + 1
    return sorted(counts, key=lambda word: (-counts[word], word))
