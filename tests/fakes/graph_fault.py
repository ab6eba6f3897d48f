"""What can go wrong with a request to the fake of Microsoft Graph."""

import dataclasses
from collections.abc import Callable


@dataclasses.dataclass
class Fault:
    """What goes wrong, with which requests, how often.

    :param str match: a regular expression searched in ``METHOD /path?query``.
    :param status: answered instead of obeying.
    :param str cut: ``before`` or ``after`` the request is obeyed the line is cut, or ``half`` way through the answer's body.
    :param float slow: seconds the answer takes once the request was obeyed.
    :param garbage: octets answered instead of the answer.
    :param rewrite: function from the answer (JSON or octets) to what is answered instead; octets are sent as JSON too.
    """

    match: str = ""
    times: int = 1
    status: int | None = None
    code: str = "Ordered"
    retry_after: str | None = None
    headers: dict = dataclasses.field(default_factory=dict)
    cut: str = ""
    slow: float = 0.0
    garbage: bytes | None = None
    rewrite: Callable | None = None
