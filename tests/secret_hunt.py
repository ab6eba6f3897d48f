"""Looking for secrets where none may be: log lines, every column of the database, stored files, what was answered."""

import html
import json
import logging
import re
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote, quote_plus

from odoo.tools import SQL, config

#: Characters of base64 that depend on nothing but the secret: the first and the last share bits with their neighbours.
_CUT = 4
#: Octets of a secret that make it worth a closer look.
_HINT = 12


_WRITERS = (
    str, lambda text: json.dumps(text)[1:-1], lambda text: json.dumps(text, ensure_ascii=False)[1:-1], lambda text: repr(text)[1:-1],
    html.escape, lambda text: html.escape(text, quote=False), quote, lambda text: quote(text, safe=""), quote_plus,
    # a quoted string of IMAP and SMTP
    lambda text: re.sub(r'(["\\])', r"\\\1", text),
)


def forms(secret):
    """The ways in which a text is written down: as it is, for JSON, Python, HTML, addresses, and one of these within another;
    in hexadecimal (``bytea``); in base64, which depends on what stands before."""
    raw = secret.encode()
    plain = {outer(inner(secret)) for inner in _WRITERS for outer in _WRITERS}
    encoded = {b64encode(b"\0" * before + raw).decode()[_CUT:-_CUT] for before in range(3)}
    return plain | encoded | {text.replace("+", "-").replace("/", "_") for text in encoded} | {raw.hex()}


def any_of(beginnings):
    """A pattern that matches every one of these octets, in the shape of a tree: one pass, however many there are."""
    tree = {}
    for beginning in beginnings:
        node = tree
        for octet in beginning:
            node = node.setdefault(octet, {})

    def written(node):
        if not node:
            return b""
        return b"(?:" + b"|".join(re.escape(bytes([octet])) + written(below) for octet, below in node.items()) + b")"

    return re.compile(written(tree))


class SecretHunt:
    """The secrets of a run, by a name that says which one was found.

    :param env: whose database is looked through.
    """

    def __init__(self, env):
        self.env, self.answers, self._forms, self._hint = env, [], {}, None

    def know(self, **secrets):
        """:param secrets: name → one text or several."""
        for name, texts in secrets.items():
            for text in [texts] if isinstance(texts, str) else texts:
                if len(text) < 16:
                    raise ValueError(f"{name} is too short to be told from other words")
                self._forms[name] = self._forms.get(name, set()) | {written.encode() for written in forms(text)}
        self._hint = any_of({written[:_HINT] for texts in self._forms.values() for written in texts})

    def found_in(self, text, but=()):
        """Names of those that are in a text.

        :param text: also as octets.
        :param but: names that belong there.
        """
        octets = text if isinstance(text, bytes) else text.encode(errors="replace")
        if not self._hint.search(octets):
            return []
        return sorted(
            name for name, texts in self._forms.items() if name not in but and any(written in octets for written in texts))

    def in_answers(self):
        """What the server told: ``(address, name)``."""
        return [(where, name) for where, text, but in self.answers for name in self.found_in(text, but)]

    def in_log(self, log):
        """What was logged: ``(logger, line, name)``."""
        # one by one only where there is something to be found
        if not self.found_in("\n".join(line for _logger, line in log.lines)):
            return []
        return [(logger, line[:300], name) for logger, line in log.lines for name in self.found_in(line)]

    def in_database(self):
        """Every column of every table, as text: ``(table, column, name)``."""
        self.env.flush_all()
        found = []
        for table, columns in self._columns().items():
            text = self._text_of(table, columns)
            if self.found_in(text):
                found += [(table, column, name) for column in columns for name in self.found_in(self._text_of(table, [column]))]
        return found

    def in_files(self):
        """Every file an attachment is kept in: ``(name in the store, name)``."""
        store = Path(config.filestore(self.env.cr.dbname))
        self.env.cr.execute("SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname IS NOT NULL")
        files = [name for (name,) in self.env.cr.fetchall() if (store / name).is_file()]
        return [(file, name) for file in files for name in self.found_in((store / file).read_bytes())]

    def _columns(self):
        self.env.cr.execute("""
            SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position)
              FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
             WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' GROUP BY table_name""")
        return dict(self.env.cr.fetchall())

    def _text_of(self, table, columns):
        # a name of a catalogue is no value: it goes in as an identifier
        every = SQL(", ").join(SQL("%s::text", SQL.identifier(column)) for column in columns)
        self.env.cr.execute(SQL("SELECT concat_ws(chr(10), %s) FROM %s", every, SQL.identifier(table)))
        return "\n".join(text for (text,) in self.env.cr.fetchall())


class EverythingLogged(logging.Handler):
    """Every line of every logger while it is open, DEBUG and the SQL with its values included, as a formatter writes it.

    :attr:`lines` has ``(logger, text)``.

    :param is_ours: tells by ``(logger, text)`` what the test itself says and no server would.
    """

    def __init__(self, is_ours):
        super().__init__(logging.DEBUG)
        self.lines, self._is_ours, self._levels = [], is_ours, {}

    def emit(self, record):
        text = self.format(record)
        if not self._is_ours(record.name, text):
            self.lines.append((record.name, text))

    def __enter__(self):
        root = logging.getLogger()
        named = [logger for logger in root.manager.loggerDict.values() if isinstance(logger, logging.Logger)]
        self._levels = {logger: logger.level for logger in (root, *named)}
        for logger in self._levels:
            logger.setLevel(logging.DEBUG)
        self._others = root.handlers[:]
        root.handlers[:] = [self]
        return self

    def __exit__(self, *exc_info):
        logging.getLogger().handlers[:] = self._others
        for logger, level in self._levels.items():
            logger.setLevel(level)
