"""What every run stands on: a database of its own, Dovecot, a bad line to it, an Odoo process with real commits."""

import base64
import contextlib
import itertools
import os
import re
import shutil
import socket
from collections import Counter
from dataclasses import dataclass

from imapclient import IMAPClient

from dev.comparison import connect, differences, on_server
from dev.ground import postgres
from dev.ground.base import STATE, checkout_key
from dev.ground.odoo import prepare
from dev.servers.dovecot import Dovecot
from dev.servers.line_faults import Line
from dev.servers.proxy import Proxy

from .difference import Difference
from .odoo_process import OdooProcess

PASSWORD = "torture"
#: Undisturbed passes after which everything has to be told to the server or given up: a change is tried five times.
PASSES = 6
#: Folders every mailbox has beside its inbox.
SPECIAL = {"Archive": "Archive", "Junk": "Junk", "Trash": "Trash", "Sent": "Sent"}
#: Changes owed to the server, and mails whose place there is not known yet.
_UNDER_WAY = """
    SELECT 1 FROM maildesk_operation WHERE account_id = %s AND state = 'pending'
     UNION SELECT 1 FROM maildesk_message_placement place JOIN maildesk_folder folder ON folder.id = place.folder_id
            WHERE folder.account_id = %s AND folder.active AND place.remote_id IS NULL"""
_numbers = itertools.count(1)


@dataclass
class Mailbox:
    """A mailbox on Dovecot and its account in Odoo.

    :param str email: also the user name.
    :param int account_id: 0 while Odoo knows nothing of it.
    """

    email: str
    account_id: int = 0


class Harness(contextlib.ExitStack):
    """A context manager; everything it made is gone when it is left.

    :param str source: the database to copy, MailDesk being installed there.
    :param hidden: names of extensions Dovecot does not offer.
    :param wrap: function from the database's name to what Odoo's command line begins with.
    """

    def __init__(self, source, *, hidden=(), wrap=lambda database: ()):
        super().__init__()
        self.source, self.hidden, self.wrap = source, hidden, wrap
        name = f"{checkout_key()}_{os.getpid()}_{next(_numbers)}"
        self.database, self.root = f"maildesk_torture_{name}", STATE / f"torture_{name}"
        self.dovecot = self.proxy = self.odoo = self.sql = None
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
        self.dovecot = self.enter_context(
            Dovecot(self.root / "dovecot", password=PASSWORD, special=SPECIAL, hidden_capabilities=self.hidden))
        self.proxy = self.enter_context(Proxy(self.dovecot.host, self.dovecot.port))
        self.callback(postgres.drop, self.database)
        postgres.copy(self.source, self.database)
        self.sql = connect(self.database)
        self.callback(self._hang_up)
        self.odoo = OdooProcess(prepared, self.database, self.root / "odoo.log", self.wrap(self.database))
        self.callback(self.odoo.stop)
        self.odoo.start()

    # -------------------------------------------------------------------------
    # Mailboxes
    # -------------------------------------------------------------------------

    def mailbox(self, name="", like=None):
        """A new mailbox on the server, empty or a copy of another, octet by octet.

        :param Mailbox like: the one to copy; nobody is signed in to it.
        """
        self._made += 1
        mailbox = Mailbox(f"{name or 'box'}{self._made}@torture.example")
        if like:
            mail = self.dovecot.root / "mail"
            shutil.copytree(mail / like.email, mail / mailbox.email)
            if os.geteuid() == 0:
                owner = (mail / like.email).stat()
                for folder, _folders, files in os.walk(mail / mailbox.email):
                    for path in (folder, *(os.path.join(folder, file) for file in files)):
                        os.chown(path, owner.st_uid, owner.st_gid)
        return mailbox

    def connect(self, mailbox):
        """Have Odoo know a mailbox, through the bad line."""
        mailbox.account_id = self.odoo.call("add_mailbox", email=mailbox.email, port=self.proxy.port, password=PASSWORD)
        return mailbox

    def forget(self, mailbox):
        """Drop a mailbox here and there."""
        if mailbox.account_id:
            self.odoo.call("drop_mailbox", account_id=mailbox.account_id)
        shutil.rmtree(self.dovecot.root / "mail" / mailbox.email, ignore_errors=True)

    def client(self, mailbox):
        """Another mail program, signed in without the bad line; a context manager."""
        client = IMAPClient(self.dovecot.host, self.dovecot.port, ssl=False, timeout=30)
        # else every literal waits 40 ms for an acknowledgement
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.login(mailbox.email, PASSWORD)
        client.folder_encode = False
        return client

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

        :param Line line: what the line to the server is like meanwhile; a good one where None.
        """
        self.proxy.line = line or Line()
        try:
            return self.odoo.call("sync", **options)
        finally:
            self.proxy.line = Line()

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
        with self.client(mailbox) as client:
            told = differences(self.sql, mailbox.account_id, client, unique_ids=True)
        if told:
            raise Difference([*told, *self._context(mailbox, told)])

    def contents(self, mailbox):
        """What lies on the server, whatever its keys: each folder's mails with their flags, counted."""
        with self.client(mailbox) as client:
            return {
                folder: Counter((lying.message_id, lying.flags) for lying in (found or {}).values())
                for folder, found in on_server(client).items()
            }

    def check_contents(self, mailbox, expected):
        """Compare the server with what it should have.

        :param dict expected: as :meth:`contents` answers.
        :raises Difference: it has something else.
        """
        found, told = self.contents(mailbox), []
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
