"""The yardstick: the ``imapclient`` library asks for what a mailbox list needs, and throws it away.

    python -m dev.bench.bare_fetch PORT USER PASSWORD header|envelope      (prints messages and seconds)
"""

import sys
import time

from imapclient import IMAPClient

#: The header fields a list, its threads and its addresses need.
FIELDS = "DATE FROM SENDER REPLY-TO TO CC BCC SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES LIST-ID"
ITEMS = {
    "header": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODYSTRUCTURE", f"BODY.PEEK[HEADER.FIELDS ({FIELDS})]"),
    "envelope": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODYSTRUCTURE", "ENVELOPE"),
}
#: Messages in one command.
BATCH = 2_000


def fetch(port, user, password, items):
    """Fetch a whole INBOX in batches.

    :returns: messages, and the seconds after sign-in.
    """
    with IMAPClient("127.0.0.1", port, ssl=False, timeout=120) as client:
        client.normalise_times = False
        client.login(user, password)
        begun = time.perf_counter()
        client.select_folder("INBOX", readonly=True)
        uids = client.search("ALL")
        seen = sum(len(client.fetch(uids[at : at + BATCH], items)) for at in range(0, len(uids), BATCH))
        return seen, time.perf_counter() - begun


if __name__ == "__main__":
    print(*fetch(int(sys.argv[1]), sys.argv[2], sys.argv[3], ITEMS[sys.argv[4]]))
