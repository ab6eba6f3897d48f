"""Single messages: their text, their parts, their source. Only what is needed crosses the line."""

import re
from collections.abc import Sequence
from dataclasses import replace

from ..tools.mime import part_content, read_mail
from ..tools.mime.body import has_words, is_unread_multipart, read_body
from ..tools.mime.choice import choose
from ..tools.mime.containers import MAX_CONTAINER, closed_containers, inner_content, open_containers
from ..tools.mime.parts import MAX_TEXT, Part
from ..tools.mime.payload import decode_payload
from .errors import MessageGone, ProtocolError
from .imap_answers import Answers
from .imap_connection import ImapConnection
from .imap_keys import split_key
from .imap_mailbox import Mailbox, examine
from .imap_reader import MAX_LITERAL
from .imap_structure import Structure, read_structure
from .values import MessageBody

#: Octets of a source that is read for its words, and how many of them are looked at first.
MAX_SOURCE = 32 * 1024 * 1024
PROBE = 256 * 1024

_SECTION = r"[1-9]\d{0,3}(?:\.[1-9]\d{0,3}){0,60}"
#: See :attr:`..tools.mime.values.MailPart.part_id`.
_PART_ID = re.compile(rf"(?:{_SECTION})?(?::{_SECTION}){{0,9}}")


class MessageReader:
    """Reads messages; remembers which folder is open. Any other opening must go through :meth:`forget`."""

    def __init__(self, connection: ImapConnection):
        self._connection = connection
        self._folder: str | None = None
        self._mailbox: Mailbox | None = None
        self._container: tuple[tuple[str, str, str], bytes] | None = None

    def forget(self) -> None:
        self._folder = None

    def structure(self, folder: str, key: str) -> Structure:
        """:raises ProtocolError: the server's description of the message makes no sense."""
        return read_structure(self._fetch(folder, key, b"BODYSTRUCTURE").get(b"BODYSTRUCTURE"))

    def raw(self, folder: str, key: str) -> bytes:
        return self._content(folder, key, "")

    def header(self, folder: str, key: str) -> bytes:
        """See :meth:`.base.MessageProvider.fetch_header`."""
        return self._content(folder, key, "HEADER")

    def part(self, folder: str, key: str, part_id: str) -> bytes:
        if not part_id or not _PART_ID.fullmatch(part_id):
            raise MessageGone(f"no part {part_id!r}"[:80])
        section, _colon, inner = part_id.partition(":")
        try:
            if not section:
                return part_content(self._kept(folder, key, ""), inner)
            if inner:
                return inner_content(self._kept(folder, key, section), inner)
            return self._section(folder, key, section)
        except LookupError:
            raise MessageGone(f"no part {part_id}") from None

    def body(self, folder: str, key: str) -> MessageBody:
        """Text, HTML and attachments: of the parts that the server names, else of the source."""
        try:
            structure = self.structure(folder, key)
        except ProtocolError:
            return self._from_source(folder, key, MAX_SOURCE)
        if structure.is_doubtful:
            return self._from_source(folder, key, MAX_SOURCE)
        body = self._from_parts(folder, key, structure)
        if (has_words(body) and not is_unread_multipart(body)) or body.is_encrypted or body.invitation:
            return body
        # Servers find no parts where a boundary is wrong, and take what is there for nothing, or for a text.
        source = self._from_source(folder, key, PROBE)
        return source if has_words(source) or source.is_encrypted or source.invitation else body

    def _from_parts(self, folder: str, key: str, structure: Structure) -> MessageBody:
        choice = structure.choice
        containers = closed_containers(structure.root)
        if containers:
            self._load(folder, key, containers, MAX_CONTAINER)
            open_containers(structure.root)
            choice = choose(structure.root)
        self._load(folder, key, [part for part in choice.texts() if part.source is None])
        return read_body(choice)

    def _load(self, folder: str, key: str, parts: Sequence[Part], most: int | None = None) -> None:
        """Fetch the content of parts in one command.

        :param most: octets of each that are fetched; None for as many as are read of it as a text.
        """
        wanted = {part.part_id: part.most if most is None else most for part in parts}
        command = b" ".join(b"BODY.PEEK[%s]<0.%d>" % (section.encode(), limit) for section, limit in wanted.items() if limit)
        items = self._fetch(folder, key, command) if command else {}
        for part in parts:
            name, limit = f"BODY[{part.part_id}]".encode(), wanted[part.part_id]
            content = next((value for item, value in items.items() if item.startswith(name)), None)
            content = content if isinstance(content, bytes) else b""
            part.fill(content, is_cut=len(content) >= limit if limit else part.encoded_size > 0)

    def _from_source(self, folder: str, key: str, most: int) -> MessageBody:
        """The same from the message's source.

        :param int most: octets that are read of it, before up to :data:`MAX_SOURCE` where there are words among them.
        """
        source = Part("", "message/rfc822")
        self._load(folder, key, [source], most)
        body = read_mail(source.content)
        if most < MAX_SOURCE and len(source.content) >= most and has_words(body):
            return self._from_source(folder, key, MAX_SOURCE)
        is_whole = len(source.content) < most
        if is_whole:
            # Its pictures are asked for next.
            self._container = (folder, key, ""), source.content
        # The numbers are those of the source, not the server's. Nobody reads a huge one on for a picture within the words.
        attachments = tuple(
            replace(part, part_id=f":{part.part_id}", inline=part.inline and is_whole) for part in body.attachments)
        return replace(
            body, attachments=attachments, is_truncated=body.is_truncated or (not is_whole and most == MAX_SOURCE))

    def _section(self, folder: str, key: str, section: str) -> bytes:
        """:raises LookupError: there is no such part."""
        try:
            leaf = self.structure(folder, key).leaves[section]
        except ProtocolError:
            return part_content(self.raw(folder, key), section)
        return decode_payload(self._content(folder, key, section), leaf.encoding)

    def _kept(self, folder: str, key: str, section: str) -> bytes:
        """A container, kept until another one is asked for: its parts are asked for one after the other."""
        place = (folder, key, section)
        if self._container is None or self._container[0] != place:
            self._container = None
            self._container = place, self._section(*place) if section else self.raw(folder, key)
        return self._container[1]

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
