"""Certificates of every kind that must be refused, and one that must not."""

import ssl
from datetime import datetime, timedelta, timezone
from pathlib import Path

import trustme


class Authority:
    """An authority of the test's own, in a directory.

    :attr:`client` trusts it and nothing else.
    """

    def __init__(self, home):
        self.home = Path(home)
        self._ca = trustme.CA()
        self._ca.cert_pem.write_to_path(str(self.home / "ca.pem"))
        self.client = ssl.create_default_context(cafile=str(self.home / "ca.pem"))

    def files(self, name, *hosts, expired=False, foreign=False):
        """Paths of a certificate chain and its key.

        :param bool expired: valid until yesterday.
        :param bool foreign: signed by an authority nobody knows.
        """
        now = datetime.now(timezone.utc)
        limits = {"not_before": now - timedelta(days=9), "not_after": now - timedelta(days=1)} if expired else {}
        issued = (trustme.CA() if foreign else self._ca).issue_cert(*hosts, **limits)
        chain, key = self.home / f"{name}.pem", self.home / f"{name}.key"
        chain.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
        key.write_bytes(issued.private_key_pem.bytes())
        return chain, key

    def server(self, name, *hosts, **kind):
        """A server-side context with such a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, self.files(name, *hosts, **kind)))
        return context
