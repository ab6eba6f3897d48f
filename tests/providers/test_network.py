"""What all lines share."""

import os
import ssl
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from maildesk.providers.network import default_context
from maildesk.tests.fakes.certificates import Authority


class TestDefaultContext(unittest.TestCase):
    def test_lines_share_one_until_the_authorities_change(self):
        first = default_context()
        self.assertEqual((first.verify_mode, first.check_hostname), (ssl.CERT_REQUIRED, True))
        self.assertIs(default_context(), first)
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        Authority(home.name)
        bundle = Path(home.name) / "ca.pem"
        with mock.patch.dict(os.environ, {"SSL_CERT_FILE": str(bundle)}):
            second = default_context()
            self.assertEqual(len(second.get_ca_certs()), 1)
            added = bundle.read_text()
            Authority(home.name)
            bundle.write_text(added + bundle.read_text())
            self.assertEqual(len(default_context().get_ca_certs()), 2, "an authority was added to the file")
        self.assertNotEqual(len(default_context().get_ca_certs()), 2)
