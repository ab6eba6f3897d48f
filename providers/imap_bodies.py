"""Single messages: their text, their parts, their source. Only what is needed crosses the line."""

import re

from ..tools.html_text import html_to_text, text_to_html
from ..tools.mime import parse_message, part_content
from ..tools.mime_parts import decode_payload, decode_text
from .errors import MessageGone, ProtocolError
from .imap_answers import Answers
from .imap_connection import ImapConnection
from .imap_keys import split_key
from .imap_mailbox import Mailbox, examine
from .imap_reader import MAX_LITERAL
from .imap_structure import Leaf, Structure, read_structure
from .values import MessageBody, RemotePart

#: Octets of a text part that are read; nobody reads on.
MAX_TEXT = 8 * 1024 * 1024

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]{2,40})", re.IGNORECASE)
_SECTION = re.compile(r"[1-9]\d{0,3}(?:\.[1-9]\d{0,3}){0,60}")


class MessageReader:
    """Reads messages; remembers which folder is open. Any other opening must go through :meth:`forget`."""

    def __init__(self, connection: ImapConnection):
        self._connection = connection
        self._folder: str | None = None
        self._mailbox: Mailbox | None = None

    def forget(self) -> None:
        self._folder = None

    def structure(self, folder: str, key: str) -> Structure:
        """:raises ProtocolError: the server's description of the message makes no sense."""
        return read_structure(self._fetch(folder, key, b"BODYSTRUCTURE").get(b"BODYSTRUCTURE"))

    def raw(self, folder: str, key: str) -> bytes:
        return self._content(folder, key, "")

    def part(self, folder: str, key: str, section: str) -> bytes:
        if not _SECTION.fullmatch(section):
            raise MessageGone(f"no part {section!r}"[:80])
        try:
            leaf = self.structure(folder, key).leaves.get(section)
        except ProtocolError:
            return self._part_of_whole(folder, key, section)
        if leaf is None:
            raise MessageGone(f"no part {section}")
        return decode_payload(self._content(folder, key, section), leaf.encoding)

    def body(self, folder: str, key: str, structure: Structure) -> MessageBody:
        """Text and HTML from the parts a structure names."""
        leaves = {leaf.section: leaf for leaf in structure.text + structure.html}
        sections = list(leaves)
        texts = {}
        if sections:
            wanted = b" ".join(b"BODY.PEEK[%s]<0.%d>" % (section.encode(), MAX_TEXT) for section in sections)
            items = self._fetch(folder, key, wanted)
            texts = {section: _text(items, leaves[section]) for section in sections}
        has_html = any(leaf.kind == "text/html" for leaf in structure.html)
        flowed = bool(structure.text) and all(leaf.flowed for leaf in structure.text)
        return MessageBody(
            html="<hr>".join(_as_html(texts[leaf.section], leaf) for leaf in structure.html) if has_html else None,
            text="\n\n".join(_as_text(texts[leaf.section], leaf) for leaf in structure.text) if structure.text else None,
            attachments=structure.remote_parts(),
            flowed=flowed,
            delsp=flowed and all(leaf.delsp for leaf in structure.text),
        )

    def _part_of_whole(self, folder: str, key: str, section: str) -> bytes:
        try:
            return part_content(self.raw(folder, key), section)
        except LookupError:
            raise MessageGone(f"no part {section}") from None

    def _content(self, folder: str, key: str, section: str) -> bytes:
        name = f"BODY[{section}]".encode()
        items = self._fetch(folder, key, b"BODY.PEEK[%s]" % section.encode(), MAX_LITERAL)
        content = items.get(name)
        if content is None:
            if name in items:
                return b""
            raise ProtocolError("the server left out what was asked for")
        return content if isinstance(content, bytes) else b""

    def _fetch(self, folder: str, key: str, items: bytes, max_literal: int = 4 * MAX_TEXT) -> dict:
        place = split_key(key)
        if place is None:
            raise MessageGone("not a key of a message")
        was_open = self._folder == folder
        found = self._try_fetch(folder, *place, items, max_literal)
        if not found and was_open:
            # The folder was opened before the message came in; servers may show it only to a fresh look.
            self.forget()
            found = self._try_fetch(folder, *place, items, max_literal)
        if not found:
            raise MessageGone("the message is no longer there")
        return found

    def _try_fetch(self, folder: str, validity: int, uid: int, items: bytes, max_literal: int) -> dict:
        if self._folder != folder:
            self._folder = None
            self._mailbox = examine(self._connection, folder)
            self._folder = folder
        if self._mailbox.uidvalidity != validity:
            raise MessageGone("the folder was made anew")
        answers = Answers()
        command = b"UID FETCH %d (UID %s)" % (uid, items)
        status = self._connection.run(command, answers.take, max_literal, answers.miss)
        # Flags another client changed may be announced in between.
        found = answers.by_uid.get(uid, {})
        found = found if any(name.startswith(b"BODY") for name in found) else {}
        if status.kind == "OK" and not found and answers.missed:
            raise ProtocolError("the server's answer about the message cannot be read")
        if status.kind != "OK" and not found:
            self._connection.refuse(status, "FETCH")
        return found


def read_whole(raw: bytes) -> MessageBody:
    """The same from a message's source, where the server's description of its parts is of no use."""
    mail = parse_message(raw)
    parts = tuple(RemotePart(*(getattr(part, name) for name in RemotePart.__slots__)) for part in mail.attachments)
    return MessageBody(mail.body.html, mail.body.text, parts, mail.body.flowed, mail.body.delsp)


def _text(items: dict, leaf: Leaf) -> str:
    name = f"BODY[{leaf.section}]".encode()
    content = next((value for key, value in items.items() if key.startswith(name)), None)
    if not isinstance(content, bytes):
        return ""
    content, charset = decode_payload(content, leaf.encoding), leaf.charset
    if not charset and leaf.kind == "text/html":
        match = _META_CHARSET.search(content, 0, 2048)
        charset = match[1].decode("ascii", "replace") if match else ""
    return decode_text(content, charset)


def _as_html(text: str, leaf: Leaf) -> str:
    """Plain text stands between HTML parts as a mailing list's footer does."""
    return text if leaf.kind == "text/html" else text_to_html(text, leaf.flowed, leaf.delsp)


def _as_text(text: str, leaf: Leaf) -> str:
    return html_to_text(text) if leaf.kind == "text/html" else text
