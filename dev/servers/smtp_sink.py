"""An SMTP server that keeps what it gets: submission for tests and for ``make run``.

As a script, from the root of the checkout: ``python -m dev.servers.smtp_sink PORT PASSWORD [--folder DIR]
[--imap-host HOST --imap-port PORT --mailbox ADDRESS …]``.
"""

import argparse
import asyncio
import logging
import signal
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

_logger = logging.getLogger(__name__)
# aiosmtpd warns at every connection that signing in without TLS is unwise, and about a field of its own; here both are
# known, and would bury what a developer looks for.
warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
logging.getLogger("mail.log").setLevel(logging.ERROR)

ENCRYPTIONS = ("none", "starttls", "ssl")
SIZE_LIMIT = 64 * 2**20


@dataclass(frozen=True)
class Received:
    """A message as it was handed over.

    :param str user: who signed in, empty where nobody did.
    :param str sender: MAIL FROM.
    :param tuple recipients: RCPT TO, in order.
    :param bytes raw: the message, lines ended by CRLF.
    """

    user: str
    sender: str
    recipients: tuple
    raw: bytes


class SmtpSink:
    """One server on the loopback.

    :param str password: signs in every user name.
    :param int port: 0 picks a free one.
    :param Path folder: where messages are stored as ``.eml``; None keeps them in memory only.
    :param tuple certificate: ``(certificate file, key file)`` for STARTTLS or TLS.
    :param str encryption: ``none``, ``starttls`` (sign-in only after it) or ``ssl``.
    :param deliver: called with ``(recipients, raw)`` for every message, in a thread of its own; where it raises, the
        sender is told to try again.
    :param dict refuse: recipient → the reply it gets instead of 250, such as ``550 5.1.1 No such user``.
    :param int size_limit: octets of the largest message taken.

    Tests set :attr:`hang_up` to cut the line after a message was stored and before that is said.
    """

    def __init__(
        self,
        password: str,
        port: int = 0,
        folder: Path | None = None,
        *,
        certificate: tuple[Path, Path] | None = None,
        encryption: str = "none",
        deliver: Callable[[tuple, bytes], None] | None = None,
        refuse: dict[str, str] | None = None,
        size_limit: int = SIZE_LIMIT,
    ):
        if encryption not in ENCRYPTIONS or (encryption != "none" and not certificate):
            raise ValueError(f"{encryption!r} is none of {ENCRYPTIONS}, or wants a certificate")
        self.host = "127.0.0.1"
        self.port = port
        self.password = password
        self.encryption = encryption
        self.folder = folder
        self.deliver = deliver
        self.refuse = refuse or {}
        self.size_limit = size_limit
        self.hang_up = False
        self._certificate = certificate
        self._messages: list[Received] = []
        self._changed = threading.Condition()
        self._controller: _Controller | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc_info) -> None:
        self.stop()

    @property
    def messages(self) -> list[Received]:
        """What has arrived so far, oldest first; a copy."""
        with self._changed:
            return list(self._messages)

    def wait_for(self, count: int, timeout: float = 10.0) -> list[Received]:
        """Wait until so many messages have arrived in all.

        :raises TimeoutError: with the number that had.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._messages) >= count, timeout):
                raise TimeoutError(f"{len(self._messages)} of {count} messages within {timeout} s")
            return list(self._messages)

    def clear(self) -> None:
        """Forget what has arrived; files stay."""
        with self._changed:
            self._messages.clear()

    def start(self) -> Self:
        """Listen; :attr:`port` is the real one afterwards, and stays the same over a restart."""
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
        tls = None
        if self._certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(*map(str, self._certificate))
        options = {
            "authenticator": self._authenticate,
            "auth_required": True,
            "auth_require_tls": self.encryption == "starttls",
            "tls_context": tls if self.encryption == "starttls" else None,
            "data_size_limit": self.size_limit,
            "enable_SMTPUTF8": True,
            "ident": "MailDesk sink",
        }
        listener = socket.create_server((self.host, self.port))
        self.port = listener.getsockname()[1]
        implicit = tls if self.encryption == "ssl" else None
        self._controller = _Controller(_Handler(self), listener, ssl_context=implicit, **options)
        self._controller.start()
        return self

    def stop(self) -> None:
        """Stop listening; harmless where it does not run."""
        controller, self._controller = self._controller, None
        if controller:
            controller.stop()

    def store(self, received: Received) -> None:
        """Keep a message: delivered first, so that what failed there is not counted as arrived."""
        if self.deliver:
            self.deliver(received.recipients, received.raw)
        with self._changed:
            self._messages.append(received)
            if self.folder:
                name = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{len(self._messages):04d}.eml"
                (self.folder / name).write_bytes(received.raw)
            self._changed.notify_all()

    def _authenticate(self, _server, _session, _envelope, mechanism, data):
        known = isinstance(data, LoginPassword) and data.password.decode("utf-8", "replace") == self.password
        if not known:
            _logger.info("wrong password with %s", mechanism)
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=data.login.decode("utf-8", "replace"))


class _Controller(Controller):
    """aiosmtpd's controller on a socket that is bound already, since it cannot find out a free port by itself."""

    def __init__(self, handler, listener, **options):
        host, port = listener.getsockname()[:2]
        super().__init__(handler, hostname=host, port=port, **options)
        self._listener = listener

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self._listener, ssl=self.ssl_context)


class _Handler:
    """aiosmtpd's callbacks; their names are its own."""

    def __init__(self, sink):
        self._sink = sink

    async def handle_RCPT(self, _server, _session, envelope, address, options):
        refusal = self._sink.refuse.get(address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        received = Received(
            session.auth_data or "",
            envelope.mail_from,
            tuple(envelope.rcpt_tos),
            envelope.original_content,
        )
        try:
            # Delivery waits for another server; the loop goes on serving meanwhile.
            await asyncio.get_running_loop().run_in_executor(None, self._sink.store, received)
        except (OSError, IMAPClientError) as error:
            _logger.warning("not delivered: %s", error)
            return "451 4.3.0 Not delivered, please try again"
        if self._sink.hang_up:
            server.transport.abort()
        return "250 OK: taken"


class ImapDelivery:
    """Delivers into the INBOX of those recipients whose mailbox is here; everybody else's mail ends in the sink.

    :param str host: of the IMAP server, without TLS: it listens on the loopback.
    :param str password: the one password of all mailboxes.
    :param mailboxes: addresses that are mailboxes there.
    """

    def __init__(self, host: str, port: int, password: str, mailboxes: Iterable[str]):
        self._server = (host, port)
        self._password = password
        self._mailboxes = {address.lower() for address in mailboxes}

    def __call__(self, recipients: Iterable[str], raw: bytes) -> None:
        """Append a message to every mailbox concerned, once.

        :raises OSError, IMAPClientError: one of them could not be reached.
        """
        for mailbox in sorted({address.lower() for address in recipients} & self._mailboxes):
            head = f"Delivered-To: {mailbox}\r\n".encode()
            with IMAPClient(self._server[0], self._server[1], ssl=False, timeout=20) as client:
                client.login(mailbox, self._password)
                client.append("INBOX", head + raw, (), datetime.now(UTC))


def main(arguments=None):
    """Command line."""
    parser = argparse.ArgumentParser(prog="smtp_sink", description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("password")
    parser.add_argument("--folder", type=Path, help="where messages are stored as .eml")
    parser.add_argument("--imap-host", default="127.0.0.1")
    parser.add_argument("--imap-port", type=int, help="deliver into the mailboxes of this server")
    parser.add_argument("--mailbox", action="append", default=[], help="an address that is a mailbox there")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    deliver = None
    if options.imap_port:
        deliver = ImapDelivery(options.imap_host, options.imap_port, options.password, options.mailbox)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with SmtpSink(options.password, options.port, options.folder, deliver=deliver) as sink:
        print(f"listening on {sink.host}:{sink.port}", flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
