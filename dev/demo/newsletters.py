"""HTML mail in volume: newsletters with tables, remote pictures, a tracking pixel and links that tell who clicked."""

import hashlib

from .company import INFO_DESK, STAFF, Person
from .letter import Attachment, Letter, new_message_id
from .pictures import photo
from .plays import page, read

_WEEKLY = Person("Spoke & Saddle Weekly", "hello@news.spokeandsaddle.example", "html", 0)
_FAIR = Person("Velo Forum", "visitors@veloforum-fair.example", "html", 60)
_SHIPPING = Person("Parcelgull for Business", "news@mail.parcelgull.example", "html", 60)
_COAST = Person("Port Ellery Business Circle", "rundbrief@port-ellery-circle.example", "html", 60)

#: key → sender, colour, picture, to whom
_SENDERS = {
    "weekly": (_WEEKLY, "#b4532a", "ride", STAFF["anna"]),
    "fair": (_FAIR, "#1f5f8b", "street", INFO_DESK),
    "shipping": (_SHIPPING, "#2d7a4f", "parcel", INFO_DESK),
    "coast": (_COAST, "#5b4a8a", "street", STAFF["anna"]),
}


def letters(rng, clock):
    """All issues of all newsletters, spread backwards from now."""
    found, ages = [], {}
    for number, issue in enumerate(read("newsletters")):
        key = issue.head["sender"]
        ages[key] = ages.get(key, rng.uniform(-50, -6)) + rng.uniform(14, 58)
        date = clock.working(clock.ago(days=max(ages[key], 0.2)))
        found.append(_issue(rng, issue, min(date, clock.latest), number))
    return found


def _issue(rng, issue, date, number):
    sender, color, picture, receiver = _SENDERS[issue.head["sender"]]
    subject, headline = issue.head["subject"], issue.head["headline"]
    lead, *stories = issue.turns[0].text.split("\n")
    token = hashlib.sha256(f"{sender.email}{subject}".encode()).hexdigest()[:20]
    # One sender ships its title picture, so that some newsletters look finished with remote pictures blocked.
    inline = sender in (_WEEKLY, _COAST)
    source = f"cid:hero-{token[:8]}@{sender.domain}" if inline else f"https://img.{sender.domain}/{token[:6]}/hero@2x.jpg"
    letter = Letter(sender, (receiver,), subject, date, message_id=new_message_id(rng, sender))
    letter.text = f"{headline}\n\n{lead}\n\n" + "".join(f"* {story}\n" for story in stories)
    letter.html = _page(sender, issue, color=color, source=source, token=token)
    if inline:
        letter.attachments = (Attachment("hero.jpg", "image/jpeg", photo(picture, number % 3), source[4:]),)
    letter.extra = (
        (
            "List-Unsubscribe",
            f"<https://{sender.domain}/unsubscribe?u={token}>,\r\n <mailto:leave@{sender.domain}?subject={token[:8]}>",
        ),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Precedence", "bulk"),
        ("X-Mailer", "Postwheel 8.2"),
    )
    letter.hints = {"layers": [("", letter.text)], "star": 0.02}
    return letter


def link(domain, token, name):
    """A link with the parameters newsletters add to recognise who clicked."""
    return (
        f"https://{domain}/read/{name}?utm_source=newsletter&amp;utm_medium=email&amp;utm_campaign=issue-{token[:4]}"
        f"&amp;mc_eid={token[:10]}&amp;id={name[:6]}"
    )


def _page(sender, issue, *, color, source, token):
    lead, *stories = issue.turns[0].text.split("\n")
    links = [link(sender.domain, token, f"story-{number}") for number in range(len(stories) + 1)]
    rows = [
        page("newsletter_story").substitute(link=target, color=color, story=story)
        for target, story in zip(links[1:], stories, strict=True)
    ]
    return page("newsletter").substitute(
        sender=sender.name,
        color=color,
        picture=source,
        headline=issue.head["headline"],
        lead=lead,
        link=links[0],
        stories="".join(rows),
        leave=f"https://{sender.domain}/unsubscribe?u={token}",
        pixel=f"https://open.{sender.domain}/o.gif?u={token}&amp;e=1",
    )
