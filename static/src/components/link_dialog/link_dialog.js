import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { RecordSelector } from "@web/core/record_selectors/record_selector";
import { SelectMenu } from "@web/core/select_menu/select_menu";
import { useService } from "@web/core/utils/hooks";
import { errorWords } from "../../core/errors";
import { changeLinks } from "../../core/reader/links";

/** Choosing the record an email belongs to: first its kind, then the record. */
export class LinkDialog extends Component {
    static template = "maildesk.LinkDialog";
    static components = { Dialog, RecordSelector, SelectMenu };
    static props = { message: Object, close: Function };

    setup() {
        this.store = useService("maildesk").store;
        this.state = useState({ kinds: [], model: "", resId: false, error: "", isRunning: false });
        onWillStart(() => this._load());
    }

    get choices() {
        return this.state.kinds.map(({ model, name }) => ({ value: model, label: name }));
    }

    get kindName() {
        return this.state.kinds.find(({ model }) => model === this.state.model)?.name ?? "";
    }

    chooseKind(model) {
        Object.assign(this.state, { model, resId: false, error: "" });
    }

    chooseRecord(resId) {
        Object.assign(this.state, { resId, error: "" });
    }

    async _load() {
        try {
            this.state.kinds = await this.store.api.linkKinds();
            this.state.model = this.state.kinds[0]?.model ?? "";
        } catch (error) {
            this.state.error = errorWords(error);
        }
    }

    async link() {
        const { model, resId, isRunning } = this.state;
        if (!resId || isRunning) {
            return;
        }
        Object.assign(this.state, { isRunning: true, error: "" });
        const { message } = this.props;
        try {
            await changeLinks(this.store, message, (api) =>
                api.link(message.message_id, model, resId)
            );
            this.props.close();
        } catch (error) {
            this.state.error = errorWords(error);
        } finally {
            this.state.isRunning = false;
        }
    }
}
