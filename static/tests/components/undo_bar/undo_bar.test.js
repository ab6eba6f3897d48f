import { beforeEach, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { UNDO_TIME, UndoBar } from "@maildesk/components/undo_bar/undo_bar";
import { contains } from "@web/../tests/web_test_helpers";
import { defineMaildeskModels, makeFilledServer, mountPane } from "../../maildesk_test_helpers";

defineMaildeskModels();
beforeEach(() => mockDate("2026-03-11 12:00:00", 0));

async function mountBar() {
    const server = makeFilledServer().listen();
    const store = await mountPane(UndoBar);
    return { server, store };
}

test("what was done, and the way back", async () => {
    const { server, store } = await mountBar();
    expect(".o_maildesk_undo").toHaveCount(0);
    store.acts.perform("archive", store.list.rows.slice(0, 2));
    await animationFrame();
    expect(".o_maildesk_undo_words").toHaveText("2 messages archived");
    await contains(".o_maildesk_undo_button").click();
    await animationFrame();
    expect(".o_maildesk_undo").toHaveCount(0);
    expect(server.acts.at(-1)).toEqual(["move", [6, 5], 1]);
    store.acts.perform("move", store.list.rows.slice(0, 1), { targetId: 3 });
    await animationFrame();
    expect(".o_maildesk_undo_words").toHaveText("Moved to Projects");
});

test("it goes by itself, and with it the way back", async () => {
    const { server, store } = await mountBar();
    store.acts.perform("delete", store.list.rows.slice(0, 1));
    await animationFrame();
    await advanceTime(UNDO_TIME / 2);
    // what comes after it has its own time
    store.acts.perform("junk", store.list.rows.slice(0, 1));
    await animationFrame();
    expect(".o_maildesk_undo_words").toHaveText("Moved to Junk");
    await advanceTime(UNDO_TIME / 2);
    expect(".o_maildesk_undo").toHaveCount(1);
    await advanceTime(UNDO_TIME / 2);
    expect(".o_maildesk_undo").toHaveCount(0);
    await store.acts.undo();
    expect(server.acts.length).toBe(2);
});

test("a mark needs no words", async () => {
    const { store } = await mountBar();
    store.acts.perform("star", store.list.rows);
    await animationFrame();
    expect(".o_maildesk_undo").toHaveCount(0);
});
