import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { pointerDown, pointerUp, press, queryAllAttributes, queryAllTexts } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { LONG_PRESS } from "@maildesk/components/message_list/long_press_hook";
import {
    contains,
    getService,
    mountWebClient,
} from "@web/../tests/web_test_helpers";
import {
    admitSandboxedFrames,
    defineMaildeskModels,
    makeAccount,
    makeFilledServer,
    makeFolder,
    makeRow,
} from "../maildesk_test_helpers";

defineMaildeskModels();
admitSandboxedFrames();
beforeEach(() => mockDate("2026-03-11 12:00:00", 0));

/** The app with the inbox open: six mails, the lower two unread. */
async function openInbox(server = makeFilledServer()) {
    server.listen();
    await mountWebClient();
    await getService("action").doAction("maildesk.app");
    const { store } = getService("maildesk");
    await store.showFolder(1);
    await animationFrame();
    return { server, store };
}

async function strike(key) {
    await press(key);
    await animationFrame();
    await animationFrame();
}

const shown = () => queryAllAttributes(".o_maildesk_row", "data-id").map(Number);

describe("desktop", () => {
    describe.current.tags("desktop");

    test("keys act on the mail being read, and the next one is opened", async () => {
        const { server, store } = await openInbox();
        await contains("[data-id='4']").click();
        await strike("s");
        await strike(["Shift", "u"]);
        await strike(["Shift", "i"]);
        await strike("e");
        expect(store.reader.id).toBe(3);
        await strike("#");
        await strike("!");
        expect(server.acts).toEqual([
            ["star", [4]],
            ["unread", [4]],
            ["read", [4]],
            ["archive", [4]],
            ["delete", [3]],
            ["read", [2]],
            ["junk", [2]],
            ["read", [1]],
        ]);
        expect(shown()).toEqual([6, 5, 1]);
    });

    test("keys act on ticked rows; escape lets them go before it closes the mail", async () => {
        const { server, store } = await openInbox();
        await contains("[data-id='6']").click();
        await strike("x");
        await strike("j");
        await strike("x");
        expect(".o_maildesk_bulk_count").toHaveText("2 selected");
        await strike("s");
        expect(server.acts).toEqual([["star", [6, 5]]]);
        await strike("s");
        expect(server.acts.at(-1)).toEqual(["unstar", [6, 5]]);
        await strike("Escape");
        expect(".o_maildesk_bulk").toHaveCount(0);
        expect(store.reader.id).toBe(6);
        await strike("Escape");
        expect(store.reader.id).toBe(null);
    });

    test("z undoes", async () => {
        await openInbox();
        await contains("[data-id='4']").click();
        await strike("Delete");
        expect(shown()).toEqual([6, 5, 3, 2, 1]);
        await strike("z");
        expect(shown()).toEqual([6, 5, 4, 3, 2, 1]);
        expect(".o_maildesk_undo").toHaveCount(0);
    });

    test("where somebody types, letters are letters", async () => {
        const { server } = await openInbox();
        await contains("[data-id='4']").click();
        await contains(".o_maildesk_search input").click();
        await strike("e");
        await strike("#");
        expect(server.acts).toEqual([]);
        expect(".o_maildesk_search input").toHaveValue("e#");
    });

    test("a key that makes no sense here does nothing", async () => {
        const { server, store } = await openInbox();
        await contains("[data-role=archive]").click();
        server.rows[0].folder_id = 4;
        await store.refresh();
        await animationFrame();
        await contains("[data-id='6']").click();
        await strike("e");
        expect(server.acts).toEqual([]);
        expect(".o_maildesk_reader .o_maildesk_command_archive").toHaveCount(0);
    });

    test("the toolbar tells its keys", async () => {
        await openInbox();
        await contains("[data-id='4']").click();
        const hints = queryAllAttributes(".o_maildesk_toolbar > [class*=o_maildesk_command_]", "title");
        expect(hints).toEqual([
            "Archive (E)",
            "Delete (#)",
            "Mark as unread (Shift+U)",
            "Move to… (V)",
            "Junk (!)",
            "Star (S)",
            "Link to record",
            "Print",
            "Download source",
        ]);
    });

    test("rows have a star and what is done most", async () => {
        const { server } = await openInbox();
        await contains("[data-id='5'] .o_maildesk_star_button").click();
        expect("[data-id='5'] .o_maildesk_star_button").toHaveClass("o_maildesk_starred");
        await contains("[data-id='5'] .o_maildesk_star_button").click();
        await contains("[data-id='1'] .o_maildesk_command_read", { visible: false }).click();
        await contains("[data-id='1'] .o_maildesk_command_delete", { visible: false }).click();
        expect(server.acts).toEqual([
            ["star", [5]],
            ["unstar", [5]],
            ["read", [1]],
            ["delete", [1]],
        ]);
        expect(".o_maildesk_subject").toHaveCount(0);
    });

    test("a folder is found by letters of its name", async () => {
        const { server } = await openInbox();
        await contains("[data-id='4']").click();
        await strike("v");
        expect(queryAllTexts(".o_command_name")).toEqual([
            "Sent",
            "Archive",
            "Junk",
            "Trash",
            "Projects",
            "Projects / Nordwind",
        ]);
        await contains(".o_command_palette input").edit("nord", { confirm: false });
        await advanceTime(500);
        expect(queryAllTexts(".o_command_name")).toEqual(["Projects / Nordwind"]);
        await strike("Enter");
        expect(server.acts).toEqual([["move", [4], 7]]);
        expect(".o_command_palette").toHaveCount(0);
        expect(".o_maildesk_undo_words").toHaveText("Moved to Nordwind");
    });

    test("mail of two mailboxes has no folder in common", async () => {
        const server = makeFilledServer();
        server.accounts.push(
            makeAccount({ id: 2, name: "Info", folders: [makeFolder({ id: 20, role: "inbox" })] })
        );
        server.rows.push(makeRow({ id: 90, account_id: 2, folder_id: 20 }));
        const { store } = await openInbox(server);
        await store.showFolder(null);
        store.selection.take([90, 5]);
        await animationFrame();
        expect(".o_maildesk_bulk .o_maildesk_command_move").toHaveCount(0);
        expect(".o_maildesk_bulk .o_maildesk_command_archive").toHaveCount(1);
    });

    test("in the trash, deleting is for good, and asks first", async () => {
        const { server, store } = await openInbox();
        server.rows[0].folder_id = 6;
        await store.showFolder(6);
        await animationFrame();
        await contains("[data-id='6']").click();
        expect(".o_maildesk_reader .o_maildesk_command_delete").toHaveAttribute(
            "title",
            "Delete for good (#)"
        );
        await strike("#");
        await contains(".modal-footer .btn:contains(Cancel)").click();
        expect(server.acts).toEqual([]);
        await strike("#");
        await contains(".modal-footer .btn-danger:contains(Delete for good)").click();
        expect(server.acts).toEqual([["delete", [6]]]);
        expect(".o_maildesk_row").toHaveCount(0);
        expect(".o_maildesk_undo").toHaveCount(0);
    });

    test("what the server refuses comes back, with its words", async () => {
        const server = makeFilledServer();
        server.refusal = "Support is not connected.";
        await openInbox(server);
        await contains("[data-id='6'] .o_maildesk_command_archive", { visible: false }).click();
        await animationFrame();
        expect(".o_notification").toHaveText(/Could not be archived.\s*Support is not connected./);
        expect(shown()).toEqual([6, 5, 4, 3, 2, 1]);
        expect(".o_maildesk_undo").toHaveCount(0);
        expect("[data-role=inbox] .o_maildesk_count").toHaveText("2");
    });

    test("a row is dragged onto a folder, ticked ones together", async () => {
        const { server } = await openInbox();
        const { moveTo, drop } = await contains("[data-id='4']").drag();
        await moveTo("[data-folder-id='7']");
        await animationFrame();
        expect(".o_maildesk_ghost").toHaveText("Subject 4");
        expect("[data-folder-id='7']").toHaveClass("o_maildesk_droppable");
        expect("[data-folder-id='8']").not.toHaveClass("o_maildesk_droppable");
        await drop();
        await animationFrame();
        expect(server.acts).toEqual([["move", [4], 7]]);
        expect(".o_maildesk_ghost").toHaveCount(0);
        await contains("[data-id='6']").click({ ctrlKey: true });
        await contains("[data-id='5']").click({ ctrlKey: true });
        await contains("[data-id='5']").dragAndDrop("[data-role=archive]");
        expect(server.acts.at(-1)).toEqual(["move", [6, 5], 4]);
        expect(shown()).toEqual([3, 2, 1]);
        expect(".o_maildesk_subject").toHaveCount(0);
    });

    test("let go anywhere else, nothing happens", async () => {
        const { server } = await openInbox();
        await contains("[data-id='4']").dragAndDrop(".o_maildesk_search");
        await contains("[data-id='4']").dragAndDrop("[data-folder-id='8']");
        expect(server.acts).toEqual([]);
        expect(".o_maildesk_droppable, .o_maildesk_drop_here, .o_maildesk_ghost").toHaveCount(0);
    });
});

describe("phone", () => {
    describe.current.tags("mobile");

    test("after a mail went away, the list is back", async () => {
        const { server, store } = await openInbox();
        await contains("[data-id='4']").click();
        expect(".o_maildesk_toolbar > [class*=o_maildesk_command_]").toHaveCount(4);
        await contains(".o_maildesk_command_archive").click();
        expect(".o_maildesk_list").toHaveCount(1);
        expect(shown()).toEqual([6, 5, 3, 2, 1]);
        await contains("[data-id='1']").click();
        await contains(".o_maildesk_command_unread").click();
        expect(".o_maildesk_list").toHaveCount(1);
        expect(store.list.rows.at(-1).is_read).toBe(false);
        expect(server.acts).toEqual([
            ["archive", [4]],
            ["read", [1]],
            ["unread", [1]],
        ]);
    });

    test("a tap on a face ticks, further taps go on, and nothing opens", async () => {
        const { store } = await openInbox();
        await contains("[data-id='4'] .o_maildesk_tick").click();
        await contains("[data-id='3'] .o_maildesk_row_subject").click();
        expect(".o_maildesk_bulk_count").toHaveText("2");
        expect(store.reader.id).toBe(null);
        await contains("[data-id='3'] .o_maildesk_row_subject").click();
        await contains("[data-id='4'] .o_maildesk_row_subject").click();
        expect(".o_maildesk_bulk").toHaveCount(0);
        await contains("[data-id='3'] .o_maildesk_row_subject").click();
        expect(store.reader.id).toBe(3);
    });

    test("a finger that rests on a row ticks it", async () => {
        const { store } = await openInbox();
        for (const [index, place] of ["[data-id='4'] .o_maildesk_tick", "[data-id='3']"].entries()) {
            await pointerDown(place);
            await advanceTime(LONG_PRESS);
            // its going away is no tap
            await pointerUp(place);
            await animationFrame();
            expect(".o_maildesk_bulk_count").toHaveText(String(index + 1));
        }
        expect(store.reader.id).toBe(null);
    });
});
