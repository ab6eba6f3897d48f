import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, press, queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { animationFrame, mockDate } from "@odoo/hoot-mock";
import { browser } from "@web/core/browser/browser";
import { FolderTree } from "@maildesk/components/folder_tree/folder_tree";
import { contains } from "@web/../tests/web_test_helpers";
import {
    defineMaildeskModels,
    FakeServer,
    makeAccount,
    makeFolder,
    mountPane,
} from "../../maildesk_test_helpers";

describe.current.tags("desktop");
defineMaildeskModels();
beforeEach(() => mockDate("2026-03-11 12:00:00", 0));

async function mountTree(server = new FakeServer()) {
    const store = await mountPane(FolderTree, { onConnect: () => expect.step("connect") });
    await animationFrame();
    return { store, server };
}

test("mailboxes with their folders, counts and names for known purposes", async () => {
    new FakeServer().listen();
    await mountTree();
    expect(queryAllTexts(".o_maildesk_node_name")).toEqual([
        "All Mailboxes",
        "Support",
        "Inbox",
        "Sent",
        "Projects",
    ]);
    expect(".o_maildesk_all .o_maildesk_count").toHaveText("2");
    expect("[data-role=inbox] .o_maildesk_count").toHaveText("2");
    expect("[data-role=inbox] .fa-inbox").toHaveCount(1);
    expect("[data-role=inbox]").toHaveAttribute("aria-selected", "true");
});

test("removed mailboxes stand at the end, as archives", async () => {
    const server = new FakeServer().listen();
    server.accounts.unshift(
        makeAccount({
            id: 2,
            name: "Former",
            state: "removed",
            folders: [makeFolder({ id: 20, name: "Archive", role: "archive", total: 3 })],
        })
    );
    const { store } = await mountTree();
    expect(queryAllTexts(".o_maildesk_account_node .o_maildesk_node_name")).toEqual([
        "Support",
        "Former",
    ]);
    expect(".o_maildesk_archive_title").toHaveCount(1);
    expect("[data-account-id='2'] .o_maildesk_archive_title").toHaveText("Archive");
    expect("[data-account-id='2'] .o_maildesk_status").toHaveText(/This mailbox is an archive/);
    await contains("[data-folder-id='20']").click();
    expect(store.list.folderId).toBe(20);
});

test("a folder is shown by a click; counts follow", async () => {
    const server = new FakeServer().listen();
    const { store } = await mountTree();
    await contains("[data-folder-id='3']").click();
    expect(store.list.folderId).toBe(3);
    expect("[data-folder-id='3']").toHaveClass("o_maildesk_node_current");
    server.accounts[0].folders[0].unread = 12345;
    await store.refresh();
    await animationFrame();
    expect("[data-role=inbox] .o_maildesk_count").toHaveText("12k");
    await contains(".o_maildesk_all").click();
    expect(store.list.folderId).toBe(null);
});

test("a mailbox in trouble says why", async () => {
    const server = new FakeServer().listen();
    server.accounts[0].state = "error";
    server.accounts[0].error_message = "The name <b>mail.example</b> was not found.";
    server.accounts[0].next_try_at = "2026-03-11 12:05:00";
    server.accounts.push(makeAccount({ id: 2, name: "Info", state: "needs_sign_in" }));
    server.accounts.push(makeAccount({ id: 3, name: "New", state: "draft" }));
    await mountTree();
    expect(".o_maildesk_problem").toHaveCount(0);
    expect("[data-account-id='1'] .o_maildesk_status_problem").toHaveText(
        /Error\s+The name <b>mail.example<\/b> was not found.\s+Next try: 12:05 PM/
    );
    expect("[data-account-id='2'] .o_maildesk_status_problem").toHaveText(
        /Needs sign-in\s+The mail server no longer accepts the saved sign-in.$/
    );
    // folded up, a mark is left
    await contains("[data-account-id='1'] .o_maildesk_account_node").click();
    await contains("[data-account-id='2'] .o_maildesk_account_node").click();
    expect("[data-account-id='1'] .o_maildesk_problem").toHaveAttribute(
        "data-tooltip",
        "Error: The name <b>mail.example</b> was not found."
    );
    expect("[data-account-id='2'] .o_maildesk_problem").toHaveAttribute(
        "aria-label",
        /^Needs sign-in: /
    );
    expect("[data-account-id='3'] .o_maildesk_tree_hint").toHaveText("Not set up yet");
});

test("history that is still loading shows how far it is, and nothing once it is there", async () => {
    const server = new FakeServer().listen();
    Object.assign(server.accounts[0], { loaded: 12300, remaining: 14700, percent: 45 });
    server.accounts[0].folders[0].remaining = 14700;
    const { store } = await mountTree();
    expect(".o_maildesk_progress_words").toHaveText("Loading mail… 45 % (12,300 of 27,000)");
    expect(".o_maildesk_progress .progress-bar").toHaveAttribute("style", "width: 45%");
    expect("[data-role=inbox] .o_maildesk_loading").toHaveCount(1);
    Object.assign(server.accounts[0], { loaded: 27000, remaining: 0, percent: 100 });
    await store.loadTree();
    await animationFrame();
    expect(".o_maildesk_progress").toHaveCount(0);
});

test("branches open and close, and stay so", async () => {
    const server = new FakeServer().listen();
    server.accounts[0].folders.push(makeFolder({ id: 4, name: "Customers", selectable: false }));
    server.accounts[0].folders.push(makeFolder({ id: 5, name: "Nordwind", parent_id: 4 }));
    const { store } = await mountTree();
    expect("[data-folder-id='5']").toHaveCount(1);
    // a folder that holds only folders opens and closes
    await contains("[data-folder-id='4']").click();
    expect("[data-folder-id='5']").toHaveCount(0);
    expect(store.list.folderId).toBe(1);
    expect("[data-folder-id='4']").toHaveAttribute("aria-expanded", "false");
    await contains(".o_maildesk_account_node").click();
    expect(".o_maildesk_folder").toHaveCount(0);
    expect(".o_maildesk_account_node .o_maildesk_count").toHaveText("2");
    expect(JSON.parse(browser.localStorage.getItem("maildesk.closed"))).toEqual(["f4", "a1"]);
});

test("the keyboard walks through the tree", async () => {
    new FakeServer().listen();
    const { store } = await mountTree();
    await click(".o_maildesk_all");
    queryFirst(".o_maildesk_all").focus();
    await press("ArrowDown");
    expect(".o_maildesk_account_node").toBeFocused();
    await press("ArrowLeft");
    await animationFrame();
    expect(".o_maildesk_folder").toHaveCount(0);
    await press("ArrowRight");
    await animationFrame();
    await press("End");
    expect("[data-folder-id='3']").toBeFocused();
    await press("Enter");
    expect(store.list.folderId).toBe(3);
});

test("a stranger's folder name is text", async () => {
    const server = new FakeServer().listen();
    server.accounts[0].folders[2].name = "<img src=x onerror=alert(1)>";
    await mountTree();
    expect("[data-folder-id='3'] .o_maildesk_node_name").toHaveText("<img src=x onerror=alert(1)>");
    expect(".o_maildesk_tree img").toHaveCount(0);
});

test("connecting is not offered where it is turned off", async () => {
    const server = new FakeServer().listen();
    server.canConnect = false;
    await mountPane(FolderTree, { onConnect: () => {} });
    await animationFrame();
    expect(".o_maildesk_account_node").toHaveCount(1);
    expect(".o_maildesk_connect").toHaveCount(0);
});

test("connecting a mailbox starts here", async () => {
    new FakeServer().listen();
    await mountTree();
    await contains(".o_maildesk_connect").click();
    expect.verifySteps(["connect"]);
});

test("changes that wait are mentioned, those that failed are a warning", async () => {
    const server = new FakeServer().listen();
    Object.assign(server.accounts[0], { pending: 3, delayed: 0 });
    const { store } = await mountTree();
    expect(".o_maildesk_delayed, .o_maildesk_failed").toHaveCount(0);
    Object.assign(server.accounts[0], { delayed: 3, failed: 1 });
    await store.loadTree();
    await animationFrame();
    expect(".o_maildesk_delayed").toHaveText("3 changes wait for the mail server");
    expect(".o_maildesk_failed").toHaveText("1 change could not be made on the mail server");
    await contains(".o_maildesk_account_node").click();
    expect(".o_maildesk_failed").toHaveCount(0);
    expect(".o_maildesk_problem").toHaveClass("text-danger");
});

test("a folder in trouble, and one that is not synchronised", async () => {
    const server = new FakeServer().listen();
    Object.assign(server.accounts[0].folders[1], { error_message: "It is gone.", remaining: 5 });
    server.accounts[0].folders[2].sync_enabled = false;
    await mountTree();
    expect("[data-role=sent] .o_maildesk_folder_error").toHaveAttribute("aria-label", "It is gone.");
    expect("[data-role=sent] .o_maildesk_loading").toHaveCount(0);
    expect("[data-folder-id='3']").toHaveClass("o_maildesk_node_inert");
});
