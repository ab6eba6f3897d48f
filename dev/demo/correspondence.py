"""The whole correspondence of the demonstration, built from a seed and a moment."""

import random

from . import company, newsletters, notices, oddities, shapes, singles
from .clock import Clock
from .plays import read
from .postoffice import PostOffice
from .stage import Stage

SEED = 20
#: file → mailbox, how often each of its plays is performed.
_REPERTOIRE = (
    ("support_repairs", company.SUPPORT, 3),
    ("support_orders", company.SUPPORT, 2),
    ("sales", company.INFO, 2),
    ("trade", company.ANNA, 1),
    ("colleagues", company.ANNA, 1),
)
#: Minutes ago at which some talks have just begun, so that the demonstration is never without fresh mail.
_FRESH = (5, 13, 26, 44, 68, 97, 140, 205, 290, 400)


def build(seed=SEED, now=None):
    """Every message of the three mailboxes, oldest first.

    :param int seed: the same seed and now give the same octets.
    :param datetime now: nothing is younger; naive means UTC.
    :return: list of :class:`~.postoffice.Item`.
    """
    rng = random.Random(seed)
    clock = Clock(rng, now)
    office = PostOffice(seed, clock.now)
    letters = _talks(rng, clock)
    letters += oddities.letters(rng, clock, letters)
    office.post(*letters)
    office.post(*newsletters.letters(rng, clock), *notices.letters(rng, clock))
    office.post(*singles.world(rng, clock), *singles.naming(rng, clock), *shapes.letters(rng, clock))
    office.post(*singles.spam(rng, clock), folder="Junk")
    office.post(*singles.trash(rng, clock), folder="Trash")
    office.post(*singles.drafts(rng, clock), folder="Drafts")
    return office.items()


def _talks(rng, clock):
    """All plays, each with another cast every time."""
    stage = Stage(rng, clock)
    bookings = [
        (play, mailbox, customer)
        for name, mailbox, times in _REPERTOIRE
        for play in read(name)
        for customer in _casts(rng, play, times)
    ]
    rng.shuffle(bookings)
    fresh = dict(zip(_openers(bookings), _FRESH, strict=False))
    letters = []
    for number, booking in enumerate(bookings):
        minutes = fresh.get(number)
        letters += stage.perform(*booking, begin=clock.ago(minutes=minutes) if minutes else None)
    return letters


def _openers(bookings):
    """Positions of talks that somebody outside begins, the mailboxes taking turns."""
    queues = {mailbox: [] for mailbox in company.MAILBOXES}
    for number, (play, mailbox, customer) in enumerate(bookings):
        if play.turns[0].who != "us" and customer.domain != company.DOMAIN and not {"days", "months"} & play.head.keys():
            queues[mailbox].append(number)
    return [number for row in zip(*queues.values(), strict=False) for number in row]


def _casts(rng, play, times):
    """Who plays the other side, as often as the play is performed."""
    wanted = play.head.get("cast", "customer")
    if wanted.startswith("supplier"):
        return [company.SUPPLIERS[int(wanted.removeprefix("supplier"))]]
    if wanted in company.STAFF:
        return [company.STAFF[wanted]]
    if wanted == "customer":
        return rng.sample(company.CUSTOMERS, times)
    fit = [business for business in company.BUSINESSES if wanted in ("business", business.role)]
    return rng.sample(fit, min(times, len(fit)))


def opening(rng, mailbox, now):
    """The first letter of a talk somebody outside begins just now; other words and another person every time.

    :param random.Random rng: makes the choices.
    :param str mailbox: who it is written to.
    :param datetime now: when it is written; aware.
    """
    clock = Clock(rng, now)
    # Plays performed only once are talks of certain people; a second time they would be repetitions.
    repeated = [(name, home) for name, home, times in _REPERTOIRE if times > 1]
    names = [name for name, home in repeated if home == mailbox] or [name for name, _home in repeated]
    plays = [play for name in names for play in read(name) if play.turns[0].who != "us" and play.fits(now.month)]
    play = rng.choice(plays)
    return Stage(rng, clock).perform(play, mailbox, rng.choice(_casts(rng, play, 1)), begin=clock.latest)[0]
