import { Component } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { errorWords } from "../../core/errors";
import { changeLinks } from "../../core/reader/links";

/** The records an email is linked to: a click opens one, its cross takes the link away. */
export class LinkChips extends Component {
    static template = "maildesk.LinkChips";
    static props = { message: Object };

    setup() {
        this.store = useService("maildesk").store;
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
    }

    words(link) {
        return link.name || _t("A record you may not see");
    }

    open({ model, res_id: resId }) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    askToRemove(link) {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Remove the link"),
            body: _t(
                "The email will no longer be linked to %s. The record itself stays as it is. An email without any link lasts as long as the mail server keeps it.",
                this.words(link)
            ),
            confirmLabel: _t("Remove the link"),
            confirm: () => this._remove(link),
            cancel: () => {},
        });
    }

    async _remove({ id }) {
        try {
            await changeLinks(this.store, this.props.message, (api) => api.unlink(id));
        } catch (error) {
            this.notification.add(errorWords(error), { type: "danger" });
        }
    }
}
