import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { hover, press, queryAllTexts, queryFirst, rightClick } from "@odoo/hoot-dom";
import { animationFrame, mockDate } from "@odoo/hoot-mock";
import { FolderTree } from "@maildesk/components/folder_tree/folder_tree";
import { contains, makeServerError, onRpc } from "@web/../tests/web_test_helpers";
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

async function mountTree(mayRejoin = true) {
    const server = new FakeServer().listen();
    server.accounts.push(
        makeAccount({ id: 2, name: "Info", email: "info@example.com", folders: [makeFolder({ id: 9 })] })
    );
    onRpc("maildesk.account", "may_rejoin", () => mayRejoin);
    onRpc("maildesk.account", "action_leave", ({ args }) => {
        expect.step(["leave", ...args]);
        server.accounts = server.accounts.filter(({ id }) => !args[0].includes(id));
        return true;
    });
    const store = await mountPane(FolderTree, { onConnect() {} });
    await animationFrame();
    return { server, store };
}

async function askToLeave(accountId) {
    await hover(`[data-account-id='${accountId}'] .o_maildesk_account_node`);
    await contains(`[data-account-id='${accountId}'] .o_maildesk_account_menu .btn`).click();
    await contains(".o_maildesk_leave").click();
    await animationFrame();
}

test("leaving: asked first, then the tree changes by itself", async () => {
    const { store } = await mountTree();
    await store.showFolder(9);
    await askToLeave(2);
    expect(".modal-title").toHaveText("Leave Info?");
    expect(".modal-body").toHaveText(
        "You will no longer see the mail of info@example.com. To come back, use Connect Mailbox with its share password."
    );
    expect.verifySteps([]);
    await contains(".modal .btn-danger:contains(Leave mailbox)").click();
    await animationFrame();
    expect.verifySteps([["leave", [2]]]);
    expect(queryAllTexts(".o_maildesk_account_node .o_maildesk_node_name")).toEqual(["Support"]);
    expect(store.list.folderId).toBe(null);
    expect(".o_notification").toHaveText(/You have left Info/);
});

test("who cannot come back by themselves is told whom to ask", async () => {
    await mountTree(false);
    await askToLeave(2);
    expect(".modal-body").toHaveText(/To come back, ask an administrator to add you again/);
    await contains(".modal .btn:contains(Cancel)").click();
    expect.verifySteps([]);
    expect(".o_maildesk_account_node").toHaveCount(2);
});

test("the menu opens by the mouse's other button and by the keyboard, and folds nothing", async () => {
    await mountTree();
    await rightClick("[data-account-id='2'] .o_maildesk_account_node");
    await animationFrame();
    expect(".o_maildesk_leave").toHaveCount(1);
    await press("Escape");
    await animationFrame();
    expect(".o_maildesk_leave").toHaveCount(0);
    queryFirst("[data-account-id='1'] .o_maildesk_account_menu .btn").focus();
    await press("Enter");
    await animationFrame();
    expect(".o_maildesk_leave").toHaveCount(1);
    expect("[data-account-id='1'] .o_maildesk_account_node").toHaveAttribute("aria-expanded", "true");
    expect("[data-account-id='2'] .o_maildesk_account_node").toHaveAttribute("aria-expanded", "true");
});

test("a refusal is told, and nothing changes", async () => {
    await mountTree();
    onRpc("maildesk.account", "action_leave", () => {
        throw makeServerError({ message: "You are not on the list of this mailbox." });
    });
    expect.errors(1);
    await askToLeave(2);
    await contains(".modal .btn-danger:contains(Leave mailbox)").click();
    await animationFrame();
    expect.verifyErrors(["You are not on the list of this mailbox."]);
    expect(".o_maildesk_account_node").toHaveCount(2);
});
