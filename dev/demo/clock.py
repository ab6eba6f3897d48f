"""When people write: office hours for the company, waking hours for everybody else, and never after now."""

from datetime import UTC, datetime, time, timedelta, timezone

#: How far back the correspondence goes.
REACH = timedelta(days=425)
#: Nothing is younger than this, so that a slow machine never shows a mail of the future.
MARGIN = timedelta(seconds=90)
_OFFICE = timezone(timedelta(hours=1))


class Clock:
    """Chooses moments before one fixed now.

    :param random.Random rng: the seed's.
    :param datetime now: naive means UTC.
    """

    def __init__(self, rng, now):
        self.rng = rng
        self.now = (now if now.tzinfo else now.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
        self.latest = self.now - MARGIN

    def past(self, office=False, offset=60):
        """Some moment, more likely a recent one, at an hour people write at."""
        moment = self.latest - REACH * self.rng.random() ** 2.3
        found = self.working(moment) if office else self.waking(moment, offset)
        while found > self.latest:
            moment -= timedelta(hours=9)
            found = self.working(moment) if office else self.waking(moment, offset)
        return found.replace(microsecond=0)

    def ago(self, **span):
        """A moment exactly so long before now (and at least the margin)."""
        return min(self.now - timedelta(**span), self.latest).replace(microsecond=0)

    def after(self, moment, wait, office, offset=60):
        """The moment of an answer, at an hour fit for who gives it; None where it would be in the future."""
        later = moment + wait * self.rng.uniform(0.7, 1.6) + timedelta(seconds=self.rng.randint(5, 55))
        if wait >= timedelta(hours=1):
            later = self.working(later) if office else self.waking(later, offset)
        return later.replace(microsecond=0) if later <= self.latest else None

    def working(self, moment):
        """The moment itself within office hours, else one early in the next."""
        local = moment.astimezone(_OFFICE)
        if local.hour >= 18:
            local = self._early(local + timedelta(days=1))
        elif local.hour < 8:
            local = self._early(local)
        while local.weekday() > 4:
            local = self._early(local + timedelta(days=1))
        return local.astimezone(UTC)

    def waking(self, moment, offset):
        """The moment itself by day, else one in the morning, on the writer's own clock."""
        local = moment.astimezone(timezone(timedelta(minutes=offset)))
        if local.hour < 7:
            local = datetime.combine(local, time(self.rng.randint(7, 9), self.rng.randint(0, 59)), local.tzinfo)
        return local.astimezone(UTC)

    def _early(self, local):
        minutes = self.rng.randint(5, 170)
        return datetime.combine(local, time(8, 0, self.rng.randint(0, 59)), local.tzinfo) + timedelta(minutes=minutes)
