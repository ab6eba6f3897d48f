"""Which of a mail's dates can be true: clocks are wrong, and servers write dates of the year 1."""

from datetime import datetime, timedelta, timezone

#: No mail is older, and none comes from further in the future than clocks and time zones explain.
OLDEST, TOLERANCE = datetime(1980, 1, 1), timedelta(days=2)


def is_possible(moment: datetime | None) -> bool:
    """Whether a mail can have been received then."""
    return moment is not None and OLDEST <= moment <= _now() + TOLERANCE


def arrival(*stated: datetime | None) -> datetime:
    """When a mail was received.

    :param stated: naive UTC, what is believed first stands first; None for what is not known.
    :return: the first that is possible, else this moment, at which it certainly is there.
    """
    return next((moment for moment in stated if is_possible(moment)), None) or _now()


def sent(stated: datetime | None, arrived: datetime) -> datetime:
    """When a mail was sent: by its own Date field, unless that is missing or absurd."""
    if stated is None or stated < OLDEST or (stated > arrived + TOLERANCE and not is_possible(stated)):
        return arrived
    return stated


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
