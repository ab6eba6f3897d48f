import { describe, expect, test } from "@odoo/hoot";
import { Deferred, tick } from "@odoo/hoot-mock";
import { MaildeskStore } from "@maildesk/core/maildesk_store";
import { allowTranslations } from "@web/../tests/web_test_helpers";
import { makeFilledServer } from "../../maildesk_test_helpers";

describe.current.tags("headless");

const ids = (store) => store.list.rows.map((row) => row.id);
const row = (store, id) => store.list.rows.find((candidate) => candidate.id === id);
const counts = (store, id) => {
    const { total, unread } = store.folder(id);
    return [total, unread];
};

/** Five mails in the inbox, the lower two unread. */
async function startStore({ place = { folderId: 1 }, count = 5, tell } = {}) {
    allowTranslations();
    const server = makeFilledServer(count);
    const store = new MaildeskStore(server.api, tell);
    await store.start(place);
    return { store, server };
}

const perform = (store, act, rowIds, options) =>
    store.acts.perform(
        act,
        rowIds.map((id) => row(store, id)),
        options
    );

test("a mark is there at once, with its counter, and the server is told", async () => {
    const { store, server } = await startStore();
    const acting = perform(store, "read", [1, 2, 3]);
    expect(row(store, 1).is_read).toBe(true);
    expect(counts(store, 1)).toEqual([5, 0]);
    await acting;
    // who is read already is not sent
    expect(server.acts).toEqual([["read", [1, 2]]]);
    await store.refresh();
    expect(counts(store, 1)).toEqual([5, 0]);
});

test("what changes nothing asks nothing", async () => {
    const { store, server } = await startStore();
    await perform(store, "star", []);
    await perform(store, "read", [3]);
    expect(server.acts).toEqual([]);
});

test("a mail that moves leaves the list, and both counters know", async () => {
    const { store, server } = await startStore();
    const acting = perform(store, "archive", [1, 4]);
    expect(ids(store)).toEqual([5, 3, 2]);
    expect(counts(store, 1)).toEqual([3, 1]);
    expect(counts(store, 4)).toEqual([2, 1]);
    await acting;
    expect(server.acts).toEqual([["archive", [1, 4]]]);
    await store.refresh();
    expect(ids(store)).toEqual([5, 3, 2]);
    expect(counts(store, 4)).toEqual([2, 1]);
});

test("in all mailboxes, a mail that moves stays where its new folder is listed, too", async () => {
    const { store } = await startStore({ place: { folderId: null } });
    await perform(store, "move", [4], { targetId: 3 });
    expect(row(store, 4).folder_id).toBe(3);
    await perform(store, "junk", [5]);
    expect(ids(store)).toEqual([4, 3, 2, 1]);
});

describe("what the server refuses", () => {
    test("is taken back, with words", async () => {
        const told = [];
        const tell = { failed: (act, error) => told.push([act, error.message]) };
        const { store, server } = await startStore({ tell });
        server.refusal = "no";
        const acting = perform(store, "archive", [1, 4]);
        expect(ids(store)).toEqual([5, 3, 2]);
        await acting;
        expect(ids(store)).toEqual([5, 4, 3, 2, 1]);
        expect(counts(store, 1)).toEqual([5, 2]);
        expect(counts(store, 4)).toEqual([0, 0]);
        expect(told).toEqual([["archive", "no"]]);
        expect(store.acts.last).toBe(null);
    });

    test("is taken back from the screen before the server is asked again", async () => {
        const { store, server } = await startStore();
        server.refusal = "no";
        store.refresh = async () => {};
        await perform(store, "star", [3]);
        expect(row(store, 3).is_starred).toBe(false);
        await perform(store, "delete", [3]);
        expect(ids(store)).toEqual([5, 4, 3, 2, 1]);
    });

    test("does not undo what was done to the mail since", async () => {
        const { store } = await startStore();
        const answers = [new Deferred(), new Deferred()];
        let count = 0;
        store.api.act = () => answers[count++];
        store.refresh = async () => {};
        const first = perform(store, "star", [3]);
        const second = perform(store, "archive", [3]);
        answers[0].reject(new Error("no"));
        await first;
        expect(ids(store)).toEqual([5, 4, 2, 1]);
        answers[1].resolve([{ missing: [] }]);
        await second;
        expect(ids(store)).toEqual([5, 4, 2, 1]);
    });

    test("brings nothing into another list", async () => {
        const { store } = await startStore();
        const answer = new Deferred();
        store.api.act = () => answer;
        const acting = perform(store, "archive", [3]);
        await store.showFolder(3);
        answer.reject(new Error("no"));
        await acting;
        expect(ids(store)).toEqual([]);
    });
});

describe("answers that come late", () => {
    test("a page asked for before bring no row back", async () => {
        const { store, server } = await startStore();
        const { messages } = store.api;
        const late = new Deferred();
        const before = server.page({ folder_id: 1, limit: 50, search: "", quick_filter: "" });
        store.api.messages = () => late;
        const refreshing = store.list.refresh();
        store.api.messages = messages;
        const acting = perform(store, "delete", [4]);
        await perform(store, "star", [5]);
        await acting;
        late.resolve(before);
        await refreshing;
        expect(ids(store)).toEqual([5, 3, 2, 1]);
        expect(row(store, 5).is_starred).toBe(true);
        await store.refresh();
        expect(ids(store)).toEqual([5, 3, 2, 1]);
    });

    test("counters told while something is being done are not believed", async () => {
        const { store, server } = await startStore();
        const answer = new Deferred();
        store.api.act = async (acts) => {
            await answer;
            return server.api.act(acts);
        };
        const acting = perform(store, "read", [1]);
        expect(counts(store, 1)).toEqual([5, 1]);
        server.accounts[0].name = "Renamed";
        await store.loadTree();
        expect(store.accounts[0].name).toBe("Renamed");
        expect(counts(store, 1)).toEqual([5, 1]);
        answer.resolve();
        await acting;
        // asked for anew once it was done
        expect(store.isTreeStale).toBe(false);
        expect(counts(store, 1)).toEqual([5, 1]);
    });
});

describe("filters", () => {
    test("a mail that was just read stays among the unread until something else is shown", async () => {
        const { store } = await startStore();
        await store.toggleFilter("unread");
        expect(ids(store)).toEqual([2, 1]);
        await store.open(2);
        await tick();
        await store.refresh();
        expect(ids(store)).toEqual([2, 1]);
        expect(row(store, 2).is_read).toBe(true);
        await store.toggleFilter("");
        await store.toggleFilter("unread");
        expect(ids(store)).toEqual([1]);
    });

    test("moved away, it goes", async () => {
        const { store } = await startStore();
        await store.toggleFilter("unread");
        await perform(store, "read", [2]);
        await perform(store, "archive", [2]);
        await store.refresh();
        expect(ids(store)).toEqual([1]);
    });
});

describe("undo", () => {
    test("brings mail back where it was", async () => {
        const { store, server } = await startStore();
        await perform(store, "delete", [2, 4]);
        expect(store.acts.last.canUndo).toBe(true);
        const undoing = store.acts.undo();
        expect(ids(store)).toEqual([5, 4, 3, 2, 1]);
        expect(counts(store, 1)).toEqual([5, 2]);
        await undoing;
        expect(server.acts.at(-1)).toEqual(["move", [2, 4], 1]);
        expect(store.acts.last).toBe(null);
        await store.refresh();
        expect(ids(store)).toEqual([5, 4, 3, 2, 1]);
        expect(counts(store, 6)).toEqual([0, 0]);
    });

    test("each mail to its own folder", async () => {
        const { store, server } = await startStore({ place: { folderId: null } });
        server.rows[0].folder_id = 3;
        await store.refresh();
        await perform(store, "delete", [5, 4]);
        await store.acts.undo();
        expect(server.acts.slice(1)).toEqual([
            ["move", [5], 3],
            ["move", [4], 1],
        ]);
        expect(ids(store)).toEqual([5, 4, 3, 2, 1]);
    });

    test("a mark has none, and what is gone for good has none", async () => {
        const { store, server } = await startStore();
        await perform(store, "star", [3]);
        expect(store.acts.last).toBe(null);
        server.rows[0].folder_id = 6;
        await store.showFolder(6);
        await perform(store, "delete", [5]);
        expect(store.acts.last).toBe(null);
        expect(ids(store)).toEqual([]);
        await store.acts.undo();
        expect(server.acts.length).toBe(2);
    });

    test("what was taken out of the trash goes back there", async () => {
        const { store, server } = await startStore();
        server.rows[0].folder_id = 6;
        await store.showFolder(6);
        await perform(store, "move", [5], { targetId: 1 });
        await store.acts.undo();
        expect(server.acts.at(-1)).toEqual(["move", [5], 6]);
    });
});

describe("what is read and ticked", () => {
    test("the next mail takes the place of one that goes, at the end the one above", async () => {
        const { store } = await startStore();
        await store.open(3);
        await perform(store, "archive", [3], { isAdvancing: true });
        expect(store.reader.id).toBe(2);
        expect(store.selectedId).toBe(2);
        await perform(store, "archive", [2, 1], { isAdvancing: true });
        expect(store.reader.id).toBe(4);
    });

    test("without advancing, the mail is closed and the keyboard is on the next one", async () => {
        const { store } = await startStore();
        await store.open(3);
        await perform(store, "archive", [3]);
        expect(store.reader.id).toBe(null);
        expect(store.selectedId).toBe(2);
    });

    test("what happens to others does not touch the mail being read", async () => {
        const { store } = await startStore();
        await store.open(3);
        await perform(store, "archive", [5, 2], { isAdvancing: true });
        expect(store.reader.id).toBe(3);
    });

    test("ticked rows that go are not ticked any more, those that stay are", async () => {
        const { store } = await startStore();
        store.selection.take([1, 2, 3]);
        await perform(store, "star", [1, 2, 3]);
        expect(store.selectedRows.length).toBe(3);
        await perform(store, "junk", [1, 2]);
        expect(store.selectedRows.map(({ id }) => id)).toEqual([3]);
        expect(store.rowsInHand.map(({ id }) => id)).toEqual([3]);
        await store.showFolder(3);
        expect(store.selection.ids.size).toBe(0);
    });

    test("an opened mail is read once it is shown; marked as unread while open, it stays so", async () => {
        const { store, server } = await startStore();
        const opening = store.open(2);
        expect(row(store, 2).is_read).toBe(false);
        await opening;
        expect(row(store, 2).is_read).toBe(true);
        expect(counts(store, 1)).toEqual([5, 1]);
        await perform(store, "unread", [2]);
        await store.open(2);
        expect(row(store, 2).is_read).toBe(false);
        expect(server.acts).toEqual([
            ["read", [2]],
            ["unread", [2]],
        ]);
    });

    test("a mail that could not be opened is not read", async () => {
        const { store, server } = await startStore();
        server.messages[2] = { error: "The mail server did not answer." };
        await store.open(2);
        expect(server.acts).toEqual([]);
    });

    test("opened by its address, a mail is read as soon as its mailbox is known", async () => {
        const { store, server } = await startStore({ place: { folderId: 3, messageId: 2 } });
        await tick();
        expect(server.acts).toEqual([["read", [2]]]);
        expect(store.readingRow.is_read).toBe(true);
        await store.acts.perform("star", [store.readingRow]);
        expect(store.readingRow.is_starred).toBe(true);
        expect(ids(store)).toEqual([]);
        await store.acts.perform("archive", [store.readingRow]);
        expect(store.reader.id).toBe(null);
    });

    test("that reading could not be told is nothing to bother anybody with", async () => {
        const told = [];
        const { store, server } = await startStore({ tell: { failed: () => told.push(1) } });
        server.refusal = "no";
        await store.open(2);
        await tick();
        await tick();
        expect(told).toEqual([]);
        expect(row(store, 2).is_read).toBe(false);
    });
});

test("all that was loaded moved away: the rest is fetched", async () => {
    const { store } = await startStore({ count: 70 });
    expect(store.list.rows.length).toBe(50);
    await store.acts.perform("archive", store.list.rows);
    expect(store.list.rows.length).toBe(20);
    expect(store.list.isComplete).toBe(true);
});

test("what another program took away goes from the list", async () => {
    const { store, server } = await startStore();
    server.rows = server.rows.filter(({ id }) => id !== 3);
    await perform(store, "star", [3, 4]);
    expect(ids(store)).toEqual([5, 4, 2, 1]);
    expect(row(store, 4).is_starred).toBe(true);
});
