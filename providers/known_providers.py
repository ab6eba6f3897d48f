"""Mail providers many people have, with the servers their help pages name (``known_providers.json``).

An entry has a ``name``; ``domains`` whose addresses are its, ``mx`` (the ends of the names of its mail exchangers, for domains
of other people that are hosted there); ``kind`` where a password is not enough (``google``, ``microsoft``) or nothing is
(``none``); else ``incoming`` and ``outgoing`` as ``HOST[:PORT] ENCRYPTION``; ``username`` where it is not the whole address;
``hints``, see :class:`.autodetect.Detected`.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from .detected import KINDS, PROVIDER_HINTS, Detected, MailServer, fill_in

_DATA = Path(__file__).with_suffix(".json")
_PORTS = {"incoming": {"ssl": 993, "starttls": 143, "none": 143}, "outgoing": {"ssl": 465, "starttls": 587, "none": 25}}


@lru_cache(maxsize=1)
def shipped() -> tuple[dict, ...]:
    """The entries that come with MailDesk."""
    return tuple(json.loads(_DATA.read_text(encoding="utf-8")))


def read_entries(text: str) -> list[dict]:
    """A company's own entries, of the same form.

    :raises ValueError: what is wrong with them.
    """
    entries = json.loads(text or "[]")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) and entry.get("name") for entry in entries):
        raise ValueError("a list of providers with a name each is expected")
    for entry in entries:
        _detected(entry, "somebody@example.com", "known")
    return entries


def of_domain(email: str, domain: str, entries: Iterable[dict]) -> Detected | None:
    """Who has this very domain."""
    found = next((entry for entry in entries if domain in entry.get("domains", ())), None)
    return _detected(found, email, "known") if found else None


def of_exchanger(email: str, exchangers: Iterable[str], entries: Iterable[dict]) -> Detected | None:
    """Who takes the mail of a domain.

    :param exchangers: host names, the preferred one first.
    """
    entries = list(entries)
    for exchanger in exchangers:
        for entry in entries:
            if any(exchanger == end or exchanger.endswith(f".{end}") for end in entry.get("mx", ())):
                return _detected(entry, email, "mx")
    return None


def _detected(entry, email, source):
    kind = entry.get("kind", "imap")
    if kind not in KINDS or not set(entry.get("hints", ())) <= set(PROVIDER_HINTS):
        raise ValueError(f"{entry['name']}: unknown kind or hint")
    servers = {}
    if kind == "imap":
        servers = {way: _server(entry, way, email) for way in _PORTS}
    return Detected(kind, source, entry["name"], hints=tuple(entry.get("hints", ())), **servers)


def _server(entry, way, email):
    address, _blank, encryption = entry.get(way, "").partition(" ")
    host, _colon, port = address.partition(":")
    if not host or encryption not in _PORTS[way]:
        raise ValueError(f"{entry['name']}: {way} has to look like imap.example.com:993 ssl")
    username = fill_in(entry.get("username", "%EMAILADDRESS%"), email)
    return MailServer(host, int(port or _PORTS[way][encryption]), encryption, username)
