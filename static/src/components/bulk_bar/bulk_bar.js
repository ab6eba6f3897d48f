import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";
import { CommandBar } from "../command_bar/command_bar";

/** Above the list while rows are ticked: how many, and what can be done to all of them. */
export class BulkBar extends Component {
    static template = "maildesk.BulkBar";
    static components = { CommandBar };
    static props = {};

    setup() {
        this.store = useState(useService("maildesk").store);
    }

    get rows() {
        return this.store.selectedRows;
    }

    get context() {
        const { store, env, rows } = this;
        return { rows, message: null, reader: store.reader, store, env };
    }

    get areAllTicked() {
        return this.rows.length === this.store.list.rows.length;
    }

    get count() {
        return formatInteger(this.rows.length);
    }

    get words() {
        return _t("%s selected", this.count);
    }

    get fullWords() {
        return this.rows.length === 1
            ? _t("1 message selected")
            : _t("%s messages selected", this.count);
    }

    toggleAll() {
        const { selection, list } = this.store;
        if (this.areAllTicked) {
            selection.clear();
        } else {
            selection.take(list.rows.map((row) => row.id));
        }
    }
}
