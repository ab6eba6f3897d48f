import { markRaw } from "@odoo/owl";
import { errorWords, isTransient } from "../errors";
import { compareKeys, keyOf, mergeChanged, mergePage } from "./list_pages";
import { PendingChanges } from "../acts/pending_changes";

/** Rows of the first page: soon on screen. Rows of any other: few round trips. */
export const FIRST_PAGE = 50;
export const PAGE = 100;
/** Rows of new mail a refresh catches up with; beyond, it starts the list anew. */
const CATCH_UP = 500;

export const QUICK_FILTERS = ["unread", "starred", "attachments", "incoming", "outgoing"];

/**
 * The rows of one folder, or of all, as far as they were scrolled to.
 *
 * A refresh asks again for the top and for what is in sight; rows elsewhere keep the version they were fetched with and
 * are asked for once they come into sight. So a refresh costs the same however far somebody has scrolled.
 */
export class MessageListModel {
    /** @type {number|null} null: all mailboxes */
    folderId = null;
    quickFilter = "";
    search = "";
    /** Replaced as a whole, never changed: a list of 100,000s must not be observed row by row. */
    rows = markRaw([]);
    /** @type {"idle"|"loading"|"ready"|"error"} */
    status = "idle";
    isLoadingMore = false;
    isComplete = false;
    error = "";
    /** What is shown is old, or missing, and asking again may help. */
    isFailing = false;
    /** Ids of mail that came in while the list was open. */
    fresh = markRaw(new Set());
    /** Ids of rows the person marked so that the filter in force no longer finds them: they stay until something else is shown. */
    kept = markRaw(new Set());
    /** Where the list is scrolled to, and the rows in sight; kept here so that coming back finds the same view. */
    view = markRaw({ top: 0, first: 0, last: 0 });
    /** Counts queries: an answer to an older one is dropped. */
    query = 0;
    version = 0;

    /**
     * @param {(params: object) => Promise<{ rows: object[], next: Array|null }>} fetchPage
     * @param {{ pending?: PendingChanges, isListed?: (row: object, folderId: number|null) => boolean }} [person] what the person
     *     changed, and whether a row, as changed, is still part of a folder's list
     */
    constructor(fetchPage, { pending = new PendingChanges(), isListed = () => true } = {}) {
        this.fetchPage = fetchPage;
        this.pending = markRaw(pending);
        this.isListed = isListed;
    }

    /** Whether a row, as the person changed it, is part of this list. */
    belongs(row) {
        return this.isListed(row, this.folderId);
    }

    get isFiltered() {
        return Boolean(this.quickFilter || this.search);
    }

    /**
     * Show something else.
     *
     * @param {{ folderId?: number|null, quickFilter?: string, search?: string }} changes
     */
    show(changes) {
        const isSamePlace = !("folderId" in changes) || changes.folderId === this.folderId;
        Object.assign(this, changes);
        if (!isSamePlace) {
            this.clear();
        }
        return this.load();
    }

    clear() {
        this.query++;
        Object.assign(this, {
            rows: markRaw([]),
            fresh: markRaw(new Set()),
            kept: markRaw(new Set()),
            view: markRaw({ top: 0, first: 0, last: 0 }),
            status: "idle",
            isComplete: false,
            isLoadingMore: false,
            isFailing: false,
            error: "",
        });
    }

    async load() {
        this.status = "loading";
        await this._load();
    }

    async _load() {
        const query = ++this.query;
        this.isLoadingMore = false;
        this.kept = markRaw(new Set());
        this.view = markRaw({ top: 0, first: 0, last: 0 });
        try {
            await this._asking(query, null, FIRST_PAGE, (page) => {
                this.rows = markRaw(page.rows);
                this.isComplete = !page.next;
                this.fresh = markRaw(new Set());
                this.error = "";
                this.isFailing = false;
                this.status = "ready";
            });
        } catch (error) {
            if (query === this.query) {
                this.rows = markRaw([]);
                this.status = "error";
                this._fail(error);
            }
        }
    }

    _fail(error) {
        this.error = errorWords(error);
        this.isFailing = isTransient(error);
    }

    /** Ask again for what could not be had; what went wrong stays on screen until there is an answer. */
    async retry() {
        if (this.status === "error") {
            await this._load();
        } else if (this.error) {
            await this.retryMore();
        } else {
            await this.refresh();
        }
    }

    async loadMore() {
        if (this.status !== "ready" || this.isLoadingMore || this.isComplete || !this.rows.length) {
            return;
        }
        const query = this.query;
        this.isLoadingMore = true;
        try {
            const after = keyOf(this.rows.at(-1));
            await this._asking(query, after, PAGE, (page) => this._apply(after, page));
        } catch (error) {
            if (query === this.query) {
                this._fail(error);
            }
        } finally {
            if (query === this.query) {
                this.isLoadingMore = false;
            }
        }
    }

    /** Ask again for the rest of the list, after asking failed. */
    retryMore() {
        this.error = "";
        this.isFailing = false;
        return this.loadMore();
    }

    /** Something changed on the server: follow it without losing scroll or selection. */
    async refresh() {
        if (this.status !== "ready") {
            return this.status === "error" ? this._load() : this.load();
        }
        const query = this.query;
        this.version++;
        try {
            await this._refreshTop(query);
            await this._refreshView(query);
            // the rest of the list may still be missing
            this.isFailing = this.isFailing && Boolean(this.error);
        } catch (error) {
            this._goStale(query, error);
        }
    }

    /** What is on screen stays. */
    _goStale(query, error) {
        if (query === this.query) {
            this.isFailing = isTransient(error);
        }
    }

    /** Rows that came into sight may be older than the last change. */
    async refreshView() {
        const query = this.query;
        try {
            await this._refreshView(query);
        } catch (error) {
            this._goStale(query, error);
        }
    }

    async _refreshView(query) {
        const { first, last } = this.view;
        const rows = this.rows.slice(first, last + 1);
        if (this.status !== "ready" || rows.every((row) => row.version === this.version)) {
            return;
        }
        const after = first > 0 ? keyOf(this.rows[first - 1]) : null;
        const limit = Math.max(rows.length, 10);
        await this._asking(query, after, limit, (page) => this._apply(after, page));
    }

    /** Fetch from the top until a page meets a row that is known: what lies below it is still right. */
    async _refreshTop(query, after = null, fetched = []) {
        await this._asking(query, after, after ? PAGE : FIRST_PAGE, (page) => {
            const known = new Set(this.rows.map((row) => row.id));
            const rows = [...fetched, ...page.rows];
            if (!page.next || page.rows.some((row) => known.has(row.id))) {
                this._noteFresh(rows, known);
                this._apply(null, { rows, next: page.next });
            } else if (rows.length < CATCH_UP) {
                return this._refreshTop(query, page.next, rows);
            } else {
                this.rows = markRaw(rows);
                this.isComplete = false;
            }
        });
    }

    _noteFresh(fetched, known) {
        const newest = this.rows[0];
        const isNewer = (row) => !newest || compareKeys(keyOf(row), keyOf(newest)) < 0;
        const ids = fetched
            .filter((row) => !known.has(row.id) && isNewer(row))
            .map((row) => row.id);
        if (ids.length) {
            this.fresh = markRaw(new Set([...this.fresh, ...ids]));
        }
    }

    /** The person has seen the top of the list. */
    forgetFresh() {
        if (this.fresh.size) {
            this.fresh = markRaw(new Set());
        }
    }

    _apply(after, page) {
        const rows = mergePage(this.rows, after, page, this.kept);
        if (!page.next) {
            this.isComplete = true;
        } else if (!rows.length || compareKeys(keyOf(rows.at(-1)), page.next) <= 0) {
            // nothing is known below the page
            this.isComplete = false;
        }
        this.rows = markRaw(rows);
    }

    /**
     * Ask for a page, and show it as what the person changed meanwhile makes it; an answer to an older query is dropped.
     *
     * @param {number} query
     * @param {[string, number]|null} after
     * @param {number} limit
     * @param {(page: { rows: object[], next: Array|null }) => any} show
     */
    async _asking(query, after, limit, show) {
        const { version, folderId } = this;
        const asked = this.pending.open();
        try {
            const page = await this.fetchPage({
                folder_id: folderId,
                quick_filter: this.quickFilter,
                search: this.search,
                after,
                limit,
            });
            if (query === this.query) {
                const rows = page.rows.map((row) => ({ ...row, version }));
                await show({ next: page.next, rows: this._asChanged(rows, asked) });
            }
        } finally {
            this.pending.close(asked);
        }
    }

    _asChanged(rows, asked) {
        const now = this.pending.lay(rows, asked);
        return now === rows ? rows : now.filter((row) => this.belongs(row));
    }

    /**
     * Show rows as the person changed them: in their place, or gone from it.
     *
     * @param {object[]} rows
     * @param {boolean} [isInserting] rows that left this very list come back
     */
    put(rows, isInserting = false) {
        const last = this.rows.at(-1);
        // below the end of what is loaded, a row would hide those between
        const isWithin = (row) =>
            this.isComplete || (last && compareKeys(keyOf(row), keyOf(last)) <= 0);
        const belongs = (row) => this.belongs(row);
        const known = new Set(this.rows.map((row) => row.id));
        const coming = rows.filter((row) => known.has(row.id) || isWithin(row));
        if (this.quickFilter) {
            this.kept = markRaw(new Set([...this.kept, ...rows.map((row) => row.id)]));
        }
        this.rows = markRaw(mergeChanged(this.rows, coming, belongs, isInserting));
    }
}
