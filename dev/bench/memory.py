"""Memory of the first synchronisation of a large mailbox, over time."""

from .large_mailbox import large_mailbox
from .sizes import LARGE
from .stage import PASSWORD, USER, Row, fresh_database, in_odoo


def measure():
    """Rows of the table."""
    with large_mailbox() as dovecot, fresh_database() as database:
        answer, _done = in_odoo(database, "fetch", "first_with_memory", port=dovecot.port, user=USER, password=PASSWORD)
    whole = answer["seconds"]
    moments = [max((look for look in answer["looks"] if look[0] <= whole * part), default=(0, answer["before"]))[1] for part in (0.1, 0.5, 1)]
    shape = " → ".join(f"{moment:.0f}" for moment in moments)
    return [Row(
        f"memory of a first synchronisation of {LARGE:,} messages", "flat, ≤ 300 MB", f"{answer['peak']:.0f} MB at its peak",
        f"{answer['before']:.0f} MB before; {shape} MB after a tenth, half, all of it; {answer['messages'] / whole:,.0f} messages/s")]
