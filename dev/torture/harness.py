"""What every run stands on: a database of its own, a mail server, an Odoo process with real commits."""

import base64
import contextlib
import itertools
import os
import re
import shutil
from collections import Counter
from dataclasses import dataclass

from dev.comparison import connect, differences
from dev.ground import postgres
from dev.ground.base import STATE, checkout_key
from dev.ground.odoo import prepare

from .difference import Difference
from .dovecot_side import DovecotSide
from .odoo_process import OdooProcess

#: Undisturbed passes after which everything has to be told to the server or given up: a change is tried five times.
PASSES = 6
#: Changes owed to the server, and mails whose place there is not known yet; one the server did not take waits for a person.
_UNDER_WAY = """
    SELECT 1 FROM maildesk_operation WHERE account_id = %s AND state = 'pending'
     UNION SELECT 1 FROM maildesk_message_placement place JOIN maildesk_folder folder ON folder.id = place.folder_id
            WHERE folder.account_id = %s AND folder.active AND place.remote_id IS NULL
              AND NOT EXISTS (SELECT FROM maildesk_operation failed WHERE failed.placement_id = place.id AND failed.state = 'failed')"""
_numbers = itertools.count(1)


@dataclass
class Mailbox:
    """A mailbox on the server and its account in Odoo.

    :param str email: also the user name.
    :param int account_id: 0 while Odoo knows nothing of it.
    """

    email: str
    account_id: int = 0


class Harness(contextlib.ExitStack):
    """A context manager; everything it made is gone when it is left.

    :param str source: the database to copy, MailDesk being installed there.
    :param server: makes the :class:`.side.Side` in a folder of its own.
    :param wrap: function from the database's name to what Odoo's command line begins with.
    """

    def __init__(self, source, *, server=DovecotSide, wrap=lambda database: ()):
        super().__init__()
        self.source, self.wrap = source, wrap
        name = f"{checkout_key()}_{os.getpid()}_{next(_numbers)}"
        self.database, self.root = f"maildesk_torture_{name}", STATE / f"torture_{name}"
        self.server, self.odoo, self.sql = server(self.root), None, None
        self._made = 0

    def __enter__(self):
        super().__enter__()
        try:
            self._start()
        except BaseException:
            # what was started is stopped, whatever hindered the rest
            self.close()
            raise
        return self

    def _start(self):
        prepared = prepare()
        self.callback(shutil.rmtree, self.root, True)
        self.enter_context(self.server)
        self.callback(postgres.drop, self.database)
        postgres.copy(self.source, self.database)
        self.sql = connect(self.database)
        self.callback(self._hang_up)
        command, environment = prepared
        prepared = command, {**environment, **self.server.environment}
        self.odoo = OdooProcess(prepared, self.database, self.root / "odoo.log", self.wrap(self.database))
        self.callback(self.odoo.stop)
        self.odoo.start(parameters=self.server.parameters, company=self.server.company)

    # -------------------------------------------------------------------------
    # Mailboxes
    # -------------------------------------------------------------------------

    def mailbox(self, name="", like=None):
        """A new mailbox on the server, empty or a copy of another, octet by octet.

        :param Mailbox like: the one to copy; nobody is signed in to it.
        """
        self._made += 1
        mailbox = Mailbox(f"{name or 'box'}{self._made}@torture.example")
        self.server.make(mailbox.email, like.email if like else None)
        return mailbox

    def connect(self, mailbox):
        """Have Odoo know a mailbox, through the bad line."""
        mailbox.account_id = self.odoo.call("add_mailbox", email=mailbox.email, **self.server.sign_in(mailbox.email))
        return mailbox

    def forget(self, mailbox):
        """Drop a mailbox here and there."""
        if mailbox.account_id:
            self.odoo.call("drop_mailbox", account_id=mailbox.account_id)
        self.server.drop(mailbox.email)

    def act(self, placement_ids, action, folder_id=None, *, aside=False):
        """What a person does in MailDesk.

        :param bool aside: while a pass is under way.
        :return: the words of a refusal, empty where there is none.
        """
        return self.odoo.call("act", placement_ids=placement_ids, action=action, folder_id=folder_id, aside=aside)

    def append(self, folder_id, raw, flags=(), *, aside=False):
        """Have MailDesk store a mail of its own; answers as :meth:`act`.

        :param flags: fields of ``maildesk.message.placement``.
        """
        return self.odoo.call(
            "append", folder_id=folder_id, raw=base64.b64encode(raw).decode(), flags=list(flags), aside=aside)

    # -------------------------------------------------------------------------
    # Passes and comparisons
    # -------------------------------------------------------------------------

    def sync(self, line=None, **options):
        """One run of the cron.

        :param line: of the server, what becomes of the conversation meanwhile; a good one where None.
        """
        self.server.line = line
        try:
            return self.odoo.call("sync", **options)
        finally:
            self.server.calm()

    def settle(self, mailbox):
        """Undisturbed passes until nothing is under way: one, and some more where something has to be tried or looked at again.

        :return: why some of it was given up.
        :raises Difference: it is never done.
        """
        for _times in range(PASSES):
            self.sync()
            if not self.query(_UNDER_WAY, mailbox.account_id, mailbox.account_id):
                # a mail the server refused to take stays in sight until the person has read why
                return self.odoo.call("dismiss", account_id=mailbox.account_id)
        raise Difference([f"changes are still under way after {PASSES} passes", *self._context(mailbox, [])])

    def check(self, mailbox):
        """Compare cache and server.

        :raises Difference: they differ.
        """
        folders, tree = self.server.standing(mailbox.email)
        told = differences(
            self.sql, mailbox.account_id, folders, unique_ids=True, copied=self.server.copied, tree=tree)
        told += [f"complaint: {text}" for text in self.server.complaints()]
        if told:
            raise Difference([*told, *self._context(mailbox, told)])

    def check_contents(self, mailbox, expected):
        """Compare the server with what it should have.

        :param dict expected: as ``contents`` of the server answers.
        :raises Difference: it has something else.
        """
        found, told = self.server.contents(mailbox.email), []
        for folder in sorted(expected.keys() | found.keys()):
            should, has = expected.get(folder, Counter()), found.get(folder, Counter())
            for verb, counts in (("lacks", should - has), ("has too many of", has - should)):
                told += [f"{folder} {verb} {count} × {message_id} {sorted(flags)}" for (message_id, flags), count in counts.items()]
        if told:
            raise Difference([*told, *self._context(mailbox, told)])

    def _context(self, mailbox, told):
        """What helps to understand a difference: cursors of its folders, changes that are still owed."""
        cursors = self.query("SELECT remote_id, cursor FROM maildesk_folder WHERE account_id = %s", mailbox.account_id)
        found = [f"cursor of {name}: {cursor}" for name, cursor in cursors if any(name in text for text in told)]
        return found + self.owed(mailbox, told)

    def owed(self, mailbox, told=()):
        """The changes that are not done, and those of the mails that are told of, for people."""
        owed = self.query(
            "SELECT operation.id, kind, flag, value, source.remote_id, operation.remote_id, target.remote_id, message.message_id, "
            "operation.state, attempts, operation.error_message FROM maildesk_operation operation "
            "LEFT JOIN maildesk_folder source ON source.id = operation.folder_id "
            "LEFT JOIN maildesk_folder target ON target.id = operation.target_id "
            "LEFT JOIN maildesk_message message ON message.id = operation.message_id "
            "WHERE operation.account_id = %s AND (operation.state <> 'done' OR message.message_id = ANY(%s)) ORDER BY operation.id",
            mailbox.account_id, re.findall(r"<[^>]*>", " ".join(told)))
        return [f"operation {row}" for row in owed]

    def _hang_up(self):
        self.sql.close()

    def reconnect(self):
        """The database was gone."""
        self.odoo.call("hang_up")
        self._hang_up()
        self.sql = connect(self.database)

    def query(self, statement, *values):
        """Rows of the database as it is committed."""
        with self.sql.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
