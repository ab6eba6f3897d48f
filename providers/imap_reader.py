"""Reads what an IMAP server answers (RFC 3501 §7, §9) into nested lists, fast and within bounds.

One response is a list ``[text, literal, text, …]``: lines as they came, with the octets of literals between them.
Tokens: atoms and numbers as ``bytes``, strings and literals as ``bytes``, ``NIL`` as None, parentheses as lists.
"""

import re
from collections.abc import Callable

from .errors import ProtocolError, Unreachable

#: Longest line without literals; a SEARCH answer of a million messages takes 8 MB.
MAX_LINE = 64 * 1024 * 1024
#: Largest literal anybody may announce: more is an attack or a mistake.
MAX_LITERAL = 1024 * 1024 * 1024
#: Largest literal where no message content was asked for.
MAX_SMALL_LITERAL = 64 * 1024 * 1024
MAX_DEPTH = 250

_LITERAL_END = re.compile(rb"~?\{(\d{1,20})\+?\}$")
# A quote ends its string where a blank, a parenthesis or nothing follows: servers forget to escape those in file names and
# descriptions. BODY[...] holds blanks and parentheses but is one atom; some servers repeat the request's <0.2048> after it,
# where RFC 3501 §7.4.2 has <0>.
_TOKEN = re.compile(
    rb'"(?:[^"\\]|\\(?:.|\Z)|"(?![\s()]|\Z))*(?:"|\Z)|[()]'
    rb"|(?:[Bb][Oo][Dd][Yy]|[Bb][Ii][Nn][Aa][Rr][Yy](?:\.[A-Za-z]+)?)\[[^\[\]]*\](?:<\d+(?:\.\d+)?>)?"
    rb'|[^\s()"]+',
    re.DOTALL,
)
_QUOTE, _OPEN, _CLOSE = b'"()'
_NIL = (b"NIL", b"nil", b"Nil")
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_STATUS = re.compile(rb"(OK|NO|BAD|BYE|PREAUTH)(?: +(?:\[([^\]\s]+)(?: +([^\]]*))?\])? *(.*))?", re.DOTALL | re.IGNORECASE)

Response = list[bytes]
Node = bytes | None | list


class Status:
    """A status response (RFC 3501 §7.1).

    :param str kind: ``OK``, ``NO``, ``BAD``, ``BYE`` or ``PREAUTH``.
    :param str code: the response code in upper case, such as ``UIDVALIDITY``; may be empty.
    :param bytes argument: what follows the code within the brackets.
    :param bytes text: for people; may hold anything the server likes to quote, secrets included.
    """

    __slots__ = ("argument", "code", "kind", "text")

    def __init__(self, kind: str, code: str = "", argument: bytes = b"", text: bytes = b""):
        self.kind, self.code, self.argument, self.text = kind, code, argument, text


def read_response(
    readline: Callable[[int], bytes], read: Callable[[int], bytes], max_literal: int = MAX_SMALL_LITERAL
) -> Response:
    """Takes one whole response off the line.

    :param readline: reads a line of at most so many octets, its end included.
    :param read: reads exactly so many octets unless the line ends.
    :raises Unreachable: the line was cut.
    :raises ProtocolError: a line or literal beyond all measure.
    """
    response = []
    while True:
        line = readline(MAX_LINE + 1)
        if not line.endswith(b"\n"):
            if len(line) > MAX_LINE:
                raise ProtocolError("the server's line has no end")
            raise Unreachable("the server closed the connection", reason="closed")
        line = line.rstrip(b"\r\n")
        match = _LITERAL_END.search(line) if line.endswith(b"}") else None
        if not match:
            response.append(line)
            return response
        size = int(match[1])
        if size > max_literal:
            raise ProtocolError(f"the server announced {size} octets at once")
        literal = read(size)
        if len(literal) < size:
            raise Unreachable("the server closed the connection", reason="closed")
        response.append(line[: match.start()])
        response.append(literal)


def parse_tokens(response: Response) -> list[Node]:
    """The tokens of a response as nested lists.

    :raises ProtocolError: unbalanced parentheses or quotes, or nested beyond :data:`MAX_DEPTH`.
    """
    top: list[Node] = []
    stack, current = [], top
    for index, chunk in enumerate(response):
        if index % 2:
            current.append(chunk)
            continue
        for token in _TOKEN.findall(chunk):
            first = token[0]
            # The most frequent kinds come first: this loop is where a first sync spends its time.
            if first == _QUOTE:
                is_plain = b"\\" not in token and len(token) > 1 and token[-1] == _QUOTE
                current.append(token[1:-1] if is_plain else _unquoted(token))
            elif first == _OPEN:
                if len(stack) >= MAX_DEPTH:
                    raise ProtocolError("the server's answer is nested too deeply")
                inner: list[Node] = []
                current.append(inner)
                stack.append(current)
                current = inner
            elif first == _CLOSE:
                if not stack:
                    raise ProtocolError("the server's answer has a bracket too many")
                current = stack.pop()
            else:
                current.append(None if token in _NIL else token)
    if stack:
        raise ProtocolError("the server's answer lacks a bracket")
    return top


def _unquoted(token: bytes) -> bytes:
    """What a quoted string holds.

    :raises ProtocolError: it has no end.
    """
    text = token[1:-1]
    is_escaped = (len(text) - len(text.rstrip(b"\\"))) % 2
    if len(token) < 2 or token[-1] != _QUOTE or is_escaped:
        raise ProtocolError("the server's answer lacks a quote")
    return _QUOTED_PAIR.sub(rb"\1", text)


def parse_status(text: bytes) -> Status | None:
    """A status response from what follows its tag or star; None where it is none."""
    match = _STATUS.fullmatch(text)
    if not match:
        return None
    kind, code, argument, words = match.groups(b"")
    return Status(kind.decode().upper(), code.decode("ascii", "replace").upper(), argument, words)


def parse_fetch(response: Response) -> dict[bytes, Node] | None:
    """The items of an untagged FETCH, named in upper case; a body section under ``BODY[…]`` as it came.

    :return: None where the response is something else.
    :raises ProtocolError: a FETCH that cannot be read.
    """
    head = response[0]
    if b"FETCH" not in head[:30].upper():
        return None
    tokens = parse_tokens(response)
    if len(tokens) < 4 or tokens[2] is None or isinstance(tokens[2], list) or tokens[2].upper() != b"FETCH":
        return None
    items = tokens[3]
    if not isinstance(items, list) or len(items) % 2:
        raise ProtocolError("a FETCH answer without its items")
    names = items[::2]
    if any(not isinstance(name, bytes) for name in names):
        raise ProtocolError("a FETCH answer with items that have no name")
    return {name.upper(): value for name, value in zip(names, items[1::2], strict=True)}


def to_int(value: Node, default: int | None = None) -> int:
    """A number of the protocol.

    :raises ProtocolError: it is none, and there is no default.
    """
    if isinstance(value, bytes) and value.isdigit() and len(value) <= 20:
        return int(value)
    if default is None:
        raise ProtocolError("a number was expected")
    return default
