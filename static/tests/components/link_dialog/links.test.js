import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame, Deferred, mockDate } from "@odoo/hoot-mock";
import { Component, xml } from "@odoo/owl";
import { Reader } from "@maildesk/components/reader/reader";
import { contains, makeServerError, mockService, onRpc } from "@web/../tests/web_test_helpers";
import { MainComponentsContainer } from "@web/core/main_components_container";
import {
    admitSandboxedFrames,
    defineMaildeskModels,
    FakeServer,
    makeRow,
    mountPane,
} from "../../maildesk_test_helpers";

describe.current.tags("desktop");
defineMaildeskModels();
admitSandboxedFrames();
beforeEach(() => mockDate("2026-03-11 12:00:00", 0));

class ReaderWithDialogs extends Component {
    static template = xml`<Reader/><MainComponentsContainer/>`;
    static components = { MainComponentsContainer, Reader };
    static props = {};
}

const link = (values) => ({
    id: 1,
    model: "res.partner",
    res_id: 7,
    kind: "Contact",
    name: "Rosa Delgado",
    ...values,
});

async function mountReader(links = []) {
    const server = new FakeServer().listen();
    server.rows = [makeRow({ id: 9 }), makeRow({ id: 8 })];
    server.messages[9] = { links };
    const store = await mountPane(ReaderWithDialogs, {}, { folderId: 1, messageId: 9 });
    await animationFrame();
    return store;
}

/** Answers a route, and tells what it was asked. */
function answer(route, reply) {
    onRpc(route, async (request) => {
        const { params } = await request.json();
        expect.step([route, params]);
        return reply(params);
    });
}

test("records an email is linked to are opened by a click", async () => {
    mockService("action", {
        doAction: ({ res_model: model, res_id: id }) => expect.step([model, id]),
    });
    await mountReader([link(), link({ id: 2, res_id: 8, kind: "Lead", name: "" })]);
    expect(queryAllTexts(".o_maildesk_link_open")).toEqual([
        "Contact\nRosa Delgado",
        "Lead\nA record you may not see",
    ]);
    expect(".o_maildesk_link_open:eq(1)").toHaveAttribute("disabled");
    await contains(".o_maildesk_link_open:eq(0)").click();
    expect.verifySteps([["res.partner", 7]]);
});

test("nothing where there are no links", async () => {
    await mountReader();
    expect(".o_maildesk_links").toHaveCount(0);
});

test("a link is taken away after a question", async () => {
    answer("/maildesk/unlink", () => []);
    await mountReader([link()]);
    await contains(".o_maildesk_link_remove").click();
    expect(".modal-body").toHaveText(/will no longer be linked to Rosa Delgado/);
    await contains(".modal .btn-secondary").click();
    expect.verifySteps([]);
    await contains(".o_maildesk_link_remove").click();
    await contains(".modal .btn-primary").click();
    expect.verifySteps([["/maildesk/unlink", { link_id: 1 }]]);
    expect(".o_maildesk_links").toHaveCount(0);
});

test("the kind, then the record", async () => {
    answer("/maildesk/link/kinds", () => [
        { model: "res.partner", name: "Contact" },
        { model: "res.users", name: "User" },
    ]);
    answer("/maildesk/link", () => [link()]);
    onRpc("res.partner", "name_search", () => [[7, "Rosa Delgado"]]);
    await mountReader();
    await contains(".o_maildesk_command_link").click();
    expect(".o_maildesk_link_kind input").toHaveValue("Contact");
    expect(".o_maildesk_link_confirm").toHaveAttribute("disabled");
    await contains(".o_maildesk_link_record input").click();
    await contains(".o_maildesk_link_record .o-autocomplete--dropdown-item").click();
    await contains(".o_maildesk_link_confirm").click();
    expect.verifySteps([
        ["/maildesk/link/kinds", {}],
        ["/maildesk/link", { message_id: 1009, res_model: "res.partner", res_id: 7 }],
    ]);
    expect(".modal").toHaveCount(0);
    expect(".o_maildesk_link_name").toHaveText("Rosa Delgado");
});

test("what the server has against it is said in the dialog", async () => {
    answer("/maildesk/link/kinds", () => [{ model: "res.partner", name: "Contact" }]);
    onRpc("/maildesk/link", () => {
        throw makeServerError({ type: "UserError", message: "The email was not linked." });
    });
    onRpc("res.partner", "name_search", () => [[7, "Rosa Delgado"]]);
    await mountReader();
    await contains(".o_maildesk_command_link").click();
    await contains(".o_maildesk_link_record input").click();
    await contains(".o_maildesk_link_record .o-autocomplete--dropdown-item").click();
    await contains(".o_maildesk_link_confirm").click();
    expect(".modal .alert-danger").toHaveText("The email was not linked.");
    expect(".o_maildesk_link_confirm").not.toHaveAttribute("disabled");
    expect.verifySteps([["/maildesk/link/kinds", {}]]);
});

test("an answer for a mail that is no longer being read changes nothing", async () => {
    const reply = new Deferred();
    answer("/maildesk/unlink", () => reply);
    const store = await mountReader([link()]);
    await contains(".o_maildesk_link_remove").click();
    await contains(".modal .btn-primary").click();
    expect.verifySteps([["/maildesk/unlink", { link_id: 1 }]]);
    await store.open(8);
    reply.resolve([link({ id: 5 })]);
    await animationFrame();
    expect(store.reader.message.links).toEqual([]);
});
