"""What was read of a mail: frozen values."""

from dataclasses import dataclass
from datetime import date, datetime

from ..headers import Address
from ..mail_header import MailHeader


@dataclass(frozen=True, slots=True)
class MailPart:
    """A part of a mail that a person would call an attachment or an inline picture.

    :param str part_id: how it is fetched: its section number (RFC 3501 §6.4.5), or what else its server calls it. A part
        inside a part that had to be opened (winmail.dat, S/MIME, uuencode) has the outer one's, a colon and its own; an empty
        outer one is the mail as a whole, where its server's description of it is of no use.
    :param str name: file name, decoded, free of path separators and control characters; may be empty.
    :param str mimetype: ``type/subtype`` in lower case, as the sender states it.
    :param int size: octets behind the transfer encoding, for base64 within two; for IMAP an estimate. 0 if unknown.
    :param str content_id: Content-ID without angle brackets, may be empty; made up where the body shows the part by its
        Content-Location.
    :param bool inline: the body shows it.
    """

    part_id: str
    name: str
    mimetype: str
    size: int = 0
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class InnerFile:
    """A file inside a part that was opened.

    :param str name: as the sender states it, not made safe.
    :param str mimetype: the same; empty where there is none.
    :param str content_id: without angle brackets, may be empty.
    """

    name: str
    content: bytes
    mimetype: str = ""
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An appointment of a calendar part (RFC 5545), as far as a reader needs it.

    :param start: naive; None where it is missing or makes no sense. A date is a whole day.
    :param end: the same; of whole days the last one.
    :param str zone: what the times are in: ``UTC``, the sender's name of a time zone, or empty for wherever one is.
    :param bool is_cancelled: it does not take place.
    """

    summary: str = ""
    start: datetime | date | None = None
    end: datetime | date | None = None
    zone: str = ""
    location: str = ""
    organizer: Address | None = None
    description: str = ""
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class MessageBody:
    """A body as it came, not yet sanitised.

    :param html: the HTML alternative as text; None where the mail has none, or none with anything to see beside words.
    :param text: the plain words, made from the HTML where the mail has none of its own; None where there is neither.
    :param tuple attachments: :class:`MailPart` in the order of the mail.
    :param bool flowed: ``text`` is format=flowed throughout (RFC 3676).
    :param bool delsp: and says DelSp=yes.
    :param bool is_encrypted: it, or a part of it, can be read with the recipient's key only.
    :param invitation: of the first calendar part.
    :param bool is_truncated: there is more than is shown here: of the words, of their design, or of the mail.
    """

    html: str | None = None
    text: str | None = None
    attachments: tuple[MailPart, ...] = ()
    flowed: bool = False
    delsp: bool = False
    is_encrypted: bool = False
    invitation: Invitation | None = None
    is_truncated: bool = False


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """A mail, read as far as it can be."""

    body: MessageBody
    header: MailHeader

    @property
    def html(self) -> str | None:
        return self.body.html

    @property
    def text(self) -> str | None:
        return self.body.text

    @property
    def attachments(self) -> tuple[MailPart, ...]:
        return self.body.attachments
