"""Values that come with a public call, judged before anything is done with them: whoever may log in sends what they like.

Odoo takes a value of a wrong type, a NUL or a number that is too large for the database as far as it goes, and then fails with a
server error. Here they are refused in words.
"""

from collections.abc import Mapping

from odoo import Command
from odoo.api import NewId
from odoo.exceptions import MissingError, UserError, ValidationError
from odoo.models import BaseModel

#: Largest id and number an integer column holds.
MAX_INTEGER = 2**31 - 1
#: Characters of one line that is stored: they may be indexed, and an index takes 2,700 octets.
STORED_LENGTH = 500
#: Characters of one line that is not stored as it is, such as a password; what Odoo's hash of passwords takes.
TYPED_LENGTH = 4096
#: Characters of a text.
TEXT_LENGTH = 2_000_000
#: Records one call may be about.
MANY = 10_000

#: Commands of x2many fields by what follows: an id, values, ids.
WITH_ID = (Command.UPDATE, Command.DELETE, Command.UNLINK, Command.LINK)
WITH_VALUES = (Command.CREATE, Command.UPDATE)
LINKING = (Command.UPDATE, Command.LINK)


def is_id(value):
    """Whether a value can be a database id."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_INTEGER


def is_storable(text):
    """Whether PostgreSQL can hold a text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def record_id(env, value):
    """An id a browser sent.

    :raises UserError: it is none.
    """
    if isinstance(value, str) and value.isdecimal() and len(value) <= len(str(MAX_INTEGER)):
        value = int(value)
    if not is_id(value):
        raise UserError(_bad_request(env))
    return value


def record_ids(env, values):
    """Ids a browser sent, as a list.

    :raises UserError: these are none, or too many.
    """
    if not isinstance(values, list) or len(values) > MANY:
        raise UserError(_bad_request(env))
    return [record_id(env, value) for value in values]


def line(env, value, limit=STORED_LENGTH):
    """A line of text a browser sent; nothing stands for an empty one.

    :param int limit: characters it may have.
    :raises UserError: it is no text, too long, or holds what cannot be stored.
    """
    if value is None or value is False:
        return ""
    if not isinstance(value, str):
        raise UserError(_bad_request(env))
    if len(value) > limit:
        raise UserError(env._("This text is too long: it may have %s characters. Shorten it.", limit))
    if not is_storable(value):
        raise UserError(env._("This text holds characters that cannot be stored. Type it by hand."))
    return value


def check_ids(records):
    """:raises MissingError: these cannot be the ids of records."""
    if not all(isinstance(id_, NewId) or is_id(id_) for id_ in records._ids):
        raise MissingError(records.env._("This record does not exist. Reload the page."))


def check_values(records, values):
    """Judge what a person wants to write, before it is written.

    :param records: those that are written to; none where one is created.
    :param dict values: as for ``create`` and ``write``; what the person may not set is left to Odoo to refuse.
    :raises ValidationError: a field cannot have this value.
    """
    if not isinstance(values, Mapping):
        raise UserError(_bad_request(records.env))
    for name, value in values.items():
        field = records._fields.get(name)
        if field is None:
            raise ValidationError(records.env._(
                "%(record)s has no field %(name)s. Reload the page.", record=record_label(records),
                name=str(name)[:STORED_LENGTH]))
        if not records._has_field_access(field, "write"):
            continue
        try:
            words = _judge(records, field, value)
        except (TypeError, ValueError, OverflowError, AttributeError):
            words = records.env._("This cannot be its value.")
        if words:
            raise ValidationError(records.env._(
                "%(record)s, %(field)s: %(problem)s", record=record_label(records), field=field._description_string(records.env),
                problem=words))


def check_commands(commands):
    """:raises ValueError: this is no list of commands of an x2many field."""
    for command in commands or ():
        operation, key, rest = (*command, False, False)[:3]
        if isinstance(operation, bool) or operation not in tuple(Command):
            raise ValueError("no command")
        if operation in WITH_ID and not (is_id(key) or isinstance(key, NewId)):
            raise ValueError("no id")
        if operation in WITH_VALUES and not isinstance(rest, Mapping):
            raise ValueError("no values")
        if operation == Command.SET and not all(is_id(id_) or isinstance(id_, NewId) for id_ in rest):
            raise ValueError("no ids")


def _judge(records, field, value):
    """What is wrong with a value, in words; nothing where nothing is."""
    env = records.env
    if value is None or value is False or isinstance(value, BaseModel):
        return ""
    if field.type in ("one2many", "many2many"):
        check_commands(value)
        return ""
    if field.type == "many2one":
        return "" if is_id(value) or isinstance(value, NewId) else env._("There is no such record. Choose another one.")
    if field.type in ("char", "text", "html"):
        return _judge_text(env, field, value)
    converted = field.convert_to_cache(value, records)
    if field.type == "integer" and not -MAX_INTEGER <= converted <= MAX_INTEGER:
        return env._("This number is too large.")
    return ""


def _judge_text(env, field, value):
    if not isinstance(value, str):
        return env._("This is no text.")
    one_line = STORED_LENGTH if field.store else TYPED_LENGTH
    limit = one_line if field.type == "char" else TEXT_LENGTH
    if len(value) > limit:
        return env._("This text is too long: it may have %s characters. Shorten it.", limit)
    return "" if is_storable(value) else env._("This text holds characters that cannot be stored. Type it by hand.")


def _bad_request(env):
    return env._("This request was not sent as it should be. Reload the page and try again.")


def record_label(records):
    """What a kind of record is called in the person's language."""
    # what a kind of record is called is nobody's secret
    return records.env["ir.model"]._get(records._name).name
