"""From an address to the servers behind it, before anybody signs in.

Known providers are told at once. For other domains the places that may know are asked side by side, and the best answer
counts: the domain's own autoconfig document, its SRV records, the provider its mail exchangers belong to. Nothing above the
domain itself is asked: who has ``example.co.uk`` has nothing to do with ``co.uk``. The address travels over https alone, and
only to the domain it belongs to.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from urllib.parse import quote

from ..tools.hosts import HostRefused, normalize_host
from . import known_providers
from .autoconfig_xml import MAX_SIZE, read_autoconfig
from .deadline import within
from .detected import Detected, MailServer
from .dns_lookup import DnsLookup
from .errors import ProviderError
from .guarded_https import GuardedHttps

#: Seconds the whole search may take.
DETECT_SECONDS = 15.0
#: Names of servers that take a sign-in at their provider instead of a password.
_SIGN_IN_HOSTS = {
    "google": ("imap.gmail.com", "imap.googlemail.com"),
    "microsoft": ("outlook.office365.com", "imap-mail.outlook.com", "outlook.office.com"),
}


class Detector:
    """:param https: fetches autoconfig documents.
    :param dns: asks name servers.
    :param entries: providers that come before the shipped ones; see :mod:`.known_providers`.
    :param directory: address of a directory of autoconfig documents to ask besides, with ``%EMAILDOMAIN%`` in it; nothing else
        of the address is told to it.
    :param float seconds: for all of it.
    """

    def __init__(self, https: GuardedHttps, dns: DnsLookup, entries: Iterable[dict] = (), directory: str = "",
                 seconds: float = DETECT_SECONDS):
        self._https, self._dns, self._directory, self._seconds = https, dns, directory, seconds
        self._entries = (*entries, *known_providers.shipped())

    def detect(self, email: str) -> Detected:
        """What is known of an address, or can be found out.

        :param str email: one address, checked for its form by the caller.
        """
        domain = domain_of(email)
        if not domain:
            return Detected("none")
        known = known_providers.of_domain(email, domain, self._entries)
        if known:
            return known
        answers = self._ask_all(email, domain)
        servers = next((found for found in answers if found and found.kind != "none"), None)
        # Something that says why there is nothing says more than nothing.
        found = servers or next((found for found in answers if found), None) or Detected("none")
        if found.kind == "none" and not found.hints and not self._dns.is_possible:
            return Detected("none", hints=("no_dns",))
        return _signed_in(found)

    def _ask_all(self, email, domain):
        """The answers of all places, the most trustworthy first; None of those that know nothing or are late."""
        asked = [
            *(lambda url=url: self._autoconfig(url, email) for url in self._documents(email, domain)),
            lambda: self._services(email, domain),
            lambda: known_providers.of_exchanger(email, self._dns.exchangers(domain), self._entries),
        ]
        pool = ThreadPoolExecutor(len(asked), thread_name_prefix="maildesk-detect")
        futures = [pool.submit(self._in_time, question) for question in asked]
        wait(futures, timeout=self._seconds)
        # Who is late ends by its own time-outs; nobody waits for it.
        pool.shutdown(wait=False, cancel_futures=True)
        return [_answer(future) for future in futures]

    def _in_time(self, question: Callable):
        with within(self._seconds):
            return question()

    def _documents(self, email, domain):
        yield f"https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={quote(email)}"
        yield f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml"
        if self._directory:
            yield self._directory.replace("%EMAILDOMAIN%", domain)

    def _autoconfig(self, url, email):
        try:
            return read_autoconfig(self._https.get(url, MAX_SIZE), email)
        except ProviderError:
            return None

    def _services(self, email, domain):
        incoming = self._service(email, domain, (("_imaps._tcp", "ssl"), ("_imap._tcp", "starttls")))
        if not incoming:
            return None
        outgoing = self._service(email, domain, (("_submissions._tcp", "ssl"), ("_submission._tcp", "starttls")))
        return Detected("imap", "srv", incoming=incoming, outgoing=outgoing)

    def _service(self, email, domain, kinds):
        """The first that is offered: TLS from the first byte before STARTTLS (RFC 8314 §5.1)."""
        for service, encryption in kinds:
            for host, port in self._dns.services(service, domain) or ():
                try:
                    return MailServer(normalize_host(host), port, encryption, email)
                except HostRefused:
                    continue
        return None


def domain_of(email: str) -> str:
    """The domain as name servers know it; empty for none that could be asked (an address of a machine, a single word)."""
    try:
        domain = normalize_host(email.rpartition("@")[2])
    except HostRefused:
        return ""
    last = domain.rpartition(".")[2]
    return domain if "." in domain and ":" not in domain and not last.isdigit() else ""


def _answer(future: Future):
    # One place that fails in an unforeseen way must not hide what the others know.
    return future.result() if future.done() and not future.cancelled() and not future.exception() else None


def _signed_in(found: Detected) -> Detected:
    """Servers of Google and Microsoft, whoever named them, mean a sign-in there."""
    for kind, hosts in _SIGN_IN_HOSTS.items():
        if found.incoming and found.incoming.host in hosts:
            return Detected(kind, found.source, {"google": "Google", "microsoft": "Microsoft"}[kind])
    return found
