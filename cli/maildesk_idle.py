"""``odoo maildesk_idle``. Odoo finds this file by its name and loads it alone: what it needs of the addon is imported late."""

import optparse
import sys

from odoo.cli import Command
from odoo.service.server import load_server_wide_modules
from odoo.tools import config

EVERY = 30


class MaildeskIdle(Command):
    """Learn of new mail at once: keep a line open to every mailbox's server, and have mail fetched when the server calls"""

    name = "maildesk_idle"

    def run(self, args):
        """Watch until SIGTERM or Ctrl+C.

        :param list args: what follows the command's name.
        """
        self._read_options(args)
        databases = config["db_name"]
        if not databases:
            sys.exit("maildesk_idle needs to know what to watch: -d DATABASE, or several separated by commas")
        try:
            retry = [_seconds(part) for part in config.get("maildesk_idle_retry") or ()]
            every = _seconds(config.get("maildesk_idle_every") or EVERY)
        except ValueError:
            sys.exit("--retry and --every take seconds, such as --retry 60,120,300 --every 30")
        load_server_wide_modules()
        from odoo.addons.maildesk.cli.idle.watcher import Watcher

        Watcher(databases, retry, every).run()

    def _read_options(self, args):
        config.parser.prog = self.prog
        group = optparse.OptionGroup(config.parser, "Watcher")
        group.add_option(
            "--retry", dest="maildesk_idle_retry", type="comma", metavar="SECONDS,…",
            help="seconds until the next try after 1, 2, 3, … failures of a mailbox in a row; the last one stays. "
            "Without it, as the synchronisation does")
        group.add_option(
            "--every", dest="maildesk_idle_every", type="float", metavar="SECONDS",
            help=f"after so many seconds at the latest the list of mailboxes is read again ({EVERY})")
        config.parser.add_option_group(group)
        config.parse_config(args, setup_logging=True)


def _seconds(value):
    seconds = float(value)
    if seconds <= 0:
        raise ValueError(value)
    return seconds
