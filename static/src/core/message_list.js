import { markRaw } from "@odoo/owl";
import { errorWords } from "./errors";

/** Rows of the first page: soon on screen. Rows of any other: few round trips. */
export const FIRST_PAGE = 50;
export const PAGE = 100;
/** Rows of new mail a refresh catches up with; beyond, it starts the list anew. */
const CATCH_UP = 500;

export const QUICK_FILTERS = ["unread", "starred", "attachments", "incoming", "outgoing"];

/** @returns {[string, number]} a row's place in the list; it stays valid when the row is gone */
const keyOf = (row) => [row.date, row.id];

/** Negative where `a` is listed above `b`: newest first. */
export function compareKeys(a, b) {
    if (a[0] === b[0]) {
        return b[1] - a[1];
    }
    return a[0] > b[0] ? -1 : 1;
}

/**
 * Put a page where it belongs: the server's word on everything from `after` down to the page's last row.
 *
 * @param {object[]} rows newest first
 * @param {[string, number]|null} after the key the page was asked for
 * @param {{ rows: object[], next: Array|null }} page
 */
export function mergePage(rows, after, page) {
    const fetched = new Set(page.rows.map((row) => row.id));
    const last = page.rows.at(-1);
    const above = after
        ? rows.filter((row) => compareKeys(keyOf(row), after) <= 0 && !fetched.has(row.id))
        : [];
    const below =
        page.next && last
            ? rows.filter((row) => compareKeys(keyOf(row), keyOf(last)) > 0 && !fetched.has(row.id))
            : [];
    return [...above, ...page.rows, ...below];
}

/**
 * The rows of one folder, or of all, as far as they were scrolled to.
 *
 * A refresh asks again for the top and for what is in sight; rows elsewhere keep the version they were fetched with and
 * are asked for once they come into sight. So a refresh costs the same however far somebody has scrolled.
 */
export class MessageList {
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
    /** Ids of mail that came in while the list was open. */
    fresh = markRaw(new Set());
    /** Where the list is scrolled to, and the rows in sight; kept here so that coming back finds the same view. */
    view = markRaw({ top: 0, first: 0, last: 0 });
    /** Counts queries: an answer to an older one is dropped. */
    query = 0;
    version = 0;

    /** @param {(params: object) => Promise<{ rows: object[], next: Array|null }>} fetchPage */
    constructor(fetchPage) {
        this.fetchPage = fetchPage;
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
            view: markRaw({ top: 0, first: 0, last: 0 }),
            status: "idle",
            isComplete: false,
            isLoadingMore: false,
            error: "",
        });
    }

    async load() {
        const query = ++this.query;
        this.status = "loading";
        this.isLoadingMore = false;
        this.view = markRaw({ top: 0, first: 0, last: 0 });
        try {
            const page = await this._page(null, FIRST_PAGE);
            if (query !== this.query) {
                return;
            }
            this.rows = markRaw(page.rows);
            this.isComplete = !page.next;
            this.fresh = markRaw(new Set());
            this.error = "";
            this.status = "ready";
        } catch (error) {
            if (query === this.query) {
                this.rows = markRaw([]);
                this.error = errorWords(error);
                this.status = "error";
            }
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
            const page = await this._page(after, PAGE);
            if (query === this.query) {
                this._apply(after, page);
            }
        } catch (error) {
            if (query === this.query) {
                this.error = errorWords(error);
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
        return this.loadMore();
    }

    /** Something changed on the server: follow it without losing scroll or selection. */
    async refresh() {
        if (this.status !== "ready") {
            return this.load();
        }
        const query = this.query;
        this.version++;
        try {
            await this._refreshTop(query);
            await this.refreshView();
        } catch {
            // what is on screen stays; the next change, or the person, tries again
        }
    }

    /** Rows that came into sight may be older than the last change. */
    async refreshView() {
        const query = this.query;
        const { first, last } = this.view;
        const rows = this.rows.slice(first, last + 1);
        if (this.status !== "ready" || rows.every((row) => row.version === this.version)) {
            return;
        }
        const after = first > 0 ? keyOf(this.rows[first - 1]) : null;
        const page = await this._page(after, Math.max(rows.length, 10));
        if (query === this.query) {
            this._apply(after, page);
        }
    }

    /** Fetch from the top until a page meets a row that is known: what lies below it is still right. */
    async _refreshTop(query, after = null, fetched = []) {
        const page = await this._page(after, after ? PAGE : FIRST_PAGE);
        if (query !== this.query) {
            return;
        }
        const known = new Set(this.rows.map((row) => row.id));
        const rows = [...fetched, ...page.rows];
        if (!page.next || page.rows.some((row) => known.has(row.id))) {
            this._noteFresh(rows, known);
            this._apply(null, { rows, next: page.next });
        } else if (rows.length < CATCH_UP) {
            await this._refreshTop(query, page.next, rows);
        } else {
            this.rows = markRaw(rows);
            this.isComplete = false;
        }
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
        const rows = mergePage(this.rows, after, page);
        const hasBelow = page.rows.length && rows.at(-1).id !== page.rows.at(-1).id;
        if (!page.next) {
            this.isComplete = true;
        } else if (!hasBelow) {
            this.isComplete = false;
        }
        this.rows = markRaw(rows);
    }

    async _page(after, limit) {
        const version = this.version;
        const page = await this.fetchPage({
            folder_id: this.folderId,
            quick_filter: this.quickFilter,
            search: this.search,
            after,
            limit,
        });
        return { next: page.next, rows: page.rows.map((row) => ({ ...row, version })) };
    }
}
