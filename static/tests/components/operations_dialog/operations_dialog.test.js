import { describe, expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { FolderTree } from "@maildesk/components/folder_tree/folder_tree";
import { contains, getService, makeServerError, onRpc } from "@web/../tests/web_test_helpers";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { Component, xml } from "@odoo/owl";
import { defineMaildeskModels, FakeServer, mountPane } from "../../maildesk_test_helpers";

describe.current.tags("desktop");
defineMaildeskModels();

class TreeWithDialogs extends Component {
    static template = xml`<FolderTree onConnect="() => {}"/><MainComponentsContainer/>`;
    static components = { FolderTree, MainComponentsContainer };
    static props = {};
}

const operation = (id, values) => ({
    id,
    account_id: 1,
    kind: "move",
    what: "Move to Projects",
    subject: `Subject ${id}`,
    state: "failed",
    error: "The mailbox is full.",
    next_try_at: "",
    ...values,
});

async function openDialog(...operations) {
    const server = new FakeServer().listen();
    server.operations = operations;
    server.accounts[0].failed = operations.length;
    await mountPane(TreeWithDialogs);
    await animationFrame();
    await contains(".o_maildesk_failed").click();
    return server;
}

test("each change with its mail and the reason, as text", async () => {
    await openDialog(
        operation(1, { error: "<b>No</b>" }),
        operation(2, { what: "Delete for good", subject: "" })
    );
    expect(queryAllTexts(".o_maildesk_operation_text")).toEqual([
        "Move to Projects\nSubject 1\n<b>No</b>",
        "Delete for good\nNo subject\nThe mailbox is full.",
    ]);
    expect(".modal-title").toHaveText("Changes the mail server did not accept");
});

test("one is tried again, one let go; then there is nothing left to show", async () => {
    const server = await openDialog(operation(1), operation(2));
    await contains(".o_maildesk_operation:first .o_maildesk_retry_operation").click();
    expect(queryAllTexts(".o_maildesk_operation_subject")).toEqual(["Subject 2"]);
    expect(".o_maildesk_failed").toHaveText("1 change could not be made on the mail server");
    await contains(".o_maildesk_dismiss_operation").click();
    await animationFrame();
    expect(server.acts).toEqual([
        ["retry", [1]],
        ["dismiss", [2]],
    ]);
    expect(".modal").toHaveCount(0);
    expect(".o_maildesk_failed").toHaveCount(0);
});

test("all at once", async () => {
    const server = await openDialog(operation(1), operation(2));
    await contains(".modal-footer .btn:contains(Retry all)").click();
    await animationFrame();
    expect(server.acts).toEqual([["retry", [1, 2]]]);
    expect(".modal").toHaveCount(0);
});

test("what stands against trying again is said", async () => {
    const server = await openDialog(operation(1));
    onRpc("/maildesk/operations/retry", () => {
        throw makeServerError({ message: "Support is not connected to its mail server." });
    });
    await contains(".o_maildesk_retry_operation").click();
    expect(".modal .alert-danger").toHaveText("Support is not connected to its mail server.");
    expect(".o_maildesk_retry_operation").toBeEnabled();
    expect(".o_maildesk_operation").toHaveCount(1);
    expect(server.acts).toEqual([]);
    expect(getService("maildesk").store.accounts[0].failed).toBe(1);
});

test("a mail the server never got is not let go by accident", async () => {
    const server = await openDialog(
        operation(1, { kind: "append", what: "Store in Sent" }),
        operation(2)
    );
    await contains(".o_maildesk_operation:first .o_maildesk_dismiss_operation").click();
    await contains(".modal-footer .btn:contains(Cancel)").click();
    expect(server.acts).toEqual([]);
    await contains(".o_maildesk_operation:first .o_maildesk_dismiss_operation").click();
    await contains(".modal-footer .btn-danger").click();
    await animationFrame();
    expect(server.acts).toEqual([["dismiss", [1]]]);
    expect(queryAllTexts(".o_maildesk_operation_subject")).toEqual(["Subject 2"]);
});
