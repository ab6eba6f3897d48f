import { markRaw } from "@odoo/owl";
import { errorWords, isTransient } from "../errors";
import { isInAll, keepCounts, shiftCounts } from "./folders";
import { PendingChanges } from "../acts/pending_changes";

/** The mailboxes and their folders. */
export class TreeStore {
    /** @type {object[]} as the server tells, replaced as a whole */
    accounts = markRaw([]);
    canConfigure = false;
    /** Whether the person may join shared mailboxes by themselves. */
    canConnect = false;
    /** A mailbox of one's own: whether the company allows it, whether there is one, and of which address it would be. */
    personal = { allowed: false, exists: false, email: "" };
    /** @type {"idle"|"loading"|"ready"|"error"} */
    status = "idle";
    error = "";
    /** What is shown is old, or missing, and asking again may help. */
    isTreeFailing = false;
    /** The tree was told while something was being done: its counters are ours, not the server's. */
    isTreeStale = false;
    pending = markRaw(new PendingChanges());

    /** @param {{ tree: () => Promise<{ accounts: object[], can_configure: boolean, can_connect: boolean }> }} api */
    constructor(api) {
        this.api = api;
    }

    /** Whether the person may set mailboxes up, if only their own. */
    get maySetUp() {
        return this.canConfigure || this.personal.allowed;
    }

    /** @returns {object|undefined} */
    folder(folderId) {
        for (const account of this.accounts) {
            const folder = account.folders.find((candidate) => candidate.id === folderId);
            if (folder) {
                return folder;
            }
        }
    }

    account(accountId) {
        return this.accounts.find((candidate) => candidate.id === accountId);
    }

    accountOfFolder(folderId) {
        return this.accounts.find((account) =>
            account.folders.some((folder) => folder.id === folderId)
        );
    }

    /** @returns {{ account?: object, folder?: object }} where a row lies */
    placeOf(row) {
        return { account: this.account(row.account_id), folder: this.folder(row.folder_id) };
    }

    /** Whether a row is part of a folder's list, or of that of all mailboxes (null). */
    isListedIn(row, folderId) {
        if (folderId !== null) {
            return row.folder_id === folderId;
        }
        const folder = this.folder(row.folder_id);
        return row.folder_id !== null && (!folder || isInAll(folder));
    }

    async loadTree() {
        if (this.status === "idle") {
            this.status = "loading";
        }
        const asked = this.pending.open();
        try {
            const answer = await this.api.tree();
            const { accounts, can_configure: canConfigure, can_connect: canConnect, personal } = answer;
            this.isTreeStale = this.pending.hasChangedSince(asked);
            this.accounts = markRaw(
                this.isTreeStale ? keepCounts(accounts, this.accounts) : accounts
            );
            Object.assign(this, { canConfigure, canConnect, personal });
            this.error = "";
            this.isTreeFailing = false;
            this.status = "ready";
        } catch (error) {
            this.error = errorWords(error);
            this.isTreeFailing = isTransient(error);
            this.status = this.status === "ready" ? "ready" : "error";
        } finally {
            this.pending.close(asked);
        }
    }

    /** @param {Map<number, { total: number, unread: number }>} shifts folder id → difference */
    shiftCounts(shifts) {
        this.accounts = markRaw(shiftCounts(this.accounts, shifts));
    }
}
