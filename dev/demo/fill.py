"""Fills the three mailboxes of the demonstration over IMAP.

As a script, from the root of the checkout: ``python -m dev.demo.fill HOST PORT PASSWORD``.
"""

import argparse
from collections import defaultdict
from datetime import UTC, datetime

from imapclient import IMAPClient

from . import company
from .correspondence import SEED, build

#: Special-use attribute (RFC 6154) of the folders every mailbox has.
_SPECIAL = {"Sent": b"\\Sent", "Drafts": b"\\Drafts", "Junk": b"\\Junk", "Trash": b"\\Trash", "Archive": b"\\Archive"}


def fill(host, port, password, now=None, seed=SEED):
    """Append the correspondence to every mailbox that is still empty.

    A mailbox counts as filled once its INBOX has messages: the INBOX is filled last and in one command, so that a run
    cut short is taken up by the next one folder by folder, and nothing ever lies there twice.

    :param str password: the one password of all mailboxes.
    :param datetime now: nothing is younger; None means the present.
    :return: dict address → number of messages appended.
    """
    now = now or datetime.now(UTC)
    items = build(seed, now)
    appended = {}
    for mailbox, folders in company.folders(now.year).items():
        with connect(host, port, mailbox, password) as client:
            appended[mailbox] = _fill_mailbox(client, folders, [item for item in items if item.mailbox == mailbox])
    return appended


def _fill_mailbox(client, folders, items):
    if _count(client, "INBOX"):
        return 0
    names = Names(client)
    by_folder = defaultdict(list)
    for item in items:
        by_folder[item.folder].append(item)
    for folder in folders:
        names.ensure(folder)
    inbox = by_folder.pop("INBOX", [])
    appended = sum(_append(client, names.real(folder), found) for folder, found in by_folder.items())
    return appended + _append(client, "INBOX", inbox)


def connect(host, port, mailbox, password, timeout=30):
    """A signed-in client on a line without TLS: these servers listen on the loopback only."""
    client = IMAPClient(host, port, ssl=False, timeout=timeout)
    try:
        client.login(mailbox, password)
    except Exception:
        client.shutdown()
        raise
    return client


def _append(client, folder, items):
    """Append to a folder that is empty; answers how many."""
    if not items or _count(client, folder):
        return 0
    if client.has_capability("MULTIAPPEND"):
        client.multiappend(folder, [{"msg": item.raw, "flags": item.flags, "date": item.date} for item in items])
    else:
        for item in items:
            client.append(folder, item.raw, item.flags, item.date)
    return len(items)


def _count(client, folder):
    return client.folder_status(folder, [b"MESSAGES"])[b"MESSAGES"]


class Names:
    """The demonstration's folder names as one server spells them.

    :param client: a signed-in :class:`imapclient.IMAPClient`.
    """

    def __init__(self, client):
        self._client = client
        listed = client.list_folders()
        self._present = {name for _flags, _separator, name in listed}
        self._separator = next((mark.decode() for _flags, mark, _name in listed if mark), "/")
        # A server may keep everything below a prefix, "INBOX." for instance.
        self._prefix = client.namespace().personal[0][0] if client.has_capability("NAMESPACE") else ""
        self._special = {flag: name for flags, _separator, name in listed for flag in flags}

    def real(self, folder):
        """The server's name of a folder of :func:`.company.folders`."""
        special = self._special.get(_SPECIAL.get(folder))
        return special or self._prefix + folder.replace("/", self._separator)

    def ensure(self, folder):
        """Create and subscribe a folder that is not there."""
        name = self.real(folder)
        if name not in self._present:
            self._client.create_folder(name)
            self._present.add(name)
        self._client.subscribe_folder(name)


def main(arguments=None):
    """Command line."""
    parser = argparse.ArgumentParser(prog="fill", description=__doc__.splitlines()[0])
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("password")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    for mailbox, count in fill(options.host, options.port, options.password, seed=options.seed).items():
        print(f"{mailbox}: {count} messages appended")


if __name__ == "__main__":
    main()
