import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred, mockDate } from "@odoo/hoot-mock";
import { Component, xml } from "@odoo/owl";
import { FIRST_RETRY, LAST_RETRY } from "@maildesk/core/connection/recovery";
import { GATHER } from "@maildesk/core/maildesk_service";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import {
    contains,
    getService,
    mountWebClient,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { admitSandboxedFrames, defineMaildeskModels, makeFilledServer } from "../maildesk_test_helpers";

defineMaildeskModels();
admitSandboxedFrames();
beforeEach(() => mockDate("2026-03-11 12:00:00", 0));

class AnotherApp extends Component {
    static template = xml`<div class="another_app"/>`;
    static props = ["*"];
}
registry.category("actions").add("another_app", AnotherApp);

/** Milliseconds within which any first retry has been made. */
const SOON = 2 * FIRST_RETRY;

async function openApp(changes = {}) {
    const server = Object.assign(makeFilledServer().listen(), changes);
    await mountWebClient();
    await getService("action").doAction("maildesk.app");
    await settle();
    return { server, store: getService("maildesk").store };
}

async function settle() {
    for (let count = 0; count < 4; count++) {
        await animationFrame();
    }
}

async function wait(milliseconds) {
    await advanceTime(milliseconds);
    await settle();
}

const subjects = () => queryAllTexts(".o_maildesk_row_subject");

describe("desktop", () => {
    describe.current.tags("desktop");

    test("opened without a connection, the app loads by itself once there is one", async () => {
        const { server } = await openApp({ isDown: true });
        expect(".o_maildesk_empty_title").toHaveText("MailDesk could not be loaded");
        expect(".o_maildesk_empty_text").toHaveText(/no connection to Odoo/);
        await wait(SOON);
        expect(".o_maildesk_empty_title").toHaveText("MailDesk could not be loaded");
        server.isDown = false;
        await wait(4 * SOON);
        expect(subjects().length).toBe(6);
        expect(".o_maildesk_connection").toHaveCount(0);
    });

    test("a list, and the mail being read, load by themselves; what is shown stays, and says that it may be old", async () => {
        const { server, store } = await openApp();
        server.isDown = true;
        await contains("[data-role=inbox]").click();
        await settle();
        expect(".o_maildesk_list_error").toHaveText(/This folder could not be loaded/);
        await store.open(4);
        await settle();
        expect(".o_maildesk_reader .o_maildesk_empty").toHaveText(/This mail could not be opened/);
        expect(".o_maildesk_connection").toHaveText(/No connection to Odoo/);
        expect(".o_maildesk_account_node").toHaveCount(1);
        server.isDown = false;
        window.dispatchEvent(new Event("online"));
        await settle();
        expect(subjects().length).toBe(6);
        expect(".o_maildesk_frame").toHaveCount(1);
        expect(".o_maildesk_empty, .o_maildesk_connection").toHaveCount(0);
    });

    test("the bus's word is enough", async () => {
        const { server, store } = await openApp();
        server.isDown = true;
        await store.open(4);
        await store.refresh();
        await settle();
        server.isDown = false;
        server.rows[0].subject = "It has changed";
        getService("bus_service").trigger("BUS:RECONNECT");
        await wait(GATHER);
        expect(subjects()[0]).toBe("It has changed");
        expect(".o_maildesk_reader .o_maildesk_empty").toHaveCount(0);
    });

    test("without a connection a try is one request, ever more seldom", async () => {
        const { server, store } = await openApp();
        server.isDown = true;
        await store.refresh();
        await store.open(4);
        server.requests = [];
        for (let second = 0; second < 60; second++) {
            await wait(1000);
        }
        const tries = server.requests.filter((route) => route === "/web/session/check").length;
        expect(tries).toBeWithin(3, 7);
        // beside the question that an open app asks each minute
        const others = server.requests.filter((route) => route !== "/web/session/check");
        expect(others.length).toBeLessThan(3);
    });

    test("what fails on the server although there is a connection is tried again as well", async () => {
        const { server, store } = await openApp();
        let isBroken = true;
        onRpc("/maildesk/messages", () => {
            if (isBroken) {
                throw new Error("broken");
            }
        });
        await store.showFolder(1);
        await settle();
        expect(".o_maildesk_list_error").toHaveText(/Something went wrong on the server/);
        expect(".o_maildesk_connection").toHaveCount(0);
        isBroken = false;
        await wait(SOON);
        expect(subjects().length).toBe(6);
        expect(server.isDown).toBe(false);
    });

    test("while it is tried again, the words stay", async () => {
        const { server, store } = await openApp();
        server.isDown = true;
        await store.showFolder(1);
        await settle();
        server.isDown = false;
        const answer = new Deferred();
        onRpc("/maildesk/messages", () => answer);
        await wait(SOON);
        expect(".o_maildesk_list_error").toHaveCount(1);
        expect(".o_maildesk_skeletons").toHaveCount(0);
        answer.resolve();
        await settle();
        expect(subjects().length).toBe(6);
    });

    test("where the session has ended, every pane's button is Sign in", async () => {
        patchWithCleanup(browser.location, { reload: () => expect.step("reload") });
        const { server, store } = await openApp();
        server.isSignedOut = true;
        await store.showFolder(1);
        await store.open(4);
        await settle();
        expect(queryAllTexts(".o_maildesk .btn:contains(Try)")).toEqual([]);
        expect(".o_maildesk_list_error .btn").toHaveText("Sign in");
        expect(".o_maildesk_reader .o_maildesk_empty .btn").toHaveText("Sign in");
        await contains(".o_maildesk_connection .btn:contains(Sign in)").click();
        expect.verifySteps(["reload"]);
        server.requests = [];
        await wait(LAST_RETRY);
        expect(server.requests.includes("/web/session/check")).toBe(false);
        // signed in again in another tab
        server.isSignedOut = false;
        document.dispatchEvent(new Event("visibilitychange"));
        await settle();
        expect(subjects().length).toBe(6);
        expect(".o_maildesk_connection").toHaveCount(0);
    });

    test("what is done without a connection stays on screen and is sent once there is one", async () => {
        const { server, store } = await openApp();
        server.isDown = true;
        await contains("[data-id='6'] .o_maildesk_star_button").click();
        await contains("[data-id='5'] .o_maildesk_command_archive", { visible: false }).click();
        await settle();
        expect("[data-id='6'] .o_maildesk_star_button").toHaveClass("o_maildesk_starred");
        expect(".o_notification").toHaveCount(0);
        expect(".o_maildesk_connection").toHaveText(/2 changes will be sent/);
        expect(".o_maildesk").toHaveAttribute("data-unsent", "2");
        server.isDown = false;
        await wait(SOON);
        expect(server.acts).toEqual([
            ["star", [6]],
            ["archive", [5]],
        ]);
        expect(".o_maildesk").toHaveAttribute("data-unsent", "0");
        expect(store.list.rows.map((row) => row.folder_id)).toEqual([1, 4, 1, 1, 1, 1]);
    });

    test("leaving the app drops nothing", async () => {
        const { server } = await openApp();
        const answer = new Deferred();
        let isFirst = true;
        onRpc("/maildesk/act", () => {
            const wasFirst = isFirst;
            isFirst = false;
            return wasFirst ? answer : undefined;
        });
        await contains("[data-id='6'] .o_maildesk_star_button").click();
        await contains("[data-id='5'] .o_maildesk_star_button").click();
        await getService("action").doAction("another_app");
        await settle();
        expect(".o_maildesk").toHaveCount(0);
        answer.resolve();
        await settle();
        expect(server.acts).toEqual([
            ["star", [6]],
            ["star", [5]],
        ]);
    });
});

describe("list before tree", () => {
    describe.current.tags("desktop");

    test("rows are there once something can be done to them", async () => {
        const server = makeFilledServer().listen();
        const folders = new Deferred();
        onRpc("/maildesk/tree", () => folders);
        await mountWebClient();
        await getService("action").doAction("maildesk.app");
        await settle();
        expect(".o_maildesk_row").toHaveCount(0);
        expect(".o_maildesk_skeletons").toHaveCount(1);
        folders.resolve();
        await settle();
        await contains("[data-id='6'] .o_maildesk_star_button").click();
        expect("[data-id='6'] .o_maildesk_star_button").toHaveClass("o_maildesk_starred");
        expect(server.acts).toEqual([["star", [6]]]);
    });
});
