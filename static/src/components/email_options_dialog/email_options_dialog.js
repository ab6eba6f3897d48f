import { Component } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { Notebook } from "@web/core/notebook/notebook";
import { PersonalMailbox } from "./personal_mailbox";

/** What a person sets for themselves. */
export class EmailOptionsDialog extends Component {
    static template = "maildesk.EmailOptionsDialog";
    static components = { Dialog, Notebook, PersonalMailbox };
    static props = {
        close: Function,
        /** opens the set-up dialog, with an address to start with */
        onSetUp: Function,
    };

    setUp(email) {
        this.props.close();
        this.props.onSetUp(email);
    }
}
