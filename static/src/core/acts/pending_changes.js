/**
 * What the person changed and an answer of the server may not know of yet.
 *
 * A question is open from before it is asked until its answer is shown. A change that was not confirmed when the question was
 * asked may or may not be in the answer: it is laid over it, so that nothing just changed comes back for a moment. Questions
 * asked after the server's confirmation need nothing: the server is right.
 */
export class PendingChanges {
    _clock = 0;
    /** @type {{ values: Map<number, object>, settled: number }[]} in the order they were made */
    _changes = [];
    _questions = new Set();

    /** @param {Map<number, object>} values row id → what it becomes */
    begin(values) {
        const change = { values, settled: Infinity };
        this._changes.push(change);
        return change;
    }

    /** The server has done it. */
    settle(change) {
        change.settled = ++this._clock;
        this._forget();
    }

    /** The server has not done it, and will not. */
    drop(change) {
        this._changes = this._changes.filter((other) => other !== change);
    }

    get isUnderWay() {
        return this._changes.some((change) => change.settled === Infinity);
    }

    /** Whether something else is being done to a row. */
    concerns(id) {
        return this._changes.some(
            (change) => change.settled === Infinity && change.values.has(id)
        );
    }

    /** @returns {number} to be closed, whatever becomes of the question */
    open() {
        this._questions.add(++this._clock);
        return this._clock;
    }

    close(asked) {
        this._questions.delete(asked);
        this._forget();
    }

    /** Whether an answer to a question may lack a change. */
    hasChangedSince(asked) {
        return this._changes.some((change) => change.settled > asked);
    }

    /**
     * @param {object[]} rows of an answer
     * @param {number} asked
     * @returns {object[]} the same as they are now
     */
    lay(rows, asked) {
        const unknown = this._changes.filter((change) => change.settled > asked);
        if (!unknown.length) {
            return rows;
        }
        return rows.map((row) =>
            unknown.reduce((now, { values }) => ({ ...now, ...values.get(row.id) }), row)
        );
    }

    _forget() {
        const oldest = Math.min(...this._questions);
        this._changes = this._changes.filter(
            ({ settled }) => settled === Infinity || settled > oldest
        );
    }
}
