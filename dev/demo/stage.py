"""Performs plays: who says what to whom and when, as a chain of letters that answer each other."""

from dataclasses import replace
from datetime import timedelta

from . import company
from .enclosures import Encloser, child
from .layout import compose, signature
from .letter import Letter, new_message_id
from .plays import vary

_DAYS = ("Tuesday", "Wednesday", "Thursday", "Friday")
_DESKS = {company.SUPPORT: company.SUPPORT_DESK, company.INFO: company.INFO_DESK, company.ANNA: company.STAFF["anna"]}


class Stage:
    """Turns a play into letters.

    :param random.Random rng: the seed's.
    :param clock: a :class:`~.clock.Clock`.
    """

    def __init__(self, rng, clock):
        self.rng = rng
        self.clock = clock

    def perform(self, play, mailbox, customer, begin=None):
        """The letters of one talk, oldest first; it stops where the next would be written in the future.

        :param str mailbox: the address of ours that takes part.
        :param customer: the :class:`~.company.Person` on the other side, a colleague as well.
        :param datetime begin: when the first letter is written, None for some moment.
        """
        rng = child(self.rng)
        date = begin or self._begin(play, customer)
        cast = _Cast(rng, mailbox, customer, self._facts(rng, customer, date))
        subject = vary(play.head["subject"], rng, cast.facts)
        letters = []
        for turn in play.turns:
            sender = cast.sender(turn.who)
            if letters:
                ours = sender.domain == company.DOMAIN
                wait = turn.wait or timedelta(hours=rng.uniform(1, 5) if ours else rng.uniform(2, 26))
                date = self.clock.after(date, wait, ours, sender.offset)
                if date is None:
                    break
            letters.append(cast.write(turn, sender, subject, date, letters[-1] if letters else None))
        file_under = vary(play.head.get("file", ""), rng, {"year": self.clock.now.year})
        for letter in letters:
            letter.hints["file"] = file_under
        return letters

    def _begin(self, play, customer):
        if "days" in play.head:
            return self.clock.working(self.clock.ago(days=int(play.head["days"])))
        office = play.turns[0].who == "us" or customer.domain == company.DOMAIN
        moments = (self.clock.past(office, customer.offset) for _try in range(200))
        return next(moment for moment in moments if play.fits(moment.month))

    def _facts(self, rng, customer, date):
        product, price = rng.choice([item for item in company.PRODUCTS if item[0] != company.CHILDREN])
        return {
            "first": customer.first,
            "last": customer.last,
            "full": customer.name,
            "company": customer.company or f"{customer.last} & Partners",
            "city": customer.city,
            "product": product,
            "price": f"{price:,}",
            "order": f"TW-{rng.randint(10400, 13999)}",
            "ourref": f"CS-{rng.randint(2000, 8999)}",
            "tracking": f"PG{rng.randint(10**9, 10**10 - 1)}",
            "frame": f"TW{rng.randint(21, 25)}-{rng.randint(10000, 99999):06d}",
            "weekday": rng.choice(_DAYS),
            "date": f"{date - timedelta(days=rng.randint(9, 14)):%d %B}".lstrip("0"),
            "year": self.clock.now.year,
        }


class _Cast:
    """The people of one talk and what they know."""

    def __init__(self, rng, mailbox, customer, facts):
        self.rng = rng
        self.mailbox = mailbox
        self.desk = _DESKS[mailbox]
        self.customer = customer
        self.facts = facts
        self.agent = company.STAFF[rng.choice(company.AGENTS[mailbox])]
        self.encloser = Encloser(rng, facts, customer)

    def sender(self, who):
        """The person behind a turn's ``who``."""
        known = {"customer": self.customer, "us": self.desk}
        return known.get(who) or company.STAFF[who]

    def write(self, turn, sender, subject, date, previous):
        """One letter of the talk."""
        receiver = previous.sender if previous and previous.sender != sender else None
        receiver = receiver or (self.desk if sender != self.desk else self.customer)
        copies = [company.STAFF[key] for key in turn.cc]
        if self.desk not in (sender, receiver):
            copies.insert(0, self.desk)
        letter = Letter(
            sender=sender,
            to=(receiver,),
            cc=tuple(person for person in copies if person not in (sender, receiver)),
            subject=subject if previous is None else f"Re: {subject}",
            date=date,
            message_id=new_message_id(self.rng, sender),
            own=vary(turn.text, self.rng, self.facts),
            cte=self.rng.choice(("quoted-printable", "quoted-printable", "base64")),
        )
        if previous:
            answer(letter, previous)
        files = [self.encloser.make(item, date) for item in turn.enclosed]
        if sender.style == "html" and sender.domain != company.DOMAIN and self.rng.random() < 0.5:
            files = [_inline(item, letter) for item in files]
        letter.attachments = tuple(files)
        sign = signature(sender, self.agent if sender == self.desk else None)
        if sign and sender == self.desk:
            letter.own += "\n\n" + self.rng.choice(("Kind regards", "Best wishes", "Best regards")) + f"\n{self.agent.first}"
        compose(letter, sign, previous, [item for item in files if item.content_id])
        return letter


def answer(letter, previous):
    """Set the fields that make a letter an answer (RFC 5322 §3.6.4)."""
    letter.in_reply_to = previous.message_id
    letter.references = (*previous.references, previous.message_id)


def _inline(item, letter):
    if not item.mimetype.startswith("image/"):
        return item
    return replace(item, content_id=f"part1.{letter.message_id.strip('<>')[:16]}@{letter.sender.domain}")
