"""Addresses of a name, within a bounded time: the operating system's own look-up waits as long as its name servers let it."""

import socket
import threading

#: Seconds a look-up may take, where nobody says less.
LOOKUP_SECONDS = 7.0


def look_up(name: str, port: int, patience: float | None = None) -> list[tuple]:
    """What ``socket.getaddrinfo`` answers for a TCP connection.

    :param float patience: seconds to wait, None for the usual ones. A thread that still waits afterwards ends by itself, when
        the name servers give up.
    :raises TimeoutError: no name server answered in time.
    :raises OSError, UnicodeError: there is no such name, or it cannot be one.
    """
    try:
        # An address needs no name server, and no thread.
        return socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        pass
    answers: list[tuple[list, Exception | None]] = []

    def ask() -> None:
        try:
            answers.append((socket.getaddrinfo(name, port, type=socket.SOCK_STREAM), None))
        # Whatever it is, it belongs to whoever waits.
        except Exception as error:
            answers.append(([], error))

    asking = threading.Thread(target=ask, name="maildesk-lookup", daemon=True)
    asking.start()
    asking.join(LOOKUP_SECONDS if patience is None else patience)
    if not answers:
        raise TimeoutError("no name server answered in time")
    found, error = answers[0]
    if error:
        raise error
    return found
