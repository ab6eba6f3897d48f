"""What stands in place of a mail's words where it has none a reader can see.

No model: plain functions over an environment.
"""

from datetime import datetime

from markupsafe import Markup
from odoo.tools import format_date, format_datetime

from ..tools.html_text import text_to_html


def encrypted_words(env):
    """A sentence for a mail that only its recipient's key opens."""
    return env._(
        "This email is encrypted. Only a program that holds the recipient's key can show it: download the attachment or the "
        "source, and open it there.")


def invitation_words(env, invitation):
    """The lines that say what an invitation is about, when, where, and who asks for it; of which the first is its name.

    :param invitation: :class:`..tools.mime.values.Invitation`.
    """
    organizer = invitation.organizer
    lines = [
        invitation.summary or env._("Appointment"),
        invitation.is_cancelled and env._("This appointment is cancelled."),
        invitation.start and env._("When: %s", _when(env, invitation)),
        invitation.location and env._("Where: %s", invitation.location),
        organizer and env._("Organizer: %s", f"{organizer.name} <{organizer.email}>" if organizer.name else organizer.email),
    ]
    return [line for line in lines if line]


def invitation_html(env, invitation):
    """The same as HTML, with what else the invitation says."""
    first, *others = invitation_words(env, invitation)
    head = Markup("<h3>{}</h3>").format(first) + Markup("").join(Markup("<div>{}</div>").format(line) for line in others)
    return str(head) + (f"<hr>{text_to_html(invitation.description)}" if invitation.description else "")


def _when(env, invitation):
    """In the invitation's own time zone: what is cached is shown to people in several."""
    def written(moment):
        # nothing is converted: the time is no UTC, but has no zone of its own either
        return format_datetime(env, moment, tz="UTC") if isinstance(moment, datetime) else format_date(env, moment)

    start, end = invitation.start, invitation.end
    span = written(start) if end in (None, start) else f"{written(start)} – {written(end)}"
    return f"{span} ({invitation.zone})" if invitation.zone else span
