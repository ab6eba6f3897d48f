import { Component, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { openSetup } from "../setup_dialog/open_setup";
import { EmailOptionsDialog } from "./email_options_dialog";

/** The cog above the mailboxes, for whoever has something to set. */
export class EmailOptionsButton extends Component {
    static template = "maildesk.EmailOptionsButton";
    static props = {};

    setup() {
        this.store = useState(useService("maildesk").store);
        this.dialog = useService("dialog");
    }

    get isOffered() {
        return this.store.maySetUp || this.store.personal.exists;
    }

    open() {
        this.dialog.add(EmailOptionsDialog, {
            onSetUp: (email) => openSetup(this.env, { isPersonal: true, email }),
        });
    }
}
