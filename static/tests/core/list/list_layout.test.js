import { describe, expect, test } from "@odoo/hoot";
import {
    keepInSight,
    layOut,
    rowIndexAt,
    ROW_HEIGHT,
    rowsInSight,
    scrollFor,
    SECTION_HEIGHT,
} from "@maildesk/core/list/list_layout";
import { makeRows } from "../../maildesk_test_helpers";

describe.current.tags("headless");

const one = () => ({ key: "all", label: "All" });
const lay = (rows, sectionOf = one) => layOut(rows, sectionOf, ROW_HEIGHT);

test("headings stand between rows of different sections", () => {
    const layout = lay(makeRows(4), (row) => ({ key: row.id > 2 ? "a" : "b", label: "" }));
    expect(layout.items.map((item) => item.type)).toEqual([
        "section",
        "row",
        "row",
        "section",
        "row",
        "row",
    ]);
    expect(layout.height).toBe(4 * ROW_HEIGHT + 2 * SECTION_HEIGHT);
    expect(new Set(layout.items.map((item) => item.key)).size).toBe(6);
});

test("the rows in sight", () => {
    const layout = lay(makeRows(100));
    expect(rowIndexAt(layout, 0)).toBe(0);
    expect(rowIndexAt(layout, SECTION_HEIGHT + ROW_HEIGHT)).toBe(1);
    expect(rowIndexAt(layout, 1e9)).toBe(99);
    expect(rowsInSight(layout, SECTION_HEIGHT, ROW_HEIGHT * 3 - 1)).toEqual({
        top: SECTION_HEIGHT,
        first: 0,
        last: 2,
    });
    expect(rowIndexAt(lay([]), 10)).toBe(0);
});

test("rows that come above move the list along", () => {
    const rows = makeRows(50);
    const before = lay(rows.slice(3));
    const after = lay(rows);
    expect(keepInSight(before, after, 1000)).toBe(1000 + 3 * ROW_HEIGHT);
});

test("where the row in sight is gone, the next one keeps its place", () => {
    const rows = makeRows(50);
    const before = lay(rows);
    const top = before.rowItems[10].top;
    const after = lay(rows.filter((row) => row.id !== before.rowItems[10].key));
    expect(keepInSight(before, after, top)).toBe(top - ROW_HEIGHT);
    expect(keepInSight(before, lay([]), top)).toBe(0);
});

test("a row out of sight is scrolled to, as little as needed", () => {
    const layout = lay(makeRows(50));
    const height = 5 * ROW_HEIGHT;
    const item = layout.rowItems[20];
    expect(scrollFor(item, item.top - 10, height)).toBe(item.top - 10);
    expect(scrollFor(item, 0, height)).toBe(item.top + ROW_HEIGHT - height);
    expect(scrollFor(item, item.top + 500, height)).toBe(item.top - SECTION_HEIGHT);
});
