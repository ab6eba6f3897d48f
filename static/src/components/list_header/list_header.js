import { Component, onMounted, onWillUpdateProps, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { formatInteger } from "@web/views/fields/formatters";
import { errorWords } from "../../core/errors";
import { folderLabel } from "../../core/tree/folders";
import { BulkBar } from "../bulk_bar/bulk_bar";

/** Milliseconds without a key until a search starts. */
export const SEARCH_DELAY = 300;

const FILTERS = [
    { name: "", label: _t("All") },
    { name: "unread", label: _t("Unread") },
    { name: "starred", label: _t("Starred"), icon: "fa-star-o" },
    { name: "attachments", label: _t("With attachments"), icon: "fa-paperclip" },
    { name: "incoming", label: _t("Incoming") },
    { name: "outgoing", label: _t("Outgoing") },
];

/** Above the list: where we are, fetching, search and quick filters. */
export class ListHeader extends Component {
    static template = "maildesk.ListHeader";
    static components = { BulkBar };
    static props = {
        onOpenTree: { type: Function, optional: true },
        searchRef: { type: Function, optional: true },
    };

    setup() {
        this.store = useState(useService("maildesk").store);
        this.notification = useService("notification");
        this.filters = FILTERS;
        this.input = useRef("search");
        this.state = useState({ words: this.store.list.search });
        this.searchSoon = useDebounced((words) => this.store.search(words), SEARCH_DELAY);
        onMounted(() => this.props.searchRef?.(this.input));
        onWillUpdateProps(() => {
            // another folder starts without a search
            if (!this.store.list.search && document.activeElement !== this.input.el) {
                this.state.words = "";
            }
        });
    }

    get title() {
        const folder = this.store.currentFolder;
        return folder ? folderLabel(folder) : _t("All Mailboxes");
    }

    get subtitle() {
        const folder = this.store.currentFolder;
        if (!folder) {
            return "";
        }
        const account = this.store.accountOfFolder(folder.id).name;
        return folder.total
            ? _t("%(account)s · %(count)s messages", {
                  account,
                  count: formatInteger(folder.total),
              })
            : account;
    }

    onInput(ev) {
        this.state.words = ev.target.value;
        this.searchSoon(this.state.words);
    }

    onSearchKeydown(ev) {
        if (ev.key === "Enter") {
            this.searchSoon.cancel();
            this.store.search(this.state.words);
        } else if (ev.key === "Escape") {
            this.clearSearch();
            this.input.el.blur();
            ev.stopPropagation();
        }
    }

    clearSearch() {
        this.searchSoon.cancel();
        this.state.words = "";
        this.store.search("");
    }

    async sync() {
        try {
            await this.store.syncNow();
        } catch (error) {
            this.notification.add(errorWords(error), {
                title: _t("New mail could not be fetched"),
                type: "danger",
            });
        }
    }
}
