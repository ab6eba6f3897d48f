"""Parts that hold words or files in a form of their own, and are opened: winmail.dat, opaque S/MIME, uuencode in a text."""

import re
from mimetypes import MimeTypes

from .parts import Part
from .smime import read_signed
from .tnef import is_tnef, read_tnef
from .tree import read_tree, walk
from .uuencode import split_files
from .values import InnerFile

#: Octets of a container that is opened, as it came, and how many of a mail are; larger and further ones stay files.
MAX_CONTAINER = 16 * 1024 * 1024
MAX_CONTAINERS = 5
_MAX_DEPTH = 3

_SIGNED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_MIME_FIELD = re.compile(rb"\s{0,4}(?:[!-9;-~]{1,200}:[^\n]*\n(?:[ \t][^\n]*\n)*){0,50}?content-type[ \t]*:", re.IGNORECASE)
_TYPES = MimeTypes()


def closed_containers(root: Part) -> list[Part]:
    """The parts that have to be opened, and whose content has to be here for it."""
    found = [part for part in _outer_parts(root) if _is_container(part)]
    return [part for part in found if not part.opened and part.encoded_size <= MAX_CONTAINER][:MAX_CONTAINERS]


def open_containers(root: Part, depth: int = 0) -> None:
    """Open the containers of a mail whose content is here: what is in them stands below them then."""
    for part in closed_containers(root):
        if part.source is None:
            continue
        content = part.decoded()
        if is_tnef(content):
            _open_tnef(part, content)
        elif not part.is_encrypted:
            _open_signed(part, content)
        if part.opened and depth < _MAX_DEPTH:
            for child in part.children:
                open_containers(child, depth + 1)


def inner_content(content: bytes, inner_id: str) -> bytes:
    """The octets of a part inside a container.

    :param content: of the container, its transfer encoding undone; what it is, its octets say.
    :param str inner_id: what follows the colon in the id of the part.
    :raises LookupError: there is no such part.
    """
    head, _colon, rest = inner_id.partition(":")
    if is_tnef(content):
        found = _file_at(read_tnef(content).files, head)
    elif (signed := read_signed(content)[0]) is not None:
        found = find_part(read_tree(signed), head).decoded()
    else:
        found = _file_at(split_files(content)[1], head)
    return inner_content(found, rest) if rest else found


def find_part(root: Part, part_id: str) -> Part:
    """:raises LookupError: there is none of this id."""
    for part in walk(root):
        # The mail inside an attachment bears the attachment's number where it is a multipart: the attachment comes first.
        if part.part_id == part_id and part_id:
            return part
    raise LookupError(part_id)


def split_text(part: Part) -> tuple[str, list[Part]]:
    """The words of a text part, and the files that were written into them."""
    if part.mimetype != "text/plain":
        return part.text(), []
    words, files = split_files(part.words())
    if not files:
        return part.text(), []
    rest = Part(part.part_id, part.mimetype, part.parameters)
    rest.fill(words)
    return rest.text(), [_part_of(file, f"{part.part_id}:{number}") for number, file in enumerate(files, 1)]


def _file_at(files: list[InnerFile], number: str) -> bytes:
    if not number.isdecimal() or not 1 <= int(number) <= len(files):
        raise LookupError(number)
    return files[int(number) - 1].content


def _outer_parts(root):
    """The parts of the mail itself, not those of mails attached to it."""
    yield root
    if root.is_multipart or root.opened == "mail":
        for child in root.children:
            yield from _outer_parts(child)


def _is_container(part):
    name = part.filename.lower()
    if part.mimetype in _TNEF or name == "winmail.dat":
        return True
    # A signed document is a file (contract.pdf.p7m); a signed mail has the name of all signed mails, or none.
    is_signed = part.mimetype in _SIGNED or (part.mimetype == "application/octet-stream" and name == "smime.p7m")
    return is_signed and name in ("", "smime.p7m")


def _open_tnef(part, content):
    found = read_tnef(content)
    words = [(kind, text) for kind, text in (("text/plain", found.text), ("text/html", found.html)) if text and text.strip()]
    if not found.files and not words:
        return
    part.opened = "files"
    for kind, text in words:
        child = Part("", kind, {"charset": "utf-8"})
        child.fill(text.encode("utf-8", "replace"))
        part.children.append(child)
    for number, file in enumerate(found.files, 1):
        part.children.append(_part_of(file, f"{part.part_id}:{number}"))


def _open_signed(part, content):
    mail, part.is_encrypted = read_signed(content)
    if mail is None or not _MIME_FIELD.match(mail[:20_000]):
        return
    part.opened = "mail"
    root = read_tree(mail)
    for inner in walk(root):
        inner.part_id = f"{part.part_id}:{inner.part_id}"
    part.children.append(root)


def _part_of(file, part_id):
    mimetype = file.mimetype if re.fullmatch(r"[\w.+-]{1,80}/[\w.+-]{1,80}", file.mimetype) else ""
    mimetype = mimetype or _TYPES.guess_type(file.name)[0] or "application/octet-stream"
    part = Part(part_id, mimetype.lower(), disposition="attachment", filename=file.name, content_id=file.content_id)
    part.fill(file.content)
    return part
