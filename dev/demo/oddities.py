"""What the world makes of letters: some bounce, some are handed on, some go over a mailing list."""

from datetime import timedelta
from email.utils import format_datetime

from . import company
from .company import Person
from .layout import compose
from .letter import Attachment, Letter, new_message_id
from .plays import read_lines
from .stage import answer

_RIDERS = Person("Harbour Riders", "riders@lists.port-ellery-circle.example", "plain")

_REPORT = (
    f"This is the mail system at host mx.{company.DOMAIN}.\r\n\r\n"
    "I'm sorry to have to inform you that your message could not be delivered\r\nto one or more recipients.\r\n\r\n"
)


def letters(rng, clock, correspondence):
    """One or a few of each.

    :param list correspondence: letters written so far; some get forwarded or bounce.
    """
    sent = [letter for letter in correspondence if letter.sender.email == company.SUPPORT]
    found = [_bounce(rng, clock, letter) for letter in rng.sample(sent, 3)]
    found += _list_mails(rng, clock)
    found += _forwards(rng, clock, correspondence)
    return found


def _bounce(rng, clock, undelivered):
    """A delivery status notification (RFC 3464) for a letter of ours."""
    date = min(undelivered.date + timedelta(minutes=2), clock.latest)
    letter = Letter(company.MAILER, (undelivered.sender,), "Undelivered Mail Returned to Sender", date)
    letter.message_id = new_message_id(rng, company.MAILER)
    address, mark = undelivered.to[0].email, f"=_dsn{rng.getrandbits(48):012x}"
    reason = rng.choice(("552 5.2.2 Mailbox full", "550 5.1.1 User unknown", "451 4.7.1 Greylisted, gave up after 5 days"))
    head = undelivered.to_bytes().partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    said = f"<{address}>: host mail.{undelivered.to[0].domain} said:\r\n {reason}\r\n"
    status = (
        f"Reporting-MTA: dns; mx.{company.DOMAIN}\r\nArrival-Date: {format_datetime(date)}\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\n"
        f"Status: {reason.split()[1]}\r\nDiagnostic-Code: smtp; {reason}\r\n"
    )
    parts = (
        ("text/plain; charset=us-ascii", _REPORT + said),
        ("message/delivery-status", status),
        ("text/rfc822-headers", head + "\r\n"),
    )
    report = "".join(f"--{mark}\r\nContent-Type: {kind}\r\n\r\n{text}\r\n" for kind, text in parts)
    kind = f'multipart/report; report-type=delivery-status;\r\n boundary="{mark}"'
    letter.raw_body = f"MIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n{report}--{mark}--\r\n".encode("ascii")
    letter.extra = (("Auto-Submitted", "auto-replied"),)
    return letter


def _list_mails(rng, clock):
    """A mailing list Anna is on: replies come from people, the list is in the fields."""
    found, date = [], clock.ago(days=rng.randint(5, 12))
    for line in read_lines("riders"):
        email, own = line.split(": ", 1)
        sender = company.person(email)
        subject = f"{'Re: ' if found else ''}[Riders] Sunday ride: coast or canal?"
        letter = Letter(sender, (_RIDERS,), subject, date, own=own, message_id=new_message_id(rng, sender))
        if found:
            answer(letter, found[-1])
        compose(letter, "", found[-1] if found else None)
        letter.text += "\n_______________________________________________\nHarbour Riders, fifty people and a van\n"
        letter.html = ""
        letter.extra = (
            ("List-Id", "Harbour Riders <riders.lists.port-ellery-circle.example>"),
            ("List-Post", "<mailto:riders@lists.port-ellery-circle.example>"),
            ("List-Unsubscribe", "<mailto:riders-leave@lists.port-ellery-circle.example>"),
            ("Precedence", "list"),
        )
        letter.hints["also"] = (company.ANNA,)
        found.append(letter)
        date += timedelta(hours=rng.uniform(2, 9))
    return found


def _forwards(rng, clock, correspondence):
    """Letters handed on to Anna, as attachment."""
    wanted = [letter for letter in correspondence if company.SUPPORT_DESK in letter.to and not letter.in_reply_to]
    found = []
    for original in rng.sample(wanted, 3):
        date = clock.after(original.date, timedelta(hours=3), office=True) or clock.latest
        priya = company.STAFF["priya"]
        letter = Letter(priya, (company.STAFF["anna"],), f"Fwd: {original.subject}", date, message_id=new_message_id(rng, priya))
        letter.own = rng.choice((
            "Hi Anna, this one needs your touch, I think. The original is attached.\n\nPriya",
            "Anna, could you have a look? I'd say yes, but it isn't mine to say.\n\nPriya",
            "FYI, too nice not to share. Attached.\n\nPriya",
        ))  # fmt: skip
        compose(letter, "")
        letter.attachments = (Attachment(f"{original.subject}.eml", "message/rfc822", original.to_bytes()),)
        original.hints["forwarded"] = True
        found.append(letter)
    return found
