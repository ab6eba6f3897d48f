from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import Controller, request, route

from ..const import PROVIDER_NAMES
from ..providers.errors import ProviderError
from ..providers.oauth import Grant

#: The address a provider sends people back to carries a code; nothing may keep it, and nothing foreign is loaded beside it.
GUARDS = {
    "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
                               "base-uri 'none'; frame-ancestors 'none'",
}
#: Stands for the id of a mailbox that is not there before it is signed in.
SETUP = -1


def _waiting_id(account):
    """What an open MailDesk waits for under (``core/sign_in_windows.js``): a mailbox, or the one that is being set up."""
    return account and (account.id or SETUP)


class MaildeskOauth(Controller):
    """Where Google and Microsoft send people back to, and the page that says how it went."""

    @route("/maildesk/oauth/sign_in/<int:account_id>", type="http", auth="user", methods=["GET"])
    def sign_in(self, account_id):
        """Where an owner is led who was told to sign in again."""
        account = request.env["maildesk.account"].browse(account_id)
        try:
            action = account.action_reconnect()
        except AccessError:
            return self._page(text=request.env._(
                "Only a Mailbox Admin, or the owner of a mailbox that is open to them, may sign it in."))
        except MissingError:
            return self._page(text=request.env._("This mailbox is no longer here: it was deleted."))
        except UserError as refusal:
            return self._page(text=str(refusal))
        return request.redirect(action["params"].get("url") or account._own_url(request.env.user), local=False)

    @route("/maildesk/oauth/callback/<string:provider>", type="http", auth="public", methods=["GET"])
    def callback(self, provider, **answer):
        """The provider's answer (RFC 6749 §4.1.2).

        Open to nobody in particular, or the code would wait in the address and on the page of the log-in, in vain: a sign-in
        ends with the session it was begun in.
        """
        if provider not in PROVIDER_NAMES:
            raise request.not_found()
        if request.env.user._is_public():
            return self._page(text=request.env._(
                "You are no longer logged in to Odoo. Log in, and start the sign-in again from the mailbox."))
        row, reason = request.env["maildesk.oauth.state"]._take(answer.get("state"), provider, "answer")
        if reason:
            return self._page(text=self._stray_words(reason))
        account = row._account().with_env(request.env)
        try:
            account._check_may_sign_in()
            # only what is committed is good: the company's credentials are read as the module
            grant = account.sudo().company_id._maildesk_oauth(provider, row.shared).finish(row._kept(), answer)
        except ProviderError as error:
            return self._page(account, text=account._sign_in_words(error, provider))
        except AccessError:
            raise
        except UserError as refusal:
            return self._page(account, text=str(refusal))
        # chosen knowingly before: an alias, or the person a shared mailbox is opened by
        is_expected = account._is_own_address(grant.email) or grant.email == row.expected_email
        return self._done(account, provider, grant, row.shared) if is_expected else self._ask(account, provider, grant)

    @route("/maildesk/oauth/choice", type="http", auth="user", methods=["POST"])
    def choice(self, provider, state, choice, **_kwargs):
        """What a person wants who signed in with another address than the mailbox's.

        :param str choice: ``alias`` (it is the same mailbox), ``shared`` (a mailbox shared with them), ``again`` or ``cancel``.
        """
        row, reason = request.env["maildesk.oauth.state"]._take(state, provider, "choice")
        if reason:
            return self._page(text=self._stray_words(reason))
        account, grant = row._account().with_env(request.env), Grant.load(row._kept()["grant"])
        account._check_may_sign_in()
        if choice == "alias":
            return self._done(account, provider, grant)
        if choice == "shared" and provider == "microsoft":
            # the permission for shared mailboxes is asked for only where one is wanted
            return request.redirect(account._sign_in_url(provider, True, grant.email), local=False)
        # nobody needs this consent any more
        account._revoke(provider, grant)
        if choice == "again":
            return request.redirect(account._sign_in_url(provider), local=False)
        return self._page(account, text=request.env._("You cancelled the sign-in. Nothing has changed."))

    def _ask(self, account, provider, grant):
        states = request.env["maildesk.oauth.state"]
        state = states._new_state()
        states._remember(state, account, provider, "choice", {"grant": grant.dump()})
        return self._page(account, choice={"state": state, "provider": provider, "email": grant.email})

    def _done(self, account, provider, grant, shared=False):
        signed_in = account._signed_in(provider, grant, shared)
        return self._page(signed_in, waiting_id=_waiting_id(account), is_done=True, text=request.env._(
            "%(mailbox)s is connected, signed in as %(email)s.", mailbox=signed_in.email, email=grant.email))

    def _page(self, account=None, **values):
        back = account._own_url(request.env.user) if account else "/odoo/maildesk"
        content = {
            "text": "", "is_done": False, "choice": None, "account": account, "back": back, "waiting_id": _waiting_id(account),
            **values,
        }
        response = request.render("maildesk.oauth_result", content)
        response.headers.update(GUARDS)
        return response

    def _stray_words(self, reason):
        match reason:
            case "used":
                return request.env._(
                    "This answer was used before: a sign-in counts once. Look at the mailbox, and start again if it is not "
                    "connected.")
            case "late":
                return request.env._("The sign-in took longer than ten minutes. Start it again from the mailbox.")
            case "foreign":
                return request.env._(
                    "This sign-in was begun by another user or in another browser session. Start it again from the mailbox.")
        return request.env._("There is no such sign-in here. Start it from the mailbox.")
