import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryAllAttributes, queryFirst } from "@odoo/hoot-dom";
import { animationFrame, mockDate, runAllTimers } from "@odoo/hoot-mock";
import { Component, xml } from "@odoo/owl";
import { ListHeader } from "@maildesk/components/list_header/list_header";
import { MessageList } from "@maildesk/components/message_list/message_list";
import { contains } from "@web/../tests/web_test_helpers";
import { defineMaildeskModels, makeFilledServer, mountPane } from "../../maildesk_test_helpers";

describe.current.tags("desktop");
defineMaildeskModels();
beforeEach(() => mockDate("2026-03-11 12:00:00", 0));

class Middle extends Component {
    static template = xml`<section class="o_maildesk_middle d-flex flex-column h-100 w-100"><ListHeader/><MessageList/></section>`;
    static components = { ListHeader, MessageList };
    static props = {};
}

async function mountList(count = 6, place) {
    const server = makeFilledServer(count).listen();
    const store = await mountPane(Middle, {}, place);
    await animationFrame();
    return { server, store };
}

const tick = (id) => contains(`[data-id='${id}'] .o_maildesk_tick`, { visible: false });
const ticked = () => queryAllAttributes(".o_maildesk_row_ticked", "data-id").map(Number);

test("a tick shows what can be done to all, in the place of the head", async () => {
    const { store } = await mountList();
    expect(".o_maildesk_bulk").toHaveCount(0);
    const { height } = queryFirst(".o_maildesk_pane_header").getBoundingClientRect();
    await tick(4).click();
    expect(ticked()).toEqual([4]);
    expect(store.reader.id).toBe(null);
    expect(".o_maildesk_bulk").toHaveRect({ height });
    expect(".o_maildesk_bulk_count").toHaveText("1 selected");
    expect(".o_maildesk_bulk_count").toHaveAttribute("aria-label", "1 message selected");
    expect("[data-id='4'] .o_maildesk_tick").toHaveAttribute("aria-checked", "true");
    expect("#maildesk_row_4").toHaveAttribute("aria-selected", "true");
    await tick(4).click();
    expect(".o_maildesk_bulk").toHaveCount(0);
});

test("ranges with shift, single rows with ctrl; a plain click opens and lets go", async () => {
    const { store } = await mountList();
    await contains("[data-id='5']").click({ ctrlKey: true });
    await contains("[data-id='3']").click({ shiftKey: true });
    expect(ticked()).toEqual([5, 4, 3]);
    await contains("[data-id='1']").click({ ctrlKey: true });
    expect(ticked()).toEqual([5, 4, 3, 1]);
    expect(store.reader.id).toBe(null);
    await contains("[data-id='6']").click();
    expect(ticked()).toEqual([]);
    expect(store.reader.id).toBe(6);
    await contains("[data-id='4']").click({ shiftKey: true });
    expect(ticked()).toEqual([6, 5, 4]);
});

test("all that is loaded, and nothing", async () => {
    await mountList();
    await tick(2).click();
    expect(".o_maildesk_bulk_all").toHaveAttribute("aria-checked", "mixed");
    await contains(".o_maildesk_bulk_all").click();
    expect(".o_maildesk_bulk_count").toHaveText("6 selected");
    expect(".o_maildesk_bulk_all").toHaveAttribute("aria-checked", "true");
    await contains(".o_maildesk_bulk_all").click();
    expect(".o_maildesk_bulk").toHaveCount(0);
    await tick(2).click();
    await contains(".o_maildesk_bulk_clear").click();
    expect(ticked()).toEqual([]);
    queryFirst(".o_maildesk_scroller").focus();
    await press(["Control", "a"]);
    await animationFrame();
    expect(".o_maildesk_bulk_count").toHaveText("6 selected");
});

test("what was done to all of them is one question", async () => {
    const { server } = await mountList();
    await tick(6).click();
    await contains("[data-id='4']").click({ shiftKey: true });
    await contains(".o_maildesk_bulk .o_maildesk_command_archive").click();
    expect(server.acts).toEqual([["archive", [6, 5, 4]]]);
    expect(queryAllAttributes(".o_maildesk_row", "data-id").map(Number)).toEqual([3, 2, 1]);
    expect(".o_maildesk_bulk").toHaveCount(0);
});

test("unread mail among them is marked as read; all read, as unread", async () => {
    const { server } = await mountList();
    await tick(1).click();
    await tick(5).click();
    expect(".o_maildesk_bulk .o_maildesk_command_unread").toHaveCount(0);
    await contains(".o_maildesk_bulk .o_maildesk_command_read").click();
    await animationFrame();
    expect(".o_maildesk_bulk .o_maildesk_command_read").toHaveCount(0);
    await contains(".o_maildesk_bulk .o_maildesk_command_unread").click();
    expect(server.acts).toEqual([
        ["read", [1]],
        ["unread", [5, 1]],
    ]);
    expect(ticked()).toEqual([5, 1]);
});

test("what has no room is in a menu", async () => {
    const { server } = await mountList();
    await tick(3).click();
    expect(".o_maildesk_bulk .o_maildesk_command_junk").toHaveCount(0);
    await contains(".o_maildesk_bulk .o_maildesk_more_commands").click();
    await contains(".dropdown-item.o_maildesk_command_junk").click();
    expect(server.acts).toEqual([["junk", [3]]]);
});

test("walking ticks, and opens nothing meanwhile", async () => {
    const { store } = await mountList();
    await press("j");
    store.selection.toggle(6);
    await runAllTimers();
    expect(store.reader.id).toBe(null);
    await press("j");
    await runAllTimers();
    expect(store.selectedId).toBe(5);
    expect(store.reader.id).toBe(null);
});

test("another folder, filter or search starts without ticks", async () => {
    const { store } = await mountList();
    await tick(3).click();
    await contains("[data-filter=unread]").click();
    expect(".o_maildesk_bulk").toHaveCount(0);
    await tick(1).click();
    await store.showFolder(3);
    expect(store.selection.ids.size).toBe(0);
});

test("the keyboard stays in the list when the row it was in goes", async () => {
    const { store } = await mountList();
    queryFirst("[data-id='5'] .o_maildesk_tick").focus();
    store.acts.perform("archive", [store.list.rows[1]]);
    await animationFrame();
    expect("[data-id='5']").toHaveCount(0);
    expect(".o_maildesk_scroller").toBeFocused();
});
