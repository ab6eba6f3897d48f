"""Letters that stand alone: the world's scripts, spam, drafts, what lies in the trash, and one very long thread."""

from datetime import timedelta
from email.utils import parseaddr
from html import escape

from . import company, pictures
from .company import Person
from .layout import compose, markup, signature
from .letter import Attachment, Letter, new_message_id
from .plays import read, read_lines, vary
from .stage import answer

_BOXES = {
    "support": (company.SUPPORT, company.SUPPORT_DESK),
    "info": (company.INFO, company.INFO_DESK),
    "anna.keller": (company.ANNA, company.STAFF["anna"]),
}


def write(rng, play, date):
    """A letter from a block with ``from`` and ``charset`` in its head."""
    name, email = parseaddr(play.head["from"])
    sender = Person(name, email, "html")
    letter = Letter(sender, (_BOXES[play.head["mailbox"]][1],), play.head["subject"], date)
    letter.message_id = new_message_id(rng, sender)
    facts = {"order": f"TW-{rng.randint(12000, 13999)}", "frame": f"TW23-0{rng.randint(10000, 99999)}"}
    letter.subject = vary(letter.subject, rng, facts)
    letter.own = vary(play.turns[0].text, rng, facts)
    return letter


def world(rng, clock):
    """Letters in other scripts, each in the charset people there use or used."""
    found = []
    for play in read("world"):
        letter = write(rng, play, clock.past())
        letter.charset = play.head["charset"]
        letter.cte = "7bit" if letter.charset == "iso-2022-jp" else rng.choice(("base64", "quoted-printable"))
        compose(letter, "")
        letter.html = ""
        if play.head.get("rtl"):
            frame = '<div dir="rtl" style="font-family:Arial;font-size:15px">'
            letter.html = f"<html><body>{frame}{markup(letter.own)}</div></body></html>\n"
        if play.key == "greek":
            letter.attachments = (Attachment("φωτογραφία μπαταρίας.jpg", "image/jpeg", pictures.photo("bike", 2)),)
        letter.hints["star"] = 0.2
        found.append(letter)
    return found


def spam(rng, clock):
    """What lies in Junk."""
    found, tricks = [], {play.key: play.turns[0].text for play in read("hostile")}
    for play in read("spam"):
        letter = write(rng, play, clock.ago(days=rng.uniform(0.05, 26)))
        letter.text = letter.own + "\n"
        trick = tricks.get(play.head["markup"], "")
        page = f'<html><body style="font-family:Arial"><p>{escape(letter.own)}</p>{trick}</body></html>\n'
        letter.html = page if trick else ""
        if play.key == "invoice":
            page = f"<script>location='//evil.example'</script>{escape(letter.own)}"
            letter.attachments = (Attachment("invoice_99120.pdf.html", "text/html", page.encode()),)
        letter.hints = {
            "layers": [("", letter.own)],
            "marks": (("X-Spam-Flag", "YES"), ("X-Spam-Score", f"{rng.uniform(6, 19):.1f}")),
        }
        found.append(letter)
    return found


def naming(rng, clock):
    """A thread of many among colleagues, all in everybody's copy."""
    date = clock.working(clock.ago(days=rng.randint(9, 14)))
    staff = company.STAFF
    found = []
    for line in read_lines("naming"):
        key, own = line.split(": ", 1)
        sender = staff[key]
        others = tuple(person for person in staff.values() if person != sender)
        letter = Letter(sender, others[:1], "A name for the folding bike", date, cc=others[1:], own=own)
        letter.message_id = new_message_id(rng, sender)
        if found:
            letter.subject = "Re: A name for the folding bike"
            answer(letter, found[-1] if rng.random() < 0.8 else rng.choice(found))
        compose(letter, signature(sender) if rng.random() < 0.3 else "", found[-1] if found and rng.random() < 0.6 else None)
        if "see the picture" in own:
            letter.attachments = (Attachment("turnstone.png", "image/png", pictures.lettering("turnstone")),)
        found.append(letter)
        date = clock.after(date, timedelta(minutes=rng.uniform(6, 200)), office=True) or clock.latest
    return found


def drafts(rng, clock):
    """Letters somebody has begun."""
    found = []
    for play in read("drafts"):
        sender = _BOXES[play.head["from"]][1]
        receiver = company.person(play.head["to"])
        letter = Letter(sender, (receiver,), play.head["subject"], clock.ago(hours=rng.uniform(1, 200)))
        letter.own = play.turns[0].text
        letter.message_id = new_message_id(rng, sender)
        compose(letter, "")
        found.append(letter)
    return found


def trash(rng, clock):
    """What has been thrown away."""
    found = []
    for play in read("trash"):
        letter = write(rng, play, clock.ago(days=rng.uniform(1, 40)))
        compose(letter, "")
        found.append(letter)
    return found
