"""Mail from machines: orders from the shop, confirmations to customers, parcels, payouts."""

from datetime import timedelta
from html import escape

from . import company, papers
from .enclosures import PDF
from .letter import Attachment, Letter, new_message_id
from .pictures import logo
from .plays import page

_LATER = timedelta(minutes=50)


def letters(rng, clock):
    """All notices."""
    found = []
    for number in range(20):
        date = clock.ago(minutes=rng.randint(20, 500)) if number < 2 else clock.past()
        found += _order(rng, clock, date, number)
    for _ in range(9):
        found.append(_parcel(rng, clock.past(office=True)))
    for month in range(8):
        found.append(_payout(rng, clock.working(clock.ago(days=6 + 30 * month)), month))
    return found


def _order(rng, clock, date, number):
    """An order as the shop reports it and, mostly, the confirmation the customer gets."""
    customer = rng.choice(company.CUSTOMERS)
    order = f"TW-{rng.randint(12000, 13999)}"
    lines = [(product, 1, price) for product, price in rng.sample(company.PRODUCTS, 1)]
    lines += [(what, rng.randint(1, 2), price) for what, price in rng.sample(company.ACCESSORIES, rng.randint(0, 3))]
    total = _total(lines)
    subject = f"New order {order} from {customer.name} ({total:,} EUR)"
    report = Letter(company.SHOP, (company.INFO_DESK,), subject, date, message_id=new_message_id(rng, company.SHOP))
    report.text = f"Order {order}\n{customer.name}, {customer.city}\n\n{_plain(lines)}\nTotal {_total(lines):,} EUR\n"
    report.html = _frame(f"Order {order}", f"{customer.name}, {customer.city}", lines)
    report.extra = (("Reply-To", customer.email), ("Auto-Submitted", "auto-generated"))
    report.hints = {"layers": [("", report.text)], "file": "Orders", "star": 0}
    sent = clock.after(date, _LATER * rng.uniform(0.1, 1), office=False)
    return [report, _confirmation(rng, customer, order, lines, sent)] if sent and number % 4 else [report]


def _confirmation(rng, customer, order, lines, date):
    desk = company.INFO_DESK
    letter = Letter(desk, (customer,), f"Your order {order} – thank you!", date, message_id=new_message_id(rng, desk))
    intro = f"Dear {customer.first}, thank you for your order. We build it for you now and write again when it leaves the quay."
    letter.text = f"{intro}\n\n{_plain(lines)}\nTotal {_total(lines):,} EUR\n"
    cid = f"logo.{order.lower()}@{company.DOMAIN}"
    letter.html = _frame(f"Thank you, {customer.first}!", intro, lines, cid)
    invoice = papers.priced("Invoice", order.replace("TW-", "TW-R"), customer, lines, date)
    letter.attachments = (
        Attachment("tidewheel.png", "image/png", logo(), cid),
        Attachment(f"Invoice_{order}.pdf", PDF, invoice),
    )
    letter.hints = {"layers": [("", letter.text)]}
    return letter


def _parcel(rng, date):
    tracking, town = f"PG{rng.randint(10**9, 10**10 - 1)}", rng.choice(company.CUSTOMERS).city
    state = rng.choice((f"has been delivered in {town}", f"is out for delivery in {town}", "could not be delivered today"))
    carrier = company.CARRIER
    letter = Letter(carrier, (company.SUPPORT_DESK,), f"Parcel {tracking} {state}", date, message_id=new_message_id(rng, carrier))
    letter.text = f"Your parcel {tracking} {state}.\n\nDetails: https://parcelgull.example/t/{tracking}\n"
    letter.html = page("parcel").substitute(tracking=tracking, state=escape(state))
    letter.extra = (("Auto-Submitted", "auto-generated"),)
    letter.hints = {"layers": [("", letter.text)], "star": 0}
    return letter


def _payout(rng, date, number):
    amount = rng.randint(18_000, 64_000) + rng.randint(0, 99) / 100
    sender = company.PAYMENTS
    letter = Letter(sender, (company.INFO_DESK,), f"Payout of {amount:,.2f} EUR is on its way", date)
    letter.message_id = new_message_id(rng, sender)
    letter.text = f"Payout {date:%Y-%m} no. {41 - number}: {amount:,.2f} EUR\n\nThe statement is attached as a table.\n"
    rows = [(f"TW-{rng.randint(12000, 13999)}", rng.randint(40, 4700)) for _ in range(25)]
    data = "order;amount\r\n" + "".join(f"{order};{value}\r\n" for order, value in rows)
    letter.attachments = (Attachment(f"payout-{date:%Y-%m-%d}.csv", "text/csv", data.encode()),)
    letter.hints = {"layers": [("", letter.text)], "star": 0}
    return letter


def _total(lines):
    return sum(pieces * price for _what, pieces, price in lines)


def _plain(lines):
    return "".join(f"{pieces} x {what:<26} {pieces * price:>8,} EUR\n" for what, pieces, price in lines)


def _frame(title, intro, lines, cid=""):
    rows = [
        page("order_line").substitute(what=escape(what), pieces=pieces, amount=f"{pieces * price:,}")
        for what, pieces, price in lines
    ]
    return page("order").substitute(
        head=f'<img src="cid:{cid}" width="200" alt="{company.NAME}">' if cid else "",
        title=escape(title),
        intro=escape(intro),
        rows="".join(rows),
        total=f"{_total(lines):,}",
        company=f"{company.NAME} · {escape(company.STREET)}",
    )
