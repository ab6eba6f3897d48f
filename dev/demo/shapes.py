"""Mails of unusual or slightly broken shape, one of each: what a client must show as far as it can, and never lose."""

from . import papers
from .company import Person
from .enclosures import PDF
from .layout import compose
from .letter import Attachment, encoded
from .plays import read
from .singles import write

#: How many mails lie within each other in the deepest one.
DEPTH = 6


def letters(rng, clock):
    """One letter for each block of ``texts/shapes.txt``."""
    found = []
    for play in read("shapes"):
        letter = write(rng, play, clock.past())
        letter.omit = tuple(play.head.get("omit", "").split())
        compose(letter, "")
        letter.html = ""
        _SHAPERS.get(play.key, lambda letter: None)(letter)
        found.append(letter)
    return found


def _empty_body(letter):
    """Nothing but an attachment."""
    page = papers.document("Receipt", ["2 x inner tube", "1 x bell, brass"])
    letter.attachments = (Attachment("Scan 0001.pdf", PDF, page),)


def _crowd(letter):
    """Two hundred recipients."""
    dealers = (Person("", f"dealer{number:03d}@dealers.tidewheel.example") for number in range(1, 200))
    letter.to = (*letter.to, *dealers)


def _mislabelled(letter):
    """UTF-8 that says it is us-ascii."""
    fields = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
    letter.raw_body = fields + letter.text.replace("\n", "\r\n").encode("utf-8")


def _encoded_file_name(letter):
    """A file name in the encoded-word form RFC 2047 forbids and many programs write."""
    page = papers.document("Rechnung", ["1 x Sattelstütze, 400 mm"])
    letter.attachments = (Attachment("placeholder.pdf", PDF, page),)
    name = encoded("Rechnung Nr. 7 – Übergröße.pdf", "utf-8", "").replace("\r\n ", " ")
    letter.raw_body = letter.body().replace(b'"placeholder.pdf"', f'"{name}"'.encode())


def _raw_octets(letter):
    """Windows-1252 in the header itself, without any encoding."""
    raw = letter.subject.encode("windows-1252")
    letter.omit = ("Subject",)
    letter.extra = (("SUBJECT", raw.decode("ascii", "surrogateescape")),)


def _recipe(letter):
    """A mail within a mail within a mail."""
    subject, message_id = letter.subject, letter.message_id
    inner = letter.to_bytes()
    for depth in range(1, DEPTH):
        letter.message_id = message_id.replace("<", f"<{depth}.")
        letter.subject = "Fwd: " * depth + subject
        letter.attachments = (Attachment("recipe.eml", "message/rfc822", inner),)
        inner = letter.to_bytes()


_SHAPERS = {
    "empty-body": _empty_body,
    "crowd": _crowd,
    "mislabelled": _mislabelled,
    "encoded-file-name": _encoded_file_name,
    "raw-octets": _raw_octets,
    "recipe": _recipe,
}
