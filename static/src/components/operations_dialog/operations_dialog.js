import { Component, onWillStart, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { errorWords } from "../../core/errors";

/** The changes a mail server refused, each with its reason: to be tried again or let go. */
export class OperationsDialog extends Component {
    static template = "maildesk.OperationsDialog";
    static components = { Dialog };
    static props = { account: Object, close: Function };

    setup() {
        this.store = useService("maildesk").store;
        this.dialog = useService("dialog");
        this.state = useState({ operations: [], error: "", isRunning: false });
        onWillStart(() => this._load());
    }

    get ids() {
        return this.state.operations.map(({ id }) => id);
    }

    retry(ids) {
        return this._settle((api) => api.retryOperations(ids));
    }

    dismiss(ids) {
        const dismiss = () => this._settle((api) => api.dismissOperations(ids));
        const isLastCopy = ({ id, kind }) => kind === "append" && ids.includes(id);
        if (!this.state.operations.some(isLastCopy)) {
            return dismiss();
        }
        // what the server never got is nowhere else
        this.dialog.add(ConfirmationDialog, {
            title: _t("Delete the only copy"),
            body: _t(
                "The mail server never got this mail: it is only here, and dismissing deletes it. It cannot be undone."
            ),
            confirmLabel: _t("Delete for good"),
            confirmClass: "btn-danger",
            confirm: () => {
                dismiss();
            },
            cancel: () => {},
        });
    }

    async _load() {
        try {
            this.state.operations = await this.store.api.operations(this.props.account.id);
            this.state.error = "";
        } catch (error) {
            this.state.error = errorWords(error);
        }
    }

    async _settle(ask) {
        if (this.state.isRunning) {
            return;
        }
        this.state.isRunning = true;
        try {
            await ask(this.store.api);
            await this._load();
        } catch (error) {
            this.state.error = errorWords(error);
        } finally {
            this.state.isRunning = false;
        }
        this.store.refresh();
        if (!this.state.operations.length && !this.state.error) {
            this.props.close();
        }
    }
}
