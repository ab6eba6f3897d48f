"""One mailbox of the watcher: whether its line stands, when to try again, when to have its mail fetched."""

import random
from dataclasses import dataclass, field

from ...const import BACK_OFF
from ...providers.base import Watch
from ...providers.errors import AuthError, CertificateError, RateLimited, Unsupported

#: Seconds between two requests for one mailbox: a hundred mails that arrive together are one piece of news.
QUIET_SECONDS = 1.0
#: A line that stood for so long was a good one: its end is no failure, and it is made again within some seconds.
STEADY_SECONDS = 60.0
AT_ONCE = (1.0, 5.0)
#: What only a person or another server software can change. A change of the settings ends the rest.
LONG_REST = {AuthError: 3600.0, CertificateError: 3600.0, Unsupported: 86400.0}
#: Share of a wait that is left to chance, so that a thousand lines cut at once do not come back at once.
JITTER = 0.2

_BACK_OFF = [60.0 * minutes for minutes in BACK_OFF]


@dataclass(slots=True)
class Line:
    """A mailbox to be watched; all times on :func:`time.monotonic`.

    :param str database:
    :param int account_id:
    :param str host: the server's, by which tries are counted.
    :param tuple signature: of the settings; see ``maildesk.account._idle_targets``.
    :param list retry: seconds until the next try after 1, 2, 3, … failures in a row; None for :data:`.const.BACK_OFF`.
    """

    database: str
    account_id: int
    host: str
    signature: tuple
    retry: list[float] = field(default_factory=lambda: _BACK_OFF)
    #: There while the line stands.
    watch: Watch | None = None
    connecting: bool = False
    failures: int = 0
    retry_at: float = 0.0
    stands_since: float = 0.0
    asked_at: float = float("-inf")
    ask_at: float | None = None
    #: What was last logged about it, so that the same is not said again.
    said: str = ""

    def stands(self, watch: Watch, now: float) -> None:
        self.watch, self.connecting, self.stands_since = watch, False, now
        # Whatever happened while there was no line.
        self.happened(now)

    def fails(self, error: Exception, now: float) -> float:
        """The line was lost, or not even made; answers the seconds until the next try."""
        was_steady = self.watch is not None and now - self.stands_since >= STEADY_SECONDS
        self.watch, self.connecting = None, False
        rest = next((seconds for kind, seconds in LONG_REST.items() if isinstance(error, kind)), 0.0)
        if was_steady and not rest and not isinstance(error, RateLimited):
            self.failures = 0
            wait = random.uniform(*AT_ONCE)
        else:
            wait = self.retry[min(self.failures, len(self.retry) - 1)]
            wait = max(wait, rest, getattr(error, "retry_after", 0.0)) * random.uniform(1, 1 + JITTER)
            self.failures += 1
        self.retry_at = now + wait
        return wait

    def happened(self, now: float) -> None:
        """The server called: ask at once, or as soon as the last request is :data:`QUIET_SECONDS` old."""
        if self.ask_at is None:
            self.ask_at = max(now, self.asked_at + QUIET_SECONDS)

    def take_request(self, now: float) -> bool:
        """Whether to ask now; asking is then up to the caller."""
        if self.ask_at is None or now < self.ask_at:
            return False
        self.asked_at, self.ask_at = now, None
        return True

    def is_due(self, now: float) -> bool:
        """Whether a try to make the line should begin."""
        return self.watch is None and not self.connecting and now >= self.retry_at

    def next_moment(self, now: float) -> float:
        """When it needs attention next; one that is due already waits for its turn, not for a moment."""
        moments = [self.ask_at] if self.ask_at is not None else []
        if self.watch is not None:
            moments.append(self.watch.due_at)
        elif not self.connecting and self.retry_at > now:
            moments.append(self.retry_at)
        return min(moments, default=float("inf"))
