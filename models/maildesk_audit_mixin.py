from odoo import fields, models

#: Types of fields whose value is too much for a line: that they changed is told, not how.
UNQUOTED = ("html", "text", "binary", "json", "properties")
#: Characters a line quotes of a value.
QUOTED = 60


class MaildeskAuditMixin(models.AbstractModel):
    """What a save has changed, in words, for the Activity Log.

    Every stored field a person can edit is covered, those of tomorrow too. No secret is among them: secrets are not stored on
    these records.
    """

    _name = "maildesk.audit.mixin"
    _description = "Told in the Activity Log"

    def _audited_names(self):
        return [
            name for name, field in self._fields.items()
            if field.store and not field.readonly and field.groups != fields.NO_ACCESS
            and field.type not in ("one2many", "many2many")
        ]

    def _noted(self, vals):
        """What is about to be written over.

        :param dict vals: as for ``write``.
        :returns: for :meth:`_changes`.
        """
        audited = set(self._audited_names())
        names = [name for name in vals if name in audited]
        return {record: {name: record[name] for name in names} for record in self} if names else {}

    def _changes(self, noted):
        """What is different now.

        :param dict noted: by :meth:`_noted`, before the save.
        :returns: a list of record and words, one for each record that has changed.
        """
        labels = self._audit_labels()
        found = []
        for record, before in noted.items():
            changed = [
                record._change_words(labels[name], name, old) for name, old in before.items()
                if (old or False) != (record[name] or False)
            ]
            if changed:
                found.append((record, ", ".join(changed)))
        return found

    def _audit_labels(self):
        return self.env["ir.model.fields"].get_field_string(self._name)

    def _change_words(self, label, name, old):
        field = self._fields[name]
        if field.type in UNQUOTED:
            return label
        if field.type == "boolean":
            return self.env._("%s on", label) if self[name] else self.env._("%s off", label)
        old, new = (
            str(field.convert_to_export(value, self))[:QUOTED] if value else self.env._("(empty)")
            for value in (old, self[name]))
        return f"{label}: {old} → {new}"
