"""What tests of the set-up dialog share: every server a mailbox's address may lead to, on the loopback."""

import json
import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from ...dev.servers.smtp_sink import SmtpSink
from ..common import PASSWORD, MailServerCase
from ..fakes.dns_server import DnsServer
from ..fakes.document_server import DocumentServer, autoconfig

#: Tables a mailbox leaves rows in.
TABLES = (
    "maildesk.account", "maildesk.incoming.server", "maildesk.outgoing.server", "maildesk.access", "maildesk.credential",
    "maildesk.folder", "maildesk.sync.state",
)


class SetupCase(MailServerCase):
    """Addresses of ``known.example`` are known, those of ``auto.example`` are found by autoconfig, of others nothing is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.smtp = SmtpSink(PASSWORD).start()
        cls.dns = DnsServer().start()
        home = tempfile.TemporaryDirectory(prefix="maildesk-setup-")
        cls.site = DocumentServer(home.name, "localhost").start()
        for stop in (cls.smtp.stop, cls.dns.stop, cls.site.stop, home.cleanup):
            cls.addClassCleanup(stop)
        cls.enterClassContext(patch.dict(os.environ, {"SSL_CERT_FILE": str(Path(home.name) / "ca.pem")}))
        cls.servers = {
            "incoming": f"127.0.0.1:{cls.dovecot.port} none", "outgoing": f"127.0.0.1:{cls.smtp.port} none"}
        for name, value in {
            "known_providers": json.dumps([{"name": "Known Mail", "domains": ["known.example"], **cls.servers}]),
            "autoconfig_url": f"https://127.0.0.1:{cls.site.port}/%EMAILDOMAIN%",
            "dns_server": f"127.0.0.1:{cls.dns.address[1]}",
        }.items():
            cls.env["ir.config_parameter"].set_param(f"maildesk.{name}", value)
        cls.site.documents["127.0.0.1/auto.example"] = autoconfig(
            ("incomingServer", "imap", "imap.auto.example", 993, "SSL", "%EMAILADDRESS%"),
            ("outgoingServer", "smtp", "smtp.auto.example", 465, "SSL", "%EMAILADDRESS%"), name="Auto Mail")
        cls.company.maildesk_allow_personal_mailboxes = True
        cls.user.email = "anna@known.example"

    def counts(self):
        """Rows by table, whoever may see them."""
        self.env.invalidate_all()
        return {name: self.env[name].with_context(active_test=False).search_count([]) for name in TABLES}

    def typed(self, email="anna@known.example", password=PASSWORD, **changes):
        """What the dialog sends."""
        incoming = {
            "host": f"127.0.0.1:{self.dovecot.port}", "encryption": "none", "username": email, "password": password}
        outgoing = {**incoming, "host": f"127.0.0.1:{self.smtp.port}"}
        values = {"email": email, "kind": "imap", "incoming": incoming, "outgoing": outgoing}
        for name, value in changes.items():
            way, _dot, field = name.partition("_")
            if field:
                values[way][field] = value
            else:
                values[name] = value
        return values
