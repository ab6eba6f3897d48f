"""Dates of mail: the Date field, Received, and what IMAP servers write."""

import re
from datetime import datetime, timedelta
from email.utils import parsedate_tz

from .charsets import guess_text

# RFC 5322 §3.3 and RFC 3501's INTERNALDATE, in the forms nearly all mail has; everything else goes the slow way.
_DATE = re.compile(
    r"\s*(?:[A-Za-z]{3},\s*)?(\d{1,2})[ -]([A-Za-z]{3})[ -](\d{4})\s+(\d\d):(\d\d)(?::(\d\d))?"
    r"\s+(?:([+-])(\d\d)([0-5]\d)|GMT|UTC?|Z)(?:\s*\(.*)?\s*",
    re.DOTALL,
)
_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES.split(), start=1)}
# A time, and the zone after it: "+0100", "+01:00", "GMT+0100", "UTC +1", "CEST".
_ZONE = re.compile(r"(\d:\d\d(?::\d\d)?)(?:\.\d{1,9})?\s*(?:\b(?:GMT|UTC?|Z)\s*)?"
                   r"(?:([+-])(\d\d?)(?::?(\d\d))?(?!\d)|([A-Za-z]{1,5})\b)", re.IGNORECASE)
_ISO = re.compile(r"\s*(\d{4}-\d\d-\d\d)[T ]+(\d\d:\d\d:\d\d)(.*)", re.DOTALL | re.IGNORECASE)
#: Minutes between Greenwich and the zone that is furthest from it; what is beyond is none.
_FURTHEST = 14 * 60
_COMMENT = re.compile(r"\([^()]*\)")
#: Minutes east of Greenwich. RFC 5322 §4.3 has the North American ones; a single letter but Z says nothing (there, too).
#: Of names that several zones share, the one whose mail programs write it.
_ZONES = {
    **dict.fromkeys(("UT", "UTC", "GMT", "WET"), 0),
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
    "NST": -210, "NDT": -150, "AST": -240, "ADT": -180, "AKST": -540, "AKDT": -480, "HST": -600,
    "BRT": -180, "ART": -180, "CLT": -240, "COT": -300, "PET": -300,
    **dict.fromkeys(("BST", "WEST", "CET", "MET", "MEZ", "WAT"), 60),
    **dict.fromkeys(("CEST", "MEST", "MESZ", "EET", "SAST", "CAT"), 120),
    **dict.fromkeys(("EEST", "MSK", "TRT", "EAT"), 180), "MSD": 240, "GST": 240, "PKT": 300, "IST": 330,
    **dict.fromkeys(("ICT", "WIB"), 420), **dict.fromkeys(("HKT", "SGT", "PHT", "AWST"), 480),
    **dict.fromkeys(("JST", "KST"), 540),
    "ACST": 570, "ACDT": 630, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
}


def parse_date(value: bytes | str) -> datetime | None:
    """A Date field, or IMAP's INTERNALDATE, as naive UTC; None where nothing can be made of it."""
    text = guess_text(value[:200])
    match = _DATE.fullmatch(text)
    try:
        return _standard_date(match) if match else _other_date(text)
    # The standard library's parser is known to leak several kinds of error on rubbish; a date is never worth one.
    except Exception:
        return None


def _standard_date(match: re.Match) -> datetime | None:
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = match.groups()
    month = _MONTHS.get(month.lower())
    if not month:
        return None
    # Leap seconds exist in mail, not in datetime.
    moment = datetime(int(year), month, int(day), int(hour), int(minute), min(int(second or 0), 59))
    return moment - timedelta(minutes=_minutes(sign, zone_hours, zone_minutes)) if sign else moment


def _other_date(text: str) -> datetime | None:
    text = _COMMENT.sub(" ", text)
    zone = _ZONE.search(text)
    iso = _ISO.fullmatch(text)
    if iso:
        moment = datetime.fromisoformat(f"{iso[1]} {iso[2]}")
    else:
        # The library knows few zones, and takes the date for Greenwich's where it knows none.
        parts = parsedate_tz(f"{text[: zone.end(1)]} +0000 {text[zone.end() :]}" if zone else text)
        if not parts:
            return None
        moment = datetime(*parts[:5], min(parts[5], 59)) - timedelta(seconds=0 if zone else parts[9] or 0)
    return moment - timedelta(minutes=_offset(zone) if zone else 0)


def _offset(zone: re.Match) -> int:
    """Minutes east of Greenwich."""
    _time, sign, hours, minutes, name = zone.groups()
    return _ZONES.get(name.upper(), 0) if name else _minutes(sign, hours, minutes or 0)


def _minutes(sign: str, hours: str, minutes: str | int) -> int:
    offset = int(hours) * 60 + int(minutes)
    return 0 if offset > _FURTHEST else offset if sign == "+" else -offset
