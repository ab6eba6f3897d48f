"""Header fields that only an answer needs: they are read when somebody answers, not for every mail of a list."""

import re

from .headers import clean_line, decode_header, message_ids, parse_addresses
from .mail_header import first, read_fields

#: Ids and addresses of one mail that are kept.
MOST = 200

_POST = re.compile(r"<mailto:([^>?]{1,320})[^>]*>", re.IGNORECASE)


def reply_fields(header: bytes) -> dict:
    """What an answer needs of the mail it answers, as JSON.

    :param bytes header: the header section of the mail; a body that follows is not looked at.
    :return: ``references`` (ids, oldest first; those of In-Reply-To where it has none, RFC 5322 §3.6.4), ``list_post``
        (RFC 2369), ``mail_followup_to`` (as written), ``delivered_to`` (the last server's first), ``thread_index`` and
        ``thread_topic`` ([MS-OXOMSG]), ``receipt_to`` (RFC 8098).
    """
    fields = read_fields(header)
    references = message_ids(first(fields, "references")) or message_ids(first(fields, "in-reply-to"))
    post = _POST.search(decode_header(first(fields, "list-post")))
    delivered = [
        entry.email for name in ("delivered-to", "x-original-to", "envelope-to") for value in fields.get(name, ())
        for entry in parse_addresses(value) if entry.email
    ]
    return {
        "references": list(references[-MOST:]), "list_post": post[1] if post else "",
        "mail_followup_to": decode_header(first(fields, "mail-followup-to")), "delivered_to": delivered[:MOST],
        "thread_index": "".join(first(fields, "thread-index").decode("ascii", "replace").split())[:4000],
        "thread_topic": clean_line(decode_header(first(fields, "thread-topic"))),
        "receipt_to": decode_header(first(fields, "disposition-notification-to")),
    }
