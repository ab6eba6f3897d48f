import { browser } from "@web/core/browser/browser";

/** Milliseconds until what failed is asked for again: the first time, and at most. */
export const FIRST_RETRY = 2_000;
export const LAST_RETRY = 30_000;

/**
 * @typedef {Object} Part of the app that may have failed
 * @property {() => boolean} needs whether it has
 * @property {() => Promise} retry ask again; what it needs afterwards tells whether it was in vain
 * @property {boolean} [isUrgent] it cannot wait until somebody looks
 */

/**
 * Asks again for what could not be had, by itself: after 2, 4, 8 … 30 seconds while somebody looks at the page, and at once where
 * the browser, the bus or the person says that there is a connection. One part after the other: while there is no connection, a
 * try is one request.
 */
export class Recovery {
    /** @type {Part[]} */
    _parts = [];
    _delay = FIRST_RETRY;
    _timer = null;
    _isTrying = false;

    /** @param {import("./connection").Connection} connection */
    constructor(connection) {
        this._connection = connection;
    }

    start() {
        browser.addEventListener("online", () => this.now());
        document.addEventListener("visibilitychange", () => this.now());
    }

    /**
     * @param {Part} part asked again after those added before it
     * @returns {() => void} takes it out again
     */
    add(part) {
        this._parts.push(part);
        return () => {
            this._parts = this._parts.filter((other) => other !== part);
        };
    }

    /**
     * @template T
     * @param {Promise<T>} question to the server
     * @returns {Promise<T>} the same
     */
    async watch(question) {
        try {
            const answer = await question;
            this._note();
            return answer;
        } catch (error) {
            this._note(error);
            throw error;
        }
    }

    _note(error) {
        const wasOk = this._connection.status === "ok";
        this._connection.note(error);
        if (error) {
            this._later();
        } else if (!wasOk) {
            this.now();
        }
    }

    /** Ask again at once. */
    async now() {
        if (this._isTrying || !this._mayTry) {
            return;
        }
        browser.clearTimeout(this._timer);
        this._timer = null;
        this._isTrying = true;
        try {
            await this._try();
        } finally {
            this._isTrying = false;
        }
        if (this._parts.some((part) => part.needs())) {
            this._delay = Math.min(2 * this._delay, LAST_RETRY);
            this._later();
        } else {
            this._delay = FIRST_RETRY;
        }
    }

    async _try([part, ...others] = this._parts) {
        if (part?.needs()) {
            await part.retry();
        }
        if (others.length && this._connection.status === "ok") {
            await this._try(others);
        }
    }

    /** A page nobody sees asks for nothing that can wait. */
    get _mayTry() {
        const isSeen = document.visibilityState === "visible";
        return this._parts.some((part) => (isSeen || part.isUrgent) && part.needs());
    }

    _later() {
        if (this._timer || this._isTrying) {
            return;
        }
        // not all pages at the same moment
        const delay = this._delay * (0.75 + Math.random() / 2);
        this._timer = browser.setTimeout(() => this._onTime(), delay);
    }

    async _onTime() {
        this._timer = null;
        // without a session every try is in vain, until the person comes back from signing in elsewhere
        if (this._connection.status !== "signed_out") {
            await this.now();
        }
    }
}
