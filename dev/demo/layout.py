"""How a letter looks once a mail program has had it: wrapped, signed, with what it answers quoted below."""

import re
import textwrap
from datetime import timedelta, timezone
from html import escape

from . import company

#: Quoted letters deeper than this are cut off, as most people's programs do.
DEPTH = 3
_FONTS = {
    "outlook": "font-family:Calibri,Arial,sans-serif;font-size:11pt;color:#1f1f1f",
    "html": "font-family:Helvetica,Arial,sans-serif;font-size:14px;line-height:1.5;color:#222",
}


def signature(person, agent=None):
    """The lines below a letter.

    :param agent: the :class:`~.company.Person` behind a shared address.
    """
    signer = agent or person
    if person.domain == company.DOMAIN:
        return f"{signer.name}\n{signer.role} · {company.NAME}\n{company.STREET}\n{company.PHONE}"
    if person.style == "mobile":
        return "Sent from my phone"
    if person.company and person.style == "outlook":
        return f"{person.name}\n{person.company} | {person.city}"
    return ""


def compose(letter, sign, previous=None, pictures=()):
    """Fill ``text`` and ``html`` of a letter from its ``own`` words.

    :param str sign: the signature, may be empty.
    :param previous: the :class:`~.letter.Letter` it answers.
    :param pictures: attachments shown within the HTML.
    """
    style = letter.sender.style
    below = list(previous.hints["layers"][: DEPTH - 1]) if previous else []
    if previous:
        below[0] = (attribution(previous, style), below[0][1])
    letter.hints["layers"] = [("", letter.own), *below]
    letter.flowed = style == "flowed"
    letter.text = _plain(letter.own, sign, below, style)
    if style in _FONTS:
        letter.html = _html(letter.own, sign, below, style, pictures)


def attribution(letter, style):
    """The line, or the head, that stands above what is quoted."""
    local = letter.date.astimezone(timezone(timedelta(minutes=letter.sender.offset)))
    if style == "outlook":
        to = "; ".join(person.name for person in letter.to)
        return (
            f"From: {letter.sender.name} <{letter.sender.email}>\nSent: {local:%A, %d %B %Y %H:%M}\n"
            f"To: {to}\nSubject: {letter.subject}"
        )
    return f"On {local:%a, %d %b %Y at %H:%M}, {letter.sender.name} <{letter.sender.email}> wrote:"


def _plain(own, sign, below, style):
    width = {"plain": 74, "flowed": 72}.get(style)
    lines = _wrap(own, width, style)
    if sign:
        lines += ["", "-- " if style != "mobile" else "", *sign.split("\n")]
    for depth, (intro, body) in enumerate(below):
        marks = ">" * depth + (" " if depth else "")
        lines += ["" if not depth else ">" * depth, *(marks + line for line in intro.split("\n"))]
        inner = ">" * (depth + 1) + " "
        lines += [(inner + line).rstrip() for line in _wrap(body, width and width - len(inner), "plain")]
    return "\n".join(lines) + "\n"


def _wrap(text, width, style):
    if not width:
        return text.split("\n")
    soft = " " if style == "flowed" else ""
    lines = []
    for paragraph in text.split("\n"):
        pieces = textwrap.wrap(paragraph, width, break_long_words=False, break_on_hyphens=False) or [""]
        lines += [piece + soft for piece in pieces[:-1]] + pieces[-1:]
    return lines


def _html(own, sign, below, style, pictures):
    parts = [f'<div style="{_FONTS[style]}">', markup(own)]
    parts += [
        f'<p><img src="cid:{item.content_id}" alt="{escape(item.name)}" width="480" style="max-width:100%"></p>'
        for item in pictures
    ]
    if sign:
        parts.append(f'<p style="color:#6b7280;font-size:12px;margin-top:18px">{_lines(sign)}</p>')
    for depth, (intro, body) in enumerate(below):
        frame = "border-left:2px solid #c7d2da;margin:0 0 0 6px;padding-left:12px;color:#4b5563"
        rule = '<hr style="border:0;border-top:1px solid #d0d7de">' if style == "outlook" and not depth else ""
        parts.append(f'{rule}<p style="font-size:13px">{_lines(intro)}</p><blockquote style="{frame}">{markup(body)}')
    parts.append("</blockquote>" * len(below) + "</div>")
    return f'<html><head><meta charset="utf-8"></head><body>{"".join(parts)}</body></html>\n'


def markup(text):
    """Plain text as simple HTML: paragraphs, and lists where lines begin with a dash or a number."""
    return "\n".join(_block(block) for block in re.split(r"\n{2,}", text.strip()))


def _block(block):
    lines = block.split("\n")
    for pattern, tag in ((r"- ", "ul"), (r"\d+\. ", "ol")):
        if all(re.match(pattern, line) for line in lines):
            items = "".join(f"<li>{escape(re.sub(pattern, '', line, count=1))}</li>" for line in lines)
            return f"<{tag}>{items}</{tag}>"
    return f"<p>{_lines(block)}</p>"


def _lines(text):
    return escape(text, quote=False).replace("\n", "<br>\n")
