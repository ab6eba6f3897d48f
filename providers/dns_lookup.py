"""What name servers know of a domain's mail: SRV records (RFC 6186, RFC 8314) and mail exchangers.

``dnspython`` asks them. Where it is not installed nothing is asked, and :attr:`DnsLookup.is_possible` says so.
"""

try:
    import dns.exception
    import dns.resolver
except ImportError:
    dns = None


class DnsLookup:
    """:param nameserver: ``(address, port)``; None for the ones the operating system is set up with.
    :param float seconds: for one question, over all tries and servers.
    """

    def __init__(self, nameserver: tuple[str, int] | None = None, seconds: float = 5.0):
        self._nameserver, self._seconds = nameserver, seconds

    @property
    def is_possible(self) -> bool:
        """Whether the library is there."""
        return dns is not None

    def services(self, service: str, domain: str) -> list[tuple[str, int]] | None:
        """Hosts and ports of a service, the preferred one first; an empty list where the domain says that it has none.

        :param str service: such as ``_imaps._tcp``.
        :return: None where it says nothing.
        """
        records = self._ask(f"{service}.{domain}", "SRV")
        if not records:
            return None
        found = [(record.target.to_text(omit_final_dot=True).lower(), record.port) for record in sorted(
            records, key=lambda record: (record.priority, -record.weight))]
        return [(host, port) for host, port in found if host not in (".", "") and port]

    def exchangers(self, domain: str) -> list[str]:
        """Hosts that take the domain's mail, the preferred one first."""
        records = self._ask(domain, "MX")
        return [record.exchange.to_text(omit_final_dot=True).lower() for record in sorted(
            records, key=lambda record: record.preference)]

    def _ask(self, name, kind):
        if not self.is_possible:
            return []
        try:
            resolver = dns.resolver.Resolver(configure=self._nameserver is None)
            if self._nameserver:
                resolver.nameservers, resolver.port = [self._nameserver[0]], self._nameserver[1]
            resolver.timeout, resolver.lifetime = min(2.0, self._seconds), self._seconds
            # An absolute name: the operating system's search list must not lead to somebody else's records.
            return list(resolver.resolve(f"{name}.", kind, search=False))
        # No such name, no such record, no answer, no name server at all: there is nothing to be learnt.
        except (dns.exception.DNSException, OSError, UnicodeError):
            return []
