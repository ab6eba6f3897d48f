"""A large mailbox to measure with: many varied mails of a chosen average size, made fast and the same every time."""

import random
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from imapclient import IMAPClient

from ..demo import company
from ..demo.correspondence import build

#: Octets of the average message; 26,000 is what the figures of other programs were taken with.
AVERAGE = 8_000
COUNT = 20_000
#: Messages in one APPEND command: many enough for speed, few enough for the server's memory.
BATCH = 500
_EPOCH = datetime(2026, 1, 5, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Filled:
    """What :func:`fill_mailbox` did.

    :param int appended: messages appended now, 0 where the mailbox was full already.
    :param int messages: messages in it.
    :param float seconds: how long it took.
    """

    appended: int
    messages: int
    octets: int
    seconds: float


def messages(count=COUNT, average=AVERAGE, seed=7):
    """Messages for a benchmark: real bodies of the demonstration below headers of their own.

    Every one has its own Message-ID, subject, sender and date; a third answers an earlier one. An attachment makes up
    for what a body lacks, its size drawn at random: most messages are small, few are large, as in a real mailbox.

    :param int average: octets.
    :return: iterator of ``(raw, date, flags)``.
    """
    rng = random.Random(seed)
    items = build(now=_EPOCH)
    bodies = _bodies(items, average)
    subjects = [item.letter.subject.removeprefix("Re: ") for item in items if item.letter.subject.isascii()]
    padding = _padding(rng, average * 8)
    mean = sum(map(len, bodies)) / len(bodies)
    for number in range(count):
        body = bodies[number % len(bodies)]
        missing = max(0, average - mean)
        extra = _enclosed(padding, number, int(min(rng.expovariate(1 / missing), len(padding)))) if missing else b""
        date = _EPOCH + timedelta(minutes=number * 7)
        head = _head(rng, number, date, rng.choice(subjects))
        yield head + (_mixed(number, body, extra) if extra else body), date, _flags(rng)


def fill_mailbox(host, port, user, password, *, count=COUNT, average=AVERAGE, folder="INBOX", seed=7):
    """Bring a folder to ``count`` messages; does nothing where it has them.

    The server's directory may be kept for the next run; it belongs into a cache folder, not into a checkout.

    :param int average: octets of the average message.
    :return: :class:`Filled`.
    """
    begun = datetime.now(UTC)
    with IMAPClient(host, port, ssl=False, timeout=120) as client:
        client.login(user, password)
        if folder != "INBOX" and not client.folder_exists(folder):
            client.create_folder(folder)
        there = client.folder_status(folder, ["MESSAGES"])[b"MESSAGES"]
        appended = octets = 0
        batch = []
        wanted = enumerate(messages(count, average, seed)) if there < count else ()
        for number, (raw, date, flags) in wanted:
            if number < there:
                continue
            batch.append({"msg": raw, "flags": flags, "date": date})
            octets += len(raw)
            if len(batch) == BATCH or number == count - 1:
                client.multiappend(folder, batch)
                appended += len(batch)
                batch = []
    return Filled(appended, there + appended, octets, (datetime.now(UTC) - begun).total_seconds())


def _bodies(items, average):
    """MIME bodies of the demonstration, those far above the average left out."""
    found = []
    for item in items:
        body = item.letter.raw_body or item.letter.body()
        if len(body) <= average * 4:
            found.append(body)
    return found


def _head(rng, number, date, subject):
    sender = company.CUSTOMERS[rng.randrange(len(company.CUSTOMERS))]
    answered = rng.randrange(number) if number and rng.random() < 0.34 else None
    lines = [
        f"Return-Path: <{sender.email}>",
        f"Received: from mail.{sender.domain} by mx.{company.DOMAIN} with ESMTPS; {format_datetime(date)}",
        f"Date: {format_datetime(date)}",
        f"From: {sender.name} <{sender.email}>".encode("ascii", "replace").decode(),
        f"To: {company.NAME} <{company.SUPPORT}>",
        f"Subject: {'Re: ' if answered is not None else ''}{subject[:150]} {number}",
        f"Message-ID: <bench.{number}@{sender.domain}>",
    ]
    if answered is not None:
        parent = f"<bench.{answered}@{sender.domain}>"
        lines += [f"In-Reply-To: {parent}", f"References: {parent}"]
    return "\r\n".join(lines).encode("ascii") + b"\r\n"


def _padding(rng, size):
    """Lines of base64 alphabet to cut enclosures from."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    line = [bytes(rng.choices(alphabet, k=76)) for _ in range(97)]
    return b"\r\n".join(line[number * 31 % 97] for number in range(size // 78 + 1))


def _enclosed(padding, number, size):
    """An attachment of about so many octets, or nothing where that is very little."""
    lines = size // 78
    if lines < 4:
        return b""
    name = f"scan-{number}.{('pdf', 'jpg', 'zip')[number % 3]}"
    kind = ("application/pdf", "image/jpeg", "application/zip")[number % 3]
    head = f'Content-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
    head += f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
    return head.encode("ascii") + padding[: lines * 78]


def _mixed(number, body, extra):
    mark = f"=_bench{zlib.crc32(str(number).encode()):08x}".encode("ascii")
    head = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="' + mark + b'"\r\n\r\n'
    inner = body.replace(b"MIME-Version: 1.0\r\n", b"", 1)
    return head + b"--" + mark + b"\r\n" + inner + b"\r\n--" + mark + b"\r\n" + extra + b"\r\n--" + mark + b"--\r\n"


def _flags(rng):
    chance = rng.random()
    if chance < 0.1:
        return ()
    if chance < 0.25:
        return (b"\\Seen", b"\\Answered")
    return (b"\\Seen", b"\\Flagged") if chance < 0.3 else (b"\\Seen",)
