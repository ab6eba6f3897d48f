import { markRaw } from "@odoo/owl";

/** The rows that are ticked, for doing something to all of them. */
export class Selection {
    /** Replaced as a whole: a list of 100,000s must not be observed row by row. */
    ids = markRaw(new Set());
    /** Where a range begins: the row ticked last. */
    anchorId = null;
    _rows = markRaw({ list: null, ids: null, found: [] });

    /** The ticked rows that (still) are in a list. */
    among(list) {
        const memo = this._rows;
        if (memo.list !== list || memo.ids !== this.ids) {
            const found = this.ids.size ? list.filter((row) => this.ids.has(row.id)) : [];
            Object.assign(memo, { list, ids: this.ids, found });
        }
        return memo.found;
    }

    toggle(id) {
        const ids = new Set(this.ids);
        if (!ids.delete(id)) {
            ids.add(id);
        }
        this.ids = markRaw(ids);
        this.anchorId = id;
    }

    /**
     * Tick everything from where the last tick was to a row.
     *
     * @param {object[]} list
     * @param {number} id
     * @param {number|null} currentId where the range begins when nothing was ticked yet
     */
    extend(list, id, currentId) {
        const indexOf = (wanted) => list.findIndex((row) => row.id === wanted);
        const from = [this.anchorId, currentId, id].map(indexOf).find((index) => index >= 0);
        const [first, last] = [from, indexOf(id)].sort((a, b) => a - b);
        this.take(list.slice(first, last + 1).map((row) => row.id));
        this.anchorId ??= list[from]?.id ?? null;
    }

    /** Tick these too. */
    take(ids) {
        this.ids = markRaw(new Set([...this.ids, ...ids]));
    }

    drop(ids) {
        const gone = new Set(ids);
        this.ids = markRaw(new Set([...this.ids].filter((id) => !gone.has(id))));
    }

    clear() {
        this.ids = markRaw(new Set());
        this.anchorId = null;
    }
}
