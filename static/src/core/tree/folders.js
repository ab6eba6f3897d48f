import { _t } from "@web/core/l10n/translation";

/** Folders whose purpose is known, in the order people look for them. */
const ROLES = {
    inbox: { label: _t("Inbox"), icon: "fa-inbox" },
    drafts: { label: _t("Drafts"), icon: "fa-pencil-square-o" },
    sent: { label: _t("Sent"), icon: "fa-paper-plane-o" },
    archive: { label: _t("Archive"), icon: "fa-archive" },
    junk: { label: _t("Junk"), icon: "fa-ban" },
    trash: { label: _t("Trash"), icon: "fa-trash-o" },
    all: { label: _t("All Mail"), icon: "fa-envelope-o" },
    flagged: { label: _t("Starred"), icon: "fa-star-o" },
    important: { label: _t("Important"), icon: "fa-bookmark-o" },
};
const ORDER = Object.keys(ROLES);
/** Folders `All Mailboxes` leaves out, as on the server: unwanted, unfinished, or showing other folders' mail again. */
const LEFT_OUT = ["junk", "trash", "drafts", "all", "flagged", "important"];
/** Their mail is written by the reader: a row shows whom it is for. */
const OUTGOING = ["sent", "drafts"];

/** A folder's name: the reader's word for a known purpose, else the server's. */
export function folderLabel(folder) {
    return ROLES[folder.role]?.label.toString() ?? folder.name;
}

export function folderIcon(folder) {
    return ROLES[folder.role]?.icon ?? "fa-folder-o";
}

export function isOutgoing(folder) {
    return OUTGOING.includes(folder?.role);
}

/** What the number beside a folder counts: drafts wait, whether read or not. */
export function folderCount(folder) {
    return folder.role === "drafts" ? folder.total : folder.unread;
}

function compareFolders(a, b) {
    const rank = (folder) => (folder.role in ROLES ? ORDER.indexOf(folder.role) : ORDER.length);
    return (
        rank(a) - rank(b) ||
        folderLabel(a).localeCompare(folderLabel(b), undefined, { numeric: true }) ||
        a.id - b.id
    );
}

/**
 * Nest an account's folders, those with a purpose first.
 *
 * @param {object[]} folders as the server lists them
 * @returns {{ folder: object, children: object[] }[]}
 */
export function nestFolders(folders) {
    const nodes = new Map(folders.map((folder) => [folder.id, { folder, children: [] }]));
    const roots = [];
    for (const node of nodes.values()) {
        const parent = nodes.get(node.folder.parent_id);
        // a folder named as its own ancestor would vanish with all below it
        (parent && !isBelow(parent.folder, node.folder, nodes) ? parent.children : roots).push(
            node
        );
    }
    const sort = (siblings) => {
        siblings.sort((a, b) => compareFolders(a.folder, b.folder));
        siblings.forEach((node) => sort(node.children));
        return siblings;
    };
    return sort(roots);
}

function isBelow(folder, ancestor, nodes) {
    const seen = new Set();
    for (
        let current = folder;
        current && !seen.has(current.id);
        current = nodes.get(current.parent_id)?.folder
    ) {
        if (current === ancestor) {
            return true;
        }
        seen.add(current.id);
    }
    return false;
}

/**
 * Mailboxes in use, and removed ones: what was kept of those stands at the end of the tree.
 *
 * @param {object[]} accounts
 * @returns {[object[], object[]]}
 */
export function splitArchive(accounts) {
    const isRemoved = ({ state }) => state === "removed";
    return [accounts.filter((account) => !isRemoved(account)), accounts.filter(isRemoved)];
}

/** Unread mail `All Mailboxes` shows. */
export function unreadOverall(accounts) {
    return accounts
        .flatMap((account) => account.folders)
        .filter(isInAll)
        .reduce((sum, folder) => sum + folder.unread, 0);
}

/** Unread mail a closed account still announces. */
export function unreadInbox(account) {
    return folderOfRole(account, "inbox")?.unread ?? 0;
}

/** The folder a mailbox opens with. */
export function firstFolder(account) {
    const selectable = account.folders.filter((folder) => folder.selectable);
    return [...selectable].sort(compareFolders)[0];
}

export function folderOfRole(account, role) {
    return account.folders.find((folder) => folder.role === role);
}

/** Whether `All Mailboxes` lists a folder's mail. */
export function isInAll(folder) {
    return folder.selectable && !LEFT_OUT.includes(folder.role);
}

/** A folder's name with those above it. */
export function folderPath(account, folder) {
    const names = [];
    const seen = new Set();
    for (
        let current = folder;
        current && !seen.has(current.id);
        current = account.folders.find(({ id }) => id === current.parent_id)
    ) {
        seen.add(current.id);
        names.unshift(folderLabel(current));
    }
    return names.join(" / ");
}

/**
 * Accounts with counters moved by a difference.
 *
 * @param {object[]} accounts
 * @param {Map<number, { total: number, unread: number }>} shifts folder id → difference
 */
export function shiftCounts(accounts, shifts) {
    const shifted = (folder) => {
        const { total, unread } = shifts.get(folder.id);
        return {
            ...folder,
            total: Math.max(0, folder.total + total),
            unread: Math.max(0, folder.unread + unread),
        };
    };
    return mapFolders(accounts, (folder) => (shifts.has(folder.id) ? shifted(folder) : folder));
}

/** What the server tells of accounts, with the counters that are on screen. */
export function keepCounts(accounts, shown) {
    const known = new Map(shown.flatMap(({ folders }) => folders.map((it) => [it.id, it])));
    return mapFolders(accounts, (folder) => {
        const { total, unread } = known.get(folder.id) ?? folder;
        return { ...folder, total, unread };
    });
}

function mapFolders(accounts, change) {
    return accounts.map((account) => ({ ...account, folders: account.folders.map(change) }));
}
