"""How much time Odoo leaves to what it runs; the servers MailDesk speaks to must not use it up.

Odoo measures requests and scheduled actions (``odoo/service/server.py``). With ``workers`` it kills a process that takes longer;
without, it restarts itself.
"""

from odoo.tools import config

from ..const import SLOWEST_RATE

#: Part of a request's time that conversations with servers may take.
REQUEST_SHARE = 0.75
#: The same for one run of a scheduled action: all that are due in a database share the limit, and with ``workers`` so does the
#: pause before them, which may last 69 of the usual 120 seconds.
CRON_SHARE = 0.2
#: Where Odoo has no limit of its own.
ENDLESS = 3600.0


def request_seconds(seconds, octets=0):
    """Seconds a conversation within a request may take.

    :param float seconds: wanted, whatever is fetched.
    :param int octets: size of what is to be fetched, which adds to them.
    """
    return min(seconds + octets / SLOWEST_RATE, (config["limit_time_real"] or ENDLESS) * REQUEST_SHARE)


def cron_seconds():
    """Seconds one run of a scheduled action may take, all conversations included."""
    own = config["limit_time_real_cron"]
    # -1: as for requests; without workers 0 means the same
    return ((own if own > 0 else config["limit_time_real"]) or ENDLESS) * CRON_SHARE
