"""What Odoo tests share: a real Dovecot, people of every role, a mailbox with mail."""

import shutil
import tempfile
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from imapclient import IMAPClient
from odoo import Command
from odoo.tests import TransactionCase, new_test_user

from ..dev.servers.dovecot import Dovecot

PASSWORD = "secret-of-the-server"


def mail(subject, body="Hello", *, message_id=None, html=None, attachments=(), **headers):
    """A mail as octets.

    :param attachments: ``(name, content, mimetype)``.
    :param headers: with underscores for dashes: ``in_reply_to=…``.
    """
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = headers.pop("sender", "Rosa Delgado <rosa@pedalia.example>")
    message["To"] = headers.pop("to", "support@tidewheel.example")
    message["Date"] = format_datetime(headers.pop("date", datetime.now(timezone.utc) - timedelta(hours=1)))
    message["Message-ID"] = message_id or f"<{abs(hash((subject, body))):x}@pedalia.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html")
    for name, content, mimetype in attachments:
        kind, _slash, subtype = mimetype.partition("/")
        message.add_attachment(content, maintype=kind, subtype=subtype, filename=name)
    return message.as_bytes()


class MaildeskCase(TransactionCase):
    """People of every role; no server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "no_reset_password": True, "tracking_disable": True})
        cls.env["ir.config_parameter"].set_param("maildesk.allowed_hosts", "127.0.0.1, localhost")
        cls.company = cls.env.company
        cls.user, cls.other = (
            new_test_user(cls.env, login=login, groups="base.group_user,maildesk.group_maildesk_user")
            for login in ("mailbox_user", "mailbox_other")
        )
        # an administrator of MailDesk without any other right
        cls.admin = new_test_user(cls.env, login="mailbox_admin", groups="base.group_user,maildesk.group_maildesk_admin")
        cls.employee = new_test_user(cls.env, login="plain_employee", groups="base.group_user")
        cls.portal = new_test_user(cls.env, login="portal_person", groups="base.group_portal")

    @classmethod
    def make_account(cls, email="support@tidewheel.example", users=(), port=0, **values):
        """A mailbox with both servers; its incoming one on the loopback."""
        incoming, outgoing = (
            cls.env[f"maildesk.{kind}.server"].create({
                "name": f"{email} {kind}", "host": "127.0.0.1", "port": port, "encryption": "none", "username": email,
                "password": PASSWORD, "company_id": values.get("company_id", cls.company.id),
            })
            for kind in ("incoming", "outgoing")
        )
        return cls.env["maildesk.account"].create({
            "name": email.partition("@")[0].title(), "email": email, "incoming_server_id": incoming.id,
            "outgoing_server_id": outgoing.id, "user_ids": [Command.set([user.id for user in users])], **values,
        })


class MailServerCase(MaildeskCase):
    """A real Dovecot, one for the class; every test uses an address of its own."""

    #: More options of :class:`.servers.dovecot.Dovecot`.
    dovecot_options = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        root = Path(tempfile.mkdtemp(prefix="maildesk-test-"))
        # Dovecot runs as another user where we are root
        root.chmod(0o755)
        cls.addClassCleanup(shutil.rmtree, root, True)
        cls.dovecot = Dovecot(root / "dovecot", password=PASSWORD, **cls.dovecot_options).start()
        cls.addClassCleanup(cls.dovecot.stop)

    def client(self, email):
        """Another mail client, signed in."""
        client = IMAPClient("127.0.0.1", self.dovecot.port, ssl=False)
        client.login(email, PASSWORD)
        self.addCleanup(client.shutdown)
        return client

    def connected(self, email, users=(), **values):
        """A mailbox on the server, its folders fetched."""
        account = self.make_account(email, users, self.dovecot.port, **values)
        account.action_fetch_folders()
        return account

    def sync(self):
        """One run of the cron."""
        self.env["maildesk.account"]._cron_sync()

    def folder(self, account, role="inbox"):
        return account.folder_ids.filtered(lambda folder: folder.role == role)
