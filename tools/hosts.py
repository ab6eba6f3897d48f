"""Guards against mail servers typed by people that lead into the inner network.

The name is resolved once, every address is judged, and the caller connects to the very address that was judged (TLS still
checks the name), so that a second answer of the name server has no say.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Collection, Iterable, Sequence

from .lookup import look_up

#: IMAP, SMTP and submission, plain and TLS.
MAIL_PORTS = frozenset((25, 143, 465, 587, 993, 2525))

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_NUMERIC_END = re.compile(r"(?:\A|\.)(?:\d+|0x[0-9a-f]*)\Z")
_PORT_SUFFIX = re.compile(r"(\[[^\]]*\](?:/\d+)?|[^:]*):(\d{1,5}|\*)\Z")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)
_MAX_ADDRESSES = 16


class HostRefused(ValueError):
    """A host must not be connected to.

    :param str reason: ``name`` (no such host, or no host name at all), ``resolver`` (no name server answered), ``blocked`` (it
        lies in a network that is not open to everybody), ``port`` (not a port of mail).
    :param str detail: the address or what the resolver said.
    """

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


def parse_allowed(value: str) -> tuple[str, ...]:
    """Read an administrator's allow-list.

    Entries are separated by commas or blanks: a host name, an address, or a network, each with an optional ``:PORT`` or
    ``:*``. A name or a single address without port opens all its ports; a network opens the mail ports. Any name for this
    machine stands for all of them.

    :return: entries in a normal form for :func:`check_host`.
    """
    entries = []
    for entry in re.split(r"[,;\s]+", value or ""):
        host, port = _split_port(entry.strip().lower())
        host = host.strip("[]").rstrip(".")
        for name in _LOOPBACK if host in _LOOPBACK else (host,):
            if name:
                entries.append(f"[{name}]:{port}" if port else name)
    return tuple(dict.fromkeys(entries))


def wrong_entries(value: str) -> list[tuple[str, str]]:
    """What an administrator typed into an allow-list that opens nothing.

    :return: entry and reason: ``network`` (no network in the notation ADDRESS/BITS), ``port`` (not between 1 and 65535),
        ``name`` (no host name and no address).
    """
    wrong = []
    for entry in filter(None, re.split(r"[,;\s]+", value or "")):
        name, network, port = _rule(entry.lower())
        if port.isdigit() and not 1 <= int(port) <= 65535:
            wrong.append((entry, "port"))
        elif network is None and "/" in name:
            wrong.append((entry, "network"))
        elif network is None and (not _is_host_name(name.removeprefix("*.")) or _NUMERIC_END.search(name)):
            wrong.append((entry, "name"))
    return wrong


def _is_host_name(name):
    try:
        return bool(normalize_host(name))
    except HostRefused:
        return False


def check_host(host: str, port: int, *, allowed: Sequence[str] = (), ports: Collection[int] = MAIL_PORTS,
               resolver: Callable[[str, int], list[str]] | None = None) -> list[str]:
    """Give back the addresses that may be connected to, in the resolver's order.

    :param str host: name or address as typed, also in the odd notations that the operating system understands.
    :param allowed: of :func:`parse_allowed`; what it names is open although it lies inside.
    :param ports: ports open on public addresses.
    :param resolver: answers the addresses of a name; by default the operating system. May raise ``OSError``.
    :raises HostRefused: *any* address of the host is refused: names that lead both outside and inside are attacks.
    """
    name = normalize_host(host)
    literal = _literal(name)
    addresses = [literal] if literal else _resolve(name, port, resolver or _system_resolver)
    rules = [_rule(entry) for entry in allowed]
    for address in addresses:
        if _is_allowed(name, address, port, rules, ports):
            continue
        if _is_inner(address):
            raise HostRefused("blocked", str(address))
        if port not in ports:
            raise HostRefused("port", str(port))
    return [str(address) for address in addresses]


def is_listed(host: str, addresses: Iterable[str], port: int, *, allowed: Sequence[str]) -> bool:
    """Tell whether an administrator has named this host, or every address it has, in the allow-list.

    :param addresses: as :func:`check_host` gave them: nothing is resolved a second time.
    :param allowed: of :func:`parse_allowed`.
    :raises HostRefused: with reason ``name`` if this is no host name.
    """
    name, rules = normalize_host(host), [_rule(entry) for entry in allowed]
    return all(_is_allowed(name, ipaddress.ip_address(address), port, rules, {port}) for address in addresses)


def split_address(text: str) -> tuple[str, int]:
    """Host and port of what a person typed as ``HOST`` or ``HOST:PORT``; port 0 where they left it out."""
    host, port = _split_port(text.strip())
    if port == "*":
        return text.strip(), 0
    return (host.strip("[]") if port else host), int(port or 0)


def normalize_host(host: str) -> str:
    """A host as the resolver should see it: lower case, ASCII (IDNA), without brackets and the root's dot.

    :raises HostRefused: with reason ``name`` if this is no host name.
    """
    name = host.strip().strip("[]").rstrip(".").lower()
    if ":" in name:
        if "%" in name or not _ip(name):
            raise HostRefused("name", host[:80])
        return name
    try:
        name = name.encode("idna").decode("ascii").lower().rstrip(".") if not name.isascii() else name
    except UnicodeError as error:
        raise HostRefused("name", host[:80]) from error
    if not _NAME.match(name):
        raise HostRefused("name", host[:80])
    return name


def _literal(name):
    """The address that a numeric notation means (127.1, 2130706433, 0x7f.1), None for a real name."""
    if ":" in name:
        return _unmapped(_ip(name))
    if not _NUMERIC_END.search(name):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(name))
    except OSError as error:
        raise HostRefused("name", name[:80]) from error


def _resolve(name, port, resolver):
    try:
        found = list(dict.fromkeys(resolver(name, port)))
    except TimeoutError as error:
        raise HostRefused("resolver", str(error)) from error
    # Besides OSError, the codec of the socket module raises UnicodeError on labels it does not like.
    except (OSError, UnicodeError) as error:
        raise HostRefused("name", str(error)) from error
    addresses = [_ip(address) for address in found[:_MAX_ADDRESSES]]
    if not addresses:
        raise HostRefused("name", name)
    if None in addresses:
        raise HostRefused("blocked", found[addresses.index(None)])
    return [_unmapped(address) for address in addresses]


def _system_resolver(name, port):
    return [info[4][0] for info in look_up(name, port)]


def _is_inner(address):
    """Tell whether an address, or an IPv4 address wrapped in it, is not open to everybody."""
    odd = address.is_multicast or address.is_unspecified or (address.is_reserved and address not in _NAT64)
    if odd or (not address.is_global and address not in _NAT64) or getattr(address, "is_site_local", False):
        return True
    return any(_is_inner(inner) for inner in _wrapped(address))


def _wrapped(address):
    """IPv4 addresses that a tunnel or translator would lead an IPv6 address to (RFC 3056, 4380, 5214, 6052)."""
    if address.version == 4:
        return []
    inner = [address.sixtofour] if address.sixtofour else []
    inner.extend(address.teredo or ())
    number = int(address)
    if address in _NAT64 or address in _COMPATIBLE or number >> 32 & 0xFFFFFFFF in _ISATAP:
        inner.append(ipaddress.IPv4Address(number & 0xFFFFFFFF))
    return inner


def _is_allowed(name, address, port, rules, ports):
    for host, network, rule_port in rules:
        if network is None:
            matches = host == name or (host.startswith("*.") and name.endswith(host[1:]))
            is_single = True
        else:
            matches = address in network
            is_single = network.num_addresses == 1
        if matches and (rule_port in ("*", str(port)) or (not rule_port and (is_single or port in ports))):
            return True
    return False


def _rule(entry):
    host, port = _split_port(entry)
    host = host.replace("[", "").replace("]", "")
    try:
        return "", ipaddress.ip_network(host, strict=False), port
    except ValueError:
        return host, None, port


def _split_port(entry):
    match = _PORT_SUFFIX.match(entry)
    return match.groups() if match else (entry, "")


def _ip(text):
    try:
        return ipaddress.ip_address(text) if "%" not in text else None
    except ValueError:
        return None


def _unmapped(address):
    return getattr(address, "ipv4_mapped", None) or address
