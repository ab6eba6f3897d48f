from odoo import api, models

from ..const import ADMIN, OAUTH_PROVIDERS
from .maildesk_account_setup import WAYS


class MaildeskAccount(models.Model):
    """Setting a mailbox up with a sign-in at Google or Microsoft.

    The sign-in comes first. Until it has worked there is no mailbox but a draft in memory, made anew at each step from what the
    sign-in's row keeps: whoever turns back leaves nothing behind.
    """

    _inherit = "maildesk.account"

    @api.model
    def _setup_sign_in(self, plan, provider):
        """Where the sign-in begins that makes the mailbox.

        :param SetupPlan plan: of ``_setup_plan``.
        """
        draft = self._setup_draft({
            "email": plan.email, "is_personal": plan.is_personal, "company_id": self.env.company.id})
        return draft.with_env(self.env)._sign_in_url(provider)

    @api.model
    def _setup_draft(self, values):
        """:param dict values: of :meth:`_setup_values`."""
        # in memory only; who may make a mailbox of it is asked at each step
        return self.sudo().new({**values, "name": values["email"], "owner_id": self.env.uid})

    def _setup_values(self):
        """What a sign-in under way keeps of a draft."""
        return {"email": self.email, "is_personal": self.is_personal, "company_id": self.company_id.id}

    def _draft_plan(self):
        """``_setup_plan`` for what a draft is to become; None for a mailbox that is there.

        :raises UserError: the acting person may not set it up (any more).
        """
        return None if self.id else self.with_company(self.company_id)._setup_plan(self.email, self.is_personal)

    def _check_may_sign_in(self):
        return None if self._draft_plan() else super()._check_may_sign_in()

    def _signed_in(self, provider, grant, shared=False):
        plan = self._draft_plan()
        if not plan:
            return super()._signed_in(provider, grant, shared)
        server_type = next(name for name, known in OAUTH_PROVIDERS.items() if known == provider)
        servers = {way: {"server_type": server_type, "username": grant.email} for way in WAYS}
        return self.with_company(self.company_id)._setup_store(plan, servers)._signed_in(provider, grant, shared)

    def _own_url(self, user):
        if self.id:
            return super()._own_url(user)
        return "/odoo/mailbox-accounts" if user.has_group(ADMIN) and not self.is_personal else "/odoo/maildesk"
