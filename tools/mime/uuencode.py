"""Files in the words of a mail, as they were sent before MIME (POSIX uuencode)."""

import re

from .payload import decode_uu_line
from .values import InnerFile

#: Files of one text; further ones stay in it as they are.
MAX_FILES = 100

_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,255}?)[ \t]*\r?\n", re.MULTILINE)
#: A line says its length first; no letter of it is a small one, so that no block is searched for within another.
_LINE = re.compile(rb"([ -`]{1,100})\r?\n")
_END = re.compile(rb"(?:`?[ \t]*\r?\n)?end[ \t\r]*(?:\n|\Z)")


def split_files(text: bytes) -> tuple[bytes, list[InnerFile]]:
    """The words without the files, and the files.

    What has no end, or not the form, is words.

    :param bytes text: of a plain text, its transfer encoding undone.
    """
    words, files, position = [], [], 0
    if b"begin " not in text:
        return text, files
    while len(files) < MAX_FILES:
        match = _BEGIN.search(text, position)
        if not match:
            break
        content, end = _block(text, match.end())
        if content is None:
            words.append(text[position:end])
        else:
            words.append(text[position:match.start()])
            files.append(InnerFile(match[1].decode("utf-8", "replace"), content))
        position = end
    words.append(text[position:])
    return b"".join(words), files


def _block(text, position):
    """The octets of the block that begins there, and where it ends; None and where it stopped being one."""
    pieces = []
    while True:
        end = _END.match(text, position)
        if end and pieces:
            return b"".join(pieces), end.end()
        line = _LINE.match(text, position)
        if not line or (line[1][0] - 32 & 63 and not 2 <= len(line[1]) <= 90):
            return None, position
        pieces.append(decode_uu_line(line[1]))
        position = line.end()
