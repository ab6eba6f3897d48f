"""What an invitation says (RFC 5545), for a reader: the first appointment of a calendar part.

Own reader: ``vobject``, which comes with Odoo, takes exponential time on a property with a broken parameter, and would take a
sender's definition of a time zone for the zone of that name in all mails that come after.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from ..headers import Address, clean_line
from .text import decode_text
from .values import Invitation

#: Octets and lines of a calendar that are read.
MAX_OCTETS = 256_000
_MAX_LINES = 20_000
_MAX_TEXT = 20_000

_FOLD = re.compile(r"\n[ \t]")
_LINE = re.compile(r"([A-Za-z0-9-]{1,60})((?:;[^:\"]{0,2000}(?:\"[^\"]{0,2000}\"[^:\"]{0,2000}){0,20})?):(.*)")
_PARAMETER = re.compile(r";([A-Za-z0-9-]{1,60})=(?:\"([^\"]*)\"|([^;\"]*))")
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?")
_DURATION = re.compile(r"\+?P(?:(\d{1,4})W|(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_COMPONENTS = ("VEVENT", "VTODO", "VJOURNAL")


def read_invitation(content: bytes, charset: str | None) -> Invitation | None:
    """The first appointment; None where there is none.

    :param content: with its transfer encoding undone.
    """
    found, method = {}, ""
    for name, parameters, value in _component(decode_text(content[:MAX_OCTETS], charset)):
        if name == "METHOD":
            method = value.strip().upper()
        else:
            found.setdefault(name, (parameters, value))
    if not found:
        return None
    start, zone = _moment(*found.get("DTSTART", ({}, "")))
    end, _zone = _moment(*found.get("DTEND", found.get("DUE", ({}, ""))))
    if end is None and start is not None:
        end = _after(start, found.get("DURATION", ({}, ""))[1])
    is_whole_day = type(start) is date and type(end) is date
    # The end of whole days is the day after them.
    end = end - timedelta(days=1) if is_whole_day and end > start else end
    status = found.get("STATUS", ({}, ""))[1].strip().upper()
    return Invitation(
        _text(found, "SUMMARY"), start, end if type(end) is type(start) else None, zone, _text(found, "LOCATION"),
        _organizer(*found["ORGANIZER"]) if "ORGANIZER" in found else None,
        _text(found, "DESCRIPTION", keeps_lines=True), "CANCELLED" in (status, method) or method == "CANCEL")


def _component(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """The properties of the first component that is an appointment, and METHOD; not those of what is inside it."""
    inside = []
    is_found = False
    for number, line in enumerate(_FOLD.sub("", text).split("\n")):
        match = _LINE.fullmatch(line.rstrip("\r"))
        if not match or number > _MAX_LINES:
            continue
        name, value = match[1].upper(), match[3]
        if name == "BEGIN":
            inside = [*inside[:20], value.strip().upper()]
        elif name == "END":
            ended = inside.pop() if inside else ""
            if ended in _COMPONENTS and is_found:
                return
        elif inside and inside[-1] in _COMPONENTS:
            is_found = True
            yield name, _parameters(match[2]), value
        elif name == "METHOD" and len(inside) < 2:
            yield name, {}, value


def _parameters(text):
    return {match[1].upper(): match[2] or match[3] or "" for match in _PARAMETER.finditer(text)}


def _moment(parameters, value):
    """A date or a time, and the name of its zone."""
    match = _DATE.match(value.strip())
    if not match:
        return None, ""
    year, month, day, hour, minute, second = (int(number or 0) for number in match.groups()[:6])
    try:
        if match[4] is None:
            return date(year, month, day), ""
        moment = datetime(year, month, day, hour, minute, min(second, 59))
    except ValueError:
        return None, ""
    return moment, "UTC" if match[7] else clean_line(parameters.get("TZID", ""))[:100].lstrip("/")


def _after(start, duration):
    match = _DURATION.fullmatch(duration.strip())
    if not match or not any(match.groups()):
        return None
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in match.groups())
    try:
        return start + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None


def _text(found, name, keeps_lines=False):
    value = found.get(name, ({}, ""))[1][:_MAX_TEXT]
    value = _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)
    return "\n".join(map(clean_line, value.split("\n"))).strip() if keeps_lines else clean_line(value)


def _organizer(parameters, value):
    scheme, _colon, address = value.strip().partition(":")
    email = clean_line(address if scheme.lower() == "mailto" else "")[:320]
    name = clean_line(parameters.get("CN", ""))[:320]
    return Address("" if name == email else name, email) if name or email else None
