import { describe, expect, test } from "@odoo/hoot";
import { PendingChanges } from "@maildesk/core/acts/pending_changes";
import { makeRow } from "../../maildesk_test_helpers";

describe.current.tags("headless");

const starred = (...ids) => new Map(ids.map((id) => [id, { is_starred: true }]));
const stars = (rows) => rows.map((row) => row.is_starred);
const rows = [makeRow({ id: 1 }), makeRow({ id: 2 })];

test("what is under way is laid over an answer", () => {
    const pending = new PendingChanges();
    const asked = pending.open();
    pending.begin(starred(2));
    expect(stars(pending.lay(rows, asked))).toEqual([false, true]);
    expect(pending.isUnderWay).toBe(true);
    expect(pending.concerns(2)).toBe(true);
    expect(pending.concerns(1)).toBe(false);
});

test("what was confirmed after a question may lack in its answer, and only there", () => {
    const pending = new PendingChanges();
    const change = pending.begin(starred(1));
    const early = pending.open();
    pending.settle(change);
    const late = pending.open();
    expect(pending.hasChangedSince(early)).toBe(true);
    expect(pending.hasChangedSince(late)).toBe(false);
    expect(stars(pending.lay(rows, early))).toEqual([true, false]);
    expect(pending.lay(rows, late)).toBe(rows);
});

test("later changes lie above earlier ones", () => {
    const pending = new PendingChanges();
    const asked = pending.open();
    pending.settle(pending.begin(new Map([[1, { folder_id: 4 }]])));
    pending.begin(new Map([[1, { folder_id: 1 }]]));
    expect(pending.lay(rows, asked)[0].folder_id).toBe(1);
});

test("what was refused is not laid over anything", () => {
    const pending = new PendingChanges();
    const asked = pending.open();
    pending.drop(pending.begin(starred(1)));
    expect(pending.hasChangedSince(asked)).toBe(false);
    expect(pending.lay(rows, asked)).toBe(rows);
});

test("nothing is kept once no answer is out", () => {
    const pending = new PendingChanges();
    const asked = pending.open();
    const change = pending.begin(starred(1));
    pending.close(asked);
    expect(pending.isUnderWay).toBe(true);
    pending.settle(change);
    expect(pending.isUnderWay).toBe(false);
    expect(pending.hasChangedSince(0)).toBe(false);
});
