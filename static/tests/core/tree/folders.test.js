import { describe, expect, test } from "@odoo/hoot";
import {
    firstFolder,
    folderCount,
    folderIcon,
    folderLabel,
    folderPath,
    isOutgoing,
    keepCounts,
    nestFolders,
    shiftCounts,
    splitArchive,
    unreadInbox,
    unreadOverall,
} from "@maildesk/core/tree/folders";
import { allowTranslations } from "@web/../tests/web_test_helpers";
import { makeAccount, makeFolder } from "../../maildesk_test_helpers";

describe.current.tags("headless");

const names = (nodes) =>
    nodes.map(({ folder, children }) =>
        children.length ? [folder.name, names(children)] : folder.name
    );

test("folders with a purpose come first, the others by name", () => {
    allowTranslations();
    const folders = [
        makeFolder({ id: 1, name: "Zebra" }),
        makeFolder({ id: 2, name: "Papierkorb", role: "trash" }),
        makeFolder({ id: 3, name: "Rechnungen 10" }),
        makeFolder({ id: 4, name: "INBOX", role: "inbox" }),
        makeFolder({ id: 5, name: "Rechnungen 9" }),
        makeFolder({ id: 6, name: "Gesendet", role: "sent" }),
    ];
    expect(names(nestFolders(folders))).toEqual([
        "INBOX",
        "Gesendet",
        "Papierkorb",
        "Rechnungen 9",
        "Rechnungen 10",
        "Zebra",
    ]);
});

test("folders are nested, whatever order they come in", () => {
    allowTranslations();
    const folders = [
        makeFolder({ id: 3, name: "c", parent_id: 2 }),
        makeFolder({ id: 2, name: "b", parent_id: 1 }),
        makeFolder({ id: 1, name: "a" }),
        makeFolder({ id: 4, name: "orphan", parent_id: 99 }),
    ];
    expect(names(nestFolders(folders))).toEqual([["a", [["b", ["c"]]]], "orphan"]);
});

test("folders that are each other's parent are all shown", () => {
    allowTranslations();
    const folders = [
        makeFolder({ id: 1, name: "a", parent_id: 2 }),
        makeFolder({ id: 2, name: "b", parent_id: 1 }),
    ];
    expect(nestFolders(folders).length).toBe(2);
});

test("a known purpose has the reader's name and its own icon", () => {
    allowTranslations();
    expect(folderLabel(makeFolder({ name: "Gesendet", role: "sent" }))).toBe("Sent");
    expect(folderLabel(makeFolder({ name: "Projekte" }))).toBe("Projekte");
    expect(folderIcon(makeFolder({ role: "inbox" }))).toBe("fa-inbox");
    expect(folderIcon(makeFolder({ role: "unheard-of" }))).toBe("fa-folder-o");
    expect(isOutgoing(makeFolder({ role: "sent" }))).toBe(true);
    expect(isOutgoing(undefined)).toBe(false);
});

test("counts", () => {
    const account = makeAccount({
        folders: [
            makeFolder({ id: 1, role: "inbox", unread: 3, total: 30, remaining: 60 }),
            makeFolder({ id: 2, role: "junk", unread: 5 }),
            makeFolder({ id: 3, unread: 1, total: 10 }),
            makeFolder({ id: 4, role: "drafts", total: 2 }),
        ],
    });
    expect(unreadOverall([account])).toBe(4);
    expect(unreadInbox(account)).toBe(3);
    expect(folderCount(account.folders[3])).toBe(2);
});

test("counters move by a difference, and never below nothing", () => {
    const folders = [
        makeFolder({ id: 1, total: 5, unread: 2 }),
        makeFolder({ id: 2, total: 1 }),
    ];
    const accounts = [makeAccount({ id: 1, folders })];
    const shifts = new Map([
        [1, { total: -1, unread: -3 }],
        [99, { total: 1, unread: 1 }],
    ]);
    const [account] = shiftCounts(accounts, shifts);
    expect(account.folders.map(({ total, unread }) => [total, unread])).toEqual([
        [4, 0],
        [1, 0],
    ]);
    expect(accounts[0].folders[0].total).toBe(5);
});

test("what is on screen keeps its counters, what is new brings its own", () => {
    const shown = [makeAccount({ id: 1, folders: [makeFolder({ id: 1, total: 4, unread: 0 })] })];
    const told = [
        makeAccount({
            id: 1,
            name: "Renamed",
            folders: [
                makeFolder({ id: 1, total: 5, unread: 1, role: "inbox" }),
                makeFolder({ id: 2, total: 7 }),
            ],
        }),
    ];
    const [account] = keepCounts(told, shown);
    expect(account.name).toBe("Renamed");
    expect(account.folders.map(({ role, total }) => [role, total])).toEqual([
        ["inbox", 4],
        ["", 7],
    ]);
});

test("a folder is told from others of its name by those above it", () => {
    allowTranslations();
    const folders = [
        makeFolder({ id: 1, name: "INBOX", role: "inbox" }),
        makeFolder({ id: 2, name: "2026", parent_id: 1 }),
        // folders that name each other end somewhere
        makeFolder({ id: 3, name: "A", parent_id: 4 }),
        makeFolder({ id: 4, name: "B", parent_id: 3 }),
    ];
    const account = makeAccount({ folders });
    expect(folderPath(account, folders[1])).toBe("Inbox / 2026");
    expect(folderPath(account, folders[2])).toBe("B / A");
});

test("a mailbox opens with its inbox", () => {
    allowTranslations();
    const folders = [
        makeFolder({ id: 1, name: "A" }),
        makeFolder({ id: 2, name: "INBOX", role: "inbox" }),
        makeFolder({ id: 3, name: "0", selectable: false }),
    ];
    expect(firstFolder(makeAccount({ folders })).id).toBe(2);
    expect(firstFolder(makeAccount({ folders: [] }))).toBe(undefined);
});

test("removed mailboxes are told apart", () => {
    const [one, two, three] = ["connected", "removed", "error"].map((state, id) =>
        makeAccount({ id, state })
    );
    expect(splitArchive([one, two, three])).toEqual([[one, three], [two]]);
});
