"""Thunderbird's autoconfig documents ("Mozilla ISPDB file format"), read as what a stranger wrote."""

from lxml import etree

from ..tools.headers import clean_line
from ..tools.hosts import HostRefused, normalize_host
from .detected import Detected, MailServer, fill_in

#: Octets of the largest document that is read.
MAX_SIZE = 100_000
#: What they call TLS; never in clear text, whatever a document says.
_ENCRYPTIONS = {"SSL": "ssl", "STARTTLS": "starttls"}
_PASSWORDS = ("password-cleartext", "password-encrypted", "plain", "secure")
_MAX_SERVERS = 20


def read_autoconfig(document: bytes, email: str) -> Detected | None:
    """The servers a document names for an address: the first with TLS from the first byte, else with STARTTLS.

    :param document: XML, unchecked.
    :return: None where it names none; with hint ``pop_only`` and kind ``none`` where it names only POP3.
    """
    root = _parse(document)
    provider = root.find("emailProvider") if root is not None and root.tag == "clientConfig" else None
    if provider is None:
        return None
    name = clean_line(provider.findtext("displayShortName") or provider.findtext("displayName") or "")[:64]
    incoming = _best(provider, "incomingServer", "imap", email)
    if incoming:
        return Detected("imap", "autoconfig", name, incoming, _best(provider, "outgoingServer", "smtp", email))
    has_pop = any(server.get("type") == "pop3" for server in provider.findall("incomingServer")[:_MAX_SERVERS])
    return Detected("none", "autoconfig", name, hints=("pop_only",)) if has_pop else None


def _parse(document):
    """The root, or None. No entity is expanded, nothing else is loaded; a document with a DTD has no business here."""
    if len(document) > MAX_SIZE:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True)
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root is None or root.getroottree().docinfo.doctype else root


def _best(provider, tag, kind, email):
    servers = [_server(element, email) for element in provider.findall(tag)[:_MAX_SERVERS] if element.get("type") == kind]
    # Where none takes a password, the dialog can still show what it found; a stable sort keeps the document's order.
    ranked = sorted(filter(None, servers), key=lambda found: (not found[1], found[0].encryption != "ssl"))
    return ranked[0][0] if ranked else None


def _server(element, email):
    """``(server, whether it takes a password)``, or None for one that is of no use."""
    encryption = _ENCRYPTIONS.get((element.findtext("socketType") or "").strip().upper())
    port = (element.findtext("port") or "").strip()
    try:
        host = normalize_host(fill_in((element.findtext("hostname") or "").strip(), email))
    except HostRefused:
        return None
    if not encryption or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536:
        return None
    username = clean_line(fill_in((element.findtext("username") or "%EMAILADDRESS%").strip(), email))[:254]
    methods = [(found.text or "").strip() for found in element.findall("authentication")]
    takes_password = not methods or any(method in _PASSWORDS for method in methods)
    return MailServer(host, int(port), encryption, username), takes_password
