"""`dev/odoo ARGS…`: become Odoo's command line, everything it needs being there."""

import os
import sys

from dev.ground.base import GroundError
from dev.ground.odoo import prepare


def main():
    """Replace this process by Odoo."""
    try:
        command, environment = prepare()
    except GroundError as error:
        sys.exit(f"maildesk: {error}")
    os.execvpe(command[0], [*command, *sys.argv[1:]], environment)


main()
