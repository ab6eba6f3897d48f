"""`python -m dev.torture`, by whichever Python: the environment's own takes over, which has the libraries."""

import os
import sys

from dev.ground.base import CHECKOUT, GroundError
from dev.ground.python_env import python


def main():
    """Become the environment's Python, or run."""
    try:
        program = python()
    except GroundError as error:
        sys.exit(f"maildesk: {error}")
    if sys.prefix != str(program.parent.parent):
        os.chdir(CHECKOUT)
        os.execv(program, [str(program), "-m", "dev.torture", *sys.argv[1:]])
    from dev.torture.run import main as run
    run(sys.argv[1:])


main()
