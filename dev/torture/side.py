"""The mail server a run works against, whatever it speaks: what the runs ask of it."""

import contextlib
from collections import Counter
from typing import NamedTuple


class Standing(NamedTuple):
    """What a server has of a mailbox.

    :param dict folders: key of each folder → None where it cannot be opened, else key → :class:`dev.comparison.Lying`.
    :param dict tree: key → the folder's name and the key of the one above; None where the folders' keys are their paths.
    """

    folders: dict
    tree: dict | None = None


class Side(contextlib.ExitStack):
    """A context manager; what it started is gone when it is left.

    :attr line: what happens to what Odoo sends and gets from now on; None is a good line.
    """

    #: Variables Odoo's process needs, system parameters, and values of its company.
    environment, parameters, company = {}, {}, {}
    #: Whether nobody but a copy makes a second mail of the same Message-ID; then it has one row in MailDesk.
    copied = ()
    line = None

    def make(self, email, like=None):
        """A new mailbox, empty or a copy of another, octet by octet.

        :param str like: address of the one to copy; nobody is signed in to it.
        """
        raise NotImplementedError

    def drop(self, email):
        """Forget a mailbox."""
        raise NotImplementedError

    def sign_in(self, email):
        """What Odoo has to be told to reach it: arguments of ``add_mailbox`` of :mod:`.in_odoo`."""
        raise NotImplementedError

    def standing(self, email):
        """What it has: :class:`Standing`."""
        raise NotImplementedError

    def clients(self, harness, mailbox, rng, *, keeps_all=False):
        """Other programs at work on a mailbox: :class:`.clients.Clients`."""
        raise NotImplementedError

    def long_line(self, seconds):
        """A :attr:`line` whose every answer takes so long."""
        raise NotImplementedError

    def bad_line(self, rng):
        """A :attr:`line` on which something goes wrong once or a few times, for steps; None where they have none."""

    def calm(self):
        """A good line from now on, and nothing else is out of order."""
        self.line = None

    def time_passes(self, rng):
        """Before a pass: the server's clock goes on."""

    def kept(self, flags):
        """Flags a mail of ours has once it is stored.

        :param flags: those it was given, as in :class:`dev.comparison.Lying`.
        """
        return frozenset(flags)

    def contents(self, email):
        """What lies there, whatever its keys: path of each folder → its mails with their flags, counted."""
        folders, tree = self.standing(email)
        return {
            _path(key, tree): Counter((lying.message_id, lying.flags) for lying in (found or {}).values())
            for key, found in folders.items()
        }

    def complaints(self):
        """What Odoo did that no server has to put up with, since this was asked last."""
        return []


def _path(key, tree):
    if tree is None:
        return key
    names = []
    while key in tree:
        name, key = tree[key]
        names.append(name)
    return "/".join(reversed(names))
