import { describe, expect, test } from "@odoo/hoot";
import { Selection } from "@maildesk/core/list/selection";
import { makeRows } from "../../maildesk_test_helpers";

describe.current.tags("headless");

const rows = makeRows(6);
const ids = (selection, list = rows) => selection.among(list).map((row) => row.id);

test("rows are ticked and unticked", () => {
    const selection = new Selection();
    selection.toggle(2);
    selection.toggle(4);
    expect(ids(selection)).toEqual([4, 2]);
    selection.toggle(4);
    expect(ids(selection)).toEqual([2]);
    selection.clear();
    expect(ids(selection)).toEqual([]);
});

test("a range goes from the last tick, up or down", () => {
    const selection = new Selection();
    selection.toggle(4);
    selection.extend(rows, 2, null);
    expect(ids(selection)).toEqual([4, 3, 2]);
    selection.extend(rows, 6, null);
    expect(ids(selection)).toEqual([6, 5, 4, 3, 2]);
});

test("without a tick, a range goes from the row the keyboard is on; without that, it is the row itself", () => {
    const selection = new Selection();
    selection.extend(rows, 5, 6);
    expect(ids(selection)).toEqual([6, 5]);
    selection.clear();
    selection.extend(rows, 3, null);
    expect(ids(selection)).toEqual([3]);
    selection.extend(rows, 1, null);
    expect(ids(selection)).toEqual([3, 2, 1]);
});

test("what is gone from the list is not ticked", () => {
    const selection = new Selection();
    selection.take([1, 2, 3]);
    expect(ids(selection, rows.slice(0, 4))).toEqual([3]);
    selection.drop([3]);
    expect(ids(selection)).toEqual([2, 1]);
});
