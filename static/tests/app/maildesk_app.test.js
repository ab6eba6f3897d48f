import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { browser } from "@web/core/browser/browser";
import { router } from "@web/core/browser/router";
import { GATHER } from "@maildesk/core/maildesk_service";
import {
    contains,
    defineActions,
    getService,
    MockServer,
    mountWebClient,
} from "@web/../tests/web_test_helpers";
import { waitNotifications } from "@bus/../tests/bus_test_helpers";
import {
    admitSandboxedFrames,
    defineMaildeskModels,
    FakeServer,
    makeAccount,
    makeFolder,
    makeRow,
    makeRows,
} from "../maildesk_test_helpers";

defineMaildeskModels();
admitSandboxedFrames();
defineActions([
    {
        id: 901,
        xml_id: "maildesk.maildesk_app_action",
        name: "MailDesk",
        tag: "maildesk.app",
        path: "maildesk",
        type: "ir.actions.client",
    },
    {
        id: 902,
        xml_id: "maildesk.maildesk_connect_action",
        name: "Connect Mailbox",
        tag: "maildesk.connect_mailbox",
        target: "new",
        type: "ir.actions.client",
    },
]);
beforeEach(() => mockDate("2026-03-11 12:00:00", 0));

function filled() {
    const server = new FakeServer().listen();
    server.rows = makeRows(3);
    return server;
}

async function openApp(action = "maildesk.app") {
    await mountWebClient();
    await getService("action").doAction(action);
    await animationFrame();
    return getService("maildesk").store;
}

async function tell(type, payload) {
    MockServer.env["bus.bus"]._sendone("broadcast", type, payload);
    await waitNotifications([type]);
    await advanceTime(GATHER);
    await animationFrame();
    await animationFrame();
}

describe("desktop", () => {
    describe.current.tags("desktop");

    test("tree, list and mail stand side by side", async () => {
        filled();
        await openApp();
        expect(".o_maildesk_tree").toHaveCount(1);
        expect(".o_maildesk_list").toHaveCount(1);
        expect(".o_maildesk_reader").toHaveCount(1);
        await contains("[data-role=inbox]").click();
        await contains("[data-id='2']").click();
        expect(".o_maildesk_subject").toHaveText("Subject 2");
        expect(".o_breadcrumb").toHaveCount(0);
    });

    test("the address carries folder and mail", async () => {
        filled();
        const store = await openApp();
        await contains("[data-role=inbox]").click();
        await contains("[data-id='2']").click();
        await advanceTime(10);
        expect(router.current.folder).toBe(1);
        expect(router.current.message).toBe(2);
        store.close();
        await animationFrame();
        await advanceTime(10);
        expect(router.current.message).toBe(undefined);
    });

    test("an address leads to folder and mail", async () => {
        filled();
        browser.location.pathname = "/odoo/maildesk";
        router.replaceState(
            { action: "maildesk", actionStack: [{ action: "maildesk" }], folder: 1, message: 3 },
            { sync: true }
        );
        await mountWebClient();
        await animationFrame();
        await animationFrame();
        expect(".o_maildesk_subject").toHaveText("Subject 3");
        expect(".o_maildesk_node_current").toHaveText(/^Inbox/);
    });

    test("escape and u close the mail, slash searches", async () => {
        filled();
        const store = await openApp();
        await contains("[data-id='2']").click();
        await press("Escape");
        expect(store.reader.id).toBe(null);
        await contains("[data-id='2']").click();
        await press("u");
        expect(store.reader.id).toBe(null);
        await press("/");
        expect(".o_maildesk_search input").toBeFocused();
        expect(".o_maildesk_search input").toHaveValue("");
    });

    test("new mail appears by itself", async () => {
        const server = filled();
        await openApp();
        server.rows.unshift(makeRow({ id: 10, subject: "Live", date: "2026-03-11 11:30:00" }));
        server.accounts[0].folders[0].unread = 3;
        await tell("maildesk/changed", { account_id: 1, folder_ids: [1] });
        expect(queryAllTexts(".o_maildesk_row_subject")[0]).toBe("Live");
        expect("[data-role=inbox] .o_maildesk_count").toHaveText("3");
    });

    test("a lost mailbox is closed at once", async () => {
        const server = filled();
        server.accounts.push(
            makeAccount({ id: 2, name: "Info", folders: [makeFolder({ id: 20, role: "inbox" })] })
        );
        server.rows.push(makeRow({ id: 90, account_id: 2, folder_id: 20, subject: "Secret" }));
        await openApp();
        await contains("[data-folder-id='20']").click();
        await contains("[data-id='90']").click();
        expect(".o_maildesk_subject").toHaveText("Secret");
        server.accounts.pop();
        server.rows.pop();
        await tell("maildesk/access", {});
        expect(".o_maildesk:contains(Secret)").toHaveCount(0);
        expect("iframe").toHaveCount(0);
        expect(".o_maildesk_account").toHaveCount(1);
    });

    test("without a mailbox, the app says what to do", async () => {
        const server = filled();
        server.accounts = [];
        server.canConfigure = true;
        await openApp();
        expect(".o_maildesk_empty_title").toHaveText("No mailbox yet");
        expect(".o_maildesk_configure").toHaveText("Mailbox Accounts");
        await contains(".o_maildesk_connect").click();
        await animationFrame();
        expect(".modal-title").toHaveText("Connect to Mailbox");
    });

    test("without a mailbox and without the right to join one", async () => {
        const server = filled();
        server.accounts = [];
        server.canConnect = false;
        await openApp();
        expect(".o_maildesk_empty_text").toHaveText(
            "Mailboxes you are given access to appear here by themselves."
        );
        expect(".o_maildesk_connect").toHaveCount(0);
    });

    test("connecting by the menu stands over what is there; alone, it brings the app", async () => {
        filled();
        await openApp("maildesk.maildesk_connect_action");
        await animationFrame();
        expect(".o_maildesk_panes").toHaveCount(1);
        expect(".o_maildesk_connect_dialog").toHaveCount(1);
        await press("Escape");
        await animationFrame();
        expect(".o_maildesk_connect_dialog").toHaveCount(0);
        expect(".o_maildesk_panes").toHaveCount(1);
    });

    test("the tree that cannot be loaded can be tried again", async () => {
        const server = filled();
        const { tree } = server;
        server.tree = () => {
            throw new Error("no");
        };
        expect.errors(0);
        await openApp();
        expect(".o_maildesk_empty_title").toHaveText("MailDesk could not be loaded");
        server.tree = tree;
        await contains(".o_maildesk_empty .btn").click();
        await animationFrame();
        expect(".o_maildesk_panes").toHaveCount(1);
    });
});

describe("phone", () => {
    describe.current.tags("mobile");

    test("one pane at a time: list, tree, mail, and back", async () => {
        filled();
        await openApp();
        expect(".o_maildesk_list").toHaveCount(1);
        expect(".o_maildesk_tree, .o_maildesk_reader").toHaveCount(0);
        await contains(".o_maildesk_open_tree").click();
        expect(".o_maildesk_tree").toHaveCount(1);
        expect(".o_maildesk_list").toHaveCount(0);
        await contains("[data-role=inbox]").click();
        expect(".o_maildesk_list").toHaveCount(1);
        await contains("[data-id='2']").click();
        expect(".o_maildesk_reader").toHaveCount(1);
        expect(".o_maildesk_subject").toHaveText("Subject 2");
        expect("iframe").toHaveCount(1);
        await contains(".o_maildesk_back").click();
        expect(".o_maildesk_list").toHaveCount(1);
        expect(".o_maildesk_reader").toHaveCount(0);
    });
});
