"""First words of messages for servers without PREVIEW (RFC 8970): the start of the first text part."""

import logging
from contextlib import suppress

from ..tools.html_text import html_to_text, preview_of
from ..tools.mime.parts import Part
from .errors import ProviderError
from .imap_answers import Answers
from .imap_connection import ImapConnection
from .imap_reader import Response
from .imap_uids import from_numbers, in_commands, write_set

_logger = logging.getLogger(__name__)

#: Octets asked for; HTML begins with style sheets.
PLAIN_OCTETS = 2048
HTML_OCTETS = 8192
PER_COMMAND = 500


def fetch_previews(connection: ImapConnection, leaves: dict[int, Part]) -> dict[int, str]:
    """Previews by UID.

    :param leaves: UID → the part that speaks for the message. Messages whose part has the same section number share
        a command; all commands are sent at once.
    """
    groups: dict[tuple[str, int], list[int]] = {}
    for uid, leaf in leaves.items():
        groups.setdefault((leaf.part_id, HTML_OCTETS if leaf.mimetype == "text/html" else PLAIN_OCTETS), []).append(uid)
    commands = [
        b"UID FETCH %s (UID BODY.PEEK[%s]<0.%d>)" % (write_set(part), section.encode(), octets)
        for (section, octets), uids in groups.items()
        for part in in_commands(from_numbers(uids), PER_COMMAND)
    ]
    previews: dict[int, str] = {}
    answers = Answers()

    def take(response: Response) -> None:
        uid = answers.take(response)
        items = answers.by_uid.get(uid, {})
        name = next((name for name in items if name.startswith(b"BODY[")), None)
        content = items.pop(name) if name else None
        if uid in leaves and isinstance(content, bytes):
            previews[uid] = _preview(content, leaves[uid])

    # A preview is a nicety: a server that cannot give one is not asked twice, and whatever goes wrong here costs nothing else.
    # A connection that broke says so to the next command.
    with suppress(ProviderError):
        connection.run_all(commands, take, on_unreadable=answers.miss)
    return previews


def _preview(octets: bytes, leaf: Part) -> str:
    try:
        leaf.fill(octets)
        # The cut may have gone through a character.
        text = leaf.text().rstrip("\ufffd")
        return preview_of(html_to_text(text) if leaf.is_html else text)
    # Whatever a stranger's mail makes the decoders stumble over, the list does without its first words.
    except Exception as error:
        _logger.warning("no preview of a message: %s", type(error).__name__)
        return ""
