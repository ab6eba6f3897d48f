"""Small mails of several shapes, each with a Message-ID of its own."""

from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.utils import format_datetime

_EPOCH = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
_SUBJECTS = ("Order", "Überweisung für Mai", "Re: Order", "発注書", "A subject that is long enough to be folded " * 3)
_BODIES = ("Hello.\n", "Grüße aus Köln\n" * 4, "Line {number}\n" * 30, "* 7 EXISTS\r\n)\r\nz9 OK done {{99}}\n")


def message_id(name, number):
    """The Message-ID of a mail.

    :param str name: of the run or mailbox, so that no two are alike.
    """
    return f"<{name}.{number}@torture.example>"


def mail(rng, name, number):
    """A mail as octets.

    :param Random rng: chooses its shape.
    """
    message = EmailMessage()
    message["Message-ID"] = message_id(name, number)
    message["Date"] = format_datetime(received(number))
    message["From"] = f'"Writer, {number % 7}" <writer{number % 7}@torture.example>'
    message["To"] = "Reader <reader@torture.example>"
    message["Subject"] = f"{rng.choice(_SUBJECTS)} {number}"
    if number and rng.random() < 0.3:
        message["In-Reply-To"] = message["References"] = message_id(name, rng.randrange(number))
    message.set_content(rng.choice(_BODIES).format(number=number))
    if rng.random() < 0.2:
        message.add_alternative(f"<p>Mail <b>{number}</b></p>", subtype="html")
    if rng.random() < 0.2:
        message.add_attachment(rng.randbytes(rng.randrange(3000)), maintype="application", subtype="pdf", filename=f"Müller {number}.pdf")
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def received(number):
    """The server's date of a mail: always the same, so that answers are."""
    return _EPOCH + timedelta(minutes=number)
