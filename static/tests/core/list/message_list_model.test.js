import { describe, expect, test } from "@odoo/hoot";
import { Deferred } from "@odoo/hoot-mock";
import { compareKeys, mergePage } from "@maildesk/core/list/list_pages";
import { FIRST_PAGE, MessageListModel, PAGE } from "@maildesk/core/list/message_list_model";
import { allowTranslations } from "@web/../tests/web_test_helpers";
import { FakeServer, makeRow, makeRows } from "../../maildesk_test_helpers";

describe.current.tags("headless");

const ids = (list) => list.rows.map((row) => row.id);

async function openList(server) {
    const list = new MessageListModel(server.api.messages);
    await list.show({ folderId: 1 });
    return list;
}

test("newest first, then the higher id", () => {
    const keys = [
        ["2026-01-01 00:00:00", 5],
        ["2026-01-02 00:00:00", 1],
        ["2026-01-01 00:00:00", 9],
    ];
    expect(keys.sort(compareKeys).map((key) => key[1])).toEqual([1, 9, 5]);
});

test("a page replaces what lies in its range, and nothing else", () => {
    const rows = makeRows(6);
    const next = [rows[4].date, rows[4].id];
    const page = { rows: [rows[2], { ...rows[4], subject: "new" }], next };
    const merged = mergePage(rows, [rows[1].date, rows[1].id], page);
    expect(merged.map((row) => row.id)).toEqual([6, 5, 4, 2, 1]);
    expect(merged[3].subject).toBe("new");
});

test("the last page ends the list", () => {
    const rows = makeRows(6);
    const merged = mergePage(rows, [rows[1].date, rows[1].id], { rows: [rows[2]], next: null });
    expect(merged.map((row) => row.id)).toEqual([6, 5, 4]);
});

test("pages follow each other without a gap or a repetition", async () => {
    const server = new FakeServer();
    server.rows = makeRows(FIRST_PAGE + PAGE + 7);
    const list = await openList(server);
    expect(list.rows.length).toBe(FIRST_PAGE);
    expect(list.isComplete).toBe(false);
    await list.loadMore();
    await list.loadMore();
    expect(ids(list)).toEqual(server.rows.map((row) => row.id));
    expect(list.isComplete).toBe(true);
    await list.loadMore();
    expect(server.calls.length).toBe(3);
});

test("asking twice at once asks once", async () => {
    const server = new FakeServer();
    server.rows = makeRows(FIRST_PAGE + 10);
    const list = await openList(server);
    await Promise.all([list.loadMore(), list.loadMore()]);
    expect(server.calls.length).toBe(2);
});

test("an answer to an older question is dropped", async () => {
    const answers = [new Deferred(), new Deferred()];
    let count = 0;
    const list = new MessageListModel(() => answers[count++]);
    const first = list.show({ folderId: 1 });
    const second = list.show({ folderId: 2 });
    answers[1].resolve({ rows: [makeRow({ id: 2 })], next: null });
    await second;
    answers[0].resolve({ rows: [makeRow({ id: 1 })], next: null });
    await first;
    expect(ids(list)).toEqual([2]);
});

test("a failure says so, and trying again helps", async () => {
    allowTranslations();
    const server = new FakeServer();
    server.rows = makeRows(2);
    let isBroken = true;
    const list = new MessageListModel(async (params) => {
        if (isBroken) {
            throw new Error("no");
        }
        return server.page(params);
    });
    await list.show({ folderId: 1 });
    expect(list.status).toBe("error");
    expect(String(list.error)).not.toBe("");
    isBroken = false;
    await list.load();
    expect(list.status).toBe("ready");
    expect(list.error).toBe("");
});

test("more of the list that cannot be fetched leaves what is there", async () => {
    allowTranslations();
    const server = new FakeServer();
    server.rows = makeRows(FIRST_PAGE + 5);
    const list = await openList(server);
    const { fetchPage } = list;
    list.fetchPage = () => Promise.reject(new Error("no"));
    await list.loadMore();
    expect(list.rows.length).toBe(FIRST_PAGE);
    expect(String(list.error)).not.toBe("");
    list.fetchPage = fetchPage;
    await list.retryMore();
    expect(list.rows.length).toBe(FIRST_PAGE + 5);
});

test("a refresh brings new mail, follows flags, and forgets what is gone", async () => {
    const server = new FakeServer();
    server.rows = makeRows(10);
    const list = await openList(server);
    server.rows = [
        makeRow({ id: 50, date: "2026-03-11 11:00:00" }),
        ...server.rows
            .filter((row) => row.id !== 8)
            .map((row) => ({ ...row, is_starred: row.id === 7 })),
    ];
    await list.refresh();
    expect(ids(list)).toEqual([50, 10, 9, 7, 6, 5, 4, 3, 2, 1]);
    expect(list.rows[3].is_starred).toBe(true);
    expect([...list.fresh]).toEqual([50]);
    list.forgetFresh();
    expect(list.fresh.size).toBe(0);
});

test("a refresh costs the same however far somebody scrolled, and asks for what is in sight", async () => {
    const server = new FakeServer();
    server.rows = makeRows(1000);
    const list = await openList(server);
    while (!list.isComplete) {
        await list.loadMore();
    }
    Object.assign(list.view, { top: 50000, first: 700, last: 710 });
    server.rows = server.rows
        .filter((row) => row.id !== 995)
        .map((row) => ({ ...row, is_read: row.id === 295 }));
    server.calls = [];
    await list.refresh();
    expect(server.calls.length).toBe(2);
    expect(list.rows.length).toBe(999);
    // rows out of sight come up to date when they come into sight
    const stale = list.rows.findIndex((row) => row.id === 500);
    expect(list.rows[stale].is_read).toBe(true);
    Object.assign(list.view, { first: stale - 2, last: stale + 2 });
    await list.refreshView();
    expect(list.rows[stale].is_read).toBe(false);
    server.calls = [];
    await list.refreshView();
    expect(server.calls.length).toBe(0);
});

test("more new mail than a page holds leaves no gap", async () => {
    const server = new FakeServer();
    const all = makeRows(400);
    server.rows = all.slice(200);
    const list = await openList(server);
    server.rows = all;
    await list.refresh();
    expect(ids(list)).toEqual(all.slice(0, list.rows.length).map((row) => row.id));
    expect(list.rows.length).toBeGreaterThan(200);
});

test("very much new mail starts the list anew", async () => {
    const server = new FakeServer();
    const all = makeRows(2000);
    server.rows = all.slice(1900);
    const list = await openList(server);
    server.rows = all;
    await list.refresh();
    expect(ids(list)).toEqual(all.slice(0, list.rows.length).map((row) => row.id));
    expect(list.isComplete).toBe(false);
    await list.loadMore();
    expect(ids(list)).toEqual(all.slice(0, list.rows.length).map((row) => row.id));
});

test("a refresh that fails leaves what is on screen", async () => {
    const server = new FakeServer();
    server.rows = makeRows(3);
    const list = await openList(server);
    list.fetchPage = () => Promise.reject(new Error("no"));
    await list.refresh();
    expect(list.status).toBe("ready");
    expect(ids(list)).toEqual([3, 2, 1]);
});

test("a filter keeps the old rows until the new ones are there, another folder does not", async () => {
    const server = new FakeServer();
    server.rows = makeRows(3);
    const list = await openList(server);
    const filtering = list.show({ quickFilter: "unread" });
    expect(list.rows.length).toBe(3);
    await filtering;
    expect(list.rows.length).toBe(0);
    const moving = list.show({ folderId: 2, quickFilter: "" });
    expect(list.rows.length).toBe(0);
    expect(list.status).toBe("loading");
    await moving;
});
