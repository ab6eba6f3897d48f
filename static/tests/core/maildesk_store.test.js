import { describe, expect, test } from "@odoo/hoot";
import { Deferred } from "@odoo/hoot-mock";
import { MaildeskStore } from "@maildesk/core/maildesk_store";
import { allowTranslations } from "@web/../tests/web_test_helpers";
import { FakeServer, makeAccount, makeFolder, makeRow, makeRows } from "../maildesk_test_helpers";

describe.current.tags("headless");

async function startStore(server = new FakeServer(), place = { folderId: 1 }) {
    allowTranslations();
    const store = new MaildeskStore(server.api);
    await store.start(place);
    return { store, server };
}

function filled(count = 5) {
    const server = new FakeServer();
    server.rows = makeRows(count);
    return server;
}

test("starts where the address says", async () => {
    const { store } = await startStore(filled(), { folderId: 1, messageId: 3 });
    expect(store.currentFolder.role).toBe("inbox");
    expect(store.list.rows.length).toBe(5);
    expect(store.reader.status).toBe("ready");
    expect(store.reader.message.subject).toBe("Subject 3");
    expect(store.selectedIndex).toBe(2);
});

test("without an address, it is where it was", async () => {
    const { store } = await startStore(filled(), { folderId: 1, messageId: 3 });
    await store.start();
    expect(store.list.folderId).toBe(1);
    expect(store.reader.id).toBe(3);
    await store.start({ folderId: 1 });
    expect(store.reader.id).toBe(null);
});

test("a folder that does not exist leads to all mailboxes", async () => {
    const { store } = await startStore(filled(), { folderId: 99 });
    expect(store.list.folderId).toBe(null);
    expect(store.list.rows.length).toBe(5);
});

test("a mail is opened with what the list knows, and completed", async () => {
    const { store } = await startStore(filled());
    const opening = store.open(4);
    expect(store.reader.status).toBe("loading");
    expect(store.reader.row.subject).toBe("Subject 4");
    await opening;
    expect(store.reader.status).toBe("ready");
    expect(store.readingAccount.id).toBe(1);
});

test("a mail that comes late does not replace the one opened since", async () => {
    const { store, server } = await startStore(filled());
    const late = new Deferred();
    store.reader.fetchMessage = (id) => (id === 4 ? late : Promise.resolve(server.open(id)));
    const first = store.open(4);
    await store.open(2);
    late.resolve(server.open(4));
    await first;
    expect(store.reader.message.subject).toBe("Subject 2");
});

test("a mail server that cannot be reached: the head is there, the reason too", async () => {
    const { store, server } = await startStore(filled());
    server.messages[4] = { error: "The mail server did not answer." };
    await store.open(4);
    expect(store.reader.status).toBe("error");
    expect(store.reader.error).toBe("The mail server did not answer.");
    expect(store.reader.message.subject).toBe("Subject 4");
    delete server.messages[4];
    await store.open(4);
    expect(store.reader.status).toBe("ready");
});

test("a body the server has at hand is shown without waiting for the rest", async () => {
    const server = filled();
    server.rows[1].frame_url = "/maildesk/body/1004";
    const { store } = await startStore(server);
    const opening = store.open(4);
    expect(store.reader.frameUrl).toBe("/maildesk/body/1004");
    expect(store.reader.message).toBe(null);
    await opening;
    expect(store.reader.frameUrl).toBe("/maildesk/body/1004");
    store.open(3);
    expect(store.reader.frameUrl).toBe(undefined);
});

test("images of one mail are shown for that mail only", async () => {
    const { store } = await startStore(filled());
    await store.open(4);
    const { frameUrl } = store.reader;
    store.reader.showImages = true;
    expect(store.reader.frameUrl).toBe(`${frameUrl}?images=1`);
    await store.open(3);
    expect(store.reader.showImages).toBe(false);
});

test("previous and next", async () => {
    const { store } = await startStore(filled(3));
    expect(store.hasNeighbour(1)).toBe(false);
    await store.openNeighbour(1);
    expect(store.reader.id).toBe(3);
    expect(store.hasNeighbour(-1)).toBe(false);
    expect(store.isMinorStep).toBe(false);
    await store.openNeighbour(1);
    await store.openNeighbour(1);
    expect(store.reader.id).toBe(1);
    expect(store.isMinorStep).toBe(true);
    expect(store.hasNeighbour(1)).toBe(false);
    expect(store.openNeighbour(1)).toBe(undefined);
    expect(store.reader.id).toBe(1);
});

test("walking to the end of the list fetches more of it", async () => {
    const { store } = await startStore(filled(60));
    store.selectedId = store.list.rows.at(-1).id;
    expect(store.hasNeighbour(1)).toBe(true);
    store.selectNeighbour(1);
    await Promise.resolve();
    expect(store.list.isLoadingMore).toBe(true);
});

test("another folder starts without search and filter", async () => {
    const { store } = await startStore(filled());
    await store.search("subject 4");
    await store.toggleFilter("unread");
    expect(store.list.isFiltered).toBe(true);
    await store.showFolder(3);
    expect(store.list.isFiltered).toBe(false);
    expect(store.list.rows.length).toBe(0);
});

test("asking for the filter in force lifts it", async () => {
    const { store } = await startStore(filled());
    await store.toggleFilter("unread");
    expect(store.list.quickFilter).toBe("unread");
    await store.toggleFilter("unread");
    expect(store.list.quickFilter).toBe("");
});

test("refreshing while refreshing refreshes once more", async () => {
    const { store, server } = await startStore(filled());
    server.calls = [];
    await Promise.all([store.refresh(), store.refresh(), store.refresh()]);
    expect(server.calls.length).toBe(2);
});

test("a change elsewhere does not concern the list", async () => {
    const { store } = await startStore(filled());
    expect(store.concernsList({ folder_ids: [1, 2] })).toBe(true);
    expect(store.concernsList({ folder_ids: [2] })).toBe(false);
    expect(store.concernsList({})).toBe(true);
    await store.showFolder(null);
    expect(store.concernsList({ folder_ids: [2] })).toBe(true);
});

describe("access", () => {
    function twoMailboxes() {
        const server = filled(4);
        server.accounts.push(
            makeAccount({ id: 2, name: "Info", folders: [makeFolder({ id: 20, role: "inbox" })] })
        );
        server.rows.push(
            makeRow({ id: 90, account_id: 2, folder_id: 20, date: "2026-03-12 10:00:00" })
        );
        return server;
    }

    test("the open folder of a lost mailbox is left, its mail closed", async () => {
        const { store, server } = await startStore(twoMailboxes(), { folderId: 20, messageId: 90 });
        server.accounts.pop();
        server.rows.pop();
        await store.reloadAccess();
        expect(store.list.folderId).toBe(null);
        expect(store.reader.id).toBe(null);
        expect(store.list.rows.some((row) => row.account_id === 2)).toBe(false);
    });

    test("in all mailboxes, only the lost mailbox's mail goes", async () => {
        const { store, server } = await startStore(twoMailboxes(), {
            folderId: null,
            messageId: 3,
        });
        server.accounts.pop();
        server.rows.pop();
        const reloading = store.reloadAccess();
        await reloading;
        expect(store.list.rows.map((row) => row.id)).toEqual([4, 3, 2, 1]);
        expect(store.reader.id).toBe(3);
    });

    test("a folder alone may be taken away, too", async () => {
        const { store, server } = await startStore(filled(), { folderId: 1, messageId: 3 });
        server.accounts[0].folders.shift();
        await store.reloadAccess();
        expect(store.reader.id).toBe(null);
    });

    test("nothing is kept while the app is closed", async () => {
        const { store } = await startStore(filled(), { folderId: 1, messageId: 3 });
        store.forget();
        expect(store.accounts.length).toBe(0);
        expect(store.list.rows.length).toBe(0);
        expect(store.reader.message).toBe(null);
    });

    test("a mailbox just joined is shown", async () => {
        const { store, server } = await startStore(filled());
        server.accounts.push(
            makeAccount({
                id: 2,
                folders: [makeFolder({ id: 21 }), makeFolder({ id: 20, role: "inbox" })],
            })
        );
        await store.showAccount(2);
        expect(store.list.folderId).toBe(20);
    });
});

test("a tree that cannot be loaded says so; one that cannot be reloaded stays", async () => {
    allowTranslations();
    const server = filled();
    const store = new MaildeskStore({ ...server.api, tree: () => Promise.reject(new Error("no")) });
    await store.loadTree();
    expect(store.status).toBe("error");
    store.api.tree = server.api.tree;
    await store.loadTree();
    expect(store.status).toBe("ready");
    store.api.tree = () => Promise.reject(new Error("no"));
    await store.loadTree();
    expect(store.status).toBe("ready");
    expect(store.accounts.length).toBe(1);
});

test("fetching now asks for the open mailbox, or for all", async () => {
    const { store } = await startStore(filled());
    const asked = [];
    store.api.sync = async (accountId) => asked.push(accountId);
    await store.syncNow();
    await store.showFolder(null);
    await store.syncNow();
    expect(asked).toEqual([1, null]);
    expect(store.isSyncing).toBe(false);
});
