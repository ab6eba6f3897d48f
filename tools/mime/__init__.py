"""What a raw mail says: its words, its attachments, its header fields."""

from ..mail_header import read_mail_header
from .body import read_body
from .choice import choose
from .containers import find_part, inner_content, open_containers
from .tree import read_tree
from .values import MessageBody, ParsedMail


def read_mail(raw: bytes) -> MessageBody:
    """What a person is shown of a mail: the best of each alternative, several texts in a row joined, containers opened.

    Never raises on what it contains.

    :param bytes raw: RFC 5322 octets, line ends CRLF or LF.
    """
    root = read_tree(raw)
    open_containers(root)
    return read_body(choose(root))


def parse_message(raw: bytes) -> ParsedMail:
    """A mail's words, files and header fields as they were sent: nothing is opened, nothing gives way to anything.

    Never raises on what it contains.

    :param bytes raw: RFC 5322 octets, line ends CRLF or LF.
    """
    root = read_tree(raw)
    choice = choose(root)
    header = read_mail_header(root.fields, next((part.charset for part in choice.texts()), ""))
    return ParsedMail(read_body(choice, opens=False), header)


def part_content(raw: bytes, part_id: str) -> bytes:
    """The decoded octets of one part; of an attached mail its source.

    :param str part_id: as :class:`.values.MailPart` has it.
    :raises LookupError: the mail has no such part.
    """
    outer, _colon, inner = part_id.partition(":")
    if not outer and inner:
        # Read as a whole because its server's description was of no use: the ids are those of the source.
        return part_content(raw, inner)
    found = find_part(read_tree(raw), outer).decoded()
    return inner_content(found, inner) if inner else found
