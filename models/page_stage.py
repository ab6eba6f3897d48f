"""Rows on their way into PostgreSQL: arrays within the statement for a few, COPY for many."""

import contextlib
import csv
import io
import itertools

from odoo.tools import SQL

#: From so many rows on, COPY into a temporary table is cheaper than arrays in the statement.
COPY_FROM = 200

_names = itertools.count()


def columns_sql(columns):
    """Column names as they stand in a statement."""
    return SQL(", ").join(SQL.identifier(name) for name in columns)


@contextlib.contextmanager
def stage(cr, columns, rows):
    """Rows as something to select FROM, called ``source``.

    :param cr: cursor of the working transaction.
    :param dict columns: name → PostgreSQL type.
    :param list rows: tuples in the order of ``columns``, at least one.
    """
    if len(rows) < COPY_FROM:
        arrays = SQL(", ").join(
            SQL("%s::%s[]", list(values), SQL(kind))
            for kind, values in zip(columns.values(), zip(*rows, strict=True), strict=True)
        )
        yield SQL("unnest(%s) AS source(%s)", arrays, columns_sql(columns))
        return
    name = f"maildesk_page_{next(_names)}"
    described = SQL(", ").join(SQL("%s %s", SQL.identifier(column), SQL(kind)) for column, kind in columns.items())
    cr.execute(SQL("CREATE TEMPORARY TABLE %s (%s) ON COMMIT DROP", SQL.identifier(name), described))
    text = io.StringIO()
    # the writer works at C speed; its quoting is COPY's own (RFC 4180), and what is empty is a text, not NULL
    csv.writer(text, lineterminator="\n").writerows(rows)
    text.seek(0)
    texts = ", ".join(column for column, kind in columns.items() if kind == "text")
    # nothing in the ORM copies; the names of table and columns are ours
    cr.copy_expert(f'COPY "{name}" FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL ({texts}))', text)
    yield SQL("%s AS source", SQL.identifier(name))
    cr.execute(SQL("DROP TABLE %s", SQL.identifier(name)))
