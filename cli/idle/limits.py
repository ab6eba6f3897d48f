"""How many lines this process may hold: every one is an open file."""

import contextlib
import resource

#: Files kept free for everything else: databases, sign-ins under way, the program itself.
RESERVE = 150


def raise_open_files() -> int:
    """Takes as many open files as this process may have; answers how many lines that allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # some systems name a hard limit that they do not grant
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    if soft == resource.RLIM_INFINITY:
        return 1 << 30
    return max(1, soft - RESERVE)
