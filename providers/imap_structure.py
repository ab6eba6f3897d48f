"""The tree of a message's parts from its BODYSTRUCTURE (RFC 3501 §7.4.2).

What each part is for is decided by :mod:`..tools.mime.choice`, as for a mail whose source is at hand.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from ..tools.charsets import guess_text
from ..tools.headers import clean_line, decode_header, parse_parameter
from ..tools.mime.choice import Choice, choose
from ..tools.mime.parts import Part, read_disposition
from ..tools.mime.payload import encoding_name
from .errors import ProtocolError
from .imap_reader import Node, to_int
from .values import RemotePart

#: Multiparts within multiparts; what lies deeper is left to whoever reads the whole message.
MAX_NESTING = 50
#: Parts of one message that are listed.
MAX_PARTS = 1000

# Servers that fail to count say -1.
_SIZE = re.compile(rb"-?\d{1,20}")
_PREVIEWED = ("text/plain", "text/html")


@dataclass(slots=True)
class Structure:
    """What a server tells of a message's parts.

    :param Part root: the tree, without any content.
    :param dict leaves: parts without parts of their own, an enclosed message counting as one, by their section number.
    :param bool is_doubtful: the server could not make out the type of a part; what it tells may be of no use.
    :param Choice choice: what the parts are for.
    """

    root: Part
    leaves: dict[str, Part] = field(default_factory=dict)
    is_doubtful: bool = False
    choice: Choice = field(default_factory=Choice)

    def preview_leaf(self) -> Part | None:
        """The part whose first words stand for the message: plain text before HTML."""
        texts = [part for segment in self.choice.segments for part in segment.plain + segment.rich]
        texts = [part for part in texts if part.mimetype in _PREVIEWED]
        return next((part for part in texts if part.mimetype == "text/plain"), texts[0] if texts else None)

    def remote_parts(self) -> tuple[RemotePart, ...]:
        return self.choice.parts()


def read_structure(node: Node) -> Structure:
    """Reads a parsed BODYSTRUCTURE.

    :raises ProtocolError: it is none; the message can still be read as a whole.
    """
    if not isinstance(node, list) or not node:
        raise ProtocolError("not a BODYSTRUCTURE")
    structure = Structure(Part("", "multipart/mixed"))
    if isinstance(node[0], list):
        structure.root = _multipart(structure, node, "", 0)
    else:
        # A message that is no multipart is its own part 1.
        structure.root = _leaf(structure, node, "1")
    structure.choice = choose(structure.root)
    return structure


def _multipart(structure: Structure, node: list, section: str, depth: int) -> Part:
    if depth > MAX_NESTING:
        raise ProtocolError("a message nested too deeply")
    # What follows the parts (subtype, parameters, languages) may be lists too.
    count = next((index for index, entry in enumerate(node) if not isinstance(entry, list)), len(node))
    subtype = _word(node[count]) if count < len(node) else ""
    part = Part(section, f"multipart/{subtype or 'mixed'}")
    if subtype == "related":
        part.parameters = _parameters(node[count + 1]) if count + 1 < len(node) else {}
    prefix = f"{section}." if section else ""
    for index, entry in enumerate(node[:count], start=1):
        if len(structure.leaves) >= MAX_PARTS:
            break
        is_multipart = bool(entry) and isinstance(entry[0], list)
        child = (_multipart(structure, entry, f"{prefix}{index}", depth + 1) if is_multipart
                 else _leaf(structure, entry, f"{prefix}{index}"))
        part.children.append(child)
    return part


def _leaf(structure: Structure, node: list, section: str) -> Part:
    if len(node) < 7 or not isinstance(node[0], bytes) or isinstance(node[1], list) or isinstance(node[5], list):
        raise ProtocolError("a part without its type, encoding or size")
    if node[6] is not None and not (isinstance(node[6], bytes) and _SIZE.fullmatch(node[6])):
        # Fields were moved by one that should not be there: a quote or a bracket was forgotten.
        raise ProtocolError("a part whose size is no number")
    main, sub = _word(node[0]), _word(node[1])
    structure.is_doubtful = structure.is_doubtful or not main
    # A type that cannot be made out counts as plain text (RFC 2045 §5.2); so does one without its other half.
    mimetype = f"{main}/{sub}" if main and sub else "text/plain" if main in ("", "text") else f"{main}/octet-stream"
    # RFC 3501 §9, body-type-1part: text carries its lines, an enclosed message its envelope, structure and lines.
    place = 8 + (1 if main == "text" else 3 if mimetype == "message/rfc822" else 0)
    parameters, content_id, _description, encoding, size = node[2:7]
    part = Part(section, mimetype, _parameters(parameters), encoding=encoding_name(_word(encoding)))
    named = {}
    if len(node) > place and node[place] is not None:
        part.disposition, named = _disposition(node[place])
    part.filename = (named and parse_parameter(named, "filename")) or parse_parameter(part.parameters, "name")
    if mimetype == "message/rfc822" and not part.filename:
        part.filename = f"{_subject(node)}.eml"
    if isinstance(content_id, bytes):
        part.content_id = clean_line(guess_text(content_id)).strip("<> ")
    if len(node) > place + 2 and isinstance(node[place + 2], bytes):
        part.location = decode_header(node[place + 2]).strip("<> ")
    part.size = _decoded_size(min(to_int(size, 0), 2**53), part.encoding)
    structure.leaves[section] = part
    return part


def _decoded_size(size: int, encoding: str) -> int:
    # Lines of 76 letters and a line end, each letter three quarters of an octet.
    return size * 57 // 78 if encoding == "base64" else size


def _subject(node: list) -> str:
    """Of an enclosed message's ENVELOPE, as a file name has it."""
    envelope = node[7] if len(node) > 7 else None
    subject = envelope[1] if isinstance(envelope, list) and len(envelope) > 1 else None
    return (decode_header(subject) if isinstance(subject, bytes) else "") or "message"


def _disposition(node: Node) -> tuple[str, dict[str, str]]:
    if isinstance(node, list) and node and isinstance(node[0], bytes):
        return read_disposition(node[0])[0], _parameters(node[1]) if len(node) > 1 else {}
    # Against the protocol, but seen: the header field as it came, unparsed.
    return read_disposition(node) if isinstance(node, bytes) else ("", {})


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
