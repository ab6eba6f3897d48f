/** Pixels; the rows are placed by these, so a row of any content keeps its height (see message_list.scss). */
export const ROW_HEIGHT = 76;
export const ROW_HEIGHT_TOUCH = 84;
export const SECTION_HEIGHT = 30;

/**
 * Where each row and each heading between rows lies.
 *
 * @param {object[]} rows
 * @param {(row: object) => { key: string, label: string }} sectionOf
 * @param {number} rowHeight
 */
export function layOut(rows, sectionOf, rowHeight) {
    const items = [];
    const rowItems = [];
    let top = 0;
    let section;
    for (const [index, row] of rows.entries()) {
        const current = sectionOf(row);
        if (current.key !== section) {
            section = current.key;
            // rows of one section may come back after another one when clocks disagree
            items.push({
                type: "section",
                key: `s${current.key}-${row.id}`,
                label: current.label,
                top,
                height: SECTION_HEIGHT,
            });
            top += SECTION_HEIGHT;
        }
        const item = { type: "row", key: row.id, row, index, top, height: rowHeight };
        rowItems.push(item);
        items.push(item);
        top += rowHeight;
    }
    return { items, rowItems, height: top };
}

/** The index of the first row that ends below `offset`. */
export function rowIndexAt(layout, offset) {
    let low = 0;
    let high = layout.rowItems.length - 1;
    while (low < high) {
        const middle = (low + high) >> 1;
        const item = layout.rowItems[middle];
        if (item.top + item.height > offset) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return Math.max(0, low);
}

/** The rows in sight. */
export function rowsInSight(layout, top, height) {
    return { top, first: rowIndexAt(layout, top), last: rowIndexAt(layout, top + height) };
}

/**
 * Where to scroll after the rows changed, so that what the eye is on stays where it is.
 *
 * @param {object} before the layout on screen
 * @param {object} after the layout to come
 * @param {number} top how far `before` is scrolled
 * @returns {number}
 */
export function keepInSight(before, after, top) {
    const left = new Map(after.rowItems.map((item) => [item.key, item]));
    for (const item of before.rowItems.slice(rowIndexAt(before, top))) {
        const same = left.get(item.key);
        if (same) {
            return Math.max(0, top + same.top - item.top);
        }
    }
    return Math.min(top, after.height);
}

/** How far to scroll for a row to be wholly in sight; `top` where it is already. */
export function scrollFor(item, top, height) {
    if (item.top < top) {
        return Math.max(0, item.top - SECTION_HEIGHT);
    }
    return Math.max(top, item.top + item.height - height);
}
