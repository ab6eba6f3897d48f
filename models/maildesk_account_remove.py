from odoo import api, fields, models
from odoo.exceptions import MissingError, UserError, ValidationError
from odoo.tools import SQL

from ..const import CREATED_FOLDERS, SERVER_TYPES
from ..providers.deadline import within
from .time_limits import ENDLESS, request_seconds

#: Begins the keys of the folders an archive lies in: no server has such.
ARCHIVED = "\x03"
#: Linked mails that are fetched while somebody waits for the question.
FETCH_BATCH = 20


class MaildeskAccount(models.Model):
    """Remove Mailbox: the linked mails stay as an archive without a server, or everything goes.

    One transaction detaches servers, sign-in and all mail; what was detached is cleared away in the background, however often
    that is interrupted (``_cron_clear``). The mail server is not told anything::

        connected ──keep linked mails──> removed (an archive, readable by the people on the list)
            └──────────delete everything─────┴──────────> gone
    """

    _inherit = "maildesk.account"

    # what Mailbox Actions turned off for a protocol stays off in the archive
    former_server_type = fields.Selection(SERVER_TYPES, readonly=True, copy=False, groups=fields.NO_ACCESS)

    def _gone_words(self):
        """Why nothing can be done to a removed mailbox."""
        return self.env._(
            "%s was removed: its linked emails can be read, and nothing can be changed. To use the address again, set up a new "
            "mailbox.", self.name)

    def action_remove_mailbox(self):
        """Ask what is to become of the mailbox; linked emails that are not stored yet are fetched before.

        :raises UserError: it cannot be removed now, in words.
        """
        self.ensure_one()
        self._check_may_remove()
        trouble = self._keep_linked()
        choice = "archive" if self.linked_count and self.state != "removed" else "delete"
        # a question is asked about the mailbox whose button was pressed; people may only answer it
        question = self.env["maildesk.account.removal"].sudo().create(
            {"account_id": self.id, "choice": choice, "trouble": trouble})
        return question._asked()

    def _check_may_remove(self):
        if self.state != "removed":
            self._check_may_configure()
        self.check_access("unlink")

    def _check_may_configure(self):
        result = super()._check_may_configure()
        if self.state == "removed":
            raise UserError(self._gone_words())
        return result

    @api.constrains("state", "incoming_server_id", "outgoing_server_id")
    def _check_removed_has_no_server(self):
        for account in self:
            if account.state == "removed" and (account.incoming_server_id or account.outgoing_server_id):
                raise ValidationError(account._gone_words())

    # -------------------------------------------------------------------------
    # Before
    # -------------------------------------------------------------------------

    def _unkept_mails(self):
        """Linked mails that are not stored in Odoo."""
        # an administrator has no right on mail; it is stored for those who have
        return self.sudo()._linked_mails().filtered(lambda mail: not mail.source_id)

    def _keep_linked(self):
        """Store linked mails while the server can be asked, some now, the others in the background.

        :returns: why that did not go, in words, or nothing.
        """
        fetched, trouble, unkept = {}, "", self._unkept_mails()
        with within(request_seconds(ENDLESS)):
            for mail in unkept[:FETCH_BATCH]:
                try:
                    fetched[mail] = mail._fetch_raw()
                except MissingError as error:
                    trouble = str(error)
                except UserError as error:
                    trouble = str(error)
                    break
        # stored after the last of them: no server is waited for while something is written
        for mail, raw in fetched.items():
            mail._store_source(raw)
        unkept._keep_soon()
        return trouble

    # -------------------------------------------------------------------------
    # The two answers
    # -------------------------------------------------------------------------

    def _remove_keeping_archive(self):
        """Detach servers and sign-in, and leave only the linked emails.

        :returns: what is left to be done by hand, in words; mostly nothing.
        :raises UserError: it cannot be removed now, in words.
        """
        self.ensure_one()
        self._check_may_configure()
        self._check_may_remove()
        readers = self._readers()
        untold = self._forget_sign_in()
        # an administrator has no right on mail; what is linked stays with those who read it
        owner = self.sudo()
        mails = owner._linked_mails()
        owner._drop_owed(mails)
        owner._drop_writing()
        owner._archive_mails(mails)
        owner.env["maildesk.credential"]._forget(owner, "share")
        owner.write({
            "state": "removed", "error_message": False, "allow_personal_connection": False,
            "former_server_type": owner.incoming_server_id.server_type,
            "incoming_server_id": False, "outgoing_server_id": False,
        })
        self._log("removed", detail=self.env._("%s linked emails kept as an archive", len(mails)))
        self._trigger_cleaning()
        self.env["maildesk.access"]._reach_changed(readers)
        return untold

    def _remove_everything(self, typed):
        """Delete the mailbox with all that is kept of it.

        :param str typed: the mailbox's address, as a person typed it to confirm.
        :returns: what is left to be done by hand, in words; mostly nothing.
        :raises UserError: that is not the address, or it cannot be removed now, in words.
        """
        self.ensure_one()
        self._check_may_remove()
        if (typed or "").strip().lower() != self.email.strip().lower():
            raise UserError(self.env._(
                "To delete everything, type the address of this mailbox, %s. Nothing was deleted.", self.email))
        untold = self._forget_sign_in()
        self._drop_writing()
        # an administrator has no right on mail, only to delete all of it
        self.env["maildesk.link"].sudo().search([("account_id", "=", self.id)]).unlink()
        self.unlink()
        return untold

    # -------------------------------------------------------------------------
    # Step by step
    # -------------------------------------------------------------------------

    def _drop_owed(self, linked):
        """What the server was not told yet, it never will be; a linked mail it does not have is kept."""
        for mail in linked.filtered(lambda mail: not mail.source_id):
            own = mail._own_octets()
            if own:
                mail._store_source(own)
        owed = self.env["maildesk.operation"].search([("account_id", "=", self.id)])
        owed.raw_id.unlink()
        owed.unlink()
        # a removed mailbox is not visited
        self.env["maildesk.sync.request"].sudo().search([("account_id", "=", self.id)]).unlink()

    def _archive_mails(self, mails):
        """Let these mails lie in a folder of ours, and take every other folder out of sight."""
        served = self.folder_ids
        everywhere = mails.placement_ids
        junk = everywhere.filtered(lambda place: place.folder_id.role == "junk").message_id
        junk -= everywhere.filtered(lambda place: place.folder_id.role != "junk").message_id
        junk |= (mails - everywhere.message_id).filtered(lambda mail: not mail.was_outside_junk)
        # who may not see junk does not see it in an archive
        for role, kept in (("archive", mails - junk), ("junk", junk)):
            if kept:
                folder = self.env["maildesk.folder"].create({
                    "account_id": self.id, "name": CREATED_FOLDERS[role], "remote_id": f"{ARCHIVED}{role}", "role": role,
                    "sync_enabled": False,
                })
                folder._take_in(kept)
        served._retire()


class MaildeskFolder(models.Model):
    _inherit = "maildesk.folder"

    def _take_in(self, mails):
        """Give mails a place here, whatever places they have; all read, for nobody can mark them any more."""
        self.env.flush_all()
        # set-wise: there may be thousands
        self.env.cr.execute(SQL(
            """INSERT INTO maildesk_message_placement
                      (message_id, folder_id, remote_id, date, is_read, is_starred, is_answered, is_draft)
               SELECT mail.id, %s, mail.id::text, coalesce(max(place.date), mail.date, now() AT TIME ZONE 'UTC'), TRUE,
                      coalesce(bool_or(place.is_starred), FALSE), coalesce(bool_or(place.is_answered), FALSE),
                      coalesce(bool_and(place.is_draft), FALSE)
                 FROM maildesk_message mail LEFT JOIN maildesk_message_placement place ON place.message_id = mail.id
                WHERE mail.id = ANY(%s) GROUP BY mail.id""", self.id, mails.ids))
        self.env.invalidate_all()
        mails.write({"orphaned_at": False})
        self.total_count = len(mails)
