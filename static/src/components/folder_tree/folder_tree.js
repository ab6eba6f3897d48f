import { Component, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";
import { SenderAvatar } from "../sender_avatar/sender_avatar";
import { FolderNode } from "./folder_node";
import { loadingProgress, nestFolders, unreadInbox, unreadOverall } from "../../core/folders";

const CLOSED_KEY = "maildesk.closed";

/** The mailboxes and their folders. */
export class FolderTree extends Component {
    static template = "maildesk.FolderTree";
    static components = { FolderNode, SenderAvatar };
    static props = { onConnect: Function, onBack: { type: Function, optional: true } };

    setup() {
        this.store = useState(useService("maildesk").store);
        this.closed = useState({ keys: this._storedKeys() });
    }

    get accounts() {
        return this.store.accounts.map((account) => ({
            ...account,
            key: `a${account.id}`,
            nodes: nestFolders(account.folders),
            unread: unreadInbox(account),
            progress: loadingProgress(account),
            problem: this._problem(account),
        }));
    }

    get unread() {
        return unreadOverall(this.store.accounts);
    }

    get unreadWords() {
        return _t("%s unread", formatInteger(this.unread));
    }

    _problem(account) {
        switch (account.state) {
            case "error":
                return {
                    icon: "fa-exclamation-triangle text-danger",
                    label: _t("Error"),
                    words: account.error_message || _t("The last synchronisation failed."),
                };
            case "needs_sign_in":
                return {
                    icon: "fa-key text-warning",
                    label: _t("Needs sign-in"),
                    words:
                        account.error_message ||
                        _t("The mail server no longer accepts the saved sign-in."),
                };
            case "disconnected":
                return {
                    icon: "fa-unlink text-muted",
                    label: _t("Disconnected"),
                    words: _t(
                        "No new mail is fetched until an administrator reconnects this mailbox."
                    ),
                };
            case "removed":
                return {
                    icon: "fa-archive text-muted",
                    label: _t("Removed"),
                    words: _t(
                        "This mailbox is an archive: its mail can be read, and nothing new arrives."
                    ),
                };
        }
    }

    progressWords({ remaining, percent }) {
        return {
            short: _t("Loading older mail: %s%", percent),
            full: _t("%s messages still to load", formatInteger(remaining)),
        };
    }

    badge(count) {
        return count > 9999 ? formatInteger(count, { humanReadable: true }) : formatInteger(count);
    }

    // -------------------------------------------------------------------------
    // What is folded up stays so, in this browser
    // -------------------------------------------------------------------------

    isClosed(key) {
        return this.closed.keys.has(key);
    }

    toggle(key) {
        const keys = new Set(this.closed.keys);
        if (!keys.delete(key)) {
            keys.add(key);
        }
        this.closed.keys = keys;
        browser.localStorage.setItem(CLOSED_KEY, JSON.stringify([...keys]));
    }

    _storedKeys() {
        try {
            return new Set(JSON.parse(browser.localStorage.getItem(CLOSED_KEY) || "[]"));
        } catch {
            return new Set();
        }
    }

    // -------------------------------------------------------------------------
    // Keyboard
    // -------------------------------------------------------------------------

    /** Arrow keys walk through a tree; right and left open and close a branch. */
    onKeydown(ev) {
        const item = ev.target.closest("[role=treeitem]");
        if (!item || ev.altKey || ev.ctrlKey || ev.metaKey) {
            return;
        }
        const items = [...ev.currentTarget.querySelectorAll("[role=treeitem]")];
        const index = items.indexOf(item);
        const { key } = item.dataset;
        const isExpanded = item.getAttribute("aria-expanded");
        const steps = {
            ArrowDown: () => items[index + 1]?.focus(),
            ArrowUp: () => items[index - 1]?.focus(),
            Home: () => items[0].focus(),
            End: () => items.at(-1).focus(),
            ArrowRight: () =>
                isExpanded === "false" ? this.toggle(key) : items[index + 1]?.focus(),
            ArrowLeft: () => isExpanded === "true" && this.toggle(key),
            Enter: () => item.click(),
            " ": () => item.click(),
        };
        if (steps[ev.key]) {
            steps[ev.key]();
            ev.preventDefault();
            ev.stopPropagation();
        }
    }
}
