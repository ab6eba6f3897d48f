import { browser } from "@web/core/browser/browser";

/** Milliseconds between two questions, and until the first one: the app comes first. */
export const POLL = 60_000;
export const POLL_START = 2_000;

/**
 * While somebody looks at mailboxes, their servers are asked for new mail each minute, in passing; and Odoo, how they are: what
 * a server refused, or that it cannot be reached, changes no mail that would be told of.
 */
export class ViewPoll {
    _last = -Infinity;

    /** @param {import("../maildesk_store").MaildeskStore} store */
    constructor(store) {
        this._store = store;
        this._plan = this._plan.bind(this);
    }

    start() {
        this._soonest = Date.now() + POLL_START;
        document.addEventListener("visibilitychange", this._plan);
        this._plan();
    }

    stop() {
        browser.clearTimeout(this._timer);
        document.removeEventListener("visibilitychange", this._plan);
    }

    /** A page nobody sees asks nothing; seen again, it asks at once what it missed. */
    _plan() {
        browser.clearTimeout(this._timer);
        if (document.visibilityState === "visible") {
            const due = Math.max(this._soonest, this._last + POLL);
            this._timer = browser.setTimeout(() => this._ask(), Math.max(0, due - Date.now()));
        }
    }

    async _ask() {
        const { _store: store } = this;
        this._last = Date.now();
        this._plan();
        try {
            await store.api.sync(store.accountOfFolder(store.list.folderId)?.id ?? null, true);
            await store.loadTree();
        } catch {
            // nobody asked, so nobody is told; the next minute tries again
        }
    }
}
