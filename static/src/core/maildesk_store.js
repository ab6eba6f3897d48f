import { markRaw } from "@odoo/owl";
import { errorWords } from "./errors";
import { firstFolder } from "./folders";
import { MessageList } from "./message_list";
import { Reader } from "./reader";

/**
 * @typedef {Object} MaildeskApi what the store asks the server
 * @property {() => Promise<{ accounts: object[], can_configure: boolean }>} tree
 * @property {(params: object) => Promise<{ rows: object[], next: Array|null }>} messages
 * @property {(placementId: number) => Promise<object>} open
 * @property {(accountId: number|null) => Promise<boolean>} sync
 */

/** Everything the app shows, without knowing how: the tree, the list, the mail being read. */
export class MaildeskStore {
    /** @type {object[]} as the server tells, replaced as a whole */
    accounts = markRaw([]);
    canConfigure = false;
    /** @type {"idle"|"loading"|"ready"|"error"} */
    status = "idle";
    error = "";
    isSyncing = false;
    /** The row the keyboard is on; mostly the one being read. */
    selectedId = null;
    /** The tree, where it does not stand beside the list. */
    isTreeOpen = false;
    /** The last step was one of many of its kind: the browser's back button need not stop there. */
    isMinorStep = false;

    /** @param {MaildeskApi} api */
    constructor(api) {
        this.api = api;
        this.list = new MessageList((params) => api.messages(params));
        this.reader = new Reader((placementId) => api.open(placementId));
    }

    // -------------------------------------------------------------------------
    // Where we are
    // -------------------------------------------------------------------------

    /** @returns {object|undefined} */
    folder(folderId) {
        for (const account of this.accounts) {
            const folder = account.folders.find((candidate) => candidate.id === folderId);
            if (folder) {
                return folder;
            }
        }
    }

    account(accountId) {
        return this.accounts.find((candidate) => candidate.id === accountId);
    }

    accountOfFolder(folderId) {
        return this.accounts.find((account) =>
            account.folders.some((folder) => folder.id === folderId)
        );
    }

    get currentFolder() {
        return this.folder(this.list.folderId);
    }

    /** The mailbox of the mail being read, as far as it is known. */
    get readingAccount() {
        const { message, row } = this.reader;
        return (
            this.account(message?.account_id ?? row?.account_id) ??
            this.accountOfFolder(this.list.folderId)
        );
    }

    /** The row of the mail being read as it is now: flags change while somebody reads. */
    get readingRow() {
        return this.list.rows.find((row) => row.id === this.reader.id) ?? this.reader.row;
    }

    get selectedIndex() {
        return this.list.rows.findIndex((row) => row.id === this.selectedId);
    }

    // -------------------------------------------------------------------------
    // Going somewhere
    // -------------------------------------------------------------------------

    /**
     * Show what an address says, or what was shown last.
     *
     * @param {{ folderId?: number|null, messageId?: number|null }} [place] nothing: where we were
     */
    async start(place) {
        if (place && (place.folderId ?? null) !== this.list.folderId) {
            this.list.clear();
            this.list.folderId = place.folderId ?? null;
        }
        if (place && (place.messageId ?? null) !== this.reader.id) {
            this.reader.close();
            this.selectedId = place.messageId ?? null;
        }
        const opening =
            place?.messageId && !this.reader.id ? this.open(place.messageId) : undefined;
        await Promise.all([this.refresh(), opening]);
    }

    async loadTree() {
        if (this.status !== "ready") {
            this.status = "loading";
        }
        try {
            const { accounts, can_configure: canConfigure } = await this.api.tree();
            this.accounts = markRaw(accounts);
            this.canConfigure = canConfigure;
            this.error = "";
            this.status = "ready";
        } catch (error) {
            this.error = errorWords(error);
            this.status = this.status === "ready" ? "ready" : "error";
        }
        this._leaveWhatIsGone();
    }

    /** A folder or mailbox that is no longer ours to see is left at once. */
    _leaveWhatIsGone() {
        if (this.status !== "ready") {
            return;
        }
        const { row, message } = this.reader;
        const accountId = message?.account_id ?? row?.account_id;
        const folderId = message?.folder_id ?? row?.folder_id;
        if ((accountId && !this.account(accountId)) || (folderId && !this.folder(folderId))) {
            this.close();
        }
        if (this.list.folderId && !this.currentFolder) {
            this.close();
            this.showFolder(null);
        }
    }

    /** @param {number|null} folderId */
    showFolder(folderId) {
        this.isTreeOpen = false;
        this.close();
        if (folderId === this.list.folderId && !this.list.isFiltered) {
            return this.list.refresh();
        }
        return this.list.show({ folderId, quickFilter: "", search: "" });
    }

    /** Go to a mailbox that was just connected. */
    async showAccount(accountId) {
        await this.loadTree();
        const account = this.account(accountId);
        await this.showFolder((account && firstFolder(account)?.id) ?? null);
    }

    /** @param {string} quickFilter asking for the one in force lifts it */
    toggleFilter(quickFilter) {
        return this.list.show({
            quickFilter: quickFilter === this.list.quickFilter ? "" : quickFilter,
        });
    }

    search(words) {
        if (words.trim() !== this.list.search) {
            return this.list.show({ search: words.trim() });
        }
    }

    /** @param {number} id of a placement */
    open(id) {
        this.isMinorStep = this.reader.id !== null;
        this.selectedId = id;
        if (this.reader.id === id && this.reader.status !== "error") {
            return;
        }
        this.reader.expect(
            id,
            this.list.rows.find((row) => row.id === id)
        );
        return this.reader.load();
    }

    close() {
        this.isMinorStep = false;
        this.reader.close();
    }

    hasNeighbour(step) {
        const index = this.selectedIndex;
        return (
            index >= 0 &&
            index + step >= 0 &&
            (index + step < this.list.rows.length || !this.list.isComplete)
        );
    }

    /**
     * Move the selection.
     *
     * @param {1|-1} step
     * @returns {number|undefined} id of the row now selected
     */
    selectNeighbour(step) {
        const { rows } = this.list;
        const index = this.selectedIndex;
        const target = rows[index < 0 ? 0 : index + step];
        if (target) {
            this.selectedId = target.id;
        }
        if (step > 0 && index + step >= rows.length - 2) {
            this.list.loadMore();
        }
        return target?.id;
    }

    /** @param {1|-1} step */
    openNeighbour(step) {
        const id = this.selectNeighbour(step);
        return id === undefined ? undefined : this.open(id);
    }

    // -------------------------------------------------------------------------
    // Staying up to date
    // -------------------------------------------------------------------------

    /** Ask for tree and list again; asked while asking, it asks once more. */
    async refresh() {
        if (this._refreshing) {
            this._refreshAgain = true;
            return this._refreshing;
        }
        this._refreshing = this._refresh();
        try {
            await this._refreshing;
        } finally {
            this._refreshing = null;
        }
    }

    async _refresh() {
        this._refreshAgain = false;
        await Promise.all([this.loadTree(), this.list.refresh()]);
        if (this._refreshAgain) {
            await this._refresh();
        }
    }

    /** @param {{ folder_ids?: number[] }} payload of `maildesk/changed` */
    concernsList({ folder_ids: folderIds }) {
        const { folderId } = this.list;
        return folderId === null || !folderIds || folderIds.includes(folderId);
    }

    /** Somebody's access changed: nothing that may have been taken away stays, on screen or in memory. */
    async reloadAccess() {
        await this.loadTree();
        const isGone = (row) => !this.account(row.account_id) || !this.folder(row.folder_id);
        if (this.list.rows.some(isGone)) {
            this.list.rows = markRaw(this.list.rows.filter((row) => !isGone(row)));
        }
        await this.list.refresh();
    }

    /** Forget everything: the app is not open, and what it showed may no longer be ours. */
    forget() {
        this.accounts = markRaw([]);
        this.status = "idle";
        this.close();
        this.list.clear();
    }

    /** Have the mail server asked for new mail now. */
    async syncNow() {
        if (this.isSyncing) {
            return;
        }
        this.isSyncing = true;
        try {
            await this.api.sync(this.accountOfFolder(this.list.folderId)?.id ?? null);
            await this.refresh();
        } finally {
            this.isSyncing = false;
        }
    }
}
