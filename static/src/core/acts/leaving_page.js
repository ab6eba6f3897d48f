import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";
import { actParams } from "./act";

/** Octets of requests that a browser finishes although their page is gone: 64 KiB (Fetch standard), less some for others'. */
export const KEEPALIVE_OCTETS = 60_000;

/**
 * What was done on a page counts although the page is left: closed, reloaded, navigated away from.
 *
 * Acts without an answer leave with it, those whose request is under way as well: it may not have left the browser yet. The
 * server does each of them once. What does not fit stays in the browser's storage, and is sent when Odoo is opened next.
 */
export class LeavingPage {
    /** @param {import("./send_queue").SendQueue} queue */
    constructor(queue) {
        this._queue = queue;
    }

    start() {
        browser.addEventListener("pagehide", () => this.flush());
        browser.addEventListener("beforeunload", (ev) => this._ask(ev));
        document.addEventListener("visibilitychange", () => {
            // a phone ends pages in the background without a word
            if (document.visibilityState === "hidden") {
                this.flush();
            }
        });
    }

    /** Send what has no answer yet with a request that outlives the page. */
    async flush() {
        const { fitting } = this._split();
        const entries = fitting.filter(({ isFlushed }) => !isFlushed);
        if (!entries.length) {
            return;
        }
        entries.forEach((entry) => Object.assign(entry, { isFlushed: true }));
        try {
            await browser.fetch("/maildesk/act", {
                method: "POST",
                headers: { "Content-Type": "application/json" },
                body: this._body(entries),
                keepalive: true,
            });
        } catch {
            // the page is still there: the next time it is left they go again
            entries.forEach((entry) => Object.assign(entry, { isFlushed: false }));
        }
    }

    _body(entries) {
        const params = actParams(
            user.userId,
            entries.map(({ act }) => act)
        );
        return JSON.stringify({ jsonrpc: "2.0", method: "call", params });
    }

    /** The first unanswered acts, as many as fit, for they have to be done in their order; and whether that is all. */
    _split() {
        const { unanswered } = this._queue;
        const isTooMuch = (count) => this._body(unanswered.slice(0, count)).length > KEEPALIVE_OCTETS;
        let count = unanswered.length;
        while (count && isTooMuch(count)) {
            count = Math.floor(count / 2);
        }
        return { fitting: unanswered.slice(0, count), isAll: count === unanswered.length };
    }

    /** Whoever leaves while something cannot be sent is asked by the browser whether to stay. */
    _ask(ev) {
        if (this._queue.isHeld ? this._queue.unanswered.length : !this._split().isAll) {
            ev.preventDefault();
        }
    }
}
