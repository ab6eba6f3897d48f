"""First words of messages for servers without PREVIEW (RFC 8970): the start of the first text part."""

from ..tools.html_text import html_to_text, preview_of
from ..tools.mime.parts import Part
from .imap_connection import ImapConnection
from .imap_reader import Response, parse_fetch, to_int
from .imap_uids import from_numbers, in_commands, write_set

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

    def take(response: Response) -> None:
        items = parse_fetch(response)
        uid = to_int(items.get(b"UID"), 0) if items else 0
        content = next((value for name, value in (items or {}).items() if name.startswith(b"BODY[")), None)
        if uid in leaves and isinstance(content, bytes):
            previews[uid] = _preview(content, leaves[uid])

    # A preview is a nicety: a server that cannot give one is not asked twice.
    connection.run_all(commands, take)
    return previews


def _preview(octets: bytes, leaf: Part) -> str:
    leaf.fill(octets)
    # The cut may have gone through a character.
    text = leaf.text().rstrip("\ufffd")
    return preview_of(html_to_text(text) if leaf.is_html else text)
