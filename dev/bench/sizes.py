"""How much there is to measure with; smaller for a quick look, at the price of figures that say less."""

import os


def _size(name, usual):
    return int(os.environ.get(f"MAILDESK_BENCH_{name}", usual))


#: Messages of the first index.
MESSAGES = _size("MESSAGES", 20_000)
#: Messages of the large mailbox: its first screen, and the memory its first synchronisation takes.
LARGE = _size("LARGE", 100_000)
#: Messages in the cache that lists and searches go through.
CACHED = _size("CACHED", 1_000_000)
#: Mailboxes of one pass.
MAILBOXES = _size("MAILBOXES", 1_000)
