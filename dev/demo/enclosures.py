"""What ``+kind:detail`` in a play means: the attachment that goes along."""

import random
from datetime import timedelta

from . import company, papers, pictures
from .letter import Attachment
from .plays import read

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHEETS = {
    "Dealer_prices": ("Dealer prices", ("Model", "Retail EUR", "Dealer EUR")),
    "Price_list": ("Price list", ("Part", "Old USD", "New USD")),
    "Measurements": ("Measurements", ("Serial", "Play in mm", "Result")),
    "Returns": ("Returns", ("Reason", "Pieces", "Share %")),
    "Rota": ("Rota", ("Day", "Morning", "Afternoon")),
}


class Encloser:
    """Makes attachments for one talk.

    :param random.Random rng: the talk's.
    :param dict facts: the talk's facts (``$order``, ``$product`` …).
    :param customer: the :class:`~.company.Person` on the other side.
    """

    def __init__(self, rng, facts, customer):
        self.rng = rng
        self.facts = facts
        self.customer = customer

    def make(self, item, date):
        """One attachment.

        :param str item: ``kind`` or ``kind:detail``.
        :param datetime date: when the letter is written.
        """
        kind, _, detail = item.partition(":")
        return getattr(self, f"_{kind}")(detail, date)

    def _photo(self, kind, _date):
        variant = self.rng.randrange(3)
        name = self.rng.choice((f"IMG_{self.rng.randint(1000, 9999)}.jpg", f"{kind}.jpg", f"photo {variant + 1}.jpeg"))
        return Attachment(name, "image/jpeg", pictures.photo(kind, variant))

    def _invoice(self, _detail, date):
        return self._priced("Invoice", f"TW-R{self.rng.randint(20000, 29999)}", date)

    def _quote(self, _detail, date):
        return self._priced("Quotation", f"TW-Q{self.rng.randint(3000, 3999)}", date)

    def _priced(self, title, number, date):
        price = dict(company.PRODUCTS)[self.facts["product"]]
        extra, extra_price = self.rng.choice(company.ACCESSORIES)
        pieces = self.rng.choice((1, 1, 1, 6, 12)) if title == "Quotation" else 1
        lines = [(self.facts["product"], pieces, price), (extra, pieces, extra_price), ("Delivery", 1, 39)]
        data = papers.priced(title, number, self.customer, lines, date)
        return Attachment(f"{title}_{number}.pdf", PDF, data)

    def _voucher(self, _detail, _date):
        number = f"TW-V{self.rng.randint(700, 999)}"
        data = papers.document(f"Service voucher {number}", ["Bottom bracket, parts and work.", f"Frame {self.facts['frame']}"])
        return Attachment(f"Voucher_{number}.pdf", PDF, data)

    def _pdf(self, name, _date):
        page = next(page for page in read("pages") if page.key == name)
        lines = [self.customer.name, "", *page.turns[0].text.split("\n")]
        shown = f"CV_{self.customer.last}" if name == "CV" else name
        return Attachment(f"{shown}.pdf", PDF, papers.document(page.head["title"], lines))

    def _sheet(self, name, _date):
        title, header = _SHEETS[name]
        return Attachment(f"{name}.xlsx", XLSX, papers.sheet(title, header, self._rows(name)))

    def _rows(self, name):
        if name == "Rota":
            days = ("Wednesday", "Thursday", "Friday", "Saturday")
            return [(day, *self.rng.sample(("Anna", "Mei", "Tom", "Priya", "Jonas"), 2)) for day in days]
        if name == "Returns":
            return [
                ("Wrong size", 41, 53.2),
                ("Transport damage", 17, 22.1),
                ("Changed mind", 12, 15.6),
                ("Other", 7, 9.1),
            ]
        if name == "Measurements":
            serials = (f"LW28-{self.rng.randint(10000, 99999)}" for _ in range(60))
            return [(serial, round(self.rng.uniform(0.01, 0.06), 3), "ok") for serial in serials]
        if name == "Price_list":
            parts = ("TW-R2 rack", "TW-H6 hanger", "TW-F1 fork crown", "TW-S3 seat clamp", "TW-C5 chainring 42")
            olds = [(part, round(self.rng.uniform(2, 19), 2)) for part in parts]
            return [(part, old, round(old * self.rng.uniform(1.03, 1.09), 2)) for part, old in olds]
        return [(model, price, round(price * 0.69, 2)) for model, price in company.PRODUCTS]

    def _ics(self, _detail, date):
        begins = (date + timedelta(days=self.rng.randint(5, 12))).replace(hour=13, minute=0, second=0)
        uid = f"{self.rng.getrandbits(64):016x}@{company.DOMAIN}"
        data = papers.invitation(uid, "Visit at the workshop", begins, company.SUPPORT_DESK, self.customer)
        return Attachment("invite.ics", "text/calendar", data)

    def _zip(self, name, _date):
        return Attachment(f"{name}.zip", "application/zip", papers.press_pictures())


def child(rng):
    """A generator of its own, so that one talk's choices don't shift the next one's."""
    return random.Random(rng.getrandbits(64))
