import { Deferred } from "@web/core/utils/concurrency";

/**
 * Sends what people do, one request after the other: the same mail starred and unstarred must reach the server in that order,
 * and two requests at once would only wait for each other's counters. What gathers meanwhile and is alike goes together.
 */
export class SendQueue {
    _waiting = [];
    _isSending = false;

    /** @param {(batch: { action: string, ids: number[], folderId: number|null }) => Promise} send */
    constructor(send) {
        this._send = send;
    }

    /** @returns {Promise} the server's answer to the request this became part of */
    add(action, ids, folderId) {
        const last = this._waiting.at(-1);
        if (last?.action === action && last.folderId === folderId) {
            last.ids = [...new Set([...last.ids, ...ids])];
            return last.answer;
        }
        const batch = { action, ids, folderId, answer: new Deferred() };
        this._waiting.push(batch);
        this._run();
        return batch.answer;
    }

    async _run() {
        if (this._isSending || !this._waiting.length) {
            return;
        }
        this._isSending = true;
        const { answer, ...batch } = this._waiting.shift();
        try {
            answer.resolve(await this._send(batch));
        } catch (error) {
            answer.reject(error);
        }
        this._isSending = false;
        this._run();
    }
}
