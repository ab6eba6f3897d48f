"""One letter as RFC 5322 octets.

The header block is written here line by line instead of through :class:`email.message.EmailMessage`: the demonstration
needs fields in other charsets than UTF-8, fields that are missing and fields that are wrong, and the library's policies
would mend or refuse them. Only the MIME body is the library's.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email import message_from_bytes
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, quote

from .company import DOMAIN, Person


@dataclass(frozen=True)
class Attachment:
    """A file that goes along.

    :param str content_id: set where the HTML shows it through ``cid:``.
    """

    name: str
    mimetype: str
    data: bytes
    content_id: str = ""


@dataclass
class Letter:
    """What somebody wrote.

    :param datetime date: aware.
    :param str own: the writer's own words without what they quote; replies quote it.
    :param tuple extra: further header fields, ``(name, value)``, written as they are.
    :param tuple omit: names of fields to leave out.
    :param str raw_body: a finished body with its own MIME fields, instead of text, html and attachments.
    """

    sender: Person
    to: tuple
    subject: str
    date: datetime
    text: str = ""
    html: str = ""
    cc: tuple = ()
    bcc: tuple = ()
    own: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple = ()
    attachments: tuple = ()
    charset: str = "utf-8"
    cte: str = "quoted-printable"
    flowed: bool = False
    extra: tuple = ()
    omit: tuple = ()
    raw_body: bytes = b""
    hints: dict = field(default_factory=dict)

    def to_bytes(self):
        """The letter as it would lie on a server, lines ended by CRLF."""
        head = "".join(f"{name}: {value}\r\n" for name, value in self._fields() if name not in self.omit)
        return head.encode("ascii", "surrogateescape") + (self.raw_body or self.body())

    def _fields(self):
        zone = timezone(timedelta(minutes=self.sender.offset))
        yield from self.hints.get("trace", ())
        yield "Date", format_datetime(self.date.astimezone(zone))
        yield "From", addresses([self.sender], self.charset)
        for name, people in (("To", self.to), ("Cc", self.cc), ("Bcc", self.bcc)):
            if people:
                yield name, addresses(people, self.charset)
        yield "Subject", encoded(self.subject, self.charset, "Subject")
        yield "Message-ID", self.message_id
        if self.in_reply_to:
            yield "In-Reply-To", self.in_reply_to
        if self.references:
            yield "References", "\r\n ".join(self.references)
        yield from self.extra

    def body(self):
        """The MIME body with its own fields, without those of the letter."""
        body = EmailMessage(policy=SMTP)
        params = {"format": "flowed"} if self.flowed else None
        body.set_content(self.text, charset=self.charset, cte=self.cte, params=params)
        if self.html:
            body.add_alternative(self.html, subtype="html", charset=self.charset, cte=self.cte)
        for item in self.attachments:
            if item.content_id:
                _attach(body.get_body(("html",)), item, related=True)
        for item in self.attachments:
            if not item.content_id:
                _attach(body, item)
        _fix_boundaries(body, self.message_id)
        return body.as_bytes()


def _attach(part, item, related=False):
    maintype, subtype = item.mimetype.split("/")
    add = part.add_related if related else part.add_attachment
    options = {"filename": item.name}
    if item.content_id:
        options |= {"cid": f"<{item.content_id}>", "disposition": "inline"}
    if maintype == "text":
        text = item.data.decode("utf-8").replace("\r\n", "\n")
        add(text, subtype=subtype, params={"method": "REQUEST"} if subtype == "calendar" else None, **options)
    elif item.mimetype == "message/rfc822":
        add(message_from_bytes(item.data, policy=SMTP), **options)
    else:
        add(item.data, maintype=maintype, subtype=subtype, **options)


def _fix_boundaries(body, seed):
    """Replace the library's random boundaries, so that the same letter gives the same octets."""
    for number, part in enumerate(body.walk()):
        if part.is_multipart() and part.get_content_maintype() == "multipart" and part.get_boundary() is None:
            part.set_boundary("=_" + hashlib.sha256(f"{seed}{number}".encode()).hexdigest()[:24])


def encoded(text, charset="utf-8", name="Subject"):
    """A header value: as it is where it is ASCII, as encoded words where not, folded in either case."""
    if text.isascii() and len(text) < 60:
        return text
    return Header(text, "us-ascii" if text.isascii() else charset, header_name=name).encode(linesep="\r\n")


def addresses(people, charset="utf-8"):
    """An address list, one address a line where there are many."""
    return ",\r\n ".join(_address(person, charset) for person in people)


def _address(person, charset):
    if not person.name:
        return person.email
    if person.name.isascii():
        plain = all(char.isalnum() or char in " -'" for char in person.name)
        return f"{person.name if plain else chr(34) + quote(person.name) + chr(34)} <{person.email}>"
    return f"{Header(person.name, charset).encode(linesep=chr(13) + chr(10))} <{person.email}>"


def new_message_id(rng, sender):
    """A Message-ID in one of the shapes mail programs give it.

    :param random.Random rng: decides the shape and the digits.
    """
    token = f"{rng.getrandbits(96):024x}"
    shapes = {
        "outlook": f"<{token[:12].upper()}.{token[12:].upper()}@{sender.domain}>",
        "mobile": f"<{token[:8]}-{token[8:12]}-4{token[13:16]}-a{token[17:20]}-{token[:12]}@{sender.domain}>",
        "plain": f"<{token[:10]}.fsf@{sender.domain}>",
    }
    return shapes.get(sender.style, f"<{token[:20]}@mail.{sender.domain}>")


def trace(rng, letter, recipient):
    """The fields servers add on the way in: Return-Path, Delivered-To, Received, Authentication-Results."""
    arrival = letter.date + timedelta(seconds=rng.randint(1, 9))
    relay = f"203.0.113.{rng.randint(2, 250)}"
    token = f"{rng.getrandbits(44):011X}"
    stamp = format_datetime(arrival.astimezone(timezone(timedelta(hours=1))))
    domain = letter.sender.domain
    return (
        ("Return-Path", f"<{letter.sender.email}>"),
        ("Delivered-To", recipient),
        (
            "Received",
            f"from mail.{domain} (mail.{domain} [{relay}])\r\n"
            f"\tby mx.{DOMAIN} with ESMTPS id {token}\r\n\tfor <{recipient}>; {stamp}",
        ),
        (
            "Authentication-Results",
            f"mx.{DOMAIN}; spf=pass smtp.mailfrom={domain};\r\n\tdkim=pass header.d={domain}",
        ),
    )
