"""The parts of a message from its BODYSTRUCTURE (RFC 3501 §7.4.2): which are its text, which are attachments.

The choice follows RFC 8621 §4.1.4, which says in pseudo-code what mail programs do.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from ..tools.charsets import guess_text
from ..tools.filenames import safe_filename
from ..tools.headers import clean_line, parse_parameter
from .errors import ProtocolError
from .imap_reader import Node, to_int
from .values import RemotePart

#: Multiparts within multiparts; what lies deeper is left to whoever reads the whole message.
MAX_NESTING = 50
#: Parts of one message that are listed.
MAX_PARTS = 1000

_FIELD_PARAMETER = re.compile(r"([^\s=;\"]{1,80})=\"?([^\";]{0,1000})")
# Servers that fail to count say -1.
_SIZE = re.compile(rb"-?\d{1,20}")
_Bodies = tuple["list[Leaf] | None", "list[Leaf] | None"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part without parts of its own; an enclosed message counts as one.

    :param str section: its section number (RFC 3501 §6.4.5).
    :param str kind: ``type/subtype`` in lower case.
    :param str encoding: content transfer encoding in lower case.
    :param str charset: as declared, may be empty.
    :param int size: octets, encoded.
    :param bool flowed: ``format=flowed`` (RFC 3676); ``delsp``: and ``DelSp=yes``.
    """

    section: str
    kind: str
    encoding: str
    charset: str
    size: int
    name: str
    content_id: str
    disposition: str
    flowed: bool = False
    delsp: bool = False


@dataclass(slots=True)
class Structure:
    """The leaves of a message by their use.

    :param list text: leaves to show where plain text is wanted, in order.
    :param list html: leaves to show where HTML is wanted, in order.
    :param list attachments: everything else.
    :param dict leaves: all of them by section.
    :param set related: sections within a ``multipart/related``.
    """

    text: list[Leaf] = field(default_factory=list)
    html: list[Leaf] = field(default_factory=list)
    attachments: list[Leaf] = field(default_factory=list)
    leaves: dict[str, Leaf] = field(default_factory=dict)
    related: set[str] = field(default_factory=set)

    def preview_leaf(self) -> Leaf | None:
        """The part whose first words stand for the message: plain text before HTML."""
        texts = [leaf for leaf in self.text + self.html if leaf.kind in ("text/plain", "text/html")]
        return next((leaf for leaf in texts if leaf.kind == "text/plain"), texts[0] if texts else None)

    def remote_parts(self) -> tuple[RemotePart, ...]:
        return tuple(
            RemotePart(
                part_id=leaf.section,
                name=leaf.name,
                mimetype=leaf.kind,
                size=leaf.size,
                content_id=leaf.content_id,
                inline=self._is_inline(leaf),
            )
            for leaf in self.attachments
        )

    def _is_inline(self, leaf: Leaf) -> bool:
        is_meant = leaf.disposition == "inline" or leaf.section in self.related
        return bool(leaf.content_id and is_meant and leaf.kind.startswith("image/"))


def read_structure(node: Node) -> Structure:
    """Sorts the parts of a parsed BODYSTRUCTURE.

    :raises ProtocolError: it is none; the message can still be read as a whole.
    """
    if not isinstance(node, list) or not node:
        raise ProtocolError("not a BODYSTRUCTURE")
    structure = Structure()
    # A message that is no multipart is its own part 1.
    multipart = node if isinstance(node[0], list) else [node, b"mixed"]
    _walk(structure, multipart, "", 0, (structure.text, structure.html))
    return structure


def _walk(
    structure: Structure, multipart: list, prefix: str, depth: int, bodies: _Bodies, *, chosen: bool = False
) -> None:
    """RFC 8621's parseStructure.

    :param bodies: where text and where HTML is collected; None for one of them inside the other's branch.
    :param bool chosen: somewhere above stands a ``multipart/alternative``.
    """
    if depth > MAX_NESTING:
        raise ProtocolError("a message nested too deeply")
    text, html = bodies
    parts = _count_parts(multipart)
    subtype = _word(multipart[parts]) if parts < len(multipart) else "mixed"
    lengths = len(text or ()), len(html or ())
    for index, part in enumerate(multipart[:parts]):
        if len(structure.leaves) >= MAX_PARTS:
            break
        section = f"{prefix}{index + 1}"
        if part and isinstance(part[0], list):
            _walk(structure, part, f"{section}.", depth + 1, (text, html), chosen=chosen or subtype == "alternative")
            continue
        leaf = _leaf(part, section)
        structure.leaves[section] = leaf
        if subtype == "related":
            structure.related.add(section)
        if not _is_body(leaf, index, subtype):
            structure.attachments.append(leaf)
            continue
        is_plain = leaf.kind == "text/plain"
        if chosen and subtype != "alternative":
            text, html = (text, None) if is_plain else (None, html)
        if text is not None and (is_plain or subtype != "alternative"):
            text.append(leaf)
        if html is not None and (not is_plain or subtype != "alternative"):
            html.append(leaf)
    if subtype == "alternative" and text is not None and html is not None:
        # Where there is one kind only, it serves for both.
        if len(text) == lengths[0]:
            text.extend(html[lengths[1] :])
        elif len(html) == lengths[1]:
            html.extend(text[lengths[0] :])


def _is_body(leaf: Leaf, index: int, subtype: str) -> bool:
    if leaf.disposition == "attachment" or leaf.kind not in ("text/plain", "text/html"):
        return False
    return index == 0 or (subtype != "related" and not leaf.name)


def _count_parts(multipart: list) -> int:
    """How many parts stand before the subtype; what follows (parameters, languages) may be lists too."""
    for index, entry in enumerate(multipart):
        if not isinstance(entry, list):
            return index
    return len(multipart)


def _leaf(part: list, section: str) -> Leaf:
    if len(part) < 7 or not isinstance(part[0], bytes) or isinstance(part[1], list) or isinstance(part[5], list):
        raise ProtocolError("a part without its type, encoding or size")
    if part[6] is not None and not (isinstance(part[6], bytes) and _SIZE.fullmatch(part[6])):
        # Fields moved by one that should not be there: a quote or a bracket that was forgotten.
        raise ProtocolError("a part whose size is no number")
    kind = _kind(part[0], part[1])
    # RFC 3501 §9, body-type-1part: text carries its lines, an enclosed message its envelope, structure and lines.
    place = 8 + (1 if kind.startswith("text/") else 3 if kind == "message/rfc822" else 0)
    parameters, content_id, _description, encoding, size = part[2:7]
    disposition = part[place] if len(part) > place else None
    own, disposition_name, given = _parameters(parameters), "", {}
    if disposition is not None:
        disposition_name, given = _disposition(disposition)
    name = parse_parameter(given, "filename") if given else ""
    name = name or parse_parameter(own, "name")
    flowed = own.get("format", "").lower() == "flowed"
    return Leaf(
        section=section,
        kind=kind,
        encoding=_word(encoding),
        charset=parse_parameter(own, "charset")[:60],
        size=min(to_int(size, 0), 2**53),
        name=safe_filename(name, "") if name else "",
        content_id=clean_line(guess_text(content_id)).strip("<> ") if isinstance(content_id, bytes) else "",
        disposition=disposition_name,
        flowed=flowed,
        delsp=flowed and own.get("delsp", "").lower() == "yes",
    )


def _kind(main: bytes, sub: Node) -> str:
    return f"{_word(main) or 'application'}/{_word(sub) or 'octet-stream'}"


def _disposition(node: Node) -> tuple[str, dict[str, str]]:
    if isinstance(node, list) and node:
        return _word(node[0]), _parameters(node[1]) if len(node) > 1 else {}
    if not isinstance(node, bytes):
        return "", {}
    # Against the protocol, but seen: the header field as it came, unparsed.
    name, _semicolon, rest = guess_text(node).partition(";")
    return name.strip().lower(), {key.lower(): value for key, value in _FIELD_PARAMETER.findall(rest)}


def _word(node: Node) -> str:
    return _word_of(node[:120]) if isinstance(node, bytes) else ""


@lru_cache(maxsize=1024)
def _word_of(octets: bytes) -> str:
    # The same few words describe nearly all parts of all mail.
    return clean_line(guess_text(octets)).lower()


def _parameters(node: Node) -> dict[str, str]:
    if not isinstance(node, list):
        return {}
    return {
        _word_of(key[:120]): guess_text(value)
        for key, value in zip(node[::2], node[1::2], strict=False)
        if isinstance(key, bytes) and isinstance(value, bytes)
    }
