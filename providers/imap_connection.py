"""One line to an IMAP server: connecting, encryption, commands, and what their refusal means.

``imapclient`` keeps the line, the greeting, STARTTLS and signing out. Commands and their answers go through
:meth:`ImapConnection.run`, which knows pipelining, literals of any place and bounds, and fails only in our own words.
"""

import imaplib
import itertools
import re
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import NoReturn

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from .errors import ProtocolError, ProviderError, Unreachable
from .imap_exchange import Exchange, OnResponse, OnUnreadable
from .imap_line import Client
from .imap_reader import MAX_SMALL_LITERAL, Status, parse_status, read_response
from .imap_refusals import foreign_greeting, mailbox_refusal, refusal
from .network import AllowAddress, blot, connect, default_context, describe, translate, wrap_tls
from .second_look import explain
from .values import Endpoint

#: Octets handed to the line at once, and of a literal that is sent before the server agreed to it.
SEND_AT_ONCE, MAX_UNASKED = 64 * 1024, 256 * 1024

_TAG = re.compile(rb"z[1-9]\d*")
#: A command in flight: text pieces, between which literals are sent.
Command = Sequence[bytes]


class ImapConnection:
    """A connection that is not signed in yet.

    :param Endpoint endpoint: where to; its ``encryption`` is kept to the letter.
    :param ssl_context: None for one that verifies.
    :param allow_address: asked about every address the name resolves to; None allows all.
    :raises Unreachable, CertificateError, RateLimited, ProtocolError:
    """

    def __init__(
        self,
        endpoint: Endpoint,
        ssl_context: ssl.SSLContext | None = None,
        allow_address: AllowAddress | None = None,
    ):
        self.endpoint = endpoint
        self.capabilities: frozenset[str] = frozenset()
        self.commands_sent = 0
        self._context = ssl_context
        self._allow_address = allow_address
        self._secrets: tuple[str, ...] = ()
        self._tags = itertools.count(1)
        self._enabled: dict[str, bool] = {}
        self._ahead: list[bytes] = []
        self._broken = False
        #: What the server answered to ID (RFC 2971), empty where it did not.
        self.identification = b""
        #: Name of the folder that is open, None where none is.
        self.open_folder: bytes | None = None
        self._client: Client | None = None
        try:
            self._client = Client(endpoint, self._open_socket)
            if endpoint.encryption == "starttls":
                self._start_tls()
            self.learn_capabilities(self._client.capabilities())
        except (OSError, EOFError, ValueError, imaplib.IMAP4.error, IMAPClientError, ProviderError) as error:
            self.close(politely=False)
            raise self._greeting_failure(error) from None

    @property
    def is_preauthenticated(self) -> bool:
        return self._client._imap.state == "AUTH"

    def keep_secret(self, *secrets: str) -> None:
        """From now on these never show in a failure's detail."""
        self._secrets = secrets

    def learn_capabilities(self, names) -> None:
        self.capabilities = frozenset(
            (name.decode("ascii", "replace") if isinstance(name, bytes) else name).upper() for name in names
        )

    def has(self, *names: str) -> bool:
        """Whether the server offers all of these extensions."""
        return self.capabilities.issuperset(names)

    def enable(self, name: str) -> bool:
        """Switches an extension on where the server has it (RFC 5161); asks once a connection."""
        if name not in self._enabled:
            is_offered = self.has("ENABLE", name)
            self._enabled[name] = is_offered and self.run(b"ENABLE " + name.encode()).kind == "OK"
        return self._enabled[name]

    def send_ahead(self, command: bytes) -> None:
        """Has a command precede the next one on the wire, without a wait of its own; its outcome does not matter."""
        self._ahead.append(command)

    def run(
        self,
        command: Command | bytes,
        on_response: OnResponse | None = None,
        max_literal: int = MAX_SMALL_LITERAL,
        on_unreadable: OnUnreadable | None = None,
    ) -> Status:
        """Sends one command and reads until it is complete.

        :param command: its text without tag; a sequence alternates text and literals.
        :param on_response: gets every untagged response; raises ProtocolError for one that it cannot read.
        :param on_unreadable: called for every response that cannot be read. Without it, the first of them is raised as
            ProtocolError once the command is complete. The connection stays usable either way.
        :return: the completion, whatever its kind.
        :raises Unreachable, RateLimited, ProtocolError:
        """
        return self.run_all([command], on_response, max_literal, on_unreadable)[0]

    def run_all(
        self,
        commands: Sequence[Command | bytes],
        on_response: OnResponse | None = None,
        max_literal: int = MAX_SMALL_LITERAL,
        on_unreadable: OnUnreadable | None = None,
    ) -> list[Status]:
        """Sends commands without waiting between them, where their form allows it, and reads all completions."""
        return self._run(commands, Exchange(on_response, max_literal, on_unreadable))

    def run_dialogue(self, command: bytes, answer: Callable[[bytes], bytes]) -> Status:
        """Sends a command whose continuations are answered line by line (AUTHENTICATE).

        :param answer: gets what follows the plus sign, returns the line to send.
        """
        return self._run([command], Exchange(None, MAX_SMALL_LITERAL, answer=answer))[0]

    def check(self, status: Status, what: str = "", *, of_mailbox: bool = False) -> None:
        """Raises what a refused command means; nothing where it was obeyed.

        :param bool of_mailbox: the command names neither a folder nor a message, so that its refusal concerns the whole mailbox.
        """
        if status.kind != "OK":
            self.refuse(status, what, of_mailbox=of_mailbox)

    def refuse(self, status: Status, what: str = "", *, of_mailbox: bool = False) -> NoReturn:
        raise (mailbox_refusal if of_mailbox else refusal)(status, self.detail(status, what))

    def detail(self, status: Status, what: str = "") -> str:
        """What the server said, for people, without secrets."""
        code = f"[{status.code}] ".encode() if status.code else b""
        return (f"{what}: " if what else "") + blot(code + status.text, *self._secrets)

    def quote(self, value: bytes) -> list[bytes]:
        """An argument as it goes into a command: ``[text]``, or ``[text, literal, text]`` where quotes cannot hold it."""
        if all(32 <= octet < 127 for octet in value):
            return [b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"']
        return [b"", value, b""]

    def compose(self, *pieces: bytes | list[bytes]) -> list[bytes]:
        """Joins texts and quoted arguments into one command."""
        command = [b""]
        for piece in pieces:
            parts = [piece] if isinstance(piece, bytes) else piece
            command[-1] += parts[0]
            command.extend(parts[1:])
        return command

    def set_state(self, state: str, folder: bytes | None = None) -> None:
        """Tells the library what our commands did (``AUTH``, ``SELECTED``), so that its own methods stay usable.

        :param folder: name of the folder that is open now.
        """
        self._client._imap.state, self.open_folder = state, folder

    def detach(self) -> tuple[socket.socket, bytes]:
        """Gives the line away, open folder and all; nothing can be run here any more, and nothing is left to close.

        :return: the socket, which no longer waits, and octets received that no command has taken.
        """
        client, self._client = self._client, None
        return client._imap.detach()

    def close(self, politely: bool = True) -> None:
        """Signs out where the line still works, and closes it; never raises."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            if politely and not self._broken:
                client.logout()
            else:
                client.shutdown()
        # Whatever a dying line raises here, nobody is interested any more.
        except Exception:
            self._shut(client)

    def _run(self, commands: Sequence[Command | bytes], exchange: Exchange) -> list[Status]:
        if self._broken or self._client is None:
            raise Unreachable("the connection is closed", reason="closed")
        ahead, self._ahead = self._ahead, []
        try:
            for command in [*ahead, *commands]:
                self._send(exchange, [command] if isinstance(command, bytes) else command)
            while exchange.waiting:
                if self._take(exchange) and exchange.answer:
                    self._client.socket().sendall(exchange.answer(exchange.challenge) + b"\r\n")
        except (OSError, EOFError, ValueError) as error:
            self._broken = True
            raise translate(error) from None
        except BaseException:
            # Whatever stopped us, answers may still be on the line that belong to nobody.
            self._broken = True
            raise
        statuses = list(exchange.done.values())[len(ahead):]
        if exchange.failure and all(status.kind == "OK" for status in statuses):
            raise exchange.failure
        return statuses

    def _shut(self, client: IMAPClient) -> None:
        try:
            client._imap.sock.close()
        # The library may have closed it already, in any of its states.
        except Exception:
            return

    def _open_socket(self):
        line = connect(self.endpoint, self._allow_address)
        if self.endpoint.encryption != "ssl":
            return line
        return wrap_tls(line, self._context or default_context(), self.endpoint)

    def _start_tls(self) -> None:
        """RFC 3501 §6.2.1, §11.1: the library drops what was buffered, and nothing heard before encryption counts."""
        client = self._client
        if client._imap.state != "NONAUTH" or not client.has_capability("STARTTLS"):
            raise Unreachable("the server does not offer STARTTLS", reason="starttls")
        try:
            client.starttls(self._context or default_context())
        except imaplib.IMAP4.error as error:
            raise Unreachable(describe(error), reason="closed" if "EOF" in str(error) else "starttls") from None
        client._imap.untagged_responses.clear()
        self.check(self.run(b"CAPABILITY"), of_mailbox=True)
        client._cached_capabilities = tuple(name.encode() for name in self.capabilities)

    def _send(self, exchange: Exchange, command: Command) -> None:
        tag = b"z%d" % next(self._tags)
        exchange.done[tag] = None
        exchange.waiting += 1
        self.commands_sent += 1
        line, data = self._client.socket(), tag + b" " + command[0]
        for literal, text in zip(command[1::2], command[2::2], strict=True):
            # RFC 7888: with LITERAL+ nobody waits; LITERAL- allows it up to 4096 octets. A large one is worth the question
            # whether it will be taken.
            if len(literal) <= (MAX_UNASKED if self.has("LITERAL+") else 4096 if self.has("LITERAL-") else -1):
                data += b"{%d+}\r\n" % len(literal) + literal + text
                continue
            _send_all(line, data + b"{%d}\r\n" % len(literal))
            while exchange.done[tag] is None and not self._take(exchange):
                pass
            if exchange.done[tag] is not None:
                return
            data = literal + text
        _send_all(line, data + b"\r\n")

    def _take(self, exchange: Exchange) -> bool:
        """Reads one response and hands it on; answers whether it was a request to continue."""
        line = self._client._imap
        response = read_response(line.readline, line.read, exchange.max_literal)
        head = response[0]
        if head.startswith(b"* "):
            if not head[2:3].isdigit():
                self._note(head)
            exchange.hand_on(response)
            return False
        if head.startswith(b"+"):
            exchange.challenge = head[1:].strip()
            return True
        tag, _blank, text = head.partition(b" ")
        status = parse_status(text) if _TAG.fullmatch(tag) else None
        if status is None:
            exchange.skip(head)
            return False
        if exchange.done.get(tag, status) is not None:
            raise ProtocolError("the server completed a command that is not under way")
        self._note_capabilities(status)
        exchange.done[tag] = status
        exchange.waiting -= 1
        return False

    def _note(self, head: bytes) -> None:
        """Picks from an untagged response what concerns the connection itself."""
        status = parse_status(head[2:])
        if status is None:
            if head[2:13].upper() == b"CAPABILITY ":
                self.learn_capabilities(head[13:].split())
            elif head[2:5].upper() == b"ID ":
                self.identification = head[5:]
        elif status.kind == "BYE":
            self.refuse(status, of_mailbox=True)
        else:
            self._note_capabilities(status)

    def _note_capabilities(self, status: Status) -> None:
        if status.code == "CAPABILITY":
            self.learn_capabilities(status.argument.split())

    def _greeting_failure(self, error: Exception) -> ProviderError:
        """Why no conversation came about."""
        if isinstance(error, ProviderError):
            failure = error
        elif isinstance(error, OSError | EOFError):
            failure = translate(error)
        else:
            failure = foreign_greeting(describe(error))
        return explain(failure, self.endpoint, self._allow_address, "imap")


def _send_all(line: socket.socket, data: bytes) -> None:
    """In pieces: the time-out of ``sendall`` is for all it is given, and a large mail may take longer than any answer."""
    octets = memoryview(data)
    for start in range(0, len(octets), SEND_AT_ONCE):
        line.sendall(octets[start : start + SEND_AT_ONCE])
