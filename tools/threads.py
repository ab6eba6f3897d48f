"""Which mails belong to one conversation, by the ids they name (RFC 5322 §3.6.4), in whatever order they arrive.

Every mail is a set of ids: its own, its parent's, its ancestors'. Mails that share an id are one conversation, so a child
that comes before its parent, or a mail that links two conversations known apart, needs no second pass. Where a server
names the conversation itself, its word counts, and such conversations are never joined by ids.

Last resort: an answer that names no id at all belongs to the mail with its bare subject between the same two
(:func:`subject_refs`).
"""

import re
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

#: Ids of one mail that are looked at; of a longer chain the first (the root) and the newest.
MAX_REFERENCES = 100

_KEY = "key:"
#: Characters a bare subject has at least to tell one conversation from another.
_TELLING = 6
_PREFIX = re.compile(
    r"\s*(?:re|r|aw|antw(?:ort)?|sv|vs|vl|vb|res|rsp|resp|rif|ref|odp|ynt|ynth?|yan|ilt|atb|ats|bls|bl|tb|fw|fwd|fwrd|wg|rv|enc|tr"
    r"|trs|i|inoltr?a|doorst|pd|fs|vá|továbbítás|válasz|vast|edasi|pv|προωθ|απ|σχετ|πρθ|ответ|отв|на|пересл"
    r"|回复|回覆|答复|答覆|转发|轉寄|轉發|返信|転送|답장|회신|전달"
    r"|rép|réf|ré|תשובה|הועבר|رد|إعادة توجيه|ตอบ|trả lời|tl|chuyển tiếp)"
    r"\s*(?:\[\d{1,4}\]|\(\d{1,4}\)|\^\d{1,4}|\*\d{1,4})?\s*[:：]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ThreadItem:
    """What threading needs to know of a mail.

    :param key: the caller's own name for it.
    :param str message_id: with angle brackets, may be empty; likewise ``in_reply_to``.
    :param tuple references: oldest first.
    :param str thread_key: the server's id of the conversation, may be empty.
    """

    key: Hashable
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    thread_key: str = ""


@dataclass(frozen=True, slots=True)
class SubjectRefs:
    """How a mail that names no other is told apart by its subject.

    :param str own: by which it is remembered.
    :param tuple counterparts: by which what it answers, or what answers it, is remembered; nearest first.
    """

    own: str
    counterparts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Mails of a page that belong to one conversation.

    :param tuple items: the caller's keys, in the order of the page.
    :param thread_id: the conversation they go to, None for a new one.
    :param tuple absorbed: conversations that are to be folded into it.
    :param frozenset refs: ids to be remembered as leading to it, see :func:`refs_of`.
    """

    items: tuple[Hashable, ...]
    thread_id: int | None
    absorbed: tuple[int, ...]
    refs: frozenset[str]


def refs_of(item: ThreadItem) -> tuple[str, ...]:
    """The ids to look up for a mail before :func:`resolve`, nearest first: its own, its parent, its ancestors backwards.

    A server's conversation id appears as one more, with a prefix no Message-ID has.
    """
    if item.thread_key:
        return tuple(filter(None, (f"{_KEY}{item.thread_key}", item.message_id)))
    ancestors = item.references
    if len(ancestors) > MAX_REFERENCES:
        ancestors = ancestors[:1] + ancestors[1 - MAX_REFERENCES:]
    found = dict.fromkeys((item.message_id, item.in_reply_to, *reversed(ancestors)))
    return tuple(ref for ref in found if len(ref) > 2)


def resolve(page: Iterable[ThreadItem], known: Mapping[str, int], keyed: Collection[int] = ()) -> list[Group]:
    """Sort a page of mails into conversations.

    Pure and replay-safe: with the outcome of a page in ``known``, the same page gives the same groups and merges nothing.

    :param known: ids seen before, to the conversation they lead to; those of the page's :func:`refs_of` suffice.
    :param keyed: conversations among the values of ``known`` that the server has named.
    :return: groups in the order of their first mail.
    """
    page = list(page)
    sets = _Sets()
    refs = [refs_of(item) or (f"item:{index}",) for index, item in enumerate(page)]
    for ref in dict.fromkeys(ref for each in refs for ref in each):
        thread = known.get(ref)
        if ref.startswith(_KEY):
            sets.anchor(ref, thread or ref)
        if thread is not None:
            if thread in keyed:
                sets.anchor(thread, thread)
            sets.join(thread, ref)
    # The server's conversations first: they are the fixed points.
    for is_keyed in (True, False):
        for item, own in zip(page, refs, strict=True):
            if bool(item.thread_key) == is_keyed:
                for ref in own[1:]:
                    sets.join(own[0], ref)
    return _groups(page, refs, sets, keyed)


def normalize_subject(subject: str) -> str:
    """The subject without the marks of answering and forwarding (``Re:``, ``AW:``, ``Fwd[2]:``, ``回复：``), on one line."""
    subject = " ".join(subject[:2000].split())
    while match := _PREFIX.match(subject):
        subject = subject[match.end():].lstrip()
    return subject


def is_answer(subject: str) -> bool:
    """Whether a subject begins with a mark of answering or forwarding."""
    return bool(_PREFIX.match(subject[:2000]))


def subject_refs(subject: str, correspondents: Iterable[str], date: datetime) -> SubjectRefs | None:
    """What stands for a Message-ID where an answer names none: the bare subject, the two who write, the month.

    :param correspondents: addresses; the first two count, in any order.
    :param datetime date: an answer comes in the month of what it answers, or in the next.
    :return: None where subject or correspondents say too little.
    """
    bare = normalize_subject(subject).lower()
    pair = sorted({address.lower() for address in correspondents if address})[:2]
    if len(bare) < _TELLING or len(pair) < 2:
        return None
    digest = blake2b("\0".join((bare, *pair)).encode("utf-8", "replace"), digest_size=12).hexdigest()
    month = date.year * 12 + date.month
    if is_answer(subject):
        return SubjectRefs(f"answer:{digest}:{month}", (f"subject:{digest}:{month}", f"subject:{digest}:{month - 1}"))
    return SubjectRefs(f"subject:{digest}:{month}", (f"answer:{digest}:{month}", f"answer:{digest}:{month + 1}"))


def _groups(page, refs, sets, keyed):
    members = {}
    for index, own in enumerate(refs):
        members.setdefault(sets.find(own[0]), []).append(index)
    threads = {}
    for node in sets.nodes():
        if isinstance(node, int):
            threads.setdefault(sets.find(node), []).append(node)
    groups = []
    for root, indexes in members.items():
        # The conversation the server has named stays, else the oldest.
        found = sorted(threads.get(root, ()), key=lambda thread: (thread not in keyed, thread))
        remembered = {ref for index in indexes for ref in refs[index] if sets.find(ref) == root and not ref.startswith("item:")}
        groups.append(Group(tuple(page[index].key for index in indexes), found[0] if found else None,
                            tuple(found[1:]), frozenset(remembered)))
    return groups


class _Sets:
    """Union-find over ids and conversations. A set has at most one anchor; sets with different anchors never join."""

    def __init__(self):
        self._parent = {}
        self._anchor = {}

    def nodes(self):
        return self._parent.keys()

    def anchor(self, node, name):
        self._anchor.setdefault(self.find(node), name)

    def find(self, node):
        self._parent.setdefault(node, node)
        root = node
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[node] != root:
            self._parent[node], node = root, self._parent[node]
        return root

    def join(self, one, other):
        one, other = self.find(one), self.find(other)
        anchors = {self._anchor[root] for root in (one, other) if root in self._anchor}
        if one == other or len(anchors) > 1:
            return
        self._parent[other] = one
        if anchors:
            self._anchor[one] = anchors.pop()
