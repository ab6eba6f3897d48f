import base64
import contextlib
import hashlib
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import config


class SecretKeyLost(UserError):
    """No key we have opens the stored secret; the person has to enter it again."""


class MaildeskCredential(models.Model):
    """Every secret there is: passwords, share-password hashes, OAuth grants and client secrets, encrypted at rest.

    The key never lies in the database, so that a dump alone opens nothing. It is taken from the environment variable
    ``MAILDESK_SECRET_KEY``, else from ``maildesk_secret_key`` in Odoo's configuration file, else from a file made once in
    Odoo's data directory. Several keys, separated by commas, rotate: the first encrypts, all decrypt.
    """

    _name = "maildesk.credential"
    _inherit = ["maildesk.writable.mixin"]
    _description = "Mailbox Credential"

    kind = fields.Selection(
        [
            ("password", "Password"),
            ("share", "Share Password"),
            ("oauth", "OAuth Sign-in"),
            ("google", "Google Client Secret"),
            ("microsoft", "Microsoft Client Secret"),
        ],
        required=True,
    )
    account_id = fields.Many2one("maildesk.account", ondelete="cascade", index="btree_not_null")
    incoming_server_id = fields.Many2one("maildesk.incoming.server", ondelete="cascade", index="btree_not_null")
    outgoing_server_id = fields.Many2one("maildesk.outgoing.server", ondelete="cascade", index="btree_not_null")
    company_id = fields.Many2one("res.company", ondelete="cascade", index="btree_not_null")
    secret = fields.Text(groups=fields.NO_ACCESS, copy=False, exportable=False)

    _one_account_secret = models.UniqueIndex("(account_id, kind) WHERE account_id IS NOT NULL")
    _one_incoming_secret = models.UniqueIndex("(incoming_server_id, kind) WHERE incoming_server_id IS NOT NULL")
    _one_outgoing_secret = models.UniqueIndex("(outgoing_server_id, kind) WHERE outgoing_server_id IS NOT NULL")
    _one_company_secret = models.UniqueIndex("(company_id, kind) WHERE company_id IS NOT NULL")

    _holder_fields = {
        "maildesk.account": "account_id",
        "maildesk.incoming.server": "incoming_server_id",
        "maildesk.outgoing.server": "outgoing_server_id",
        "res.company": "company_id",
    }

    @api.model
    def _of(self, holders, kind):
        # nobody has a right on this model: only the methods here, which give nothing away, reach it
        return self.sudo().search([(self._holder_fields[holders._name], "in", holders.ids), ("kind", "=", kind)])

    @api.model
    def _holders(self, holders, kind="password"):
        """Ids of those records that have a secret of this kind stored."""
        return set(self._of(holders, kind).mapped(f"{self._holder_fields[holders._name]}.id"))

    @api.model
    def _store(self, holder, kind, secret):
        """Encrypt and keep a secret, replacing what was there."""
        holder.ensure_one()
        token = self._seal(secret)
        credential = self._of(holder, kind)
        if credential:
            credential.secret = token
        else:
            credential.create({"kind": kind, self._holder_fields[holder._name]: holder.id, "secret": token})

    @api.model
    def _forget(self, holders, kind):
        """Delete a kind of secret of these records."""
        self._of(holders, kind).unlink()

    @api.model
    def _reveal(self, holder, kind):
        """The secret itself, for the code that signs in or compares.

        :raises UserError: none is stored.
        :raises SecretKeyLost: it was encrypted with a key that is no longer there.
        """
        credential = self._of(holder, kind)
        if not credential.secret:
            raise UserError(self.env._("%s has no password yet. Enter it on the server's form.", holder.display_name))
        return self._unseal(credential.secret, holder.display_name)

    @api.model
    def _seal(self, text):
        """Encrypt with the first key."""
        return self._cipher().encrypt(text.encode()).decode()

    @api.model
    def _unseal(self, sealed, name):
        """:param str name: whose secret it is, for the message.

        :raises SecretKeyLost: it was encrypted with a key that is no longer there.
        """
        try:
            return self._cipher().decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SecretKeyLost(self.env._(
                "The stored password of %s cannot be opened: the server's encryption key has changed. Enter the password "
                "again, or have the old key put back.", name,
            )) from None

    @api.model
    def _rotate(self):
        """Encrypt everything anew with the first key, so that the others can be retired."""
        cipher = self._cipher()
        # the administrator's shell calls this; nobody else can
        for credential in self.sudo().search([("secret", "!=", False)]):
            with contextlib.suppress(InvalidToken):
                credential.secret = cipher.rotate(credential.secret.encode()).decode()

    @api.model
    def _cipher(self):
        keys = os.environ.get("MAILDESK_SECRET_KEY") or config.get("maildesk_secret_key") or self._key_file()
        return MultiFernet([
            Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.strip().encode()).digest()))
            for key in keys.split(",") if key.strip()
        ])

    @api.model
    def _key_file(self):
        """The key in Odoo's data directory, made on first use and readable by the server's user only."""
        path = Path(config["data_dir"]) / "maildesk_secret_key"
        try:
            return path.read_text()
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
            handle.write(Fernet.generate_key().decode())
        # two workers may get here at once: linking fails for the second, and both read the first one's key
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
        return path.read_text()
