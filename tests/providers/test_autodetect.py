"""From an address to its servers: real documents over TLS, a real name server, and those who mean harm."""

import json
import os
import tempfile
import time
import unittest
from pathlib import Path
from unittest.mock import patch

from maildesk.providers import dns_lookup, known_providers
from maildesk.providers.autodetect import Detector, domain_of
from maildesk.providers.detected import Detected, MailServer
from maildesk.providers.dns_lookup import DnsLookup
from maildesk.providers.errors import ProviderError
from maildesk.providers.guarded_https import GuardedHttps
from maildesk.tests.fakes.dns_server import DnsServer
from maildesk.tests.fakes.document_server import DocumentServer, autoconfig

EMAIL = "anna@firma.example"
DOCUMENT = "autoconfig.firma.example/mail/config-v1.1.xml"
IMAP = ("incomingServer", "imap", "imap.firma.example", 993, "SSL", "%EMAILADDRESS%")
SMTP = ("outgoingServer", "smtp", "smtp.%EMAILDOMAIN%", 587, "STARTTLS", "%EMAILLOCALPART%")


class DetectCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        home = tempfile.TemporaryDirectory(prefix="maildesk-detect-")
        cls.addClassCleanup(home.cleanup)
        cls.site = DocumentServer(
            home.name, "firma.example", "autoconfig.firma.example", "elsewhere.example", "directory.example").start()
        cls.addClassCleanup(cls.site.stop)
        cls.enterClassContext(patch.dict(os.environ, {"SSL_CERT_FILE": str(Path(home.name) / "ca.pem")}))

    def setUp(self):
        self.site.documents, self.site.asked = {}, []
        self.dns = DnsServer().start()
        self.addCleanup(self.dns.stop)
        self.resolved = []

    def resolve(self, name, _port):
        self.resolved.append(name)
        return ["10.0.0.9"] if name == "inner.example" else ["127.0.0.1"]

    def https(self, allowed=("127.0.0.1",), **options):
        return GuardedHttps(allowed, self.resolve, self.site.port, **options)

    def detect(self, email=EMAIL, seconds=5.0, **options):
        return Detector(self.https(), DnsLookup(self.dns.address, 2.0), seconds=seconds, **options).detect(email)


class TestKnown(DetectCase):
    def test_who_is_known_is_not_asked(self):
        for email, kind, name in (
            ("anna@gmail.com", "google", "Google"), ("anna@Hotmail.DE", "microsoft", "Microsoft"),
            ("anna@gmx.net", "imap", "GMX"), ("anna@proton.me", "none", "Proton Mail"), ("anna@tuta.com", "none", "Tuta"),
        ):
            found = self.detect(email)
            self.assertEqual((found.kind, found.source, found.name), (kind, "known", name), email)
        self.assertEqual((self.site.asked, self.dns.asked, self.resolved), ([], [], []))

    def test_servers_and_hints(self):
        self.assertEqual(self.detect("anna@icloud.com"), Detected(
            "imap", "known", "iCloud", MailServer("imap.mail.me.com", 993, "ssl", "anna@icloud.com"),
            MailServer("smtp.mail.me.com", 587, "starttls", "anna@icloud.com"), ("app_password",)))
        self.assertEqual(self.detect("anna@free.fr").incoming.username, "anna")
        self.assertEqual(self.detect("anna@proton.me").hints, ("bridge",))

    def test_every_shipped_entry_is_sound(self):
        entries, domains = known_providers.shipped(), []
        self.assertEqual(len(known_providers.read_entries(json.dumps(entries))), len(entries))
        for entry in entries:
            self.assertTrue(entry.get("domains") or entry.get("mx"), entry["name"])
            domains += entry.get("domains", ())
        self.assertEqual(len(domains), len(set(domains)))
        self.assertEqual([domain for domain in domains if domain != domain.lower() or domain_of(f"a@{domain}") != domain], [])

    def test_a_companys_own_entries_come_first(self):
        own = known_providers.read_entries(json.dumps([{
            "name": "Ours", "domains": ["firma.example", "gmail.com"], "incoming": "mail.lan:1143 none",
            "outgoing": "mail.lan ssl", "username": "firma-%EMAILLOCALPART%"}]))
        for email in (EMAIL, "anna@gmail.com"):
            found = self.detect(email, entries=own)
            self.assertEqual(found.incoming, MailServer("mail.lan", 1143, "none", "firma-anna"))
            self.assertEqual(found.outgoing, MailServer("mail.lan", 465, "ssl", "firma-anna"))

    def test_entries_that_are_wrong_say_so(self):
        for entry in ({}, {"name": "x"}, {"name": "x", "incoming": "a.example tls", "outgoing": "a.example ssl"},
                      {"name": "x", "kind": "pop"}, {"name": "x", "kind": "none", "hints": ["magic"]}):
            with self.assertRaises(ValueError):
                known_providers.read_entries(json.dumps([entry]))
        with self.assertRaises(ValueError):
            known_providers.read_entries("{")


class TestAutoconfig(DetectCase):
    def test_the_domains_own_document(self):
        self.site.documents[DOCUMENT] = autoconfig(IMAP, SMTP)
        self.assertEqual(self.detect(), Detected(
            "imap", "autoconfig", "Firma Mail", MailServer("imap.firma.example", 993, "ssl", EMAIL),
            MailServer("smtp.firma.example", 587, "starttls", "anna")))
        self.assertIn(f"{DOCUMENT}?emailaddress=anna%40firma.example", self.site.asked)

    def test_the_well_known_place(self):
        self.site.documents["firma.example/.well-known/autoconfig/mail/config-v1.1.xml"] = autoconfig(IMAP, SMTP)
        self.assertEqual(self.detect().source, "autoconfig")
        # only the first place is told the address
        self.assertEqual([asked for asked in self.site.asked if "anna" in asked], [f"{DOCUMENT}?emailaddress=anna%40firma.example"])

    def test_a_directory_is_told_the_domain_only(self):
        self.site.documents["directory.example/v1.1/firma.example"] = autoconfig(IMAP, SMTP)
        found = self.detect(directory="https://directory.example/v1.1/%EMAILDOMAIN%")
        self.assertEqual(found.incoming.host, "imap.firma.example")
        self.assertIn("directory.example/v1.1/firma.example", self.site.asked)

    def test_tls_from_the_first_byte_comes_first_and_clear_text_never(self):
        self.site.documents[DOCUMENT] = autoconfig(
            ("incomingServer", "pop3", "pop.firma.example", 995, "SSL", "x"),
            ("incomingServer", "imap", "plain.firma.example", 143, "plain", "x"),
            ("incomingServer", "imap", "starttls.firma.example", 143, "STARTTLS", "x"), IMAP)
        found = self.detect()
        self.assertEqual((found.incoming.host, found.outgoing), ("imap.firma.example", None))
        self.site.documents[DOCUMENT] = autoconfig(("incomingServer", "imap", "plain.firma.example", 143, "plain", "x"))
        self.assertEqual(self.detect().kind, "none")

    def test_pop_only(self):
        self.site.documents[DOCUMENT] = autoconfig(("incomingServer", "pop3", "pop.firma.example", 995, "SSL", "x"))
        found = self.detect()
        self.assertEqual((found.kind, found.hints), ("none", ("pop_only",)))

    def test_servers_of_google_and_microsoft_mean_their_sign_in(self):
        for host, kind in (("imap.gmail.com", "google"), ("outlook.office365.com", "microsoft")):
            self.site.documents[DOCUMENT] = autoconfig(("incomingServer", "imap", host, 993, "SSL", "%EMAILADDRESS%"))
            found = self.detect()
            self.assertEqual((found.kind, found.incoming), (kind, None))

    def test_nothing_above_the_domain(self):
        self.detect("anna@mail.firma.example")
        self.assertTrue(self.resolved)
        self.assertTrue(all("mail.firma.example" in name for name in self.resolved), self.resolved)
        self.assertTrue(all(name.endswith("mail.firma.example") for name, _kind in self.dns.asked), self.dns.asked)

    def test_hostile_documents(self):
        lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        secret = Path(self.enterContext(tempfile.TemporaryDirectory())) / "secret"
        secret.write_text("imap.stolen.example")
        body = autoconfig(IMAP, SMTP).partition(b"?>")[2].decode()
        documents = {
            "a bomb": f'<!DOCTYPE x [<!ENTITY l0 "lol">{lol}]>' + body.replace("imap.firma.example", "&l9;"),
            "a file": f'<!DOCTYPE x [<!ENTITY f SYSTEM "file://{secret}">]>' + body.replace("imap.firma.example", "&f;"),
            "a request": f'<!DOCTYPE x SYSTEM "https://127.0.0.1:{self.site.port}/dtd">' + body,
            "any DTD at all": "<!DOCTYPE clientConfig>" + body,
            "too much": body + "<!--" + "x" * 100_001 + "-->",
            "no XML": "<html><body>Not found", "nothing": "", "something else": "<rss/>",
            "a NUL": body.replace("imap.", "imap\0."), "no host": body.replace("imap.firma.example", "a b<x/>"),
            "no port": body.replace("993", "99999"), "odd digits": body.replace("993", "²"),
        }
        for what, document in documents.items():
            self.site.documents[DOCUMENT] = document.encode()
            started = time.monotonic()
            self.assertEqual(self.detect(), Detected("none"), what)
            self.assertLess(time.monotonic() - started, 60, what)
        self.assertNotIn("127.0.0.1/dtd", self.site.asked)

    def test_odd_addresses(self):
        for email in ("anna@localhost", "anna@127.0.0.1", "anna@[::1]", "anna@2130706433", "anna", "anna@", "anna@a..b"):
            self.assertEqual(self.detect(email), Detected("none"), email)
        self.assertEqual((self.resolved, self.dns.asked), ([], []))


class TestGuard(DetectCase):
    """Where a domain, or who answers for it, leads inside."""

    def refused(self, url, allowed=("127.0.0.1",), **options):
        with self.assertRaises(ProviderError) as caught:
            self.https(allowed, **options).get(url, 100_000)
        return caught.exception

    def test_inner_addresses(self):
        self.assertEqual(self.refused("https://firma.example/", allowed=()).reason, "blocked")
        for host in ("127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "localhost.", "inner.example"):
            failure = self.refused(f"https://{host}/", allowed=())
            self.assertEqual(failure.reason, "blocked", host)
        self.assertEqual(self.site.asked, [])

    def test_redirections_inside(self):
        self.site.documents["firma.example/x"] = ("moved", "https://inner.example/admin")
        self.assertEqual(self.refused("https://firma.example/x").reason, "blocked")
        for target in ("http://elsewhere.example/x", "file:///etc/passwd", "https://anna:secret@elsewhere.example/", "//"):
            self.site.documents["firma.example/x"] = ("moved", target)
            self.refused("https://firma.example/x")
        self.assertEqual(set(self.site.asked), {"firma.example/x"})

    def test_redirections_outside_are_followed_but_not_for_ever(self):
        self.site.documents |= {"firma.example/x": ("moved", "https://elsewhere.example/y"), "elsewhere.example/y": b"here"}
        self.assertEqual(self.https().get("https://firma.example/x", 100), b"here")
        self.site.documents["elsewhere.example/y"] = ("moved", "https://firma.example/x")
        self.refused("https://firma.example/x")

    def test_a_certificate_for_another_name(self):
        self.site.documents["other.example/x"] = b"here"
        self.assertEqual(self.refused("https://other.example/x").reason, "name")

    def test_sizes(self):
        self.site.documents["firma.example/x"] = b"x" * 1001
        with self.assertRaises(ProviderError):
            self.https().get("https://firma.example/x", 1000)
        self.assertEqual(len(self.https().get("https://firma.example/x", 1001)), 1001)

    def test_who_never_ends(self):
        self.site.documents[DOCUMENT] = ("slow", 60)
        self.dns.records["firma.example", "MX"] = ["10 aspmx.l.google.com."]
        started = time.monotonic()
        self.assertEqual(self.detect(seconds=5.0).kind, "google")
        self.assertLess(time.monotonic() - started, 30)


class TestNameServers(DetectCase):
    def test_services(self):
        self.dns.records |= {
            ("_imaps._tcp.firma.example", "SRV"): ["20 1 993 second.firma.example.", "10 1 993 first.firma.example."],
            ("_submission._tcp.firma.example", "SRV"): ["0 1 587 send.firma.example."],
        }
        self.assertEqual(self.detect(), Detected(
            "imap", "srv", "", MailServer("first.firma.example", 993, "ssl", EMAIL),
            MailServer("send.firma.example", 587, "starttls", EMAIL)))

    def test_what_is_not_offered(self):
        self.dns.records |= {
            ("_imaps._tcp.firma.example", "SRV"): ["0 0 0 ."], ("_imap._tcp.firma.example", "SRV"): ["0 0 143 mail.firma.example."],
            ("_submissions._tcp.firma.example", "SRV"): ["0 0 0 ."],
        }
        found = self.detect()
        self.assertEqual((found.incoming.port, found.incoming.encryption, found.outgoing), (143, "starttls", None))

    def test_exchangers(self):
        for exchanger, kind, name in (
            ("aspmx.l.google.com.", "google", "Google"), ("firma-example.mail.protection.outlook.com.", "microsoft", "Microsoft"),
            ("mx01.mail.icloud.com.", "imap", "iCloud"), ("mx1.hostinger.com.", "imap", "Hostinger"),
            ("notgoogle.com.", "none", ""), ("mail.firma.example.", "none", ""),
        ):
            self.dns.records["firma.example", "MX"] = [f"10 {exchanger}"]
            found = self.detect()
            self.assertEqual((found.kind, found.name), (kind, name), exchanger)

    def test_the_better_answer_counts(self):
        self.dns.records |= {
            ("_imaps._tcp.firma.example", "SRV"): ["0 1 993 srv.firma.example."], ("firma.example", "MX"): ["1 mx.migadu.com."]}
        self.assertEqual(self.detect().source, "srv")
        self.site.documents[DOCUMENT] = autoconfig(IMAP, SMTP)
        self.assertEqual(self.detect().source, "autoconfig")

    def test_nobody_answers(self):
        self.dns.is_silent = True
        started = time.monotonic()
        self.assertEqual(self.detect(seconds=1.0), Detected("none"))
        self.assertLess(time.monotonic() - started, 12)

    def test_without_the_library(self):
        with patch.object(dns_lookup, "dns", None):
            self.assertEqual(self.detect(), Detected("none", hints=("no_dns",)))
            self.site.documents[DOCUMENT] = autoconfig(IMAP, SMTP)
            self.assertEqual(self.detect().source, "autoconfig")


if __name__ == "__main__":
    unittest.main()
