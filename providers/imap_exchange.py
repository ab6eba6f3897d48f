"""Commands under way on an IMAP connection, and what becomes of the responses that come meanwhile."""

from collections.abc import Callable

from .errors import ProtocolError
from .imap_reader import Response, Status

#: Gets an untagged response; raises ProtocolError where it cannot read it.
OnResponse = Callable[[Response], None]
#: Called for every response that could not be read.
OnUnreadable = Callable[[], None]


class Exchange:
    """Commands under way and who listens to what comes meanwhile; completions in the order of sending."""

    __slots__ = (
        "answer", "challenge", "done", "failure", "has_answers", "max_literal", "on_response", "on_unreadable", "waiting",
    )

    def __init__(self, on_response: OnResponse | None, max_literal: int, on_unreadable: OnUnreadable | None = None, answer=None):
        self.on_response, self.max_literal, self.answer = on_response, max_literal, answer
        self.on_unreadable = on_unreadable
        self.challenge = b""
        self.done: dict[bytes, Status | None] = {}
        self.waiting = 0
        self.has_answers = False
        #: The first response that could not be read, where nobody listens for those.
        self.failure: ProtocolError | None = None

    def hand_on(self, response: Response) -> None:
        """Gives an untagged response to its listener. One it cannot read spoils nothing: the next begins on the next line."""
        self.has_answers = True
        try:
            if self.on_response:
                self.on_response(response)
        except ProtocolError as failure:
            self._cannot_read(failure)

    def skip(self, line: bytes) -> None:
        """A line that begins no response: an empty one, or the rest of a response with a line break inside a string.

        :raises ProtocolError: there was no response before it.
        """
        if not line.strip():
            return
        failure = ProtocolError("the server answered something that is not IMAP")
        if not self.has_answers:
            raise failure
        self._cannot_read(failure)

    def _cannot_read(self, failure: ProtocolError) -> None:
        if self.on_unreadable:
            self.on_unreadable()
        else:
            self.failure = self.failure or failure
