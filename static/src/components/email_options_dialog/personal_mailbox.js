import { Component, onWillStart, useEffect, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { errorWords, isSpoken } from "../../core/errors";

const BADGES = {
    connected: { label: _t("Connected"), class: "text-bg-success" },
    error: { label: _t("Error"), class: "text-bg-danger" },
    needs_sign_in: { label: _t("Needs sign-in"), class: "text-bg-warning" },
    disconnected: { label: _t("Disconnected"), class: "text-bg-secondary" },
    draft: { label: _t("Not Connected"), class: "text-bg-secondary" },
};

/** The tab `E-mail account`: the person's own mailbox, and what they may do with it. */
export class PersonalMailbox extends Component {
    static template = "maildesk.PersonalMailbox";
    static props = { close: Function, onSetUp: Function };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.signIn = useService("maildesk_sign_in");
        this.store = useService("maildesk").store;
        this.state = useState({
            options: null,
            password: "",
            error: "",
            isReconnecting: false,
            isRunning: false,
        });
        this.password = useAutofocus({ refName: "password", mobile: true });
        useEffect(
            (error) => error && this.password.el?.select(),
            () => [this.state.error]
        );
        onWillStart(() => {
            // not waited for: the dialog is there at once
            this.load();
        });
    }

    get options() {
        return this.state.options;
    }

    get account() {
        return this.options?.account || null;
    }

    get badge() {
        return BADGES[this.account.state];
    }

    get mayReconnect() {
        return ["disconnected", "needs_sign_in", "draft"].includes(this.account.state);
    }

    async load() {
        const options = await this._ask("setup_options");
        if (options) {
            this.state.options = options;
        }
    }

    // -------------------------------------------------------------------------
    // Disconnect, Reconnect, Edit/remove
    // -------------------------------------------------------------------------

    askDisconnect() {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Disconnect"),
            body: _t(
                "MailDesk forgets the password or sign-in of %s and stops fetching. Nothing at the mail server is touched, and what is here stays.",
                this.account.email
            ),
            confirmLabel: _t("Disconnect"),
            confirm: () => this.disconnect(),
            cancel: () => {},
        });
    }

    /** @returns {Promise<boolean>} whether it is disconnected now */
    async disconnect() {
        const answer = await this._ask("setup_disconnect");
        if (answer) {
            await Promise.all([this.load(), this.store.loadTree()]);
        }
        return Boolean(answer);
    }

    startReconnect() {
        if (this.account.provider) {
            return this.reconnect();
        }
        Object.assign(this.state, { isReconnecting: true, password: "", error: "" });
    }

    async reconnect() {
        const answer = await this._ask("setup_reconnect", [this.state.password]);
        if (answer?.url) {
            this.signIn.open(answer.account_id, answer.url);
            this.props.close();
        } else if (answer) {
            Object.assign(this.state, { isReconnecting: false, password: "" });
            this.notification.add(
                _t("The mailbox is connected again. New mail arrives in the background."),
                { type: "success" }
            );
            await Promise.all([this.load(), this.store.loadTree()]);
        }
    }

    askEdit() {
        if (this.account.state === "disconnected") {
            return this.edit();
        }
        this.dialog.add(ConfirmationDialog, {
            title: _t("Edit or remove this mailbox?"),
            body: _t(
                "%s is disconnected first: its password or sign-in is forgotten, and no more mail is fetched. Then you can enter another address, or the same one anew. If you close that dialog, the mailbox stays disconnected.",
                this.account.email
            ),
            confirmLabel: _t("Disconnect and edit"),
            confirm: async () => {
                if (await this.disconnect()) {
                    this.edit();
                }
            },
            cancel: () => {},
        });
    }

    edit() {
        this.props.onSetUp(this.options.email || this.account.email);
    }

    /** @returns {Promise<*>} undefined where the server refused, in words that are shown */
    async _ask(method, args = []) {
        Object.assign(this.state, { isRunning: true, error: "" });
        try {
            return await this.orm.silent.call("maildesk.account", method, args);
        } catch (error) {
            this.state.error = errorWords(error);
            if (!isSpoken(error)) {
                throw error;
            }
        } finally {
            this.state.isRunning = false;
        }
    }
}
