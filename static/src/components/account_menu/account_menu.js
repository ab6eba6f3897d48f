import { Component } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/** What can be done to a mailbox as a whole, beside its name in the tree. */
export class AccountMenu extends Component {
    static template = "maildesk.AccountMenu";
    static components = { Dropdown, DropdownItem };
    static props = { account: Object };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.store = useService("maildesk").store;
    }

    get label() {
        return _t("Menu of %s", this.props.account.name);
    }

    async leave() {
        const { id, name, email } = this.props.account;
        const mayRejoin = await this.orm.call("maildesk.account", "may_rejoin", [[id]]);
        this.dialog.add(ConfirmationDialog, {
            title: _t("Leave %s?", name),
            body: mayRejoin
                ? _t(
                      "You will no longer see the mail of %s. To come back, use Connect Mailbox with its share password.",
                      email
                  )
                : _t(
                      "You will no longer see the mail of %s. To come back, ask an administrator to add you again.",
                      email
                  ),
            confirmLabel: _t("Leave mailbox"),
            confirmClass: "btn-danger",
            confirm: async () => {
                await this.orm.call("maildesk.account", "action_leave", [[id]]);
                this.notification.add(_t("You have left %s.", name), { type: "success" });
                await this.store.reloadAccess();
            },
            cancel: () => {},
        });
    }
}
