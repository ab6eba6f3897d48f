/** @returns {[string, number]} a row's place in the list; it stays valid when the row is gone */
export const keyOf = (row) => [row.date, row.id];

/** Negative where `a` is listed above `b`: newest first. */
export function compareKeys(a, b) {
    if (a[0] === b[0]) {
        return b[1] - a[1];
    }
    return a[0] > b[0] ? -1 : 1;
}

/** @param {object[]} rows in any order */
export function sortRows(rows) {
    return rows.sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
}

/**
 * Put a page where it belongs: the server's word on everything from `after` down to the page's end.
 *
 * @param {object[]} rows newest first
 * @param {[string, number]|null} after the key the page was asked for
 * @param {{ rows: object[], next: [string, number]|null }} page `next` is the key of its last row, null on the last page
 * @param {Set<number>} [kept] ids of rows that stay although the server no longer lists them
 */
export function mergePage(rows, after, page, kept = new Set()) {
    const fetched = new Set(page.rows.map((row) => row.id));
    const isAbove = (row) => after && compareKeys(keyOf(row), after) <= 0;
    const isBelow = (row) => page.next && compareKeys(keyOf(row), page.next) > 0;
    const others = rows.filter((row) => !fetched.has(row.id));
    const held = others.filter((row) => kept.has(row.id) && !isAbove(row) && !isBelow(row));
    return [
        ...others.filter(isAbove),
        ...(held.length ? sortRows([...page.rows, ...held]) : page.rows),
        ...others.filter(isBelow),
    ];
}

/**
 * Put rows the person changed where they belong now.
 *
 * @param {object[]} rows newest first
 * @param {object[]} changed
 * @param {(row: object) => boolean} belongs whether a row is part of this list
 * @param {boolean} isInserting rows that are not there come (back) in; else they are left out
 */
export function mergeChanged(rows, changed, belongs, isInserting) {
    const left = new Map(changed.map((row) => [row.id, row]));
    const merged = [];
    for (const row of rows) {
        const now = left.get(row.id);
        left.delete(row.id);
        if (!now) {
            merged.push(row);
        } else if (belongs(now)) {
            merged.push({ ...row, ...now });
        }
    }
    const back = isInserting ? [...left.values()].filter(belongs) : [];
    return back.length ? sortRows([...merged, ...back]) : merged;
}
