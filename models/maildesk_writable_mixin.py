from functools import partial

from odoo import Command, api, models
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tools import clean_context

from .request_values import LINKING, WITH_VALUES, check_commands, check_ids, check_values, record_label


class MaildeskWritableMixin(models.AbstractModel):
    """The fields of a record that people may set; all others are the server's, whatever rights a person has on the model.

    A model names the former in :attr:`_writable` and :attr:`_set_once`. Odoo asks :meth:`_has_field_access` about every field
    that ``create``, ``write`` and the public methods above them (``copy``, ``load``, ``web_save``, nested commands,
    translations) are given, in values or as ``default_*`` in the context. What it does not ask about is judged here:
    user-defined defaults, and forms that name records of their own choosing. The engine writes as superuser, and then no value
    is taken from the context.
    """

    _name = "maildesk.writable.mixin"
    _description = "Fields People May Set"

    #: Names of the fields people may set at any time.
    _writable = frozenset()
    #: Names of the fields people may set when they create a record, and not afterwards.
    _set_once = frozenset()

    def _is_settable(self, field):
        """Whether a person may set a field of these records; of a new one, where there are none."""
        if "maildesk" not in field._modules:
            # a field that another module or an administrator has added is theirs to guard
            return True
        return field.name in self._writable or (field.name in self._set_once and not any(self._ids))

    @api.model
    def _has_field_access(self, field, operation):
        if not super()._has_field_access(field, operation):
            return False
        return operation != "write" or self.env.su or self._is_settable(field)

    @api.model
    def _check_field_access(self, field, operation):
        if operation == "write" and not self.env.su and not self._is_settable(field):
            words = {"field": field._description_string(self.env), "record": record_label(self)}
            if field.name in self._set_once:
                raise AccessError(self.env._(
                    "%(record)s: %(field)s is chosen once and cannot be changed. Delete the entry and add another one.", **words))
            raise AccessError(self.env._("%(record)s: %(field)s is set by MailDesk itself and cannot be written.", **words))
        return super()._check_field_access(field, operation)

    @api.model
    def default_get(self, fields):
        own = [
            field for name in fields
            if (field := self._fields.get(name)) and (self.env.su or not self.browse()._is_settable(field))
        ]
        defaults = super().default_get([name for name in fields if self._fields.get(name) not in own])
        # what the context and a person's own defaults (``ir.default``) say of these does not count
        bare = self.with_context(clean_context(self.env.context))
        for field in own:
            if field.default:
                value = field.convert_to_cache(field.default(bare), bare, validate=False)
                defaults[field.name] = field.convert_to_write(value, bare)
        return defaults

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                check_values(self.browse(), vals)
        return super().create(vals_list)

    def _prepare_create_values(self, vals_list):
        complete = super()._prepare_create_values(vals_list)
        for vals in complete:
            self.browse()._check_references(vals)
        return complete

    def write(self, vals):
        if not self.env.su:
            check_values(self, vals)
        self._check_references(vals)
        return super().write(vals)

    def _check_references(self, vals):
        """Refuse references to records of MailDesk's that the person may not read, before anything tells them apart.

        :param dict vals: what is about to be stored, defaults included.
        :raises AccessError: there is one.
        """
        if self.env.su:
            return
        for name, value in vals.items():
            field = self._fields.get(name)
            if value and field and field.type == "many2one" and isinstance(self.env[field.comodel_name], MaildeskWritableMixin):
                self.env[field.comodel_name].browse(value).check_access("read")

    # -------------------------------------------------------------------------
    # Which records
    # -------------------------------------------------------------------------

    def _expect_one(self):
        """``ensure_one`` for public methods.

        :raises UserError: it was called on none, or on several.
        """
        check_ids(self)
        if len(self) != 1:
            raise UserError(self.env._("This works on one record at a time. Choose one: %s.", record_label(self)))

    def _check_access(self, operation):
        try:
            check_ids(self)
        except MissingError as missing:
            return self, partial(MissingError, str(missing))
        return super()._check_access(operation)

    # -------------------------------------------------------------------------
    # Forms
    # -------------------------------------------------------------------------

    def onchange(self, values, field_names, fields_spec):
        """Work on what a person may enter only.

        A form sends all its values, and computed fields, some of them as superuser, are worked out for them: a form could name
        any record and be told what it is.

        :raises AccessError: it names a record of MailDesk's that the person may not read.
        """
        if not (isinstance(values, dict) and isinstance(field_names, list) and isinstance(fields_spec, dict)):
            raise UserError(self.env._("This form was not sent as it should be. Reload the page."))
        try:
            entered = values if self.env.su else self._as_entered(values)
        except (TypeError, ValueError):
            raise UserError(self.env._("This form was not sent as it should be. Reload the page.")) from None
        changed = [name for name in field_names if name in entered]
        if field_names and not changed:
            # without a name Odoo takes it for the first call, which works out everything
            return {}
        return super().onchange(entered, changed, fields_spec)

    def _as_entered(self, values):
        """Of the values a form sends, those a person may set."""
        return {
            name: self._if_readable(self._fields[name], value) for name, value in values.items()
            if name in self._fields and self._is_settable(self._fields[name])
        }

    @api.model
    def _if_readable(self, field, value):
        """A form's value of a field.

        :raises AccessError: it names a record of MailDesk's that the person may not read.
        """
        records = self.env[field.comodel_name] if field.relational else None
        if not isinstance(records, MaildeskWritableMixin):
            return value
        if field.type == "many2one":
            return self._readable_one(records, value)
        check_commands(value)
        entered = []
        for command in value or ():
            operation, key, rest = (*command, False, False)[:3]
            named = records.browse(key if operation in LINKING else rest if operation == Command.SET else ())
            named.check_access("read")
            if operation in WITH_VALUES:
                rest = (named if operation == Command.UPDATE else records)._as_entered(rest)
            entered.append((operation, key, rest))
        return entered

    @api.model
    def _readable_one(self, records, value):
        """The same for one record, which a form may describe by its values."""
        described = isinstance(value, dict)
        named = records.browse(value.get("id") if described else value)
        named.check_access("read")
        return {"id": named.id, **named._as_entered(value)} if described else value
