import { Deferred } from "@web/core/utils/concurrency";
import { isLost, isSignedOut, Refusal } from "../errors";

/** Acts one request carries. */
export const BATCH = 50;
/** Requests without an answer after which an act is given up, Odoo having answered others in between. */
export const TRIES = 5;

/**
 * @typedef {Object} Entry
 * @property {import("./act").Act} act
 * @property {Deferred} answer
 * @property {number} tries requests without an answer
 * @property {boolean} isAlone it goes in a request of its own: with others it got no outcome
 * @property {boolean} isFlushed it has left with a page that was being left
 */

/**
 * Sends what people do, one request after the other: the same mail starred and unstarred must reach the server in that order,
 * and two requests at once would only wait for each other's counters. What gathers while one is under way goes together.
 *
 * Where there is no connection, or nobody signed in, acts wait for `resume`.
 */
export class SendQueue {
    /** Acts wait for a connection. */
    isHeld = false;
    /** @type {Entry[]} */
    _waiting = [];
    /** @type {Entry[]} */
    _sending = [];

    /**
     * @param {(acts: import("./act").Act[]) => Promise<{ missing?: number[], error?: string }[]>} send
     * @param {import("./act_storage").ActStorage} storage
     */
    constructor(send, storage) {
        this._send = send;
        this._storage = storage;
    }

    /** @returns {Entry[]} what the server has not answered yet, in the order in which it was done */
    get unanswered() {
        return [...this._sending, ...this._waiting];
    }

    /**
     * @param {import("./act").Act} act
     * @returns {Promise<{ missing: number[] }>} what became of it
     */
    add(act) {
        const entry = { act, answer: new Deferred(), tries: 0, isAlone: false, isFlushed: false };
        this._storage.save(act);
        this._waiting.push(entry);
        this._run();
        return entry.answer;
    }

    /** There may be a connection again. */
    async resume() {
        this.isHeld = false;
        await this._run();
    }

    async _run() {
        if (this.isHeld || this._sending.length || !this._waiting.length) {
            return;
        }
        this._sending = this._waiting.splice(0, this._waiting[0].isAlone ? 1 : BATCH);
        await this._sendNow(this._sending);
        this._sending = [];
        await this._run();
    }

    async _sendNow(entries) {
        try {
            const outcomes = await this._send(entries.map(({ act }) => act));
            // equal refusals in one answer are one: the person is told once
            const refusals = new Map(outcomes.map(({ error }) => [error, new Refusal(error)]));
            entries.forEach((entry, index) => {
                const { error } = outcomes[index];
                this._settle(entry, error ? refusals.get(error) : null, outcomes[index]);
            });
        } catch (error) {
            this._retry(entries, error);
        }
    }

    _settle({ act, answer }, error, outcome) {
        this._storage.remove(act.key);
        if (error) {
            answer.reject(error);
        } else {
            answer.resolve(outcome);
        }
    }

    /** A request without outcomes: its acts go again, or one by one, so that none stops the others. */
    _retry(entries, error) {
        this.isHeld = isLost(error) || isSignedOut(error);
        for (const entry of isLost(error) ? entries : []) {
            entry.tries++;
        }
        const isLast = !this.isHeld || entries[0].tries >= TRIES;
        if (isLast && entries.length === 1) {
            this._settle(entries[0], error);
            return;
        }
        if (isLast) {
            entries.forEach((entry) => Object.assign(entry, { isAlone: true, tries: 0 }));
        }
        this._waiting.unshift(...entries);
    }
}
