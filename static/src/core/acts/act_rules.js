import { folderOfRole } from "../tree/folders";

/**
 * What the acts of `/maildesk/act` make sense for, and what they make of a row. The server does the same by itself; this is
 * for showing it before it has answered.
 *
 * @typedef {"read"|"unread"|"star"|"unstar"|"archive"|"junk"|"not_junk"|"delete"|"move"} Act
 */

const FLAGS = {
    read: { is_read: true },
    unread: { is_read: false },
    star: { is_starred: true },
    unstar: { is_starred: false },
};
/** Where an act moves mail to. */
const TARGETS = { archive: "archive", junk: "junk", not_junk: "inbox", delete: "trash" };
/** Folders that have no use for an act. */
const UNFIT = {
    archive: ["archive", "all", "drafts", "junk", "trash"],
    junk: ["junk", "sent", "drafts", "trash"],
};
/** From here, deleting is for good. */
const LAST_STOPS = ["trash"];
/** Folders that only show what lies elsewhere. */
const VIEWS = ["all", "flagged", "important"];
/** Mailboxes whose server can still be told. */
const CHANGEABLE = ["connected", "error", "needs_sign_in"];

export function isMove(act) {
    return !(act in FLAGS);
}

function setsFlag(act, row) {
    return Object.entries(FLAGS[act]).some(([name, value]) => row[name] !== value);
}

/** Folders a mail can be moved to by hand. */
export function moveTargets(account, fromId) {
    return account.folders.filter(
        (folder) => folder.selectable && folder.id !== fromId && !VIEWS.includes(folder.role)
    );
}

/**
 * @param {Act} act
 * @param {object} row
 * @param {{ account?: object, folder?: object }} place where the row lies
 */
export function isFitFor(act, row, { account, folder }) {
    if (!account || !folder || !CHANGEABLE.includes(account.state)) {
        return false;
    }
    switch (act) {
        case "archive":
            return !UNFIT.archive.includes(folder.role);
        case "junk":
            return account.may_junk && !UNFIT.junk.includes(folder.role);
        case "not_junk":
            return folder.role === "junk";
        case "move":
            return moveTargets(account, folder.id).length > 0;
        case "delete":
            return true;
    }
    return setsFlag(act, row);
}

/** Whether nothing brings a mail back. */
export function isForGood(act, { folder }) {
    return act === "delete" && LAST_STOPS.includes(folder?.role);
}

/**
 * What an act makes of a row; nothing where it changes nothing.
 *
 * @param {Act} act
 * @param {object} row
 * @param {{ account: object, folder: object }} place where the row lies
 * @param {number|null} [targetId] of a move
 * @returns {object|undefined} with `folder_id` null for a mail that is gone, or whose place only the server knows
 */
export function effectOf(act, row, place, targetId = null) {
    if (act in FLAGS) {
        return setsFlag(act, row) ? FLAGS[act] : undefined;
    }
    if (isForGood(act, place)) {
        return { folder_id: null };
    }
    const target = act === "move" ? targetId : (folderOfRole(place.account, TARGETS[act])?.id ?? null);
    return target === row.folder_id ? undefined : { folder_id: target };
}

/**
 * What changed rows do to the folders' counters.
 *
 * @param {object[]} before
 * @param {object[]} after the same rows
 * @returns {Map<number, { total: number, unread: number }>} folder id → difference
 */
export function countShifts(before, after) {
    const shifts = new Map();
    const add = (row, sign) => {
        const { total = 0, unread = 0 } = shifts.get(row.folder_id) ?? {};
        shifts.set(row.folder_id, {
            total: total + sign,
            unread: unread + (row.is_read ? 0 : sign),
        });
    };
    before.forEach((row) => add(row, -1));
    after.forEach((row) => add(row, 1));
    return shifts;
}
