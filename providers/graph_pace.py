"""How hard the service may be pressed (https://learn.microsoft.com/graph/throttling-limits)."""

import threading
import time
import weakref
from hashlib import blake2b

from .graph_errors import retry_after

#: Requests under way at once, by mailbox (the service allows four) and within this process.
AT_ONCE = 4
#: How often one request is sent, and seconds waited between for the service's sake altogether.
TRIES, PATIENCE = 4, 20.0


class Gate:
    """Lets so many requests of a mailbox pass at once."""

    def __init__(self):
        self.slots = threading.BoundedSemaphore(AT_ONCE)


_gates: "weakref.WeakValueDictionary[tuple[str, str], Gate]" = weakref.WeakValueDictionary()
_gates_lock = threading.Lock()


def gate_of(base_url: str, owner: str) -> Gate:
    """The gate all clients of a mailbox share.

    :param str owner: what tells the mailbox; may be a token, which is not kept.
    """
    key = base_url, blake2b(owner.encode("utf-8", "replace"), digest_size=16).hexdigest()
    with _gates_lock:
        gate = _gates.get(key)
        if gate is None:
            gate = _gates[key] = Gate()
        return gate


class Waiting:
    """How often, and how long altogether, a request has waited for the service's sake."""

    def __init__(self, timeout: float):
        self._tries, self._left = 1, min(PATIENCE, timeout)

    def wait(self, headers: dict[str, str]) -> bool:
        """Sleep as asked; False where it is enough.

        :param headers: of the refusal, names in lower case.
        """
        pause = retry_after(headers)
        pause = float(self._tries) if pause is None else pause
        if self._tries >= TRIES or pause > self._left:
            return False
        self._tries += 1
        self._left -= pause
        time.sleep(pause)
        return True
