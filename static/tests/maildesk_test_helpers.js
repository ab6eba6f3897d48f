import { beforeEach } from "@odoo/hoot";
import { Component, xml } from "@odoo/owl";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    getService,
    makeServerError,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { actParams } from "@maildesk/core/acts/act";
import { compareKeys } from "@maildesk/core/list/list_pages";

export function defineMaildeskModels() {
    return defineMailModels();
}

/** Hoot listens inside of every frame of a test; a sandboxed one lets nobody in, which is what it is for. */
export function admitSandboxedFrames() {
    beforeEach(() => {
        patchWithCleanup(customElements.get("hoot-fixture").prototype, { _lookForIframes() {} });
    });
}

/** A mail as `/maildesk/messages` tells it. */
export function makeRow(values) {
    return {
        message_id: values.id + 1000,
        folder_id: 1,
        account_id: 1,
        from_name: `Sender ${values.id}`,
        from_email: `sender${values.id}@example.org`,
        to: "Support <support@example.com>",
        subject: `Subject ${values.id}`,
        preview: `Preview ${values.id}`,
        date: "2026-03-11 10:00:00",
        is_read: true,
        is_starred: false,
        is_answered: false,
        is_draft: false,
        has_attachments: false,
        ...values,
    };
}

/** `count` mails, a minute apart, the newest with the highest id. */
export function makeRows(count, values = {}) {
    const newest = luxon.DateTime.fromSQL("2026-03-11 10:00:00", { zone: "utc" });
    return [...Array(count).keys()].map((index) =>
        makeRow({
            id: count - index,
            date: newest.minus({ minutes: index }).toFormat("yyyy-MM-dd HH:mm:ss"),
            ...values,
        })
    );
}

export function makeFolder(values) {
    return {
        parent_id: false,
        name: "Folder",
        role: "",
        selectable: true,
        sync_enabled: true,
        unread: 0,
        total: 0,
        remaining: 0,
        error_message: "",
        ...values,
    };
}

export function makeAccount(values) {
    return {
        name: "Support",
        email: "support@example.com",
        state: "connected",
        error_message: "",
        last_sync_at: "",
        next_try_at: "",
        may_junk: true,
        may_send: true,
        may_export: true,
        pending: 0,
        delayed: 0,
        failed: 0,
        loaded: 0,
        remaining: 0,
        percent: 100,
        folders: [],
        ...values,
    };
}

/** Folders a mailbox mostly has too: what acts need. */
export function moreFolders() {
    return [
        makeFolder({ id: 4, name: "Archive", role: "archive" }),
        makeFolder({ id: 5, name: "Junk", role: "junk" }),
        makeFolder({ id: 6, name: "Trash", role: "trash" }),
        makeFolder({ id: 7, name: "Nordwind", parent_id: 3 }),
        makeFolder({ id: 8, name: "Nodes", selectable: false }),
    ];
}

/** What MailDesk's server does, with mail kept in an array. */
export class FakeServer {
    canConfigure = false;
    canConnect = true;
    personal = { allowed: false, exists: false, email: "me@example.com" };
    accounts = [
        makeAccount({
            id: 1,
            folders: [
                makeFolder({ id: 1, name: "INBOX", role: "inbox", unread: 2, total: 3 }),
                makeFolder({ id: 2, name: "Gesendet", role: "sent" }),
                makeFolder({ id: 3, name: "Projects" }),
            ],
        }),
    ];
    rows = [];
    messages = {};
    operations = [];
    calls = [];
    /** Everything people did, in the order it was done in. */
    acts = [];
    keys = new Set();
    syncs = [];
    isDown = false;
    isSignedOut = false;
    /** Routes that were asked, answered or not. */
    requests = [];

    tree() {
        return {
            accounts: JSON.parse(JSON.stringify(this.accounts)),
            can_configure: this.canConfigure,
            can_connect: this.canConnect,
            personal: this.personal,
        };
    }

    page(params) {
        this.calls.push(params);
        const { folder_id: folderId, quick_filter: filter, search, after, limit } = params;
        const matches = this.rows
            .filter((row) => !folderId || row.folder_id === folderId)
            .filter((row) => filter !== "unread" || !row.is_read)
            .filter((row) => filter !== "starred" || row.is_starred)
            .filter(
                (row) =>
                    !search ||
                    `${row.subject} ${row.from_name}`.toLowerCase().includes(search.toLowerCase())
            )
            .filter((row) => !after || compareKeys([row.date, row.id], after) > 0)
            .sort((a, b) => compareKeys([a.date, a.id], [b.date, b.id]));
        const rows = matches.slice(0, limit);
        const last = rows.at(-1);
        return {
            rows: rows.map((row) => ({ ...row })),
            next: matches.length > limit ? [last.date, last.id] : null,
        };
    }

    open(id) {
        const row = this.rows.find((candidate) => candidate.id === id);
        return {
            id,
            message_id: row.message_id,
            account_id: row.account_id,
            folder_id: row.folder_id,
            subject: row.subject,
            from: { name: row.from_name, email: row.from_email },
            to: [{ name: "Support", email: "support@example.com" }],
            cc: [],
            bcc: [],
            reply_to: [],
            date: row.date,
            is_read: row.is_read,
            is_starred: row.is_starred,
            is_answered: row.is_answered,
            is_draft: row.is_draft,
            size: 2048,
            attachments: [],
            frame_url: `/maildesk/body/${row.message_id}`,
            source_url: `/maildesk/source/${row.message_id}`,
            archive_url: "",
            links: [],
            blocked_images: 0,
            blocked_trackers: 0,
            is_truncated: false,
            error: "",
            ...this.messages[id],
        };
    }

    folder(id) {
        return this.accounts.flatMap(({ folders }) => folders).find((it) => it.id === id);
    }

    role(role) {
        return this.accounts.flatMap(({ folders }) => folders).find((it) => it.role === role);
    }

    /**
     * What a person did: once for each key. `refusal` are the words of what the server has against it, `failure` is what becomes
     * of the whole request.
     *
     * @param {object[]} acts as `/maildesk/act` is given them
     */
    act(acts) {
        if (this.failure) {
            throw this.failure;
        }
        return acts.map((act) => (this.refusal ? { error: this.refusal } : this._actOnce(act)));
    }

    _actOnce({ key, action, placement_ids: ids, folder_id: folderId }) {
        const missing = ids.filter((id) => !this.rows.some((row) => row.id === id));
        if (!this.keys.has(key)) {
            this.keys.add(key);
            this.acts.push(folderId ? [action, ids, folderId] : [action, ids]);
            for (const row of this.rows.filter(({ id }) => ids.includes(id))) {
                this._count(row, -1);
                this._change(row, action, folderId);
                this._count(row, 1);
            }
            this.rows = this.rows.filter((row) => row.folder_id);
        }
        return { missing };
    }

    _change(row, action, folderId) {
        const flags = {
            read: { is_read: true },
            unread: { is_read: false },
            star: { is_starred: true },
            unstar: { is_starred: false },
        };
        const roles = { archive: "archive", junk: "junk", not_junk: "inbox", delete: "trash" };
        if (flags[action]) {
            Object.assign(row, flags[action]);
        } else if (action === "delete" && this.folder(row.folder_id).role === "trash") {
            row.folder_id = null;
        } else {
            row.folder_id = folderId ?? this.role(roles[action]).id;
        }
    }

    _count(row, sign) {
        const folder = this.folder(row.folder_id);
        if (folder) {
            folder.total += sign;
            folder.unread += row.is_read ? 0 : sign;
        }
    }

    settle(ids) {
        this.operations = this.operations.filter(({ id }) => !ids.includes(id));
        this.accounts[0].failed = this.operations.length;
    }

    /** The store's side of it. */
    get api() {
        return {
            tree: async () => this.tree(),
            messages: async (params) => this.page(params),
            open: async (id) => this.open(id),
            sync: async (id, isBackground) => this.syncs.push([id, isBackground]),
            act: async (acts) => this.act(actParams(1, acts).acts),
        };
    }

    /** The network's side of it: `isDown` loses every request, `isSignedOut` refuses all without a session. */
    listen() {
        const answer = (route, reply) =>
            onRpc(route, async (request) => {
                this.requests.push(route);
                if (this.isDown) {
                    return new Response("", { status: 502 });
                }
                if (this.isSignedOut) {
                    throw makeServerError({ errorName: "odoo.http.SessionExpiredException" });
                }
                const { params } = await request.json();
                return reply(params);
            });
        answer("/maildesk/tree", () => this.tree());
        answer("/maildesk/messages", (params) => this.page(params));
        answer("/maildesk/open", (params) => this.open(params.placement_id));
        answer("/maildesk/sync", (params) => {
            this.syncs.push([params.account_id, params.background]);
            return true;
        });
        answer("/maildesk/act", (params) => this.act(params.acts));
        answer("/web/session/check", () => null);
        onRpc("maildesk.account", "connect_refusal", () => "");
        answer("/maildesk/operations", () => this.operations);
        for (const step of ["retry", "dismiss"]) {
            answer(`/maildesk/operations/${step}`, ({ operation_ids: ids }) => {
                this.acts.push([step, ids]);
                this.settle(ids);
                return true;
            });
        }
        return this;
    }
}

/** A mailbox with all usual folders, and `count` mails in the inbox, the lowest two of them unread. */
export function makeFilledServer(count = 6) {
    const server = new FakeServer();
    server.accounts[0].folders.push(...moreFolders());
    server.rows = makeRows(count).map((row) => ({ ...row, is_read: row.id > 2 }));
    Object.assign(server.accounts[0].folders[0], { total: count, unread: 2 });
    return server;
}

/** Mount one component of the app, the store being at work behind it. */
export async function mountPane(Pane, props = {}, place = { folderId: 1 }) {
    class Host extends Component {
        static template = xml`<div class="o_maildesk d-flex" style="height: 600px; width: 500px"><Pane t-props="props.paneProps"/></div>`;
        static components = { Pane };
        static props = { paneProps: Object };
    }
    await mountWithCleanup(Host, { props: { paneProps: props } });
    const { store } = getService("maildesk");
    await store.start(place);
    return store;
}
