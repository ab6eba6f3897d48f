import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { isSpoken } from "../../core/errors";

/** Joining a shared mailbox with its share password. */
export class ConnectMailboxDialog extends Component {
    static template = "maildesk.ConnectMailboxDialog";
    static components = { Dialog };
    static props = {
        close: Function,
        /** called with the account's id once the mailbox is ours to read */
        onConnected: { type: Function, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({ email: "", password: "", error: "", isRunning: false });
        onWillStart(async () => {
            this.refusal = await this.orm.call("maildesk.account", "connect_refusal", []);
        });
        useAutofocus({ refName: "email", mobile: true });
        this.password = useRef("password");
        // the fields are closed while the server answers, and lose the keyboard by it
        useEffect(
            (error) => {
                if (error) {
                    this.password.el.select();
                }
            },
            () => [this.state.error]
        );
        this.formId = `maildesk_connect_${this.env.dialogData?.id ?? ""}`;
    }

    async connect() {
        if (this.state.isRunning) {
            return;
        }
        const email = this.state.email.trim();
        this.state.isRunning = true;
        this.state.error = "";
        try {
            const accountId = await this.orm.call("maildesk.account", "connect_mailbox", [
                email,
                this.state.password,
            ]);
            this.notification.add(_t("%s is now among your mailboxes.", email), {
                type: "success",
            });
            this.props.close();
            await this.props.onConnected?.(accountId);
        } catch (error) {
            if (!isSpoken(error)) {
                throw error;
            }
            this.state.error = error.data.message;
        } finally {
            this.state.isRunning = false;
        }
    }
}
