from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import Controller, request, route

from ..models.request_values import line, record_id, record_ids
from ..services.draft_files import PICTURES, DraftFiles, mimetype_of
from ..services.drafting import Drafting
from ..services.letter import LetterWriter
from ..services.recipients import Recipients
from ..services.sending_checks import SendingWarnings
from ..tools.filenames import content_disposition
from ..tools.html_frame import frame_document, frame_headers
from ..tools.html_text import text_to_html

#: Entries of a list at most.
MOST_DRAFTS, MOST_SUGGESTIONS = 200, 20
#: What a file of a draft is served with: a download, whatever it says it is, unless it is a harmless picture shown in the text.
GUARDS = {
    "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
}


class MaildeskCompose(Controller):
    """What the composer asks for, answered under the asking user's own rights."""

    @route("/maildesk/draft/begin", type="jsonrpc", auth="user")
    def begin(self, kind, account_id=None, message_id=None, to=None, subject=None):
        """Make a draft; see :meth:`Drafting.begin`."""
        env = request.env
        origin = env["maildesk.message"].browse(record_id(env, message_id)) if message_id else None
        account = env["maildesk.account"].browse(record_id(env, account_id)) if account_id else None
        draft = Drafting(env).begin(
            line(env, kind), account, origin, [line(env, email) for email in to or ()], line(env, subject))
        return draft._as_shown()

    @route("/maildesk/draft/open", type="jsonrpc", auth="user")
    def open(self, draft_id=None, message_id=None):
        """A draft as it is stored, or one that lies on the mail server."""
        if message_id:
            message = request.env["maildesk.message"].browse(record_id(request.env, message_id))
            return Drafting(request.env).of_message(message)._as_shown()
        return self._draft(draft_id)._as_shown()

    @route("/maildesk/draft/save", type="jsonrpc", auth="user")
    def save(self, draft_id, rev, values):
        """Store changed fields; see ``maildesk.draft._save``."""
        return self._draft(draft_id)._save(record_id(request.env, rev), values)

    @route("/maildesk/draft/lock", type="jsonrpc", auth="user")
    def lock(self, draft_id, take_over=False):
        """Say that the person writes here, or learn who does."""
        return self._draft(draft_id)._lock(bool(take_over))

    @route("/maildesk/draft/close", type="jsonrpc", auth="user")
    def close(self, draft_id):
        """The person writes here no more; the draft stays."""
        self._draft(draft_id)._unlock()

    @route("/maildesk/draft/send", type="jsonrpc", auth="user")
    def send(self, draft_id, rev, send_at=None, then=None, acknowledged=()):
        """Send a draft.

        :return: ``{"submission"}``, or ``{"warnings"}`` with what to ask the person first.
        """
        draft = self._draft(draft_id)
        if send_at:
            draft.send_at = line(request.env, send_at)
        try:
            submission = draft._send([line(request.env, kind) for kind in acknowledged])
        except SendingWarnings as found:
            return {"warnings": found.warnings}
        if then == "archive":
            # a choice of the person who sends; the queue is the engine's
            submission.sudo().archive_origin = True
        return {"submission": submission._as_shown()}

    @route("/maildesk/draft/<int:draft_id>/quote", type="http", auth="user", methods=["GET"])
    def quote(self, draft_id):
        """The quoted mail as the document of the composer's second, script-free frame; remote pictures stay blocked."""
        draft = self._draft(draft_id)
        return request.make_response(frame_document(str(LetterWriter(draft).quote())), headers=list(frame_headers().items()))

    @route("/maildesk/draft/list", type="jsonrpc", auth="user", readonly=True)
    def drafts(self, account_id=None):
        """Drafts of the mailboxes the person may send from, the last one changed first."""
        accounts = request.env["maildesk.account"]._sendable()
        if account_id:
            accounts &= accounts.browse(record_id(request.env, account_id))
        drafts = request.env["maildesk.draft"].search(
            [("account_id", "in", accounts.ids), ("submission_ids", "=", False)], limit=MOST_DRAFTS)
        return [draft._as_listed() for draft in drafts]

    @route("/maildesk/draft/edit_quote", type="jsonrpc", auth="user")
    def edit_quote(self, draft_id, rev):
        """Make the quoted mail part of the text.

        :return: ``{"rev", "body"}``
        """
        draft = self._draft(draft_id)
        if draft.quote_mode == "reference":
            body = f"{draft.body or ''}<br>{LetterWriter(draft).quote()}"
            draft._save(record_id(request.env, rev), {"body": body, "quote_mode": "edited"})
        return {"rev": draft.rev, "body": draft.body or ""}

    @route("/maildesk/draft/discard", type="jsonrpc", auth="user")
    def discard(self, draft_id):
        """Delete a draft with its files."""
        self._draft(draft_id)._discard()

    @route("/maildesk/draft/upload", type="http", auth="user", methods=["POST"])
    def upload(self, draft_id, ufile, inline="0"):
        """Store a file with a draft.

        :return: JSON of the file, or ``{"error"}`` in words.
        """
        draft = self._draft(draft_id)
        try:
            file = DraftFiles(draft).add(ufile.filename, ufile.stream)
        except UserError as problem:
            return request.make_json_response({"error": str(problem)})
        return request.make_json_response({**file, "is_inline": inline == "1"})

    @route("/maildesk/draft/attach", type="jsonrpc", auth="user")
    def attach(self, draft_id, attachment_ids=None, message_ids=None):
        """Add files of Odoo's, or mails as files.

        :return: all files of the draft.
        """
        draft = self._draft(draft_id)
        files = DraftFiles(draft)
        files.add_stored(request.env["ir.attachment"].browse(record_ids(request.env, attachment_ids or [])))
        files.add_mails(request.env["maildesk.message"].browse(record_ids(request.env, message_ids or [])))
        return draft._files_shown()

    @route("/maildesk/draft/detach", type="jsonrpc", auth="user")
    def detach(self, draft_id, file_id, is_forwarded=False):
        """Take a file out of a draft.

        :return: the files it has left.
        """
        draft = self._draft(draft_id)
        DraftFiles(draft).remove(record_id(request.env, file_id), bool(is_forwarded))
        return draft._files_shown()

    @route("/maildesk/draft/file/<int:draft_id>/<int:file_id>", type="http", auth="user", methods=["GET"])
    def file(self, draft_id, file_id, inline=None):
        """A file of a draft, as a download; a picture also in place."""
        draft = self._draft(draft_id)
        file = draft.attachment_ids.filtered(lambda one: one.id == file_id)
        if not file:
            raise request.not_found()
        kind = mimetype_of(file)
        in_place = bool(inline) and kind in PICTURES
        headers = {
            **GUARDS, "Content-Type": kind if in_place else "application/octet-stream",
            "Content-Disposition": content_disposition(file.name or "file", inline=in_place),
        }
        return request.make_response(file.raw or b"", headers=list(headers.items()))

    @route("/maildesk/recipients", type="jsonrpc", auth="user", readonly=True)
    def recipients(self, account_id, words, limit=8):
        """People to write to; see :class:`Recipients`."""
        account = request.env["maildesk.account"].browse(record_id(request.env, account_id))
        account.check_access("read")
        return Recipients(account).suggest(line(request.env, words), min(record_id(request.env, limit), MOST_SUGGESTIONS))

    @route("/maildesk/recipients/forget", type="jsonrpc", auth="user")
    def forget_recipient(self, account_id, email):
        """Suggest an address no more to this person."""
        account = request.env["maildesk.account"].browse(record_id(request.env, account_id))
        account.check_access("read")
        Recipients(account).forget(line(request.env, email))

    @route("/maildesk/blocks", type="jsonrpc", auth="user", readonly=True)
    def blocks(self, account_id, words=""):
        """Texts the person can put into a mail: Odoo's canned responses, theirs and their groups'."""
        account = request.env["maildesk.account"].browse(record_id(request.env, account_id))
        account.check_access("read")
        words = line(request.env, words)
        found = request.env["mail.canned.response"].search(
            Domain("source", "ilike", words) | Domain("substitution", "ilike", words), limit=MOST_SUGGESTIONS)
        return [{"id": one.id, "name": one.source, "shortcut": one.source, "kind": "canned"} for one in found]

    @route("/maildesk/blocks/render", type="jsonrpc", auth="user", readonly=True)
    def render_block(self, draft_id, block_id, kind):
        """One of these texts as HTML."""
        self._draft(draft_id)
        block = request.env["mail.canned.response"].browse(record_id(request.env, block_id))
        block.check_access("read")
        return {"subject": "", "html": text_to_html(block.substitution or ""), "files": []}

    @route("/maildesk/submission/list", type="jsonrpc", auth="user", readonly=True)
    def outbox(self, account_id=None):
        """What has not left yet, or needs an answer."""
        accounts = request.env["maildesk.account"]._sendable()
        if account_id:
            accounts &= accounts.browse(record_id(request.env, account_id))
        return [submission._as_shown() for submission in request.env["maildesk.submission"]._outbox(accounts.ids)]

    @route("/maildesk/submission/<string:act>", type="jsonrpc", auth="user")
    def submission(self, act, submission_id):
        """Undo, retry, release, edit, delete, confirm or repeat one mail of the Outbox."""
        submission = request.env["maildesk.submission"].browse(record_id(request.env, submission_id))
        match act:
            case "undo":
                draft_id = submission.action_undo()
                return {"draft_id": draft_id} if draft_id else submission._as_shown()
            case "edit":
                return {"draft_id": submission.action_edit()}
            case "delete":
                submission.action_discard()
                return {}
            case "release":
                submission.action_release()
            case "retry":
                submission.action_retry()
            case "confirm_sent":
                submission.action_confirm_sent()
            case "send_again":
                submission.action_send_again()
            case _:
                raise request.not_found()
        return submission._as_shown()

    @staticmethod
    def _draft(draft_id):
        draft = request.env["maildesk.draft"].browse(record_id(request.env, draft_id))
        draft.check_access("read")
        return draft
