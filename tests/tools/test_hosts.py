"""Which hosts may be connected to."""

import unittest

from maildesk.tools.hosts import (
    MAIL_PORTS,
    HostRefused,
    check_host,
    is_listed,
    normalize_host,
    parse_allowed,
    split_address,
    wrong_entries,
)

PUBLIC = "93.184.215.14"


def names(**table):
    """A resolver that knows ``table`` only; dots are written as two underscores."""
    table = {name.replace("__", "."): addresses for name, addresses in table.items()}

    def resolve(name, _port):
        if name not in table:
            raise OSError("unknown name")
        return table[name]

    return resolve


class TestTyped(unittest.TestCase):
    def test_host_and_port(self):
        for text, expected in {
            " imap.example.com ": ("imap.example.com", 0), "imap.example.com:993": ("imap.example.com", 993),
            "[2001:db8::1]:993": ("2001:db8::1", 993), "2001:db8::1": ("2001:db8::1", 0), "": ("", 0),
            "imap.example.com:*": ("imap.example.com:*", 0), "imap.example.com:99999": ("imap.example.com", 99999),
            "imap.example.com:imap": ("imap.example.com:imap", 0),
        }.items():
            self.assertEqual(split_address(text), expected, text)


class TestRefused(unittest.TestCase):
    def refused(self, host, port=993, reason="blocked", allowed=(), **table):
        with self.assertRaises(HostRefused, msg=host) as caught:
            check_host(host, port, allowed=allowed, resolver=names(**table))
        self.assertEqual(caught.exception.reason, reason, host)
        return caught.exception

    def test_odd_notations_of_inner_addresses(self):
        for host in ("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "0", "0.0.0.0",
                     "127.0.0.1.", "[::1]", "::1", "::", "::ffff:127.0.0.1", "[::ffff:7f00:1]", "::127.0.0.1", "１２７.０.０.１", "127。0。0。1",
                     "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1", "239.1.1.1",
                     "255.255.255.255", "240.0.0.1", "192.0.2.1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "fec0::1", "2001:db8::1"):
            self.refused(host)

    def test_addresses_that_wrap_inner_ones(self):
        for host in ("64:ff9b::127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:5db8:1::f5ff:fffe",
                     "2a00:1450::5efe:10.0.0.1", "2a00:1450::200:5efe:127.0.0.1", "64:ff9b:1::a00:1"):
            self.refused(host)

    def test_names_that_lead_inside(self):
        self.refused("localhost.", localhost=["127.0.0.1"])
        self.refused("LocalHost", localhost=["::1"])
        self.refused("evil.example", evil__example=["10.0.0.1"])
        self.refused("evil.example", evil__example=[PUBLIC, "192.168.0.1"])
        self.refused("evil.example", evil__example=["::ffff:10.0.0.1"])
        self.refused("evil.example", evil__example=["fe80::1%eth0"])

    def test_what_is_no_host(self):
        for host in ("", ".", " ", "a b", "a/b", "user@host", "http://x", "x:993", "a..b", "-a.example", "x\r\ny", "x\0y", "fe80::1%25", "1.2.3.4.5",
                     "0x", "999.1.1.1", "256.256.256.256", "a" * 64 + ".example", "x." * 130, "[]", "ex*mple", "\u202e.example"):
            self.refused(host, reason="name")
        self.refused("unknown.example", reason="name")
        self.refused("nothing.example", reason="name", nothing__example=[])

    def test_ports(self):
        for port in (0, 22, 80, 110, 443, 995, 5432, 6379, 8069):
            self.refused(PUBLIC, port, reason="port")

    def test_no_address_is_ever_unjudged(self):
        self.refused("x.example", x__example=["rubbish"])


class TestOpened(unittest.TestCase):
    def test_public_hosts(self):
        resolver = names(mail__example=[PUBLIC, "2a00:1450::1", PUBLIC])
        for port in MAIL_PORTS:
            self.assertEqual(check_host(" Mail.Example. ", port, resolver=resolver), [PUBLIC, "2a00:1450::1"])
        self.assertEqual(check_host(f"::ffff:{PUBLIC}", 993), [PUBLIC])
        self.assertEqual(check_host("x.example", 993, resolver=names(x__example=[f"::ffff:{PUBLIC}"])), [PUBLIC])
        self.assertEqual(check_host("64:ff9b::5db8:d70e", 993), ["64:ff9b::5db8:d70e"])
        self.assertEqual(check_host(PUBLIC, 443, ports={443}), [PUBLIC])

    def test_resolves_once(self):
        calls = []

        def resolver(name, port):
            calls.append((name, port))
            return [PUBLIC] if len(calls) == 1 else ["127.0.0.1"]

        self.assertEqual(check_host("x.example", 993, resolver=resolver), [PUBLIC])
        self.assertEqual(calls, [("x.example", 993)])

    def test_international_names(self):
        self.assertEqual(normalize_host("Bücher.example"), "xn--bcher-kva.example")

    def test_allowed_loopback(self):
        for entry in ("localhost", "127.0.0.1", "::1", "LOCALHOST."):
            allowed = parse_allowed(entry)
            for host in ("127.0.0.1", "127.1", "::1", "::ffff:127.0.0.1"):
                self.assertTrue(check_host(host, 10143, allowed=allowed))
            self.assertEqual(check_host("localhost", 10143, allowed=allowed, resolver=names(localhost=["::1", "127.0.0.1"])),
                             ["::1", "127.0.0.1"])
            self.assertRaises(HostRefused, check_host, "10.0.0.1", 993, allowed=allowed)

    def test_allowed_names_and_networks(self):
        allowed = parse_allowed("mail.lan, 10.0.0.0/8;192.168.7.7:1143 fd00::/8 *.intra.example [fd99::1]:*")
        resolver = names(mail__lan=["192.168.1.1"], a__intra__example=["192.168.1.2"], other__lan=["10.9.9.9"], bad__lan=["10.1.1.1", "172.16.0.1"])
        for host, port in (("mail.lan", 10993), ("10.1.2.3", 143), ("192.168.7.7", 1143), ("fd12::1", 993), ("a.intra.example", 587),
                           ("other.lan", 993), ("fd99::1", 5000)):
            self.assertTrue(check_host(host, port, allowed=allowed, resolver=resolver), host)
        for host, port in (("10.1.2.3", 5432), ("192.168.7.7", 993), ("192.168.1.1", 993), ("bad.lan", 993), ("fd12::1", 22), ("127.0.0.1", 143)):
            with self.assertRaises(HostRefused, msg=host):
                check_host(host, port, allowed=allowed, resolver=resolver)

    def test_what_an_administrator_has_named(self):
        allowed = parse_allowed("mail.lan, 10.0.0.0/8, 93.184.216.34")
        for host, addresses, listed in (
            ("mail.lan", ["192.168.1.1"], True), ("other.lan", ["10.1.1.1"], True), ("93.184.216.34", ["93.184.216.34"], True),
            ("imap.example.com", ["93.184.216.35"], False), ("other.lan", ["10.1.1.1", "93.184.216.35"], False),
        ):
            self.assertIs(is_listed(host, addresses, 143, allowed=allowed), listed, host)

    def test_allow_list_is_tolerant(self):
        self.assertEqual(parse_allowed(""), ())
        self.assertEqual(parse_allowed(None), ())
        self.assertEqual(parse_allowed(" , ;a.lan,a.lan"), ("a.lan",))
        self.assertEqual(check_host("127.0.0.1", 993, allowed=["127.0.0.1"]), ["127.0.0.1"])
        self.assertRaises(HostRefused, check_host, "127.0.0.1", 993, allowed=parse_allowed("300.0.0.0/8, rubbish/99"))


class TestWrongEntries(unittest.TestCase):
    """What an administrator cannot have meant."""

    def test_what_opens_something_is_right(self):
        self.assertEqual(wrong_entries(
            "mail.lan, 10.0.5.0/24;10.0.5.1/24 192.168.1.7:1143\n*.lan [::1]:* fd12::/16 localhost:993, ,posteingang.bücher.example"), [])
        self.assertEqual(wrong_entries(""), [])

    def test_each_wrong_entry_is_told_with_its_reason(self):
        for entry, reason in {
            "10.0.5.0/33": "network", "10.0.5/24": "network", "mail.lan/24": "network", "mail.lan:70000": "port", "10.0.0.1:0": "port",
            "mail_lan!": "name", "https://mail.lan": "network", "10.0.0.300": "name", "mail..lan": "name", "me@mail.lan": "name",
            "mail.lan:abc": "name", "*": "name",
        }.items():
            with self.subTest(entry):
                self.assertEqual(wrong_entries(f"ok.lan, {entry}"), [(entry, reason)])


if __name__ == "__main__":
    unittest.main()
