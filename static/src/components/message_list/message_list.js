import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { EmptyState } from "../empty_state/empty_state";
import { LoadError } from "../load_error/load_error";
import { MessageScroller } from "./message_scroller";

/** The mails of a folder, or why there are none. */
export class MessageList extends Component {
    static template = "maildesk.MessageList";
    static components = { EmptyState, LoadError, MessageScroller };
    static props = {};

    setup() {
        this.store = useState(useService("maildesk").store);
        this.list = this.store.list;
        this.skeletons = [...Array(12).keys()];
    }

    get empty() {
        if (this.list.search) {
            return {
                icon: "fa-search",
                title: _t("Nothing found"),
                text: _t("No mail here has words that begin like “%s”.", this.list.search),
            };
        }
        if (this.list.quickFilter) {
            return {
                icon: "fa-filter",
                title: _t("Nothing here"),
                text: _t("No mail in this folder matches the filter."),
            };
        }
        if (this.store.currentFolder?.sync_enabled === false) {
            return {
                icon: "fa-pause",
                title: _t("This folder is not synchronised"),
                text: _t(
                    "Its mail stays on the mail server. An administrator can switch the folder on."
                ),
            };
        }
        if (this.store.currentFolder?.remaining) {
            return {
                icon: "fa-cloud-download",
                title: _t("Mail is on its way"),
                text: _t("This folder is being loaded for the first time."),
            };
        }
        return {
            icon: "fa-check",
            title: _t("Nothing in this folder"),
            text: _t("New mail appears here by itself."),
        };
    }

    /**
     * Nothing is known yet: also where everything loaded so far was just moved away, and while the folders are missing, without
     * which nothing could be done to a mail.
     */
    get isWaiting() {
        const { list, store } = this;
        const isEmpty = !list.rows.length && (list.status !== "ready" || !list.isComplete);
        return isEmpty || store.status !== "ready";
    }
}
