import { describe, expect, test } from "@odoo/hoot";
import {
    firstFolder,
    folderCount,
    folderIcon,
    folderLabel,
    isOutgoing,
    loadingProgress,
    nestFolders,
    unreadInbox,
    unreadOverall,
} from "@maildesk/core/folders";
import { allowTranslations } from "@web/../tests/web_test_helpers";
import { makeAccount, makeFolder } from "../maildesk_test_helpers";

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
    expect(loadingProgress(account)).toEqual({ remaining: 60, percent: 41 });
    expect(loadingProgress(makeAccount({}))).toBe(null);
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
