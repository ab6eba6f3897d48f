import { markRaw } from "@odoo/owl";
import { isFitFor } from "./acts/act_rules";
import { firstFolder } from "./tree/folders";
import { MessageActs } from "./acts/message_acts";
import { MessageListModel } from "./list/message_list_model";
import { ReaderModel } from "./reader/reader_model";
import { Selection } from "./list/selection";
import { TreeStore } from "./tree/tree_store";

/**
 * @typedef {Object} MaildeskApi what the store asks the server
 * @property {() => Promise<{ accounts: object[], can_configure: boolean, can_connect: boolean }>} tree
 * @property {(params: object) => Promise<{ rows: object[], next: Array|null }>} messages
 * @property {(placementId: number) => Promise<object>} open
 * @property {(accountId: number|null, isBackground?: boolean) => Promise<boolean>} sync
 * @property {(acts: import("./acts/act").Act[]) => Promise<{ missing?: number[], error?: string }[]>} act outcomes of acts
 * @property {(accountId: number) => Promise<object[]>} operations changes the mail server refused
 * @property {(ids: number[]) => Promise} retryOperations
 * @property {(ids: number[]) => Promise} dismissOperations
 * @property {() => Promise<{ model: string, name: string }[]>} linkKinds what an email can be linked to
 * @property {(messageId: number, model: string, resId: number) => Promise<import("./reader/links").Link[]>} link
 * @property {(linkId: number) => Promise<import("./reader/links").Link[]>} unlink
 */

/** Everything the app shows, without knowing how: the tree, the list, the mail being read. */
export class MaildeskStore extends TreeStore {
    isSyncing = false;
    /** The row the keyboard is on; mostly the one being read. */
    selectedId = null;
    /** The tree, where it does not stand beside the list. */
    isTreeOpen = false;
    /** The last step was one of many of its kind: the browser's back button need not stop there. */
    isMinorStep = false;
    /** The rows that are ticked. */
    selection = new Selection();

    /**
     * @param {MaildeskApi} api
     * @param {object} [tell] see MessageActs
     */
    constructor(api, tell = { failed() {}, expired() {} }) {
        super(api);
        this.list = new MessageListModel((params) => api.messages(params), {
            pending: this.pending,
            isListed: (row, folderId) => this.isListedIn(row, folderId),
        });
        this.reader = new ReaderModel((placementId) => api.open(placementId));
        this.acts = new MessageActs(this, tell);
    }

    // -------------------------------------------------------------------------
    // Where we are
    // -------------------------------------------------------------------------

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
        const { id, row, message } = this.reader;
        return this.list.rows.find((candidate) => candidate.id === id) ?? row ?? message;
    }

    /** The ticked rows. */
    get selectedRows() {
        return this.selection.among(this.list.rows);
    }

    /** What a key acts on: what is ticked, else the row the keyboard is on, else the mail being read. */
    get rowsInHand() {
        const current = this.list.rows[this.selectedIndex] ?? this.readingRow;
        return this.selectedRows.length ? this.selectedRows : [current].filter(Boolean);
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
        this._noteRead();
    }

    async loadTree() {
        await super.loadTree();
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
        return this._show({ folderId, quickFilter: "", search: "" });
    }

    /** Lift filter and search. */
    showEverything() {
        return this._show({ quickFilter: "", search: "" });
    }

    _show(changes) {
        this.selection.clear();
        return this.list.show(changes);
    }

    /** Go to a mailbox that was just connected. */
    async showAccount(accountId) {
        await this.loadTree();
        const account = this.account(accountId);
        await this.showFolder((account && firstFolder(account)?.id) ?? null);
    }

    /** @param {string} quickFilter asking for the one in force lifts it */
    toggleFilter(quickFilter) {
        return this._show({
            quickFilter: quickFilter === this.list.quickFilter ? "" : quickFilter,
        });
    }

    search(words) {
        if (words.trim() !== this.list.search) {
            return this._show({ search: words.trim() });
        }
    }

    /** @param {number} id of a placement */
    async open(id) {
        this.isMinorStep = this.reader.id !== null;
        this.selectedId = id;
        if (this.reader.id === id && this.reader.status !== "error") {
            return;
        }
        this.reader.expect(
            id,
            this.list.rows.find((row) => row.id === id)
        );
        await this.reader.load();
        this._noteRead();
    }

    /** A mail that is on screen is read, as far as its server can be told. */
    _noteRead() {
        const { readingRow: row, reader } = this;
        if (reader.status !== "ready" || reader.isNoted || this.status !== "ready") {
            return;
        }
        reader.isNoted = true;
        if (isFitFor("read", row, this.placeOf(row))) {
            this.acts.perform("read", [row], { isQuiet: true });
        }
    }

    close() {
        this.isMinorStep = false;
        this.reader.close();
    }

    /** The row to go to when some go away: the next one below, else above. */
    neighbourOf(ids) {
        const { rows } = this.list;
        const anchor = rows.findIndex(({ id }) => id === this.reader.id);
        const start = anchor < 0 ? this.selectedIndex : anchor;
        const stays = (row) => !ids.has(row.id);
        return start < 0
            ? undefined
            : (rows.slice(start).find(stays) ?? rows.slice(0, start).findLast(stays));
    }

    /**
     * Rows have left the list.
     *
     * @param {Set<number>} ids
     * @param {object} [next] the row to go to
     * @param {boolean} [isAdvancing] whether it is opened in place of a mail that went away
     */
    leave(ids, next, isAdvancing = false) {
        this.selection.drop(ids);
        if (ids.has(this.selectedId)) {
            this.selectedId = next?.id ?? null;
        }
        if (!ids.has(this.reader.id)) {
            return;
        }
        if (isAdvancing && next) {
            this.open(next.id);
        } else {
            this.close();
        }
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
        this.selection.clear();
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
