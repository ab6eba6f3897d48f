"""Documents that go along with letters (PDF, spreadsheet, calendar, archive): real, small, the same every time."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

import xlsxwriter
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from . import company, pictures

_BLUE = HexColor("#2a607a")
_GREY = HexColor("#6b7280")


def priced(title, number, customer, lines, date):
    """An invoice or a quotation as PDF.

    :param list lines: ``(what, pieces, price each)``.
    """
    stream = io.BytesIO()
    page = _page(stream, f"{title} {number}")
    page.setFont("Helvetica", 10)
    for row, text in enumerate((customer.name, customer.company, customer.city)):
        page.drawString(60, 690 - 14 * row, text)
    page.drawRightString(535, 690, f"{date:%d %B %Y}")
    page.setFont("Helvetica-Bold", 16)
    page.drawString(60, 610, f"{title} {number}")
    page.setFont("Helvetica-Bold", 9)
    for x, text in ((60, "Item"), (340, "Pieces"), (420, "Price"), (500, "Amount")):
        page.drawString(x, 570, text)
    page.line(60, 564, 535, 564)
    page.setFont("Helvetica", 10)
    y, total = 546, 0
    for what, pieces, price in lines:
        total += pieces * price
        page.drawString(60, y, what)
        page.drawRightString(370, y, str(pieces))
        page.drawRightString(455, y, f"{price:,.2f}")
        page.drawRightString(535, y, f"{pieces * price:,.2f}")
        y -= 20
    page.line(60, y + 8, 535, y + 8)
    for label, amount in (("of which VAT 19 %", total - total / 1.19), ("Total EUR", total)):
        page.drawString(340, y - 10, label)
        page.drawRightString(535, y - 10, f"{amount:,.2f}")
        y -= 18
    return _finished(page, stream)


def document(title, paragraphs):
    """A page of text as PDF: a curriculum vitae, a contract, a proof."""
    stream = io.BytesIO()
    page = _page(stream, title)
    page.setFont("Helvetica-Bold", 18)
    page.drawString(60, 690, title)
    text = page.beginText(60, 655)
    text.setFont("Helvetica", 11)
    text.setLeading(17)
    for line in paragraphs:
        text.textLine(line)
    page.drawText(text)
    return _finished(page, stream)


def _page(stream, title):
    page = Canvas(stream, pagesize=A4, invariant=1)
    page.setTitle(title)
    page.setFillColor(_BLUE)
    page.setFont("Helvetica-Bold", 20)
    page.drawString(60, 770, "tidewheel")
    page.circle(545, 776, 14, stroke=0, fill=1)
    page.setFillColor(_GREY)
    page.setFont("Helvetica", 8)
    page.drawString(60, 754, f"{company.NAME} · {company.STREET}")
    page.setFillColor(HexColor("#111827"))
    return page


def _finished(page, stream):
    page.setFont("Helvetica", 8)
    page.setFillColor(_GREY)
    page.drawString(60, 40, f"{company.INFO} · {company.PHONE}")
    page.showPage()
    page.save()
    return stream.getvalue()


def sheet(title, header, rows):
    """A spreadsheet (.xlsx) with one bold header line."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"title": title, "author": company.NAME, "created": datetime(2020, 1, 1)})
    page = book.add_worksheet(title[:31])
    page.set_column(0, 0, 34)
    page.write_row(0, 0, header, book.add_format({"bold": True, "bg_color": "#dbe7ee"}))
    for number, row in enumerate(rows, 1):
        page.write_row(number, 0, row)
    book.close()
    return stream.getvalue()


def invitation(uid, summary, begins, organizer, attendee, *, minutes=120):
    """A meeting request (RFC 5546)."""
    begins = begins.astimezone(UTC)
    form = "%Y%m%dT%H%M%SZ"
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{company.NAME}//Desk//EN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{begins - timedelta(days=9):{form}}",
        f"DTSTART:{begins:{form}}",
        f"DTEND:{begins + timedelta(minutes=minutes):{form}}",
        f"SUMMARY:{summary}",
        f"LOCATION:{company.STREET}".replace(",", "\\,"),
        f"ORGANIZER;CN={organizer.name}:mailto:{organizer.email}",
        f"ATTENDEE;RSVP=TRUE;CN={attendee.name}:mailto:{attendee.email}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return ("\r\n".join(lines) + "\r\n").encode()


def archive(files):
    """A ZIP file.

    :param dict files: name → content.
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in files.items():
            # A fixed time within: the moment of packing would make every run different.
            bundle.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data)
    return stream.getvalue()


def press_pictures():
    """The archive journalists get."""
    files = {f"heron-cargo-{number + 1}.jpg": pictures.photo("bike", number) for number in range(3)}
    return archive(files | {"README.txt": f"Free to use with the credit: {company.NAME}\r\n".encode()})
