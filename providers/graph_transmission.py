"""Handing mail to Microsoft Graph (https://learn.microsoft.com/graph/api/user-sendmail)."""

from base64 import b64encode
from collections.abc import Callable

from ..tools.mime import parse_message
from .errors import ProviderError, Unreachable
from .graph import BASE_URL
from .graph_append import MAX_OCTETS
from .graph_drafts import discard, make_draft
from .graph_http import Call, GraphClient
from .graph_paths import message_path
from .rfc822 import with_crlf


class GraphTransmission:
    """Sends from one mailbox, whose Sent keeps a copy; see :class:`.base.TransmissionProvider`.

    :param mailbox: address of a shared mailbox the signed-in person may send from; None for the person's own.
    :param token_getter: as for :class:`.graph.GraphProvider`.
    """

    def __init__(
        self, mailbox: str | None, token_getter: Callable[[], str], *, base_url: str = BASE_URL, timeout: float = 30.0,
    ):
        self._client = GraphClient(mailbox, token_getter, base_url, timeout)

    def __enter__(self) -> "GraphTransmission":
        self._client.open()
        try:
            # Whether the token opens this mailbox only a request can tell.
            self._client.get("/mailFolders/sentitems?$select=id", gone=None)
        except BaseException:
            # Whatever stopped us, no connection must stay open.
            self._client.close()
            raise
        return self

    def __exit__(self, *exc_info) -> None:
        self._client.close()

    def send(self, raw: bytes) -> None:
        """Send a mail to whom its To, Cc and Bcc name, and keep a copy in Sent.

        Sent again only where the service says that it did nothing: whatever else goes wrong, it may have been sent. A mail of
        more than :data:`.graph_append.MAX_OCTETS` is put together as a draft first, and loses fields the service does not know.

        :param bytes raw: RFC 5322 octets; Bcc is taken out on the way.
        :raises Unreachable: it may have been sent all the same.
        :raises Refused, ProtocolError: it was refused.
        """
        raw = with_crlf(raw)
        if len(raw) <= MAX_OCTETS:
            self._client.check(self._client.send(Call("POST", "/sendMail"), data=b64encode(raw), kind="text/plain"), None)
            return
        key = make_draft(self._client, "/messages", parse_message(raw), raw, ())
        try:
            self._client.check(self._client.send(Call("POST", f"{message_path(key)}/send")), None)
        except Unreachable:
            # It may be on its way: the draft is the copy then.
            raise
        except ProviderError:
            discard(self._client, key)
            raise
