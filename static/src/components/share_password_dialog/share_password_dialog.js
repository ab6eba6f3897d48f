import { Component } from "@odoo/owl";
import { CopyButton } from "@web/core/copy_button/copy_button";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** A new share password, this once: nobody can look it up again. */
export class SharePasswordDialog extends Component {
    static template = "maildesk.SharePasswordDialog";
    static components = { CopyButton, Dialog };
    static props = { close: Function, email: String, password: String, note: String };

    get copied() {
        return _t("Copied");
    }
}

/** What the form's button answers with; once the dialog is closed, the form is read anew. */
export function sharePasswordAction(env, { params }) {
    const { email, password, note } = params;
    return new Promise((resolve) => {
        env.services.dialog.add(
            SharePasswordDialog,
            { email, password, note },
            { onClose: () => resolve({ type: "ir.actions.act_window_close" }) }
        );
    });
}

registry.category("actions").add("maildesk.share_password", sharePasswordAction);
