import { describe, expect, test } from "@odoo/hoot";
import { countShifts, effectOf, isFitFor, isMove, moveTargets } from "@maildesk/core/acts/act_rules";
import { FakeServer, makeRow, moreFolders } from "../../maildesk_test_helpers";

describe.current.tags("headless");

function makeAccount(values = {}) {
    const [account] = new FakeServer().accounts;
    account.folders.push(...moreFolders());
    return Object.assign(account, values);
}

const placeIn = (account, role) => ({
    account,
    folder: account.folders.find((folder) => folder.role === role),
});
const acts = ["archive", "junk", "not_junk", "delete", "move", "read", "unread", "star", "unstar"];

function offered(role, values = {}, account = makeAccount()) {
    const place = placeIn(account, role);
    const row = makeRow({ id: 1, folder_id: place.folder?.id, ...values });
    return acts.filter((act) => isFitFor(act, row, place));
}

test("each folder has the acts that make sense there", () => {
    expect(offered("inbox")).toEqual(["archive", "junk", "delete", "move", "unread", "star"]);
    expect(offered("inbox", { is_read: false, is_starred: true })).toEqual([
        "archive",
        "junk",
        "delete",
        "move",
        "read",
        "unstar",
    ]);
    expect(offered("archive")).toEqual(["junk", "delete", "move", "unread", "star"]);
    expect(offered("sent")).toEqual(["archive", "delete", "move", "unread", "star"]);
    expect(offered("junk")).toEqual(["not_junk", "delete", "move", "unread", "star"]);
    expect(offered("trash")).toEqual(["delete", "move", "unread", "star"]);
});

test("nothing is offered where the server cannot be told, or the place is not known", () => {
    for (const state of ["draft", "disconnected", "removed"]) {
        expect(offered("inbox", {}, makeAccount({ state }))).toEqual([]);
    }
    expect(offered("inbox", {}, makeAccount({ state: "needs_sign_in" }))).not.toEqual([]);
    expect(offered("no such folder")).toEqual([]);
});

test("who may not see junk sends nothing there", () => {
    expect(offered("inbox", {}, makeAccount({ may_junk: false }))).not.toInclude("junk");
});

test("mail moves to folders that can hold it, but for the one it is in", () => {
    const account = makeAccount();
    account.folders.push({ id: 9, role: "all", selectable: true });
    expect(moveTargets(account, 1).map(({ id }) => id)).toEqual([2, 3, 4, 5, 6, 7]);
    expect(moveTargets(account, null).map(({ id }) => id)).toInclude(1);
});

test("what acts do to a row", () => {
    const account = makeAccount();
    const inbox = placeIn(account, "inbox");
    const row = makeRow({ id: 1, is_read: false });
    expect(effectOf("read", row, inbox)).toEqual({ is_read: true });
    expect(effectOf("unread", row, inbox)).toBe(undefined);
    expect(effectOf("archive", row, inbox)).toEqual({ folder_id: 4 });
    expect(effectOf("delete", row, inbox)).toEqual({ folder_id: 6 });
    expect(effectOf("move", row, inbox, 3)).toEqual({ folder_id: 3 });
    expect(effectOf("move", row, inbox, 1)).toBe(undefined);
    // deleted for good
    expect(effectOf("delete", { ...row, folder_id: 6 }, placeIn(account, "trash"))).toEqual({
        folder_id: null,
    });
    // the server makes the folder that is missing
    account.folders = account.folders.filter((folder) => folder.role !== "archive");
    expect(effectOf("archive", row, inbox)).toEqual({ folder_id: null });
    expect([isMove("archive"), isMove("star")]).toEqual([true, false]);
});

test("counters follow", () => {
    const before = [makeRow({ id: 1, is_read: false }), makeRow({ id: 2 })];
    const after = before.map((row) => ({ ...row, folder_id: 4 }));
    const shifts = countShifts(before, after);
    expect(shifts.get(1)).toEqual({ total: -2, unread: -1 });
    expect(shifts.get(4)).toEqual({ total: 2, unread: 1 });
    const read = countShifts([before[0]], [{ ...before[0], is_read: true }]);
    expect(read.get(1)).toEqual({ total: 0, unread: -1 });
});
