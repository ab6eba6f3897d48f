"""Handing mail to Microsoft Graph (https://learn.microsoft.com/graph/api/message-send)."""

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime

from ..tools.mime import parse_message
from .errors import MessageGone, OutcomeUnknown, ProviderError, Unreachable
from .graph import BASE_URL
from .graph_append import MAX_OCTETS
from .graph_drafts import discard, key_of, make_draft
from .graph_http import Call, GraphClient
from .graph_paths import message_path
from .rfc822 import with_crlf
from .values import Envelope, Sent


class GraphTransmission:
    """Sends from one mailbox, whose Sent keeps a copy; see :class:`.base.TransmissionProvider`.

    :param mailbox: address of a shared mailbox the signed-in person may send from; None for the person's own.
    :param token_getter: as for :class:`.graph.GraphProvider`.
    """

    #: Who gets a mail is read from its fields, Bcc included, which is taken out on the way.
    reads_recipients = True

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

    def send(self, envelope: Envelope, raw: bytes, before_final: Callable[[str], None]) -> Sent:
        """Put the mail together as a draft, then have it sent: what becomes of that draft tells later whether it was.

        See :meth:`.base.TransmissionProvider.send`. The recipients are those of To, Cc and Bcc. A mail of more than
        :data:`.graph_append.MAX_OCTETS` loses fields the service does not know.

        :param envelope: not used; the service goes by the fields.
        :raises OutcomeUnknown: it may have been sent; ``before_final`` was told the key to ask for.
        """
        key = self._draft(with_crlf(raw))
        try:
            before_final(key)
        except BaseException:
            discard(self._client, key)
            raise
        try:
            # sent again only where the service says that it did nothing (429)
            answer = self._client.send(Call("POST", f"{message_path(key)}/send"))
            if answer.status >= 500:
                raise OutcomeUnknown(f"the service answered {answer.status}")
            self._client.check(answer, None)
        except Unreachable as error:
            raise OutcomeUnknown(error.detail or error.reason) from None
        except OutcomeUnknown:
            raise
        except ProviderError:
            discard(self._client, key)
            raise
        return Sent(key=key)

    def find_sent(self, message_id: str, key: str, since: datetime | None) -> str | None:
        """The key of a mail that was sent, None where that is not proven.

        :param str message_id: not used; immutable ids name the sent copy as they named the draft.
        :param str key: what ``before_final`` was told.
        """
        if not key:
            return None
        try:
            item = self._client.get(f"{message_path(key)}?$select=isDraft", gone=MessageGone)
        except MessageGone:
            return None
        return key if item.get("isDraft") is False else None

    def _draft(self, raw: bytes) -> str:
        if len(raw) > MAX_OCTETS:
            return make_draft(self._client, "/messages", parse_message(raw), raw, ())
        answer = self._client.send(Call("POST", "/messages"), data=b64encode(raw), kind="text/plain")
        return key_of(self._client.json(answer, None))
