"""Whom an answer goes to, and from which address: pure rules over a mail's header fields (RFC 5322 §3.6.2 and §3.6.3).

Mailing lists say by List-Post (RFC 2369 §3.4) where the list is; Mail-Followup-To is the author's own wish, widely used on lists.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .headers import Address

KINDS = ("reply", "reply_all", "reply_list", "forward", "redirect")


@dataclass(frozen=True, slots=True)
class Original:
    """The header fields of the mail that is answered.

    :param author: From; the first one with an address counts.
    :param str list_post: address of the list it came through, may be empty.
    :param mail_followup_to: where the author wants answers to all to go.
    :param delivered_to: addresses the servers on the way delivered it to (Delivered-To, X-Original-To), the last one first.
    """

    author: Sequence[Address] = ()
    reply_to: Sequence[Address] = ()
    to: Sequence[Address] = ()
    cc: Sequence[Address] = ()
    list_post: str = ""
    mail_followup_to: Sequence[Address] = ()
    delivered_to: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Addressed:
    """How an answer is addressed.

    :param str identity: which of the own addresses it is written from.
    :param bool was_blind: the mail was received although none of the own addresses is named in it: an answer to all tells the
        others that it was.
    """

    identity: str
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    was_blind: bool = False


def address_reply(kind: str, mail: Original, identities: Sequence[str]) -> Addressed:
    """Address an answer.

    :param str kind: one of :data:`KINDS`.
    :param identities: addresses one may write from in this mailbox, the mailbox's own first.
    :return: forwarding and redirecting have no recipients yet.
    :raises ValueError: no such kind, or no identity.
    """
    if kind not in KINDS or not identities:
        raise ValueError(kind)
    own = _Own(identities)
    author = next((entry for entry in mail.author if entry.email), None)
    foreign_reply_to = [entry for entry in mail.reply_to if entry.email and entry.email not in own]
    # a form on a website writes from the mailbox's own address and names the visitor in Reply-To: that is no mail of our own
    is_own = author is not None and author.email in own and not foreign_reply_to
    named = [entry.email for entry in (*mail.to, *mail.cc)]
    identity = own.first([author.email] if is_own else [*named, *mail.delivered_to])
    was_blind = not is_own and bool(mail.to or mail.cc) and not any(email in own for email in named)
    if kind in ("forward", "redirect"):
        return Addressed(identity)
    if kind == "reply_list" and mail.list_post:
        return Addressed(identity, (Address("", mail.list_post),))
    if is_own:
        to, cc = _of_own_mail(kind, mail)
    else:
        to, cc = _of_their_mail(kind, mail, author)
    return _without_own(Addressed(identity, tuple(to), tuple(cc), was_blind), own, author)


def _of_own_mail(kind, mail):
    """A further mail to the same people."""
    return mail.to, mail.cc if kind == "reply_all" else ()


def _of_their_mail(kind, mail, author):
    sender = list(mail.reply_to) or ([author] if author else [])
    if mail.list_post and author and [_key(entry.email) for entry in mail.reply_to] == [_key(mail.list_post)]:
        # the list has put itself there: who answers its author alone shall not write to everybody
        sender = [author]
    if kind != "reply_all":
        return sender, ()
    if mail.mail_followup_to:
        return mail.mail_followup_to, ()
    return [*sender, *mail.to], mail.cc


def _without_own(addressed, own, author):
    """Each address once, and none of one's own unless nobody else is left."""
    seen = set()

    def fresh(entries: Iterable[Address], with_own=False):
        for entry in entries:
            if entry.email and _key(entry.email) not in seen and (with_own or entry.email not in own):
                seen.add(_key(entry.email))
                yield entry

    to = tuple(fresh(addressed.to))
    cc = tuple(fresh(addressed.cc))
    if not to:
        # those in copy are the ones it goes to; a note to oneself is answered to oneself
        to, cc = cc, ()
    if not to:
        to = tuple(fresh(addressed.to, with_own=True)) or tuple(fresh([author] if author else [], with_own=True))
    return Addressed(addressed.identity, to, cc, addressed.was_blind)


class _Own:
    """One's own addresses; mail to ``name+word@domain`` is mail to ``name@domain`` (subaddressing, RFC 5233)."""

    def __init__(self, identities):
        self._default = identities[0]
        self._by_key = {_key(email): email for email in reversed(identities)}

    def __contains__(self, email):
        return self._find(email) is not None

    def _find(self, email):
        local, at, domain = _key(email).rpartition("@")
        return self._by_key.get(local + at + domain) or self._by_key.get(local.partition("+")[0] + at + domain)

    def first(self, emails):
        """The first of some addresses that is one's own, else the mailbox's."""
        return next((found for found in map(self._find, emails) if found), self._default)


def _key(email):
    return email.strip().lower()
