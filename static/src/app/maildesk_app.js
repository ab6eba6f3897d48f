import { Component, onWillStart, onWillUnmount, useEffect, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { router } from "@web/core/browser/router";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { ResizablePanel } from "@web/core/resizable_panel/resizable_panel";
import { SIZES } from "@web/core/ui/ui_service";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { ConnectionBar } from "../components/connection_bar/connection_bar";
import { EmptyState } from "../components/empty_state/empty_state";
import { FolderTree } from "../components/folder_tree/folder_tree";
import { ListHeader } from "../components/list_header/list_header";
import { LoadError } from "../components/load_error/load_error";
import { MessageList } from "../components/message_list/message_list";
import { Reader } from "../components/reader/reader";
import { openSetup } from "../components/setup_dialog/open_setup";
import { UndoBar } from "../components/undo_bar/undo_bar";
import { folderLabel } from "../core/tree/folders";
import { commandOfKey } from "../core/acts/message_commands";
import { useShortcuts } from "../core/acts/shortcuts";

const OFFERED_KEY = "maildesk.setup_offered";
const WIDTHS_KEY = "maildesk.widths";
const WIDTHS = { tree: 240, list: 390 };

/** MailDesk: folder tree, message list, reading pane. Which of them stand side by side is a question of room. */
export class MaildeskApp extends Component {
    static template = "maildesk.App";
    static components = {
        ConnectionBar,
        EmptyState,
        FolderTree,
        ListHeader,
        LoadError,
        MessageList,
        Reader,
        ResizablePanel,
        UndoBar,
    };
    static props = { ...standardActionServiceProps };
    static path = "maildesk";
    static displayName = _t("MailDesk");

    setup() {
        const { store, watch } = useService("maildesk");
        this.store = useState(store);
        this.action = useService("action");
        this.ui = useState(useService("ui"));
        this.widths = this._storedWidths();
        onWillStart(() => {
            // not waited for: each pane shows that it is loading
            this.store.start(this._place());
        });
        onWillUnmount(watch());
        this._useAddress();
        this._useKeys();
        this._useOffer();
        useSetupAction({ getLocalState: () => ({ place: this._current }) });
    }

    // -------------------------------------------------------------------------
    // The address: reloading, or the browser's back button, comes back to the same place
    // -------------------------------------------------------------------------

    get _current() {
        return { folderId: this.store.list.folderId, messageId: this.store.reader.id };
    }

    /** Where to start; undefined (a click on the menu) is where we were. */
    _place() {
        const { state, action } = this.props;
        if (state?.place) {
            return state.place;
        }
        const params = action.params || {};
        const isFromAddress = "actionStack" in params || "folder" in params || "message" in params;
        const id = (value) => (Number.isInteger(value) && value > 0 ? value : null);
        return isFromAddress
            ? { folderId: id(params.folder), messageId: id(params.message) }
            : undefined;
    }

    _useAddress() {
        useEffect(
            (folderId, messageId) => {
                this.props.updateActionState?.({
                    folder: folderId ?? undefined,
                    message: messageId ?? undefined,
                });
                if (this.store.isMinorStep) {
                    // turns the step just asked for into a correction of the last one
                    router.replaceState({});
                }
            },
            () => [this.store.list.folderId, this.store.reader.id]
        );
        useEffect(
            (title) => this.env.config?.setDisplayName?.(title),
            () => [this.title]
        );
    }

    get title() {
        const folder = this.store.currentFolder;
        return folder ? folderLabel(folder) : _t("MailDesk").toString();
    }

    // -------------------------------------------------------------------------
    // Room
    // -------------------------------------------------------------------------

    get isPhone() {
        return this.ui.isSmall;
    }

    /** No room for the tree beside list and mail: it slides over them. */
    get isTablet() {
        return !this.isPhone && this.ui.size <= SIZES.MD;
    }

    get isTreeShown() {
        return this.isPhone ? this.phonePane === "tree" : !this.isTablet || this.store.isTreeOpen;
    }

    get phonePane() {
        if (this.store.isTreeOpen) {
            return "tree";
        }
        return this.store.reader.id === null ? "list" : "reader";
    }

    openTree() {
        this.store.isTreeOpen = true;
    }

    closeTree() {
        this.store.isTreeOpen = false;
    }

    keepWidth(name, width) {
        this.widths[name] = Math.round(width);
        browser.localStorage.setItem(WIDTHS_KEY, JSON.stringify(this.widths));
    }

    _storedWidths() {
        try {
            return { ...WIDTHS, ...JSON.parse(browser.localStorage.getItem(WIDTHS_KEY) || "{}") };
        } catch {
            return { ...WIDTHS };
        }
    }

    // -------------------------------------------------------------------------
    // Keyboard
    // -------------------------------------------------------------------------

    _useKeys() {
        const isReading = { isAvailable: () => this.store.reader.id !== null };
        useHotkey("u", () => this.store.close(), isReading);
        useHotkey("escape", () => this.store.close(), isReading);
        // asked first, being the later one: what is ticked is let go before the mail is
        useHotkey("escape", () => this.store.selection.clear(), {
            isAvailable: () => this.store.selectedRows.length > 0,
        });
        useShortcuts((key) => this._onKey(key));
    }

    /** @returns {boolean} whether the key means something here */
    _onKey(key) {
        const { store, env } = this;
        const own = {
            "/": () => this._search(),
            X: () => store.selectedId !== null && store.selection.toggle(store.selectedId),
            Z: () => store.acts.undo(),
        };
        const { message, id } = store.reader;
        const rows = store.rowsInHand;
        const isReading = rows.length === 1 && rows[0].id === id;
        const context = {
            rows,
            message: isReading ? message : null,
            reader: store.reader,
            store,
            env,
        };
        const command = rows.length ? commandOfKey(key, context) : undefined;
        if (own[key]) {
            own[key]();
        } else {
            command?.run(context);
        }
        return Boolean(own[key] || command);
    }

    _search() {
        const { el } = this.searchInput ?? {};
        el?.focus();
        el?.select();
    }

    // -------------------------------------------------------------------------
    // Without a mailbox
    // -------------------------------------------------------------------------

    get hasNoMailbox() {
        return this.store.status === "ready" && !this.store.accounts.length;
    }

    get noMailboxWords() {
        return this.store.canConnect
            ? _t(
                  "Mailboxes you are given access to appear here by themselves. If you know a shared mailbox's address and its share password, join it now."
              )
            : _t("Mailboxes you are given access to appear here by themselves.");
    }

    /** On the first visit of a session, whoever may have a mailbox and has none is asked for their address. */
    _useOffer() {
        useEffect(
            (isOffered) => {
                if (isOffered && !browser.sessionStorage.getItem(OFFERED_KEY)) {
                    browser.sessionStorage.setItem(OFFERED_KEY, "1");
                    this.setUp();
                }
            },
            () => [this.hasNoMailbox && this.store.personal.allowed && !this.store.personal.exists]
        );
    }

    setUp() {
        const { allowed, exists, email } = this.store.personal;
        const isPersonal = allowed && !exists;
        openSetup(this.env, { isPersonal, email: isPersonal ? email : "" });
    }

    connect() {
        this.action.doAction("maildesk.maildesk_connect_action");
    }

    configure() {
        this.action.doAction("maildesk.maildesk_account_action");
    }
}

registry.category("actions").add("maildesk.app", MaildeskApp);
