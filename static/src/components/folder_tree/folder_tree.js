import { Component, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";
import { accountProblem } from "../../core/tree/account_problem";
import { nestFolders, splitArchive, unreadInbox, unreadOverall } from "../../core/tree/folders";
import { AccountMenu } from "../account_menu/account_menu";
import { AccountStatus } from "../account_status/account_status";
import { EmailOptionsButton } from "../email_options_dialog/email_options_button";
import { SenderAvatar } from "../sender_avatar/sender_avatar";
import { FolderNode } from "./folder_node";

const CLOSED_KEY = "maildesk.closed";

/** The mailboxes and their folders. */
export class FolderTree extends Component {
    static template = "maildesk.FolderTree";
    static components = {
        AccountMenu,
        AccountStatus,
        EmailOptionsButton,
        FolderNode,
        SenderAvatar,
    };
    static props = { onConnect: Function, onBack: { type: Function, optional: true } };

    setup() {
        this.store = useState(useService("maildesk").store);
        this.closed = useState({ keys: this._storedKeys() });
    }

    get accounts() {
        const [served, removed] = splitArchive(this.store.accounts);
        return [...served, ...removed].map((account) => ({
            ...account,
            beginsArchive: account === removed[0],
            key: `a${account.id}`,
            nodes: nestFolders(account.folders),
            unread: unreadInbox(account),
            problem: this._problem(account),
        }));
    }

    get unread() {
        return unreadOverall(this.store.accounts);
    }

    get unreadWords() {
        return _t("%s unread", formatInteger(this.unread));
    }

    /** What the mark on a folded mailbox says: its own trouble, else that of what was to be done on its server. */
    _problem(account) {
        const problem = accountProblem(account);
        if (problem) {
            return { icon: problem.icon, words: `${problem.label}: ${problem.words}` };
        }
        if (account.failed) {
            return {
                icon: "fa-exclamation-triangle text-danger",
                words: _t("Changes could not be made on the mail server"),
            };
        }
    }

    /** The mouse's other button, a long touch, and the menu key ask for what the button beside the name opens. */
    openMenu(ev) {
        ev.currentTarget.querySelector(".o_maildesk_account_menu .btn").click();
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
        if (!item || ev.target.closest(".o_maildesk_account_menu") || ev.altKey || ev.ctrlKey || ev.metaKey) {
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
